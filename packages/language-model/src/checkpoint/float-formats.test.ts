import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkRange, fromFloat32, widenInPlace } from './float-formats.js';

const read = (dtype: 'F16' | 'BF16', ...bits: number[]): number[] => {
  const buffer = new ArrayBuffer(4 * bits.length);
  new Uint16Array(buffer, 2 * bits.length).set(bits);
  return [...widenInPlace(buffer, dtype)];
};
const write = (dtype: 'F16' | 'BF16', ...values: number[]): number[] => [
  ...new Uint16Array(fromFloat32(Float32Array.from(values), dtype).slice().buffer),
];
const TYPES = [
  ['F16', 0x7c00],
  ['BF16', 0x7f80],
] as const;
/** float32 numbers of all magnitudes, and more of them about the limits of both types. */
const numbers = fc.oneof(
  fc.float({ noNaN: true }),
  fc.float({ noNaN: true, min: -(2 ** -13), max: 2 ** -13 }),
  fc.float({ noNaN: true, min: 65_472, max: 65_568 }),
  fc.float({ noNaN: true, min: -65_568, max: -65_472 }),
  fc.float({ noNaN: true, min: Math.fround(3.38e38) }),
);

describe('F16 and BF16', () => {
  it('read as float32', () => {
    // IEEE 754 binary16: 1, −2, the smallest and the largest subnormal, the largest number, ∞, −0.
    expect(read('F16', 0x3c00, 0xc000, 0x0001, 0x03ff, 0x7bff, 0x7c00, 0x8000)).toEqual([
      1,
      -2,
      2 ** -24,
      1023 * 2 ** -24,
      65504,
      Number.POSITIVE_INFINITY,
      -0,
    ]);
    expect(read('BF16', 0x3f80, 0xc000, 0x7f7f)).toEqual([1, -2, 3.3895313892515355e38]);
  });

  it.each(['F16', 'BF16'] as const)('keep every %s number', (dtype) => {
    const all = Array.from({ length: 2 ** 16 }, (_, bits) => bits);
    const values = read(dtype, ...all.slice(0, 2 ** 15)).concat(read(dtype, ...all.slice(2 ** 15)));
    const back = write(dtype, ...values.slice(0, 2 ** 15)).concat(write(dtype, ...values.slice(2 ** 15)));
    for (const [bits, value] of values.entries()) {
      if (Number.isNaN(value)) expect(read(dtype, back[bits]!)).toEqual([Number.NaN]);
      else expect(back[bits]).toBe(bits);
    }
  });

  it.each(TYPES)('are rounded to %s as by PyTorch, bit for bit', (dtype, infinity) => {
    const golden = JSON.parse(
      readFileSync(new URL('../../fixtures/float-formats.json', import.meta.url), 'utf8'),
    ) as { sha256: Record<string, string> };
    const sha = createHash('sha256');
    // Each upper half of a float32, with lower halves about each multiple of 2¹².
    for (let step = 0; step < 16; step++) {
      for (const by of [-1, 0, 1]) {
        const lower = (step * 0x1000 + by) & 0xffff;
        const bits = Uint32Array.from({ length: 2 ** 16 }, (_, upper) => (upper << 16) | lower);
        const stored = fromFloat32(new Float32Array(bits.buffer), dtype);
        const halves = new Uint16Array(stored.buffer);
        // PyTorch's NaN depends on the processor.
        for (const [index, half] of halves.entries()) if ((half & 0x7fff) > infinity) halves[index] = 0x7fff;
        sha.update(stored);
      }
    }
    expect(sha.digest('hex')).toBe(golden.sha256[dtype]);
  });

  it.each(TYPES)('%s keeps the order, signs, infinities, and NaN', (dtype, infinity) => {
    fc.assert(
      fc.property(numbers, numbers, (a, b) => {
        const [below, above] = read(dtype, ...write(dtype, Math.min(a, b), Math.max(a, b))) as [
          number,
          number,
        ];
        expect(below).toBeLessThanOrEqual(above);
        const [bits, negated] = write(dtype, a, -a) as [number, number];
        expect(bits ^ negated).toBe(0x8000);
      }),
      { numRuns: 2000 },
    );
    expect(write(dtype, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY)).toEqual([
      infinity,
      infinity | 0x8000,
    ]);
    // A NaN whose bits are all in the part that goes.
    const hidden = new Float32Array(Uint32Array.of(0x7f800001, 0xff800001, 0x7fc00000).buffer);
    const halves = new Uint16Array(fromFloat32(hidden, dtype).buffer);
    for (const bits of halves) expect(read(dtype, bits)).toEqual([Number.NaN]);
  });

  it.each(TYPES)('refuses just those finite numbers that %s would have as infinite', (dtype, infinity) => {
    const place = { file: 'model.safetensors', tensor: 'a' };
    fc.assert(
      fc.property(numbers, (value) => {
        const becomesInfinite = ((write(dtype, value)[0] as number) & 0x7fff) === infinity;
        const check = () => checkRange(Float32Array.of(1, value), dtype, place);
        if (becomesInfinite && Number.isFinite(value)) {
          expect(check).toThrow(expect.objectContaining({ code: 'beyond-range', ...place }));
        } else check();
      }),
      { numRuns: 2000 },
    );
  });

  it.each(TYPES)('round to the nearest %s, ties to even', (dtype, infinity) => {
    fc.assert(
      fc.property(numbers, (value) => {
        const [bits] = write(dtype, value) as [number];
        const magnitude = bits & 0x7fff;
        // The neighbors, with the number after the largest where IEEE 754 rounds to infinity.
        const number = (at: number): number =>
          at === infinity ? 2 * number(at - 1) - number(at - 2) : (read(dtype, at)[0] as number);
        const distance = (at: number): number =>
          Math.abs(number(at) - Math.min(Math.abs(value), number(infinity)));
        for (const other of [magnitude - 1, magnitude + 1]) {
          if (other < 0 || other > infinity) continue;
          expect(distance(magnitude)).toBeLessThanOrEqual(distance(other));
          if (distance(magnitude) === distance(other)) expect(magnitude % 2).toBe(0);
        }
        expect(bits >> 15).toBe(Object.is(Math.sign(value), -1) || Object.is(value, -0) ? 1 : 0);
      }),
      { numRuns: 2000 },
    );
  });
});
