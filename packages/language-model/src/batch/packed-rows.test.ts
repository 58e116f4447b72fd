import { hasNativeKernels } from '@ais/runtime';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gptNeoxConfiguration } from '../families/gpt-neox/configuration.js';
import { packRows } from './packed-rows.js';
import { branchedRow, plainRow } from './token-rows.js';

const configuration = (hiddenSize: number) =>
  gptNeoxConfiguration({ vocabularySize: 100, hiddenSize, layerCount: 1, headCount: 1 });
const tokens = (length: number): number[] => Array.from({ length }, (_, index) => 1 + (index % 99));

describe('packRows', () => {
  it('keeps every row whole, and leaves a place to nothing but rows and padding', () => {
    const part = fc.array(fc.integer({ min: 1, max: 99 }), { minLength: 1, maxLength: 60 });
    const row = fc.oneof(
      part.map(plainRow),
      fc.tuple(part, part, part).map((parts) => branchedRow(...parts)),
    );
    fc.assert(
      fc.property(fc.array(row, { maxLength: 12 }), fc.constantFrom(8, 4096), (rows, hiddenSize) => {
        const { rectangles, tokens, starts } = packRows(rows, configuration(hiddenSize));
        rows.forEach((row, index) => {
          const start = starts[index]!;
          expect([...tokens.subarray(start, start + row.tokens.length)]).toEqual(row.tokens);
        });
        expect(tokens.length).toBe(rectangles.reduce((sum, { batch, time }) => sum + batch * time, 0));
        expect(rectangles.flatMap((rectangle) => rectangle.rows).length).toBe(rows.length);
        // Token 0 is in no row here, so what is not 0 is the rows' own.
        expect(tokens.filter((token) => token !== 0).length).toBe(
          rows.reduce((sum, { tokens }) => sum + tokens.length, 0),
        );
      }),
    );
  });

  it('pads where tokens are cheaper than further rectangles, and not where they are dear', () => {
    const rows = [40, 90, 41, 88].map((length) => plainRow(tokens(length)));
    const alone = [90, 88, 41, 40];
    // Native kernels take all rectangles at once.
    const cheap = hasNativeKernels() ? alone : [90];
    expect(packRows(rows, configuration(8)).rectangles.map(({ time }) => time)).toEqual(cheap);
    expect(packRows(rows, configuration(4096)).rectangles.map(({ time }) => time)).toEqual(alone);
  });

  it('keeps rows of one length together and in order', () => {
    const rows = [3, 2, 1].map((token) => plainRow([token, token]));
    const { rectangles, starts } = packRows(rows, configuration(4096));
    expect(rectangles.length).toBe(1);
    expect([...starts]).toEqual([0, 2, 4]);
  });

  it('names the row that is wrong by its place', () => {
    expect(() => packRows([plainRow([1]), plainRow(tokens(5)), plainRow([])], configuration(8))).toThrow(
      expect.objectContaining({
        code: 'invalid-tokens',
        message: expect.stringContaining('sequence 2 is empty'),
      }),
    );
  });
});
