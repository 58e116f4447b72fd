import type { Examples, TokenizedPair } from '@ais/data';
import type { CausalLanguageModel } from '@ais/language-model';
import type { Objective } from '@ais/objectives';
import { TrainerError } from '../errors.js';
import { logProbPicker, type PickedLogProbs } from '../inference/pick-log-probs.js';
import {
  pairLogProbs,
  type ReferenceLogProbs,
  readableReference,
  requireLogProbs,
} from '../inference/reference-log-probs.js';
import type { TrainingOptions } from '../loop/training-options.js';
import type { TrainingStage } from '../loop/training-stage.js';
import { fingerprintParameters } from '../run/fingerprint.js';
import type { KeptSamples } from './kept-samples.js';
import { type MovingReference, movingReference, type ReferenceOptions } from './reference-sync.js';
import { restoreModel, saveModel } from './sft.js';

/** The reference's log-probabilities of a stage's pairs, wherever it moves to. */
export interface TrackedReference {
  /** Those given, where the objective reads them. */
  readonly logProbs: ReferenceLogProbs | undefined;
  readonly sync: MovingReference | undefined;
  /** Computes those of a step's pairs, once the reference has moved, or where they are computed as they are needed. */
  prepare(
    indices: readonly number[],
    at: { readonly step: number; readonly signal?: AbortSignal },
  ): Promise<void>;
  /** Those of some pairs of the step that was prepared; undefined where the objective reads none. */
  pick(indices: readonly number[]): PickedLogProbs | undefined;
}

/**
 * Checks the log-probabilities that a stage is given, and follows the reference where it moves.
 *
 * @param data the fingerprint of the pairs
 * @throws {TrainerError} `missing-reference`; `reference-mismatch`; `invalid-option`
 */
export async function trackedReference(
  {
    model,
    objective,
    pairs,
    data,
  }: {
    readonly model: Pick<CausalLanguageModel, 'parameters'>;
    readonly objective: Pick<Objective, 'name' | 'requires'>;
    readonly pairs: Examples<TokenizedPair>;
    readonly data: string;
  },
  reference: ReferenceLogProbs | undefined,
  options: ReferenceOptions & Pick<TrainingOptions, 'batchSize' | 'microBatchSize'>,
): Promise<TrackedReference> {
  const { batchSize, microBatchSize = batchSize, referenceSync, startsAwayFromReference } = options;
  const logProbs = readableReference(objective, reference);
  if (logProbs) {
    const start = startsAwayFromReference ? {} : { model: await fingerprintParameters(model.parameters) };
    requireLogProbs(logProbs, pairs, { data, ...start }, 'The reference of this run');
  }
  const sync = referenceSync && movingReference(objective, referenceSync, model);
  if (sync && logProbs?.ensure) {
    throw new TrainerError(
      'invalid-option',
      'The log-probabilities of a reference that moves must be there before it does. Compute them with computeReferenceLogProbs.',
    );
  }
  let pick = logProbs && logProbPicker(logProbs, pairs);
  return {
    logProbs,
    sync,
    async prepare(indices, { step, signal }) {
      if (!sync?.movedBy(step)) return logProbs?.ensure?.(indices, signal);
      const items = indices.flatMap((index) => pairs.at(index) ?? []);
      const found = await pairLogProbs(sync.model, items, {
        microBatchSize,
        tokens: objective.requires.tokens ?? false,
        ...(signal && { signal }),
      });
      const ofItems = logProbPicker(found, items);
      pick = (some) => ofItems(some.map((index) => indices.indexOf(index)));
    },
    pick: (indices) => pick?.(indices),
  };
}

/** How checkpoints keep a policy, a reference that moves, and samples that several updates learn from. */
export function keptPolicy(
  policy: CausalLanguageModel,
  sync: MovingReference | undefined,
  options: Pick<TrainingOptions, 'tokenizer'>,
  kept?: Pick<KeptSamples<unknown>, 'save' | 'restore'>,
): Pick<TrainingStage, 'save' | 'restore'> {
  return {
    async save(directory) {
      await saveModel(policy, directory, options);
      await sync?.save(directory);
      await kept?.save(directory);
    },
    async restore(directory) {
      await restoreModel(policy, directory);
      await sync?.restore(directory);
      await kept?.restore(directory);
    },
  };
}
