import { DataError } from '../errors.js';
import type { ReadOptions } from './read-report.js';
import type { Source } from './record.js';
import { describe } from './row-fields.js';

/**
 * The records of a source, which may be a user's own, and may have them in an array.
 *
 * @throws {DataError} `invalid-option` for what is no source, such as an array, and where they cannot be iterated over, such as a promise
 *   of an array
 */
export function requireRecords<R>(source: Source<R>, options: ReadOptions): AsyncIterable<R> {
  requireSource(source);
  const found: unknown = source.records(options);
  if (typeof found === 'object' && found !== null) {
    if (Symbol.asyncIterator in found) return found as AsyncIterable<R>;
    if (Symbol.iterator in found) return inTurn(found as Iterable<R>);
  }
  const what = found instanceof Promise ? 'a promise' : describe(found);
  throw new DataError(
    'invalid-option',
    `the source ${source.name}: records() must return an async iterable, got ${what}. Write it as a generator: async *records() { yield record; }.`,
  );
}

/** @throws {DataError} `invalid-option` for what is no source, such as an array */
export function requireSource(source: unknown): void {
  if (typeof (source as Partial<Source<unknown>> | null | undefined)?.records === 'function') return;
  throw new DataError(
    'invalid-option',
    `expected a source, got ${describe(source)}. Give what openSource or textSource returns, or an object with a name and records(); ` +
      'an array of records is read as it is.',
  );
}

async function* inTurn<R>(records: Iterable<R>): AsyncGenerator<R> {
  yield* records;
}
