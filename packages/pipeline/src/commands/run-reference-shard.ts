import { join } from 'node:path';
import { mismatchedPairs } from '@ais/trainer';
import { type Shard, shardPath } from '@ais/trainer/runs';
import type { RunContext } from '../context.js';
import { PipelineError } from '../errors.js';
import { requireUsedBeta, tryObjective } from '../registries/objectives.js';
import type { Settings } from '../settings/command-settings.js';
import { requireSettings } from '../settings/read-settings.js';
import { REFERENCE_FILES, referenceShardOfRun } from '../steps/run-reference.js';
import type { ShardOutcome } from './run-generate.js';
import { inputsOfTrain, judgedAlong, learnedBy } from './run-train.js';

/**
 * One shard's share of the reference's log-probabilities that a run of `ais train` needs, beside the files in its folder where
 * `runTrain` finds them: whole micro-batches, so that all shards together are what it would compute, byte for byte.
 *
 * @param shard `{ index, count }`, with indices from 1
 * @param context with the run directory, which is that of `runTrain` too
 * @returns the shard's file, and how many pairs it has
 * @throws {PipelineError} `invalid-setting` if the objective reads none, or learns from samples
 * @example
 * const settings = await readSettings('train', {
 *   flags: { model: 'runs/sft', pairs: 'pairs.jsonl', evaluation: { points: 0 } },
 *   ofModel: textLayer,
 * });
 * const { path } = await runReferenceShard(settings, { index: 1, count: 2 }, runContext('runs/dpo'));
 * console.log(path); // runs/dpo/reference-log-probs.json.shard-1-of-2
 */
export async function runReferenceShard(
  settings: Settings<'train'>,
  shard: Shard,
  context: RunContext,
): Promise<ShardOutcome> {
  requireSettings('train', settings);
  const chosen = await tryObjective(settings);
  await requireUsedBeta(settings);
  if (chosen.online || !chosen.objective.requires.reference) {
    throw new PipelineError(
      'invalid-setting',
      `objective: ${settings.objective} does not read the reference's log-probabilities of pairs, so there is nothing to compute first. Leave out --reference-shard.`,
      { key: 'objective' },
    );
  }
  const inputs = await inputsOfTrain(settings, chosen, context);
  const { labeled, trained, heldOut } = await learnedBy(settings, chosen, inputs, context);
  // Those of held-out pairs are not needed unless something is measured along the run.
  const measures = judgedAlong(settings, inputs, heldOut, context).length > 0;
  const { training } = settings;
  const reference = await inputs.loadModel();
  try {
    const done = await referenceShardOfRun(
      reference,
      chosen.objective,
      labeled
        ? {
            trained: mismatchedPairs(labeled.trained),
            heldOut: measures ? mismatchedPairs(labeled.heldOut) : [],
          }
        : { trained: trained.pairs, heldOut: measures ? heldOut.pairs : [] },
      shard,
      { microBatchSize: Math.min(training.microBatchSize, training.batchSize), context },
    );
    return { path: shardPath(join(context.directory, REFERENCE_FILES.trained), shard), done };
  } finally {
    reference.dispose();
  }
}
