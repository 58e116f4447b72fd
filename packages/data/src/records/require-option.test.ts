import { describe, expect, it } from 'vitest';
import { requireInteger, requireOneOf } from './require-option.js';

describe('requireOneOf', () => {
  it('takes the words, and shows any other value', () => {
    expect(() => requireOneOf('x', 'drop', ['cut', 'drop'])).not.toThrow();
    for (const [value, shown] of [
      ['chop', '"chop"'],
      [1, '1'],
      [undefined, 'undefined'],
      [null, 'null'],
      [['cut'], '["cut"]'],
    ]) {
      expect(() => requireOneOf('x', value, ['cut', 'drop'])).toThrow(
        expect.objectContaining({
          code: 'invalid-option',
          message: `@ais/data: x must be 'cut' or 'drop', got ${shown}.`,
        }),
      );
    }
  });
});

describe('requireInteger', () => {
  it('takes integers from the least one on, and shows any other value', () => {
    expect(() => requireInteger('x', 0, 0)).not.toThrow();
    for (const [value, shown] of [
      [0, '0'],
      ['1', '"1"'],
      [1.5, '1.5'],
      [Number.POSITIVE_INFINITY, 'Infinity'],
      [Number.NaN, 'NaN'],
      [{ a: 1 }, '{"a":1}'],
    ]) {
      expect(() => requireInteger('x', value, 1)).toThrow(
        expect.objectContaining({
          code: 'invalid-option',
          message: `@ais/data: x must be an integer ≥ 1, got ${shown}.`,
        }),
      );
    }
  });
});
