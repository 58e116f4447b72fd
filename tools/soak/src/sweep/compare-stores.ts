import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DirectoryStore, StageRecord, StageSpec } from '@ais/workflow';

/** What differs between what a store should hold and what it holds. */
export interface StoreDifferences {
  /** Stages without a result, or whose files are not what they left. */
  readonly lost: number;
  /** Results beyond the first of a stage, wherever they are in the store. */
  readonly duplicated: number;
  /** Stages whose result or files are others. */
  readonly different: number;
}

/** Compares the results of stages with those in another store. */
export async function compareStores(
  stages: readonly StageSpec[],
  store: DirectoryStore,
  expected: DirectoryStore,
): Promise<StoreDifferences> {
  const found = await storedResults(store.root);
  const count = { lost: 0, duplicated: 0, different: 0 };
  for (const stage of stages) {
    const folders = found.get(stage.key) ?? [];
    count.duplicated += Math.max(0, folders.length - 1);
    const isWhole = await store.verify(stage).then(
      () => true,
      () => false,
    );
    if (!isWhole) count.lost += 1;
    else if ((await outcome(stage, store)) !== (await outcome(stage, expected))) count.different += 1;
  }
  return count;
}

/** Folders that hold a result, anywhere in a store, by the stage's key. */
async function storedResults(root: string): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  for (const name of await readdir(root, { recursive: true })) {
    if (!/(^|\/)stage\.json$/.test(name)) continue;
    const { key } = JSON.parse(await readFile(join(root, name), 'utf8')) as StageRecord;
    found.set(key, [...(found.get(key) ?? []), name]);
  }
  return found;
}

/** All that a stage left but for the time that it took: its record, which has the SHA-256 of each file. */
async function outcome(stage: StageSpec, store: DirectoryStore): Promise<string> {
  const record = await store.read(stage);
  const names = await readdir(store.directory(stage), { recursive: true });
  return JSON.stringify([{ ...record, seconds: 0 }, names.sort()]);
}
