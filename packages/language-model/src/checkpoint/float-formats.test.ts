import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromFloat32, widenInPlace } from './float-formats.js';

const read = (dtype: 'F16' | 'BF16', ...bits: number[]): number[] => {
  const buffer = new ArrayBuffer(4 * bits.length);
  new Uint16Array(buffer, 2 * bits.length).set(bits);
  return [...widenInPlace(buffer, dtype)];
};
const write = (dtype: 'F16' | 'BF16', ...values: number[]): number[] => [
  ...new Uint16Array(fromFloat32(Float32Array.from(values), dtype).slice().buffer),
];

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

  it.each([
    ['F16', 0x7c00],
    ['BF16', 0x7f80],
  ] as const)('round to the nearest %s, ties to even', (dtype, infinity) => {
    fc.assert(
      fc.property(fc.float({ noNaN: true }), (value) => {
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
