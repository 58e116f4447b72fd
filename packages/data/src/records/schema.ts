import { DataError } from '../errors.js';
import type { AnyTemplate } from '../templates/any-template.js';
import { invalidRow, type Row } from './row.js';
import { valueAt } from './row-fields.js';

/** Columns by the name of the field that they fill; a path such as `info.post` reaches into a column. */
export type ColumnNames = Readonly<Record<string, string>>;

/** A shape of rows that is known. */
export interface Schema<R> {
  /** What the fields are called; a row that has them all has this shape. */
  readonly fields: readonly string[];
  /** Fields that a row may have besides. */
  readonly optional?: readonly string[];
  /** What renders them; a function where it depends on what is there to render them, which it may refuse. */
  readonly template: AnyTemplate | ((row: Row) => AnyTemplate);
  /** Whether a row that has all fields is of this shape by what is in them; it is without this. */
  fits?(row: Row, column: (field: string) => string): boolean;
  /** Makes a record of a row. `column` says where a field is. */
  read(row: Row, column: (field: string) => string): R;
}

/**
 * The first of some schemas that a row fits.
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
  const complete = schemas.filter((schema) => missing(schema).length === 0);
  const found = complete.find((schema) => schema.fits?.(row, column) ?? true) ?? complete[0];
  if (found !== undefined) return found;
  const [nearest] = [...schemas].sort((a, b) => missing(a).length - missing(b).length);
  const [field = 'prompt'] = nearest === undefined ? [] : missing(nearest);
  const known = [...new Set(schemas.map(({ fields }) => fields.map(column).join(', ')))].join('; or ');
  const there = (row.columns ?? Object.keys(row.value)).slice(0, 20).join(', ') || 'no columns';
  const what =
    `expected the columns ${known}; found ${there}. ` +
    'Say which column is which (--columns prompt=a,completion=b), or how the text is put together (--template)';
  const fault = invalidRow(row.place, 'missing-field', what, { field: column(field) });
  const isTable = row.columns !== undefined;
  throw new DataError('unknown-columns', fault.message.replace(/^@ais\/data: /, ''), {
    place: fault.place,
    ...(isTable ? {} : { fault: 'missing-field' }),
  });
}
