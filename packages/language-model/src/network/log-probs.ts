import * as tf from '@tensorflow/tfjs-core';
import { packRows } from '../batch/packed-rows.js';
import { type BatchPredictions, batchPredictions, type PredictionRow } from '../batch/predictions.js';
import { addUpRows } from '../batch/row-selection.js';
import { checkRows } from '../batch/token-rows.js';
import type { ModelConfiguration } from '../families/architecture.js';
import type { ModelPlan } from '../families/model-plan.js';
import {
  bytesOfExponentials,
  type HeadMemory,
  headLogProbs,
  headLogProbsGradient,
  type OutputHead,
} from '../layers/head-log-probs.js';
import { release } from '../layers/memory.js';
import { namedNormGradients, normOf } from '../layers/norm.js';
import { isTrained, type NamedTensors, parameter } from '../layers/parameters.js';
import {
  type Backbone,
  type BackboneMemory,
  backboneBackward,
  backboneForward,
  keepingWithin,
} from './backbone.js';
import type { Differentiable } from './differentiable.js';
import { checkFirstUse } from './finite-check.js';
import { memoryBudgetOf } from './memory-budget.js';

/** What a model is made of. */
export interface ModelParts {
  readonly configuration: ModelConfiguration;
  readonly plan: ModelPlan;
  readonly parameters: NamedTensors;
  /** Bytes that a gradient's forward pass may keep; above, it keeps less and computes it again. */
  readonly memoryBudget?: number | undefined;
}

/** Final norm and output matrix of a causal language model; call it in a tidy. */
export function outputHead({ plan, parameters }: ModelParts): OutputHead {
  return {
    norm: normOf(parameters, plan.finalNorm),
    weight: parameter(parameters, plan.outputHead),
    trained: isTrained(parameters, plan.outputHead),
  };
}

/** What else to compute in the same pass; each adds its values behind the log-probabilities, in this order. */
export interface LogProbsExtras {
  /** The outputs' means of log π(y_t) − log Σ_v π(v)². */
  readonly certainty?: boolean;
  /** Another model over the same vocabulary: weighted sums of its log-probabilities, then of KL(π ‖ π_ref). */
  readonly reference?: ModelParts | undefined;
  /** log π of each pick, [picks], output after output; differentiable, unlike the others. */
  readonly tokens?: boolean;
}

type LogProbsMemory = {
  readonly hidden: tf.Tensor2D;
  readonly head: HeadMemory;
  readonly below: BackboneMemory;
};

/**
 * Σ over each output's picks of weight · log π(token | tokens before it), [outputs], followed by the extras asked for,
 * [outputs] each but for `tokens`, which comes last. Gradients flow through the sums and through `tokens`.
 */
export function weightedLogProbs(
  model: ModelParts,
  predictionRows: readonly PredictionRow[],
  outputCount: number,
  { certainty = false, reference, tokens = false }: LogProbsExtras = {},
): Differentiable<tf.Tensor1D, LogProbsMemory | undefined> {
  const { plan, parameters } = model;
  const { vocabularySize } = plan.shape;
  const sequences = predictionRows.map(({ row }) => row);
  const rows = packRows(sequences, plan.shape);
  if (reference) checkRows(sequences, reference.plan.shape, 'the reference');
  const predictions = batchPredictions(predictionRows, rows.starts, outputCount, vocabularySize);
  const backbone: Backbone = {
    plan,
    parameters,
    rows,
    selection: { indices: predictions.selected, total: rows.tokens.length },
  };
  const ofHead = bytesOfExponentials(predictions.selected.length, vocabularySize);
  const budget = memoryBudgetOf(model);
  const keepHead = ofHead <= budget / 2;
  const keeping = keepingWithin(backbone, budget - (keepHead ? ofHead : 0));
  const empty = predictions.selected.length === 0;

  return {
    forward: (keep) => {
      const { weights } = predictions;
      if (empty) {
        const parts = 1 + (certainty ? 1 : 0) + (reference ? 2 : 0);
        return { value: tf.zeros([parts * outputCount]), memory: undefined };
      }
      const below = backboneForward(backbone, keep ? keeping : 'nothing');
      const other = reference && {
        hidden: backboneForward(
          { ...backbone, plan: reference.plan, parameters: reference.parameters },
          'nothing',
        ).output,
        head: outputHead(reference),
      };
      const found = headLogProbs(below.output, outputHead(model), predictions, {
        keep: keep && keepHead,
        collision: certainty,
        reference: other,
      });
      const values = [addUpPicks(found.logProbs, weights, predictions)];
      if (found.logCollision) {
        const certainties = tf.sub(found.logProbs, found.logCollision) as tf.Tensor1D;
        values.push(addUpPicks(certainties, inverseCounts(predictions), predictions));
      }
      for (const ofReference of [found.referenceLogProbs, found.divergence]) {
        if (ofReference) values.push(addUpPicks(ofReference, weights, predictions));
      }
      if (tokens) values.push(tf.gather(found.logProbs, tf.tensor1d(byOutput(predictions), 'int32')));
      const value = values.length === 1 ? (values[0] as tf.Tensor1D) : tf.concat(values);
      checkFirstUse(reference ? [model, reference] : [model], value);
      return { value, memory: { hidden: below.output, head: found.memory, below: below.memory } };
    },
    backward: (gradient, memory) => {
      if (memory === undefined) return {};
      const { hidden, head, below } = memory;
      const ofSums = tf.mul(
        tf.gather(gradient, tf.tensor1d(predictions.outputs, 'int32')),
        tf.tensor1d(predictions.weights),
      ) as tf.Tensor1D;
      const ofPicks = tokens ? tf.add<tf.Tensor1D>(ofSums, ofTokens(gradient, predictions)) : ofSums;
      const top = headLogProbsGradient(ofPicks, hidden, outputHead(model), predictions, head);
      release(hidden);
      const gradients = backboneBackward(
        backbone,
        top.hidden,
        below,
        top.weight && { name: plan.outputHead, gradient: top.weight },
      );
      release(head);
      return { ...gradients, ...namedNormGradients(plan.finalNorm, top.norm) };
    },
  };
}

function addUpPicks(
  values: tf.Tensor1D,
  weights: Float32Array,
  { outputs, outputCount }: BatchPredictions,
): tf.Tensor1D {
  return tf.tidy(() =>
    tf.reshape(addUpRows(tf.reshape(tf.mul(values, tf.tensor1d(weights)), [-1, 1]), outputs, outputCount), [
      outputCount,
    ]),
  );
}

/** The picks, those of the first output first. */
function byOutput({ outputs }: BatchPredictions): Int32Array {
  return Int32Array.from([...outputs.keys()].sort((a, b) => (outputs[a] as number) - (outputs[b] as number)));
}

/** The last part of a gradient, that of `tokens`, pick by pick. */
function ofTokens(gradient: tf.Tensor1D, predictions: BatchPredictions): tf.Tensor1D {
  const order = byOutput(predictions);
  const places = new Int32Array(order.length);
  order.forEach((pick, place) => {
    places[pick] = gradient.size - order.length + place;
  });
  return tf.gather(gradient, tf.tensor1d(places, 'int32'));
}

/** For each pick, one over the number of picks of its output. */
function inverseCounts({ outputs, outputCount }: BatchPredictions): Float32Array {
  const counts = new Float32Array(outputCount);
  for (const output of outputs) counts[output] = (counts[output] as number) + 1;
  return Float32Array.from(outputs, (output) => 1 / (counts[output] as number));
}
