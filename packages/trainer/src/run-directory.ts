import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { removeLeftovers } from './checkpoint.js';
import { writeWhole } from './durable-files.js';
import { ConfigurationMismatch, TrainerError, writingError } from './errors.js';

export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json | undefined };
export type JsonObject = { readonly [key: string]: Json | undefined };

/** The places of a run directory. */
export interface RunDirectory {
  readonly directory: string;
  readonly metrics: string;
  readonly checkpoints: string;
}

/** Parts of config.json that may change between a start and a resume, since they do not change what comes out. */
const FREE_KEYS: readonly string[] = ['versions', 'checkpoints'];

/**
 * Makes a run directory, or opens one to resume the run in it.
 *
 * With `resume` and no run in the directory, a new run begins, so that one command both starts and goes on.
 *
 * @param directory holds config.json, metrics.jsonl, and checkpoints/; other files in it are left alone
 * @param configuration written to config.json when the run begins, compared with it when the run is resumed
 * @throws {TrainerError} `run-directory-exists` where a run stands there and `resume` is not set,
 *   `configuration-mismatch` naming the first key that differs, `unwritable-directory`, `disk-full`
 */
export async function openRunDirectory(
  directory: string,
  configuration: JsonObject,
  resume: boolean,
): Promise<RunDirectory> {
  const run = {
    directory,
    metrics: join(directory, 'metrics.jsonl'),
    checkpoints: join(directory, 'checkpoints'),
  };
  const path = join(directory, 'config.json');
  const stored = await readConfiguration(path);
  if (stored && !resume) throw alreadyThere(directory);
  if (stored) {
    const given = JSON.parse(JSON.stringify(configuration)) as JsonObject;
    const key = firstDifference(withoutFreeKeys(stored), withoutFreeKeys(given));
    if (key !== undefined) {
      throw new ConfigurationMismatch(key, directory, valueAt(stored, key), valueAt(given, key));
    }
  }
  try {
    await mkdir(run.checkpoints, { recursive: true });
    if (!stored) {
      // Results without the configuration that made them are not this run's to continue or to overwrite.
      const found = await readdir(directory);
      if (
        found.includes('metrics.jsonl') ||
        (await readdir(run.checkpoints)).some((name) => !name.startsWith('.'))
      ) {
        throw alreadyThere(directory);
      }
    }
    await removeLeftovers(run.checkpoints);
    if (!stored) await writeWhole(path, `${JSON.stringify(configuration, null, 2)}\n`);
  } catch (error) {
    throw writingError(error, directory);
  }
  return run;
}

function alreadyThere(directory: string): TrainerError {
  return new TrainerError(
    'run-directory-exists',
    `${directory} holds a run already. Continue it with { resume: true }, or choose another directory.`,
  );
}

async function readConfiguration(path: string): Promise<JsonObject | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as JsonObject;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    if (error instanceof SyntaxError) {
      throw new TrainerError(
        'damaged-run-directory',
        `${path} is not JSON. Start the run again in another directory.`,
        {
          cause: error,
        },
      );
    }
    throw writingError(error, path);
  }
}

function withoutFreeKeys(configuration: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(configuration).filter(([key]) => !FREE_KEYS.includes(key)));
}

/** The path of the first key whose values differ, or nothing. */
function firstDifference(a: Json | undefined, b: Json | undefined, path = ''): string | undefined {
  if (isObject(a) && isObject(b)) {
    for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
      const found = firstDifference(a[key], b[key], path ? `${path}.${key}` : key);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  return JSON.stringify(a) === JSON.stringify(b) ? undefined : path;
}

function valueAt(value: Json | undefined, path: string): Json | undefined {
  return path
    .split('.')
    .reduce<Json | undefined>((found, key) => (isObject(found) ? found[key] : undefined), value);
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
