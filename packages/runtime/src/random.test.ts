import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RuntimeError } from './errors.js';
import { createRandom, type Random, restoreRandom } from './random.js';

const seeds = fc.maxSafeInteger();
const paths = fc.array(fc.oneof(fc.string(), fc.maxSafeInteger()), { maxLength: 3 });
const draw = (random: Random, count = 8): number[] => Array.from({ length: count }, () => random.uniform());

describe('createRandom', () => {
  it('gives the same values for one seed on every machine', () => {
    // Golden values of this implementation: a change of them breaks every stored run.
    const random = createRandom(17, 'shuffle', 3);
    expect([random.uniform(), random.integer(1000), random.normal(), random.normal()]).toMatchInlineSnapshot(`
      [
        0.5223635954183038,
        314,
        0.4216786892026859,
        1.3331869849870583,
      ]
    `);
    expect(random.permutation(6)).toMatchInlineSnapshot(`
      [
        2,
        5,
        3,
        1,
        0,
        4,
      ]
    `);
  });

  it('repeats itself for equal seeds and paths', () => {
    fc.assert(
      fc.property(seeds, paths, (seed, path) => {
        expect(draw(createRandom(seed, ...path))).toEqual(draw(createRandom(seed, ...path)));
      }),
    );
  });

  it('separates streams of different seeds, paths, and kinds of path', () => {
    const streams = [
      createRandom(1),
      createRandom(2),
      createRandom(-1),
      createRandom(1, 1),
      createRandom(1, '1'),
      createRandom(1, 'a', 'b'),
      createRandom(1, 'ab'),
      createRandom(1, 'b', 'a'),
      createRandom(2 ** 32 + 1),
    ];
    expect(new Set(streams.map((random) => random.uniform())).size).toBe(streams.length);
  });

  it('is uncorrelated between neighboring seeds', () => {
    const count = 4000;
    let sum = 0;
    for (let seed = 0; seed < count; seed++) {
      sum += (createRandom(seed).uniform() - 0.5) * (createRandom(seed + 1).uniform() - 0.5);
    }
    // Each product has variance (1/12)², so the correlation has standard error 1/√count.
    expect(Math.abs((12 * sum) / count)).toBeLessThan(4 / Math.sqrt(count));
  });

  it.each([0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('refuses the seed %s', (seed) => {
    expect(() => createRandom(seed)).toThrow(RuntimeError);
    expect(() => createRandom(1, seed)).toThrow(/A seed must be an integer/);
  });
});

describe('a seed', () => {
  it.each(['17', undefined, null, [17], true])('is a number, and not %j', (seed) => {
    expect(() => createRandom(seed as unknown as number)).toThrow(
      expect.objectContaining({ name: 'RuntimeError', code: 'invalid-seed' }),
    );
  });
});

describe('distributions', () => {
  it('draws normals with the moments of N(mean, standardDeviation²)', () => {
    const count = 40_000;
    const values = createRandom(5, 'moments').normals(count, { mean: 2, standardDeviation: 3 });
    const mean = values.reduce((sum, value) => sum + value, 0) / count;
    const central = (power: number): number =>
      values.reduce((sum, value) => sum + ((value - mean) / 3) ** power, 0) / count;
    // Standard errors: mean 3/√n, variance √(2/n), third moment √(15/n), fourth √(96/n); bounds are four of them.
    expect(Math.abs(mean - 2)).toBeLessThan((4 * 3) / Math.sqrt(count));
    expect(Math.abs(central(2) - 1)).toBeLessThan(4 * Math.sqrt(2 / count));
    expect(Math.abs(central(3))).toBeLessThan(4 * Math.sqrt(15 / count));
    expect(Math.abs(central(4) - 3)).toBeLessThan(4 * Math.sqrt(96 / count));
  });

  it('draws integers uniformly', () => {
    const random = createRandom(6);
    const counts = new Array<number>(10).fill(0);
    const draws = 20_000;
    for (let index = 0; index < draws; index++) {
      const value = random.integer(10);
      counts[value] = (counts[value] ?? 0) + 1;
    }
    const chiSquared = counts.reduce((sum, count) => sum + (count - draws / 10) ** 2 / (draws / 10), 0);
    expect(chiSquared).toBeLessThan(27.9); // 0.999 quantile of χ² with 9 degrees of freedom
  });

  it('keeps every value in range', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (seed, bound) => {
        const random = createRandom(seed);
        const value = random.integer(bound);
        expect(Number.isInteger(value) && value >= 0 && value < bound).toBe(true);
        const uniform = random.uniform();
        expect(uniform >= 0 && uniform < 1).toBe(true);
      }),
    );
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses integer(%s)', (bound) => {
    expect(() => createRandom(1).integer(bound)).toThrow(/must be an integer ≥ 1/);
  });

  it('chooses by one integer, so that a choice costs the stream as much as its index', () => {
    const values = ['a', 'b', 'c', 'd', 'e'] as const;
    const [random, other] = [createRandom(8), createRandom(8)];
    for (let draw = 0; draw < 50; draw++) expect(random.choice(values)).toBe(values[other.integer(5)]);
  });

  it('chooses null and undefined as well as other values', () => {
    const random = createRandom(8);
    const drawn = Array.from({ length: 50 }, () => random.choice(['a', null, undefined]));
    expect(new Set(drawn)).toEqual(new Set(['a', null, undefined]));
  });

  it('permutes: every value once, every order equally often', () => {
    fc.assert(
      fc.property(seeds, fc.nat({ max: 50 }), (seed, count) => {
        const permutation = createRandom(seed).permutation(count);
        expect([...permutation].sort((a, b) => a - b)).toEqual(
          Array.from({ length: count }, (_, index) => index),
        );
      }),
    );
    const random = createRandom(7);
    const counts = new Map<string, number>();
    for (let index = 0; index < 6000; index++) {
      const key = random.permutation(3).join('');
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    const chiSquared = [...counts.values()].reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    expect(counts.size).toBe(6);
    expect(chiSquared).toBeLessThan(20.5); // 0.999 quantile of χ² with 5 degrees of freedom
  });

  it('leaves a shuffled input as it was', () => {
    const values = Object.freeze(['a', 'b', 'c', 'd', 'e']);
    expect(createRandom(8).shuffle(values).sort()).toEqual(values);
  });
});

describe('fork and state', () => {
  it('forks by path, whatever was drawn before', () => {
    fc.assert(
      fc.property(seeds, paths, fc.nat({ max: 20 }), (seed, path, drawn) => {
        const parent = createRandom(seed);
        draw(parent, drawn);
        expect(draw(parent.fork(...path))).toEqual(draw(createRandom(seed, ...path)));
      }),
    );
  });

  it('continues after a round trip through JSON, in the middle of a pair of normals too', () => {
    fc.assert(
      fc.property(seeds, fc.nat({ max: 9 }), (seed, drawn) => {
        const random = createRandom(seed, 'resume');
        for (let index = 0; index < drawn; index++) random.normal();
        const restored = restoreRandom(JSON.parse(JSON.stringify(random.state())));
        expect([restored.normal(), ...draw(restored), restored.normal()]).toEqual([
          random.normal(),
          ...draw(random),
          random.normal(),
        ]);
        expect(draw(restored.fork('x'))).toEqual(draw(random.fork('x')));
      }),
    );
  });

  it('refuses a state that is not one', () => {
    const state = createRandom(1).state();
    for (const broken of [
      { ...state, words: [1, 2, 3] },
      { ...state, words: [1, 2, 3, 'x'] },
      { ...state, algorithm: 'mersenne' },
      { ...state, spareNormal: 'x' },
    ]) {
      expect(() => restoreRandom(broken as never)).toThrow(/not a random state/);
    }
  });
});

it.each([Number.NaN, 0.5, -1])('draws no %s values', (count) => {
  const random = createRandom(1);
  const refused = expect.objectContaining({
    code: 'invalid-option',
    message: expect.stringContaining(`must be an integer ≥ 0, got ${count}.`),
  });
  expect(() => random.normals(count)).toThrow(refused);
  expect(() => random.permutation(count)).toThrow(refused);
});
