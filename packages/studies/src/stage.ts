import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** What a finished stage leaves in its folder as `stage.json`. */
export interface StageRecord<Result> {
  readonly name: string;
  /** Hash of the stage's settings and of the keys of the stages that it builds on. */
  readonly key: string;
  /** Wall-clock seconds of the attempt that finished the stage. */
  readonly seconds: number;
  readonly result: Result;
}

export interface Stage<Result> {
  readonly name: string;
  /** The stage's own folder. */
  readonly directory: string;
  /** Everything that the result depends on: settings and the keys of earlier stages; plain JSON. */
  readonly inputs: unknown;
  /** Does the work; must be able to go on where an interrupted attempt left the folder. */
  readonly run: (directory: string) => Promise<Result>;
}

/**
 * Runs a stage of a study, or returns what it left behind when it ran before with the same inputs.
 *
 * A stage counts as finished once its `stage.json` stands, and that is written last and whole.
 *
 * @throws {StageMismatchError} if the folder holds the same stage made from other inputs
 */
export async function runStage<Result>(stage: Stage<Result>): Promise<StageRecord<Result>> {
  const key = hashJson({ name: stage.name, inputs: stage.inputs });
  const finished = await readStage<Result>(stage.directory);
  if (finished) {
    if (finished.key !== key) throw new StageMismatchError(stage.name, stage.directory);
    return finished;
  }
  await mkdir(stage.directory, { recursive: true });
  const started = performance.now();
  const result = await stage.run(stage.directory);
  const record = { name: stage.name, key, seconds: (performance.now() - started) / 1000, result };
  await writeJson(join(stage.directory, 'stage.json'), record);
  return record;
}

/** The record of a finished stage, or nothing if the folder holds none. */
export async function readStage<Result>(directory: string): Promise<StageRecord<Result> | undefined> {
  return readJson<StageRecord<Result>>(join(directory, 'stage.json'));
}

/** A run folder holds a stage that was made with other settings. */
export class StageMismatchError extends Error {
  override readonly name = 'StageMismatchError';
  constructor(stage: string, directory: string) {
    super(
      `@ais/studies: ${directory} holds the stage "${stage}" made with other settings. ` +
        'Give the settings of that run, or another output folder.',
    );
  }
}

/** SHA-256 of a JSON value whose keys are sorted, in hexadecimal. */
export function hashJson(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value, sortKeys)).digest('hex');
}

function sortKeys(_key: string, value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Reads a JSON file; nothing if there is none. */
export async function readJson<T>(path: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Writes a JSON file whole or not at all. */
export function writeJson(path: string, value: unknown): Promise<void> {
  return writeWhole(path, `${JSON.stringify(value, null, 2)}\n`);
}

/** Writes a file whole or not at all: to a temporary name, flushed, then renamed. */
export async function writeWhole(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.tmp-${process.pid}`;
  const file = await open(temporary, 'w');
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}
