import { withTemporaryFolder } from '@ais/runtime/files';
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import { type DataInspection, inspectPrepared, requireShown } from './inspect-prepared.js';
import { type PreparedSource, prepareDataset } from './prepare-dataset.js';

/** Options of `inspectSource`. */
export interface InspectSourceOptions {
  /** Examples to show; 3 by default. */
  readonly examples?: number;
  /** Dropped records to show; 50 by default. */
  readonly dropped?: number;
  /** Read at most this many records; 10,000 by default. */
  readonly limit?: number;
  /** As of `prepareDataset`. */
  readonly maxPromptTokens?: number;
  /** As of `prepareDataset`. */
  readonly maxResponseTokens?: number;
}

/**
 * Looks at a source before it is prepared: the first examples with their tokens, lengths, and what preparation would
 * leave out and why. It is prepared in a temporary folder, malformed rows skipped and counted, so that what is shown
 * is what would be.
 *
 * @param source of `openSource`, or a source and its kind
 * @param tokenizer the model's
 * @param options how much to read and to show
 * @returns what there is to see
 * @throws {DataError} what the source throws even where malformed rows are skipped; `invalid-option`
 * @example
 * const inspection = await inspectSource(openSource('synthetic', { count: 100 }), tokenizer, { examples: 1 });
 * console.log(inspection.stage, inspection.manifest.source.records); // raw 100
 */
export async function inspectSource(
  source: PreparedSource,
  tokenizer: Tokenizer,
  { examples = 3, dropped = 50, limit = 10_000, ...lengths }: InspectSourceOptions = {},
): Promise<DataInspection> {
  requireShown({ examples, dropped });
  return withTemporaryFolder('inspect', async (directory) => {
    await prepareDataset({
      ...source,
      ...lengths,
      tokenizer,
      directory,
      limit,
      splits: { all: 1 },
      onError: 'skip',
      longPrompts: 'drop',
      threads: 1,
    });
    const inspection = await inspectPrepared(directory, { examples, dropped });
    return { ...inspection, stage: 'raw', directory: source.source.name };
  });
}
