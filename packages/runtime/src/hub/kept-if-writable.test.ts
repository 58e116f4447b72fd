import { expect, it } from 'vitest';
import { FileError } from '../errors.js';
import { keptIfWritable } from './kept-if-writable.js';

it('lets a cache that may only be read pass, and a full disk not', async () => {
  const refused = (code: 'disk-full' | 'not-writable') => Promise.reject(new FileError(code, 'a', 'a'));
  await keptIfWritable(refused('not-writable'));
  await expect(keptIfWritable(refused('disk-full'))).rejects.toMatchObject({ code: 'disk-full' });
});
