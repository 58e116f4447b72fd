import * as tf from '@tensorflow/tfjs-core';
import { type AttentionGeometry, projectionWidth } from './attention.js';
import type { Gradients } from './linear.js';
import {
  applyNorm,
  type Normalized,
  type NormPlan,
  namedNormGradients,
  normGradient,
  normOf,
} from './norm.js';
import type { NamedTensors } from './parameters.js';

/** Norms of each head's query and key, over the head's dimensions. */
export interface HeadNormsPlan {
  readonly query: NormPlan;
  readonly key: NormPlan;
}

/** [n · heads, head size] and [n · key–value heads, head size] */
export type HeadNormsMemory = { readonly query: Normalized; readonly key: Normalized };

/** The projection's queries, keys, and values, a head per row; the layout is planar. */
function parts(x: tf.Tensor2D, geometry: AttentionGeometry): [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D] {
  const { heads, keyValueHeads, headSize } = geometry;
  const columns = [heads, keyValueHeads, keyValueHeads].map((count) => count * headSize);
  const [query, key, value] = tf.split(x, columns, 1) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
  return [tf.reshape(query, [-1, headSize]), tf.reshape(key, [-1, headSize]), value];
}

function together(
  [query, key, value]: readonly [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D],
  geometry: AttentionGeometry,
): tf.Tensor2D {
  const rows = value.shape[0];
  const joined = tf.concat([tf.reshape(query, [rows, -1]), tf.reshape(key, [rows, -1]), value], 1);
  return tf.reshape(joined, [rows, projectionWidth(geometry)]);
}

/** Normalizes the queries and keys in a planar projection. */
export function headNorms(
  projected: tf.Tensor2D,
  plan: HeadNormsPlan,
  geometry: AttentionGeometry,
  parameters: NamedTensors,
): { readonly output: tf.Tensor2D; readonly memory: HeadNormsMemory } {
  const [queries, keys, value] = parts(projected, geometry);
  const query = applyNorm(queries, normOf(parameters, plan.query));
  const key = applyNorm(keys, normOf(parameters, plan.key));
  return {
    output: together([query.output, key.output, value], geometry),
    memory: { query: query.normalized, key: key.normalized },
  };
}

/** The gradient through `headNorms`. */
export function headNormsGradient(
  gradient: tf.Tensor2D,
  memory: HeadNormsMemory,
  plan: HeadNormsPlan,
  geometry: AttentionGeometry,
  parameters: NamedTensors,
): { readonly input: tf.Tensor2D; readonly parameters: Gradients } {
  const [queries, keys, value] = parts(gradient, geometry);
  const query = normGradient(queries, memory.query, normOf(parameters, plan.query));
  const key = normGradient(keys, memory.key, normOf(parameters, plan.key));
  return {
    input: together([query.input, key.input, value], geometry),
    parameters: { ...namedNormGradients(plan.query, query), ...namedNormGradients(plan.key, key) },
  };
}
