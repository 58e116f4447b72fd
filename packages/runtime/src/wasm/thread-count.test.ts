import { availableParallelism } from 'node:os';
import { afterEach, expect, it, vi } from 'vitest';
import { RuntimeError } from '../errors.js';
import { threadCount } from './thread-count.js';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
});

it('is what is asked for, then what the environment says, then the number of cores', () => {
  vi.stubEnv('AIS_THREADS', '3');
  expect(threadCount(2)).toBe(2);
  expect(threadCount()).toBe(3);
  vi.stubEnv('AIS_THREADS', '');
  expect(threadCount()).toBe(availableParallelism());
});

it('is one where memory cannot be shared', () => {
  vi.stubGlobal('SharedArrayBuffer', undefined);
  expect(threadCount(4)).toBe(1);
});

it.each(['0', '-1', '1.5', 'two'])('refuses AIS_THREADS=%s', (value) => {
  vi.stubEnv('AIS_THREADS', value);
  expect(() => threadCount()).toThrow(RuntimeError);
  expect(() => threadCount()).toThrow(`AIS_THREADS must be an integer ≥ 1, got ${value}.`);
  expect(() => threadCount(Number(value))).toThrow('threads must be an integer ≥ 1');
});
