import { DataError } from './errors.js';
import { KnownIds } from './known-ids.js';
import { type ReadFaults, readFaults } from './read-report.js';
import type { Source } from './record.js';
import { invalidRow, type RowSource } from './row.js';
import { type ColumnNames, recognizeSchema, type Schema } from './schema.js';

/** A record, or why its row is left out. */
export type RowResult<R> = R | LeftOut;

/** A row that is in order and is left out by choice. */
export class LeftOut {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/**
 * A source that makes records of rows by the first schema that fits them.
 *
 * Each row brings what is wrong with it to the reader's faults; ids are given once.
 */
export function recordsOfRows<R extends { id: string }>(
  source: RowSource,
  schemas: readonly Schema<RowResult<R>>[],
  columns: ColumnNames = {},
): Source<R> {
  const fields = fieldsOf(schemas);
  requireKnownFields(source.name, fields, columns);
  const column = (field: string): string => columns[field] ?? field;
  // A path such as info.post needs its column; a column whose name has a dot in it needs itself.
  const wanted = fields.map(column).flatMap((path) => [path, path.split('.', 1)[0] ?? path]);
  return {
    name: source.name,
    async *records(reading) {
      const faults = readFaults(reading);
      const ids = new KnownIds();
      let schema: Schema<RowResult<R>> | undefined;
      for await (const row of source.rows(faults, wanted)) {
        const record = attempt(faults, () => {
          schema ??= recognizeSchema(row, schemas, column);
          const made = schema.read(row, column);
          if (made instanceof LeftOut) return made;
          const ordinal = row.place.line ?? row.place.row ?? 1;
          const first = ids.add(made.id, ordinal);
          if (first === 0) return made;
          const unit = row.place.line === undefined ? 'row' : 'line';
          throw invalidRow(
            row.place,
            'duplicate-id',
            `"${made.id}" is the id of ${unit} ${first} too. Give each record its own`,
            { field: column('id') },
          );
        });
        if (record instanceof LeftOut) faults.leaveOut(record.reason);
        else if (record !== undefined) {
          faults.give();
          yield record;
        }
      }
    },
  };
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

function fieldsOf(schemas: readonly Schema<unknown>[]): string[] {
  return [...new Set(['id', 'family', ...schemas.flatMap((schema) => schema.fields)])];
}

function requireKnownFields(name: string, fields: readonly string[], columns: ColumnNames): void {
  for (const field of Object.keys(columns)) {
    if (fields.includes(field)) continue;
    throw new DataError(
      'invalid-option',
      `${name}: columns has the field "${field}"; fields are ${fields.join(', ')}.`,
    );
  }
}
