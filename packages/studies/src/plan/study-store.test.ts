import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type StageRecord, type StageStore, stagesInOrder } from '@ais/workflow';
import { afterAll, expect, test } from 'vitest';
import { tinyStudy } from '../../test/tiny-study.js';
import type { PolicyStudySettings } from '../settings/study-settings.js';
import { planStudy } from './study-plan.js';
import { expectedSeconds, requireStudyStore } from './study-store.js';

const scratch = mkdtempSync(join(tmpdir(), 'ais-store-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const stagesOf = async (settings: PolicyStudySettings) =>
  stagesInOrder((await planStudy(settings, 'native')).runs.map(({ stage }) => stage));

test('stages take as long as others on as much text and with the same models, and else an unknown time', async () => {
  const small = tinyStudy('fig6');
  const records = (await stagesOf(small)).map(
    ({ kind, key, settings, needs, backend }): StageRecord => ({
      kind: kind.name,
      key,
      settings,
      needs: Object.fromEntries(Object.entries(needs).map(([role, need]) => [role, need.key])),
      ...(backend !== undefined && { backend }),
      versions: {},
      seconds: 10,
      result: {},
    }),
  );
  const store = {
    async *records() {
      // A stage may come before those that it rests on.
      yield* records.toReversed();
    },
  } as unknown as StageStore;
  const secondsOf = await expectedSeconds(store);
  const known = async (changes: object): Promise<string[]> => {
    const stages = await stagesOf({ ...small, ...changes });
    return [
      ...new Set(stages.filter((stage) => secondsOf(stage) === 10).map(({ kind }) => kind.name)),
    ].toSorted();
  };
  expect(await known({ seeds: [7] })).toEqual([
    'baseline',
    'corpus',
    'gold',
    'online',
    'pairs',
    'preference',
    'proxy',
    'sft',
  ]);
  expect(await known({ corpus: { ...small.corpus, preference: 64_000 } })).toEqual([]);
  const policy = { ...small.policy, layerCount: 12 };
  expect(await known({ policy })).toEqual(['corpus', 'sft']);
  expect(await known({ corpus: { ...small.corpus, seed: 2 } })).toContain('preference');
});

test('a store that cannot be is refused before anything is written, and one that is not there yet is not made', async () => {
  writeFileSync(join(scratch, 'file'), '');
  await expect(requireStudyStore(join(scratch, 'file', 'store'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  await requireStudyStore(join(scratch, 'a', 'store'));
  await expect(requireStudyStore('s3://')).rejects.toMatchObject({ code: 'invalid-address' });
});
