import { describe, expect, it } from 'vitest';
import { spread } from '../measurement/spread.js';
import { digits, withRange } from './markdown.js';

describe('numbers in tables', () => {
  it('have three digits', () => {
    expect([0.012345, 1.006, 12.34, 1234.5, 0].map(digits)).toEqual(['0.0123', '1.01', '12.3', '1,230', '0']);
    expect(withRange(spread([0.1, 0.2, 0.4]), 10)).toBe('2 (1–4)');
  });
});
