import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type PageStep, pageSteps } from './page-steps.js';
import { missingLines } from './printed-as-shown.js';

export const root: string = fileURLToPath(new URL('../../..', import.meta.url));

/** Commands of a reader's machine that are this workspace's own: `ais` as built, and `npm install`, which links what is here. */
const commands: Readonly<Record<string, string>> = {
  ais: `exec node "${root}packages/cli/dist/bin.js" "$@"`,
  npm: `exec node "${root}tools/pages/npm.js" "$@"`,
};

export interface FollowPageOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** Called in the reader's folder when all steps are done, before it is removed. */
  readonly atTheEnd?: (folder: string) => Promise<void> | void;
}

/**
 * Does what a page says in an empty folder, in one shell, as its reader would: saves its files and runs its commands, in order.
 *
 * @param path of the page, from the root of the workspace
 * @throws where a command fails, or does not print what the page shows; with the line of the page and what was printed
 */
export async function followPage(path: string, options: FollowPageOptions = {}): Promise<void> {
  const steps = pageSteps(await readFile(join(root, path), 'utf8'));
  const scratch = await mkdtemp(join(tmpdir(), 'ais-page-'));
  try {
    const folder = join(scratch, 'reader');
    await mkdir(folder);
    const status = await runScript(await prepare(steps, scratch), folder, {
      ...process.env,
      NODE_OPTIONS: '',
      ...options.environment,
      PATH: `${join(scratch, 'bin')}${delimiter}${process.env['PATH']}`,
    });
    await checkOutputs(path, steps, scratch, status);
    await options.atTheEnd?.(folder);
  } finally {
    await rm(scratch, { recursive: true });
  }
}

/** Writes what the shell needs, and returns its script: what step n prints goes to the file out-n. */
async function prepare(steps: readonly PageStep[], scratch: string): Promise<string> {
  await mkdir(join(scratch, 'bin'));
  for (const [name, script] of Object.entries(commands)) {
    await writeFile(join(scratch, 'bin', name), `#!/bin/sh\n${script}\n`);
    await chmod(join(scratch, 'bin', name), 0o755);
  }
  const parts: string[] = ['set -eu'];
  for (const [index, step] of steps.entries()) {
    parts.push(`exec >'${join(scratch, `out-${index}`)}' 2>&1`);
    if (step.kind === 'commands') parts.push(step.script);
    else {
      const saved = join(scratch, `file-${index}`);
      await writeFile(saved, step.content);
      parts.push(`mkdir -p "$(dirname '${step.path}')"`, `cp '${saved}' '${step.path}'`);
    }
  }
  const script = join(scratch, 'page.sh');
  await writeFile(script, `${parts.join('\n')}\n`);
  return script;
}

/** Runs a script, and ends what it left in the background. */
function runScript(script: string, folder: string, environment: NodeJS.ProcessEnv): Promise<number | null> {
  return new Promise((resolve, reject) => {
    // A process group of its own.
    const shell = spawn('bash', [script], { cwd: folder, env: environment, stdio: 'ignore', detached: true });
    shell.once('error', reject);
    shell.once('exit', (status) => {
      try {
        if (shell.pid !== undefined) process.kill(-shell.pid);
      } catch {
        // Nothing was left.
      }
      resolve(status);
    });
  });
}

async function checkOutputs(
  path: string,
  steps: readonly PageStep[],
  scratch: string,
  status: number | null,
): Promise<void> {
  for (const [index, step] of steps.entries()) {
    const printed = await readFile(join(scratch, `out-${index}`), 'utf8').catch(() => undefined);
    const next = await readFile(join(scratch, `out-${index + 1}`), 'utf8').catch(() => undefined);
    if (status !== 0 && next === undefined) {
      throw new Error(`${path}, line ${step.line}: exit status ${status}\n${printed}`);
    }
    if (step.kind !== 'commands' || step.printed === undefined) continue;
    const missing = missingLines(step.printed, printed ?? '');
    if (missing.length > 0) {
      throw new Error(`${path}, line ${step.line}: expected ${missing.join('\n')}\nin\n${printed}`);
    }
  }
}
