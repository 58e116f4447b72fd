import { afterEach, expect, it, vi } from 'vitest';
import { nodeBuiltin, nodeBuiltinIfThere } from './node-builtins.js';

afterEach(() => vi.unstubAllGlobals());

it('gives a module of Node', () => {
  expect(nodeBuiltin('node:path', 'this test').basename('a/b')).toBe('b');
});

it('says in a browser what needs Node', () => {
  vi.stubGlobal('process', undefined);
  expect(nodeBuiltinIfThere('node:path')).toBeUndefined();
  expect(() => nodeBuiltin('node:path', 'Writing files')).toThrow(
    expect.objectContaining({
      code: 'needs-node',
      message: expect.stringContaining('Writing files needs Node'),
    }),
  );
});
