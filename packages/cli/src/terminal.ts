import { AisError } from '@ais/runtime/errors';
import { onInterruption } from './interruption.js';
import { type ProgressOptions, progressReporter } from './progress.js';

/** The progress reporter of a command, and the signal that stops it. */
export interface Terminal {
  readonly reporter: ReturnType<typeof progressReporter>;
  readonly signal: AbortSignal;
}

/** Gives a whole command a progress reporter and a signal that Ctrl-C, SIGTERM, and SIGHUP abort, from its first moment. */
export async function onTerminal(
  work: (terminal: Terminal) => Promise<void>,
  options?: ProgressOptions,
): Promise<void> {
  const reporter = progressReporter(process.stderr, options);
  const interruption = onInterruption((line) => reporter.line(line));
  try {
    await interruption.run(() => work({ reporter, signal: interruption.signal }));
  } finally {
    reporter.stop();
    interruption.release();
  }
}

/** Does work that can be resumed; when it is stopped, says with which command. */
export async function resumable(
  command: string,
  { reporter, signal }: Terminal,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    reporter.stop();
    // Another process that trains with this one may have been stopped.
    if (signal.aborted || isInterruption(error)) process.stderr.write(`Stopped. To resume: ${command}\n`);
    throw error;
  }
}

function isInterruption(error: unknown): boolean {
  return error instanceof AisError && error.exit === 'interrupted';
}
