import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSafetensors, writeSafetensors } from './safetensors.js';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'safetensors-'));
});
afterAll(() => rm(directory, { recursive: true }));

const file = (header: string | object, data: Uint8Array = new Uint8Array()): Uint8Array => {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
};
const entry = (dtype: string, shape: number[], begin: number, end: number): object => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

// What a careless reader overflows its stack on.
const long = 'a'.repeat(2 ** 22);
const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;

async function readAll(bytes: Uint8Array): Promise<Map<string, Float32Array>> {
  const path = join(directory, 'any.safetensors');
  await writeFile(path, bytes);
  const opened = await openSafetensors(path);
  try {
    const result = new Map<string, Float32Array>();
    for (const name of opened.entries.keys()) result.set(name, await opened.read(name));
    return result;
  } finally {
    await opened.close();
  }
}

describe('safetensors', () => {
  it('reads what it wrote', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(
          fc.string({ minLength: 1 }).filter((name) => name !== '__metadata__' && name !== '__proto__'),
          fc.float32Array({ maxLength: 20 }),
          { maxKeys: 5 },
        ),
        async (tensors) => {
          const path = join(directory, 'round.safetensors');
          await writeSafetensors(
            path,
            Object.entries(tensors).map(([name, values]) => ({
              name,
              shape: [values.length],
              values: async () => values,
            })),
          );
          const content = await readFile(path);
          expect((8 + Number(content.readBigUInt64LE(0))) % 8).toBe(0);
          const read = await readAll(content);
          expect([...read.keys()].sort()).toEqual(Object.keys(tensors).sort());
          for (const [name, values] of Object.entries(tensors)) expect(read.get(name)).toEqual(values);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('knows every type of the reference, and refuses as weights those that are none', async () => {
    const types = 'F64 I64 U64 C64 I32 U32 I16 U16 I8 U8 BOOL F8_E4M3 F8_E5M2 F8_E8M0 F8_E4M3FNUZ F8_E5M2FNUZ'
      .split(' ')
      .map(
        (type) =>
          [type, type.includes('64') ? 8 : type.includes('32') ? 4 : type.includes('16') ? 2 : 1] as const,
      );
    for (const [type, bytes] of [...types, ['F4', 0.5], ['F6_E2M3', 0.75], ['F6_E3M2', 0.75]] as const) {
      const all = file({ a: entry(type, [4], 0, 4 * bytes) }, new Uint8Array(4 * bytes));
      await expect(readAll(all)).rejects.toMatchObject({
        code: 'unsupported-type',
        tensor: 'a',
        found: type,
      });
    }
  });

  it.each<[string, Uint8Array, string, object?]>([
    ['empty', new Uint8Array(), 'truncated'],
    ['header longer than the file', new Uint8Array([9, 0, 0, 0, 0, 0, 0, 0, 123]), 'truncated'],
    ['header over 100 MB', new Uint8Array([1, 225, 245, 5, 0, 0, 0, 0]), 'too long', { found: '100000001' }],
    ['header near 2⁶⁴', new Uint8Array(8).fill(255), 'too long'],
    ['not JSON', file('{"a":'), 'not JSON'],
    ['not UTF-8', new Uint8Array([2, 0, 0, 0, 0, 0, 0, 0, 0xc3, 0x28]), 'UTF-8'],
    ['an array', file('[]'), 'not a JSON object'],
    ['spaces first', file(' {}'), 'not a JSON object', { expected: '{ first', found: '" "' }],
    [
      'a key twice',
      file('{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"a" : {}}'),
      'same key twice',
      { found: '"a"' },
    ],
    [
      'an inner key twice',
      file('{"a":{"dtype":"F32","dtype":"F16","shape":[0],"data_offsets":[0,0]}}'),
      'same key twice',
    ],
    ['unknown type', file({ a: entry('F12', [0], 0, 0) }), 'type', { tensor: 'a', found: '"F12"' }],
    ['a type that is a property', file({ a: entry('constructor', [0], 0, 0) }), 'type'],
    ['a name of megabytes, twice', file(`{"${long}":{},"${long}":{}}`), 'same key twice'],
    ['a shape without end', file(`{"a":{"dtype":"F32","shape":${deep},"data_offsets":[0,0]}}`), 'shape'],
    ['a part of a byte', file({ a: entry('F4', [3], 0, 1) }, new Uint8Array(1)), 'whole bytes'],
    ['negative size', file({ a: entry('F32', [-1], 0, 4) }, new Uint8Array(4)), 'shape'],
    [
      'sizes that overflow',
      file({ a: entry('F32', [2 ** 40, 2 ** 40], 0, 4) }, new Uint8Array(4)),
      'overflow',
    ],
    ['an overflow before a 0', file({ a: entry('F32', [2 ** 40, 2 ** 40, 0], 0, 0) }), 'overflow'],
    [
      'place too small',
      file({ a: entry('F32', [2], 0, 4) }, new Uint8Array(4)),
      'place',
      { expected: '8 bytes for F32 [2]', found: '4' },
    ],
    ['a gap', file({ a: entry('F32', [1], 4, 8) }, new Uint8Array(8)), 'gap'],
    [
      'an overlap',
      file({ a: entry('F32', [1], 0, 4), b: entry('F32', [1], 0, 4) }, new Uint8Array(4)),
      'overlap',
      { tensor: 'b' },
    ],
    [
      'missing data',
      file({ a: entry('F32', [2], 0, 8) }, new Uint8Array(7)),
      'truncated',
      { expected: '8 bytes of data', found: '7' },
    ],
    ['more data', file({ a: entry('F32', [1], 0, 4) }, new Uint8Array(5)), 'continues'],
    ['metadata that is no text', file({ __metadata__: { a: 1 } }), '__metadata__'],
  ])('refuses a file with %s', async (_, bytes, message, fault = {}) => {
    await expect(readAll(bytes)).rejects.toMatchObject({
      name: 'CheckpointError',
      code: 'checkpoint-corrupt',
      file: join(directory, 'any.safetensors'),
      message: expect.stringContaining(message),
      ...fault,
    });
  });

  it('refuses what is no file', async () => {
    await expect(openSafetensors(join(directory, 'none'))).rejects.toMatchObject({
      code: 'checkpoint-not-found',
    });
    await expect(openSafetensors(directory)).rejects.toMatchObject({ code: 'checkpoint-unreadable' });
  });
});
