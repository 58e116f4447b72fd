import { expect, test } from 'vitest';
import { logWeight } from './pair-weights.js';

test('log-weights follow their smoothing and their bound', () => {
  const responses = [
    { ratio: 2, length: 4 },
    { ratio: -1, length: 1 },
  ];
  expect(logWeight('inverse-length', responses)).toBe(2 / 4 - 1);
  expect(logWeight('inverse-sqrt-length', responses)).toBe(2 / 2 - 1);
  expect(logWeight(0.1, responses)).toBeCloseTo(0.1);
  expect(logWeight({ smoothing: 1, clip: { upper: 0.5 } }, responses)).toBe(0.5);
});
