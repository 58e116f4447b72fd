import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type PageStep, pageSteps } from './page-steps.js';
import { missingLines } from './printed-as-shown.js';

export const root: string = fileURLToPath(new URL('../../..', import.meta.url));

/** Commands of a reader's machine that are this workspace's own: `ais` as built, and `npm install`, which links what is here. */
const workspaceCommands: Readonly<Record<string, string>> = {
  ais: `exec node "${root}packages/cli/dist/bin.js" "$@"`,
  npm: `exec node "${root}tools/pages/npm.js" "$@"`,
};

export interface FollowPageOptions {
  /** Programs of the reader's machine, as scripts for a shell; by default the workspace's own `ais` and `npm`. */
  readonly commands?: Readonly<Record<string, string>>;
  /** Whether to run what `console` blocks show, too. */
  readonly console?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
  /** Called in the reader's folder when all steps are done, before it is removed. */
  readonly atTheEnd?: (folder: string) => Promise<void> | void;
}

/** What a step took: the seconds that passed, and those that its processes computed. */
export interface StepTime {
  readonly step: PageStep;
  readonly seconds: number;
  readonly processorSeconds: number;
}

/**
 * Does what a page says in an empty folder, in one shell, as its reader would: saves its files and runs its commands, in order.
 *
 * @param path of the page, from the root of the workspace
 * @throws where a command fails, or does not print what the page shows; with the line of the page and what was printed
 */
export async function followPage(path: string, options: FollowPageOptions = {}): Promise<StepTime[]> {
  const { commands = workspaceCommands, console = false } = options;
  const steps = pageSteps(await readFile(join(root, path), 'utf8'), { console });
  const scratch = await mkdtemp(join(tmpdir(), 'ais-page-'));
  try {
    const folder = join(scratch, 'reader');
    await mkdir(folder);
    const status = await runScript(await prepare(steps, commands, scratch), folder, {
      ...process.env,
      NODE_OPTIONS: '',
      ...options.environment,
      PATH: `${join(scratch, 'bin')}${delimiter}${process.env['PATH']}`,
    });
    await checkOutputs(path, steps, scratch, status);
    await options.atTheEnd?.(folder);
    return await readTimes(steps, scratch);
  } finally {
    // What the page started in the background may still end there: Redis writes its memory as it stops.
    await rm(scratch, { recursive: true, maxRetries: 10, retryDelay: 500 });
  }
}

/** Writes what the shell needs, and returns its script: what step n prints goes to the file out-n, and its end to time-n. */
async function prepare(
  steps: readonly PageStep[],
  commands: Readonly<Record<string, string>>,
  scratch: string,
): Promise<string> {
  await mkdir(join(scratch, 'bin'));
  for (const [name, script] of Object.entries(commands)) {
    await writeFile(join(scratch, 'bin', name), `#!/bin/sh\n${script}\n`);
    await chmod(join(scratch, 'bin', name), 0o755);
  }
  const time = (name: string | number): string =>
    `{ echo "$EPOCHREALTIME"; times; } >'${join(scratch, `time-${name}`)}'`;
  const parts: string[] = ['set -eu', time('begin')];
  for (const [index, step] of steps.entries()) {
    parts.push(`exec >'${join(scratch, `out-${index}`)}' 2>&1`);
    if (step.kind === 'commands') parts.push(step.script);
    else {
      const saved = join(scratch, `file-${index}`);
      await writeFile(saved, step.content);
      parts.push(`mkdir -p "$(dirname '${step.path}')"`, `cp '${saved}' '${step.path}'`);
    }
    parts.push(time(index));
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

async function readTimes(steps: readonly PageStep[], scratch: string): Promise<StepTime[]> {
  const read = async (name: string | number): Promise<{ at: number; computed: number }> => {
    const [at = '', ...times] = (await readFile(join(scratch, `time-${name}`), 'utf8')).split('\n');
    const computed = [...times.join(' ').matchAll(/(\d+)m([\d.]+)s/g)];
    return {
      at: Number(at.replace(',', '.')),
      computed: computed.reduce(
        (sum, [, minutes, seconds]) => sum + 60 * Number(minutes) + Number(seconds),
        0,
      ),
    };
  };
  const taken: StepTime[] = [];
  let before = await read('begin');
  for (const [index, step] of steps.entries()) {
    const now = await read(index);
    taken.push({ step, seconds: now.at - before.at, processorSeconds: now.computed - before.computed });
    before = now;
  }
  return taken;
}
