import * as tf from '@tensorflow/tfjs-core';
import { type RowSelection, selectRows, selectRowsGradient } from '../batch/row-selection.js';
import { product } from '../kernels/matrix-products.js';
import type { AttentionGeometry, BlockAttention } from './attention.js';
import { type HeadNormsMemory, type HeadNormsPlan, headNorms, headNormsGradient } from './head-norms.js';
import {
  applyLinear,
  type Gradients,
  type LinearPlan,
  linearGradients,
  linearOf,
  type PreparedLinear,
  prepareLinear,
} from './linear.js';
import { tidy } from './memory.js';
import {
  type MlpMemory,
  type MlpPlan,
  mlpBackward,
  mlpForward,
  type PreparedMlp,
  prepareMlp,
} from './mlp.js';
import {
  applyNorm,
  type Normalized,
  type NormPlan,
  namedNormGradients,
  normGradient,
  normOf,
} from './norm.js';
import { normalizedGradient, preparedGain, prepareNormalized } from './normalized-linears.js';
import type { NamedTensors } from './parameters.js';
import {
  hasFusedNorms,
  normalizedInput,
  normalizeSum,
  normalizeSumGradient,
  type ReadGradient,
} from './residual-norm.js';

/** An attention and the names of its parameters. */
export interface AttentionPlan extends AttentionGeometry {
  /** The layers whose outputs, one after another, are the projection: one, or those of queries, keys, and values. */
  readonly projection: readonly LinearPlan[];
  /** Norms of each head's query and key; none by default. The layout must be planar. */
  readonly headNorms?: HeadNormsPlan | undefined;
  readonly output: LinearPlan;
}

/** One block: what it computes, and the names of its parameters. */
export interface BlockPlan {
  /**
   * `sequential`: h = x + A(N₁ x), y = h + M(N₂ h). `parallel`: y = x + A(N₁ x) + M(N₂ x), where both norms are of one
   * kind and ε.
   */
  readonly residual: 'sequential' | 'parallel';
  readonly attentionNorm: NormPlan;
  readonly attention: AttentionPlan;
  /** Of the attention's output, before it is added; none by default. */
  readonly attentionOutputNorm?: NormPlan | undefined;
  readonly mlpNorm: NormPlan;
  readonly mlp: MlpPlan;
  /** Of the MLP's output, before it is added; none by default. */
  readonly mlpOutputNorm?: NormPlan | undefined;
}

/** A block's linear layers ready to be applied. */
export type PreparedBlock = {
  /** γ of the attention's norm, where it is not in the projection's weights. */
  gain?: tf.Tensor1D;
  projection: PreparedLinear;
  output: PreparedLinear;
  mlp: PreparedMlp;
};

/** Costs a few passes over the block's weights: once a pass in training, once for all tokens in generation. */
export function prepareBlock(
  { attention, attentionNorm, mlp, mlpNorm }: BlockPlan,
  parameters: NamedTensors,
  uses: 'once' | 'often' = 'once',
): PreparedBlock {
  return tidy(() => {
    const gain = preparedGain(attentionNorm, parameters, uses);
    return {
      ...(gain && { gain }),
      projection: prepareNormalized(attention.projection, attentionNorm, parameters, uses),
      output: prepareLinear(linearOf(parameters, attention.output), uses),
      mlp: prepareMlp(mlp, parameters, mlpNorm, uses),
    };
  });
}

/** What a block works on, beside its input: the batch's attention, and which rows of its output are wanted. */
export interface BlockContext {
  readonly plan: BlockPlan;
  readonly parameters: NamedTensors;
  /** The block's weights made ready, where many calls share them. */
  readonly prepared?: PreparedBlock;
  /** The attention and its gradient. */
  readonly attention: BlockAttention;
  /** Rows of the output that anything reads; all by default. Only the last block has such a choice. */
  readonly selection?: RowSelection | undefined;
}

/** What the gradient needs of the forward pass, n tokens, s of them selected. */
export type BlockMemory = {
  /** The attention's normalized input, [n, d]. */
  readonly first: Normalized;
  readonly headNorms?: HeadNormsMemory;
  readonly attended: unknown;
  /** The attention's mixed values, [s, heads · head size]. */
  readonly mixed: tf.Tensor2D;
  readonly attentionOutput?: Normalized;
  /** The MLP's normalized input, [s, d]. */
  readonly second: Normalized;
  readonly mlp: MlpMemory;
  readonly mlpOutput?: Normalized;
};

interface Remembered {
  readonly memory: BlockMemory;
  /** What the MLP's last layer reads. */
  readonly hidden: tf.Tensor2D;
  /** h = x + attention(N₁ x), [s, d]: what the MLP's output is added to. */
  readonly residual: tf.Tensor2D;
  /** The MLP's output, where it is normalized. */
  readonly mlpOutput?: tf.Tensor2D;
}

/** One block: [n, d] → [s, d]. */
export function blockForward(
  x: tf.Tensor2D,
  context: BlockContext,
): { readonly output: tf.Tensor2D; readonly memory: BlockMemory } {
  return tidy(() => {
    const prepared = preparedOf(context);
    const { memory, hidden, residual, mlpOutput } = remember(x, prepared, context);
    const added = mlpOutput ?? applyLinear(hidden, prepared.mlp.down);
    return { output: tf.add(residual, added) as tf.Tensor2D, memory };
  });
}

/** What `blockBackward` needs, from the block's input alone: for when it was not kept. */
export function blockMemory(x: tf.Tensor2D, context: BlockContext): BlockMemory {
  return tidy(() => remember(x, preparedOf(context), context).memory);
}

function preparedOf({ plan, parameters, prepared }: BlockContext): PreparedBlock {
  return prepared ?? prepareBlock(plan, parameters);
}

function remember(x: tf.Tensor2D, prepared: PreparedBlock, context: BlockContext): Remembered {
  const { plan, parameters, selection } = context;
  const first = normalizeSum(x, undefined, plan.attentionNorm, prepared.gain);
  const projected = applyLinear(first.read, prepared.projection);
  const heads =
    plan.attention.headNorms && headNorms(projected, plan.attention.headNorms, plan.attention, parameters);
  const attended = context.attention.forward(heads?.output ?? projected);
  const mixed = selectRows(attended.output, selection);
  const branch = applyLinear(mixed, prepared.output);
  const attentionOutput =
    plan.attentionOutputNorm && applyNorm(branch, normOf(parameters, plan.attentionOutputNorm));
  const stream = selectRows(x, selection);
  const added = attentionOutput?.output ?? branch;
  const second =
    plan.residual === 'parallel'
      ? {
          sum: tf.add(stream, added) as tf.Tensor2D,
          ...selectNormalized(first.normalized, selection, prepared.mlp.gain),
        }
      : normalizeSum(stream, added, plan.mlpNorm, prepared.mlp.gain);
  const mlp = mlpForward(second.read, plan.mlp, prepared.mlp);
  const mlpOutput =
    plan.mlpOutputNorm &&
    applyNorm(applyLinear(mlp.hidden, prepared.mlp.down), normOf(parameters, plan.mlpOutputNorm));
  return {
    memory: {
      first: first.normalized,
      ...(heads && { headNorms: heads.memory }),
      attended: attended.memory,
      mixed,
      ...(attentionOutput && { attentionOutput: attentionOutput.normalized }),
      second: second.normalized,
      mlp: mlp.memory,
      ...(mlpOutput && { mlpOutput: mlpOutput.normalized }),
    },
    hidden: mlp.hidden,
    residual: second.sum,
    ...(mlpOutput && { mlpOutput: mlpOutput.output }),
  };
}

/** What the MLP of a parallel residual reads: the attention's normalized input. */
function selectNormalized(
  { values, inverseDeviation }: Normalized,
  selection: RowSelection | undefined,
  gain: tf.Tensor1D | undefined,
): { readonly normalized: Normalized; readonly read: tf.Tensor2D } {
  const selected = selectRows(values, selection);
  return {
    normalized: { values: selected, inverseDeviation: selectRows(inverseDeviation, selection) },
    read: normalizedInput(selected, gain),
  };
}

/**
 * The gradient through a block, from its output's [s, d] to its input's [n, d], and its parameters'.
 *
 * Parallel residual, y = x + A(x̂) + M(x̂): both branches read the same x̂ (their γ and β are in their weights), so
 * their gradients with respect to x̂ are added before the one way back through the normalization.
 * Sequential, h = x + A(x̂), y = h + M(ĥ): the MLP's gradient joins ∂h first.
 */
export function blockBackward(
  gradient: tf.Tensor2D,
  memory: BlockMemory,
  context: BlockContext,
): { readonly input: tf.Tensor2D; readonly parameters: Gradients } {
  return tidy(() => {
    const { plan, parameters, selection } = context;
    const isParallel = plan.residual === 'parallel';
    // Branches of a parallel residual have a γ each before their gradients meet.
    const gainApart = hasFusedNorms() && !isParallel;
    const gradients: Gradients = {};
    const throughNorm = (
      read: ReadGradient,
      normalized: Normalized,
      { kind, weight }: NormPlan,
      residual: tf.Tensor2D,
    ): tf.Tensor2D => {
      const { input, gain } = normalizeSumGradient(read, normalized, kind, residual);
      if (gain) gradients[weight] = gain;
      return input;
    };

    const ofMlpOutput = throughOutputNorm(
      gradient,
      plan.mlpOutputNorm,
      memory.mlpOutput,
      parameters,
      gradients,
    );
    const mlp = mlpBackward(
      ofMlpOutput,
      memory.second.values,
      memory.mlp,
      plan.mlp,
      parameters,
      plan.mlpNorm,
      gainApart,
    );
    Object.assign(gradients, mlp.parameters);

    const ofResidual = isParallel ? gradient : throughNorm(mlp, memory.second, plan.mlpNorm, gradient);
    const ofBranch = throughOutputNorm(
      ofResidual,
      plan.attentionOutputNorm,
      memory.attentionOutput,
      parameters,
      gradients,
    );
    const { output } = plan.attention;
    // Both branches of a parallel residual have the same gradient.
    const same = ofBranch === ofMlpOutput ? gradients[plan.mlp.down.bias ?? ''] : undefined;
    const { weight, bias } = output;
    const other = same ? { weight } : output;
    Object.assign(gradients, linearGradients(ofBranch, memory.mixed, other, parameters));
    if (same && bias !== undefined) gradients[bias] = tf.clone(same);
    const ofHeads = tf.tidy(() =>
      context.attention.backward(
        selectRowsGradient(product(ofBranch, linearOf(parameters, output).weight), selection),
        memory.attended,
      ),
    );
    const heads =
      plan.attention.headNorms && memory.headNorms
        ? headNormsGradient(ofHeads, memory.headNorms, plan.attention.headNorms, plan.attention, parameters)
        : undefined;
    Object.assign(gradients, heads?.parameters);
    const ofProjection = heads?.input ?? ofHeads;
    const projection = normalizedGradient(
      [{ plans: plan.attention.projection, gradient: ofProjection, factor: 1 }],
      memory.first.values,
      plan.attentionNorm,
      parameters,
      gainApart,
    );
    Object.assign(gradients, projection.parameters);
    ofHeads.dispose();

    const read = isParallel
      ? { parts: [...projection.parts, ...mlp.parts.map((part) => selectRowsGradient(part, selection))] }
      : projection;
    const input = throughNorm(
      read,
      memory.first,
      plan.attentionNorm,
      selectRowsGradient(ofResidual, selection),
    );
    return { input, parameters: gradients };
  });
}

/** The gradient through a branch's output norm, where there is one; its parameters' are added to `gradients`. */
function throughOutputNorm(
  gradient: tf.Tensor2D,
  plan: NormPlan | undefined,
  normalized: Normalized | undefined,
  parameters: NamedTensors,
  gradients: Gradients,
): tf.Tensor2D {
  if (plan === undefined || normalized === undefined) return gradient;
  const through = normGradient(gradient, normalized, normOf(parameters, plan));
  Object.assign(gradients, namedNormGradients(plan, through));
  return through.input;
}

/** How many numbers a block remembers: of each of n tokens, of each selected one, and of each score. */
export function blockMemoryNumbers(
  { attention, mlp, ...plan }: BlockPlan,
  hiddenSize: number,
  intermediateSize: number,
): { readonly perToken: number; readonly perOutput: number; readonly perScore: number } {
  const { heads, keyValueHeads, headSize } = attention;
  const norms = [plan.attentionOutputNorm, plan.mlpOutputNorm].filter((norm) => norm !== undefined).length;
  const ofHeadNorms = attention.headNorms ? (heads + keyValueHeads) * headSize : 0;
  return {
    perToken: hiddenSize + (3 * heads + 2 * keyValueHeads) * headSize + ofHeadNorms,
    perOutput: (2 + norms) * hiddenSize + (mlp.gate ? 2 : 1) * intermediateSize,
    perScore: heads,
  };
}
