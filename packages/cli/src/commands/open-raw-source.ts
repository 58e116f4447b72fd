import type { OpenedSource, RecordKind } from '@ais/data';
import { defined, type RawFlags, type Rendering } from './data-options.js';

/**
 * Opens a raw set as `--kind` says. Without it, the first row decides: comparisons if it fits a shape of comparisons and none of
 * text, otherwise text. Where faulty rows are skipped, the first row may be one, and the set is text.
 */
export async function openRawSource(
  name: string,
  { onError, ...raw }: RawFlags & { readonly onError?: 'stop' | 'skip' },
  rendering: Rendering,
): Promise<OpenedSource> {
  const { collectRecords, DataError, openSource } = await import('@ais/data');
  const options = defined({ ...raw, ...rendering, split: raw.hubSplit });
  const isRecognizedAs = async (kind: RecordKind): Promise<boolean> => {
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
    raw.kind === undefined &&
    onError !== 'skip' &&
    !(await isRecognizedAs('text')) &&
    (await isRecognizedAs('comparisons'));
  return openSource(name, { ...options, ...(areComparisons && { kind: 'comparisons' }) });
}
