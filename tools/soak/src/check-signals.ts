import { join } from 'node:path';
import { interruptAndResume, type SignalOutcome, signalCases, unbroken } from './signal-runs.js';

/**
 * Sends SIGINT and SIGTERM to `ais` in each phase of its commands, and lets it go on.
 *
 * @param folder where the runs are made
 */
export async function checkSignals(
  folder: string,
  backend: string,
  onOutcome: (outcome: SignalOutcome) => void,
): Promise<SignalOutcome[]> {
  const outcomes: SignalOutcome[] = [];
  const wholes = new Map<readonly string[], string>();
  for (const [index, item] of signalCases(backend).entries()) {
    const whole = wholes.get(item.command) ?? join(folder, `whole-${index}`);
    if (!wholes.has(item.command)) await unbroken(item, whole);
    wholes.set(item.command, whole);
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const outcome = await interruptAndResume(item, signal, whole, join(folder, `${signal}-${index}`));
      outcomes.push(outcome);
      onOutcome(outcome);
    }
  }
  return outcomes;
}
