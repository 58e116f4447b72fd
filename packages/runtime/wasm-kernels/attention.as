import { bytes, exp4, max4, sum4, zero } from './elementary';
import { product } from './product';
import { transpose } from './rows';

// Layout of `heads`: [batch, heads + 2 · key–value heads, padded time, padded size], the last two padded to multiples of 4
// with zeros: the heads' queries (scaled and turned), then the keys (turned), then the values. `rows` has four integers a row: its length, where the first branch
// begins and ends, and the first place whose result anything reads. `statistics` has two numbers a query: the
// highest score and one over Σ exp(score − highest), from which its probabilities come back.

@inline
function padded(count: i32): i32 {
  return (count + 3) & ~3;
}

/**
 * Takes the projection [batch · time, (heads + 2 · key–value heads) · size] apart into `heads`, of which it fills the planes
 * `from` to `to` of [batch, heads + 2 · key–value heads]. In a row of it, the next head is `stride` numbers on; the first key
 * is at `keyFrom`, the first value at `valueFrom`.
 */
export function splitHeads(
  from: i32,
  to: i32,
  projected: usize,
  rows: usize,
  cos: usize,
  sin: usize,
  tableRow: i32,
  time: i32,
  headCount: i32,
  keyValueHeads: i32,
  size: i32,
  stride: i32,
  keyFrom: i32,
  valueFrom: i32,
  half: i32,
  scale: f32,
  heads: usize,
): void {
  const paddedTime = padded(time);
  const paddedSize = padded(size);
  const all = headCount + 2 * keyValueHeads;
  const width = all * size;
  for (let index = from; index < to; index++) {
    const b = index / all;
    const h = index % all;
    const length = load<i32>(rows + bytes(4 * b));
    const place = placeOf(h, headCount, keyValueHeads, stride, keyFrom, valueFrom);
    const plane = heads + bytes(index * paddedTime * paddedSize);
    zero(plane, paddedTime * paddedSize);
    for (let t = 0; t < length; t++) {
      const x = projected + bytes((b * time + t) * width + place);
      const y = plane + bytes(t * paddedSize);
      memory.copy(y, x, bytes(size));
      if (h >= headCount + keyValueHeads) continue;
      const angles = bytes((b * tableRow + t) * half);
      for (let i = 0; i < half; i++) {
        const p = load<f32>(x + bytes(i));
        const q = load<f32>(x + bytes(i + half));
        const c = load<f32>(cos + angles + bytes(i));
        const s = load<f32>(sin + angles + bytes(i));
        store<f32>(y + bytes(i), p * c - q * s);
        store<f32>(y + bytes(i + half), q * c + p * s);
      }
      if (h < headCount) {
        for (let i = 0; i < size; i++) store<f32>(y + bytes(i), load<f32>(y + bytes(i)) * scale);
      }
    }
  }
}

/** Where plane h begins in a row of the projection: queries, then keys, then values, in the planes' order. */
@inline
function placeOf(h: i32, headCount: i32, keyValueHeads: i32, stride: i32, keyFrom: i32, valueFrom: i32): i32 {
  if (h < headCount) return h * stride;
  const key = h - headCount;
  return key < keyValueHeads ? keyFrom + key * stride : valueFrom + (key - keyValueHeads) * stride;
}

/** The gradient of `splitHeads`: turns the planes `from` to `to` back and puts them together. */
export function joinHeadGradients(
  from: i32,
  to: i32,
  heads: usize,
  rows: usize,
  cos: usize,
  sin: usize,
  tableRow: i32,
  time: i32,
  headCount: i32,
  keyValueHeads: i32,
  size: i32,
  stride: i32,
  keyFrom: i32,
  valueFrom: i32,
  half: i32,
  scale: f32,
  projected: usize,
): void {
  const paddedTime = padded(time);
  const paddedSize = padded(size);
  const all = headCount + 2 * keyValueHeads;
  const width = all * size;
  for (let index = from; index < to; index++) {
    const b = index / all;
    const h = index % all;
    const length = load<i32>(rows + bytes(4 * b));
    const place = placeOf(h, headCount, keyValueHeads, stride, keyFrom, valueFrom);
    const plane = heads + bytes(index * paddedTime * paddedSize);
    for (let t = 0; t < time; t++) {
      const x = plane + bytes(t * paddedSize);
      const y = projected + bytes((b * time + t) * width + place);
      if (t >= length) {
        zero(y, size);
        continue;
      }
      memory.copy(y, x, bytes(size));
      if (h >= headCount + keyValueHeads) continue;
      const angles = bytes((b * tableRow + t) * half);
      for (let i = 0; i < half; i++) {
        const p = load<f32>(x + bytes(i));
        const q = load<f32>(x + bytes(i + half));
        const c = load<f32>(cos + angles + bytes(i));
        const s = load<f32>(sin + angles + bytes(i));
        store<f32>(y + bytes(i), p * c + q * s);
        store<f32>(y + bytes(i + half), q * c - p * s);
      }
      if (h < headCount) {
        for (let i = 0; i < size; i++) store<f32>(y + bytes(i), load<f32>(y + bytes(i)) * scale);
      }
    }
  }
}

@inline
function hideRange(scores: usize, from: i32, to: i32): void {
  for (let j = from; j < to; j++) store<f32>(scores + bytes(j), -1e30);
}

/**
 * Hides from the query at place i, in its row of n scores, what comes later, the other branch, and what lies before its
 * window. Positions in the second branch go on from the stem, so there the window reaches as much further back.
 */
@inline
function hide(scores: usize, i: i32, n: i32, branchFrom: i32, branchTo: i32, window: i32): void {
  hideRange(scores, i + 1, n);
  const from = i - window + 1;
  if (i >= branchTo) {
    hideRange(scores, branchFrom, branchTo);
    hideRange(scores, branchTo, from);
    hideRange(scores, 0, min(from - (branchTo - branchFrom), branchFrom));
  } else {
    hideRange(scores, 0, from);
  }
}

/**
 * softmax(Q·Kᵀ)·V into `context` [batch · time, heads · size], four queries at a time, only over the keys up to the last of
 * them. Works on the heads of the key–value heads `from` to `to` of [batch, key–value heads]. Scratch: [padded size + 4,
 * padded time] and [4, padded size].
 */
export function attention(
  from: i32,
  to: i32,
  scratch: usize,
  heads: usize,
  rows: usize,
  time: i32,
  headCount: i32,
  keyValueHeads: i32,
  size: i32,
  window: i32,
  context: usize,
  statistics: usize,
): void {
  const paddedTime = padded(time);
  const paddedSize = padded(size);
  const block = bytes(paddedTime * paddedSize);
  const hidden = headCount * size;
  const all = headCount + 2 * keyValueHeads;
  const group = headCount / keyValueHeads;
  const keysAcross = scratch;
  const scores = keysAcross + block;
  const mixed = scores + bytes(4 * paddedTime);
  for (let index = from; index < to; index++) {
    const b = index / keyValueHeads;
    const g = index % keyValueHeads;
    const length = load<i32>(rows + bytes(4 * b));
    const branchFrom = load<i32>(rows + bytes(4 * b + 1));
    const branchTo = load<i32>(rows + bytes(4 * b + 2));
    const firstRead = load<i32>(rows + bytes(4 * b + 3)) & ~3;
    const planes = heads + <usize>(b * all) * block;
    const keys = planes + <usize>(headCount + g) * block;
    const values = keys + <usize>keyValueHeads * block;
    transpose(0, paddedSize, keys, paddedTime, paddedSize, keysAcross);
    for (let t = 0; t < time; t++) {
      if (t < firstRead || t >= length) zero(context + bytes((b * time + t) * hidden + g * group * size), group * size);
    }
    for (let h = g * group; h < (g + 1) * group; h++) {
      const queries = planes + <usize>h * block;
      for (let i0 = firstRead; i0 < length; i0 += 4) {
        const count = min(4, length - i0);
        const last = i0 + count;
        const n = padded(last);
        product(
          count, n, paddedSize, queries + bytes(i0 * paddedSize), bytes(paddedSize), 4,
          keysAcross, bytes(paddedTime), scores, bytes(paddedTime),
        );
        for (let r = 0; r < count; r++) {
          const row = scores + bytes(r * paddedTime);
          hide(row, i0 + r, n, branchFrom, branchTo, window);
          let highest4 = f32x4.splat(-1e30);
          for (let j = 0; j < n; j += 4) highest4 = f32x4.max(highest4, v128.load(row + bytes(j)));
          const highest = max4(highest4);
          let sums = f32x4.splat(0);
          for (let j = 0; j < n; j += 4) {
            const e = exp4(f32x4.sub(v128.load(row + bytes(j)), f32x4.splat(highest)));
            v128.store(row + bytes(j), e);
            sums = f32x4.add(sums, e);
          }
          const inverse: f32 = 1 / sum4(sums);
          for (let j = 0; j < n; j += 4) {
            v128.store(row + bytes(j), f32x4.mul(v128.load(row + bytes(j)), f32x4.splat(inverse)));
          }
          const at = statistics + bytes(2 * ((b * headCount + h) * time + i0 + r));
          store<f32>(at, highest);
          store<f32>(at, inverse, 4);
        }
        product(
          count, paddedSize, last, scores, bytes(paddedTime), 4,
          values, bytes(paddedSize), mixed, bytes(paddedSize),
        );
        for (let r = 0; r < count; r++) {
          memory.copy(
            context + bytes((b * time + i0 + r) * hidden + h * size),
            mixed + bytes(r * paddedSize),
            bytes(size),
          );
        }
      }
    }
  }
}

/**
 * The gradient of `attention` with respect to `heads`, into `out` (same layout), for the same share of the heads.
 *
 * Heads that share a key and value add up their gradients. Scratch: keys and values across, the incoming gradient, [padded
 * size, padded time] each; probabilities and score gradients, [padded time, padded time] each; [4, padded size].
 */
export function attentionGradient(
  from: i32,
  to: i32,
  scratch: usize,
  gradient: usize,
  heads: usize,
  rows: usize,
  statistics: usize,
  time: i32,
  headCount: i32,
  keyValueHeads: i32,
  size: i32,
  window: i32,
  out: usize,
): void {
  const paddedTime = padded(time);
  const paddedSize = padded(size);
  const block = bytes(paddedTime * paddedSize);
  const hidden = headCount * size;
  const across = bytes(paddedTime);
  const keysAcross = scratch;
  const valuesAcross = keysAcross + block;
  const incoming = valuesAcross + block;
  const probabilities = incoming + block;
  const scoreGradients = probabilities + <usize>paddedTime * across;
  const part = scoreGradients + <usize>paddedTime * across;
  const all = headCount + 2 * keyValueHeads;
  const group = headCount / keyValueHeads;
  const plane = paddedTime * paddedSize;
  for (let index = from; index < to; index++) {
    const b = index / keyValueHeads;
    const kv = index % keyValueHeads;
    const length = load<i32>(rows + bytes(4 * b));
    const branchFrom = load<i32>(rows + bytes(4 * b + 1));
    const branchTo = load<i32>(rows + bytes(4 * b + 2));
    const firstRead = load<i32>(rows + bytes(4 * b + 3)) & ~3;
    const ofKeys = <usize>(b * all + headCount + kv) * block;
    const ofValues = ofKeys + <usize>keyValueHeads * block;
    const keys = heads + ofKeys;
    const values = heads + ofValues;
    const keyGradients = out + ofKeys;
    const valueGradients = out + ofValues;
    zero(keyGradients, plane);
    zero(valueGradients, plane);
    transpose(0, paddedSize, keys, paddedTime, paddedSize, keysAcross);
    transpose(0, paddedSize, values, paddedTime, paddedSize, valuesAcross);
    for (let h = kv * group; h < (kv + 1) * group; h++) {
      const isFirst = h % group === 0;
      const ofQueries = <usize>(b * all + h) * block;
      const queries = heads + ofQueries;
      const queryGradients = out + ofQueries;
      zero(queryGradients, plane);
      zero(incoming, plane);
      for (let t = firstRead; t < length; t++) {
        memory.copy(
          incoming + bytes(t * paddedSize),
          gradient + bytes((b * time + t) * hidden + h * size),
          bytes(size),
        );
      }
      for (let i0 = firstRead; i0 < length; i0 += 4) {
        const count = min(4, length - i0);
        const last = i0 + count;
        const n = padded(last);
        const p = probabilities + <usize>i0 * across;
        const g = scoreGradients + <usize>i0 * across;
        product(
          count, n, paddedSize, queries + bytes(i0 * paddedSize), bytes(paddedSize), 4, keysAcross, across, p, across,
        );
        product(
          count, n, paddedSize, incoming + bytes(i0 * paddedSize), bytes(paddedSize), 4, valuesAcross, across, g, across,
        );
        for (let r = 0; r < count; r++) {
          const pRow = p + <usize>r * across;
          const gRow = g + <usize>r * across;
          hide(pRow, i0 + r, n, branchFrom, branchTo, window);
          const at = statistics + bytes(2 * ((b * headCount + h) * time + i0 + r));
          const highest = f32x4.splat(load<f32>(at));
          const inverse = f32x4.splat(load<f32>(at, 4));
          let sums = f32x4.splat(0);
          for (let j = 0; j < n; j += 4) {
            const probability = f32x4.mul(exp4(f32x4.sub(v128.load(pRow + bytes(j)), highest)), inverse);
            v128.store(pRow + bytes(j), probability);
            sums = f32x4.add(sums, f32x4.mul(probability, v128.load(gRow + bytes(j))));
          }
          const rowSum = f32x4.splat(sum4(sums));
          for (let j = 0; j < n; j += 4) {
            v128.store(
              gRow + bytes(j),
              f32x4.mul(v128.load(pRow + bytes(j)), f32x4.sub(v128.load(gRow + bytes(j)), rowSum)),
            );
          }
        }
        product(
          count, paddedSize, last, g, across, 4,
          keys, bytes(paddedSize), queryGradients + bytes(i0 * paddedSize), bytes(paddedSize),
        );
      }
      for (let j0 = 0; j0 < length; j0 += 4) {
        const count = min(4, length - j0);
        const from = max(j0, firstRead);
        const down = <usize>from * across + bytes(j0);
        const toValues = valueGradients + bytes(j0 * paddedSize);
        const toKeys = keyGradients + bytes(j0 * paddedSize);
        product(
          count, paddedSize, length - from, probabilities + down, 4, across,
          incoming + bytes(from * paddedSize), bytes(paddedSize),
          isFirst ? toValues : part, bytes(paddedSize),
        );
        if (!isFirst) addTo(toValues, part, count * paddedSize);
        product(
          count, paddedSize, length - from, scoreGradients + down, 4, across,
          queries + bytes(from * paddedSize), bytes(paddedSize),
          isFirst ? toKeys : part, bytes(paddedSize),
        );
        if (!isFirst) addTo(toKeys, part, count * paddedSize);
      }
    }
  }
}

/** Adds numbers to others, a multiple of four. */
@inline
function addTo(out: usize, x: usize, count: i32): void {
  for (let i = 0; i < count; i += 4) {
    v128.store(out + bytes(i), f32x4.add(v128.load(out + bytes(i)), v128.load(x + bytes(i))));
  }
}

/** Copies the keys and values of the chosen rows `from` to `to` into a cache [chosen, key–value heads, 2, capacity, padded size]. */
export function fillCache(
  from: i32,
  to: i32,
  heads: usize,
  rows: usize,
  chosen: usize,
  time: i32,
  headCount: i32,
  keyValueHeads: i32,
  size: i32,
  capacity: i32,
  cache: usize,
): void {
  const paddedTime = padded(time);
  const paddedSize = padded(size);
  for (let c = from; c < to; c++) {
    const b = load<i32>(chosen + bytes(c));
    const length = load<i32>(rows + bytes(4 * b));
    const first = b * (headCount + 2 * keyValueHeads) + headCount;
    for (let h = 0; h < keyValueHeads; h++) {
      for (let part = 0; part < 2; part++) {
        memory.copy(
          cache + bytes(((c * keyValueHeads + h) * 2 + part) * capacity * paddedSize),
          heads + bytes((first + part * keyValueHeads + h) * paddedTime * paddedSize),
          bytes(length * paddedSize),
        );
      }
    }
  }
}

/** Turns the first 2 · half numbers of x by their angles. */
@inline
function turn(x: usize, cos: usize, sin: usize, half: i32): void {
  for (let i = 0; i < half; i++) {
    const p = load<f32>(x + bytes(i));
    const q = load<f32>(x + bytes(i + half));
    const c = load<f32>(cos + bytes(i));
    const s = load<f32>(sin + bytes(i));
    store<f32>(x + bytes(i), p * c - q * s);
    store<f32>(x + bytes(i + half), q * c + p * s);
  }
}

/**
 * One new token for each row from `from` to `to`: turns its queries and keys, appends keys and values to the cache in place, and mixes the values. The
 * projection is as in `splitHeads`; `lengths` are the tokens in the cache before. Scratch: [capacity] and two [padded size].
 */
export function decodeAttention(
  from: i32,
  to: i32,
  scratch: usize,
  projected: usize,
  lengths: usize,
  cos: usize,
  sin: usize,
  headCount: i32,
  keyValueHeads: i32,
  size: i32,
  stride: i32,
  keyFrom: i32,
  valueFrom: i32,
  half: i32,
  scale: f32,
  window: i32,
  capacity: i32,
  cache: usize,
  context: usize,
): void {
  const paddedSize = padded(size);
  const group = headCount / keyValueHeads;
  const width = (headCount + 2 * keyValueHeads) * size;
  const scores = scratch;
  const query = scratch + bytes(padded(capacity));
  const mixed = query + bytes(paddedSize);
  zero(query, paddedSize);
  for (let b = from; b < to; b++) {
    const length = load<i32>(lengths + bytes(b));
    const angles = bytes(b * half);
    const row = projected + bytes(b * width);
    for (let h = 0; h < headCount; h++) {
      const g = h / group;
      const keys = cache + bytes((b * keyValueHeads + g) * 2 * capacity * paddedSize);
      const values = keys + bytes(capacity * paddedSize);
      if (h % group === 0) {
        const key = keys + bytes(length * paddedSize);
        const value = values + bytes(length * paddedSize);
        zero(key, paddedSize);
        zero(value, paddedSize);
        memory.copy(key, row + bytes(keyFrom + g * stride), bytes(size));
        memory.copy(value, row + bytes(valueFrom + g * stride), bytes(size));
        turn(key, cos + angles, sin + angles, half);
      }
      memory.copy(query, row + bytes(h * stride), bytes(size));
      turn(query, cos + angles, sin + angles, half);
      const first = max(0, length - window + 1);
      hideRange(scores, 0, first);
      let highest: f32 = -1e30;
      for (let j = first; j <= length; j++) {
        let s = f32x4.splat(0);
        const k = keys + bytes(j * paddedSize);
        for (let i = 0; i < paddedSize; i += 4) {
          s = f32x4.add(s, f32x4.mul(v128.load(query + bytes(i)), v128.load(k + bytes(i))));
        }
        const score = sum4(s) * scale;
        store<f32>(scores + bytes(j), score);
        highest = max(highest, score);
      }
      const n = padded(length + 1);
      hideRange(scores, length + 1, n);
      let sums = f32x4.splat(0);
      for (let j = 0; j < n; j += 4) {
        const e = exp4(f32x4.sub(v128.load(scores + bytes(j)), f32x4.splat(highest)));
        v128.store(scores + bytes(j), e);
        sums = f32x4.add(sums, e);
      }
      const inverse = f32x4.splat(1 / sum4(sums));
      product(1, paddedSize, length + 1, scores, 0, 4, values, bytes(paddedSize), mixed, bytes(paddedSize));
      for (let i = 0; i < paddedSize; i += 4) {
        v128.store(mixed + bytes(i), f32x4.mul(v128.load(mixed + bytes(i)), inverse));
      }
      memory.copy(context + bytes((b * headCount + h) * size), mixed, bytes(size));
    }
  }
}
