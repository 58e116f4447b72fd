import { expect, test } from 'vitest';
import { sampleMean } from './sample-mean.js';

test('means values as often as a resample has them', () => {
  expect(sampleMean([1, 0, 0.5], Uint32Array.of(0, 0, 2, 1))).toBe(0.625);
  expect(sampleMean([1], Uint32Array.of(0, 1))).toBeNaN();
});
