import { failurePrefix } from './failure-prefix.js';
import { printable } from './printable.js';

interface Reported {
  readonly task: string;
  readonly completed: number;
  readonly total: number;
}

/** The last progress that the running command reported. */
let last: Reported | undefined;

/** Remembers the progress of the running command, for the message of an exit before it ends. */
export function rememberProgress({ task, completed, total }: Reported): void {
  last = { task, completed, total };
}

/** Node's exit status when nothing is left to do, and a top-level `await` is still pending. */
const NEVER_SETTLED = 13;

/**
 * Explains an exit before the command has ended, because it waits for a promise that nothing can settle any more. Listens to
 * the `exit` of the process.
 */
export function reportUnsettledExit(status: number): void {
  // Node 20 has it in exitCode alone.
  if (status !== NEVER_SETTLED && process.exitCode !== NEVER_SETTLED) return;
  const progress = last && ` Last progress: ${last.task}, ${last.completed} of ${last.total}.`;
  process.stderr.write(
    `${failurePrefix()} stopped: a promise never settled. Look at the module that was named, such as a judge or an objective: ` +
      `each of its promises must be resolved or rejected.${printable(progress ?? '')}\n`,
  );
  process.exitCode = 1;
}
