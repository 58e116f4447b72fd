import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type StageSpec, stageSpec } from '../stages/stage-spec.js';
import { openStudyStore } from './study-store.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ais-store-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const corpus = stageSpec(
  'corpus',
  {
    source: 'synthetic',
    seed: 1,
    corpus: {
      supervised: 1,
      reward: 1,
      preference: 1,
      evaluation: 1,
      vocabularySize: 300,
      maxPromptTokens: 8,
      maxResponseTokens: 8,
    },
  },
  {},
);
const sft = (seed: number, layerCount = 1): StageSpec<'sft'> =>
  stageSpec(
    'sft',
    {
      model: { layerCount, hiddenSize: 8, headCount: 2, initializerRange: 0.1 },
      supervised: { epochs: 1, batchSize: 1, learningRate: 1, warmupFraction: 0, promptWeight: 0 },
      maxPositions: 16,
      seed,
      microBatchSize: 1,
    },
    { corpus },
    'wasm',
  );

async function finish({ kind, key, settings, backend }: StageSpec, seconds: number): Promise<void> {
  const { directory } = await openStudyStore(root);
  const folder = directory({ kind, key } as StageSpec);
  mkdirSync(folder);
  writeFileSync(join(folder, 'stage.json'), JSON.stringify({ kind, key, settings, backend, seconds }));
}

test('a stage is due, begun once it has a folder, and finished once its record stands', async () => {
  const store = await openStudyStore(join(root, 'new'));
  expect(store.state(sft(1))).toBe('due');
  mkdirSync(store.directory(sft(1)), { recursive: true });
  expect(store.state(sft(1))).toBe('begun');
  writeFileSync(join(store.directory(sft(1)), 'stage.json'), '{}');
  expect(store.state(sft(1))).toBe('finished');
});

test('stages of other seeds say how long one takes, and those of another size do not', async () => {
  await finish(sft(1), 10);
  await finish(sft(2), 20);
  await finish(sft(1, 4), 500);
  const { expectedSeconds } = await openStudyStore(root);
  expect(expectedSeconds(sft(3))).toBe(15);
  expect(expectedSeconds(sft(3, 4))).toBe(500);
  expect(expectedSeconds(sft(3, 2))).toBeUndefined();
  expect(expectedSeconds(corpus)).toBeUndefined();
});
