import { describe, expect, test } from 'vitest';
import fixture from '../../fixtures/seeds.json' with { type: 'json' };
import { studentQuantile } from './student-quantile.js';

describe('studentQuantile', () => {
  test('equals SciPy, for few and many, whole and broken degrees of freedom', () => {
    for (const { confidence, degreesOfFreedom, t } of fixture.student) {
      expect(studentQuantile(confidence, degreesOfFreedom) / t).toBeCloseTo(1, 8);
    }
  });

  test('goes over into the normal quantile without a step', () => {
    expect(studentQuantile(0.95, 1e7) / studentQuantile(0.95, 1.01e7)).toBeCloseTo(1, 6);
  });

  test.each([
    [1, 5],
    [0.95, 0.5],
    [0.95, Number.NaN],
  ])('refuses the confidence %s with %s degrees of freedom', (confidence, freedom) => {
    expect(() => studentQuantile(confidence, freedom)).toThrow(
      expect.objectContaining({ name: 'GoldEvalError', code: 'invalid-option' }),
    );
  });
});
