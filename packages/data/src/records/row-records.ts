import { DataError, type DataErrorPlace } from '../errors.js';
import { KnownIds } from './known-ids.js';
import { type ReadFaults, type RecognizedShape, readFaults } from './read-report.js';
import type { Source } from './record.js';
import { columnsOf, invalidRow, type Row, type RowSource } from './row.js';
import { describe } from './row-fields.js';
import { type ColumnNames, recognizeSchema, type Schema } from './schema.js';

/** A record, or why its row is left out. */
export type RowResult<R> = R | LeftOut;

/** A record, or why it is left out, for each part of a row that gives several; or one for the whole row. */
export type RowResults<R> = RowResult<R> | readonly RowResult<R>[];

/** A row, or a part of one, that is in order and is left out by choice. */
export class LeftOut {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/**
 * A source that makes records of rows by the first schema that fits them.
 *
 * A row gives one record, or several. Each row brings what is wrong with it to the reader's faults; ids are given once.
 *
 * @throws {DataError} `invalid-option` for columns of unknown fields, and for what is no source of rows, such as an array
 */
export function recordsOfRows<R extends { id: string; place?: DataErrorPlace }>(
  source: RowSource,
  schemas: readonly Schema<RowResults<R>>[],
  columns: ColumnNames = {},
): Source<R> {
  if (typeof (source as Partial<RowSource> | undefined)?.rows !== 'function') {
    throw new DataError(
      'invalid-option',
      `expected a source of rows, got ${describe(source)}. Give what openRows or jsonlRows returns, or an object with a name and rows().`,
    );
  }
  const fields = fieldsOf(schemas);
  requireKnownFields(source.name, fields, columns);
  const column = (field: string): string => columns[field] ?? field;
  const wanted = fields.map(column).flatMap(pathsTo);
  return {
    name: source.name,
    async *records(reading) {
      const faults = readFaults(reading);
      const ids = new KnownIds();
      const numbers = new RowNumbers();
      let schema: Schema<RowResults<R>> | undefined;
      for await (const row of source.rows(faults, wanted)) {
        const results = attempt(faults, (): RowResult<R>[] => {
          if (schema === undefined) {
            schema = recognizeSchema(row, schemas, column);
            faults.recognize(shapeOf(source.name, schema, row, column));
          }
          const made = schema.read(row, column);
          const number = numbers.of(row.place);
          return (Array.isArray(made) ? made : [made]).map((record: RowResult<R>) => {
            if (record instanceof LeftOut) return record;
            const first = ids.add(record.id, number);
            // Where a record is from is not part of what it says: not in JSON, nor in comparisons.
            if (first === 0) return Object.defineProperty(record, 'place', { value: row.place });
            throw invalidRow(
              row.place,
              'duplicate-id',
              `"${record.id}" is the id of ${numbers.describe(first, row.place)} too. Give each record its own`,
              { field: column('id') },
            );
          });
        });
        for (const result of results ?? []) {
          if (result instanceof LeftOut) faults.leaveOut(result.reason);
          else {
            faults.give();
            yield result;
          }
        }
      }
    },
  };
}

/** Numbers the rows of a source through all its files, and knows from a number where the row is. */
class RowNumbers {
  readonly #files: { readonly file: string | undefined; readonly before: number }[] = [];
  #last = 0;

  of({ file, line, row }: DataErrorPlace): number {
    let current = this.#files.at(-1);
    if (current === undefined || current.file !== file) {
      current = { file, before: this.#last };
      this.#files.push(current);
    }
    this.#last = current.before + (line ?? row ?? 1);
    return this.#last;
  }

  /** The row of a number, as seen from another place: in the same file, it goes without saying. */
  describe(number: number, from: DataErrorPlace): string {
    const { file, before } = this.#files.findLast((candidate) => candidate.before < number) ?? {
      file: from.file,
      before: 0,
    };
    const place = `${from.line === undefined ? 'row' : 'line'} ${number - before}`;
    return file === from.file ? place : `${place} of ${file}`;
  }
}

function attempt<T>(faults: ReadFaults, make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    faults.meet(error);
    return undefined;
  }
}

function shapeOf(
  source: string,
  { template, fields, optional = [] }: Schema<unknown>,
  row: Row,
  column: (field: string) => string,
): RecognizedShape {
  const read = new Set(['id', 'family', ...fields, ...optional].map(column).flatMap(pathsTo));
  const unread = columnsOf(row).filter((name) => !read.has(name));
  return {
    source,
    template: typeof template === 'function' ? template(row) : template,
    columns: Object.fromEntries(fields.map((field) => [field, column(field)])),
    ...(unread.length > 0 && { unread }),
  };
}

/** A path such as info.post needs its column; a column whose name has a dot in it needs itself. */
function pathsTo(path: string): string[] {
  return [path, path.split('.', 1)[0] ?? path];
}

/** Of what is read first, then of what is refused. */
function fieldsOf(schemas: readonly Schema<unknown>[]): string[] {
  const ordered = schemas.toSorted((a, b) => Number(a.isRefused ?? false) - Number(b.isRefused ?? false));
  return [
    ...new Set(['id', 'family', ...ordered.flatMap(({ fields, optional = [] }) => [...fields, ...optional])]),
  ];
}

function requireKnownFields(name: string, fields: readonly string[], columns: ColumnNames): void {
  for (const field of Object.keys(columns)) {
    if (fields.includes(field)) continue;
    throw new DataError(
      'invalid-option',
      `${name}: there is no field "${field}" to give a column to; fields are ${fields.join(', ')}.`,
    );
  }
}
