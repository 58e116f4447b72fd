import { expect, test } from 'vitest';
import { atMost } from './at-most.js';

test('work that never ends holds up only its own place', async () => {
  const lookUp = atMost(2);
  void lookUp(() => new Promise(() => {}));
  const others = Array.from({ length: 5 }, (_, index) => lookUp(async () => index));
  expect(await Promise.all(others)).toEqual([0, 1, 2, 3, 4]);
});

test('no more than the limit runs at once, and a failure does not hold up the rest', async () => {
  const lookUp = atMost(3);
  let atWork = 0;
  let most = 0;
  const outcomes = await Promise.allSettled(
    Array.from({ length: 10 }, (_, index) =>
      lookUp(async () => {
        atWork += 1;
        most = Math.max(most, atWork);
        await new Promise(setImmediate);
        atWork -= 1;
        if (index === 0) throw new Error('not there');
        return index;
      }),
    ),
  );
  expect(most).toBe(3);
  expect(outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : 'failed'))).toEqual([
    'failed',
    ...[1, 2, 3, 4, 5, 6, 7, 8, 9],
  ]);
});
