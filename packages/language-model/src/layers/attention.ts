import * as tf from '@tensorflow/tfjs-core';
import type { TokenRows } from '../batch/token-rows.js';
import type { ModelShape } from '../model-shape.js';
import { type RotaryTensors, rotaryTable, rotate } from './rotary.js';

/** Far below any score, yet finite: exp of it is 0 and no ∞ − ∞ can arise. */
export const HIDDEN = -1e9;

/** Sizes of a batch; time is the padded length. */
export interface AttentionShape {
  readonly batch: number;
  readonly time: number;
  readonly heads: number;
}

/** What attention needs to know about a batch, the same for every block; made once a pass. */
export interface AttentionTables {
  readonly rotary: RotaryTensors;
  /** Added to the scores: 0 where a token sees another, `HIDDEN` where not; [batch or 1, 1, time, time]. */
  readonly mask: tf.Tensor4D;
}

export function attentionTables(rows: TokenRows, configuration: ModelShape): AttentionTables {
  const { batch, time, plain } = rows;
  const shared = plain ? 1 : batch;
  const { cos, sin, half } = rotaryTable(rows.positions.subarray(0, shared * time), configuration);
  const mask = new Float32Array(shared * time * time);
  for (let row = 0; row < shared; row++) {
    const { branchFrom, branchTo } = plain
      ? { branchFrom: time, branchTo: time }
      : (rows.rows[row] ?? {
          branchFrom: time,
          branchTo: time,
        });
    for (let query = 0; query < time; query++) {
      const start = (row * time + query) * time;
      mask.fill(HIDDEN, start + query + 1, start + time);
      if (query >= branchTo) mask.fill(HIDDEN, start + branchFrom, start + branchTo);
    }
  }
  return {
    rotary: {
      cos: tf.tensor4d(cos, [shared, 1, time, half]),
      sin: tf.tensor4d(sin, [shared, 1, time, half]),
      half,
    },
    mask: tf.tensor4d(mask, [shared, 1, time, time]),
  };
}

/** Queries, keys and values of every head, [batch, heads, time, head size]. */
export interface HeadInputs {
  readonly query: tf.Tensor4D;
  readonly key: tf.Tensor4D;
  readonly value: tf.Tensor4D;
}

/**
 * Takes the fused projection [batch · time, heads · 3 · head size] apart; GPT-NeoX interleaves query, key and
 * value within each head. Queries are scaled by 1/√(head size); queries and keys are turned by their positions.
 */
export function splitHeads(projected: tf.Tensor2D, shape: AttentionShape, rotary: RotaryTensors): HeadInputs {
  return tf.tidy(() => {
    const { batch, time, heads } = shape;
    const size = (projected.shape[1] as number) / (3 * heads);
    const byHead = tf.reshape(
      tf.transpose(tf.reshape(projected, [batch, time, 3 * heads, size]), [0, 2, 1, 3]),
      [batch, heads, 3 * time * size],
    );
    const part = (index: number): tf.Tensor4D =>
      tf.reshape(tf.slice(byHead, [0, 0, index * time * size], [batch, heads, time * size]), [
        batch,
        heads,
        time,
        size,
      ]);
    return {
      query: tf.mul(rotate(part(0), rotary), 1 / Math.sqrt(size)) as tf.Tensor4D,
      key: rotate(part(1), rotary),
      value: part(2),
    };
  });
}

/** What attention's gradient needs of its forward pass. */
export type AttentionMemory = readonly tf.Tensor[];

/** A block's attention: from the fused projection [n, 3d] to the mixed values [n, d]. */
export interface BlockAttention {
  forward(projected: tf.Tensor2D): { readonly output: tf.Tensor2D; readonly memory: AttentionMemory };
  backward(gradient: tf.Tensor2D, memory: AttentionMemory): tf.Tensor2D;
}

/** softmax(q·kᵀ/√size + mask)·v for every head: [batch · time, 3 · hidden] → [batch · time, hidden]. */
export function attention(
  projected: tf.Tensor2D,
  shape: AttentionShape,
  tables: AttentionTables,
): { readonly output: tf.Tensor2D; readonly memory: AttentionMemory } {
  const { batch, time } = shape;
  const { query, key, value } = splitHeads(projected, shape, tables.rotary);
  const probabilities = tf.tidy(
    () => tf.softmax(tf.add(tf.matMul(query, key, false, true), tables.mask)) as tf.Tensor4D,
  );
  const mixed = tf.matMul(probabilities, value) as tf.Tensor4D;
  const output = tf.tidy(() =>
    tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [batch * time, -1]),
  ) as tf.Tensor2D;
  return { output, memory: [query, key, value, probabilities, mixed] };
}

/**
 * The gradient through `attention`, into the fused projection.
 *
 * With O = P·V, P = softmax(S), S = Q·Kᵀ and D = ∂L/∂O: ∂V = Pᵀ·D, ∂P = D·Vᵀ, and through the softmax
 * ∂S = P ⊙ (∂P − rowsum(∂P ⊙ P)); the row sum equals rowsum(D ⊙ O), which is over far fewer columns.
 * Then ∂Q = ∂S·K, ∂K = ∂Sᵀ·Q, and the rotation is undone (its gradient is the turn back).
 */
export function attentionGradient(
  gradient: tf.Tensor2D,
  memory: AttentionMemory,
  shape: AttentionShape,
  tables: AttentionTables,
): tf.Tensor2D {
  return tf.tidy(() => {
    const { batch, time, heads } = shape;
    const [query, key, value, probabilities, mixed] = memory as [
      tf.Tensor4D,
      tf.Tensor4D,
      tf.Tensor4D,
      tf.Tensor4D,
      tf.Tensor4D,
    ];
    const size = value.shape[3];
    const mixedGradient = tf.transpose(tf.reshape(gradient, [batch, time, heads, size]), [0, 2, 1, 3]);
    const valueGradient = tf.matMul(probabilities, mixedGradient, true, false);
    const scoreGradient = tf.tidy(() => {
      const rowSums = tf.sum(tf.mul(mixedGradient, mixed), 3, true);
      return tf.mul(probabilities, tf.sub(tf.matMul(mixedGradient, value, false, true), rowSums));
    });
    const queryGradient = tf.mul(
      rotate(tf.matMul(scoreGradient, key) as tf.Tensor4D, tables.rotary, -1),
      1 / Math.sqrt(size),
    );
    const keyGradient = rotate(
      tf.matMul(scoreGradient, query, true, false) as tf.Tensor4D,
      tables.rotary,
      -1,
    );
    const byHead = tf.concat(
      [queryGradient, keyGradient, valueGradient].map((part) =>
        tf.reshape(part, [batch, heads, time * size]),
      ),
      2,
    );
    return tf.reshape(tf.transpose(tf.reshape(byHead, [batch, 3 * heads, time, size]), [0, 2, 1, 3]), [
      batch * time,
      3 * heads * size,
    ]) as tf.Tensor2D;
  });
}
