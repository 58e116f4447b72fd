import { existsSync } from 'node:fs';
import { UnknownSourceError } from '@ais/data';
import { formatByName, namedSplit, openRows, splitFiles } from '@ais/data/formats';
import { openRepository } from '@ais/runtime/hub';
import type { SplitName } from '../settings/command-settings.js';

/** Whether a source, or the data set of which a name says the split, is on disk. */
export function isOnDisk(name: string): boolean {
  return existsSync(name) || existsSync(namedSplit(name).dataset);
}

/** Whether a name means a data set on the Hub: nothing of that name is on disk, and it does not look like a path. */
export function isOnHub(name: string): boolean {
  if (isOnDisk(name)) return false;
  try {
    openRows(name);
    return true;
  } catch (error) {
    if (error instanceof UnknownSourceError) return false;
    throw error;
  }
}

/** Splits to measure on, the better one first. */
const MEASURED = ['validation', 'test'];

/**
 * Which split of a data set on the Hub each step reads: `train` to learn from, and `validation`, or else `test`, to measure on.
 *
 * @returns undefined if the name says a split, or the data set has only `train`: part of it has to be held out
 * @throws {HubError} if the repository cannot be listed
 */
export async function setsOnHub(name: string): Promise<Readonly<Record<SplitName, string>> | undefined> {
  if (namedSplit(name).split !== undefined) return undefined;
  const repository = await openRepository('dataset', name);
  const files = (await repository.files()).filter((path) => formatByName(path) !== undefined);
  const evaluation = MEASURED.find((split) => splitFiles(files, split).files.length > 0);
  if (evaluation === undefined) return undefined;
  return { supervised: 'train', reward: 'train', preference: 'train', evaluation };
}
