import { CommanderError } from 'commander';

/** Status of a process that Ctrl-C (SIGINT) ended, as shells report it: 128 + 2. */
export const INTERRUPTED = 130;

const usageErrors = new Set([
  'UsageError',
  'ConfigurationError',
  'UnknownBackendError',
  'UnknownPresetError',
  'UnknownSourceError',
]);
const interruptions = new Set(['AbortError', 'TrainingInterrupted', 'StudyInterrupted']);

/**
 * The exit status that a failure stands for: 2 for wrong usage, 130 for an interruption, else 1.
 *
 * Errors are told apart by name, so that they are recognized across duplicate installs of a package.
 */
export function exitStatus(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (!(error instanceof Error)) return 1;
  if (usageErrors.has(error.name)) return 2;
  return interruptions.has(error.name) ? INTERRUPTED : 1;
}
