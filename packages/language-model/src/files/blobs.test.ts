import { expect, it } from 'vitest';
import { contentFile } from './blobs.js';

it.each([
  ['an array buffer', (bytes: Uint8Array<ArrayBuffer>) => bytes.buffer],
  ['an array', (bytes: Uint8Array<ArrayBuffer>) => bytes],
])('reads %s where it lies, without a copy', async (_, given) => {
  const bytes = new Uint8Array(64);
  const file = contentFile(given(bytes), 'the bytes');
  bytes[5] = 7;
  const read = new Uint8Array(1);
  await file.fill(5, read);
  expect(read).toEqual(Uint8Array.of(7));
});

it('reads the part of a buffer that an array is', async () => {
  const file = contentFile(Uint8Array.of(1, 2, 3, 4).subarray(1, 3), 'the bytes');
  const read = new Uint8Array(2);
  await file.fill(0, read);
  expect([file.size, ...read]).toEqual([2, 2, 3]);
});
