import { interruption } from '@ais/runtime/process';
import { DataError, type RecordFault } from '../errors.js';
import type { Row, RowSource } from '../records/row.js';
import { UndecodableText } from '../records/row-fields.js';
import { plainValue } from './plain-value.js';

/** The rows of a table that a decoder reads, in a file that either is sound or is not. */
export function tableRows(
  name: string,
  readRows: (wanted: readonly string[] | undefined) => AsyncIterable<Row>,
): RowSource {
  return {
    name,
    async *rows(faults, wanted) {
      const interrupted = interruption();
      let hasGiven = false;
      try {
        for await (const row of readRows(wanted)) {
          interrupted?.throwIfAborted();
          yield row;
          hasGiven = true;
        }
      } catch (error) {
        // Rows that were given came from a file that now turns out to be damaged.
        if (hasGiven || !(error instanceof DataError)) throw error;
        faults.meet(error);
      }
    },
  };
}

/** Whole numbers as JSON would have them, and text that is not UTF-8, which arrives from a thread as bytes in an object. */
export function decodedRow(value: Record<string, unknown>): Record<string, unknown> {
  return plainValue(revive(value)) as Record<string, unknown>;
}

function revive(value: Record<string, unknown>): Record<string, unknown> {
  for (const [column, content] of Object.entries(value)) {
    if (typeof content === 'object' && content !== null) value[column] = reviveWithin(content);
  }
  return value;
}

function reviveWithin(value: object): unknown {
  if ('undecodable' in value && value.undecodable instanceof Uint8Array) {
    return new UndecodableText(value.undecodable);
  }
  if (Array.isArray(value)) {
    for (const [index, content] of value.entries()) {
      if (typeof content === 'object' && content !== null) value[index] = reviveWithin(content);
    }
    return value;
  }
  return ArrayBuffer.isView(value) || value instanceof Date
    ? value
    : revive(value as Record<string, unknown>);
}

/** What a reading of a file gives, or the error that the file is not what it should be. */
export async function sound<T>(path: string, reading: Promise<T>, problem = 'is damaged'): Promise<T> {
  try {
    return await reading;
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    throw faultyFile(path, 'damaged-file', `${problem} (${(cause as Error).message})`, cause);
  }
}

export function faultyFile(
  path: string,
  fault: RecordFault & ('damaged-file' | 'truncated-file'),
  what: string,
  cause?: unknown,
): DataError {
  return new DataError(fault, `${path} ${what}. Get the file again.`, {
    cause,
    fault,
    place: { file: path },
  });
}
