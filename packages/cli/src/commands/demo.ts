import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Layer } from '@ais/pipeline/settings';
import { shellWord } from '@ais/runtime/process';
import { Command } from 'commander';
import { nextFreeFolder } from '../next-free-folder.js';
import { oneScreen } from '../one-screen-help.js';
import { collect, positiveNumber, wholeNumber } from '../option-values.js';
import { pullOnTerminal } from '../pull-on-terminal.js';
import { rejectFlagsWithResume } from '../reject-flags-with-resume.js';
import { UsageError } from '../usage-error.js';
import type { StudyFlags } from './asked-study.js';
import { runStudyCommand } from './study.js';

interface DemoFlags extends Omit<StudyFlags, 'store'> {
  readonly seed?: number;
  readonly model?: string;
  readonly lora?: boolean;
}

/** `ais demo`: the study "demo", or with a model "demo-model", one seed, with its stages beside its report. */
export function demoCommand(): Command {
  const command = new Command('demo')
    .summary('run the whole pipeline, scaled down')
    .description(
      'Run the whole pipeline, scaled down: SFT, gold reward model, labels, DPO and AIS-DPO, report. With --model, align a real chat model on its own responses.',
    )
    .option(
      '--model <name>',
      'a chat model: a name of `ais model list`, such as smollm2-135m-instruct, a folder, or owner/name on the Hub; takes native TensorFlow and about an hour on two cores',
    )
    .option('--lora', 'of a model, train low-rank adapters instead of all weights, which takes less memory')
    .option('--seed <number>', 'seed of everything random; 1 by default', wholeNumber)
    .option(
      '--backend <name>',
      'wasm (the default; with --model, native), native, native-gpu, webgpu, or cpu',
    )
    .option('--set <key=value>', 'any setting of the study, such as preference.learningRate=1e-3', collect)
    .option('--out <folder>', 'run folder; by default the next free one under runs/')
    .option('--resume', 'resume the interrupted run in the folder that --out names')
    .option('--allow <name>', 'code or a server that --resume may use because its folder names it', collect)
    .option(
      '--processes <number>',
      'stages to run at once, each in a separate process; by default one per core, and one with --model',
      positiveNumber,
    )
    .option('--dry-run', 'print settings and stages, and do nothing')
    .option('--json', 'print one JSON object on standard output, progress on standard error')
    .action(runDemo);
  return oneScreen(command, {
    Demo: {
      model: 'a chat model to align: its name, a folder, owner/name',
      lora: 'of a model, train low-rank adapters: less memory',
    },
    Run: {
      seed: 'seed of everything random',
      backend: 'wasm; with --model, native',
      processes: 'stages to run at once',
      set: 'any setting: preference.learningRate=1e-3',
      out: 'run folder; by default the next under runs/',
      resume: 'resume the interrupted run in --out',
      'dry-run': 'print settings and stages, do nothing',
      json: 'one JSON object on standard output',
    },
  });
}

async function runDemo({ seed, model, lora = false, set = [], ...flags }: DemoFlags): Promise<void> {
  if (flags.resume && !flags.out) {
    throw new UsageError('--resume needs --out, the folder of the run to resume.');
  }
  if (flags.resume && flags.out) rejectFlagsWithResume(flags.out, { seed, model, lora, set });
  if (lora && model === undefined) {
    throw new UsageError('--lora belongs to --model: the small model of the demo is trained whole.');
  }
  const out = flags.out ?? nextFreeFolder('runs', 'demo');
  const seeded = seed === undefined ? [] : [`seeds=[${seed}]`, `corpus.seed=${seed}`];
  const over = model === undefined ? undefined : await modelLayer(model, lora);
  if (model !== undefined && !flags.dryRun && !flags.resume) await prepare(model, lora, flags.backend);
  const name = model === undefined ? 'demo' : 'demo-model';
  return runStudyCommand(
    flags.resume ? undefined : name,
    { ...flags, out, store: join(out, 'stages'), set: [...seeded, ...set] },
    { ...(over && { over }), resumeWith: `ais demo --resume --out ${shellWord(out)}` },
  );
}

async function modelLayer(model: string, lora: boolean): Promise<Layer> {
  const { demoModelLayer } = await import('@ais/studies/settings');
  return demoModelLayer({ model, lora });
}

/** Checks the requirements of the demo, and downloads the model, before anything is written. */
async function prepare(model: string, lora: boolean, backend = 'native'): Promise<void> {
  const { requireDemoBackend, requireDemoMemory } = await import('@ais/studies');
  await requireDemoBackend(backend);
  const directory = existsSync(model) ? model : (await pullOnTerminal(model)).directory;
  await requireDemoMemory(directory, { lora });
}
