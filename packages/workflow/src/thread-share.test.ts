import { expect, test } from 'vitest';
import { threadShare } from './thread-share.js';

test('processes share the cores evenly, each with one at least', () => {
  const all = (threads: string): NodeJS.ProcessEnv => ({
    TF_NUM_INTRAOP_THREADS: threads,
    TF_NUM_INTEROP_THREADS: threads,
    AIS_THREADS: threads,
  });
  expect(threadShare(2, {}, 8)).toEqual(all('4'));
  expect(threadShare(3, {}, 2)).toEqual(all('1'));
});

test('what the user has set stays', () => {
  const set = { TF_NUM_INTRAOP_THREADS: '3', AIS_THREADS: '2' };
  expect(threadShare(2, set, 8)).toMatchObject(set);
});
