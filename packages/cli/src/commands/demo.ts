import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { wholeNumber } from '../option-values.js';
import { UsageError } from '../usage-error.js';
import { runStudyCommand, type StudyFlags } from './study.js';

/** `ais demo`: the study "demo", one seed at tiny scale, with its stages beside its report. */
export function demoCommand(): Command {
  return new Command('demo')
    .description('Run the whole pipeline in small: SFT, gold reward model, labels, DPO and AIS-DPO, report.')
    .option('--seed <number>', 'seed of everything random; 1 by default', wholeNumber)
    .option('--backend <name>', 'wasm (the default), native, native-gpu, webgpu, or cpu')
    .option(
      '--set <key=value>',
      'any setting of the study, such as preference.learningRate=1e-3',
      (value, before: readonly string[] = []) => [...before, value],
    )
    .option('--out <folder>', 'run folder; by default the next free one under runs/')
    .option('--resume', 'resume the interrupted run in the folder that --out names')
    .option(
      '--processes <number>',
      'stages at work at once, each in a process of its own',
      wholeNumber,
      Math.min(2, availableParallelism()),
    )
    .option('--dry-run', 'print settings and stages, and do nothing')
    .option('--json', 'print one JSON object on standard output, progress on standard error')
    .action(({ seed, set = [], ...flags }: Omit<StudyFlags, 'store'> & { readonly seed?: number }) => {
      if (flags.resume && !flags.out) {
        throw new UsageError('--resume needs --out, the folder of the run to resume.');
      }
      const out = flags.out ?? nextFreeFolder();
      const seeded = seed === undefined ? [] : [`seeds=[${seed}]`, `corpus.seed=${seed}`];
      return runStudyCommand('demo', {
        ...flags,
        out,
        store: join(out, 'stages'),
        set: [...seeded, ...set],
        resumeWith: `ais demo --resume --out ${out}`,
      });
    });
}

/** `runs/demo-1`, or with the first number that is free. */
function nextFreeFolder(): string {
  let number = 1;
  while (existsSync(join('runs', `demo-${number}`))) number += 1;
  return join('runs', `demo-${number}`);
}
