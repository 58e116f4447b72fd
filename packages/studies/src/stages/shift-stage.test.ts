import { expect, it } from 'vitest';
import { bestCheckpoints } from './shift-stage.js';

it('keeps the checkpoint with the highest win rate, and the one half-way there', () => {
  const rates = [0.9, 0.3, 0.5, 0.6, 0.7, 0.7, 0.2];
  const evaluations = rates.map((rate, index) => ({ step: 10 * index, rate }));
  // The start, however good, is none, and of equals the first is kept.
  expect(bestCheckpoints(evaluations)).toEqual({ early: 20, late: 40 });
  // Also where the first evaluation is the best: D2 is other than D3.
  expect(bestCheckpoints(evaluations.slice(0, 2))).toEqual({ early: 5, late: 10 });
  expect(bestCheckpoints([{ step: 3, rate: 0.6 }])).toEqual({ early: 2, late: 3 });
});
