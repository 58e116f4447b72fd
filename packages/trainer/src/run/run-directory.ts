import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { explainFileError, readJson, removeLeftovers, takeLock, writeJson } from '@ais/runtime/files';
import { ConfigurationMismatch, TrainerError } from '../errors.js';
import { firstDifference, isObject, type JsonObject, valueAt } from './json.js';

/** The places of a run directory. */
export interface RunDirectory {
  readonly directory: string;
  readonly metrics: string;
  readonly checkpoints: string;
  /** Dumps of steps that failed. */
  readonly dumps: string;
}

/** A run directory that belongs to this process until it is released. */
export interface OpenRunDirectory extends RunDirectory {
  release(): Promise<void>;
}

const CONFIGURATION = 'config.json';

/** Parts of config.json that may change between a start and a resume, since they do not change what comes out. */
const FREE_KEYS: readonly string[] = ['versions', 'checkpoints', 'notes'];

/**
 * Makes a run directory, or opens one to resume the run in it.
 *
 * With `resume` and no run in the directory, a new run begins, so that one command both starts and resumes.
 *
 * @param directory holds config.json, metrics.jsonl, and checkpoints/; other files in it are left alone
 * @param configuration written to config.json when the run begins, compared with it when the run is resumed; what may change is written
 *   again then, and notes that are not given stay
 * @param onWarning told if a process that has ended left its lock
 * @throws {TrainerError} `run-directory-exists` if it holds a run and `resume` is not set, `configuration-mismatch` naming
 *   the first key that differs
 * @throws {FileError} `in-use` if another process has it, `damaged-file`, `not-writable`, `disk-full`
 */
export async function openRunDirectory(
  directory: string,
  configuration: JsonObject,
  resume: boolean,
  onWarning: (message: string) => void,
): Promise<OpenRunDirectory> {
  const run = {
    directory,
    metrics: join(directory, 'metrics.jsonl'),
    checkpoints: join(directory, 'checkpoints'),
    dumps: join(directory, 'non-finite'),
  };
  // What is refused is refused before anything is written.
  await compareConfiguration(directory, configuration, resume);
  const release = await takeLock(join(directory, 'run.lock'), { onWarning });
  try {
    await beginOrContinue(run, configuration, resume);
  } catch (error) {
    await release();
    throw error;
  }
  return { ...run, release };
}

async function beginOrContinue(run: RunDirectory, configuration: JsonObject, resume: boolean): Promise<void> {
  const { directory } = run;
  // Again, now that no other process can change it.
  const stored = await compareConfiguration(directory, configuration, resume);
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
    const current = stored ? continued(stored, configuration) : configuration;
    if (firstDifference(stored, JSON.parse(JSON.stringify(current))) !== undefined) {
      await writeJson(join(directory, CONFIGURATION), current);
    }
  } catch (error) {
    throw explainFileError(error, directory);
  }
}

/** The configuration of the run that the folder holds, if it holds one; an error if that may not be resumed. */
async function compareConfiguration(
  directory: string,
  configuration: JsonObject,
  resume: boolean,
): Promise<JsonObject | undefined> {
  const stored = await readJson<JsonObject>(join(directory, CONFIGURATION));
  if (stored && !resume) throw alreadyThere(directory);
  if (stored) {
    const given = JSON.parse(JSON.stringify(configuration)) as JsonObject;
    requireSame(directory, withoutFreeKeys(stored), withoutFreeKeys(given));
  }
  return stored;
}

/**
 * Checks a part of a run's configuration before the run is opened, so that nothing long is computed for a run that is refused then.
 *
 * @param part some keys of config.json; it is not asked for where the directory holds no run
 * @throws {ConfigurationMismatch} naming the first key that differs
 * @example
 * await requireSameRun('runs/missing', async () => ({ seed: 1 })); // holds no run: nothing to compare
 */
export async function requireSameRun(directory: string, part: () => Promise<JsonObject>): Promise<void> {
  const stored = await readJson<JsonObject>(join(directory, CONFIGURATION));
  if (!stored) return;
  const given = JSON.parse(JSON.stringify(await part())) as JsonObject;
  requireSame(directory, Object.fromEntries(Object.keys(given).map((key) => [key, stored[key]])), given);
}

/** Settings that the caller has recorded come first: other data may be what they ask for. */
function requireSame(directory: string, stored: JsonObject, given: JsonObject): void {
  const ordered = ({ configuration, ...rest }: JsonObject): JsonObject => ({ configuration, ...rest });
  const key = firstDifference(ordered(stored), ordered(given));
  if (key === undefined) return;
  throw new ConfigurationMismatch(key, directory, valueAt(stored, key), valueAt(given, key));
}

/** The configuration of a run that is resumed: versions are those that began it, and notes that are not given again stay. */
function continued(stored: JsonObject, configuration: JsonObject): JsonObject {
  const [{ notes: earlier, versions }, { notes }] = [stored, configuration];
  return {
    ...configuration,
    ...(versions !== undefined && { versions }),
    ...(isObject(earlier) && { notes: { ...earlier, ...(isObject(notes) && notes) } }),
  };
}

function alreadyThere(directory: string): TrainerError {
  return new TrainerError(
    'run-directory-exists',
    `${directory} already holds a run. Resume it with { resume: true }, or choose another directory.`,
  );
}

/** What of a configuration decides what comes out. */
export function withoutFreeKeys(configuration: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(configuration).filter(([key]) => !FREE_KEYS.includes(key)));
}
