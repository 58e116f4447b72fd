import type { TokenizedExample, TokenizedPair } from '@ais/data';
import type { CausalLanguageModel, PromptResponse } from '@ais/language-model';
import { type Objective, sumByRow, type TokenUnpairedBatch, type UnpairedBatch } from '@ais/objectives';
import * as tf from '@tensorflow/tfjs-core';
import { evaluatedColumns, evaluationMetrics } from '../evaluation/evaluated-columns.js';
import { weightedSequence } from '../evaluation/supervised-loss.js';
import { chunksByLength } from '../inference/length-chunks.js';
import { logProbPicker, type PickedLogProbs } from '../inference/pick-log-probs.js';
import { type ReferenceLogProbs, readableReference } from '../inference/reference-log-probs.js';
import { means } from '../loop/train-step.js';
import { runTraining } from '../loop/training-loop.js';
import type { Metrics, TrainingOptions, TrainingResult } from '../loop/training-options.js';
import { admitObjective } from '../objective/admit-objective.js';
import { rowOfEach } from '../objective/pair-batch.js';
import { fingerprintExamples } from '../run/fingerprint.js';
import { mean } from '../run/mean.js';
import { requireResponses } from '../run/require-responses.js';
import type { ReferenceOptions } from './reference-sync.js';
import { keptPolicy, trackedReference } from './tracked-reference.js';

/** A prompt, a response that ends with the end-of-text token, and whether it was labeled desirable. */
export interface LabeledExample extends TokenizedExample {
  readonly desirable: boolean;
}

/** Options of `trainUnpaired`. */
export interface UnpairedOptions extends TrainingOptions, ReferenceOptions {}

/**
 * Each prompt with its own response, as `chosen`, and with that of another row, as `rejected`: what KTO compares.
 *
 * Rows are grouped by prompt, prompts in order of first appearance. Each row is paired with the response k rows earlier, wrapping around,
 * where k is the size of the largest group; so no row gets its own prompt's response unless one prompt has more than half of all rows.
 * Each response is taken once, so that desirable and undesirable ones have the shares that they have in the data. The pairs depend on the
 * examples alone, so the reference's log-probabilities are computed once. (TRL takes the row before within each batch.)
 *
 * If there is only one prompt, k is 1, and z measures responses to it.
 *
 * @example
 * const [first] = mismatchedPairs([
 *   { id: 'a', prompt: [1], response: [3, 0], desirable: true },
 *   { id: 'b', prompt: [2], response: [4, 0], desirable: false },
 * ]);
 * console.log(first?.chosen, first?.rejected); // [ 3, 0 ] [ 4, 0 ]
 */
export function mismatchedPairs(examples: readonly LabeledExample[]): TokenizedPair[] {
  const byPrompt = new Map<string, number[]>();
  for (const [index, { prompt }] of examples.entries()) {
    const key = prompt.join();
    const ofPrompt = byPrompt.get(key);
    if (ofPrompt) ofPrompt.push(index);
    else byPrompt.set(key, [index]);
  }
  const groups = [...byPrompt.values()];
  const rows = groups.flat();
  const back = groups.length === 1 ? 1 : groups.reduce((most, { length }) => Math.max(most, length), 0);
  // By index, as the same object may stand in several rows.
  const others = new Map(
    rows.map((row, place) => [row, examples[rows.at((place - back) % rows.length) ?? row]]),
  );
  return examples.map(({ id, prompt, response }, index) => ({
    id,
    prompt,
    chosen: response,
    rejected: others.get(index)?.response ?? response,
  }));
}

/**
 * Trains a policy on single labeled responses with any objective over them, such as `kto`.
 *
 * `loss = (1/n)·Σ objective.evaluate(batch).losses`, the mean over the n rows of a batch, whatever the micro-batches. Before each
 * update, an objective that reads a divergence is given that of the whole batch: max(0, the mean log-ratio of the rows' prompts with
 * responses to other prompts), from the policy as it is, without a gradient.
 *
 * @param model the policy; its parameters are trained in place
 * @param reference log π_ref of `mismatchedPairs(examples)`, from `computeReferenceLogProbs`; an objective that reads no reference
 *   needs none
 * @param examples labeled responses
 * @param objective a value, from @ais/objectives or from anywhere else
 * @param options see `UnpairedOptions`
 * @returns what the run left
 * @throws {TrainerError} `unsupported-objective`, before anything else is done; `missing-reference`; `reference-mismatch`
 * @throws {TrainingInterrupted} {NonFiniteTraining}
 * @example
 * const logProbs = await computeReferenceLogProbs(policy, mismatchedPairs(labeled), { microBatchSize: 2 });
 * const { steps } = await trainUnpaired(policy, logProbs, labeled, kto({ beta: 0.1 }), options);
 * console.log(steps); // 1
 * @see Ethayarajh et al. 2024, "KTO: Model Alignment as Prospect Theoretic Optimization", section 4.1
 */
export async function trainUnpaired(
  model: CausalLanguageModel,
  reference: ReferenceLogProbs | undefined,
  examples: readonly LabeledExample[],
  objective: Objective<UnpairedBatch>,
  options: UnpairedOptions,
): Promise<TrainingResult> {
  const admitted = await admitObjective(objective, { feedback: 'unpaired', columns: [], ...options });
  const { requires } = objective;
  const { batchSize, microBatchSize = batchSize } = options;
  requireResponses('example', examples, ({ response }) =>
    response.length > 0 ? undefined : 'an empty response',
  );
  const pairs = mismatchedPairs(examples);
  const data = fingerprintExamples(pairs);
  const tracked = await trackedReference({ model, objective, pairs, data }, reference, options);
  const { logProbs, sync } = tracked;
  const rows = labeledRows(examples, pairs);
  let divergence = Number.NaN;

  return runTraining(
    {
      name: 'unpaired',
      configuration: {
        objective: admitted,
        data: {
          rows: examples.length,
          sha256: data,
          desirable: examples.filter(({ desirable }) => desirable).length,
        },
        ...(logProbs && { reference: logProbs.fingerprint.model }),
        ...sync?.configuration,
      },
      parameters: model.parameters,
      model,
      exampleCount: examples.length,
      recordId: (index) => rows.example(index).id,
      tokens: (index) => rows.example(index).prompt.length + rows.example(index).response.length,
      weight: () => 1,
      async prepare(indices, at) {
        await tracked.prepare(indices, at);
        const ofReference = requires.divergence && tracked.pick(indices);
        if (!ofReference) return;
        divergence = await divergenceOf(model, indices.map(rows.pair), ofReference, {
          microBatchSize,
          ...(at.signal && { signal: at.signal }),
        });
      },
      evaluate(indices) {
        const drawn = indices.map(rows.example);
        return objective.evaluate(
          unpairedBatch(policyOf(model, drawn, requires), drawn, objective, {
            reference: tracked.pick(indices),
            divergence,
          }),
        );
      },
      summarize: summarizeLabeled,
      ...(sync && { updated: (step: number) => sync.updated(step, model.parameters) }),
      ...keptPolicy(model, sync, options),
    },
    options,
  );
}

/**
 * Measures an objective on held-out labeled responses, without training; the divergence is that of all of them.
 *
 * An objective with `wholeBatch` is evaluated once, on all rows.
 *
 * @param model the policy; stays as it is
 * @param reference log π_ref of `mismatchedPairs(examples)`
 * @param options.batchSize rows that the model reads at once; 16 by default
 * @returns `eval_unpaired_loss`, the mean loss, and the objective's metrics with `eval_` before their names
 * @throws {TrainerError} `missing-reference`; `invalid-option` for a `batchSize` that is not an integer, or below 1
 * @throws the signal's reason when it aborts
 * @example
 * const logProbs = await computeReferenceLogProbs(reference, mismatchedPairs(labeled), { microBatchSize: 2 });
 * const metrics = await evaluateUnpaired(reference, logProbs, labeled, kto({ beta: 0.1 }));
 * console.log(Object.keys(metrics).every((name) => name.startsWith('eval_'))); // true
 */
export async function evaluateUnpaired(
  model: Pick<CausalLanguageModel, 'sequenceLogProbs' | 'tokenLogProbs'>,
  reference: ReferenceLogProbs | undefined,
  examples: readonly LabeledExample[],
  objective: Objective<UnpairedBatch>,
  options: { readonly batchSize?: number; readonly signal?: AbortSignal } = {},
): Promise<Metrics> {
  const { batchSize: microBatchSize = 16, signal } = options;
  const logProbs = readableReference(objective, reference);
  const pairs = mismatchedPairs(examples);
  const pick = logProbs && logProbPicker(logProbs, pairs);
  const stopping = signal ? { signal } : {};
  const divergence =
    objective.requires.divergence && pick
      ? await divergenceOf(model, pairs, pick([...examples.keys()]), { microBatchSize, ...stopping })
      : Number.NaN;
  const columns = await evaluatedColumns(examples, {
    loss: 'unpaired_loss',
    length: responseTokens,
    batchSize: microBatchSize,
    signal,
    wholeBatch: objective.requires.wholeBatch,
    policy: (items) => policyOf(model, items, objective.requires),
    evaluate: (policy, chunk) =>
      objective.evaluate(
        unpairedBatch(
          policy,
          chunk.map(({ item }) => item),
          objective,
          { reference: pick?.(chunk.map(({ index }) => index)), divergence },
        ),
      ),
  });
  return evaluationMetrics(summarizeLabeled(columns));
}

function labeledRows(examples: readonly LabeledExample[], pairs: readonly TokenizedPair[]) {
  const none = { id: '', prompt: [], response: [], chosen: [], rejected: [], desirable: true };
  return {
    example: (index: number): LabeledExample => examples[index] ?? none,
    pair: (index: number): TokenizedPair => pairs[index] ?? none,
  };
}

const responseTokens = ({ prompt, response }: PromptResponse): number => prompt.length + response.length;

/** max(0, mean of log π_θ(y′|x) − log π_ref(y′|x)) over some pairs, y′ their `rejected`. */
async function divergenceOf(
  model: Pick<CausalLanguageModel, 'sequenceLogProbs'>,
  pairs: readonly TokenizedPair[],
  reference: PickedLogProbs,
  { microBatchSize, signal }: { readonly microBatchSize: number; readonly signal?: AbortSignal },
): Promise<number> {
  const mismatched = pairs.map(({ id, prompt, rejected }) => ({ id, prompt, response: rejected }));
  const policy = new Array<number>(pairs.length).fill(Number.NaN);
  for await (const chunk of chunksByLength(mismatched, responseTokens, microBatchSize, signal)) {
    const values = tf.tidy(() => model.sequenceLogProbs(chunk.map(({ item }) => weightedSequence(item, 0))));
    const found = await values.data<'float32'>();
    values.dispose();
    chunk.forEach(({ index }, row) => {
      policy[index] = found[row] ?? Number.NaN;
    });
  }
  // Added up in the rows' own order, whatever the chunks.
  const ratios = policy.map((value, row) => value - (reference.rejected[row] ?? Number.NaN));
  return Math.max(0, mean(ratios));
}

/** What an objective is given of some rows, under the tape: what its `requires` names. */
function unpairedBatch(
  policy: PolicyColumns,
  examples: readonly LabeledExample[],
  { requires }: Pick<Objective<UnpairedBatch>, 'requires'>,
  { reference, divergence }: { readonly reference: PickedLogProbs | undefined; readonly divergence: number },
): UnpairedBatch {
  const responses = examples.map(({ response }) => response);
  const read = requires.reference ? reference : undefined;
  return {
    ...policy,
    ...(requires.tokens && { tokenRow: rowOfEach(responses) }),
    ...(read && { reference: tf.tensor1d(read.chosen) }),
    ...(read?.chosenTokens && requires.tokens && { referenceTokens: tf.tensor1d(read.chosenTokens) }),
    length: tf.tensor1d(responses.map(({ length }) => length)),
    label: tf.tensor1d(examples.map(({ desirable }) => Number(desirable))),
    ...(requires.divergence && { divergence: tf.fill<tf.Rank.R1>([examples.length], divergence) }),
    // An objective that reads no reference takes batches without one.
  } as UnpairedBatch;
}

type PolicyColumns = Pick<UnpairedBatch, 'policy'> & Partial<Pick<TokenUnpairedBatch, 'policyTokens'>>;

/** log π_θ of responses, under the tape, and of their tokens where the objective reads them. */
function policyOf(
  model: Pick<CausalLanguageModel, 'sequenceLogProbs' | 'tokenLogProbs'>,
  examples: readonly LabeledExample[],
  { tokens = false }: Objective['requires'],
): PolicyColumns {
  if (!tokens) {
    return { policy: model.sequenceLogProbs(examples.map((example) => weightedSequence(example, 0))) };
  }
  const policyTokens = model.tokenLogProbs(examples);
  const tokenRow = rowOfEach(examples.map(({ response }) => response));
  return { policy: sumByRow(policyTokens, tokenRow, examples.length), policyTokens };
}

/** Means; of rewards and labels, the mean reward of rows with either label, by TRL's names, which a batch may lack. */
function summarizeLabeled({
  rewards,
  desirable,
  ...others
}: Readonly<Record<string, readonly number[]>>): Metrics {
  const summary = means(others);
  if (!rewards || !desirable) return { ...summary, ...means({ ...(rewards && { rewards }) }) };
  const meanOf = (label: 0 | 1): number => mean(rewards.filter((_, row) => desirable[row] === label));
  const [chosen, rejected] = [meanOf(1), meanOf(0)];
  const found = {
    'rewards/chosen': chosen,
    'rewards/rejected': rejected,
    'rewards/margins': chosen - rejected,
  };
  return {
    ...summary,
    ...Object.fromEntries(Object.entries(found).filter(([, value]) => Number.isFinite(value))),
  };
}
