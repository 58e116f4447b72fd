import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SoakedCommand } from './soaked-command.js';

/** A command, and a phase of its work. */
export interface Phase {
  readonly command: SoakedCommand;
  readonly phase: string;
  /** Whether the process is in that phase, told from what it has written and said. */
  readonly when: (folder: string, said: string) => boolean;
}

const says =
  (pattern: RegExp): Phase['when'] =>
  (_, said) =>
    pattern.test(said);

function countLines(path: string, text: string): number {
  return existsSync(path) ? readFileSync(path, 'utf8').split(text).length - 1 : 0;
}

/** Steps of a training run so far. */
export function stepsOf(run: string): number {
  return countLines(join(run, 'metrics.jsonl'), '"event":"train"');
}

const steps =
  (count: number): Phase['when'] =>
  (folder) =>
    stepsOf(join(folder, 'run')) >= count;

const writesCheckpoint: Phase['when'] = (folder) => {
  const checkpoints = join(folder, 'run', 'checkpoints');
  return existsSync(checkpoints) && readdirSync(checkpoints).some((name) => /^\.step-\d+\.tmp/.test(name));
};

/** Every phase that a command may be disturbed in; a new one is one line. */
const PHASES: readonly (readonly [command: string, phase: string, when: Phase['when']])[] = [
  ['sft', 'loading', says(/preset|text, seed/)],
  ['sft', 'tokenizer training', says(/text: 1\/3/)],
  ['sft', 'evaluation before the first step', (folder) => existsSync(join(folder, 'run', 'config.json'))],
  ['sft', 'step', steps(5)],
  ['sft', 'checkpoint', writesCheckpoint],
  ['train', 'reference log-probabilities', says(/reference of train: \d/)],
  ['train', 'evaluation, samples and KL', says(/evaluati/)],
  ['train', 'step', steps(3)],
  ['train, online', 'generation', steps(1)],
  ['reward', 'step', steps(1)],
  ['reward', 'finish (centering)', steps(3)],
  ['generate', 'loading', says(/./)],
  ['generate', 'generation', (folder) => countLines(join(folder, 'responses.jsonl.partial'), '"part"') >= 1],
  ['label', 'labeling', (folder) => countLines(join(folder, 'pairs.jsonl.partial'), '"part"') >= 1],
  ['data build', 'tokenizer training', says(/learning/)],
  ['data build', 'tokenizing', says(/tokenized/)],
  ['data build, 20,000 records', 'tokenizer training', says(/learning/)],
  ['data build, 20,000 records', 'looking for leaks', says(/leaks/)],
  ['study', 'corpus', says(/corpus: /)],
  ['study', 'SFT', says(/SFT, seed 1: 1/)],
  ['study', 'between stages', says(/[4-9] of \d+ stages done/)],
  ['demo', 'corpus', says(/corpus: /)],
  ['demo', 'training', says(/DPO.*: \d/)],
];

/** The phases of these commands. */
export function phasesOf(commands: readonly SoakedCommand[]): Phase[] {
  return PHASES.flatMap(([name, phase, when]) => {
    const command = commands.find((each) => each.name === name);
    return command ? [{ command, phase, when }] : [];
  });
}
