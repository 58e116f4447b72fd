import type { CausalLanguageModel, PairTokens } from '@ais/language-model';
import type { Objective } from '@ais/objectives';
import { TrainerError } from '../errors.js';
import type { StoredLogProbs } from '../inference/pick-log-probs.js';
import { pairLogProbs } from '../inference/reference-log-probs.js';
import { planTraining } from '../loop/training-options.js';
import type { TrainingStage } from '../loop/training-stage.js';
import { fingerprintExamples, fingerprintParameters } from '../run/fingerprint.js';
import type { JsonObject } from '../run/json.js';
import { keptSamples } from './kept-samples.js';
import {
  type OnPolicyOptions,
  type OnPolicyRoles,
  readableReferenceModel,
  requireOneProcess,
  type ScoredSample,
  sampleMetrics,
  scoredSamples,
  type TokenizedPrompt,
} from './on-policy-samples.js';
import { movingReference } from './reference-sync.js';
import { keptPolicy } from './tracked-reference.js';

/** The fresh samples of one prompt, and what fixed models say of them. */
export interface Drawn<Pair, LogProbs> {
  readonly samples: readonly ScoredSample[];
  /** The samples two by two, so that a model reads the prompt once for both. */
  readonly pairs: readonly Pair[];
  /** Under the reference, if the objective reads it. */
  readonly reference?: LogProbs;
  /** Under the policy that sampled, if more than one update learns from the samples. */
  readonly behavior?: LogProbs;
}

/** What a stage that learns from samples has of its own. */
export interface OnPolicyLearning<Pair extends PairTokens, LogProbs> {
  readonly name: string;
  /** What config.json says of the objective. */
  readonly admitted: JsonObject;
  /** Samples per prompt. */
  readonly samples: number;
  /** What config.json says of sampling, beside the options of all such stages. */
  readonly sampling: JsonObject;
  /** Whether the objective reads log-probabilities under the policy that sampled. */
  readonly readsBehavior: boolean;
  /** The pairs of each prompt; `step` is how many updates were made before. */
  pairs(groups: readonly (readonly ScoredSample[])[], step: number): readonly (readonly Pair[])[];
  /** The log-probabilities of each prompt, from those of all pairs. */
  logProbs(found: StoredLogProbs, pairs: readonly (readonly Pair[])[]): readonly LogProbs[];
  /** Tokens that the model reads for a prompt. */
  tokens(drawn: Drawn<Pair, LogProbs>): number;
  evaluate(drawn: readonly Drawn<Pair, LogProbs>[]): ReturnType<TrainingStage['evaluate']>;
  readonly summarize: NonNullable<TrainingStage['summarize']>;
}

/**
 * A stage that samples responses to the prompts of each batch from the policy, has them scored, and learns from them.
 *
 * @throws {TrainerError} `missing-reference`; `invalid-option`
 */
export async function onPolicyStage<Pair extends PairTokens, LogProbs>(
  roles: OnPolicyRoles,
  prompts: readonly TokenizedPrompt[],
  objective: Pick<Objective, 'name' | 'requires'>,
  options: OnPolicyOptions,
  learning: OnPolicyLearning<Pair, LogProbs>,
): Promise<TrainingStage> {
  const { policy, scorer } = roles;
  const { missingEndPenalty = 0, maxNewTokens, referenceSync } = options;
  if (!Number.isFinite(missingEndPenalty)) {
    throw new TrainerError(
      'invalid-option',
      `missingEndPenalty must be a finite number, got ${missingEndPenalty}.`,
    );
  }
  // The samples of a prompt stay together, so no loss depends on more than a micro-batch holds.
  requireOneProcess(options);
  const reference = readableReferenceModel(objective, roles);
  const sync = referenceSync && movingReference(objective, { ...referenceSync, model: reference }, policy);
  const { microBatchSize, iterations } = planTraining(prompts.length, options);
  const { tokens = false } = objective.requires;
  const kept = keptSamples<readonly (readonly [number, Drawn<Pair, LogProbs>])[]>(iterations);
  let batch = new Map<number, Drawn<Pair, LogProbs>>();
  const drawn = (index: number): Drawn<Pair, LogProbs> => {
    const found = batch.get(index);
    if (!found) throw new Error(`@ais/trainer: prompt ${index} was not sampled for this step.`);
    return found;
  };

  return {
    name: learning.name,
    configuration: {
      objective: learning.admitted,
      data: { prompts: prompts.length, sha256: fingerprintExamples(prompts) },
      ...(reference && { reference: await fingerprintParameters(reference.parameters) }),
      ...sync?.configuration,
      scorer: scorer.name,
      sampling: { ...learning.sampling, maxNewTokens, missingEndPenalty },
    },
    parameters: policy.parameters,
    model: policy,
    exampleCount: prompts.length,
    recordId: (index) => prompts[index]?.id ?? '',
    tokens: (index) => learning.tokens(drawn(index)),
    weight: () => 1,
    async prepare(indices, context) {
      const earlier = kept.at(context.step);
      if (earlier) {
        batch = new Map(earlier);
        return;
      }
      const asked = indices.flatMap((index) => prompts[index] ?? []);
      const groups = await scoredSamples(roles, asked, learning.samples, options, context);
      const pairs = learning.pairs(groups, context.step);
      const { signal } = context;
      const logProbsOf = async (model: CausalLanguageModel): Promise<readonly LogProbs[]> =>
        learning.logProbs(
          await pairLogProbs(model, pairs.flat(), { microBatchSize, tokens, ...(signal && { signal }) }),
          pairs,
        );
      const ofReference = reference && (await logProbsOf(reference));
      // With one update the ratio to the policy that sampled is 1, whatever its log-probabilities.
      const ofBehavior = learning.readsBehavior && iterations > 1 ? await logProbsOf(policy) : undefined;
      const entries = groups.map((samples, row) => {
        const own = { reference: ofReference?.[row], behavior: ofBehavior?.[row] };
        return [indices[row] ?? row, { samples, pairs: pairs[row] ?? [], ...own }] as [
          number,
          Drawn<Pair, LogProbs>,
        ];
      });
      batch = new Map(entries);
      kept.keep(context.step, entries);
    },
    evaluate: (indices) => learning.evaluate(indices.map(drawn)),
    summarize: (metrics) => ({
      ...learning.summarize(metrics),
      ...sampleMetrics([...batch.values()].flatMap(({ samples }) => samples)),
    }),
    ...(sync && { updated: (step) => sync.updated(step, policy.parameters) }),
    ...keptPolicy(policy, sync, options, kept),
  };
}
