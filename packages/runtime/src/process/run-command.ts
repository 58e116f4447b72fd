import { nodeBuiltin } from '../node-builtins.js';
import { atExit } from './at-exit.js';
import { interruption } from './interruption.js';

/** How a command ended, and what it printed. */
export interface CommandResult {
  /** The exit status: 127 if there is no such program, more than 128 or null where a signal ended it. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Options of `runCommand`. */
export interface CommandOptions {
  /** Ends the program; by default, what interrupts the work around this. */
  readonly signal?: AbortSignal | undefined;
  readonly environment?: Readonly<Record<string, string>>;
  readonly directory?: string;
  /** A folder of the program's own that is removed if this process ends before it. */
  readonly scratch?: string;
}

/**
 * Starts a program beside one that waits until this process ends, however that happens: then it ends the group, and removes
 * the scratch folder. Standard input is the thread by which both hang.
 */
const GUARDED = `
scratch=$1
shift
exec 3<&0 0</dev/null
{
  trap '' TERM
  cat <&3
  kill -TERM 0
  sleep 1
  [ -z "$scratch" ] || rm -rf -- "$scratch"
  kill -KILL 0
} >/dev/null 2>&1 &
guard=$!
exec 3<&-
"$@"
status=$?
kill -KILL $guard
exit $status
`;

/**
 * Runs a program to its end. It ends when this process does, and what it started ends with it.
 *
 * @returns its status and output, also where it failed
 * @throws the signal's reason
 * @example
 * const { status } = await runCommand('node', ['--version']);
 * console.log(status); // 0
 */
export function runCommand(
  program: string,
  parameters: readonly string[],
  { signal: given, environment, directory, scratch = '' }: CommandOptions = {},
): Promise<CommandResult> {
  const { spawn } = nodeBuiltin('node:child_process', 'Running a program');
  const { rmSync } = nodeBuiltin('node:fs', 'Running a program');
  const signal = interruption(given);
  const isGuarded = process.platform !== 'win32';
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const [command, ...rest] = isGuarded
      ? ['/bin/sh', '-c', GUARDED, 'ais', scratch, program, ...parameters]
      : [program, ...parameters];
    const child = spawn(command as string, rest, {
      stdio: ['pipe', 'pipe', 'pipe'],
      // A group of its own, so that what the program starts ends with it.
      detached: isGuarded,
      ...(environment ? { env: { ...process.env, ...environment } } : {}),
      ...(directory === undefined ? {} : { cwd: directory }),
    });
    const end = (): void => {
      if (child.pid === undefined) return;
      try {
        process.kill(isGuarded ? -child.pid : child.pid, 'SIGKILL');
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
    // Nothing is written to it, so nothing is lost.
    child.stdin.on('error', () => {});
    child.once('exit', () => child.stdin.destroy());
    signal?.addEventListener('abort', end);
    const callOff = atExit(() => {
      end();
      if (scratch !== '') rmSync(scratch, { recursive: true, force: true });
    });
    const settle = (): void => {
      signal?.removeEventListener('abort', end);
      callOff();
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

/**
 * The last lines of what a program said, for an error message.
 *
 * @example
 * console.log(lastLines('one\ntwo\nthree', 1)); // three
 */
export function lastLines(text: string, count = 8): string {
  return text.trim().split('\n').slice(-count).join('\n');
}
