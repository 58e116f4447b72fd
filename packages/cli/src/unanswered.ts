import { failurePrefix } from './failure-prefix.js';
import { printable } from './printable.js';

interface Reported {
  readonly task: string;
  readonly completed: number;
  readonly total: number;
}

/** What was reported last, of the command that runs. */
let last: Reported | undefined;

/** Keeps in mind what is being worked on, for the case that it never ends. */
export function keepInMind({ task, completed, total }: Reported): void {
  last = { task, completed, total };
}

/** What Node ends with where nothing is left to do, and the program still waits. */
const NEVER_SETTLED = 13;

/**
 * Says what has happened where the process ends although the command has not: it waits for a promise that nothing can settle
 * any more. Listens to the `exit` of the process.
 */
export function tellOfUnanswered(status: number): void {
  // Node 20 has it in exitCode alone.
  if (status !== NEVER_SETTLED && process.exitCode !== NEVER_SETTLED) return;
  const task = last && ` The last that was reported: ${last.task}, ${last.completed} of ${last.total}.`;
  process.stderr.write(
    `${failurePrefix()} something that was waited for never answered: a promise is left that nothing settles.${printable(task ?? '')} ` +
      'Look at the module that was named, such as a judge or an objective: each of its promises must be resolved or rejected.\n',
  );
  process.exitCode = 1;
}
