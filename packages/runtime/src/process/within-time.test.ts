import { expect, it } from 'vitest';
import { TimeLimitReached, withinTime } from './within-time.js';

it('gives what the work gives, and throws what it throws', () => {
  expect(withinTime(1000, () => [...'a1b2'.matchAll(/\d/g)].map(({ index }) => index))).toEqual([1, 3]);
  expect(() => withinTime(1000, () => expect.fail('no'))).toThrow('no');
});

it('ends a regular expression that would go on for years, and can be called again', () => {
  const endless = (): boolean => /(a+)+$/.test(`${'a'.repeat(60)}!`);
  expect(() => withinTime(20, endless)).toThrow(TimeLimitReached);
  expect(withinTime(1000, () => 'again')).toBe('again');
});

it('does not count the time in which other processes had the processor', () => {
  let attempts = 0;
  const waiting = (): string => {
    attempts += 1;
    return Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 150);
  };
  expect(withinTime(20, waiting)).toBe('timed-out');
  expect(attempts).toBeGreaterThan(1);
});
