import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { withShrinking } from '../../test/with-shrinking.js';
import type { PairBatch } from '../contract/batch.js';
import { pairs } from './batch-description.js';
import { describeTrial, hold } from './hold.js';
import { type Rows, rowsArbitrary } from './rows.js';

const parameters = { numRuns: 20, seed: 5 };
const drawn = (extreme: boolean) =>
  fc.record({
    options: fc.record({ beta: fc.constantFrom(0.1, 0.5) }),
    rows: rowsArbitrary(pairs, { extreme, maximum: 24 }),
  });
const column = (rows: Rows<PairBatch>, field: keyof PairBatch): readonly number[] =>
  (rows[field] ?? []).flat();

it('shows the smallest batch that it finds: one row, and simple values wherever they do not matter', async () => {
  const failing = withShrinking(() =>
    hold(drawn(true), parameters, async ({ rows }) => {
      const row = column(rows, 'policyChosen').findIndex((value) => value < -1e5);
      if (row !== -1) throw new Error('too far');
    }),
  );
  await expect(failing).rejects.toThrow(
    '@ais/objectives: it throws Error: too far\n  options: {"beta":0.1}\n' +
      '  batch of 1 row: { policyChosen: [-1000000], policyRejected: [-4], referenceChosen: [-4], ' +
      'referenceRejected: [-4], chosenLength: [1], rejectedLength: [1] }\n  to draw the same batches again: seed: 5',
  );
});

it('keeps as many rows as it takes', async () => {
  const failing = withShrinking(() =>
    hold(drawn(false), parameters, async ({ rows }) => {
      if (new Set(column(rows, 'chosenLength')).size > 2) throw new Error('three lengths');
    }),
  );
  await expect(failing).rejects.toThrow(/batch of 3 rows: .* chosenLength: \[\d, \d, \d\]/);
});

it('fails if nothing could be tried', async () => {
  const passedOver = hold(drawn(false), parameters, async () => fc.pre(false));
  await expect(passedOver).rejects.toThrow(
    /every batch that was drawn was passed over .*, so nothing was tried\n {2}to draw/,
  );
});

it('shows options as they are written, and cuts what is long', () => {
  const bare: Record<string, number> = Object.assign(Object.create(null) as object, { beta: 0.1 });
  expect(describeTrial({ options: bare, rows: {} })[0]).toBe('options: {"beta":0.1}');
  const [options] = describeTrial({ options: { name: 'x'.repeat(1000) }, rows: {} });
  expect(options).toHaveLength('options: '.length + 301);
});
