import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CheckpointError } from './errors.js';
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

  it('widens F16 and BF16', async () => {
    // IEEE 754 binary16: 1, −2, the smallest subnormal, the largest number, ∞.
    const half = new Uint16Array([0x3c00, 0xc000, 0x0001, 0x7bff, 0x7c00]);
    const brain = new Uint16Array([0x3f80, 0xc000, 0x7f7f]);
    const data = new Uint8Array([...new Uint8Array(half.buffer), ...new Uint8Array(brain.buffer)]);
    const read = await readAll(
      file({ half: entry('F16', [5], 0, 10), brain: entry('BF16', [3], 10, 16) }, data),
    );
    expect([...read.get('half')!]).toEqual([1, -2, 2 ** -24, 65504, Number.POSITIVE_INFINITY]);
    expect([...read.get('brain')!]).toEqual([1, -2, 3.3895313892515355e38]);
  });

  it.each<[string, Uint8Array, string, object?]>([
    ['empty', new Uint8Array(), 'truncated'],
    ['header longer than the file', new Uint8Array([9, 0, 0, 0, 0, 0, 0, 0, 123]), 'truncated'],
    ['header over 100 MB', new Uint8Array([1, 225, 245, 5, 0, 0, 0, 0]), 'too long', { found: '100000001' }],
    ['header near 2⁶⁴', new Uint8Array(8).fill(255), 'too long'],
    ['not JSON', file('{"a":'), 'not JSON'],
    ['not UTF-8', new Uint8Array([2, 0, 0, 0, 0, 0, 0, 0, 0xc3, 0x28]), 'UTF-8'],
    ['an array', file('[]'), 'no JSON object'],
    [
      'a key twice',
      file('{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"a" : {}}'),
      'twice',
      { found: '"a"' },
    ],
    [
      'an inner key twice',
      file('{"a":{"dtype":"F32","dtype":"F16","shape":[0],"data_offsets":[0,0]}}'),
      'twice',
    ],
    ['unknown type', file({ a: entry('F12', [0], 0, 0) }), 'type', { tensor: 'a', found: '"F12"' }],
    ['a type that is a property', file({ a: entry('constructor', [0], 0, 0) }), 'type'],
    ['negative size', file({ a: entry('F32', [-1], 0, 4) }, new Uint8Array(4)), 'shape'],
    ['sizes that overflow', file({ a: entry('F32', [2 ** 40, 2 ** 40], 0, 4) }, new Uint8Array(4)), 'place'],
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
    ['more data', file({ a: entry('F32', [1], 0, 4) }, new Uint8Array(5)), 'goes on'],
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

  it('refuses whole numbers as weights, and files that are not there', async () => {
    await expect(readAll(file({ a: entry('I32', [1], 0, 4) }, new Uint8Array(4)))).rejects.toMatchObject({
      code: 'unsupported-type',
      tensor: 'a',
      found: 'I32',
    });
    await expect(openSafetensors(join(directory, 'none'))).rejects.toMatchObject({
      code: 'checkpoint-not-found',
    });
  });

  it('reads mutated files or refuses them by name, and nothing else', async () => {
    const whole = file(
      { __metadata__: { format: 'pt' }, a: entry('F32', [2, 1], 0, 8), b: entry('F16', [3], 8, 14) },
      new Uint8Array(14),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 })), { maxLength: 4 }),
        fc.nat({ max: whole.length }),
        async (changes, length) => {
          const bytes = whole.slice(0, length === 0 ? whole.length : length);
          for (const [at, value] of changes) bytes[at] = value;
          await readAll(bytes).catch((error: unknown) => expect(error).toBeInstanceOf(CheckpointError));
        },
      ),
      { numRuns: 500 },
    );
  });
});
