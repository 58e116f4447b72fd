import type { OpenedSource, Tokenizer } from '@ais/data';
import type { ProgressReporter } from '../progress.js';
import { defined, VOCABULARY_SIZE } from './data-options.js';

export interface TokenizerFlags {
  /** The tokenizer that --tokenizer names. */
  readonly tokenizer?: Tokenizer | undefined;
  readonly vocabularySize?: number;
  readonly limit?: number;
  readonly onError?: 'stop' | 'skip';
}

/** The tokenizer that --tokenizer names; without one, a tokenizer learned from the first records of the source. */
export async function tokenizerFor(
  source: OpenedSource,
  { tokenizer, vocabularySize = VOCABULARY_SIZE, limit = 100_000, onError }: TokenizerFlags,
  reporter: ProgressReporter,
): Promise<Tokenizer> {
  if (tokenizer !== undefined) return tokenizer;
  const { sourceTexts } = await import('@ais/data');
  const { trainTokenizer } = await import('@ais/data/tokenizer');
  reporter.line(`No --tokenizer: learning one of ${vocabularySize} tokens from the source.`);
  return trainTokenizer(sourceTexts(source, { limit, ...defined({ onError }) }), { vocabularySize });
}
