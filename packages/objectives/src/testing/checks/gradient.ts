import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { hold, trials } from '../hold.js';
import {
  countOf,
  disposeBatch,
  lossGradient,
  mapNumbers,
  outcomeOf,
  type Rows,
  toBatch,
  trainedFields,
} from '../rows.js';
import { requireClose, requireThat, type Subject, shown } from '../subject.js';

// A power of 2, so that x ± h is exact in float32 for the multiples of 1/64 that batches are drawn from.
const STEP = 2 ** -5;
const TOLERANCE = 1e-3;
const FLOAT32_EPSILON = 2 ** -23;

/**
 * The analytic gradient is the central finite difference, with stopped parts held as the surrogate holds them, whose value at the batch
 * itself is the loss.
 *
 * Fourth-order differences of each row's loss at one coordinate per run. Points within two steps of a kink
 * (where differences at two step sizes disagree, or the slope jumps) are passed over and others drawn instead.
 */
export async function gradient<O, B>(subject: Subject<O, B>): Promise<void> {
  const { factory, surrogate, parameters } = subject;
  const probes = fc.record({
    trial: trials(subject),
    field: fc.constantFrom(...trainedFields(subject.description)),
    place: fc.nat({ max: 63 }),
    coefficients: fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 4, maxLength: 4 }),
  });
  const flat = probes.map(({ trial, ...rest }) => ({ ...trial, ...rest }));
  await hold(flat, parameters, async ({ options, rows, field, place, coefficients }) => {
    const count = countOf(rows);
    const row = place % count;
    const cotangent = coefficients.slice(0, count).map((c, index) => (index === row && c === 0 ? 1 : c));
    const objective = factory(options);
    const cell = [(await lossGradient(objective, rows, cotangent))[field]?.[row] ?? 0].flat();
    const token = place % cell.length;
    const analytic = cell[token] ?? 0;

    const at = toBatch(rows);
    const losses = surrogate?.(options, at) ?? ((batch: B) => objective.evaluate(batch).losses);
    if (surrogate) {
      // Without its losses a surrogate proves nothing: its finite differences may be those of another formula.
      const given = await lossesOf(losses, at);
      const wanted = (await outcomeOf(objective, rows)).losses;
      requireClose('at the batch itself, the loss that surrogate gives', given, wanted, TOLERANCE);
    }
    const shifted = (by: number): Promise<number[]> =>
      evaluateShifted(losses, rows, { field, row, token }, by * STEP);
    const [back2, back1, backHalf, here, half, ahead1, ahead2] = await Promise.all(
      [-2, -1, -0.5, 0, 0.5, 1, 2].map(shifted),
    );
    disposeBatch(at);

    let numeric = 0;
    let numericHalf = 0;
    let bend = 0;
    let bendHalf = 0;
    let allowance = 1e-6;
    for (const [index, weight] of cotangent.entries()) {
      const value = (list: readonly number[] | undefined): number => list?.[index] as number;
      const wide = value(ahead2) - value(back2);
      const narrow = value(ahead1) - value(back1);
      const narrowest = value(half) - value(backHalf);
      numeric += weight * ((8 * narrow - wide) / (12 * STEP));
      numericHalf += weight * ((8 * narrowest - narrow) / (6 * STEP));
      const middle = 2 * value(here);
      bend += (weight * (value(ahead1) + value(back1) - middle)) / STEP;
      bendHalf += (weight * (value(half) + value(backHalf) - middle)) / (STEP / 2);
      const moved = index === row || wide !== 0 || narrow !== 0;
      if (moved) allowance += (Math.abs(weight * value(ahead1)) * FLOAT32_EPSILON * 16) / STEP;
    }
    const tolerance = TOLERANCE * Math.max(Math.abs(analytic), Math.abs(numeric)) + allowance;
    // Where the function is smooth, a change of slope over half the distance is half as large.
    const kinked = Math.abs(bendHalf) > 0.75 * Math.abs(bend) + tolerance;
    fc.pre(!kinked && Math.abs(numeric - numericHalf) <= tolerance);
    requireThat(
      Math.abs(analytic - numeric) <= tolerance,
      () =>
        `the gradient of ${field} is ${shown(analytic)} in row ${row}, but finite differences give ${shown(numeric)}; ` +
        'if part of the loss is held constant on purpose, declare it with the option surrogate',
    );
  });
}

async function evaluateShifted<B>(
  losses: (batch: B) => Tensor1D,
  rows: Rows<B>,
  { field, row, token }: { readonly field: string; readonly row: number; readonly token: number },
  by: number,
): Promise<number[]> {
  const batch = toBatch(
    mapNumbers(rows, (value, name, index, place) =>
      name === field && index === row && place === token ? value + by : value,
    ),
  );
  const values = await lossesOf(losses, batch);
  disposeBatch(batch);
  return values;
}

async function lossesOf<B>(losses: (batch: B) => Tensor1D, batch: B): Promise<number[]> {
  const result = losses(batch);
  const values = [...(await result.data())];
  result.dispose();
  return values;
}
