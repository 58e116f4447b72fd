import { spawn } from 'node:child_process';

export interface CommandResult {
  /** The exit status; null where a signal ended it. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly signal?: AbortSignal;
  readonly environment?: Readonly<Record<string, string>>;
  readonly directory?: string;
}

/**
 * Runs a program to its end.
 *
 * @returns its status and output, also where it failed
 * @throws what `spawn` reports (`ENOENT` if there is no such program), or the signal's reason
 */
export function runCommand(
  program: string,
  parameters: readonly string[],
  { signal, environment, directory }: CommandOptions = {},
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    // A group of its own, so that what the program starts ends with it.
    const child = spawn(program, parameters, {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
      ...(environment ? { env: { ...process.env, ...environment } } : {}),
      ...(directory === undefined ? {} : { cwd: directory }),
    });
    const end = (): void => {
      if (child.pid === undefined) return;
      try {
        process.kill(process.platform === 'win32' ? child.pid : -child.pid, 'SIGKILL');
      } catch {
        // It has ended by itself.
      }
    };
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        output[name] += text;
      });
    }
    signal?.addEventListener('abort', end);
    process.once('exit', end);
    const settle = (): void => {
      signal?.removeEventListener('abort', end);
      process.off('exit', end);
    };
    child.once('error', (error) => {
      settle();
      reject(error);
    });
    child.once('close', (status) => {
      settle();
      if (signal?.aborted) reject(signal.reason);
      else resolve({ status, ...output });
    });
  });
}

/** The last lines of what a program said, for an error message. */
export function lastLines(text: string, count = 8): string {
  return text.trim().split('\n').slice(-count).join('\n');
}
