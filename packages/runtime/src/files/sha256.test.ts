import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { sha256, sha256OfFile, sha256OfFolder, sha256OfJson } from './sha256.js';

// FIPS 180-4's example.
const ABC = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ais-hash-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('sha256', () => {
  it('hashes text and bytes', () => {
    expect(sha256('abc')).toBe(ABC);
    expect(sha256(new TextEncoder().encode('abc'))).toBe(ABC);
  });

  it('gives the same in a browser', async () => {
    vi.resetModules();
    vi.stubGlobal('process', undefined);
    const inBrowser = await import('./sha256.js').finally(() => vi.unstubAllGlobals());
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.uint8Array(), (text, bytes) => {
        expect(inBrowser.sha256(text)).toBe(sha256(text));
        expect(inBrowser.sha256(bytes)).toBe(sha256(bytes));
      }),
    );
  });
});

it('hashes a file in pieces', async () => {
  const path = join(folder, 'large');
  await writeFile(path, 'abc'.repeat(1_000_000));
  expect(await sha256OfFile(path)).toBe(sha256('abc'.repeat(1_000_000)));
  await expect(sha256OfFile(path, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow();
});

it('hashes JSON whatever the order of its keys, at every depth', () => {
  const one = { a: 1, b: [{ c: 2, d: null }, 'x'] };
  const other = { b: [{ d: null, c: 2 }, 'x'], a: 1 };
  expect(sha256OfJson(one)).toBe(sha256OfJson(other));
  // Names stages in stores: a change of it makes every stored stage unknown.
  expect(sha256OfJson(one)).toBe(sha256('{"a":1,"b":[{"c":2,"d":null},"x"]}'));
  expect(sha256OfJson([1, 2])).not.toBe(sha256OfJson([2, 1]));
});

it('hashes the files of a folder that are wanted', async () => {
  const directory = await mkdtemp(join(folder, 'files-'));
  for (const [name, content] of Object.entries({ 'b.json': 'abc', 'a.json': '', 'c.txt': 'x' })) {
    await writeFile(join(directory, name), content);
  }
  const hash = await sha256OfFolder(directory, (name) => name.endsWith('.json'));
  expect(hash).toBe(sha256OfJson({ 'a.json': sha256(''), 'b.json': ABC }));
  expect(await sha256OfFolder(directory)).not.toBe(hash);
});

it('hashes the files of folders in a folder, by their paths', async () => {
  const directory = await mkdtemp(join(folder, 'nested-'));
  await mkdir(join(directory, 'b', 'c'), { recursive: true });
  await mkdir(join(directory, 'empty'));
  for (const name of ['a.json', 'b/a.json', 'b/c/d.txt']) await writeFile(join(directory, name), 'abc');
  const of = (...names: string[]): string =>
    sha256OfJson(Object.fromEntries(names.map((name) => [name, ABC])));
  expect(await sha256OfFolder(directory)).toBe(of('a.json', 'b/a.json', 'b/c/d.txt'));
  expect(await sha256OfFolder(directory, (name) => name.startsWith('b/'))).toBe(of('b/a.json', 'b/c/d.txt'));
});
