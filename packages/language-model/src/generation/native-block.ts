import { type NativeKernelAttributes, runNativeKernel } from '@ais/runtime';
import * as tf from '@tensorflow/tfjs-core';
import { nativeWeight } from '../kernels/matrix-products.js';
import { nativeActivation } from '../kernels/native-fused-kernels.js';
import type { BlockPlan, PreparedBlock } from '../layers/block.js';
import type { PreparedLinear } from '../layers/linear.js';
import { type NormPlan, normOf } from '../layers/norm.js';
import type { NamedTensors } from '../layers/parameters.js';

/** A block of which one operation of native TensorFlow computes one more token a row. */
export type NativeBlock = {
  readonly weights: tf.Tensor[];
  readonly attributes: Required<Pick<NativeKernelAttributes, 'centered' | 'epsilon' | 'kind' | 'parallel'>>;
};

/** What attention over a cache reads of it, as `NativeKeyValueCache` has it. */
export interface CacheInputs {
  readonly tensors: readonly tf.Tensor[];
  readonly attributes: NativeKernelAttributes;
}

/** Call it in a tidy. None where the operation cannot say what the block is. */
export function nativeBlock(
  plan: BlockPlan,
  { gain, projection, output, mlp }: PreparedBlock,
  parameters: NamedTensors,
): NativeBlock | undefined {
  const { attentionNorm: norm, attention, attentionOutputNorm, mlpOutputNorm } = plan;
  const { query, key } = attention.headNorms ?? {};
  const later = [query, key, attentionOutputNorm, mlpOutputNorm].filter((other) => other !== undefined);
  const same = [plan.mlpNorm, ...later].every(
    ({ kind, epsilon }) => kind === norm.kind && epsilon === norm.epsilon,
  );
  const shifted = later.some(({ bias }) => bias !== undefined);
  if (!same || shifted) return undefined;
  const none = tf.tensor1d([]);
  const layer = (linear?: PreparedLinear): tf.Tensor[] => [
    linear ? nativeWeight(linear.matrix) : none,
    linear?.bias ?? none,
  ];
  const gainOf = (of?: NormPlan): tf.Tensor => (of ? normOf(parameters, of).gain : none);
  return {
    weights: [
      ...[projection, output, mlp.gate, mlp.up, mlp.down].flatMap(layer),
      ...[query, key, attentionOutputNorm, mlpOutputNorm].map(gainOf),
      ...[gain, mlp.gain].map((own) => own ?? none),
    ].map((tensor) => tf.clone(tensor)),
    attributes: {
      centered: norm.kind === 'layer',
      epsilon: norm.epsilon,
      kind: nativeActivation(plan.mlp.activation),
      parallel: plan.residual === 'parallel',
    },
  };
}

/** The block's output for one more token a row, [rows, hidden], which the cache then has. */
export function nativeBlockStep(x: tf.Tensor2D, block: NativeBlock, cache: CacheInputs): tf.Tensor2D {
  const attributes = { ...cache.attributes, ...block.attributes };
  const [y] = runNativeKernel('AisDecodeBlock', [x, ...cache.tensors, ...block.weights], attributes, 1);
  return y as tf.Tensor2D;
}
