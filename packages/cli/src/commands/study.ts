import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type {
  PolicyStudySettings,
  SearchData,
  StudyConfiguration,
  StudyData,
  StudyPlanDescription,
  StudySettings,
  StudyStanding,
} from '@ais/studies';
import { Command } from 'commander';
import { formatDuration, type Progress } from '../progress.js';
import { UsageError } from '../usage-error.js';
import { collect, onTerminal, realNumbers, wholeNumber } from './configured-command.js';

interface StudyFlags {
  readonly scale?: string;
  readonly seeds?: number;
  readonly backend?: string;
  readonly processes?: number;
  readonly config?: string;
  readonly set?: readonly string[];
  readonly learningRates?: readonly number[];
  readonly out?: string;
  readonly store: string;
  readonly resume?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `ais study`: the paper's experiments by name. */
export function studyCommand(): Command {
  return new Command('study')
    .description(
      "Run the paper's experiments: fig1 to fig12, weights, alternatives, behavior, or all of them.",
    )
    .argument('[name]', 'the study; all; or search, for the learning rate at which DPO over-optimizes')
    .option('--scale <name>', 'tiny (minutes), small (hours, real text) or paper (GPUs)')
    .option('--seeds <number>', 'seeds of each run; by default 1 at tiny scale, else 3', wholeNumber)
    .option('--backend <name>', "wasm, native, native-gpu, webgpu or cpu; by default the scale's")
    .option(
      '--processes <number>',
      'stages at work at once, each in a process of its own; by default one a core, and one on a GPU',
      wholeNumber,
    )
    .option('--config <file>', 'settings over those of the study, JSON or YAML')
    .option('--set <key=value>', 'any setting, such as preference.learningRate=3e-5', collect)
    .option('--learning-rates <list>', 'of a search, such as 1e-5,3e-5,1e-4', realNumbers)
    .option(
      '--out <folder>',
      'where the data and the report go; by default one under runs/ for name, scale and seeds',
    )
    .option('--store <folder>', 'where stages are kept that studies share', join('runs', 'study-store'))
    .option('--resume', 'go on with the study in the folder that --out names, as it was begun')
    .option('--dry-run', 'print settings, stages and the time that they would take, and do nothing')
    .option('--json', 'print one JSON object on standard output, progress on standard error')
    .action(study);
}

async function study(name: string | undefined, flags: StudyFlags): Promise<void> {
  const asked = flags.resume ? await begunStudy(flags) : await newStudy(name, flags);
  const { settings, store, backend } = asked;
  const { processes = defaultProcesses(backend) } = flags;
  if (processes < 1) throw new UsageError('--processes is 1 at least.');
  if (flags.dryRun) {
    const { describeStudies } = await import('@ais/studies');
    printPlan(await describeStudies({ studies: settings, store, backend, processes }), flags.json ?? false);
    return;
  }
  const { useBackend } = await import('@ais/runtime');
  const { keepStudyConfiguration, runSearch, runStudies } = await import('@ais/studies');
  const out = flags.out ?? defaultFolder(asked);
  const running = await useBackend(backend);
  await keepStudyConfiguration(out, asked);
  await onTerminal(
    async ({ reporter, signal }) => {
      const { scale, seeds } = settings[0] ?? { scale: '', seeds: [] };
      reporter.line(
        `${asked.name}, ${scale} scale, ${count(seeds.length, 'seed')}, ${running.backend} back end, ` +
          `${processes === 1 ? '1 process' : `${processes} processes`} → ${out}`,
      );
      const options = {
        store,
        out,
        processes,
        backend: running,
        command: ({ study: own }: StudySettings) => asked.commands[own] ?? '',
        signal,
        progress: (progress: Progress) => reporter.report(progress),
        onStages: (standing: StudyStanding) => reporter.line(describeStanding(standing)),
      };
      try {
        const [first] = settings;
        if (asked.name === 'search') {
          const found = await runSearch(first as PolicyStudySettings, options);
          reporter.stop();
          process.stdout.write(
            flags.json ? `${JSON.stringify({ directory: out, ...found })}\n` : searchTable(found),
          );
          return;
        }
        const data = await runStudies({ studies: settings, ...options });
        reporter.stop();
        process.stdout.write(
          flags.json ? `${JSON.stringify(answer(out, data))}\n` : `Report: ${join(out, 'report.html')}\n`,
        );
      } catch (error) {
        reporter.stop();
        if (signal.aborted) process.stderr.write(`Stopped. To go on: ais study --resume --out ${out}\n`);
        throw error;
      }
    },
    { removeFinished: true },
  );
}

async function newStudy(name: string | undefined, flags: StudyFlags): Promise<StudyConfiguration> {
  const { configureStudies, studyNames } = await import('@ais/studies');
  const { scale, seeds, backend, config, set, learningRates, store } = flags;
  if (name === undefined)
    throw new UsageError(`Name a study: ${[...studyNames, 'all', 'search'].join(', ')}.`);
  if (learningRates !== undefined && name !== 'search') {
    throw new UsageError('--learning-rates belongs to a search: the studies hold one for all methods.');
  }
  const request = {
    name,
    ...(scale !== undefined && { scale }),
    ...(seeds !== undefined && { seeds }),
    ...(backend !== undefined && { backend }),
    ...(config !== undefined && { file: config }),
    ...(set !== undefined && { assignments: set }),
    ...(learningRates !== undefined && { learningRates }),
  };
  return configureStudies(request, store);
}

async function begunStudy({ out }: StudyFlags): Promise<StudyConfiguration> {
  const { readStudyConfiguration } = await import('@ais/studies');
  if (out === undefined) throw new UsageError('--resume needs --out, the folder of the study to go on with.');
  const found = await readStudyConfiguration(out);
  if (!found) throw new UsageError(`${out} holds no study to resume.`);
  return found;
}

/** Processes that share one GPU would fight for its memory. */
function defaultProcesses(backend: string): number {
  return ['native-gpu', 'webgpu'].includes(backend) ? 1 : availableParallelism();
}

/** `1 seed`, `3 seeds`. */
function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

function defaultFolder({ name, settings }: StudyConfiguration): string {
  const { scale = '', seeds = [] } = settings[0] ?? {};
  return join('runs', `study-${name}-${scale}-${count(seeds.length, 'seed')}`.replaceAll(' ', '-'));
}

/** One study's data as they are, with fig1's two numbers in front; of several, a list. */
function answer(directory: string, data: readonly StudyData[]): object {
  const [first] = data;
  if (data.length !== 1 || !first) return { directory, studies: data };
  return first.study === 'fig1'
    ? { correlation: first.mixture.correlation, directory, ...first }
    : { directory, ...first };
}

function printPlan(plan: StudyPlanDescription, json: boolean): void {
  if (json) {
    process.stdout.write(`${JSON.stringify(plan)}\n`);
    return;
  }
  const { studies, stages, expectedSeconds, unknown } = plan;
  const lines = stages.map(
    ({ state, title, folder, seconds }) =>
      `${state.padEnd(8)} ${title} → ${folder}${seconds === undefined ? '' : ` (${formatDuration(1000 * seconds)})`}`,
  );
  const finished = stages.filter(({ state }) => state === 'finished').length;
  const standing = { finished, total: stages.length, expectedSeconds, unknown };
  process.stdout.write(
    `${JSON.stringify(studies, null, 2)}\n\n${lines.join('\n')}\n\n${describeStanding(standing)}\n`,
  );
}

/** `3 of 9 stages done; about 12 min 5 s left`. */
function describeStanding({ finished, total, expectedSeconds, unknown }: StudyStanding): string {
  const stages = `${finished} of ${total} stages done`;
  const left = total - finished;
  if (left === 0) return stages;
  const known = left > unknown ? [`about ${formatDuration(1000 * expectedSeconds)} left`] : [];
  const open = unknown > 0 ? [`${count(unknown, 'stage')} of unknown length`] : [];
  return `${stages}; ${[...known, ...open].join(', and ')}`;
}

function searchTable({ rates, beta }: SearchData): string {
  const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;
  const lines = rates.map(
    ({ learningRate, seed, start, peak, peakFraction, end, fall, overOptimizes, ...rest }) =>
      `rate ${learningRate}, seed ${seed}: ${percent(start)} → ${percent(peak)} at ${percent(peakFraction)} of the epoch → ` +
      `${percent(end)}; ${overOptimizes ? `over-optimizes (fell ${percent(fall)})` : 'no fall beyond noise'}; ` +
      `√KL ${rest.squareRootKl.toFixed(2)}; length ${rest.startLength.toFixed(1)} → ${rest.endLength.toFixed(1)}` +
      `${rest.lengthCollapsed ? ' (collapsed)' : ''}`,
  );
  return `Unweighted DPO at β = ${beta}\n${lines.join('\n')}\n`;
}
