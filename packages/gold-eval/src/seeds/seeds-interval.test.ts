import { describe, expect, test } from 'vitest';
import clusterFixture from '../../fixtures/clusters.json' with { type: 'json' };
import fixture from '../../fixtures/seeds.json' with { type: 'json' };
import { randomStream } from '../statistics/random-stream.js';
import { bootstrapOverSeeds, meanOverSeeds, seedsInterval } from './seeds-interval.js';

function normals(seed: number): () => number {
  const random = randomStream(seed);
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

describe('seedsInterval', () => {
  test('is as wide as SciPy’s Welch interval of the same two errors', () => {
    for (const { perSeed, promptError, prompts, confidence, half } of fixture.welch) {
      const found = seedsInterval(perSeed, promptError, prompts, confidence);
      expect((found.high - found.low) / 2 / half).toBeCloseTo(1, 8);
      expect((found.high + found.low) / 2).toBeCloseTo(found.value, 12);
    }
  });

  test('one seed says nothing about the luck of training, and says so', () => {
    const one = seedsInterval([0.2], 0.03, 256);
    expect(one).toMatchObject({ covers: 'prompts', seedError: Number.NaN });
    expect(one.high - one.value).toBeCloseTo(1.96932 * 0.03, 5);
    expect(seedsInterval([0.2, 0.2], 0.03, 256).covers).toBe('seeds and prompts');
  });

  test('two seeds that lie apart tell little', () => {
    const { low, high } = seedsInterval([0.1, 0.3], 0, 256);
    // t with 1 degree of freedom times s/√2.
    expect([low, high]).toEqual([
      expect.closeTo(0.2 - 12.7062 * 0.1, 4),
      expect.closeTo(0.2 + 12.7062 * 0.1, 4),
    ]);
  });

  test('values without any spread have an interval of no width', () => {
    expect(seedsInterval([0.4, 0.4, 0.4], 0, 100)).toMatchObject({
      low: expect.closeTo(0.4, 12),
      high: expect.closeTo(0.4, 12),
    });
  });

  test('refuses no seed', () => {
    expect(() => seedsInterval([], 0, 10)).toThrow(
      expect.objectContaining({ name: 'GoldEvalError', code: 'invalid-lengths' }),
    );
  });
});

describe('meanOverSeeds', () => {
  test.each([
    ['luck of training, prompts shared', 0.05, 0.3, true],
    ['no luck of training, prompts shared', 0, 0.3, true],
    ['luck of training, prompts of each seed its own', 0.05, 0.3, false],
  ])(
    'with three seeds it covers the truth about as often as it says: %s',
    (_, seedSpread, promptSpread, shared) => {
      const normal = normals(77);
      const trials = 600;
      let covered = 0;
      for (let trial = 0; trial < trials; trial++) {
        const common = Array.from({ length: 60 }, () => promptSpread * normal());
        const values = Array.from({ length: 3 }, () => {
          const luck = seedSpread * normal();
          return common.map((prompt) => luck + (shared ? prompt : promptSpread * normal()) + 0.2 * normal());
        });
        const { low, high } = meanOverSeeds(values);
        if (low <= 0 && 0 <= high) covered++;
      }
      // Four standard errors of the trials below 95 %.
      expect(covered / trials).toBeGreaterThan(0.95 - 4 * Math.sqrt((0.95 * 0.05) / trials));
    },
  );

  test('seeds of different numbers of prompts are averaged as they are', () => {
    const found = meanOverSeeds([
      [1, 0],
      [1, 1, 1, 0],
    ]);
    expect(found.value).toBe(0.625);
    // √((s²/2 + s²/4) / 2²) with s² = ½ and ¼, and what is there at least.
    expect(found.promptError).toBeCloseTo(Math.sqrt((0.25 + 0.0625) / 4 + 1 / 24), 12);
  });

  test.each(clusterFixture.cases)(
    'has statsmodels’ error where prompts come in clusters, case %#',
    ({ values, clusters, mean, standardError }) => {
      const found = meanOverSeeds([values], { range: 0, clusters });
      expect(found.value).toBeCloseTo(mean, 12);
      expect(found.promptError).toBeCloseTo(standardError, 12);
    },
  );

  test('a cluster with much of all prompts leaves few degrees of freedom', () => {
    const values = [Array.from({ length: 60 }, (_, index) => index % 3)];
    const effective = (clusters: readonly number[]) => meanOverSeeds(values, { clusters }).prompts;
    expect(effective(values[0]!.map((_, index) => index))).toBeCloseTo(60, 12);
    expect(effective(values[0]!.map((_, index) => index % 12))).toBeCloseTo(12, 12);
    // 1 + 30/31·(30² + 30)²/(30⁴ + 30)
    expect(effective(values[0]!.map((_, index) => (index < 30 ? 0 : index)))).toBeCloseTo(2.0333, 3);
  });

  test('a prompt asked several times is one', () => {
    const once = [
      [1, 0, 0.5, 1, 0],
      [0, 0, 1, 1, 0],
      [1, 0, 1, 0.5, 0],
    ];
    const often = once.map((row) => row.flatMap((value) => [value, value, value]));
    const clusters = Array.from({ length: 15 }, (_, index) => Math.floor(index / 3));
    const { perSeed, ...expected } = meanOverSeeds(once, { range: 2 });
    const { perSeed: _, ...found } = meanOverSeeds(often, { range: 2, clusters });
    for (const [key, value] of Object.entries(expected)) {
      const own = found[key as keyof typeof found];
      if (typeof value === 'number') expect(own).toBeCloseTo(value, 12);
      else expect(own).toBe(value);
    }
  });

  test('with clusters it covers the truth about as often as it says, without them too seldom', () => {
    const normal = normals(78);
    const trials = 600;
    // Thirty families of one prompt, and ten of seven, each won and lost together.
    const clusters = Array.from({ length: 100 }, (_, index) => (index < 40 ? index : index % 10));
    const covered = { with: 0, without: 0 };
    for (let trial = 0; trial < trials; trial++) {
      const ofFamily = Array.from({ length: 40 }, () => 0.5 * normal());
      const common = clusters.map((cluster) => ofFamily[cluster]! + 0.1 * normal());
      const values = Array.from({ length: 3 }, () => common.map((prompt) => prompt + 0.2 * normal()));
      for (const [key, given] of [['with', clusters] as const, ['without', undefined] as const]) {
        const { low, high } = meanOverSeeds(values, { clusters: given, range: 0 });
        if (low <= 0 && 0 <= high) covered[key]++;
      }
    }
    expect(covered.with / trials).toBeGreaterThan(0.95 - 4 * Math.sqrt((0.95 * 0.05) / trials));
    expect(covered.without / trials).toBeLessThan(0.85);
  });

  test('refuses clusters of fewer prompts', () => {
    expect(() => meanOverSeeds([[1, 0, 1]], { clusters: [0, 1] })).toThrow(/each of the 3 prompts, got 2/);
  });

  test('a handful of equal outcomes proves little, hundreds prove much', () => {
    const equal = (prompts: number) => [1, 2, 3].map(() => Array.from({ length: prompts }, () => 0));
    expect(meanOverSeeds(equal(4), { range: 2 }).high).toBeGreaterThan(0.5);
    expect(meanOverSeeds(equal(400), { range: 2 }).high).toBeLessThan(0.01);
    const few = bootstrapOverSeeds(
      equal(4).map((values) => ({ prompts: 4, statistics: () => [values[0] ?? 0] })),
      { ranges: [2] },
    );
    expect(few[0]?.high).toBeGreaterThan(0.5);
  });

  test('refuses a seed without prompts', () => {
    expect(() => meanOverSeeds([[1], []])).toThrow(/at least one prompt in every seed/);
    expect(() => meanOverSeeds([])).toThrow(/at least one prompt in every seed/);
  });
});

describe('bootstrapOverSeeds', () => {
  const seed = (values: readonly number[]) => ({
    prompts: values.length,
    statistics: (sample: Uint32Array) => [
      sample.reduce((sum, index) => sum + (values[index] ?? Number.NaN), 0) / sample.length,
    ],
  });

  test('of means it agrees with the closed form, prompts shared or not', () => {
    const normal = normals(5);
    const values = [90, 90, 90].map((count) => Array.from({ length: count }, () => normal()));
    for (const seeds of [values, [values[0]!, values[1]!.slice(0, 70)]]) {
      const closed = meanOverSeeds(seeds);
      const [found] = bootstrapOverSeeds(seeds.map(seed), { resamples: 4000 });
      expect(found?.value).toBeCloseTo(closed.value, 12);
      expect(found!.promptError / closed.promptError).toBeCloseTo(1, 1);
    }
  });

  test('draws whole clusters', () => {
    const normal = normals(6);
    const ofCluster = Array.from({ length: 40 }, () => normal());
    const clusters = Array.from({ length: 120 }, (_, index) => index % 40);
    const values = [1, 2].map(() => clusters.map((cluster) => ofCluster[cluster]! + 0.1 * normal()));
    const closed = meanOverSeeds(values, { clusters, range: 0 });
    const [found] = bootstrapOverSeeds(
      values.map((row) => ({ ...seed(row), clusters })),
      { resamples: 4000 },
    );
    expect(found!.promptError / closed.promptError).toBeCloseTo(1, 1);
    expect(found?.prompts).toBe(40);
  });

  test('repeats itself for a seed', () => {
    const run = (random: number) =>
      bootstrapOverSeeds([seed([1, 0, 1, 1, 0])], { seed: random, resamples: 100 });
    expect(run(3)).toEqual(run(3));
    expect(run(3)).not.toEqual(run(4));
  });

  test.each([
    ['no seed', [], {}, 'invalid-lengths'],
    ['few resamples', [seed([1, 0])], { resamples: 10 }, 'invalid-option'],
    ['different statistics', [seed([1]), { prompts: 1, statistics: () => [1, 2] }], {}, 'invalid-lengths'],
  ])('refuses %s', (_, seeds, options, code) => {
    expect(() => bootstrapOverSeeds(seeds, options)).toThrow(
      expect.objectContaining({ name: 'GoldEvalError', code }),
    );
  });
});
