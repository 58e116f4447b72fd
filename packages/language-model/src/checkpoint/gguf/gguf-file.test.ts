import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CheckpointError } from '../../errors.js';
import { openSafetensors } from '../safetensors.js';
import { openGguf } from './gguf-file.js';

const FIXTURES = fileURLToPath(new URL('../../../fixtures/gguf/', import.meta.url));

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gguf-'));
});
afterAll(() => rm(directory, { recursive: true }));

const ascii = (text: string): number[] => [...new TextEncoder().encode(text)];
const u32 = (value: number): number[] => [...new Uint8Array(Uint32Array.of(value).buffer)];
const u64 = (value: bigint | number): number[] => [
  ...new Uint8Array(BigUint64Array.of(BigInt(value)).buffer),
];
const text = (value: string): number[] => [...u64(ascii(value).length), ...ascii(value)];
const start = (tensors: bigint | number, entries: bigint | number, version = 3): number[] => [
  ...ascii('GGUF'),
  ...u32(version),
  ...u64(tensors),
  ...u64(entries),
];
const tensor = (
  name: string,
  shape: (bigint | number)[],
  type = 0,
  offset: bigint | number = 0,
): number[] => [...text(name), ...u32(shape.length), ...shape.flatMap(u64), ...u32(type), ...u64(offset)];
/** A header, its padding, and this many bytes of data. */
const withData = (header: number[], bytes: number): number[] => [
  ...header,
  ...new Array(Math.ceil(header.length / 32) * 32 - header.length).fill(0),
  ...new Array(bytes).fill(0),
];

async function open(bytes: readonly number[]): Promise<Map<string, Float32Array>> {
  const path = join(directory, 'any.gguf');
  await writeFile(path, Uint8Array.from(bytes));
  const file = await openGguf(path);
  try {
    const result = new Map<string, Float32Array>();
    for (const name of file.entries.keys()) result.set(name, await file.read(name));
    return result;
  } finally {
    await file.close();
  }
}

describe('openGguf', () => {
  it('reads every type of number bit for bit as the PyPI package gguf does', async () => {
    const expected = await openSafetensors(join(FIXTURES, 'quantized.safetensors'));
    const file = await openGguf(join(FIXTURES, 'quantized.gguf'));
    try {
      expect([...file.entries.keys()].sort()).toEqual([...expected.entries.keys()].sort());
      for (const [name, { shape }] of expected.entries) {
        expect(file.entries.get(name)?.shape).toEqual(shape);
        const bits = new Uint32Array((await file.read(name)).buffer as ArrayBuffer);
        expect(bits, name).toEqual(new Uint32Array((await expected.read(name)).buffer as ArrayBuffer));
      }
      await expect(file.read('other')).rejects.toMatchObject({ code: 'missing-tensor', tensor: 'other' });
    } finally {
      await file.close();
      await expected.close();
    }
  });

  it('reads every type of metadata', async () => {
    const { metadata, close } = await openGguf(join(FIXTURES, 'quantized.gguf'));
    await close();
    const found = Object.fromEntries([...metadata].filter(([key]) => key.startsWith('test.')));
    expect(found).toEqual({
      'test.uint8': 200,
      'test.int8': -100,
      'test.uint16': 60_000,
      'test.int16': -30_000,
      'test.uint32': 4_000_000_000,
      'test.int32': -2_000_000_000,
      'test.float32': Math.fround(1e-5),
      'test.float64': 0.1,
      'test.uint64': 2n ** 64n - 1n,
      'test.int64': -(2 ** 40),
      'test.bool': true,
      'test.string': 'grüße 🙂',
      'test.strings': ['a', 'ä', ''],
      'test.integers': Int32Array.of(1, -2, 3),
      'test.floats': Float32Array.of(0.5, -1.5),
    });
  });

  it('refuses every part of a file', async () => {
    const whole = [...(await readFile(join(FIXTURES, 'quantized.gguf')))];
    for (let length = 0; length < whole.length; length = Math.floor(length * 1.07) + 1) {
      await expect(open(whole.slice(0, length)), `${length} bytes`).rejects.toMatchObject({
        code: 'checkpoint-corrupt',
        message: expect.stringMatching(/truncated|not a GGUF file/),
      });
    }
  });

  it('reads tensors without axes or numbers, and bytes after the last', async () => {
    const header = [...start(2, 0), ...tensor('scalar', []), ...tensor('none', [4, 0], 0, 32)];
    const numbers = await open(withData(header, 40));
    expect(numbers).toEqual(
      new Map([
        ['scalar', Float32Array.of(0)],
        ['none', new Float32Array()],
      ]),
    );
  });

  const nested = (depth: number): number[] =>
    depth === 0 ? [...u32(0), ...u64(0)] : [...u32(9), ...u64(1), ...nested(depth - 1)];
  const broken: Record<string, { bytes: number[]; code?: string; message: RegExp }> = {
    'another file': {
      bytes: ascii('version https://git-lfs'),
      message: /not a GGUF file\. Expected GGUF first/,
    },
    'an old version': { bytes: start(0, 0, 1), message: /version 2 or 3, found 1/ },
    'big-endian bytes': { bytes: start(0, 0, 3 * 2 ** 24), message: /big-endian/ },
    'more tensors than bytes': {
      bytes: start(2n ** 40n, 0),
      message: /at most 0 tensors, found 1099511627776/,
    },
    'a count beyond 2⁵³': { bytes: start(2n ** 64n - 1n, 0), message: /a size overflows.*Get it again/ },
    'more metadata than bytes': { bytes: start(0, 2n ** 33n), message: /metadata entries/ },
    'a text longer than the file': {
      bytes: [...start(0, 1), ...u64(2n ** 50n), ...u64(0)],
      message: /bytes of text, found 1125899906842624/,
    },
    'a list longer than the file': {
      bytes: [...start(0, 1), ...text('key'), ...u32(9), ...u32(10), ...u64(2n ** 33n)],
      message: /at most 0 numbers/,
    },
    'texts that the file cannot hold': {
      bytes: [...start(0, 1), ...text('key'), ...u32(9), ...u32(8), ...u64(9), ...u64(0)],
      message: /at most 1 texts, found 9/,
    },
    'lists that are too deep': {
      bytes: [...start(0, 1), ...text('key'), ...u32(9), ...nested(9)],
      message: /too deep/,
    },
    'an unknown type of metadata': {
      bytes: [...start(0, 1), ...text('key'), ...u32(13), 0],
      message: /unknown type/,
    },
    'a key twice': {
      bytes: [...start(0, 2), ...text('key'), ...u32(0), 1, ...text('key'), ...u32(0), 1],
      message: /same key twice/,
    },
    'text that is not UTF-8': {
      bytes: [...start(0, 1), ...u64(1), 0xff, ...u32(0), 0],
      message: /not UTF-8/,
    },
    'an alignment of 24': {
      bytes: [...start(0, 1), ...text('general.alignment'), ...u32(4), ...u32(24)],
      message: /power of two, found 24/,
    },
    'an alignment of text': {
      bytes: [...start(0, 1), ...text('general.alignment'), ...u32(8), ...text('32')],
      message: /power of two, found "32"/,
    },
    'five axes': { bytes: [...start(1, 0), ...tensor('a', [1, 1, 1, 1, 1])], message: /at most 4, found 5/ },
    'sizes whose product overflows': {
      bytes: [...start(1, 0), ...tensor('a', [2n ** 30n, 2n ** 30n, 2n ** 30n])],
      message: /its size overflows.*Get it again/,
    },
    'an overflow hidden by a size of 0': {
      bytes: [...start(1, 0), ...tensor('a', [2n ** 30n, 2n ** 30n, 0])],
      message: /its size overflows/,
    },
    'rows that are not whole blocks': {
      bytes: withData([...start(1, 0), ...tensor('a', [48, 2], 8)], 999),
      message: /a multiple of 32 for Q8_0, found 48/,
    },
    'a name twice': {
      bytes: withData([...start(2, 0), ...tensor('a', [1]), ...tensor('a', [1], 0, 32)], 99),
      message: /another tensor has the same name/,
    },
    'tensors that overlap': {
      bytes: withData([...start(2, 0), ...tensor('a', [1]), ...tensor('b', [1])], 99),
      message: /tensor b: .*Expected byte 32 of the data, found 0/,
    },
    'data after the end': {
      bytes: withData([...start(1, 0), ...tensor('a', [100])], 399),
      message: /truncated/,
    },
    'a quantization that is not read': {
      bytes: withData([...start(1, 0), ...tensor('a', [256], 16)], 999),
      code: 'unsupported-type',
      message: /tensor a: .*found IQ2_XXS/,
    },
    'a type that nobody knows': {
      bytes: withData([...start(1, 0), ...tensor('a', [256], 4_000_000_000)], 999),
      code: 'unsupported-type',
      message: /found type 4000000000/,
    },
  };
  for (const [name, { bytes, code = 'checkpoint-corrupt', message }] of Object.entries(broken)) {
    it(`refuses ${name}`, async () => {
      const error = await open(bytes).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(CheckpointError);
      expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    });
  }
});
