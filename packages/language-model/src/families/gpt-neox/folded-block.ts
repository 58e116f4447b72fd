import * as tf from '@tensorflow/tfjs-core';
import { type PreparedMatrix, prepareMatrix } from '../../kernels/matrix-products.js';
import { INTO_GELU, OUT_OF_GELU } from '../../layers/gelu.js';
import { foldNorm, type NormalizedLinear } from '../../layers/layer-norm.js';
import { type NamedTensors, parameter } from '../../layers/parameters.js';
import type { GptNeoxConfiguration } from './configuration.js';
import { blockPrefix } from './parameters.js';

/** A linear layer's weight [m, k] and bias [m]. */
export interface Dense {
  readonly weight: tf.Tensor2D;
  readonly bias: tf.Tensor1D | undefined;
}

/** A block's parameters by what they do. */
export interface BlockParameters {
  readonly projection: NormalizedLinear;
  readonly dense: Dense;
  readonly up: NormalizedLinear;
  readonly down: Dense;
}

/** The Hugging Face names of a block's layers. */
export function blockNames(
  index: number,
): Record<'attentionNorm' | 'mlpNorm' | 'projection' | 'dense' | 'up' | 'down', string> {
  const layer = blockPrefix(index);
  return {
    attentionNorm: `${layer}.input_layernorm`,
    mlpNorm: `${layer}.post_attention_layernorm`,
    projection: `${layer}.attention.query_key_value`,
    dense: `${layer}.attention.dense`,
    up: `${layer}.mlp.dense_h_to_4h`,
    down: `${layer}.mlp.dense_4h_to_h`,
  };
}

export function blockParameters(
  parameters: NamedTensors,
  { attentionBias }: GptNeoxConfiguration,
  index: number,
): BlockParameters {
  const names = blockNames(index);
  const get = <T extends tf.Tensor>(name: string): T => parameter<T>(parameters, name);
  const dense = (name: string, bias = true): Dense => ({
    weight: get(`${name}.weight`),
    bias: bias ? get<tf.Tensor1D>(`${name}.bias`) : undefined,
  });
  const norm = (name: string): Pick<NormalizedLinear, 'gain' | 'shift'> => ({
    gain: get(`${name}.weight`),
    shift: get(`${name}.bias`),
  });
  return {
    projection: { ...norm(names.attentionNorm), ...dense(names.projection, attentionBias) },
    dense: dense(names.dense, attentionBias),
    up: { ...norm(names.mlpNorm), ...dense(names.up) },
    down: dense(names.down),
  };
}

/** A linear layer ready to be applied. */
export type FoldedLinear = { matrix: PreparedMatrix; bias?: tf.Tensor1D };

/** A block's four linear layers, with the LayerNorms' parameters and GELU's factors in their weights. */
export type FoldedBlock = Record<'projection' | 'dense' | 'up' | 'down', FoldedLinear>;

/** Costs a few passes over the block's weights: once a pass in training, once for all tokens in generation. */
export function foldBlock(
  { projection, dense, up, down }: BlockParameters,
  uses: 'once' | 'often' = 'once',
): FoldedBlock {
  return tf.tidy(() => {
    const layer = (weight: tf.Tensor2D, bias: tf.Tensor1D | undefined): FoldedLinear => ({
      matrix: prepareMatrix(weight, uses),
      ...(bias && { bias: tf.clone(bias) }),
    });
    const normalized = (from: NormalizedLinear, factor: number): FoldedLinear => {
      const folded = foldNorm(from, factor);
      return layer(folded.weight, folded.bias);
    };
    return {
      projection: normalized(projection, 1),
      dense: layer(dense.weight, dense.bias),
      up: normalized(up, INTO_GELU),
      down: layer(tf.mul(down.weight, OUT_OF_GELU), down.bias),
    };
  });
}
