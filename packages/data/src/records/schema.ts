import { DataError } from '../errors.js';
import type { AnyTemplate } from '../templates/any-template.js';
import { columnsOf, invalidRow, type Row } from './row.js';
import { valueAt } from './row-fields.js';

/** Columns by the name of the field that they fill; a path such as `info.post` reaches into a column. */
export type ColumnNames = Readonly<Record<string, string>>;

/** What reads comparisons, for messages of what does not. */
export const READ_COMPARISONS =
  'ais train and ais reward learn from them (--pairs), and ais data build prepares them (--kind comparisons)';

/** A shape of rows that is known. */
export interface Schema<R> {
  /** What the fields are called; a row that has them all has this shape. */
  readonly fields: readonly string[];
  /** Fields that a row may have besides. */
  readonly optional?: readonly string[];
  /** Whether rows of this shape are known and refused by `template` and `read`; messages do not offer it. */
  readonly isRefused?: boolean;
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
  const found =
    complete.find((schema) => schema.fits?.(row, column) ?? true) ??
    complete.find(({ isRefused = false }) => !isRefused);
  if (found !== undefined) return found;
  const offered = schemas.filter(({ isRefused = false }) => !isRefused);
  const field = nearestField(offered.map(missing));
  const known = [...new Set(offered.map(({ fields }) => quoted(fields.map(column))))].join('; or ');
  const there = quoted(columnsOf(row).slice(0, 20)) || 'no columns';
  const areCompared =
    ['chosen', 'rejected'].every((name) => valueAt(row, name) !== undefined) &&
    !offered.some(({ fields }) => fields.includes('chosen'));
  const orTemplate = offered.length > 1 ? ', or how the text is put together (--template)' : '';
  const what =
    `expected the columns ${known}; found ${there}. ` +
    (areCompared
      ? `These are comparisons: ${READ_COMPARISONS}`
      : `Say which column is which (--columns ${columnsExample(offered, row, column)})${orTemplate}`);
  const fault = invalidRow(
    row.place,
    'missing-field',
    what,
    field === undefined ? {} : { field: column(field) },
  );
  const isTable = row.columns !== undefined;
  throw new DataError('unknown-columns', fault.detail, {
    place: fault.place,
    ...(isTable ? {} : { fault: 'missing-field' }),
  });
}

/**
 * `prompt=a,completion=b`: the fields of the shape that lacks the fewest, of those of several fields if there are any. A column that
 * differs from a field in case alone is named; to read it unasked would be a guess where there are several.
 */
function columnsExample(
  schemas: readonly Schema<unknown>[],
  row: Row,
  column: (field: string) => string,
): string {
  const columns = columnsOf(row);
  const alike = (field: string): string | undefined =>
    columns.find((name) => name.toLowerCase() === column(field).toLowerCase());
  const has = (field: string): boolean => valueAt(row, column(field)) !== undefined;
  const lacking = ({ fields }: Schema<unknown>): number =>
    fields.filter((field) => !has(field) && alike(field) === undefined).length;
  const several = schemas.filter(({ fields }) => fields.length > 1);
  const [nearest] = (several.length > 0 ? several : schemas).toSorted((a, b) => lacking(a) - lacking(b));
  const letter = (index: number): string => String.fromCodePoint(97 + index);
  return (nearest?.fields ?? [])
    .map((field, index) => `${field}=${(has(field) ? undefined : alike(field)) ?? letter(index)}`)
    .join(',');
}

/** The field that alone is to blame; undefined where several shapes are equally near, and lack different ones. */
function nearestField(missing: readonly (readonly string[])[]): string | undefined {
  const least = Math.min(...missing.map(({ length }) => length));
  const first = new Set(missing.filter(({ length }) => length === least).map(([field]) => field));
  return first.size === 1 ? [...first][0] : undefined;
}

/** Names as they are, with the spaces that they may have. */
function quoted(names: readonly string[]): string {
  return names.map((name) => JSON.stringify(name)).join(', ');
}
