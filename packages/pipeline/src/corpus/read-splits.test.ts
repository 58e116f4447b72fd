import { expect, test } from 'vitest';
import { readSplits } from './read-splits.js';

// Of a tenth more than these sizes, this seed puts 190 records into the split of pairs.
test('a small split of built-in text has as many records as were asked for', async () => {
  const sizes = { supervised: 9600, reward: 1500, preference: 200, evaluation: 256 };
  const lengths = {
    maxPromptTokens: 64,
    maxResponseTokens: 20,
    longPrompts: 'drop',
    longResponses: 'drop',
  } as const;
  const wanted = { preference: { exactly: sizes.preference }, evaluation: { exactly: sizes.evaluation } };
  const reading = { signal: new AbortController().signal, onRecords: () => undefined };
  const { splits } = await readSplits(
    { source: 'synthetic', wanted, sizes, lengths, seed: 14 },
    undefined,
    reading,
  );
  expect(splits.preference.length).toBeGreaterThanOrEqual(sizes.preference);
  expect(splits.evaluation.length).toBeGreaterThanOrEqual(sizes.evaluation);
});
