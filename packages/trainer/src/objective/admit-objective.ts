import type { Requirements } from '@ais/objectives';
import { TrainerError } from '../errors.js';
import { alone, type ProcessGroup } from '../group/process-group.js';
import { type AnyObjective, comparesWithinPrompts, probeObjective } from './objective-probe.js';

const named = (feedback: Requirements['feedback']): string =>
  feedback === 'unpaired' ? 'labeled responses' : feedback;

/**
 * Checks that a stage can train with an objective, before anything expensive is done.
 *
 * @param stage.feedback what the stage trains on
 * @param stage.rewards whether its batches carry the rewards of their responses
 * @param stage.batchSize examples whose losses make one update
 * @param stage.microBatchSize how many of them an objective sees at a time; all of them by default. Samples of one prompt stay together
 * @param stage.group processes that share each batch; one by default
 * @returns what config.json says of the objective
 * @throws {TrainerError} `unsupported-objective` naming the objective, see `probeObjective`; it also learns from something else, or
 *   its losses depend on a whole batch that comes in parts
 */
export async function admitObjective(
  objective: AnyObjective,
  stage: {
    readonly feedback: Requirements['feedback'];
    readonly rewards?: boolean;
    /** Columns that its batches can have; any by default. */
    readonly columns?: readonly string[];
    readonly batchSize: number;
    readonly microBatchSize?: number | undefined;
    readonly group?: Pick<ProcessGroup, 'size'>;
  },
): Promise<{ readonly name: string; readonly lossesAtProbe: readonly number[] }> {
  const { feedback, rewards = false, columns, batchSize, microBatchSize = batchSize, group = alone } = stage;
  const lossesAtProbe = await probeObjective(objective, { rewards });
  const { name, requires } = objective;
  if (requires.feedback !== feedback) {
    throw new TrainerError(
      'unsupported-objective',
      `The objective "${name}" learns from ${named(requires.feedback)}, not from ${named(feedback)}.`,
    );
  }
  const unknown = requires.columns?.find((column) => columns && !columns.includes(column));
  if (unknown !== undefined) {
    const known = columns && columns.length > 0 ? `only ${columns.join(' and ')}` : 'no columns';
    throw new TrainerError(
      'unsupported-objective',
      `The objective "${name}" reads the column ${unknown}, and this training has ${known}.`,
    );
  }
  if (requires.wholeBatch && group.size > 1) {
    throw new TrainerError(
      'unsupported-objective',
      `The losses of the objective "${name}" depend on the whole batch, of which each of ${group.size} processes sees a part. Train in one process.`,
    );
  }
  if (requires.wholeBatch && microBatchSize < batchSize && !(await comparesWithinPrompts(objective))) {
    throw new TrainerError(
      'unsupported-objective',
      `The losses of the objective "${name}" depend on the whole batch. Set microBatchSize to batchSize, ${batchSize}.`,
    );
  }
  return { name, lossesAtProbe };
}
