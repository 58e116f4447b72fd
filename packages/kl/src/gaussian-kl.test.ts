import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import fixture from '../fixtures/divergences.json' with { type: 'json' };
import { type Divergence, divergences } from './divergence.js';
import { type Gaussian, gaussianKl, integrate, logDensity, mixtureKl } from './gaussian-kl.js';

const gaussian = fc.record({
  mean: fc.double({ min: -3, max: 3, noNaN: true }),
  standardDeviation: fc.double({ min: 0.2, max: 3, noNaN: true }),
});
const mixture = fc.array(gaussian, { minLength: 1, maxLength: 3 }).chain((components) =>
  fc
    .array(fc.double({ min: 0.1, max: 1, noNaN: true }), {
      minLength: components.length,
      maxLength: components.length,
    })
    .map((weights) => {
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      return components.map((component, index) => ({ ...component, weight: weights[index]! / total }));
    }),
);
const alone = (component: Gaussian) => [{ ...component, weight: 1 }];

describe('gaussianKl', () => {
  test('known values', () => {
    const standard = { mean: 0, standardDeviation: 1 };
    expect(gaussianKl(standard, { mean: 1, standardDeviation: 1 })).toBe(0.5);
    expect(gaussianKl(standard, { mean: 0, standardDeviation: 2 })).toBeCloseTo(Math.log(2) - 3 / 8, 14);
    expect(gaussianKl(standard, standard)).toBe(0);
  });

  test.each(fixture.gaussians)('agrees with PyTorch: $kl', ({ p, q, kl }) => {
    expect(gaussianKl(p, q) / kl).toBeCloseTo(1, 9);
  });

  test.each([1e-1, 1e-5, 1e-7, 1e-9, 1e-160, 1e3])('a width of %d keeps its digits', (standardDeviation) => {
    const standard = { mean: 0, standardDeviation: 1 };
    const narrow = { mean: 2, standardDeviation };
    const exact = standardDeviation ** 2 / 2 + 2 - 1 / 2 - Math.log(standardDeviation);
    expect(gaussianKl(narrow, standard) / exact).toBeCloseTo(1, 14);
  });

  test('is the same on any scale', () => {
    const scaled = (scale: number) =>
      gaussianKl({ mean: 2 * scale, standardDeviation: scale / 2 }, { mean: 0, standardDeviation: scale });
    for (const scale of [1e-200, 1e200]) expect(scaled(scale)).toBeCloseTo(scaled(1), 12);
  });

  test('the two forms of its logarithm meet', () => {
    const standard = { mean: 0, standardDeviation: 1 };
    for (const excess of [-0.5, 0.5]) {
      const [below, above] = [excess - 1e-9, excess + 1e-9].map((one) =>
        gaussianKl({ mean: 0, standardDeviation: Math.sqrt(1 + one) }, standard),
      );
      expect(above! - below!).toBeCloseTo((1e-9 * excess) / (1 + excess), 15);
    }
  });

  test('is above zero wherever the Gaussians differ', () => {
    const apart = fc.double({ min: 1e-6, max: 3, noNaN: true });
    fc.assert(
      fc.property(gaussian, apart, ({ mean, standardDeviation }, by) => {
        const p = { mean, standardDeviation };
        expect(gaussianKl(p, p)).toBe(0);
        expect(gaussianKl(p, { mean: mean + by, standardDeviation })).toBeGreaterThan(0);
        expect(gaussianKl(p, { mean, standardDeviation: standardDeviation + by })).toBeGreaterThan(0);
      }),
    );
  });

  test('is the quadrature of the definition', () => {
    fc.assert(
      fc.property(gaussian, gaussian, (p, q) => {
        const exact = gaussianKl(p, q);
        expect(Math.abs(mixtureKl(alone(p), alone(q)) - exact)).toBeLessThan(1e-11 * (1 + exact));
        expect(Math.abs(mixtureKl(alone(q), alone(p), 'forward') - exact)).toBeLessThan(1e-11 * (1 + exact));
      }),
      { numRuns: 30 },
    );
  });
});

describe('mixtureKl', () => {
  test.each(fixture.mixtures.flatMap((pair) => divergences.map((divergence) => ({ ...pair, divergence }))))(
    'agrees with SciPy’s quadrature: $divergence',
    ({ p, q, divergence, ...expected }) => {
      expect(mixtureKl(p, q, divergence) / expected[divergence]).toBeCloseTo(1, 10);
    },
  );

  test('is above zero wherever the mixtures differ', () => {
    fc.assert(
      fc.property(mixture, fc.double({ min: 0.01, max: 3, noNaN: true }), (p, by) => {
        const shifted = p.map((component) => ({ ...component, mean: component.mean + by }));
        for (const divergence of divergences) expect(mixtureKl(p, shifted, divergence)).toBeGreaterThan(1e-8);
      }),
      { numRuns: 20 },
    );
  });

  test('is never negative, zero at equality, and at most the mean of its components (convexity)', () => {
    fc.assert(
      fc.property(mixture, mixture, (p, q) => {
        const value = mixtureKl(p, q);
        expect(value).toBeGreaterThanOrEqual(0);
        expect(mixtureKl(p, p)).toBeLessThan(1e-12);
        const bound = p.reduce(
          (sum, { weight, ...component }) => sum + weight * mixtureKl(alone(component), q),
          0,
        );
        expect(value).toBeLessThanOrEqual(bound + 1e-10);
        const shannon = mixtureKl(p, q, 'jensen-shannon');
        expect(shannon).toBeCloseTo(mixtureKl(q, p, 'jensen-shannon'), 11);
        expect(shannon).toBeLessThanOrEqual(Math.LN2 + 1e-12);
      }),
      { numRuns: 20 },
    );
  });

  test('densities integrate to 1', () => {
    fc.assert(
      fc.property(mixture, (p) => {
        expect(integrate(p, (x) => Math.exp(logDensity(p, x)))).toBeCloseTo(1, 12);
      }),
      { numRuns: 20 },
    );
  });

  test.each([
    ['no component', []],
    ['weights that do not sum to 1', [{ weight: 0.4, mean: 0, standardDeviation: 1 }]],
    ['a width of 0', [{ weight: 1, mean: 0, standardDeviation: 0 }]],
    ['a mean that is none', [{ weight: 1, mean: Number.NaN, standardDeviation: 1 }]],
  ])('refuses %s', (_, broken) => {
    const fine = alone({ mean: 0, standardDeviation: 1 });
    expect(() => mixtureKl(broken, fine)).toThrow(
      expect.objectContaining({ name: 'KlError', code: 'invalid-value' }),
    );
    expect(() => mixtureKl(fine, broken)).toThrow(
      expect.objectContaining({ name: 'KlError', code: 'invalid-value' }),
    );
  });

  test('refuses a divergence that it does not know, and widths that no grid holds', () => {
    const fine = alone({ mean: 0, standardDeviation: 1 });
    expect(() => mixtureKl(fine, fine, 'sideways' as Divergence)).toThrow(
      expect.objectContaining({ name: 'KlError', code: 'invalid-option' }),
    );
    for (const narrow of [1e-9, 1e-300]) {
      const run = () => mixtureKl(alone({ mean: 0, standardDeviation: narrow }), fine);
      expect(run).toThrow(/or use gaussianKl/);
      expect(run).toThrow(expect.objectContaining({ name: 'KlError', code: 'invalid-value' }));
    }
  });
});
