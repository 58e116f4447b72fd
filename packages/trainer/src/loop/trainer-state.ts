import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readText } from '@ais/runtime/files';
import { TrainerError } from '../errors.js';
import type { AdamW } from '../optimizer/adamw.js';
import type { JsonObject } from '../run/json.js';
import { readOptimizer, writeOptimizer } from '../run/optimizer-file.js';
import type { Metrics, TrainingPlan } from './training-options.js';

/** Where a run is, besides its model and its optimizer. */
export interface TrainerPosition {
  /** Updates done. */
  readonly step: number;
  /** Length of metrics.jsonl when the checkpoint was written, in bytes. */
  readonly metricsOffset: number;
  /** Tokens that the model has read in training. */
  readonly tokens: number;
  /** Steps left out because they were not finite: all of them, and those at the end in a row. */
  readonly skipped: number;
  readonly skippedInRow: number;
}

/** What else a checkpoint tells of its run. */
interface RunFacts {
  readonly seed: number;
  readonly plan: TrainingPlan;
  readonly optimizer: AdamW;
  /** What config.json holds: versions and the fingerprints of model and data among it. */
  readonly configuration: JsonObject;
}

const STATE = 'trainer-state.json';
const FORMAT = 1;

/** Writes what a checkpoint holds beside the model: the optimizer's moments and the run's position. */
export async function writeTrainerState(
  directory: string,
  { position, lastMetrics }: { readonly position: TrainerPosition; readonly lastMetrics: Metrics },
  { seed, plan, optimizer, configuration }: RunFacts,
): Promise<void> {
  const state = await optimizer.state();
  await writeOptimizer(directory, state);
  const epoch = Math.floor(position.step / plan.stepsPerEpoch);
  const content = {
    format: FORMAT,
    ...position,
    steps: plan.steps,
    optimizerUpdates: state.updates,
    // Each epoch's order is drawn from the seed and the epoch alone, so this is the whole random state.
    random: { seed, epoch },
    data: { epoch, batch: position.step % plan.stepsPerEpoch },
    schedule: { name: plan.schedule.name, ...plan.schedule.settings, warmupSteps: plan.warmupSteps },
    lastMetrics,
    run: configuration,
  };
  await writeFile(join(directory, STATE), `${JSON.stringify(content, null, 2)}\n`);
}

/**
 * Reads the run's position and fills the optimizer.
 *
 * @throws {TrainerError} `checkpoint-mismatch` if the optimizer's moments do not fit the model
 */
export async function readTrainerState(directory: string, optimizer: AdamW): Promise<TrainerPosition> {
  const state = JSON.parse(await readText(join(directory, STATE))) as TrainerPosition & {
    readonly format: number;
    readonly optimizerUpdates: number;
  };
  if (state.format !== FORMAT) {
    throw new TrainerError(
      'checkpoint-mismatch',
      `${directory} has format ${state.format}; this version reads format ${FORMAT}. Use the version that wrote it.`,
    );
  }
  optimizer.restore(await readOptimizer(directory, state.optimizerUpdates));
  const { step, metricsOffset, tokens, skipped, skippedInRow } = state;
  return { step, metricsOffset, tokens, skipped, skippedInRow };
}
