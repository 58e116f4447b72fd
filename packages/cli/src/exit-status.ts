import { AisError, type ErrorExit } from '@ais/runtime/errors';
import { CommanderError } from 'commander';

/** Status of a process that Ctrl-C (SIGINT) ended, as shells report it: 128 + 2. */
export const INTERRUPTED = 130;

const statuses: Readonly<Record<ErrorExit, number>> = { usage: 2, failure: 1, interrupted: INTERRUPTED };

/** The exit status that a failure stands for: 2 for wrong usage, 130 for an interruption, else 1. */
export function exitStatus(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof AisError) return statuses[error.exit];
  // The platform throws this when a signal aborts.
  return error instanceof Error && error.name === 'AbortError' ? INTERRUPTED : 1;
}
