import { DataError, readFaults } from '@ais/data';
import { openRows } from '@ais/data/formats';
import type { TextSettings } from '../settings/text-settings.js';

type Columns = Readonly<Record<string, string>>;

/** Which columns of pairs, or of labeled responses, have which fields. */
export interface PairColumns {
  /** Columns that were given for these rows. */
  readonly columns?: TextSettings['columns'];
  /** Columns of the source, which these rows may have too. */
  readonly sourceColumns?: TextSettings['columns'];
}

/** The columns of the source that rows have too, and that nothing else was given for; the first row says so. */
export async function sharedColumns(
  name: string,
  { columns = {}, sourceColumns = {} }: PairColumns,
): Promise<Columns> {
  const candidates = Object.entries(sourceColumns).filter(([field]) => columns[field] === undefined);
  if (candidates.length === 0) return {};
  // A path such as info.post needs its column; a column whose name has a dot in it needs itself.
  const topOf = (column: string): string => column.split('.', 1)[0] ?? column;
  const wanted = candidates.flatMap(([, column]) => [column, topOf(column)]);
  for await (const { value } of openRows(name).rows(readFaults(), wanted)) {
    return Object.fromEntries(
      candidates.filter(([, column]) => (value[column] ?? value[topOf(column)] ?? undefined) !== undefined),
    );
  }
  return {};
}

/**
 * The columns that a reader of rows has fields for.
 *
 * @param open makes the reader, without reading
 */
export function columnsWithFields(columns: Columns, open: (columns: Columns) => unknown): Columns {
  return Object.fromEntries(
    Object.entries(columns).filter(([field, column]) => {
      try {
        open({ [field]: column });
        return true;
      } catch (error) {
        if (error instanceof DataError && error.code === 'invalid-option') return false;
        throw error;
      }
    }),
  );
}
