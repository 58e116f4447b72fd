import { setTimeout as delay } from 'node:timers/promises';
import { storedCheckpoints } from '../stored-run.js';
import { differencesOf, leftoversOf, outcomeOf } from './outcome.js';
import { type Phase, stepsOf } from './phases.js';
import { leadToEnd, outOf, startCommand } from './started-command.js';

/** What may befall a command in any phase. */
export const DISTURBANCES = ['SIGINT', 'SIGTERM', 'SIGHUP', 'closed stdout', 'closed stderr'] as const;
export type Disturbance = (typeof DISTURBANCES)[number];

/** What came of one. */
export interface DisturbedCommand {
  readonly status: number | null;
  /** From the disturbance to the end of the process. */
  readonly seconds: number;
  /** What is wrong; nothing where all is as promised. */
  readonly problem?: string;
}

/** An update that is under way is finished, and no other. */
const MORE_STEPS = 1;

/**
 * Starts a command, disturbs it in a phase, looks at how it ends and at what it leaves, lets it resume, and compares with an
 * undisturbed run.
 *
 * A signal ends it where it can resume. A closed standard error is not noticed. A closed standard output ends it without a
 * word when it is written.
 *
 * @param folder where the command works
 * @param expected what an undisturbed run leaves
 */
export async function disturbCommand(
  { command, when }: Pick<Phase, 'command' | 'when'>,
  disturbance: Disturbance,
  folder: string,
  expected: Readonly<Record<string, string>>,
): Promise<DisturbedCommand> {
  const started = startCommand(command, folder, { stdout: 'pipe' });
  const { process: child, said } = started;
  child.stdout?.resume();
  while (child.exitCode === null && !when(folder, said())) await delay(2);
  if (child.exitCode !== null)
    return { status: child.exitCode, seconds: 0, problem: `it ended before the phase was seen: ${said()}` };
  const run = outOf(command, folder);
  const before = performance.now();
  const steps = stepsOf(run);
  if (disturbance === 'closed stdout') child.stdout?.destroy();
  else if (disturbance === 'closed stderr') child.stderr?.destroy();
  else child.kill(disturbance);
  const { status } = await started.ended;
  const seconds = (performance.now() - before) / 1000;
  const problem = (text: string): DisturbedCommand => ({ status, seconds, problem: `${text}\n${said()}` });

  const isSignal = disturbance.startsWith('SIG');
  if (isSignal && status !== 130) return problem(`it ended with ${status}, not as interrupted.`);
  if (!isSignal && status !== 0) return problem(`it ended with ${status}.`);
  if (isSignal) {
    const more = stepsOf(run) - steps;
    if (more > MORE_STEPS) return problem(`it made ${more} more updates.`);
    const durable = storedCheckpoints(run).at(-1);
    if (stepsOf(run) > 0 && (!durable?.whole || durable.step !== stepsOf(run)))
      return problem(`its checkpoint is of step ${durable?.step}, after ${stepsOf(run)}.`);
  }
  try {
    if (isSignal) await leadToEnd(command, folder);
    const wrong = [...differencesOf(outcomeOf(command, folder), expected), ...leftoversOf(folder)];
    return wrong.length === 0 ? { status, seconds } : problem(`in the end ${wrong.join(', ')} differ.`);
  } catch (error) {
    return problem(String(error));
  }
}
