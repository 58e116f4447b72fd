import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { interruptAndResume, modelRun, type SignalOutcome, signalCases, unbroken } from './signal-runs.js';

/**
 * Sends SIGTERM, SIGINT, and SIGHUP to `ais` in each phase of its commands, and lets it resume.
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
  const model = join(folder, 'model');
  await unbroken(modelRun(backend), model);
  for (const [index, item] of signalCases(backend, model).entries()) {
    const whole = wholes.get(item.command) ?? join(folder, `whole-${index}`);
    if (!wholes.has(item.command)) await unbroken(item.command, whole);
    // What is labeled is what was generated.
    if (item.command[0] === 'generate') cpSync(whole, join(model, 'responses.jsonl'));
    wholes.set(item.command, whole);
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
      const outcome = await interruptAndResume(item, signal, whole, join(folder, `${signal}-${index}`));
      outcomes.push(outcome);
      onOutcome(outcome);
    }
  }
  return outcomes;
}
