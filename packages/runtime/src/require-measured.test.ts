import { expect, it } from 'vitest';
import { diagnose } from './diagnose.js';
import { measureBackend } from './measure-backend.js';

it.each([Number.NaN, 0.5, 0, -1])('times no products of %s rows', async (size) => {
  const refused = expect.objectContaining({
    code: 'invalid-option',
    message: expect.stringContaining(`size must be an integer ≥ 1, got ${size}.`),
  });
  await expect(measureBackend('none', { size })).rejects.toThrow(refused);
  await expect(diagnose({ size }, expect.fail)).rejects.toThrow(refused);
});

it('times nothing for less than no time', async () => {
  await expect(measureBackend('none', { budget: Number.NaN })).rejects.toMatchObject({
    code: 'invalid-option',
  });
});
