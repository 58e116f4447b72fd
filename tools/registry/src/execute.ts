import { spawn } from 'node:child_process';

export interface ExecuteOptions {
  /** The folder to run in; by default this process's own. */
  readonly directory?: string;
  /** Laid over this process's environment; undefined removes a variable. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** A command that failed, with the end of what it said. */
export class CommandError extends Error {
  override readonly name = 'CommandError';

  constructor(
    readonly command: string,
    readonly status: number | null,
    readonly output: string,
  ) {
    const said = output.trim().split('\n').slice(-30).join('\n');
    super(`${command} ${status === null ? 'was stopped' : `exited with status ${status}`}:\n${said}`);
  }
}

/**
 * Runs a command to its end, and returns what it wrote to standard output. Nothing blocks meanwhile, so a server in this process
 * can answer it.
 *
 * @throws CommandError if it exits with another status than 0
 */
export async function execute(
  command: string,
  parameters: readonly string[],
  { directory, environment = {} }: ExecuteOptions = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, parameters, {
      ...(directory === undefined ? {} : { cwd: directory }),
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output: Buffer[] = [];
    const all: Buffer[] = [];
    child.stdout.on('data', (bytes: Buffer) => {
      output.push(bytes);
      all.push(bytes);
    });
    child.stderr.on('data', (bytes: Buffer) => all.push(bytes));
    child.on('error', reject);
    child.on('close', (status) => {
      if (status === 0) resolve(Buffer.concat(output).toString());
      else
        reject(new CommandError([command, ...parameters].join(' '), status, Buffer.concat(all).toString()));
    });
  });
}
