import { debianSource, jsonlSource, type Source, syntheticSource } from '@ais/data';
import type { DemoSettings } from './demo-settings.js';

/**
 * The records that a demo works on: `synthetic` (procedural, built in), `debian` (package descriptions, one for each
 * first paragraph), or the path of a `.jsonl` file with `id`, `subreddit`, `title`, `post` and `summary` in each line.
 *
 * @throws {UnknownSourceError}
 */
export function demoSource({
  source,
  seed,
  corpus,
}: Pick<DemoSettings, 'source' | 'seed' | 'corpus'>): Source {
  if (source === 'synthetic') {
    const wanted = corpus.supervised + corpus.reward + corpus.preference + corpus.evaluation;
    // Splitting by content hash gives each split its share only on average: a tenth more makes room for that.
    return syntheticSource({ seed, count: Math.ceil(1.1 * wanted) + 500 });
  }
  if (source === 'debian') return debianSource({ deduplicatePrefix: 60 });
  if (source.endsWith('.jsonl')) return jsonlSource(source);
  throw new UnknownSourceError(source);
}

export class UnknownSourceError extends Error {
  override readonly name = 'UnknownSourceError';
  constructor(source: string) {
    super(
      `@ais/studies: there is no source "${source}". Use one of: synthetic, debian, or the path of a .jsonl file.`,
    );
  }
}
