import { explainFileError } from '@ais/runtime/files';

/** Codes of failures that go away once a disk has space, or a disk or its server is there again. */
const PASSING: readonly unknown[] = ['disk-full', 'ENOSPC', 'EDQUOT', 'EIO', 'ESTALE', 'ETIMEDOUT'];

/** An error of a store, marked as one that may pass; the mark goes with it from process to process. */
export function passing<T extends Error>(error: T): T {
  return Object.assign(error, { isPassing: true });
}

/**
 * Whether a failure is that of a store that is full, or away, for now. This affects every stage: all would fail within a minute.
 */
export function isPassing(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const { code, isPassing: isMarked } = error as { readonly code?: unknown; readonly isPassing?: unknown };
  return isMarked === true || PASSING.includes(code);
}

/** What is said while such a failure is waited out. */
export function passingWarning(error: Error, pauseMs: number): string {
  const { message } = explainFileError(error, 'the store') as Error;
  return `${message.replace(/\.?$/, '.')} Until this is over, it is tried every ${pauseMs / 1000} s.`;
}
