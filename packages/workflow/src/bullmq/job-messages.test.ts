import { expect, test } from 'vitest';
import { queuePriority } from './job-messages.js';

test('larger priorities become smaller ones of BullMQ, within its bounds', () => {
  const given = [1e12, 5, 1, 0, undefined, -1, -1e12];
  const found = given.map(queuePriority);
  expect(found).toEqual([1, 2 ** 20 - 5, 2 ** 20 - 1, 2 ** 20, 2 ** 20, 2 ** 20 + 1, 2 ** 21 - 1]);
});
