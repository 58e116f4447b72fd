import { mkdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { scratchFolder } from '../test/scratch-folder.js';
import { nextFreeFolder } from './next-free-folder.js';

const scratch = scratchFolder();

test('the first number that is free, whatever other folders are there', () => {
  expect(nextFreeFolder(scratch('runs'), 'sft')).toBe(scratch('runs', 'sft-1'));
  for (const name of ['sft-1', 'sft-2', 'sft-4', 'reward-3'])
    mkdirSync(scratch('runs', name), { recursive: true });
  expect(nextFreeFolder(scratch('runs'), 'sft')).toBe(scratch('runs', 'sft-3'));
});
