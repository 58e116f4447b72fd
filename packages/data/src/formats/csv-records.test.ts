import { describe, expect, it } from 'vitest';
import type { Overlong } from './byte-lines.js';
import { csvRecords, csvValues, delimiterOf, namedDelimiter } from './csv-records.js';

it.each([
  ['sep=;', ';'],
  ['SEP=,', ','],
  ['"sep=|"', '|'],
  ['sep=\t', '\t'],
  ['sep=', undefined],
  ['sep=;;', undefined],
  ['sep;other', undefined],
])('the delimiter that the line %j names is %j', (line, delimiter) => {
  expect(namedDelimiter(line)).toBe(delimiter);
});

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

/** Of a file with two columns: each record as its first line and its text. */
async function records(
  text: readonly string[] | string,
  { limit = 1 << 24, columns = 2 }: { limit?: number; columns?: number } = {},
): Promise<string[]> {
  const lines = (typeof text === 'string' ? text.split('\n') : text).map((line) =>
    new TextEncoder().encode(line),
  );
  const found: string[] = [];
  const shape = {
    delimiters: () => [new TextEncoder().encode(',')],
    isRow(bytes: Uint8Array) {
      const values = csvValues(new TextDecoder().decode(bytes), ',');
      return Array.isArray(values) && values.length === columns;
    },
  };
  for await (const { line, bytes } of csvRecords(each(lines), limit, shape)) {
    found.push(`${line}: ${bytes instanceof Uint8Array ? new TextDecoder().decode(bytes) : bytes.length}`);
  }
  return found;
}

async function* each(lines: readonly (Uint8Array | Overlong)[]): AsyncGenerator<Uint8Array | Overlong> {
  yield* lines;
}

describe('csvRecords', () => {
  it.each<[string, string, string[]]>([
    [
      'quotes inside of values that are not quoted',
      '2" pipe,a\nb,c\n3" pipe,d',
      ['1: 2" pipe,a', '2: b,c', '3: 3" pipe,d'],
    ],
    ['a value of several lines', 'a,"b\n\n""c"",d"\ne,f', ['1: a,"b\n\n""c"",d"', '4: e,f']],
    ['two values of several lines', '"a\nb","c\nd"\ne,f', ['1: "a\nb","c\nd"', '4: e,f']],
    [
      'quotes at the start of two values',
      '"Oh, she\nb,c\nd,e\n"Ah, he\nf,g',
      ['1: "Oh, she', '2: b,c', '3: d,e', '4: "Ah, he', '5: f,g'],
    ],
    [
      'a quote at a start and one in the middle',
      '"Oh, she\nb,c\n2" pipe,d\ne,f',
      ['1: "Oh, she', '2: b,c', '3: 2" pipe,d', '4: e,f'],
    ],
    [
      'a quote at a start and one at an end',
      '"Oh, she\nb,c\nd,e"\nf,g',
      ['1: "Oh, she', '2: b,c', '3: d,e"', '4: f,g'],
    ],
    [
      'a value of lines that look like rows',
      'a,"Oh, she\nb,c\nd,e"\nf,g',
      ['1: a,"Oh, she\nb,c\nd,e"', '4: f,g'],
    ],
    [
      'quotes that a backslash escapes',
      '"He \\"said\\" it\nto me\n\\"twice\\"",a\nb,c',
      ['1: "He \\"said\\" it\nto me\n\\"twice\\"",a', '4: b,c'],
    ],
    ['a quote that is never closed', 'a,"b\nc,"d"\ne,f', ['1: a,"b', '2: c,"d"', '3: e,f']],
  ])('with %s', async (_, text, expected) => {
    expect(await records(text)).toEqual(expected);
  });

  it('with two stray quotes among 1,000 rows keeps 998', async () => {
    const rows = Array.from({ length: 1000 }, (_, at) =>
      at === 3 || at === 703 ? 'What is a 2" pipe?,A pipe' : `q${at},a${at}`,
    );
    expect(await records(rows)).toHaveLength(1000);
  });

  it('with a record that is longer than the limit', async () => {
    expect(await records('"xxxxxxxxxx\na,xxxxxxxxxx\nb,"c\nd"', { limit: 24 })).toEqual([
      '1: "xxxxxxxxxx',
      '2: a,xxxxxxxxxx',
      '3: b,"c\nd"',
    ]);
  });

  it.each([
    ['each of which closes a value and opens one', 'a",b,"c'],
    ['each of which opens a value', '"a'],
    ['each of which opens a value with a doubled quote in it', '"a""b'],
  ])(
    'in time that grows with the number of lines, %s',
    async (_, line) => {
      const count = 50_000;
      expect(
        await records(['"a', ...Array.from({ length: count }, () => line)], { limit: 1 << 16 }),
      ).toBeDefined();
    },
    10_000,
  );
});
