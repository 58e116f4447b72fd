import { join, type Overlong } from './byte-lines.js';
import { isBlank, startOf } from './text-faults.js';

/** A record of a CSV file: its bytes without the line break at its end, and the line on which it starts. */
export interface CsvRecord {
  readonly line: number;
  readonly bytes: Uint8Array | Overlong;
}

/** A line that is not too long. */
type Line = CsvRecord & { readonly bytes: Uint8Array };

/** What tells records of a file apart. */
export interface CsvShape {
  /** What may separate values. Asked again at each line, since the header decides. */
  delimiters(): readonly Uint8Array[];
  /** Whether bytes are a row by themselves. */
  isRow(bytes: Uint8Array): boolean;
}

const QUOTE = 0x22;

/**
 * Puts lines together to records: a record ends with the first line that ends outside of quotes. A quote opens a value only
 * where the value starts; elsewhere it is a stray one, and takes no line along.
 *
 * Where a record of several lines is no row and each line between its first and its last is one, or it takes more than
 * `limit` bytes, or the file ends before it does, the first of the lines is given alone, and the others are looked at again:
 * one stray quote does not take rows along.
 */
export async function* csvRecords(
  lines: AsyncIterable<Uint8Array | Overlong>,
  limit: number,
  { delimiters, isRow }: CsvShape,
): AsyncGenerator<CsvRecord> {
  // Lines of a record that is not over: the first ends inside of quotes, and each other one, begun inside, does so too.
  let open: Line[] = [];
  let length = 0;
  const opens = ({ line, bytes }: Line): boolean => endsQuoted(bytes, false, delimiters(), line === 1);
  const take = (): Line[] => {
    const taken = open;
    open = [];
    length = 0;
    return taken;
  };
  function* add(line: Line): Generator<CsvRecord> {
    if (open.length === 0 && !opens(line)) {
      yield line;
      return;
    }
    const isOver = open.length > 0 && !endsQuoted(line.bytes, true, delimiters(), false);
    open.push(line);
    length += line.bytes.length + 1;
    if (isOver) yield* close();
    else if (length > limit) yield* shorten();
  }
  function* close(): Generator<CsvRecord> {
    const bytes = join(open.flatMap((line) => [line.bytes, LINE_BREAK]).slice(0, -1), length - 1);
    const lines = take();
    const between = lines.slice(1, -1);
    const [first, last] = [lines[0], lines.at(-1)];
    if (first === undefined || last === undefined) return;
    const takesRows = between.length > 0 && between.every((line) => isBlank(line.bytes) || isRow(line.bytes));
    if (!takesRows || isRow(bytes)) yield { line: first.line, bytes };
    else {
      yield first;
      yield* between;
      yield* add(last);
    }
  }
  /** Gives lines alone up to one that opens a quoted value; none behind it closes that. */
  function* shorten(): Generator<CsvRecord> {
    let given = 0;
    for (const line of open) {
      if (given > 0 && length <= limit / 2 && opens(line)) break;
      yield line;
      given++;
      length -= line.bytes.length + 1;
    }
    // Half of the limit is gone each time, so that many lines do not move often.
    open = open.slice(given);
  }
  let line = 0;
  for await (const bytes of lines) {
    line++;
    if (bytes instanceof Uint8Array) yield* add({ line, bytes });
    else {
      yield* take();
      yield { line, bytes };
    }
  }
  yield* take();
}

const LINE_BREAK: Uint8Array = Uint8Array.of(0x0a);

/**
 * Whether a line ends inside of a quoted value.
 *
 * A quote inside of one that is neither doubled nor at its end may be one that was not doubled: up to the next delimiter
 * outside of quotes, each quote then opens or closes.
 */
function endsQuoted(
  bytes: Uint8Array,
  startsQuoted: boolean,
  delimiters: readonly Uint8Array[],
  isFirst: boolean,
): boolean {
  const start = isFirst ? startOf(bytes) : 0;
  let isQuoted = startsQuoted;
  // Where the value's last closing quote is, and how far it is known that no delimiter follows; -1 outside of such a value.
  let closed = -1;
  for (let at = bytes.indexOf(QUOTE, start); at >= 0; at = bytes.indexOf(QUOTE, at + 1)) {
    if (isQuoted) {
      if (bytes[at + 1] === QUOTE) at++;
      else {
        isQuoted = false;
        closed = at;
      }
      continue;
    }
    const startsValue =
      (at === start && !startsQuoted) || delimiters.some((delimiter) => endsWith(bytes, at, delimiter));
    const goesOn =
      closed >= 0 && !delimiters.some((delimiter) => includes(bytes.subarray(closed + 1, at), delimiter));
    if (startsValue || goesOn) isQuoted = true;
    closed = -1;
  }
  return isQuoted;
}

/** Whether bytes before a place are these. */
function endsWith(bytes: Uint8Array, end: number, last: Uint8Array): boolean {
  return end >= last.length && last.every((byte, index) => bytes[end - last.length + index] === byte);
}

function includes(bytes: Uint8Array, sought: Uint8Array): boolean {
  const [first = 0] = sought;
  for (let at = bytes.indexOf(first); at >= 0; at = bytes.indexOf(first, at + 1)) {
    if (endsWith(bytes, at + sought.length, sought)) return true;
  }
  return false;
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

/** What may separate values where no delimiter is given. */
export const DELIMITERS: readonly string[] = [',', ';', '\t', '|'];

/** The delimiter that Excel's first line `sep=;` names, which is no header; undefined for any other line. */
export function namedDelimiter(line: string): string | undefined {
  return /^"?sep=([^"\r\n])"?$/i.exec(line)?.[1];
}

/** The delimiter that a header has most often outside of quotes; a comma where it has none. */
export function delimiterOf(header: string): string {
  // A doubled quote ends one quoted part and begins the next: what is outside of them is the same. An expression that
  // tells them apart needs stack for each character.
  const bare = header.replace(/"[^"]*"/g, '');
  const counts = DELIMITERS.map((delimiter) => bare.split(delimiter).length);
  return DELIMITERS[counts.indexOf(Math.max(...counts))] ?? ',';
}
