import { expect, it } from 'vitest';
import { bestCheckpoints } from './shift-stage.js';

it('keeps the checkpoint with the highest win rate, and the one nearest to half-way there', () => {
  const rates = [0.9, 0.3, 0.5, 0.6, 0.7, 0.7, 0.2];
  const evaluations = rates.map((rate, index) => ({ step: 10 * index, rate }));
  // The start, however good, is none, and of equals the first is kept.
  expect(bestCheckpoints(evaluations)).toEqual({ early: 20, late: 40 });
  expect(bestCheckpoints(evaluations.slice(0, 2))).toEqual({ early: 10, late: 10 });
});
