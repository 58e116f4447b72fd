import * as tf from '@tensorflow/tfjs-core';
import { afterEach, expect, it, vi } from 'vitest';
import { exactKl, type LogitRows } from './exact-kl.js';
import { requireBackend } from './require-backend.js';

afterEach(() => void vi.restoreAllMocks());

it('is content with a back end', () => {
  expect(() => requireBackend('exactKl')).not.toThrow();
});

it('exactKl says how to register one where there is none', () => {
  const rows: LogitRows = { shape: [1, 2], slice: () => tf.tensor2d([[0, 0]]) };
  vi.spyOn(tf.engine(), 'backendNames').mockReturnValue([]);
  expect(() => exactKl(rows, rows)).toThrow(
    /^@ais\/kl: exactKl: no back end is registered.*import '@tensorflow\/tfjs-backend-cpu'/,
  );
});
