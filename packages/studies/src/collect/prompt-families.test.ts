import { expect, test } from 'vitest';
import { numbered } from './prompt-families.js';

test('prompts of one family have one number, wherever they are, and those of none their own', () => {
  expect(numbered(['aodh', 'chromium', 'aodh', undefined, undefined, 'chromium'])).toEqual([
    0, 1, 0, 3, 4, 1,
  ]);
});
