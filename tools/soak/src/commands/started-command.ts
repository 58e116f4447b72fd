import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { SoakedCommand } from './soaked-command.js';

/** The built program: signals reach processes. */
const PROGRAM = join(
  dirname(createRequire(import.meta.url).resolve('@ais/cli/package.json')),
  'dist',
  'bin.js',
);

/** A command at work, or at its end. */
export interface StartedCommand {
  readonly process: ChildProcess;
  /** What it has said on standard error so far. */
  readonly said: () => string;
  /** Ends as the process does. */
  readonly ended: Promise<Ending>;
}

/** How a command ended. */
export interface Ending {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly said: string;
}

/** Where the output of a command goes: its folder or file in a folder of its own, along with anything else it keeps there. */
export function outOf({ out }: Pick<SoakedCommand, 'out'>, folder: string): string {
  return join(folder, out);
}

/** Starts a command of `ais` with its output in a folder; where it was begun before, what resumes it. */
export function startCommand(
  command: SoakedCommand,
  folder: string,
  {
    resume = false,
    stdout = 'ignore',
  }: { readonly resume?: boolean; readonly stdout?: 'ignore' | 'pipe' | number } = {},
): StartedCommand {
  const [name = '', second = ''] = command.argv;
  const out = outOf(command, folder);
  const words = name === 'data' ? [name, second] : [name];
  // What a command says itself when it stops: with other shares of the cores, native TensorFlow rounds otherwise.
  const at = command.argv.indexOf('--processes');
  const share = at < 0 ? [] : command.argv.slice(at, at + 2);
  const argv = resume && command.resumes ? [...words, '--resume', '--json', ...share] : command.argv;
  // Studies keep their stages beside what they write.
  const store = name === 'study' ? ['--store', join(folder, 'store')] : [];
  const child = spawn(process.execPath, [PROGRAM, ...argv, '--out', out, ...store], {
    cwd: folder,
    stdio: ['ignore', stdout, 'pipe'],
  });
  let said = '';
  child.stderr?.on('data', (text: Buffer) => {
    said += text.toString();
  });
  const ended = new Promise<Ending>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => resolve({ status, signal, said }));
  });
  return { process: child, said: () => said, ended };
}

/** Whether there is anything of a command to resume. */
export function wasBegun(command: SoakedCommand, folder: string): boolean {
  const out = outOf(command, folder);
  return [out, `${out}.partial`].some((path) => existsSync(path));
}

/**
 * Leads a command to its end, as its user would: resumes it, and starts it over where there is nothing to resume.
 *
 * @throws {Error} if it does not end well
 */
export async function leadToEnd(command: SoakedCommand, folder: string): Promise<void> {
  const resume = wasBegun(command, folder);
  let ending = await startCommand(command, folder, { resume }).ended;
  if (resume && hadNothing(ending)) ending = await startCommand(command, folder).ended;
  if (ending.status === 0) return;
  throw new Error(`ais ${command.name} in ${dirname(folder)} ended with ${ending.status}: ${ending.said}`);
}

/** Whether a command said that there is nothing to resume yet: it was ended before it wrote down what it was asked. */
export function hadNothing({ status, said }: Ending): boolean {
  return status === 2 && /nothing to resume|no (run|study|command) to resume|holds no/.test(said);
}
