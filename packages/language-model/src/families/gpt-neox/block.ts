import * as tf from '@tensorflow/tfjs-core';
import { type RowSelection, selectRows, selectRowsGradient } from '../../batch/row-selection.js';
import { multiply, sumOfRows, transposedProduct } from '../../kernels/matrix-products.js';
import type { BlockAttention } from '../../layers/attention.js';
import { INTO_GELU, OUT_OF_GELU, scaledGelu, scaledGeluGradient } from '../../layers/gelu.js';
import { normalize, normalizedLinearGradient, normalizeGradient } from '../../layers/layer-norm.js';
import type { NamedTensors } from '../../layers/parameters.js';
import type { GptNeoxConfiguration } from './configuration.js';
import { blockNames, blockParameters, type FoldedBlock, foldBlock } from './folded-block.js';

/** What a block works on, beside its input: the batch's shape and tables, and which rows of its output are wanted. */
export interface BlockContext {
  readonly configuration: GptNeoxConfiguration;
  readonly parameters: NamedTensors;
  /** The block's weights made ready, where many calls share them. */
  readonly folded?: FoldedBlock;
  /** The attention and its gradient. */
  readonly attention: BlockAttention;
  /** Rows of the output that anything reads; all by default. Only the last block has such a choice. */
  readonly selection?: RowSelection | undefined;
}

/**
 * What the gradient needs of the forward pass, n tokens, s of them selected: x̂ and its factor [n, d], [n, 1];
 * the attention's mixed values [s, d]; the MLP's normalized input and its factor [s, d], [s, 1]; the MLP's
 * hidden layer before and after GELU [s, 4d]; then whatever the attention needs.
 */
export type BlockMemory = readonly tf.Tensor[];

/** How many tensors of a block's memory come before its attention's. */
export const MEMORY_BEFORE_ATTENTION = 7;

interface Remembered {
  readonly memory: BlockMemory;
  /** h = x + attention(LN₁ x), [s, d]: what the MLP's output is added to. */
  readonly residual: tf.Tensor2D;
}

/** One block: [n, d] → [s, d]. */
export function blockForward(
  x: tf.Tensor2D,
  index: number,
  context: BlockContext,
): { readonly output: tf.Tensor2D; readonly memory: BlockMemory } {
  return tf.tidy(() => {
    const folded = foldedOf(context, index);
    const { memory, residual } = remember(x, folded, context);
    const activation = memory[MEMORY_BEFORE_ATTENTION - 1] as tf.Tensor2D;
    const output = tf.add(
      residual,
      multiply(activation, folded.down.matrix, folded.down.bias),
    ) as tf.Tensor2D;
    return { output, memory: [...memory] };
  });
}

/** What `blockBackward` needs, from the block's input alone: for when it was not kept. */
export function blockMemory(x: tf.Tensor2D, index: number, context: BlockContext): BlockMemory {
  return tf.tidy(() => [...remember(x, foldedOf(context, index), context).memory]);
}

function foldedOf({ parameters, configuration, folded }: BlockContext, index: number): FoldedBlock {
  return folded ?? foldBlock(blockParameters(parameters, configuration, index));
}

function remember(x: tf.Tensor2D, { projection, dense, up }: FoldedBlock, context: BlockContext): Remembered {
  const { configuration, selection } = context;
  const first = normalize(x, configuration.layerNormEpsilon);
  const projected = multiply(first.values, projection.matrix, projection.bias);
  const attended = context.attention.forward(projected);
  const mixed = selectRows(attended.output, selection);
  const residual = tf.add(selectRows(x, selection), multiply(mixed, dense.matrix, dense.bias)) as tf.Tensor2D;
  const second = configuration.useParallelResidual
    ? {
        values: selectRows(first.values, selection),
        inverseDeviation: selectRows(first.inverseDeviation, selection),
      }
    : normalize(residual, configuration.layerNormEpsilon);
  const hidden = multiply(second.values, up.matrix, up.bias);
  return {
    memory: [
      first.values,
      first.inverseDeviation,
      mixed,
      second.values,
      second.inverseDeviation,
      hidden,
      scaledGelu(hidden),
      ...attended.memory,
    ],
    residual,
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
  index: number,
  context: BlockContext,
): { readonly input: tf.Tensor2D; readonly parameters: Map<string, tf.Tensor> } {
  const { configuration, selection } = context;
  const { projection, dense, up, down } = blockParameters(context.parameters, configuration, index);
  const [
    normalized,
    inverseDeviation,
    mixed,
    secondValues,
    secondDeviation,
    hidden,
    activation,
    ...attended
  ] = memory as readonly tf.Tensor2D[] as [
    tf.Tensor2D,
    tf.Tensor2D,
    tf.Tensor2D,
    tf.Tensor2D,
    tf.Tensor2D,
    tf.Tensor2D,
    tf.Tensor2D,
    ...tf.Tensor[],
  ];
  const first = { values: normalized, inverseDeviation };
  const result = tf.tidy(() => {
    const hiddenGradient = tf.tidy(() =>
      scaledGeluGradient(tf.matMul(gradient, tf.mul(down.weight, OUT_OF_GELU) as tf.Tensor2D), hidden),
    );
    const downWeight = tf.tidy(() => tf.mul(transposedProduct(gradient, activation), OUT_OF_GELU));
    const downBias = sumOfRows(gradient);
    const upGradients = normalizedLinearGradient(hiddenGradient, secondValues, up, INTO_GELU);
    hiddenGradient.dispose();

    const residualGradient = configuration.useParallelResidual
      ? gradient
      : (tf.add(
          gradient,
          normalizeGradient(upGradients.input, { values: secondValues, inverseDeviation: secondDeviation }),
        ) as tf.Tensor2D);
    const denseWeight = transposedProduct(residualGradient, mixed);
    const denseBias = configuration.useParallelResidual ? tf.clone(downBias) : sumOfRows(residualGradient);
    const projectedGradient = tf.tidy(() =>
      context.attention.backward(
        selectRowsGradient(tf.matMul(residualGradient, dense.weight), selection),
        attended,
      ),
    );
    const projectionGradients = normalizedLinearGradient(projectedGradient, first.values, projection);
    projectedGradient.dispose();

    const normalizedGradient = configuration.useParallelResidual
      ? (tf.add(projectionGradients.input, selectRowsGradient(upGradients.input, selection)) as tf.Tensor2D)
      : projectionGradients.input;
    const input = tf.add(
      normalizeGradient(normalizedGradient, first),
      selectRowsGradient(residualGradient, selection),
    ) as tf.Tensor2D;

    const names = blockNames(index);
    const parameters: Record<string, tf.Tensor> = {
      [`${names.attentionNorm}.weight`]: projectionGradients.gain,
      [`${names.attentionNorm}.bias`]: projectionGradients.shift,
      [`${names.mlpNorm}.weight`]: upGradients.gain,
      [`${names.mlpNorm}.bias`]: upGradients.shift,
      [`${names.projection}.weight`]: projectionGradients.weight,
      [`${names.dense}.weight`]: denseWeight,
      [`${names.up}.weight`]: upGradients.weight,
      [`${names.up}.bias`]: upGradients.bias,
      [`${names.down}.weight`]: downWeight,
      [`${names.down}.bias`]: downBias,
      ...(configuration.attentionBias && {
        [`${names.projection}.bias`]: projectionGradients.bias,
        [`${names.dense}.bias`]: denseBias,
      }),
    };
    return { input, parameters };
  });
  return { input: result.input, parameters: new Map(Object.entries(result.parameters)) };
}
