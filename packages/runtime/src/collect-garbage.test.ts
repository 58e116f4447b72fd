import { expect, it } from 'vitest';
import { collectGarbage } from './collect-garbage.js';

it('frees large arrays that nothing refers to', async () => {
  let array: Float32Array | undefined = new Float32Array(2 ** 25);
  const reference = new WeakRef(array);
  await collectGarbage();
  expect(reference.deref()?.length).toBe(array.length);
  array = undefined;
  // What was read from a reference lives to the end of the current job.
  await new Promise(setImmediate);
  await collectGarbage();
  expect(reference.deref()).toBeUndefined();
});
