import { readFile } from 'node:fs/promises';
import type { TokenizedPair } from '@ais/data';
import { addLora, type CausalLanguageModel, loadPretrained } from '@ais/language-model';
import { adaptiveImportance, dpo, type Objective, type PairBatch } from '@ais/objectives';
import { useBackend } from '@ais/runtime';
import { computeReferenceLogProbs, type ReferenceLogProbs } from '@ais/trainer';
import { accumulateGradients, clippingFactor, createAdamW, globalNorm } from '@ais/trainer/loop';
import * as tf from '@tensorflow/tfjs-core';
import type { BackendFacts, PreferenceSettings } from './preference-side.js';
import { prepareSgemm } from './sgemm.js';
import type { Side } from './side.js';

export type ComparedObjective = 'dpo' | 'weightedDpo';

/** The same objective without and with importance weights. */
const comparedObjectives: Readonly<Record<ComparedObjective, Objective>> = {
  dpo: dpo({ beta: 0.1 }),
  weightedDpo: dpo({ beta: 0.1, importance: adaptiveImportance() }),
};

export interface StepParts {
  /** Forward, backward, and the gradient's norm, as read. */
  readonly gradientSeconds: number;
  /** AdamW with clipping. */
  readonly updateSeconds: number;
}

export interface PartsAnswer {
  readonly sgemmRate: number;
  readonly steps: Readonly<Record<ComparedObjective, StepParts>>;
  /** The objective alone, forward and backward on given log-probabilities, for all micro-batches of a step. */
  readonly objectiveSeconds: Readonly<Record<ComparedObjective, number>>;
}

export interface PartsSettings extends PreferenceSettings {
  readonly sgemmSize: number;
}

const OBJECTIVE_EVALUATIONS = 40;

/**
 * The parts of a preference step, by the trainer's own functions, beside the machine's rate of matrix products; and
 * the same step with importance weights.
 */
export async function openPreferencePartsSide(
  settings: PartsSettings,
): Promise<Side<BackendFacts, PartsAnswer>> {
  const { backend, versions } = await useBackend(settings.backend);
  const pairs = JSON.parse(await readFile(settings.pairs, 'utf8')) as TokenizedPair[];
  const model = await loadPretrained(settings.checkpoint);
  const { microBatchSize } = settings;
  const reference = await computeReferenceLogProbs(model, pairs, { microBatchSize });
  const microBatches = chunksOf(lengthOrder(pairs), microBatchSize);
  const { lora } = settings;
  const adapter = lora === undefined ? undefined : addLora(model, { rank: lora, seed: 1 });
  const { parameters } = adapter ?? model;
  const optimizer = createAdamW(parameters);
  const sgemm = prepareSgemm(settings.sgemmSize);
  let round = 0;

  const takeStep = async (objective: Objective): Promise<StepParts> => {
    const started = performance.now();
    const { gradients, values } = accumulateGradients(parameters, microBatches, pairs.length, (indices) => {
      const { losses, metrics } = objective.evaluate(batchOf(model, reference, pairs, indices));
      return { losses, metrics };
    });
    const norm = globalNorm(gradients);
    const [value = Number.NaN] = await norm.data();
    const middle = performance.now();
    optimizer.update(gradients, {
      learningRate: 1e-6,
      gradientScale: clippingFactor(value, 1),
      consume: true,
    });
    tf.dispose([[...gradients.values()], values, norm]);
    // A GPU still works on what it was given: one number of a parameter is there when all is done.
    const [parameter] = parameters.values();
    const number = tf.tidy(() => parameter && tf.slice(tf.reshape(parameter, [-1]), 0, 1));
    await number?.data();
    tf.dispose(number);
    const ended = performance.now();
    return { gradientSeconds: (middle - started) / 1000, updateSeconds: (ended - middle) / 1000 };
  };

  return {
    facts: { backend, versions },
    async measure() {
      const sgemmRate = await sgemm.rate();
      // Alternately the one and the other first, so that neither has the warmer caches.
      const names: ComparedObjective[] = ['dpo', 'weightedDpo'];
      if (round++ % 2 === 1) names.reverse();
      const steps: Partial<Record<ComparedObjective, StepParts>> = {};
      for (const name of names) steps[name] = await takeStep(comparedObjectives[name]);
      return {
        sgemmRate,
        steps: steps as PartsAnswer['steps'],
        objectiveSeconds: await timeObjectives(reference, pairs, microBatches),
      };
    },
    async close() {
      sgemm.dispose();
      optimizer.dispose();
      adapter?.merge();
      model.dispose();
    },
  };
}

function batchOf(
  model: CausalLanguageModel,
  reference: ReferenceLogProbs,
  pairs: readonly TokenizedPair[],
  indices: readonly number[],
): PairBatch {
  const subset = indices.flatMap((index) => pairs[index] ?? []);
  const { chosen, rejected } = model.responseLogProbs(subset);
  return { policyChosen: chosen, policyRejected: rejected, ...constantsOf(reference, pairs, indices) };
}

function constantsOf(
  reference: ReferenceLogProbs,
  pairs: readonly TokenizedPair[],
  indices: readonly number[],
): Omit<PairBatch, 'policyChosen' | 'policyRejected'> {
  const column = (value: (index: number) => number | undefined): tf.Tensor1D =>
    tf.tensor1d(indices.map((index) => value(index) ?? Number.NaN));
  return {
    referenceChosen: column((index) => reference.chosen[index]),
    referenceRejected: column((index) => reference.rejected[index]),
    chosenLength: column((index) => pairs[index]?.chosen.length),
    rejectedLength: column((index) => pairs[index]?.rejected.length),
  };
}

/** Medians over many alternations: one evaluation takes a millisecond, a thousandth of a step. */
async function timeObjectives(
  reference: ReferenceLogProbs,
  pairs: readonly TokenizedPair[],
  microBatches: readonly (readonly number[])[],
): Promise<PartsAnswer['objectiveSeconds']> {
  const seconds: Record<ComparedObjective, number[]> = { dpo: [], weightedDpo: [] };
  for (let evaluation = 0; evaluation < 2 * OBJECTIVE_EVALUATIONS; evaluation++) {
    const name: ComparedObjective = evaluation % 2 === 0 ? 'dpo' : 'weightedDpo';
    const started = performance.now();
    for (const indices of microBatches)
      await evaluateAlone(comparedObjectives[name], reference, pairs, indices);
    seconds[name].push((performance.now() - started) / 1000);
  }
  const median = (values: number[]): number =>
    values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
  return { dpo: median(seconds.dpo), weightedDpo: median(seconds.weightedDpo) };
}

async function evaluateAlone(
  objective: Objective,
  reference: ReferenceLogProbs,
  pairs: readonly TokenizedPair[],
  indices: readonly number[],
): Promise<void> {
  const gradient = tf.tidy(() => {
    const constants = constantsOf(reference, pairs, indices);
    const gradients = tf.grads((policyChosen, policyRejected) => {
      const batch = { ...constants, policyChosen, policyRejected } as PairBatch;
      return tf.sum(objective.evaluate(batch).losses);
    });
    return tf.concat(gradients([constants.referenceChosen, constants.referenceRejected]));
  });
  await gradient.data();
  gradient.dispose();
}

function lengthOrder(pairs: readonly TokenizedPair[]): number[] {
  const tokens = pairs.map(({ prompt, chosen, rejected }) => prompt.length + chosen.length + rejected.length);
  return pairs.map((_, index) => index).sort((a, b) => (tokens[a] ?? 0) - (tokens[b] ?? 0));
}

function chunksOf(indices: readonly number[], size: number): number[][] {
  return Array.from({ length: Math.ceil(indices.length / size) }, (_, chunk) =>
    indices.slice(chunk * size, (chunk + 1) * size),
  );
}
