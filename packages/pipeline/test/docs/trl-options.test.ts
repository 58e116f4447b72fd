// The table of TRL's options: what it says to write gives TRL's numbers, to as many digits as it says.
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { objectiveOf, trlOptions, trlPage } from './trl-options.js';
import { expectUpToDate } from './up-to-date.js';

type Columns = Readonly<Record<string, readonly number[]>>;

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
        Object.entries(own.batch).map(([name, values]) => [name, tf.tensor1d([...values])]),
      );
      const trained = Object.keys(own.gradients);
      const lossesOf = (...given: readonly tf.Tensor[]): tf.Tensor1D => {
        const policy = Object.fromEntries(trained.map((name, index) => [name, given[index]]));
        return objective.evaluate({ ...batch, ...policy } as never).losses as tf.Tensor1D;
      };
      const given = trained.map((name) => batch[name] as tf.Tensor);
      const gradients = tf.grads(
        (
          ...values: tf.Tensor[] // An objective that does not read a response has no gradient there: 0 times it makes that 0.
        ) => tf.addN([tf.sum(lossesOf(...values)), ...values.map((value) => tf.mul(0, tf.sum(value)))]),
      )(given);
      const agreement = [
        digits([...lossesOf(...given).dataSync()], own.losses),
        ...trained.map((name, index) =>
          digits([...(gradients[index]?.dataSync() ?? [])], own.gradients[name] ?? []),
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
