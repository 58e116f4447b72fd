import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { lockRun } from '@ais/trainer';
import { readJson, writeJson } from '../durable-json.js';
import type { CorpusSummary } from './corpus-stage.js';
import { softwareVersions } from './software-versions.js';
import type { StageContext } from './stage-context.js';
import { type StageKind, type StageKinds, stageWork } from './stage-kinds.js';

/** A stage with the folders that it reads and writes; plain JSON, so that another process can be told to do it. */
export interface StageOrder {
  readonly kind: StageKind;
  readonly key: string;
  readonly settings: unknown;
  /** The keys, and the folders, of the stages that it rests on. */
  readonly needs: Readonly<Record<string, string>>;
  readonly folders: Readonly<Record<string, string>>;
  readonly backend?: string;
  /** The stage's own folder. */
  readonly directory: string;
  /** What it is called in reports of its progress. */
  readonly title: string;
  /** Whether the folder is in a store: then its checkpoints go in the end, and other commands may want to do the stage. */
  readonly shared: boolean;
}

/** What a finished stage leaves in its folder as `stage.json`. */
export interface StageRecord<Result = unknown> {
  readonly kind: StageKind;
  /** Hash of the stage's kind, settings and back end, and of the keys of the stages that it rests on. */
  readonly key: string;
  readonly settings: unknown;
  readonly needs: Readonly<Record<string, string>>;
  readonly backend?: string;
  /** Fingerprint of the corpus that it is or rests on; absent where an older version made that. */
  readonly corpus?: string;
  /** Versions of what computed it. */
  readonly versions: Readonly<Record<string, string>>;
  /** Wall-clock seconds, those of interrupted attempts included. */
  readonly seconds: number;
  readonly result: Result;
}

/**
 * Does a stage, or returns what it left behind when it was done before.
 *
 * A stage counts as finished once its `stage.json` stands, and that is written last and whole.
 *
 * @throws {StageMismatchError} if the folder holds a stage made from other inputs
 * @throws {CorpusChangedError} if what it rests on was made from different texts
 */
export async function runStage(
  order: StageOrder,
  context: Pick<StageContext, 'signal' | 'progress'>,
): Promise<StageRecord> {
  return (await finishedStage(order)) ?? doStage(order, context);
}

/** The record of a finished stage, or nothing if the folder holds none. */
export function readStage<Kind extends StageKind>(
  directory: string,
): Promise<StageRecord<StageKinds[Kind]['result']> | undefined> {
  return readJson(join(directory, 'stage.json'));
}

/** A folder holds a stage that was made with other settings. */
export class StageMismatchError extends Error {
  override readonly name = 'StageMismatchError';
  constructor(stage: string, directory: string) {
    super(
      `@ais/studies: ${directory} holds the stage "${stage}" made with other settings. ` +
        'Give the settings of that run, or another output folder.',
    );
  }
}

/** Stages that one stage rests on were made from different texts. */
export class CorpusChangedError extends Error {
  override readonly name = 'CorpusChangedError';
  constructor(title: string, store: string) {
    super(
      `@ais/studies: what "${title}" rests on was made from different texts: the corpus was made again, from a source ` +
        `that has changed since. Remove ${store}, or choose another folder: then all of it is made from one text.`,
    );
  }
}

/**
 * What a stage left behind when it was done before; nothing if it was not.
 *
 * @throws {StageMismatchError} if the folder holds a stage made from other inputs
 */
export async function finishedStage({ key, kind, directory }: StageOrder): Promise<StageRecord | undefined> {
  const finished = await readStage(directory);
  if (finished && finished.key !== key) throw new StageMismatchError(kind, directory);
  return finished;
}

/**
 * Takes a stage's folder, so that no other command works in it.
 *
 * @returns what gives it back; nothing where another process has it
 */
export async function lockStage({ directory }: StageOrder): Promise<(() => Promise<void>) | undefined> {
  try {
    return await lockRun(directory, () => {}, 'stage.lock');
  } catch (error) {
    if (isInUse(error)) return undefined;
    throw error;
  }
}

/** Whether another process works where this one was to; the error may come from a process of ours. */
export function isInUse(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'run-in-use';
}

async function doStage(
  { kind, key, settings, needs, folders, backend, directory, title, shared }: StageOrder,
  { signal, progress }: Pick<StageContext, 'signal' | 'progress'>,
): Promise<StageRecord> {
  const below = await corpusBelow(title, folders);
  const earlier = (await readJson<{ seconds: number }>(join(directory, ATTEMPTS)))?.seconds ?? 0;
  const started = performance.now();
  const seconds = (): number => earlier + (performance.now() - started) / 1000;
  try {
    // An order's settings and folders belong to its kind, which only `stageOrder` can show the compiler.
    const work = stageWork[kind] as (...parts: unknown[]) => Promise<unknown>;
    const result = await work(settings, folders, directory, { title, signal, progress });
    const corpus = kind === 'corpus' ? (result as CorpusSummary).fingerprint : below;
    const record: StageRecord = {
      ...{ kind, key, settings, needs, ...(backend !== undefined && { backend }) },
      ...(corpus !== undefined && { corpus }),
      versions: softwareVersions(),
      seconds: seconds(),
      result,
    };
    await writeJson(join(directory, 'stage.json'), record);
    await rm(join(directory, ATTEMPTS), { force: true });
    if (shared) await rm(join(directory, 'checkpoints'), { recursive: true, force: true });
    return record;
  } catch (error) {
    await writeJson(join(directory, ATTEMPTS), { seconds: seconds() });
    throw error;
  }
}

/** Fingerprint of the one corpus that the stages in some folders rest on; nothing where it is not known. */
async function corpusBelow(title: string, folders: StageOrder['folders']): Promise<string | undefined> {
  let found: string | undefined;
  for (const folder of Object.values(folders)) {
    const { corpus = found } = (await readStage(folder)) ?? {};
    if (found !== undefined && corpus !== found) throw new CorpusChangedError(title, dirname(folder));
    found = corpus;
  }
  return found;
}

/** Seconds that attempts have taken that did not finish the stage. */
const ATTEMPTS = 'attempts.json';
