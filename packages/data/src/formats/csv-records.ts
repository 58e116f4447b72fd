import { join, type Overlong } from './byte-lines.js';

/** A record of a CSV file: its bytes without the line break at its end, and the line on which it starts. */
export interface CsvRecord {
  readonly line: number;
  readonly bytes: Uint8Array | Overlong;
}

const QUOTE = 0x22;

/**
 * Puts lines together to records: a record ends with the first line by which its quotes are even in number, since inside
 * a quoted value each quote is doubled.
 *
 * Where that takes more than `limit` bytes, or the file ends before, the first of the lines is given alone, and the others
 * are looked at again: one stray quote does not take the rest of the file along.
 */
export async function* csvRecords(
  lines: AsyncIterable<Uint8Array | Overlong>,
  limit: number,
): AsyncGenerator<CsvRecord> {
  let open: { readonly line: number; readonly bytes: Uint8Array }[] = [];
  let isQuoted = false;
  let length = 0;
  function* add(line: number, bytes: Uint8Array): Generator<CsvRecord> {
    open.push({ line, bytes });
    length += bytes.length + 1;
    if (countQuotes(bytes) % 2 === 1) isQuoted = !isQuoted;
    if (!isQuoted) yield record();
    else if (length > limit) yield* giveUp();
  }
  function record(): CsvRecord {
    const pieces = open.flatMap(({ bytes }) => [bytes, LINE_BREAK]).slice(0, -1);
    const first = { line: open[0]?.line ?? 0, bytes: join(pieces, length - 1) };
    open = [];
    length = 0;
    return first;
  }
  function* giveUp(): Generator<CsvRecord> {
    const [first, ...others] = open;
    open = [];
    length = 0;
    isQuoted = false;
    if (first !== undefined) yield first;
    for (const { line, bytes } of others) yield* add(line, bytes);
  }
  let line = 0;
  for await (const bytes of lines) {
    line++;
    if (bytes instanceof Uint8Array) yield* add(line, bytes);
    else {
      yield* giveUp();
      yield { line, bytes };
    }
  }
  yield* giveUp();
}

const LINE_BREAK: Uint8Array = Uint8Array.of(0x0a);

function countQuotes(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(QUOTE); at >= 0; at = bytes.indexOf(QUOTE, at + 1)) count++;
  return count;
}

/**
 * The values of a record by RFC 4180.
 *
 * @returns the values, or what is wrong with the record
 */
export function csvValues(record: string, delimiter: string): string[] | { readonly wrong: string } {
  const values: string[] = [];
  let at = 0;
  for (;;) {
    if (record[at] === '"') {
      const end = closingQuote(record, at + 1);
      if (end < 0) return { wrong: `the quote that opens value ${values.length + 1} is never closed` };
      values.push(record.slice(at + 1, end).replaceAll('""', '"'));
      at = end + 1;
    } else {
      const found = record.indexOf(delimiter, at);
      const end = found < 0 ? record.length : found;
      const value = record.slice(at, end);
      if (value.includes('"')) {
        return { wrong: `value ${values.length + 1} has a quote in it and is not quoted itself` };
      }
      values.push(value);
      at = end;
    }
    if (at === record.length) return values;
    if (!record.startsWith(delimiter, at)) {
      return { wrong: `something follows the closing quote of value ${values.length}` };
    }
    at += delimiter.length;
  }
}

/** The first quote from a place on that is not doubled. */
function closingQuote(record: string, from: number): number {
  for (let at = record.indexOf('"', from); at >= 0; at = record.indexOf('"', at + 2)) {
    if (record[at + 1] !== '"') return at;
  }
  return -1;
}

const DELIMITERS = [',', ';', '\t', '|'] as const;

/** The delimiter that a header has most often outside of quotes; a comma where it has none. */
export function delimiterOf(header: string): string {
  // A doubled quote ends one quoted part and begins the next: what is outside of them is the same. An expression that
  // tells them apart needs stack for each character.
  const bare = header.replace(/"[^"]*"/g, '');
  const counts = DELIMITERS.map((delimiter) => bare.split(delimiter).length);
  return DELIMITERS[counts.indexOf(Math.max(...counts))] ?? ',';
}
