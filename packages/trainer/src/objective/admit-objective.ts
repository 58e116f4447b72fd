import { TrainerError } from '../errors.js';
import { type AnyObjective, probeObjective } from './objective-probe.js';

/**
 * Checks that a stage can train with an objective, before anything expensive is done.
 *
 * @param stage.feedback what the stage trains on
 * @param stage.rewards whether its batches carry the rewards of their responses
 * @param stage.batchSize examples whose losses make one update
 * @param stage.microBatchSize how many of them an objective sees at a time; all of them by default
 * @returns what config.json says of the objective
 * @throws {TrainerError} `unsupported-objective` naming the objective, see `probeObjective`; it also learns from something else, or
 *   its losses depend on a whole batch that comes in parts
 */
export async function admitObjective(
  objective: AnyObjective,
  stage: {
    readonly feedback: 'pairs' | 'samples';
    readonly rewards?: boolean;
    readonly batchSize: number;
    readonly microBatchSize?: number | undefined;
  },
): Promise<{ readonly name: string; readonly lossesAtProbe: readonly number[] }> {
  const { feedback, rewards = false, batchSize, microBatchSize = batchSize } = stage;
  const lossesAtProbe = await probeObjective(objective, { rewards });
  const { name, requires } = objective;
  if (requires.feedback !== feedback) {
    throw new TrainerError(
      'unsupported-objective',
      `The objective "${name}" learns from ${requires.feedback}, not from ${feedback}.`,
    );
  }
  if (requires.wholeBatch && microBatchSize < batchSize) {
    throw new TrainerError(
      'unsupported-objective',
      `The losses of the objective "${name}" depend on the whole batch. Set microBatchSize to batchSize, ${batchSize}.`,
    );
  }
  return { name, lossesAtProbe };
}
