import { expect, test } from 'vitest';
import { queuePriority, secondsAtWork } from './job-messages.js';

test('larger priorities become smaller ones of BullMQ, within its bounds', () => {
  const given = [1e12, 5, 1, 0, undefined, -1, -1e12];
  const found = given.map(queuePriority);
  expect(found).toEqual([1, 2 ** 20 - 5, 2 ** 20 - 1, 2 ** 20, 2 ** 20, 2 ** 20 + 1, 2 ** 21 - 1]);
});

test('how long a job has been at work is what its worker said, and never less than nothing', () => {
  const now = 1_700_000_000_000;
  expect(secondsAtWork({ seconds: 12 }, now + 5_000_000, now)).toBe(12);
  expect(secondsAtWork({}, now - 3_000, now)).toBe(3);
  expect(secondsAtWork({}, now + 5_294_000, now)).toBe(0);
  expect(secondsAtWork({}, undefined, now)).toBe(0);
});
