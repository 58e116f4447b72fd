import { existsSync, realpathSync } from 'node:fs';
import { isAbsolute, relative, resolve } from 'node:path';
import { outsideNames, requireAllowed } from '@ais/pipeline';
import { readJson } from '@ais/runtime/files';
import { shellWord } from '@ais/runtime/process';
import { type ExecutionContext, performOrder, readOrder, type StageOrder } from '@ais/workflow';
import type { QueueStatus, QueueWorkerOptions } from '@ais/workflow/bullmq';
import { StudyError } from '../errors.js';
import { studyStore } from '../plan/study-store.js';
import { textsIn, withFiles } from '../stages/content-names.js';
import type { LanguageModelQuestions } from '../stages/judge-folder.js';
import { stagesModule } from '../stages/stage-executor.js';
import { stages } from '../stages/stages.js';

/** What a worker of studies is told at its start: nothing of it comes from a job. */
export interface StudyWorkerOptions {
  /** The Redis server: `redis://…`, or `rediss://…` for TLS. */
  readonly url: string;
  readonly queue?: string;
  /** Where stages are kept, shared with those who give the jobs: a folder, or `s3://bucket/prefix`. */
  readonly store: string;
  /** The folder below which settings of a job may name files; the working directory by default. */
  readonly root?: string;
  /** Code, servers, and files outside the root that jobs may name. */
  readonly allow?: readonly string[];
  /** Stages at work at once, each in a process of its own. */
  readonly processes?: number;
  /** How many stages may start per period, on all workers of the queue together. */
  readonly rateLimit?: Required<QueueWorkerOptions>['rateLimit'];
  /** When it aborts, stages at work stop where they can resume, and their jobs go back to the queue. */
  readonly signal: AbortSignal;
  readonly onEvent?: (message: string) => void;
}

/**
 * Works on the stages of studies that a queue has, until the signal aborts: what `ais worker` does.
 *
 * @throws {WorkflowError} `invalid-address`, `missing-package`
 * @example
 * const stop = new AbortController();
 * process.once('SIGTERM', () => stop.abort());
 * await runStudyWorker({ url: 'redis://127.0.0.1:6379', store: '/shared/study-store', processes: 2, signal: stop.signal });
 */
export async function runStudyWorker(options: StudyWorkerOptions): Promise<void> {
  const { store, root = process.cwd(), allow = [], ...rest } = options;
  const { runQueueWorker } = await import('@ais/workflow/bullmq');
  await runQueueWorker({
    ...rest,
    store: await studyStore(store),
    module: stagesModule,
    admit: (order) => admitOrder(order, root, allow),
  });
}

/**
 * Runs the stage of an order file in this process. It waits while another process works on the stage, and ends at once if that is
 * finished.
 *
 * @throws {WorkflowError} `invalid-order` for a file that is none, and as `performOrder`
 * @throws as `runStudyWorker` refuses a job
 * @example
 * const how = { signal: new AbortController().signal, progress: () => {}, log: console.log };
 * const run = () => runStageOrder('runs/exact/slurm-1/0-exact/0.json', { store: 'runs/study-store', ...how });
 */
export async function runStageOrder(
  path: string,
  { store, root = process.cwd(), allow = [], ...context }: StageOrderOptions,
): Promise<void> {
  const order = readOrder(await readJson(path), path);
  admitOrder(order, root, allow);
  await performOrder(order, { ...context, store: await studyStore(store), registry: stages });
}

/** What `runStageOrder` is told beside the order. */
export interface StageOrderOptions
  extends Pick<StudyWorkerOptions, 'store' | 'root' | 'allow'>,
    ExecutionContext {}

/** What the workers of a queue do, what waits for them, and what they gave up. */
export type StudyQueueStatus = QueueStatus;

/**
 * Looks at a queue on a Redis server, from any machine: what `ais status` shows.
 *
 * @throws {WorkflowError} `invalid-address`, `missing-package`
 * @example
 * const { waiting, failed } = await studyQueueStatus('redis://127.0.0.1:6379');
 * console.log(waiting, failed); // 0 []
 */
export async function studyQueueStatus(
  url: string,
  options: { readonly queue?: string; readonly onWarning?: (message: string) => void } = {},
): Promise<StudyQueueStatus> {
  const { queueStatus } = await import('@ais/workflow/bullmq');
  return queueStatus(url, options);
}

/**
 * Checks that an order runs no code, asks no server, and reads no file that this worker does not know of: anyone who can write
 * to the queue may have chosen its settings.
 *
 * @throws {PipelineError} `not-allowed` {StudyError} `outside-root`
 */
export function admitOrder(
  { settings, hints, title }: Pick<StageOrder, 'settings' | 'hints' | 'title'>,
  root: string,
  allow: readonly string[],
): void {
  const used = withPlaces({ settings, hints });
  requireAllowed(`The job "${title}"`, used, allow);
  for (const text of textsLeadingOut(used, root)) {
    if (allow.includes(text)) continue;
    throw new StudyError(
      'outside-root',
      `The job "${title}" names ${text}, which is not below ${root}. If you trust it, start the worker with --allow ${shellWord(text)}`,
    );
  }
}

/** All that `admitOrder` must be told to allow for an order. */
export function namesToAllow(
  { settings, hints }: Pick<StageOrder, 'settings' | 'hints'>,
  root: string,
): string[] {
  const used = withPlaces({ settings, hints });
  const outside = outsideNames(used).map(({ value }) => value);
  return [...outside, ...textsLeadingOut(used, root)];
}

/** What a stage uses: its settings and hints with the places of the files that they name by their content, and any further place. */
function withPlaces({ settings: given, hints }: Pick<StageOrder, 'settings' | 'hints'>): object {
  const settings = withoutTexts(given);
  if (typeof hints !== 'object' || hints === null || !('files' in hints)) {
    return withFiles({ settings, hints }, hints);
  }
  const { files, ...others } = hints;
  const placed = withFiles({ settings, hints: others }, hints);
  const named = new Set(textsIn(placed));
  return { ...placed, files: textsIn(files).filter((file) => !named.has(file)) };
}

/** Settings without what a language model is asked, which is sent to it and names nothing. A template without `{{` is the name of a file. */
function withoutTexts(settings: unknown): unknown {
  const { asked, ...others } = (settings ?? {}) as { readonly asked?: Partial<LanguageModelQuestions> };
  if (typeof asked?.judge !== 'object' || asked.judge === null) return settings;
  const { parameters: _, judge, ...further } = asked;
  const { system: __, template, ...rules } = judge;
  const isText = typeof template === 'string' && template.includes('{{');
  return { ...others, asked: { ...further, judge: { ...rules, ...(!isText && { template }) } } };
}

function textsLeadingOut(value: unknown, root: string): string[] {
  const from = realpathSync(root);
  return textsIn(value).filter((text) => partsOf(text).some((part) => leadsOut(part, from)));
}

/** A text, and the sources where it is a mixture: `a.jsonl*0.7,b.csv*0.3`. */
function partsOf(text: string): string[] {
  if (!/\*[\d.]+(,|$)/.test(text)) return [text];
  return [text, ...text.split(',').map((part) => part.trim().replace(/\*[\d.]+$/, ''))];
}

/** Whether a text, read as a path, leads out of a folder; one of another kind leads nowhere. */
function leadsOut(text: string, root: string): boolean {
  if (text.includes('\0') || text.startsWith('~') || /^file:/i.test(text)) return true;
  const path = resolve(root, text);
  const found = existsSync(path) ? realpathSync(path) : path;
  const fromRoot = relative(root, found);
  return isAbsolute(fromRoot) || fromRoot === '..' || /^\.\.[\\/]/.test(fromRoot);
}
