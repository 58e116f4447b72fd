import type { OpenedSource, RecordKind } from '@ais/data';
import { defined, type RawFlags, type Rendering } from './data-options.js';

/**
 * Opens a raw set as `--kind` says, or without it as its first rows are: as text, and as comparisons where they have the
 * columns of comparisons alone.
 */
export async function openRawSource(
  name: string,
  raw: RawFlags,
  rendering: Rendering,
): Promise<OpenedSource> {
  const { collectRecords, DataError, openSource } = await import('@ais/data');
  const options = defined({ ...raw, ...rendering, split: raw.hubSplit });
  const hasColumnsOf = async (kind: RecordKind): Promise<boolean> => {
    const { source } = openSource(name, { ...options, kind });
    try {
      await collectRecords<unknown>(source, { limit: 1 });
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      return error.code !== 'unknown-columns';
    }
    return true;
  };
  const areComparisons =
    raw.kind === undefined && !(await hasColumnsOf('text')) && (await hasColumnsOf('comparisons'));
  return openSource(name, { ...options, ...(areComparisons && { kind: 'comparisons' }) });
}
