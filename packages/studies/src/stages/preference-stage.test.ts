import { expect, test } from 'vitest';
import { choosePairMethod } from './preference-stage.js';

test('a method over pairs is chosen, and what it reads is said of any other', async () => {
  const method = (objective: string) => ({ objective, importance: 'none' }) as const;
  expect((await choosePairMethod(method('dpo'), 0.1)).feedback).toBe('pairs');
  await expect(choosePairMethod(method('kto'), 0.1)).rejects.toMatchObject({
    code: 'invalid-settings',
    message: expect.stringContaining('kto learns from labeled responses one by one'),
  });
  await expect(choosePairMethod(method('rloo'), 0.1)).rejects.toThrow('rloo learns from its own samples');
});
