// docs/sum-or-mean.md: its numbers against an enumeration of all responses, closed forms, and the package's own weights.
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { expectUpToDate } from '../../../../tools/vitest/up-to-date.js';
import { evaluateExpression } from './scope.js';
import {
  chiSquared,
  constants,
  reportOf,
  responseClasses,
  type SequenceWeight,
  sequenceWeights,
  type WeightReport,
  weightsOf,
} from './sum-or-mean.js';
import { figure, LENGTHS, NEAR, P, sumOrMeanFigures, sumOrMeanPage } from './sum-or-mean-page.js';

const named = (name: string): SequenceWeight =>
  sequenceWeights.find((own) => own.name === name) as SequenceWeight;
const of = (name: string, length: number, p: number = P): WeightReport =>
  reportOf(named(name), { p, length });

/** The weights by their formulas, in float64. */
const formulas: Readonly<Record<string, (log: number, length: number) => number>> = {
  sum: (log) => Math.exp(log),
  '1/√|y|': (log, length) => Math.exp(log / Math.sqrt(length)),
  '1/|y|': (log, length) => Math.exp(log / length),
  truncation: (log) => Math.min(Math.exp(log), 2),
  masking: (log) => (Math.exp(log) >= 0.5 && Math.exp(log) <= 2 ? Math.exp(log) : 0),
  'geometric filter': (log, length) =>
    Math.exp(log / length) >= 0.99 && Math.exp(log / length) <= 1.01 ? 1 : 0,
  VESPO: (log) => Math.exp(log) ** 2 * Math.exp(3 * (1 - Math.exp(log))),
};

/** The report of a weight from all 2^T responses, one by one. */
function enumerated({ name }: SequenceWeight, p: number, length: number): Omit<WeightReport, 'median'> {
  const weight = formulas[name] as (log: number, length: number) => number;
  let responses = [{ log: 0, firsts: 0 }];
  for (let t = 0; t < length; t += 1)
    responses = responses.flatMap(({ log, firsts }) => [
      { log: log + Math.log(2 * p), firsts: firsts + 1 },
      { log: log + Math.log(2 * (1 - p)), firsts },
    ]);
  const average = (value: (own: (typeof responses)[number]) => number): number =>
    responses.reduce((sum, own) => sum + value(own), 0) / responses.length;
  const w = ({ log }: { readonly log: number }): number => weight(log, length);
  const mean = average(w);
  return {
    mean,
    variance: average((own) => (w(own) - mean) ** 2),
    effective: mean ** 2 / average((own) => w(own) ** 2),
    dropped: average((own) => (w(own) === 0 ? 1 : 0)),
    recovered: (average((own) => (own.firsts / length) * w(own)) / mean - 0.5) / (p - 0.5),
  };
}

describe.each(sequenceWeights.map((own) => [own.name, own] as const))('%s', (_, own) => {
  it.each([
    [P, 2],
    [P, 9],
    [0.7, 10],
  ])('is what an enumeration of all responses gives, π_θ %d, %d tokens', (p, length) => {
    const expected = enumerated(own, p, length);
    const found = reportOf(own, { p, length });
    for (const [measure, value] of Object.entries(expected))
      expect(found[measure as keyof WeightReport], measure).toBeCloseTo(value, 5);
  });
});

describe('closed forms', () => {
  const lengths = [...LENGTHS, 100];

  it.each(lengths)('of the sum: mean 1, variance (1 + χ²)^T − 1, all the way, %d tokens', (length) => {
    for (const p of [P, NEAR]) {
      const growth = (1 + chiSquared(p)) ** length;
      const { mean, variance, effective, recovered } = of('sum', length, p);
      expect(mean).toBeCloseTo(1, 5);
      expect(variance / (growth - 1)).toBeCloseTo(1, 4);
      expect(effective * growth).toBeCloseTo(1, 5);
      expect(recovered).toBeCloseTo(1, 4);
    }
  });

  it.each(lengths)('of powers: m(α)^T, m(2α)^T − m(α)^2T, and the tilted token, %d tokens', (length) => {
    const moment = (alpha: number): number => ((2 * P) ** alpha + (2 * (1 - P)) ** alpha) / 2;
    for (const [name, alpha] of [
      ['1/|y|', 1 / length],
      ['1/√|y|', 1 / Math.sqrt(length)],
    ] as const) {
      const { mean, variance, recovered } = of(name, length);
      expect(mean).toBeCloseTo(moment(alpha) ** length, 6);
      expect(variance).toBeCloseTo(moment(2 * alpha) ** length - moment(alpha) ** (2 * length), 7);
      const tilted = P ** alpha / (P ** alpha + (1 - P) ** alpha);
      expect(recovered).toBeCloseTo((tilted - 0.5) / (P - 0.5), 5);
    }
  });

  it('of the classes: their masses add up to 1, and those under π_θ too', () => {
    const classes = responseClasses({ p: P, length: 512 });
    expect(classes.reduce((sum, { logMass }) => sum + Math.exp(logMass), 0)).toBeCloseTo(1, 10);
    expect(classes.reduce((sum, { logMass, logRatio }) => sum + Math.exp(logMass + logRatio), 0)).toBeCloseTo(
      1,
      10,
    );
  });
});

it('each is what its formula says, for ratios near and far', () => {
  for (const own of sequenceWeights) {
    for (const length of [1, 7, 64]) {
      const logs = [-9, -1.5, -0.6, -0.01, 0, 0.004, 0.3, 0.8, 2, 9];
      const expected = logs.map((log) => formulas[own.name]?.(log, length) ?? Number.NaN);
      weightsOf(own, logs, length).forEach((weight, index) => {
        const right = expected[index] as number;
        expect(Math.abs(weight - right), `${own.name}, log t = ${logs[index]}`).toBeLessThan(
          2e-6 * Math.max(right, 1e-3),
        );
      });
    }
  }
});

it('the code that the page shows makes the options', () => {
  for (const { code, options } of sequenceWeights) {
    const made = evaluateExpression(`({ ${code} })`) as typeof options;
    const at = { options: made, logs: [-3, -0.4, 0.005, 0.5, 3] };
    expect(weightsOf(at, at.logs, 5)).toEqual(weightsOf({ options }, at.logs, 5));
  }
});

describe('what the page says in words', () => {
  it('the mean goes about 1/|y| of the way, 1/√|y| about 1/√|y|', () => {
    for (const length of LENGTHS) {
      expect(of('1/|y|', length).recovered * length).toBeCloseTo(1, 2);
      expect(of('1/√|y|', length).recovered * Math.sqrt(length)).toBeCloseTo(1, 2);
    }
  });

  it('the mean keeps the step, truncation and masking shrink it as responses grow', () => {
    expect(of('1/|y|', 512).mean).toBeGreaterThan(0.99);
    for (const name of ['truncation', 'masking']) {
      const means = [32, 128, 512].map((length) => of(name, length).mean);
      expect(means).toEqual([...means].sort((a, b) => b - a));
      expect(means[2]).toBeLessThan(0.9 * (means[0] as number));
      expect(of(name, 512).recovered).toBeLessThan(1);
      expect(of(name, 512).recovered).toBeGreaterThan(10 * of('1/|y|', 512).recovered);
    }
  });

  it('1/√|y| shrinks as e^(−√|y|·χ²/2), and its effective sample size tends to e^(−χ²)', () => {
    const exponent = -Math.log(of('1/√|y|', 512).mean) / Math.sqrt(512);
    expect(exponent / (chiSquared(P) / 2)).toBeGreaterThan(0.9);
    expect(exponent / (chiSquared(P) / 2)).toBeLessThan(1);
    expect(of('1/√|y|', 512).effective).toBeCloseTo(Math.exp(-chiSquared(P)), 3);
  });

  it('VESPO is at most what its derivative says, at t = k/λ', () => {
    const { k, lambda } = constants.vespo;
    const weight = (log: number): number => weightsOf(named('VESPO'), [log], 1)[0] as number;
    const peak = weight(Math.log(k / lambda));
    expect(peak).toBeCloseTo((k / lambda) ** k * Math.exp(lambda - k), 5);
    for (const log of [-3, -1, 0, 1]) expect(weight(log)).toBeLessThanOrEqual(peak);
    expect(weight(0)).toBe(1);
    const slope = (weight(2 ** -8) - weight(-(2 ** -8))) / 2 ** -7;
    expect(slope).toBeCloseTo(k - lambda, 3);
    expect(of('VESPO', 8).recovered).toBeLessThan(0);
  });

  it('between engines that run the same weights, the sum costs little', () => {
    expect(of('sum', 512, NEAR).effective).toBeGreaterThan(0.8);
  });
});

describe('the length bias of GSPO', () => {
  it('is in the gradient of t^(1/|y|), not in that of a weight held constant', () => {
    const ratio = (log: tf.Tensor1D, lengths: tf.Tensor1D): tf.Tensor1D =>
      tf.exp(tf.div<tf.Tensor1D>(log, lengths));
    const lengths = tf.tensor1d([8, 512]);
    const log = tf.tensor1d([0, 0]);
    const through = tf.grad((x: tf.Tensor) => tf.sum(ratio(x as tf.Tensor1D, lengths)))(log);
    const constant = tf.grad((x: tf.Tensor) => tf.sum(tf.mul(ratio(log, lengths), x)))(log);
    expect([...through.dataSync()]).toEqual([1 / 8, 1 / 512]);
    expect([...constant.dataSync()]).toEqual([1, 1]);
  });
});

it('writes numbers as one reads them', () => {
  expect([0, 1, 0.123456, 12.3456, 1234.5, 1.5e-7, 2.5e9].map(figure)).toEqual([
    ...['0', '1', '0.123', '12.3', '1235', '1.5·10^-7', '2.5·10^9'],
  ]);
});

it('docs/sum-or-mean.md is what is computed', () => {
  expectUpToDate('sum-or-mean.md', sumOrMeanPage());
});

it.each(Object.entries(sumOrMeanFigures))('%s is up to date', async (file, draw) => {
  expectUpToDate(`importance-weights/${file}`, await draw());
});
