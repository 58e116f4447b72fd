import { createRandom } from '@ais/runtime/random';
import { DataError } from '../errors.js';
import type { Source } from '../records/record.js';
import { requireRecords, requireSource } from '../records/require-records.js';
import { familyOfTurns } from './conversation-shapes.js';

/** Options of `mixSources`. */
export interface MixSourcesOptions {
  /** Of the draws; 17 by default. */
  readonly seed?: number;
}

/** A source and how much of it there is in a mixture. */
export interface WeightedSource<R> {
  readonly source: Source<R>;
  /** Positive; shares are weights divided by their sum. */
  readonly weight: number;
}

/**
 * Mixes sources by weight: each record comes from a source that is drawn with the chance of its share, and is the next one
 * of that source.
 *
 * No record comes twice. The mixture ends when the source that is drawn has no more records, so its shares are met, on
 * average, from the first record to the last; of the other sources, the rest is not read. The report says how many records
 * each gave. The draws depend on the seed alone.
 *
 * Ids start with the number of their source (`2-` and the id), so that two sources may have the same ids; so do families that
 * turns of a conversation have by its id. Others are left as they are: records of one family stay together even if they come
 * from two sources.
 *
 * @param parts sources and weights; they may differ in their templates, since records are rendered where they are read
 * @param options the seed
 * @returns the mixture
 * @throws {DataError} `invalid-option` for weights that are not positive numbers, no sources, or what is none
 * @example
 * const parts = [
 *   { source: syntheticSource({ seed: 1, count: 90 }), weight: 0.9 },
 *   { source: syntheticSource({ seed: 2, count: 90 }), weight: 0.1 },
 * ];
 * const report = createReadReport();
 * for await (const record of mixSources(parts).records({ report })) void record;
 * console.log(report.mixture.map(({ weight }) => weight).join(' ')); // 0.9 0.1
 */
export function mixSources<R extends { id: string }>(
  parts: readonly WeightedSource<R>[],
  { seed = 17 }: MixSourcesOptions = {},
): Source<R> {
  const weights = parts.map(({ weight }) => weight);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  if (parts.length === 0 || !weights.every((weight) => weight > 0) || !Number.isFinite(sum)) {
    throw new DataError(
      'invalid-option',
      `mixSources: weights must be positive numbers, got [${weights.join(', ')}].`,
    );
  }
  createRandom(seed);
  for (const { source } of parts) requireSource(source);
  return {
    name: parts.map(({ source, weight }) => `${source.name}*${weight}`).join(','),
    async *records(reading = {}) {
      const random = createRandom(seed, 'mixture');
      const readers = parts.map(({ source }) => requireRecords(source, reading)[Symbol.asyncIterator]());
      const shares = parts.map(({ source, weight }) => ({ source: source.name, weight, records: 0 }));
      reading.report?.mixture.push(...shares);
      try {
        for (;;) {
          const index = draw(random.uniform() * sum, weights);
          const next = await readers[index]?.next();
          const share = shares[index];
          if (next === undefined || next.done || share === undefined) return;
          share.records++;
          yield renamed(next.value, `${index + 1}-`);
        }
      } finally {
        await Promise.all(readers.map((reader) => reader.return?.()));
      }
    },
  };
}

/** The part in which a position is, where parts as long as the weights lie in a row. */
function draw(position: number, weights: readonly number[]): number {
  let bound = 0;
  const index = weights.findIndex((weight) => {
    bound += weight;
    return position < bound;
  });
  // Rounding may leave the last bound just below the sum.
  return index < 0 ? weights.length - 1 : index;
}

function renamed<R extends { id: string }>(record: R, prefix: string): R {
  const { id, family, place } = record as R & { family?: unknown; place?: unknown };
  const conversation = id.replace(/\/\d+$/, '');
  const isOfTurns = family === familyOfTurns(conversation);
  const copy = {
    ...record,
    id: `${prefix}${id}`,
    ...(isOfTurns && { family: familyOfTurns(`${prefix}${conversation}`) }),
  };
  return place === undefined ? copy : Object.defineProperty(copy, 'place', { value: place });
}
