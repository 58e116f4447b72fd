import { afterEach, expect, test, vi } from 'vitest';
import { contentHash } from './content-hash.js';

afterEach(() => vi.unstubAllGlobals());

test('hashes what a value says, whatever the order of its keys', async () => {
  const hash = await contentHash({ b: [1, { d: 2, c: 3 }], a: 'x' });
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
  expect(await contentHash({ a: 'x', b: [1, { c: 3, d: 2 }] })).toBe(hash);
  expect(await contentHash({ a: 'x', b: [{ c: 3, d: 2 }, 1] })).not.toBe(hash);
});

test('says what a page needs that came over plain http', async () => {
  vi.stubGlobal('crypto', {});
  await expect(contentHash(1)).rejects.toMatchObject({
    name: 'GoldEvalError',
    code: 'insecure-context',
    message: expect.stringMatching(/serve the page over https or from localhost\.$/),
  });
});
