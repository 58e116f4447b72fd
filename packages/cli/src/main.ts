import { describeError } from './describe-error.js';
import { failurePrefix } from './failure-prefix.js';
import { exitOnSignals, tellOfClosedOutput } from './interruption.js';
import { printable } from './printable.js';
import { leaveProcessGroup } from './process-group.js';
import { runProgram } from './program.js';
import { guardStandardStreams } from './standard-streams.js';

/**
 * Runs `ais` as the program of this process.
 *
 * @returns the exit status: that of `runProgram`; 1 if standard output cannot be written. A reader that has read enough is
 *   no failure
 */
export async function main(argv: readonly string[]): Promise<number> {
  exitOnSignals();
  const streams = guardStandardStreams(tellOfClosedOutput);
  const status = await runProgram(argv);
  await leaveProcessGroup(status);
  // Streams tell what went wrong with a write after it has returned.
  await new Promise((resolve) => process.stdout.write('', () => setImmediate(resolve)));
  const { outputFailure } = streams;
  if (outputFailure === undefined || outputFailure.code === 'EPIPE') return status;
  const { shown } = describeError(Object.assign(outputFailure, { path: 'standard output' }));
  process.stderr.write(`${failurePrefix()} ${printable(shown)}\n`);
  return Math.max(status, 1);
}
