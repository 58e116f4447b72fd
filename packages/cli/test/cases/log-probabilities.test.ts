import { describe, expect, test } from 'vitest';
import { caseFolder } from './case-folder.js';
import { smallModel } from './small-model.js';

const { at, write, ais } = caseFolder();
const backend = ['--backend', process.env['AIS_BACKEND'] ?? 'wasm'];

const rows = Array.from({ length: 8 }, (_, n) => ({
  id: `pair-${n}`,
  prompt: [40 + n, 41],
  chosen: [50 + n, 0],
  rejected: [61, 60 + n, 0],
  chosenLogProb: -9 - n,
  rejectedLogProb: -12 - n,
}));
const changed = (row: number, change: object): object[] =>
  rows.map((own, n) => (n === row ? { ...own, ...change } : own));
const texts = rows.map(({ id }, n) => ({ id, prompt: `Lake ${n}?`, chosen: ' Deep.', rejected: ' No.' }));

let runs = 0;
async function train(pairs: readonly object[], ...more: string[]) {
  runs += 1;
  await smallModel(at('model'));
  return ais(
    ...[
      'train',
      '--model',
      at('model'),
      '--pairs',
      write('pairs.jsonl', pairs),
      '--steps',
      '1',
      '--batch-size',
      '8',
    ],
    ...[
      '--set',
      'evaluation.points=0',
      '--set',
      'validationFraction=0',
      '--objective',
      'ais-dpo',
      ...backend,
    ],
    ...['--out', at(`run-${runs}`), ...more],
  );
}
const meanWeight = (metrics: unknown): number | undefined =>
  (metrics as Record<string, number>)['weights/mean'];

test('all log-probabilities are used, or none', async () => {
  expect(meanWeight((await train(rows)).answer['metrics'])).not.toBeCloseTo(1, 2);
  const none = rows.map(({ chosenLogProb: _, rejectedLogProb: __, ...row }) => row);
  expect(meanWeight((await train(none)).answer['metrics'])).toBeCloseTo(1, 5);
  const unused = await train(changed(2, { chosenLogProb: null }), '--behavior', 'reference');
  expect(meanWeight(unused.answer['metrics'])).toBeCloseTo(1, 5);
});

describe('some that are missing or wrong are an error that names the row', () => {
  test.each<[string, object[], RegExp]>([
    [
      'a chosen one is missing',
      changed(4, { chosenLogProb: undefined }),
      /line 5, field "chosenLogProb": it is missing/,
    ],
    [
      'a rejected one is null',
      changed(7, { rejectedLogProb: null }),
      /line 8, field "rejectedLogProb": it is missing/,
    ],
    [
      'only the first row has them',
      rows.map((row, n) => (n === 0 ? row : { ...row, chosenLogProb: null, rejectedLogProb: null })),
      /line 2, field "chosenLogProb"/,
    ],
    [
      'only the last row has one',
      rows.map((row, n) => ({ ...row, chosenLogProb: n === 7 ? -1 : null, rejectedLogProb: null })),
      /line 1, field "chosenLogProb"/,
    ],
    [
      'text',
      changed(1, { chosenLogProb: '-9' }),
      /line 2, field "chosenLogProb": expected a log-probability/,
    ],
    [
      'a probability',
      changed(1, { chosenLogProb: 0.25 }),
      /line 2, field "chosenLogProb": expected a log-probability, a finite number ≤ 0, got 0\.25/,
    ],
    [
      'a loss',
      changed(6, { rejectedLogProb: 18 }),
      /line 7, field "rejectedLogProb": expected a log-probability/,
    ],
    ['a list, per token', changed(3, { chosenLogProb: [-1, -2] }), /line 4, field "chosenLogProb"/],
    [
      'of text, in any row',
      texts.map((row, n) => (n === 5 ? { ...row, chosenLogProb: -1 } : row)),
      /line 6, field "chosenLogProb": log-probabilities belong to tokens/,
    ],
  ])('%s', async (_, pairs, message) => {
    const { status, said } = await train(pairs);
    expect(status).not.toBe(0);
    expect(said).toMatch(message);
  });
});

test('other columns that some rows lack are counted', async () => {
  const { status, said } = await train(rows.map((row, n) => (n < 3 ? row : { ...row, family: `f${n}` })));
  expect(status, said).toBe(0);
  expect(said).toContain('3 of 8 pairs have no family, but the others do.');
});
