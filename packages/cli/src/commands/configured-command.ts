import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandContext, CommandName, Settings } from '@ais/studies';
import { Command, InvalidArgumentError } from 'commander';
import { onInterruption } from '../interruption.js';
import { type ProgressOptions, progressReporter } from '../progress.js';
import { UsageError } from '../usage-error.js';

/** The flags that every command with a configuration has. */
export interface ConfiguredFlags {
  readonly config?: string;
  readonly preset?: string;
  readonly source?: string;
  readonly seed?: number;
  readonly backend?: string;
  readonly set?: readonly string[];
  readonly out?: string;
  readonly resume?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** A command whose settings come from a preset, a configuration file, and flags, each over the one before. */
export function configuredCommand(name: CommandName, description: string): Command {
  return new Command(name)
    .description(description)
    .option('--config <file>', 'configuration, YAML or JSON; flags win over it')
    .option('--preset <name>', 'scale that sets every default: tiny, small, or paper')
    .option('--source <name>', 'text: synthetic (built in), debian (package descriptions), or a .jsonl file')
    .option('--seed <number>', 'seed of everything random', wholeNumber)
    .option('--backend <name>', 'wasm, native, native-gpu, webgpu, or cpu')
    .option('--set <key=value>', 'any key of the configuration, such as training.weightDecay=0.1', collect)
    .option('--dry-run', 'print the resolved configuration and what it would take, and do nothing')
    .option('--json', 'print one JSON object on standard output, progress on standard error');
}

/** The flags of the commands that train. */
export interface TrainingFlags extends ConfiguredFlags {
  readonly model?: string;
  readonly records?: number;
  readonly steps?: number;
  readonly epochs?: number;
  readonly batchSize?: number;
  readonly microBatchSize?: number;
  readonly learningRate?: number;
  readonly checkpointEvery?: number;
  readonly loraRank?: number;
  readonly freeze?: readonly string[];
  readonly patience?: number;
  readonly klBudget?: number;
  readonly tensorboard?: boolean;
}

export function trainingCommand(name: CommandName, description: string): Command {
  return configuredCommand(name, description)
    .option('--model <folder>', 'model to start from: a run, a checkpoint, or a Hugging Face folder')
    .option('--records <number>', 'records to learn from', wholeNumber)
    .option('--steps <number>', 'updates', wholeNumber)
    .option('--epochs <number>', 'passes over the data, instead of --steps', realNumber)
    .option('--batch-size <number>', 'examples an update', wholeNumber)
    .option('--micro-batch-size <number>', 'examples in memory at once', wholeNumber)
    .option('--learning-rate <number>', 'peak learning rate', realNumber)
    .option('--checkpoint-every <number>', 'updates between checkpoints', wholeNumber)
    .option('--lora-rank <number>', 'train low-rank adapters instead of the model', wholeNumber)
    .option(
      '--freeze <parameter>',
      'keep a parameter as it is; * stands for any part; may be repeated',
      collect,
    )
    .option('--patience <number>', 'end after so many evaluations that were not the best', wholeNumber)
    .option('--tensorboard', 'write event files for TensorBoard too')
    .option('--out <folder>', `run folder; by default the next free one under runs/`)
    .option('--resume', 'go on with the run in the folder that --out names, or begin it');
}

/** What the flags of a training command say, in the configuration's words. */
export function trainingLayer(flags: TrainingFlags): Readonly<Record<string, unknown>> {
  const { model, records, steps, epochs, batchSize, microBatchSize, learningRate, checkpointEvery } = flags;
  const { loraRank: rank, freeze, patience, klBudget, tensorboard: tensorBoard } = flags;
  const length = { steps, epochs, batchSize, microBatchSize, learningRate, checkpointEvery };
  return {
    model,
    data: defined({ records }),
    training: defined({ ...length, lora: defined({ rank }), freeze, tensorBoard }),
    selection: defined({ patience, klBudget }),
  };
}

/** The resolved settings of a command. */
export async function resolveSettings<Name extends CommandName>(
  command: Name,
  flags: ConfiguredFlags,
  own: Readonly<Record<string, unknown>>,
): Promise<Settings<Name>> {
  const { assignment, mergeLayer, readSettings, storedSettings } = await import('@ais/studies');
  if (flags.resume && !flags.out) {
    throw new UsageError('--resume needs --out, the folder of the run to go on with.');
  }
  const { preset, source, seed, backend } = flags;
  const layers = [
    defined({ preset, source, seed, backend }),
    defined(own),
    ...(flags.set ?? []).map(assignment),
  ];
  const stored = flags.resume && flags.out ? await storedSettings(flags.out, command) : undefined;
  const inFile = command === 'generate' || command === 'label';
  if (flags.resume && flags.out && inFile && !stored && existsSync(flags.out)) {
    throw new UsageError(
      `${flags.out} is whole: there is nothing to go on with. Leave out --resume to make it anew.`,
    );
  }
  return readSettings(command, {
    ...(stored && { stored }),
    ...(flags.config !== undefined && { file: flags.config }),
    flags: layers.reduce(mergeLayer),
  });
}

/** What a training run needs beside the policy, for `--dry-run`. */
interface Load {
  /** Responses an example. */
  readonly responses: number;
  /** Whether the loss is over the prompt too. */
  readonly predictsPrompt?: boolean;
  readonly otherModels: number;
}

/** Prints what a training command would do, and whether it would fit. */
export async function printPlan(
  settings: Settings<'sft'> | Settings<'reward'> | Settings<'train'>,
  load: Load,
  json: boolean,
): Promise<void> {
  const { estimateRun } = await import('@ais/studies');
  const estimate = await estimateRun(settings, load);
  if (json) {
    process.stdout.write(`${JSON.stringify({ settings, estimate })}\n`);
    return;
  }
  const { parameters, steps, memoryBytes, seconds, gigaflopsPerSecond } = estimate;
  process.stdout.write(
    `${JSON.stringify(settings, null, 2)}\n\n${parameters.toLocaleString('en')} parameters, ${steps} updates; about ` +
      `${(memoryBytes / 1e9).toFixed(2)} GB of memory, and ${(seconds / 60).toFixed(1)} minutes at the ` +
      `${gigaflopsPerSecond.toFixed(0)} GFLOP/s measured here, without sampling and evaluation.\n`,
  );
}

/** Runs a training command: back end, progress, answer. */
export async function runInDirectory<Outcome extends { readonly report: string; readonly metrics: object }>(
  command: CommandName,
  settings: Settings<'sft'> | Settings<'reward'> | Settings<'train'>,
  flags: TrainingFlags,
  { reporter, signal }: Terminal,
  run: (context: CommandContext) => Promise<Outcome>,
): Promise<void> {
  const { useBackend } = await import('@ais/runtime');
  const directory = flags.out ?? nextFreeFolder(command);
  const { backend } = await useBackend(settings.backend);
  const { preset, source, seed } = settings;
  reporter.line(`${preset} preset, ${source} text, seed ${seed}, ${backend} back end → ${directory}`);
  await saysHowToGoOn(`ais ${command} --resume --out ${directory}`, { reporter, signal }, async () => {
    const outcome = await run({ directory, ...contextOf(flags, { reporter, signal }) });
    reporter.stop();
    process.stdout.write(
      flags.json
        ? `${JSON.stringify(outcome)}\n`
        : `${describe(outcome.metrics)}\n\nReport: ${outcome.report}\n`,
    );
  });
}

/** Runs a command that writes one file, part by part, and goes on with `--resume`: back end, progress, answer. */
export async function runIntoFile<Outcome>(
  command: CommandName,
  settings: Settings<'generate'> | Settings<'label'>,
  flags: ConfiguredFlags & { readonly out: string },
  { reporter, signal }: Terminal,
  run: (context: Omit<CommandContext, 'directory'>) => Promise<Outcome>,
  describeOutcome: (outcome: Outcome) => string,
): Promise<void> {
  const { useBackend } = await import('@ais/runtime');
  await useBackend(settings.backend);
  await saysHowToGoOn(`ais ${command} --resume --out ${flags.out}`, { reporter, signal }, async () => {
    const outcome = await run(contextOf(flags, { reporter, signal }));
    reporter.stop();
    process.stdout.write(`${flags.json ? JSON.stringify(outcome) : describeOutcome(outcome)}\n`);
  });
}

function contextOf(
  { resume = false }: ConfiguredFlags,
  { reporter, signal }: Terminal,
): Omit<CommandContext, 'directory'> {
  return {
    resume,
    signal,
    onProgress: (progress) => reporter.report(progress),
    onWarning: (message) => reporter.line(message),
  };
}

async function saysHowToGoOn(
  command: string,
  { reporter, signal }: Terminal,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    reporter.stop();
    if (signal.aborted) process.stderr.write(`Stopped. To go on: ${command}\n`);
    throw error;
  }
}

/** What a command shows its progress on, and is stopped by. */
export interface Terminal {
  readonly reporter: ReturnType<typeof progressReporter>;
  readonly signal: AbortSignal;
}

/** Gives a whole command a progress reporter and a signal that Ctrl-C and SIGTERM abort, from its first moment. */
export async function onTerminal(
  work: (terminal: Terminal) => Promise<void>,
  options?: ProgressOptions,
): Promise<void> {
  const reporter = progressReporter(process.stderr, options);
  const interruption = onInterruption((line) => reporter.line(line));
  try {
    await work({ reporter, signal: interruption.signal });
  } finally {
    reporter.stop();
    interruption.release();
  }
}

/** Prints a command's settings, for `--dry-run`. */
export function printSettings(settings: object, json = false): void {
  process.stdout.write(`${JSON.stringify({ settings }, null, json ? 0 : 2)}\n`);
}

/** Numbers by name, one a line. */
export function describe(metrics: object): string {
  return Object.entries(metrics)
    .filter(([, value]) => typeof value === 'number')
    .map(([name, value]) => `${name}: ${Number((value as number).toPrecision(6))}`)
    .join('\n');
}

export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value))
    throw new InvalidArgumentError('a whole number is needed.');
  return value;
}

export function realNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('a number is needed.');
  return value;
}

/** Numbers with commas between them. */
export function realNumbers(text: string): readonly number[] {
  return text.split(',').map(realNumber);
}

/** `runs/<name>-1`, or with the first number that is free. */
function nextFreeFolder(name: string): string {
  let number = 1;
  while (existsSync(join('runs', `${name}-${number}`))) number += 1;
  return join('runs', `${name}-${number}`);
}

/** Gathers an option that may be given several times. */
export function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}

function defined(values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(values).filter(
      ([, value]) =>
        value !== undefined && !(typeof value === 'object' && Object.keys(value ?? {}).length === 0),
    ),
  );
}
