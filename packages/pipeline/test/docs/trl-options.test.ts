// The table of TRL's options: what it says to write gives TRL's numbers, to as many digits as it says.
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { expectUpToDate } from '../../../../tools/vitest/up-to-date.js';
import { objectiveOf, trlOptions, trlPage } from './trl-options.js';

/** One number per row, or a list of them where a field has one per token. */
type Columns = Readonly<Record<string, readonly (number | readonly number[])[]>>;

interface GoldenCase {
  readonly source: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly batch: Columns;
  readonly losses: readonly number[];
  readonly gradients: Columns;
}

/** What TRL's own trainers computed, with the versions that did. */
const golden = JSON.parse(
  readFileSync(new URL('../../../objectives/fixtures/golden.json', import.meta.url), 'utf8'),
) as { readonly versions: Readonly<Record<string, string>>; readonly cases: readonly GoldenCase[] };

/** log10 of the largest value over the largest difference from it. */
function digits(found: readonly number[], expected: readonly number[]): number {
  const largest = Math.max(...expected.map(Math.abs));
  const difference = Math.max(
    ...expected.map((value, index) => Math.abs(value - (found[index] ?? Number.NaN))),
  );
  return difference === 0 ? Number.POSITIVE_INFINITY : Math.log10(largest / difference);
}

/** A batch with what follows from its tokens: the row of each, and the length and the sum of each response. */
function withSums(batch: Readonly<Record<string, tf.Tensor>>, columns: Columns): Record<string, tf.Tensor> {
  const whole: Record<string, tf.Tensor> = { ...batch };
  for (const [name, values] of Object.entries(columns)) {
    if (!name.endsWith('Tokens')) continue;
    const counts = values.map((row) => (row as readonly number[]).length);
    const starts = counts.map((_, row) => counts.slice(0, row).reduce((sum, count) => sum + count, 0));
    const sum = name.slice(0, -'Tokens'.length);
    const side = /(Chosen|Rejected)$/.exec(sum)?.[1]?.toLowerCase();
    whole[side ? `${side}TokenRow` : 'tokenRow'] ??= tf.tensor1d(
      counts.flatMap((count, row) => new Array<number>(count).fill(row)),
      'int32',
    );
    whole[side ? `${side}Length` : 'length'] ??= tf.tensor1d(counts);
    whole[sum] ??= tf.stack(
      counts.map((count, row) => tf.sum(tf.slice(batch[name] as tf.Tensor1D, starts[row] ?? 0, count))),
    );
  }
  return whole;
}

describe.each(trlOptions.map((option) => [`${option.trainer}(${option.trl})`, option] as const))(
  '%s',
  (_, option) => {
    const cases = golden.cases.filter(({ source }) => option.source.test(source));

    it('has one set of golden values', () => {
      expect(cases.map(({ source }) => source)).toHaveLength(1);
    });

    it('agrees in losses and gradients to as many digits as the table says', async () => {
      const [own] = cases;
      if (!own) throw new Error('no golden values');
      const objective = await objectiveOf(option, own.options);
      const batch = Object.fromEntries(
        Object.entries(own.batch).map(([name, values]) => [name, tf.tensor1d(values.flat())]),
      );
      const trained = Object.keys(own.gradients);
      const lossesOf = (...given: readonly tf.Tensor[]): tf.Tensor1D => {
        const policy = Object.fromEntries(trained.map((name, index) => [name, given[index] as tf.Tensor]));
        const whole = withSums({ ...batch, ...policy }, own.batch);
        return objective.evaluate(whole as never).losses as tf.Tensor1D;
      };
      const given = trained.map((name) => batch[name] as tf.Tensor);
      // An objective that does not read a response has no gradient there: 0 times it makes that 0.
      const zero = (values: readonly tf.Tensor[]): tf.Tensor[] =>
        values.map((value) => tf.mul(0, tf.sum(value)));
      const gradients = tf.grads((...values: tf.Tensor[]) =>
        tf.addN([tf.sum(lossesOf(...values)), ...zero(values)]),
      )(given);
      const agreement = [
        digits([...lossesOf(...given).dataSync()], own.losses),
        ...trained.map((name, index) =>
          digits([...(gradients[index]?.dataSync() ?? [])], (own.gradients[name] ?? []).flat()),
        ),
      ];
      expect(Math.min(...agreement)).toBeGreaterThanOrEqual(option.digits);
      // Float32 has seven; a table that promised far less than it keeps would be no use.
      expect(Math.min(7, ...agreement)).toBeLessThan(option.digits + 2);
    });
  },
);

it('names no option twice', () => {
  expect(new Set(trlOptions.map(({ trainer, trl }) => trainer + trl)).size).toBe(trlOptions.length);
});

it('is what docs/objectives/trl.md says', () => {
  expectUpToDate('objectives/trl.md', trlPage(golden.versions));
});
