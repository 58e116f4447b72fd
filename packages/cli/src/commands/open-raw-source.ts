import type { OpenedSource, RecordKind } from '@ais/data';
import { defined, type RawFlags, type Rendering } from './data-options.js';

/**
 * Opens a raw set as `--kind` says. Without it, the columns that are named decide, then the first row: comparisons if only these have
 * such fields, or if the row fits a shape of comparisons and none of text, otherwise text. Where faulty rows are skipped, the first
 * row that fits either decides.
 */
export async function openRawSource(
  name: string,
  { onError = 'stop', ...raw }: RawFlags & { readonly onError?: 'stop' | 'skip' },
  rendering: Rendering,
): Promise<OpenedSource> {
  const { collectRecords, createReadReport, DataError, openSource } = await import('@ais/data');
  const options = defined({ ...raw, ...rendering, split: raw.hubSplit });
  const open = (kind: RecordKind): OpenedSource => openSource(name, { ...options, kind });

  /** Whether there are such fields: an unknown field of `--columns` is found before anything is read. */
  const hasFields = (kind: RecordKind): boolean => {
    try {
      open(kind);
      return true;
    } catch (error) {
      if (error instanceof DataError && error.code === 'invalid-option') return false;
      throw error;
    }
  };

  const isRecognizedAs = async (kind: RecordKind, reading: 'stop' | 'skip'): Promise<boolean> => {
    const report = createReadReport();
    const records = collectRecords<unknown>(open(kind).source, { limit: 1, onError: reading, report });
    const found = await records.catch((error: unknown) => {
      if (!(error instanceof DataError)) throw error;
      // What is no fault of a row, such as a file that is not there, is said when the set is read.
      return error.fault !== undefined || error.code === 'unknown-columns' ? [] : [error];
    });
    return found.length > 0 || report.shapes.length > 0;
  };

  const recognized = async (): Promise<RecordKind> => {
    if (!hasFields('text')) return hasFields('comparisons') ? 'comparisons' : 'text';
    // The whole of a set is read only where its first row is faulty.
    for (const reading of onError === 'skip' ? (['stop', 'skip'] as const) : (['stop'] as const)) {
      for (const kind of ['text', 'comparisons'] as const) {
        if (await isRecognizedAs(kind, reading)) return kind;
      }
    }
    return 'text';
  };
  return open(raw.kind ?? (await recognized()));
}
