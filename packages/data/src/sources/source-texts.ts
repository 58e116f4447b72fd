import type { OnError } from '../records/read-report.js';
import type { OpenedSource } from '../records/record.js';
import { requireMost } from '../records/require-option.js';
import { requireRecords } from '../records/require-records.js';

/**
 * The texts of a source's records, as a model meets them: what a tokenizer for them is trained on.
 *
 * @param source of `openSource`
 * @param options `onError` as of reading; `limit`: stop after this many records
 * @throws {DataError} while reading: `invalid-option` for a limit that is not an integer, or below 0; what the source throws
 * @example
 * const texts = sourceTexts(openSource('synthetic', { count: 100 }), { limit: 50 });
 * const tokenizer = await trainTokenizer(texts, { vocabularySize: 300 });
 */
export async function* sourceTexts(
  opened: OpenedSource,
  { onError = 'stop', limit = Number.POSITIVE_INFINITY }: { onError?: OnError; limit?: number } = {},
): AsyncGenerator<string> {
  requireMost('sourceTexts: limit', limit);
  if (limit === 0) return;
  let count = 0;
  for await (const text of textsOf(opened, onError)) {
    yield text;
    // What is behind the limit is not read.
    if (++count >= limit) return;
  }
}

async function* textsOf({ kind, source }: OpenedSource, onError: OnError): AsyncGenerator<string> {
  if (kind === 'comparisons') {
    for await (const { prompt, chosen, rejected } of requireRecords(source, { onError })) {
      yield `${prompt}${chosen}\n${rejected}`;
    }
    return;
  }
  for await (const { prompt, response } of requireRecords(source, { onError })) yield prompt + response;
}
