import * as tf from '@tensorflow/tfjs-core';
import type { TokenRows } from '../batch/token-rows.js';
import { type RotaryPlan, type RotaryTensors, rotaryTable, rotate } from './rotary.js';

/** Far below any score, yet finite: exp of it is 0 and no ∞ − ∞ can arise. */
export const HIDDEN = -1e9;

/** What attention computes, without its parameters. */
export interface AttentionGeometry {
  /** Heads of queries. */
  readonly heads: number;
  /** Heads of keys and values, a divisor of `heads`; head h of the queries reads number ⌊h · keyValueHeads / heads⌋. */
  readonly keyValueHeads: number;
  /** Dimensions a head. */
  readonly headSize: number;
  /**
   * How the projection's columns are ordered: `planar`, all queries, then all keys, then all values, or `interleaved`, each
   * head's query, key, and value together, as in GPT-NeoX.
   */
  readonly layout: 'planar' | 'interleaved';
  /** What scores are multiplied with: 1/√(head size) in most families. */
  readonly scale: number;
  readonly rotary?: RotaryPlan | undefined;
  /** How many tokens a token sees, itself included; all before it by default. */
  readonly window?: number | undefined;
}

/** Columns of the projection. */
export function projectionWidth({ heads, keyValueHeads, headSize }: AttentionGeometry): number {
  return (heads + 2 * keyValueHeads) * headSize;
}

/** Where a head's query, key and value are in a row of the projection: numbers from one head to the next, and to key and value. */
export function headPlaces({
  layout,
  headSize,
  heads,
  keyValueHeads,
}: AttentionGeometry): [stride: number, key: number, value: number] {
  return layout === 'interleaved'
    ? [3 * headSize, headSize, 2 * headSize]
    : [headSize, heads * headSize, (heads + keyValueHeads) * headSize];
}

/** A window that hides nothing. */
const NO_WINDOW = 2 ** 30;

/** How many tokens a token sees, itself included. */
export const windowOf = ({ window = NO_WINDOW }: AttentionGeometry): number => window;

/** What attention needs to know about a batch, the same for every block of one geometry; made once a pass. */
export interface AttentionTables {
  readonly batch: number;
  readonly time: number;
  readonly rotary: RotaryTensors;
  /** Added to the scores: 0 where a token sees another, `HIDDEN` where not; [batch or 1, 1, time, time]. */
  readonly mask: tf.Tensor4D;
}

export function attentionTables(rows: TokenRows, geometry: AttentionGeometry): AttentionTables {
  const { batch, time, plain } = rows;
  const shared = plain ? 1 : batch;
  const { cos, sin, half } = rotaryTable(rows.positions.subarray(0, shared * time), geometry.rotary);
  const mask = new Float32Array(shared * time * time);
  const { window = time } = geometry;
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
      // Positions in the second branch continue from the stem, so the window reaches as much further back in the row.
      const inBranch = query >= branchTo;
      const from = query - window + 1;
      const fromOfStem = inBranch ? from - (branchTo - branchFrom) : from;
      if (inBranch) mask.fill(HIDDEN, start + branchFrom, start + branchTo);
      if (inBranch && from > branchTo) mask.fill(HIDDEN, start + branchTo, start + from);
      const stem = Math.min(fromOfStem, inBranch ? branchFrom : query);
      if (stem > 0) mask.fill(HIDDEN, start, start + stem);
    }
  }
  return {
    batch,
    time,
    rotary: {
      cos: tf.tensor4d(cos, [shared, 1, time, half]),
      sin: tf.tensor4d(sin, [shared, 1, time, half]),
      half,
    },
    mask: tf.tensor4d(mask, [shared, 1, time, time]),
  };
}

/** Queries [batch, heads, time, head size], keys and values [batch, key–value heads, time, head size]. */
export interface HeadInputs {
  readonly query: tf.Tensor4D;
  readonly key: tf.Tensor4D;
  readonly value: tf.Tensor4D;
}

/**
 * Takes the projection [batch · time, (heads + 2 · key–value heads) · head size] apart. Queries are scaled; queries and
 * keys are turned by their positions.
 */
export function splitHeads(
  projected: tf.Tensor2D,
  geometry: AttentionGeometry,
  { batch, time, rotary }: AttentionTables,
): HeadInputs {
  return tf.tidy(() => {
    const { heads, keyValueHeads, headSize: size, layout, scale } = geometry;
    const parts = heads + 2 * keyValueHeads;
    const byHead = tf.transpose(
      tf.reshape(projected, [batch, time, parts, size]),
      [0, 2, 1, 3],
    ) as tf.Tensor4D;
    const [query, key, value] =
      layout === 'planar'
        ? (tf.split(byHead, [heads, keyValueHeads, keyValueHeads], 1) as HeadParts)
        : interleavedParts(byHead, heads);
    return {
      query: tf.mul(rotate(query, rotary), scale) as tf.Tensor4D,
      key: rotate(key, rotary),
      value,
    };
  });
}

type HeadParts = [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];

function interleavedParts(byHead: tf.Tensor4D, heads: number): HeadParts {
  const [batch, , time, size] = byHead.shape;
  const together = tf.reshape(byHead, [batch, heads, 3 * time * size]);
  const part = (index: number): tf.Tensor4D =>
    tf.reshape(tf.slice(together, [0, 0, index * time * size], [batch, heads, time * size]), [
      batch,
      heads,
      time,
      size,
    ]);
  return [part(0), part(1), part(2)];
}

/** Puts the gradients of queries, keys, and values together again. */
function joinHeads(parts: HeadParts, layout: AttentionGeometry['layout']): tf.Tensor2D {
  const [query] = parts;
  const [batch, heads, time, size] = query.shape;
  const byHead =
    layout === 'planar'
      ? tf.concat(parts, 1)
      : tf.reshape(
          tf.concat(
            parts.map((part) => tf.reshape(part, [batch, heads, time * size])),
            2,
          ),
          [batch, 3 * heads, time, size],
        );
  return tf.reshape(tf.transpose(byHead, [0, 2, 1, 3]), [batch * time, -1]) as tf.Tensor2D;
}

/**
 * [batch, heads, n, m] → [batch, key–value heads, group · n, m]: queries that read the same keys and values, so that
 * one product serves them all, and the products' gradients add up over the group.
 */
export function byKeyValueHead(x: tf.Tensor4D, keyValueHeads: number): tf.Tensor4D {
  const [batch, heads, n, m] = x.shape;
  return heads === keyValueHeads ? x : tf.reshape(x, [batch, keyValueHeads, (heads / keyValueHeads) * n, m]);
}

/** The way back from `byKeyValueHead`. */
export function byHead(x: tf.Tensor4D, heads: number): tf.Tensor4D {
  const [batch, keyValueHeads, rows, m] = x.shape;
  return heads === keyValueHeads ? x : tf.reshape(x, [batch, heads, (rows * keyValueHeads) / heads, m]);
}

/** A block's attention: from the projection to the mixed values [n, heads · head size]. */
export interface BlockAttention<Memory = unknown> {
  forward(projected: tf.Tensor2D): { readonly output: tf.Tensor2D; readonly memory: Memory };
  backward(gradient: tf.Tensor2D, memory: Memory): tf.Tensor2D;
}

/** What attention's gradient needs of its forward pass. */
export type AttentionMemory = HeadInputs & {
  /** [batch, heads, time, time] */
  readonly probabilities: tf.Tensor4D;
  /** [batch, heads, time, head size] */
  readonly mixed: tf.Tensor4D;
};

/** softmax(scale · q·kᵀ + mask)·v for every head: [batch · time, projection] → [batch · time, heads · head size]. */
export function attention(
  projected: tf.Tensor2D,
  geometry: AttentionGeometry,
  tables: AttentionTables,
): { readonly output: tf.Tensor2D; readonly memory: AttentionMemory } {
  const { batch, time } = tables;
  const { heads, keyValueHeads } = geometry;
  const { query, key, value } = splitHeads(projected, geometry, tables);
  const probabilities = tf.tidy(() => {
    const scores = tf.matMul(byKeyValueHead(query, keyValueHeads), key, false, true) as tf.Tensor4D;
    return tf.softmax(tf.add(byHead(scores, heads), tables.mask)) as tf.Tensor4D;
  });
  const mixed = tf.tidy(() =>
    byHead(tf.matMul(byKeyValueHead(probabilities, keyValueHeads), value) as tf.Tensor4D, heads),
  );
  const output = tf.tidy(() =>
    tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [batch * time, -1]),
  ) as tf.Tensor2D;
  return { output, memory: { query, key, value, probabilities, mixed } };
}

/**
 * The gradient through `attention`, into the projection.
 *
 * With O = P·V, P = softmax(S), S = Q·Kᵀ and D = ∂L/∂O: ∂V = Pᵀ·D, ∂P = D·Vᵀ, and through the softmax
 * ∂S = P ⊙ (∂P − rowsum(∂P ⊙ P)); the row sum equals rowsum(D ⊙ O), which is over far fewer columns.
 * Then ∂Q = ∂S·K, ∂K = ∂Sᵀ·Q, and the rotation is undone (its gradient is the turn back).
 */
export function attentionGradient(
  gradient: tf.Tensor2D,
  { query, key, value, probabilities, mixed }: AttentionMemory,
  geometry: AttentionGeometry,
  { batch, time, rotary }: AttentionTables,
): tf.Tensor2D {
  return tf.tidy(() => {
    const { heads, keyValueHeads, headSize, layout, scale } = geometry;
    const grouped = (x: tf.Tensor4D): tf.Tensor4D => byKeyValueHead(x, keyValueHeads);
    const mixedGradient = tf.transpose(
      tf.reshape(gradient, [batch, time, heads, headSize]),
      [0, 2, 1, 3],
    ) as tf.Tensor4D;
    const valueGradient = tf.matMul(
      grouped(probabilities),
      grouped(mixedGradient),
      true,
      false,
    ) as tf.Tensor4D;
    const scoreGradient = tf.tidy(() => {
      const rowSums = tf.sum(tf.mul(mixedGradient, mixed), 3, true);
      const ofProbabilities = byHead(
        tf.matMul(grouped(mixedGradient), value, false, true) as tf.Tensor4D,
        heads,
      );
      return tf.mul(probabilities, tf.sub(ofProbabilities, rowSums)) as tf.Tensor4D;
    });
    const queryGradient = tf.mul(
      rotate(byHead(tf.matMul(grouped(scoreGradient), key) as tf.Tensor4D, heads), rotary, -1),
      scale,
    ) as tf.Tensor4D;
    const keyGradient = rotate(
      tf.matMul(grouped(scoreGradient), grouped(query), true, false) as tf.Tensor4D,
      rotary,
      -1,
    );
    return joinHeads([queryGradient, keyGradient, valueGradient], layout);
  });
}
