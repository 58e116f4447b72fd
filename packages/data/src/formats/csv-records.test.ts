import { describe, expect, it } from 'vitest';
import { delimiterOf } from './csv-records.js';

describe('delimiterOf', () => {
  it.each([
    ['a,b,c', ','],
    ['a;b,c;d', ';'],
    ['"a,b,""c,d""",e\tf\tg', '\t'],
    ['"a;b""', ','],
    ['a', ','],
  ])('of the header %s', (header, delimiter) => {
    expect(delimiterOf(header)).toBe(delimiter);
  });

  it('of a header that is as long as a row may be', () => {
    expect(delimiterOf(`"${'a,'.repeat(1 << 22)}""${'b'.repeat(1 << 22)}";c`)).toBe(';');
  });
});
