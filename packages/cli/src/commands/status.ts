import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { shellWord } from '@ais/runtime/process';
import type { ReachedLook, StudyPlanDescription, StudyQueueStatus } from '@ais/studies';
import type { LiveStatus } from '@ais/studies/reports';
import { Command } from 'commander';
import { collect, wholeNumber } from '../option-values.js';
import { printable, warn } from '../printable.js';
import { formatDuration } from '../progress.js';
import { queueOption, redisOption } from '../redis-options.js';
import { onTerminal } from '../terminal.js';
import { UsageError } from '../usage-error.js';

/** How far a study has come. */
interface StudyStatus {
  readonly directory: string;
  /**
   * This count and the ones below cover only the stages known to be needed so far: a study stops at the first look that leaves no claim
   * open.
   */
  readonly finished: number;
  readonly running: number;
  readonly waiting: number;
  readonly failed: number;
  /** Seconds until the end with as many at work as now, of the stages whose time is known. */
  readonly expectedSeconds: number;
  /** Stages still to be done of whose time nothing is known. */
  readonly unknown: number;
  /** Where the studies are that look at their claims several times. */
  readonly looks?: readonly ReachedLook[];
  readonly stages: readonly {
    readonly title: string;
    readonly state: 'finished' | 'running' | 'waiting' | 'failed';
    readonly folder: string;
    /** Why its last attempt failed. */
    readonly failure?: string;
  }[];
}

interface StatusFlags {
  readonly redis?: string;
  readonly queue?: string;
  readonly allow?: readonly string[];
  readonly json?: boolean;
  /** The port of a live page; a free one if none is named. */
  readonly serve?: number | true;
}

/** `ais status`: what a study or a queue is doing, from another terminal or another machine. */
export function statusCommand(): Command {
  return new Command('status')
    .summary('show the progress of a study or a queue')
    .description(
      'Show how far a study, or a queue on Redis, has come: running, waiting, and failed stages, and the remaining time.',
    )
    .argument('[folder]', 'the folder of the study, as in ais study --out; without one, the queue')
    .addOption(redisOption('the Redis server of a queue'))
    .addOption(queueOption())
    .option('--allow <name>', 'code or a server that the folder names, for the plan to use', collect)
    .option('--serve [port]', 'show it on a live page of this machine, until stopped', wholeNumber)
    .option('--json', 'print one JSON object on standard output')
    .action(async (folder: string | undefined, flags: StatusFlags) => {
      const { json = false, allow = [], serve } = flags;
      if (serve !== undefined) {
        await serveLive(folder, serve, flags);
        return;
      }
      if (folder === undefined) {
        const status = await statusOfQueue(flags);
        process.stdout.write(json ? `${JSON.stringify(status)}\n` : printable(describeQueue(status)));
        return;
      }
      const status = await statusOf(folder, allow);
      process.stdout.write(json ? `${JSON.stringify(status)}\n` : printable(describe(status)));
    });
}

/** Serves a live page until Ctrl-C. */
async function serveLive(
  folder: string | undefined,
  serve: number | true,
  flags: StatusFlags,
): Promise<void> {
  const { allow = [], queue = 'ais', json = false } = flags;
  if (serve !== true && serve > 65_535) throw new UsageError('--serve must be a port up to 65535.');
  const status = async (): Promise<LiveStatus> =>
    folder === undefined ? liveQueue(await statusOfQueue(flags)) : statusOf(folder, allow);
  // A wrong folder or address is an error here, and not on the page.
  await status();
  const { serveStatus } = await import('@ais/studies/reports');
  await onTerminal(({ signal }) =>
    serveStatus({
      title: folder ?? `Queue ${queue}`,
      status,
      signal,
      ...(folder !== undefined && { directory: folder }),
      ...(serve !== true && { port: serve }),
      onListening: (address) =>
        process.stdout.write(json ? `${JSON.stringify({ address })}\n` : `${address}\n`),
    }),
  );
}

/** A queue as a live page shows it. */
function liveQueue({ running, failed, ...rest }: StudyQueueStatus): LiveStatus {
  return {
    ...rest,
    running: running.length,
    failed: failed.length,
    stages: [
      ...running.map((stage) => ({ ...stage, state: 'running' as const })),
      ...failed.map(({ title, reason }) => ({ title, state: 'failed' as const, failure: reason })),
    ],
  };
}

async function statusOfQueue({ redis, queue }: StatusFlags): Promise<StudyQueueStatus> {
  if (redis === undefined) {
    throw new UsageError(
      'Give the folder of a study, or a Redis server: --redis redis://:password@host:port.',
    );
  }
  const { studyQueueStatus } = await import('@ais/studies');
  return studyQueueStatus(redis, {
    ...(queue !== undefined && { queue }),
    onWarning: warn,
  });
}

function describeQueue({ running, waiting, failed, workers, expectedSeconds }: StudyQueueStatus): string {
  const counts = `${running.length} running, ${waiting} waiting, ${failed.length} failed; workers: ${workers}`;
  const left =
    expectedSeconds === undefined
      ? []
      : [`about ${formatDuration(1000 * expectedSeconds)} left of what runs`];
  const lines = running.flatMap(({ title, progress, log }) => [
    `running  ${title}${progress ? `: ${progress.completed} of ${progress.total}` : ''}`,
    ...log.map((line) => `           ${line}`),
  ]);
  const reasons = failed.map(({ title, reason }) => `failed   ${title}: ${reason}`);
  return `${[[counts, ...left].join('; '), ...lines, ...reasons].join('\n')}\n`;
}

async function statusOf(directory: string, allow: readonly string[]): Promise<StudyStatus> {
  const { readStudyConfiguration } = await import('@ais/studies/settings');
  const found = await readStudyConfiguration(directory);
  if (!found) throw await noStudyIn(directory);
  const { requireAllowed } = await import('@ais/pipeline');
  // A plan tries every objective, so it may run code.
  requireAllowed(directory, { study: found.name, settings: found.settings, store: found.store }, allow);
  const { useBackend } = await import('@ais/runtime');
  const { describeStudies, reachedLooks } = await import('@ais/studies');
  await useBackend('wasm');
  const { settings, store, backend } = found;
  const { needed: studies, reached: looks } = await reachedLooks(settings, directory);
  const { stages, expectedSeconds, unknown } = await describeStudies({
    studies,
    store,
    backend,
    processes: 1,
  });
  const listed = stages.map(({ title, folder, state, failure }) => ({
    title,
    folder,
    state: state === 'begun' || state === 'due' ? ('waiting' as const) : state,
    ...(failure !== undefined && { failure }),
  }));
  const count = (wanted: StudyPlanDescription['stages'][number]['state'] | 'waiting'): number =>
    listed.filter(({ state }) => state === wanted).length;
  const running = count('running');
  return {
    directory,
    finished: count('finished'),
    running,
    waiting: count('waiting'),
    failed: count('failed'),
    expectedSeconds: expectedSeconds / Math.max(1, running),
    unknown,
    ...(looks.length > 0 && { looks }),
    stages: listed,
  };
}

async function noStudyIn(directory: string): Promise<UsageError> {
  const { isTrainingRun } = await import('@ais/studies/reports');
  // A run has its configuration from the start, and its metrics later.
  return new UsageError(
    isTrainingRun(directory) || existsSync(join(directory, 'config.json'))
      ? `${directory} is the folder of a training run, not of a study. ais report ${shellWord(directory)} shows how far it is.`
      : `${directory} holds no study. Give the folder that ais study --out wrote.`,
  );
}

function describe({
  stages,
  finished,
  running,
  waiting,
  failed,
  expectedSeconds,
  unknown,
  looks = [],
}: StudyStatus): string {
  const counts = `${finished} of ${stages.length} stages finished, ${running} running, ${waiting} waiting, ${failed} failed`;
  const left = [
    ...(expectedSeconds > 0 ? [`about ${formatDuration(1000 * expectedSeconds)} left`] : []),
    ...(unknown > 0 ? [`${unknown} of unknown length`] : []),
  ];
  const further = looks.flatMap((each) => furtherLooks(each) ?? []);
  const lines = stages
    .filter(({ state }) => state === 'running' || state === 'failed')
    .map(
      ({ state, title, failure }) =>
        `${state.padEnd(8)} ${title}${failure === undefined ? '' : `: ${failure}`}`,
    );
  return `${[[counts, ...left].join('; '), ...further, ...lines].join('\n')}\n`;
}

/** A sentence about the looks that are not counted; undefined at the last one. */
function furtherLooks({ study, look, looks, isDecided }: ReachedLook): string | undefined {
  if (look === looks) return undefined;
  const later = looks - look === 1 ? `look ${looks} is` : `looks ${look + 1} to ${looks} are`;
  return isDecided
    ? `${study}: no claim is open after look ${look} of ${looks}, so ${later} not needed`
    : `${study}: at look ${look} of ${looks}; ${later} not needed unless claims stay open`;
}
