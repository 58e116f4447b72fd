import { AisError } from '@ais/runtime/errors';
import { onInterruption } from './interruption.js';
import { type ProgressOptions, progressReporter } from './progress.js';

/** The progress reporter of a command, and the signal that stops it. */
export interface Terminal {
  readonly reporter: ReturnType<typeof progressReporter>;
  readonly signal: AbortSignal;
}

/** How work shows itself on the terminal. */
interface TerminalOptions extends ProgressOptions {
  /** The line for the user when a signal arrives; by default, that the work stops where it can resume. */
  readonly announce?: string;
}

/** Gives work a progress reporter and a signal that Ctrl-C, SIGTERM, and SIGHUP abort, from its first moment. */
export async function onTerminal<Result>(
  work: (terminal: Terminal) => Promise<Result>,
  { announce, ...options }: TerminalOptions = {},
): Promise<Result> {
  const reporter = progressReporter(process.stderr, options);
  const interruption = onInterruption((line) => reporter.line(announce ?? line));
  try {
    return await interruption.run(() => work({ reporter, signal: interruption.signal }));
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
