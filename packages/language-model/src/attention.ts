import * as tf from '@tensorflow/tfjs-core';
import type { GptNeoxConfiguration } from './configuration.js';
import { type RotaryTensors, rotaryTable, rotate } from './rotary.js';
import type { TokenRows } from './token-rows.js';

/** Far below any score, yet finite: exp of it is 0 and no ∞ − ∞ can arise. */
export const HIDDEN = -1e9;

/** Sizes of a batch; time is the padded length. */
export interface AttentionShape {
  readonly batch: number;
  readonly time: number;
  readonly heads: number;
}

/** Queries that go through attention at once, at most: no token sees those after it, so neither need its scores. */
const MOST_QUERIES = 160;

/** Queries [from, to), which see keys [0, to) at most. */
interface QueryRange {
  readonly from: number;
  readonly to: number;
  /** Added to the scores: 0 where a token sees another, `HIDDEN` where not; [batch or 1, 1, to − from, to]. */
  readonly mask: tf.Tensor4D;
}

/** What attention needs to know about a batch, the same for every block; made once a pass. */
export interface AttentionTables {
  readonly rotary: RotaryTensors;
  readonly queries: readonly QueryRange[];
}

export function attentionTables(rows: TokenRows, configuration: GptNeoxConfiguration): AttentionTables {
  const { batch, time, plain } = rows;
  const shared = plain ? 1 : batch;
  const { cos, sin, half } = rotaryTable(rows.positions.subarray(0, shared * time), configuration);
  const branches = plain ? [{ branchFrom: time, branchTo: time }] : rows.rows;
  return {
    rotary: {
      cos: tf.tensor4d(cos, [shared, 1, time, half]),
      sin: tf.tensor4d(sin, [shared, 1, time, half]),
      half,
    },
    queries: queryRanges(time).map(({ from, to }) => {
      const mask = new Float32Array(shared * (to - from) * to);
      branches.forEach(({ branchFrom, branchTo }, row) => {
        for (let query = from; query < to; query++) {
          const start = (row * (to - from) + query - from) * to;
          mask.fill(HIDDEN, start + query + 1, start + to);
          if (query >= branchTo) mask.fill(HIDDEN, start + branchFrom, start + branchTo);
        }
      });
      return { from, to, mask: tf.tensor4d(mask, [shared, 1, to - from, to]) };
    }),
  };
}

/** Scores a head that attention over so many tokens keeps for its gradient. */
export function keptScores(time: number): number {
  return queryRanges(time).reduce((sum, { from, to }) => sum + (to - from) * to, 0);
}

function queryRanges(time: number): { readonly from: number; readonly to: number }[] {
  const count = Math.ceil(time / MOST_QUERIES);
  const end = (index: number): number => Math.round((index * time) / count);
  return Array.from({ length: count }, (_, index) => ({ from: end(index), to: end(index + 1) }));
}

/** Places [from, to) of every head, [batch, heads, to − from, head size]. */
function places(x: tf.Tensor4D, from: number, to: number): tf.Tensor4D {
  const [batch, heads, time, size] = x.shape;
  if (to - from === time) return tf.clone(x);
  return tf.slice(x, [0, 0, from, 0], [batch, heads, to - from, size]);
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

/** softmax(q·kᵀ/√size + mask)·v for every head: [batch · time, 3 · hidden] → [batch · time, hidden]. */
export function attention(
  projected: tf.Tensor2D,
  shape: AttentionShape,
  tables: AttentionTables,
): { readonly output: tf.Tensor2D; readonly memory: AttentionMemory } {
  const { batch, time } = shape;
  const { query, key, value } = splitHeads(projected, shape, tables.rotary);
  const parts = tables.queries.map(({ from, to, mask }) =>
    tf.tidy(() => {
      const scores = tf.matMul(places(query, from, to), places(key, 0, to), false, true);
      const probabilities = tf.softmax(tf.add(scores, mask)) as tf.Tensor4D;
      return { probabilities, mixed: tf.matMul(probabilities, places(value, 0, to)) as tf.Tensor4D };
    }),
  );
  const mixed = joinPlaces(parts.map((part) => part.mixed));
  const output = tf.tidy(() =>
    tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [batch * time, -1]),
  ) as tf.Tensor2D;
  return { output, memory: [query, key, value, mixed, ...parts.map(({ probabilities }) => probabilities)] };
}

/** Tensors in the memory of `attention`. */
export function attentionMemoryCount({ queries }: AttentionTables): number {
  return 4 + queries.length;
}

/** Puts consecutive places together again, and disposes of the parts. */
function joinPlaces(parts: tf.Tensor4D[]): tf.Tensor4D {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only;
  const joined = tf.concat(parts, 2);
  tf.dispose(parts);
  return joined;
}

/**
 * The gradient through `attention`, into the fused projection.
 *
 * With O = P·V, P = softmax(S), S = Q·Kᵀ and D = ∂L/∂O: ∂V = Pᵀ·D, ∂P = D·Vᵀ, and through the softmax
 * ∂S = P ⊙ (∂P − rowsum(∂P ⊙ P)); the row sum equals rowsum(D ⊙ O), which is over far fewer columns.
 * Then ∂Q = ∂S·K, ∂K = ∂Sᵀ·Q, and the rotation is undone (its gradient is the turn back). Each range of queries adds to
 * the keys and values that it sees.
 */
export function attentionGradient(
  gradient: tf.Tensor2D,
  memory: AttentionMemory,
  shape: AttentionShape,
  tables: AttentionTables,
): tf.Tensor2D {
  return tf.tidy(() => {
    const { batch, time, heads } = shape;
    const [query, key, value, mixed, ...probabilities] = memory as [
      tf.Tensor4D,
      tf.Tensor4D,
      tf.Tensor4D,
      tf.Tensor4D,
      ...tf.Tensor4D[],
    ];
    const size = value.shape[3];
    const mixedGradient: tf.Tensor4D = tf.transpose(
      tf.reshape(gradient, [batch, time, heads, size]),
      [0, 2, 1, 3],
    );
    const queryGradients: tf.Tensor4D[] = [];
    let seen: { readonly key?: tf.Tensor4D; readonly value?: tf.Tensor4D } = {};
    for (const [index, { from, to }] of tables.queries.entries()) {
      const before = seen;
      const { query: own, ...keysAndValues } = tf.tidy(() => {
        const gradients = places(mixedGradient, from, to);
        const ofQueries = probabilities[index] as tf.Tensor4D;
        const rowSums = tf.sum(tf.mul(gradients, places(mixed, from, to)), 3, true);
        const towards = tf.matMul(gradients, places(value, 0, to), false, true);
        const scoreGradient = tf.mul(ofQueries, tf.sub(towards, rowSums)) as tf.Tensor4D;
        return {
          query: tf.matMul(scoreGradient, places(key, 0, to)) as tf.Tensor4D,
          key: addToLonger(before.key, tf.matMul(scoreGradient, places(query, from, to), true, false)),
          value: addToLonger(before.value, tf.matMul(ofQueries, gradients, true, false)),
        };
      });
      tf.dispose(before);
      queryGradients.push(own);
      seen = keysAndValues;
    }
    const byHead = tf.concat(
      [
        tf.mul(rotate(joinPlaces(queryGradients), tables.rotary, -1), 1 / Math.sqrt(size)),
        rotate(seen.key as tf.Tensor4D, tables.rotary, -1),
        seen.value as tf.Tensor4D,
      ].map((part) => tf.reshape(part, [batch, heads, time * size])),
      2,
    );
    return tf.reshape(tf.transpose(tf.reshape(byHead, [batch, 3 * heads, time, size]), [0, 2, 1, 3]), [
      batch * time,
      3 * heads * size,
    ]) as tf.Tensor2D;
  });
}

/** The sum of places [0, m) and places [0, n), m ≤ n; the latter alone where there are no former. */
function addToLonger(shorter: tf.Tensor4D | undefined, longer: tf.Tensor): tf.Tensor4D {
  if (shorter === undefined) return longer as tf.Tensor4D;
  const missing = (longer.shape[2] as number) - shorter.shape[2];
  return tf.add(
    tf.pad(shorter, [
      [0, 0],
      [0, 0],
      [0, missing],
      [0, 0],
    ]),
    longer,
  ) as tf.Tensor4D;
}
