import { DataError } from '../errors.js';
import { invalidRow, type Row } from './row.js';
import { valueAt } from './row-fields.js';

/** Columns by the name of the field that they stand for; a path such as `info.post` reaches into a column. */
export type ColumnNames = Readonly<Record<string, string>>;

/** A shape of rows that is known. */
export interface Schema<R> {
  /** What the fields are called; a row that has them all has this shape. */
  readonly fields: readonly string[];
  /** Makes a record of a row. `column` says where a field is. */
  read(row: Row, column: (field: string) => string): R;
}

/**
 * The first of some schemas that a row's columns fit.
 *
 * @throws {DataError} `unknown-columns` with what there is and what is looked for; it is a row's fault only where
 *   each row brings its own columns
 */
export function recognizeSchema<R>(
  row: Row,
  schemas: readonly Schema<R>[],
  column: (field: string) => string,
): Schema<R> {
  const missing = (schema: Schema<R>): string[] =>
    schema.fields.filter((field) => valueAt(row, column(field)) === undefined);
  const byDistance = schemas
    .map((schema) => ({ schema, missing: missing(schema) }))
    .sort((a, b) => a.missing.length - b.missing.length);
  const [nearest] = byDistance;
  if (nearest === undefined) throw new Error('recognizeSchema: no schemas');
  const [field] = nearest.missing;
  if (field === undefined) return schemas.find((schema) => missing(schema).length === 0) ?? nearest.schema;
  const known = schemas.map(({ fields }) => fields.join(', ')).join('; or ');
  const what =
    `the columns ${(row.columns ?? Object.keys(row.value)).slice(0, 20).join(', ') || '(none)'} are of no known shape. ` +
    `Known are: ${known}. Say which columns these are with the option columns`;
  const fault = invalidRow(row.place, 'missing-field', what, { field: column(field) });
  const isTable = row.place.row !== undefined;
  throw new DataError('unknown-columns', fault.message.replace(/^@ais\/data: /, ''), {
    place: fault.place,
    ...(isTable ? {} : { fault: 'missing-field' }),
  });
}
