import { expect, it } from 'vitest';
import { batchOrder } from './batch-order.js';

const plan = { batchSize: 4, stepsPerEpoch: 3, iterations: 1 };

it('goes through all examples once per epoch, each epoch in its own order', () => {
  const batchOf = batchOrder(10, plan, 1);
  const epoch = (number: number): number[] => [0, 1, 2].flatMap((step) => [...batchOf(3 * number + step)]);
  for (const number of [0, 1]) {
    expect([...epoch(number)].sort((a, b) => a - b)).toEqual([...Array(10).keys()]);
  }
  expect(epoch(0)).not.toEqual(epoch(1));
  expect([0, 1, 2].map((step) => batchOf(step).length)).toEqual([4, 4, 2]);
});

it('depends on the step and the seed alone, in whatever order it is asked', () => {
  const forward = batchOrder(10, plan, 1);
  const backward = batchOrder(10, plan, 1);
  const steps = [...Array(7).keys()];
  const seen = new Map([...steps].reverse().map((step) => [step, backward(step)]));
  for (const step of steps) expect(forward(step)).toEqual(seen.get(step));
  const other = batchOrder(10, plan, 2);
  expect(steps.map((step) => other(step))).not.toEqual(steps.map((step) => forward(step)));
});

it('gives each batch as often as there are updates on it', () => {
  const once = batchOrder(10, plan, 1);
  const twice = batchOrder(10, { batchSize: 4, stepsPerEpoch: 6, iterations: 2 }, 1);
  for (let step = 0; step < 12; step += 1) expect(twice(step)).toEqual(once(Math.floor(step / 2)));
});
