import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readText, removeWhole } from '@ais/runtime/files';
import { NonFiniteTraining, TrainerError } from '../errors.js';
import type { Parameters } from '../optimizer/adamw.js';
import { checkpointName, isWhole, writeCheckpoint } from '../run/checkpoint.js';
import { computeGradients, nonFiniteNames } from './train-step.js';
import type { TrainingPlan } from './training-options.js';
import type { TrainingStage } from './training-stage.js';

const STEP_FILE = 'step.json';

/** A step that failed, as its dump tells it. */
interface FailedStep {
  readonly format: 1;
  readonly stage: string;
  /** Counted from 1. */
  readonly step: number;
  readonly what: string;
  /** Of the stage's examples, in the order of the batch. */
  readonly indices: readonly number[];
  readonly recordIds: readonly string[];
  readonly microBatchSize: number;
  readonly lastMetrics: Readonly<Record<string, number>>;
}

/**
 * Writes what reproduces a failed step: the model before it, and its batch.
 *
 * @param root the run's folder of dumps
 * @returns the dump's folder
 */
export async function writeDump(
  root: string,
  stage: TrainingStage,
  failed: Omit<FailedStep, 'format' | 'stage'>,
): Promise<string> {
  const name = checkpointName(failed.step);
  // A run that was resumed comes to the same step again.
  await removeWhole(join(root, name));
  return writeCheckpoint(root, name, async (directory) => {
    await stage.save(directory);
    const content: FailedStep = { format: 1, stage: stage.name, ...failed };
    await writeFile(join(directory, STEP_FILE), `${JSON.stringify(content, null, 2)}\n`);
  });
}

/**
 * Repeats the step of a dump.
 *
 * @throws {NonFiniteTraining} as the run did, if the step fails again
 * @throws {TrainerError} `not-reproduced` if it does not; `damaged-run-directory`, `checkpoint-mismatch` if the
 *   dump is damaged, or belongs to other training
 */
export async function replayDump(
  directory: string,
  stage: TrainingStage,
  parameters: Parameters,
  plan: Pick<TrainingPlan, 'microBatchSize'>,
  signal?: AbortSignal,
): Promise<never> {
  if (!(await isWhole(directory))) {
    throw new TrainerError(
      'damaged-run-directory',
      `${directory} is not the dump of a step, or it is damaged.`,
    );
  }
  const failed = JSON.parse(await readText(join(directory, STEP_FILE))) as FailedStep;
  const { step, indices, recordIds, lastMetrics } = failed;
  const given = indices.map((index) => (index < stage.exampleCount ? stage.recordId(index) : undefined));
  if (failed.stage !== stage.name || given.join('\n') !== recordIds.join('\n')) {
    throw new TrainerError(
      'checkpoint-mismatch',
      `${directory} is of ${failed.stage} training on records ${recordIds.slice(0, 3).join(', ')} …, which are not ` +
        'what is given. Replay it with the data and settings of its run.',
    );
  }
  await stage.restore(directory);
  await stage.prepare?.(indices, { step: step - 1, ...(signal && { signal }) });
  const computed = await computeGradients(stage, parameters, indices, plan.microBatchSize);
  try {
    const { defect, gradients } = computed;
    if (defect) {
      throw new NonFiniteTraining(defect.what, step, defect.recordIds, lastMetrics, {
        parameters: await nonFiniteNames(gradients),
        dump: directory,
      });
    }
    throw new TrainerError(
      'not-reproduced',
      `The step of ${directory} is finite here: loss ${computed.loss}, gradient norm ${computed.norm}. Compare back end ` +
        `and versions with the run's config.json; its micro-batches had ${failed.microBatchSize} examples.`,
    );
  } finally {
    computed.dispose();
  }
}
