import { existsSync } from 'node:fs';
import type { FileCommandName, FileContext, RunContext } from '@ais/pipeline';
import {
  type CommandName,
  commandFlags,
  type FlaggedSetting,
  flagLayer,
  readCommandLayer,
  readSettings,
  type Settings,
} from '@ais/pipeline/settings';
import { asOnlyWriter } from '@ais/runtime/files';
import { shellWord } from '@ais/runtime/process';
import { Command, Option } from 'commander';
import { commandLineOf } from '../command-line.js';
import { count } from '../count.js';
import { describeRun, type RunOutcome } from '../describe-run.js';
import { nextFreeFolder } from '../next-free-folder.js';
import { note } from '../one-screen-help.js';
import { collect, shardOf } from '../option-values.js';
import { outputFile, requireFreeDefault, requireOtherFile } from '../output-file.js';
import { agreeOnEnd, joinProcessGroup } from '../process-group.js';
import { resumable, type Terminal } from '../terminal.js';
import { UsageError } from '../usage-error.js';

/** The flags that a command of the pipeline has besides those of its settings. */
export interface PipelineFlags {
  readonly config?: string;
  readonly set?: readonly string[];
  readonly out?: string;
  readonly resume?: boolean;
  readonly allow?: readonly string[];
  /** One of several shards of a command that writes one file. */
  readonly shard?: { readonly index: number; readonly count: number };
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** The output of a command of the pipeline: a run folder, one file (only if asked to, where it has no name), or nothing. */
export type PipelineOutput = 'run folder' | { readonly file?: string; readonly holds: string } | 'nothing';

/** A command whose settings, flags and help come from the pipeline's settings. */
export function pipelineCommand(name: CommandName, description: string, output: PipelineOutput): Command {
  const command = new Command(name).summary(summaries[name]).description(description);
  const rankOf = ({ heading = RUN }: FlaggedSetting): number => HEADINGS.indexOf(heading);
  for (const { flag, help, repeatable, heading = RUN, brief, choices } of [...commandFlags(name)].sort(
    (a, b) => rankOf(a) - rankOf(b),
  )) {
    const option = new Option(flag, help).helpGroup(`${heading}:`);
    if (repeatable) option.argParser(collect);
    command.addOption(note(option, { choices, ...(brief !== undefined && { brief }) }));
  }
  command
    .optionsGroup(`${RUN}:`)
    .option(
      '--config <file>',
      'settings, YAML or JSON, for this and every other command; flags win over them',
    )
    .option('--set <key=value>', 'any setting, such as training.adamBeta2=0.95', collect);
  if (output === 'run folder') {
    command.option('--out <folder>', 'run folder; by default the next free one under runs/');
  } else if (output !== 'nothing') {
    command.option('--out <file>', `where to write: ${output.holds}`, outputFile, output.file);
    command.hook('preAction', () => {
      const { out, resume, shard, dryRun } = command.opts<PipelineFlags>();
      const isNamed = command.getOptionValueSource('out') !== 'default';
      if (out !== undefined && !(isNamed || resume || shard || dryRun)) requireFreeDefault(out);
    });
  }
  if (typeof output === 'object') {
    command.option(
      '--shard <i/n>',
      'do the i-th of n shards, into a file beside --out; ais merge joins them',
      shardOf,
    );
  }
  if (output !== 'nothing') {
    command
      .option('--resume', 'resume what --out names, with the settings it was started with, or start it')
      .option(
        '--allow <name>',
        'code or a server that --resume may use because its folder names it',
        collect,
      );
  }
  command
    .option('--dry-run', 'print the settings and what the command would take, and do nothing')
    .option('--json', 'print one JSON object on standard output, progress on standard error');
  for (const option of command.options) {
    const brief = briefs[option.long ?? ''];
    if (brief !== undefined) note(option, { brief });
  }
  return command;
}

/** The line of each command in `ais --help`. */
const summaries: Readonly<Record<CommandName, string>> = {
  sft: 'train a language model on responses',
  reward: 'train a reward model on pairs',
  generate: 'sample responses to prompts',
  label: 'let a judge order responses, as pairs',
  train: 'train a policy on preferences',
  evaluate: 'measure loss, win rate, and exact KL',
  chat: 'talk with a model',
};

const RUN = 'Run';

/** In the order of a command's help. */
const HEADINGS = [
  'Model',
  'Data',
  'Objective',
  'Judge',
  'Labels',
  'Sampling',
  'Optimization',
  'Evaluation',
  'Language model behind an endpoint',
  RUN,
];

/** The lines of the flags that are not settings in the one-screen help. */
const briefs: Readonly<Record<string, string>> = {
  '--config': 'settings in YAML or JSON; flags win',
  '--set': 'any setting: training.adamBeta2=0.95',
  '--out': 'where to write',
  '--resume': 'resume what --out names, or start it',
  '--dry-run': 'print settings and estimates, do nothing',
  '--json': 'one JSON object on standard output',
};

/** The settings of a command, from its preset, the model's run, the settings file, and the flags. */
export async function commandSettings<Name extends CommandName>(
  name: Name,
  flags: PipelineFlags & Readonly<Record<string, unknown>>,
): Promise<Settings<Name>> {
  const { config, set = [], out, resume } = flags;
  if (resume && !out) throw new UsageError('--resume needs --out, the folder of the run to resume.');
  const { outsideNames, requireAllowed, sourceLayer, storedSettings, textLayer, writesFile } = await import(
    '@ais/pipeline'
  );
  const stored = resume && out ? await storedSettings(out, name) : undefined;
  if (stored && out) {
    const { allow = [], objective, scorer, apiCache } = flags;
    const named = [objective, scorer, apiCache].map((flag) => flag as string | undefined);
    const ofFile = config === undefined ? {} : await readCommandLayer(name, config);
    requireAllowed(out, stored, [...allow, ...named, ...outsideNames(ofFile).map(({ value }) => value)]);
  }
  if (resume && out && writesFile(name) && !stored && existsSync(out)) {
    throw new UsageError(`${out} is complete: there is nothing to resume. Leave out --resume to start over.`);
  }
  const layer = flagLayer(name, flags);
  const asksForNothing = config === undefined && set.length === 0 && Object.keys(layer).length === 0;
  if (resume && out && !stored && asksForNothing) {
    throw new UsageError(
      `${out} holds no ais ${name} to resume. Check --out; to start one there, give its settings as well.`,
    );
  }
  return readSettings(name, {
    ...(stored && { stored }),
    ...(config !== undefined && { file: config }),
    flags: layer,
    assignments: set,
    ofSource: sourceLayer,
    ofModel: textLayer,
  });
}

/** The load of a training run besides the policy, for `--dry-run`. */
export interface RunLoad {
  /** Responses per example. */
  readonly responses: number;
  /** Whether the loss is over the prompt too. */
  readonly predictsPrompt?: boolean;
  readonly otherModels: number;
}

type TrainingSettings = Settings<'sft'> | Settings<'reward'> | Settings<'train'>;

/** Prints what a training command would do, and whether it would fit. */
export async function printPlan(settings: TrainingSettings, load: RunLoad, json = false): Promise<void> {
  const { estimateRun } = await import('@ais/pipeline');
  const estimate = await estimateRun(settings, load);
  if (json) {
    process.stdout.write(`${JSON.stringify({ settings, estimate })}\n`);
    return;
  }
  const { parameters, steps, memoryBytes, seconds, gigaflopsPerSecond } = estimate;
  const length =
    steps === undefined || seconds === undefined
      ? 'as many updates as the text has records for'
      : `${count(steps, 'update')}; about ${(seconds / 60).toFixed(1)} minutes at the ${gigaflopsPerSecond.toFixed(0)} GFLOP/s measured here, without sampling and evaluation`;
  process.stdout.write(
    `${JSON.stringify(settings, null, 2)}\n\n${parameters.toLocaleString('en')} parameters, ${(memoryBytes / 1e9).toFixed(2)} GB of memory, ${length}.\n`,
  );
}

/** Prints a command's settings, for `--dry-run`. */
export function printSettings(settings: object, json = false): void {
  process.stdout.write(`${JSON.stringify({ settings }, null, json ? 0 : 2)}\n`);
}

/** Runs a training command in its run folder: back end, progress, report, answer. */
export async function runInFolder(
  command: CommandName,
  settings: TrainingSettings,
  flags: PipelineFlags,
  terminal: Terminal,
  run: (context: RunContext) => Promise<RunOutcome>,
): Promise<void> {
  const { useBackend } = await import('@ais/runtime');
  const { TrainingInterrupted } = await import('@ais/trainer');
  const { writeTrainingReport } = await import('@ais/studies/reports');
  const group = await joinProcessGroup();
  if (group && flags.out === undefined) {
    throw new UsageError(
      '--out is needed where several processes train together: name the run folder that they share.',
    );
  }
  const directory = flags.out ?? nextFreeFolder('runs', command);
  const { backend } = await useBackend(settings.backend);
  const { source, model, seed } = settings;
  const processes = group && `${group.size} processes`;
  const what = [
    source && `${source} text`,
    model && `model ${model}`,
    `seed ${seed}`,
    `${backend} back end`,
    processes,
  ];
  const leads = group === undefined || group.rank === 0;
  if (leads) terminal.reporter.line(`${what.filter(Boolean).join(', ')} → ${directory}`);
  const work = async (): Promise<void> => {
    const commandLine = commandLineOf(command, flags);
    const context = {
      directory,
      commandLine,
      ...contextOf(command, flags, terminal),
      ...(group && { group }),
    };
    const outcome = await run(leads ? context : { ...context, ...inSilence });
    agreeOnEnd();
    if (!leads) return;
    const report = await writeTrainingReport(directory);
    terminal.reporter.stop();
    process.stdout.write(
      flags.json
        ? `${JSON.stringify({ ...outcome, report })}\n`
        : `${describeRun(outcome)}\n\nReport: ${report}\n`,
    );
  };
  try {
    await (leads ? resumable(await resumption(command, directory, settings), terminal, work) : work());
  } catch (error) {
    if (error instanceof TrainingInterrupted) agreeOnEnd();
    throw error;
  }
}

/** A context without output, for all ranks but 0, which reports for all. */
const inSilence = { onProgress: (): void => {}, onWarning: (): void => {} };

type FileFlags = PipelineFlags & Readonly<Record<string, unknown>>;
type Shard = NonNullable<PipelineFlags['shard']>;

/** The work of a command that writes one file, whole or one shard of it. */
export interface FileWork<Outcome> {
  readonly run: (context: FileContext) => Promise<Outcome>;
  readonly runShard: (
    shard: Shard,
    path: string,
    context: FileContext,
  ) => Promise<{ readonly path: string; readonly done: number }>;
  readonly describeOutcome: (outcome: Outcome) => string;
  /** The name of one of the things that a shard consists of; a response by default. */
  readonly part?: string;
}

/** Runs a command that writes one file in parts: settings, back end, progress, answer. */
export async function runIntoFile<Name extends FileCommandName, Outcome>(
  command: Name,
  flags: FileFlags,
  terminal: Terminal,
  workOf: (settings: Settings<Name>) => Promise<FileWork<Outcome>>,
): Promise<void> {
  const settings = await commandSettings(command, flags);
  if (flags.dryRun) return printSettings(settings, flags.json);
  const { shard, out } = flags;
  if (shard && flags.resume) throw new UsageError('--shard resumes by itself. Leave out --resume.');
  if (shard && out === undefined)
    throw new UsageError('--shard needs --out, the file that the shards are of.');
  if (out !== undefined) requireOtherFile(out, { ...inputsIn(settings), '--config': flags.config });
  const { run, runShard, describeOutcome, part = 'response' } = await workOf(settings);
  await useBackendOf(settings);
  const context = (): FileContext => contextOf(command, flags, terminal);
  const whole = async (): Promise<void> => {
    const outcome = await run(context());
    answer(outcome as object, describeOutcome(outcome), flags, terminal);
  };
  // Output that is only printed is not kept either.
  if (out === undefined) return whole();
  if (shard)
    return runShardIntoFile(shard, part, { ...flags, out }, terminal, () => runShard(shard, out, context()));
  await resumable(await resumption(command, out, settings), terminal, () => asOnlyWriter(out, whole));
}

/** The settings that may name a file, of all commands that write one. */
type Inputs = Pick<
  Settings<'evaluate'>,
  'source' | 'pairs' | 'agreement' | 'scorer' | 'template' | 'pairTemplate' | 'chatTemplate' | 'judge' | 'api'
> &
  Pick<Settings<'label'>, 'responses'>;

/** The inputs of a command that writes one file, by the flag that names them. */
function inputsIn(settings: Settings<FileCommandName>): Readonly<Record<string, string | undefined>> {
  const read: Readonly<Partial<Inputs>> = settings;
  const { template, pairTemplate, chatTemplate } = read;
  const name = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
  return {
    '--source': read.source,
    '--responses': read.responses,
    '--pairs': read.pairs,
    'agreement.pairs': read.agreement?.pairs,
    '--scorer': read.scorer?.split('#')[0],
    '--template': name(template),
    '--pair-template': name(pairTemplate),
    '--chat-template': name(chatTemplate),
    'judge.template': name(read.judge?.template),
    '--api-cache': read.api?.cache,
  };
}

/** Runs one shard of the file that `--out` names; the same command again resumes it. */
export async function runShardIntoFile(
  { index, count: shards }: Shard,
  part: string,
  flags: Pick<PipelineFlags, 'json'> & { readonly out: string },
  terminal: Terminal,
  work: () => Promise<{ readonly path: string; readonly done: number }>,
): Promise<void> {
  await resumable('give the same command again', terminal, async () => {
    const outcome = await asOnlyWriter(`${flags.out}.shard-${index}-of-${shards}`, work);
    const text = `shard ${index} of ${shards}, ${count(outcome.done, part)} → ${outcome.path}`;
    answer(outcome, text, flags, terminal);
  });
}

/** Prints the outcome of a command on standard output. */
function answer(
  outcome: object,
  text: string,
  { json }: Pick<PipelineFlags, 'json'>,
  { reporter }: Terminal,
): void {
  reporter.stop();
  process.stdout.write(`${json ? JSON.stringify(outcome) : text}\n`);
}

/** Picks the back end, but for a language model behind an endpoint, which computes elsewhere. */
async function useBackendOf(settings: Settings<FileCommandName>): Promise<void> {
  const { isLanguageModel } = await import('@ais/pipeline');
  const { useBackend } = await import('@ais/runtime');
  const computing = 'responses' in settings ? settings.scorer : settings.model;
  if (!isLanguageModel(computing)) await useBackend(settings.backend);
}

/** The command that resumes, with what it must be allowed. */
async function resumption(command: CommandName, out: string, settings: object): Promise<string> {
  const { allowing, outsideNames } = await import('@ais/pipeline');
  return `ais ${command} --resume --out ${shellWord(out)}${allowing(outsideNames(settings))}`;
}

/** The context that a command gives to a step of the pipeline. */
export function contextOf(
  command: CommandName,
  { resume = false }: PipelineFlags,
  { reporter, signal }: Terminal,
): FileContext {
  return {
    title: command,
    resume,
    signal,
    onProgress: (progress) => reporter.report(progress),
    onWarning: (message) => reporter.line(message),
  };
}
