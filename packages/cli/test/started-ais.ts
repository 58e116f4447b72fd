import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect } from 'vitest';

const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

/** `ais`, from its sources. */
const program = fileURLToPath(new URL('../src/bin.ts', import.meta.url));

/** The options with which Node runs it. */
export const nodeOptions: string = `--import ${tsx} --conditions=@ais/source`;

/** A process of `ais`, and its output so far. */
export interface StartedAis {
  readonly child: ChildProcess;
  readonly output: { out: string; err: string };
}

/** Starts `ais` in a separate process. */
export function startAis(
  argv: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): StartedAis {
  const child = spawn(process.execPath, [program, ...argv], {
    cwd,
    env: { ...env, NODE_OPTIONS: nodeOptions },
  });
  const output = { out: '', err: '' };
  child.stdout.on('data', (chunk) => {
    output.out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output.err += chunk;
  });
  return { child, output };
}

/** Waits until it has ended with status 0. */
export async function finished({ child, output }: StartedAis): Promise<StartedAis['output']> {
  const [code] = await once(child, 'close');
  expect(code, output.err).toBe(0);
  return output;
}
