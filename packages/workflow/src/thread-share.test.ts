import { expect, test } from 'vitest';
import { threadShare } from './thread-share.js';

test('processes share the cores evenly, each with one at least', () => {
  expect(threadShare(2, {}, 8)).toEqual({ TF_NUM_INTRAOP_THREADS: '4', TF_NUM_INTEROP_THREADS: '4' });
  expect(threadShare(3, {}, 2)).toEqual({ TF_NUM_INTRAOP_THREADS: '1', TF_NUM_INTEROP_THREADS: '1' });
});

test('what the user has set stays', () => {
  expect(threadShare(2, { TF_NUM_INTRAOP_THREADS: '3' }, 8)).toMatchObject({ TF_NUM_INTRAOP_THREADS: '3' });
});
