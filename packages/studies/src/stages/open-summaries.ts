import { debianSource, openSource, type Source, syntheticSource, type TextRecord } from '@ais/data';

/**
 * The records that a name stands for: `synthetic` (procedural, built in), `debian` (package descriptions, one for each
 * first paragraph), the path of a `.jsonl` file with `id`, `subreddit`, `title`, `post` and `summary` in each line, or
 * `owner/name` of a data set on the Hub.
 *
 * @param options.records how many are needed; `synthetic` makes as many
 * @param options.split of a data set on the Hub; `train` where absent
 * @throws {UnknownSourceError}
 */
export function openSummaries(
  name: string,
  options: { readonly seed: number; readonly records: number; readonly split?: string },
): Source<TextRecord> {
  const { seed, records, split } = options;
  if (name === 'synthetic') {
    // Splitting by content hash gives each split its share only on average: a tenth more makes room for that.
    return syntheticSource({ seed, count: Math.ceil(1.1 * records) + 500 });
  }
  if (name === 'debian') return debianSource({ deduplicatePrefix: 60 });
  if (name.endsWith('.jsonl') || /^[\w.-]+\/[\w.-]+$/.test(name)) {
    const { source } = openSource(name, { ...(split !== undefined && { split }) });
    return source as Source<TextRecord>;
  }
  throw new UnknownSourceError(name);
}

export class UnknownSourceError extends Error {
  override readonly name = 'UnknownSourceError';
  constructor(source: string) {
    super(
      `@ais/studies: there is no source "${source}". Use one of: synthetic, debian, the path of a .jsonl file, or ` +
        'owner/name of a data set on the Hub.',
    );
  }
}
