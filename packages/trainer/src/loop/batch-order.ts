import { epochOrder } from '@ais/data';
import type { TrainingPlan } from './training-options.js';

/**
 * The batch of each step: a function of the step, the seed, and the plan alone, so nothing of it has to be stored.
 *
 * Each batch comes `iterations` times in a row. Each epoch has its own order, drawn from the seed and the epoch's number.
 *
 * @param exampleCount examples in all
 * @returns what gives the examples' indices of the step after this many updates
 */
export function batchOrder(
  exampleCount: number,
  { batchSize, stepsPerEpoch, iterations }: Pick<TrainingPlan, 'batchSize' | 'stepsPerEpoch' | 'iterations'>,
  seed: number,
): (step: number) => readonly number[] {
  let known: { readonly epoch: number; readonly order: readonly number[] } | undefined;
  return (step) => {
    const epoch = Math.floor(step / stepsPerEpoch);
    if (known?.epoch !== epoch) known = { epoch, order: epochOrder(exampleCount, { seed, epoch }) };
    const batch = Math.floor((step % stepsPerEpoch) / iterations);
    return known.order.slice(batch * batchSize, (batch + 1) * batchSize);
  };
}
