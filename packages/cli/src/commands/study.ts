import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { judgingFlags, type Layer } from '@ais/pipeline/settings';
import { asOnlyWriter, explainFileError } from '@ais/runtime/files';
import { shellWord } from '@ais/runtime/process';
import type { StudyStanding } from '@ais/studies';
import type { PolicyStudySettings, StudyConfiguration, StudySettings } from '@ais/studies/settings';
import { Command, Option } from 'commander';
import { count } from '../count.js';
import { nextFreeFolder } from '../next-free-folder.js';
import { note, oneScreen } from '../one-screen-help.js';
import { collect, positiveNumber, realNumbers, seedNumbers, wholeNumber } from '../option-values.js';
import type { Progress } from '../progress.js';
import { queueOption, redisOption } from '../redis-options.js';
import { s3EndpointOption, storeOption } from '../store-options.js';
import { onTerminal } from '../terminal.js';
import { UsageError } from '../usage-error.js';
import { allowances, begunStudy, newStudy, type StudyFlags } from './asked-study.js';
import { answer, describeStanding, printPlan, searchTable, summary } from './study-output.js';

/** Options of `runStudyCommand` beside the flags, for other commands that run a study. */
export interface StudyRunOptions {
  /** Further settings, below those that flags give. */
  readonly over?: Layer;
  /** The command that resumes, for the message after an interruption; that of `ais study` by default. */
  readonly resumeWith?: string;
}

/** `ais study`: the paper's experiments by name, and custom studies. */
export function studyCommand(): Command {
  const command = new Command('study')
    .summary('run the paper’s experiments, or your own')
    .description(
      "Run the paper's experiments (fig1 to fig12), what goes beyond them (weights, controls, readings, alternatives, behavior, exact), or a study of your own.",
    )
    .argument(
      '[name]',
      'the study, or several with commas between them; the path of your own (.yaml, .json, .js); all; or search, for the learning rate at which DPO over-optimizes',
    )
    .option('--scale <name>', 'tiny (minutes), small (hours, real text) or paper (GPUs)')
    .option(
      '--seeds <list>',
      'seeds of each run, such as 3, by default 1 at tiny scale, else 3, and of a search 3 of its own; 6,12,24 judges the claims at 6, 12, and 24 seeds, and ends where none is open; 4-6 runs these alone, for ais report to put together with others',
      seedNumbers,
    )
    .option('--backend <name>', "wasm, native, native-gpu, webgpu or cpu; by default the scale's")
    .option(
      '--processes <number>',
      'stages to run at once, each in a separate process; by default one per core, and one on a GPU or of a pretrained policy',
      positiveNumber,
    )
    .addOption(redisOption('run the stages on the workers (ais worker) of a Redis server'))
    .addOption(queueOption())
    .option('--priority <number>', 'with --redis, larger numbers go first', wholeNumber)
    .option('--source <name>', 'text to run the study on, as in ais sft --source')
    .option(
      '--judge <name>',
      'oracle, human, comparisons, or a judge of your own: http://…, openai:MODEL, ./judge.js, a model folder',
    )
    .option('--config <file>', 'settings over those of the study, JSON or YAML');
  for (const { flag, help, choices, heading } of judgingFlags) {
    const option = note(new Option(flag, help), { choices });
    command.addOption(heading === undefined ? option : option.helpGroup(`${heading}:`));
  }
  command
    .option('--set <key=value>', 'any setting, such as preference.learningRate=3e-5', collect)
    .option('--learning-rates <list>', 'of a search, such as 1e-5,3e-5,1e-4', realNumbers)
    .option(
      '--out <folder>',
      'where the data and the report go; by default one under runs/ for name, scale and seeds',
    )
    .addOption(storeOption('where stages are kept that studies share'))
    .addOption(s3EndpointOption())
    .option(
      '--resume',
      'resume the study in the folder that --out names, with the settings it was started with',
    )
    .option('--allow <name>', 'code or a server that --resume may use because its folder names it', collect)
    .option('--only-finished', 'run no stage, and write data and report of the runs that are finished')
    .addOption(
      new Option(
        '--emit <engine>',
        'write scripts below --out that run the stages elsewhere, and run nothing: sbatch, for Slurm',
      ).choices(['sbatch']),
    )
    .option(
      '--sbatch <option>',
      'an option of sbatch for the jobs: partition=gpu, time=4:00:00, mem=16G, cpus-per-task=4',
      collect,
    )
    .option('--dry-run', 'print settings, stages, and the time they would take, and do nothing')
    .option('--json', 'print one JSON object on standard output, progress on standard error')
    .action((name: string | undefined, flags: StudyFlags) =>
      runStudyCommand(name, redisOfEnvironment(command) ? withoutRedis(flags) : flags),
    );
  return oneScreen(command, {
    Study: {
      scale: 'tiny (minutes), small (hours), paper (GPUs)',
      seeds: 'a count (3), looks (6,12,24), or a range (4-6)',
      source: 'text to run the study on',
      judge: 'oracle, human, comparisons, or your own',
      'learning-rates': 'of a search, such as 1e-5,3e-5,1e-4',
    },
    Run: {
      backend: 'wasm, native, native-gpu, webgpu, or cpu',
      processes: 'stages to run at once',
      config: 'settings in YAML or JSON; flags win',
      set: 'any setting: preference.learningRate=3e-5',
      out: 'where the data and the report go',
      store: 'a folder or s3://… for shared stages',
      resume: 'resume the study in --out',
      'dry-run': 'print settings and stages, do nothing',
      json: 'one JSON object on standard output',
    },
  });
}

/** Whether the environment names the Redis server, and not the command line. */
function redisOfEnvironment(command: Command): boolean {
  return command.getOptionValueSource('redis') === 'env';
}

/** A command that runs no stage needs no queue: that of the environment is left to the commands that do. */
function withoutRedis(flags: StudyFlags): StudyFlags {
  if (flags.emit === undefined && !flags.onlyFinished) return flags;
  const { redis: _, ...others } = flags;
  return others;
}

/** Runs a study, or a search, and prints what came out. */
export async function runStudyCommand(
  name: string | undefined,
  flags: StudyFlags,
  { over = {}, resumeWith }: StudyRunOptions = {},
): Promise<void> {
  const asked = flags.resume ? await begunStudy(name, flags) : await newStudy(name, flags, over);
  const { settings, store, backend } = asked;
  const { processes = defaultProcesses(asked), out = defaultFolder(asked) } = flags;
  if (flags.dryRun) {
    const { useBackend } = await import('@ais/runtime');
    const { describeStudies } = await import('@ais/studies');
    // The plan tries every objective, which any back end does: the study's may be that of another machine.
    await useBackend('wasm');
    await requireStore(store);
    printPlan(await describeStudies({ studies: settings, store, backend, processes }), flags.json ?? false);
    return;
  }
  if (flags.emit === undefined && flags.sbatch !== undefined)
    throw new UsageError('--sbatch belongs to --emit sbatch.');
  if (flags.emit !== undefined) await requireEmittable(asked, flags);
  await asOnlyWriter(out, () =>
    flags.emit === undefined
      ? runInto(out, asked, { flags, processes, resumeWith })
      : emitInto(out, asked, flags),
  );
}

/** Refuses what scripts cannot do while nothing is written: the folder would hold a study that cannot be changed any more. */
async function requireEmittable({ settings }: StudyConfiguration, flags: StudyFlags): Promise<void> {
  if (flags.redis !== undefined)
    throw new UsageError('--redis and --emit are two ways to run a study. Give one.');
  const { requireOneLook } = await import('@ais/studies');
  requireOneLook(
    settings,
    flags.resume
      ? 'Resume it without --emit, or begin it again in another folder with one number of seeds.'
      : undefined,
  );
}

/** Checks the store before the folder of the study says that this is the one. */
async function requireStore(store: string): Promise<void> {
  const { requireStudyStore } = await import('@ais/studies');
  try {
    await requireStudyStore(store);
  } catch (error) {
    throw explainFileError(error, store, '--store');
  }
}

/** Writes the scripts that run a study on Slurm. */
async function emitInto(out: string, asked: StudyConfiguration, flags: StudyFlags): Promise<void> {
  const { processes, sbatch = [], json = false } = flags;
  const { useBackend } = await import('@ais/runtime');
  const { outsideNames } = await import('@ais/pipeline');
  const { writeStudySbatch } = await import('@ais/studies');
  const { keepStudyConfiguration } = await import('@ais/studies/settings');
  const { name, settings, store, backend } = asked;
  // As for a dry run: the study's back end may be that of other machines.
  await useBackend('wasm');
  await requireStore(store);
  await keepStudyConfiguration(out, asked);
  // Jobs may still wait for the scripts of other folders.
  const directory = nextFreeFolder(out, 'slurm');
  const arrays = await writeStudySbatch({
    studies: settings,
    store,
    backend,
    out,
    directory,
    title: basename(out),
    command: [process.execPath, ...process.execArgv, process.argv[1] ?? 'ais'],
    root: process.cwd(),
    allow: outsideNames({ study: name, settings }).map(({ value }) => value),
    flags: Object.fromEntries(sbatch.map(keyAndValue)),
    ...(processes !== undefined && { limit: processes }),
  });
  const submit = join(directory, 'submit.sh');
  const stages = arrays.reduce((sum, array) => sum + array.stages, 0);
  process.stdout.write(
    json
      ? `${JSON.stringify({ directory, submit, stages, arrays })}\n`
      : `${count(stages, 'stage')} in ${count(arrays.length, 'array')} of jobs. To submit: bash ${submit}\n`,
  );
}

/** `partition=gpu` as its two sides; an option without a value has an empty one. */
function keyAndValue(text: string): [string, string] {
  const [key = '', ...value] = text.replace(/^--/, '').split('=');
  return [key, value.join('=')];
}

/** Runs a study, or a search, into a folder that no other process writes. */
async function runInto(
  out: string,
  asked: StudyConfiguration,
  {
    flags,
    processes,
    resumeWith = `ais study --resume --out ${shellWord(out)}`,
  }: {
    readonly flags: StudyFlags;
    readonly processes: number;
    readonly resumeWith: string | undefined;
  },
): Promise<void> {
  const { settings, store, backend } = asked;
  const { useBackend } = await import('@ais/runtime');
  const { runSearch, runStudies } = await import('@ais/studies');
  const { configuredStudies, keepStudyConfiguration } = await import('@ais/studies/settings');
  // Where nothing is computed, the study's back end may be that of other machines.
  const running = flags.onlyFinished
    ? await useBackend('wasm').then(() => ({ backend }))
    : await useBackend(backend);
  if (!flags.onlyFinished) await requireStore(store);
  await keepStudyConfiguration(out, asked);
  const catalog = await configuredStudies(asked);
  await onTerminal(
    async ({ reporter, signal }) => {
      const { scale, seeds } = settings[0] ?? { scale: '', seeds: [] };
      reporter.line(
        `${asked.name}, ${scale} scale, ${count(seeds.length, 'seed')}, ${running.backend} back end, ` +
          `${flags.redis === undefined ? (processes === 1 ? '1 process' : `${processes} processes`) : 'workers of a queue'} → ${out}`,
      );
      const { redis, queue, priority } = flags;
      if (redis !== undefined && flags.processes !== undefined) {
        reporter.line(
          '--processes changes nothing here: the stages run on the workers of the queue that --redis or AIS_REDIS names.',
        );
      }
      const options = {
        store,
        out,
        processes,
        ...(redis !== undefined && { redis }),
        ...(queue !== undefined && { queue }),
        ...(priority !== undefined && { priority }),
        ...(flags.onlyFinished && { onlyFinished: true }),
        catalog,
        backend: running,
        command: ({ study: own }: StudySettings) => asked.commands[own] ?? '',
        signal,
        progress: (progress: Progress) => reporter.report(progress),
        onStages: (standing: StudyStanding) => reporter.line(describeStanding(standing)),
        onWarning: (message: string) => reporter.line(message),
      };
      try {
        const [first] = settings;
        if (asked.name === 'search') {
          const { chosenRate } = await import('@ais/studies/data');
          const found = await runSearch(first as PolicyStudySettings, options);
          reporter.stop();
          process.stdout.write(
            flags.json
              ? `${JSON.stringify({ directory: out, ...found })}\n`
              : searchTable(found, chosenRate(found)),
          );
          return;
        }
        const data = await runStudies({ studies: settings, ...options });
        reporter.stop();
        process.stdout.write(
          flags.json
            ? `${JSON.stringify(answer(out, data))}\n`
            : `${await summary(data)}Report: ${join(out, 'report.html')}\n`,
        );
      } catch (error) {
        reporter.stop();
        if (signal.aborted) {
          // Native TensorFlow rounds otherwise with other shares of the cores.
          const share = flags.processes === undefined ? '' : ` --processes ${flags.processes}`;
          process.stderr.write(`Stopped. To resume: ${resumeWith}${share}${await allowances(asked, out)}\n`);
        }
        throw error;
      }
    },
    { removeFinished: true },
  );
}

/** Processes that share one GPU would fight for its memory, and so would those that each hold a pretrained model. */
function defaultProcesses({ backend, settings }: StudyConfiguration): number {
  const isPretrained = settings.some((each) => 'policy' in each && 'pretrained' in each.policy);
  return isPretrained || ['native-gpu', 'webgpu'].includes(backend) ? 1 : availableParallelism();
}

/** The folder of a study by default: that of a custom study has its name, whatever the path of its file is. */
export function defaultFolder({ name, settings }: Pick<StudyConfiguration, 'name' | 'settings'>): string {
  const { study = name, scale = '', seeds = [] } = settings[0] ?? {};
  const own = settings.length > 1 ? name : study;
  return join('runs', `study-${own}-${scale}-${count(seeds.length, 'seed')}`.replaceAll(/[^\w,.-]+/g, '-'));
}
