import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from './parse-json.js';

const ID = '1234567890123456789';
/** The longest row that readers take by default. */
const LONGEST = 1 << 24;

describe('parseJson', () => {
  it('reads whole numbers that a number does not hold exactly as bigint, and all else as JSON.parse does', () => {
    const text = `{"id": ${ID}, "less": -${ID}, "same": "n${ID}", "s": ["s", "", "\\\\", "\\"${ID}\\""],
      "${ID}" : 9007199254740991, "x": 1.5e3, "y": 12345678901234567.5, "__proto__": "n1", "none": [null, true, {}]}`;
    expect(parseJson(text)).toEqual({
      ...JSON.parse(text),
      id: BigInt(ID),
      less: -BigInt(ID),
    });
    expect(Object.getOwnPropertyDescriptor(parseJson(text), '__proto__')?.value).toBe('n1');
    expect(parseJson(ID)).toBe(BigInt(ID));
    expect(parseJson(`"${ID}"`)).toBe(ID);
    expect(() => parseJson(`{"a": ${ID}`)).toThrow(SyntaxError);
  });

  it('gives any value beside such a number back as it is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(undefined, 1, '\t'), (value, indent) => {
        const text = JSON.stringify([value, 'id'], null, indent).replace(/"id"(?=\s*\]$)/, ID);
        const exact = JSON.parse(JSON.stringify(value), (_, part: unknown) =>
          typeof part === 'number' && /^-?\d{16,}$/.test(String(part)) && !Number.isSafeInteger(part)
            ? BigInt(String(part))
            : part,
        );
        expect(parseJson(text)).toEqual([exact, BigInt(ID)]);
      }),
    );
  });

  it.each([
    ['letters', 'a'],
    ['escapes', '\n'],
    ['quotes', '"'],
    ['backslashes', '\\'],
  ])('reads a string of %s that is as long as a row may be', (_, character) => {
    const long = character.repeat((LONGEST - 100) / JSON.stringify(character).slice(1, -1).length);
    const { text, id } = parseJson(`{"text": ${JSON.stringify(long)}, "id": ${ID}}`) as Record<
      string,
      unknown
    >;
    // Not toBe: a message of that length would be made if they differ.
    expect(text === long).toBe(true);
    expect(id).toBe(BigInt(ID));
  });

  it('reads values that lie deep in each other', () => {
    const depth = 100_000;
    let value = parseJson(`${'['.repeat(depth)}${ID}${']'.repeat(depth)}`);
    for (let level = 0; level < depth; level++) [value] = value as [unknown];
    expect(value).toBe(BigInt(ID));
  });
});
