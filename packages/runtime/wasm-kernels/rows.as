import { bytes, exp4, sum4, zero } from './elementary';

/** The numbers `from` to `to` of x, which begins anywhere in a matrix. */
export function copy(from: i32, to: i32, x: usize, out: usize): void {
  memory.copy(out + bytes(from), x + bytes(from), bytes(to - from));
}

/** out[i] = x[indices[i]], rows of `width`. */
export function gatherRows(from: i32, to: i32, x: usize, indices: usize, width: i32, out: usize): void {
  const row = bytes(width);
  for (let i = from; i < to; i++) {
    memory.copy(out + <usize>i * row, x + <usize>load<i32>(indices + bytes(i)) * row, row);
  }
}

/** [rows, columns] → [columns, rows], in tiles that stay in the cache; the columns `from` (a multiple of four) to `to`. */
export function transpose(from: i32, to: i32, x: usize, rows: i32, columns: i32, out: usize): void {
  const across = bytes(columns);
  const down = bytes(rows);
  for (let i0 = 0; i0 < rows; i0 += 32) {
    const i1 = min(i0 + 32, rows);
    for (let j = from; j + 4 <= to; j += 4) {
      let i = i0;
      for (; i + 4 <= i1; i += 4) {
        const tile = x + <usize>i * across + bytes(j);
        const a = v128.load(tile);
        const b = v128.load(tile + across);
        const c = v128.load(tile + 2 * across);
        const d = v128.load(tile + 3 * across);
        const ab0 = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
        const ab1 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
        const cd0 = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
        const cd1 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
        const turned = out + <usize>j * down + bytes(i);
        v128.store(turned, v128.shuffle<f64>(ab0, cd0, 0, 2));
        v128.store(turned + down, v128.shuffle<f64>(ab0, cd0, 1, 3));
        v128.store(turned + 2 * down, v128.shuffle<f64>(ab1, cd1, 0, 2));
        v128.store(turned + 3 * down, v128.shuffle<f64>(ab1, cd1, 1, 3));
      }
      for (; i < i1; i++) {
        for (let k = 0; k < 4; k++) {
          store<f32>(out + <usize>(j + k) * down + bytes(i), load<f32>(x + <usize>i * across + bytes(j + k)));
        }
      }
    }
    for (let j = to & ~3; j < to; j++) {
      for (let i = i0; i < i1; i++) {
        store<f32>(out + <usize>j * down + bytes(i), load<f32>(x + <usize>i * across + bytes(j)));
      }
    }
  }
}

/** x̂ = (x − mean)·r and r = (variance + ε)^−½, row by row; the mean is 0 where rows are not centered. */
export function normalize(
  from: i32,
  to: i32,
  x: usize,
  width: i32,
  centered: i32,
  epsilon: f32,
  out: usize,
  factors: usize,
): void {
  const whole = width & ~3;
  for (let i = from; i < to; i++) {
    const row = x + <usize>i * bytes(width);
    const result = out + <usize>i * bytes(width);
    let s = f32x4.splat(0);
    for (let j = 0; j < whole; j += 4) s = f32x4.add(s, v128.load(row + bytes(j)));
    let mean = sum4(s);
    for (let j = whole; j < width; j++) mean += load<f32>(row + bytes(j));
    mean = centered ? mean / <f32>width : 0;
    let q = f32x4.splat(0);
    const m = f32x4.splat(mean);
    for (let j = 0; j < whole; j += 4) {
      const c = f32x4.sub(v128.load(row + bytes(j)), m);
      q = f32x4.add(q, f32x4.mul(c, c));
    }
    let variance = sum4(q);
    for (let j = whole; j < width; j++) {
      const c = load<f32>(row + bytes(j)) - mean;
      variance += c * c;
    }
    const factor: f32 = 1 / sqrt<f32>(variance / <f32>width + epsilon);
    store<f32>(factors + bytes(i), factor);
    const f = f32x4.splat(factor);
    for (let j = 0; j < whole; j += 4) {
      v128.store(result + bytes(j), f32x4.mul(f32x4.sub(v128.load(row + bytes(j)), m), f));
    }
    for (let j = whole; j < width; j++)
      store<f32>(result + bytes(j), (load<f32>(row + bytes(j)) - mean) * factor);
  }
}

/** r·(g − mean g − x̂·mean(g ⊙ x̂)), row by row; without mean g where rows were not centered. */
export function normalizeGradient(
  from: i32,
  to: i32,
  gradient: usize,
  normalized: usize,
  factors: usize,
  width: i32,
  centered: i32,
  out: usize,
): void {
  const whole = width & ~3;
  for (let i = from; i < to; i++) {
    const start = <usize>i * bytes(width);
    const g = gradient + start;
    const x = normalized + start;
    const result = out + start;
    let s = f32x4.splat(0);
    let q = f32x4.splat(0);
    for (let j = 0; j < whole; j += 4) {
      const g4 = v128.load(g + bytes(j));
      s = f32x4.add(s, g4);
      q = f32x4.add(q, f32x4.mul(g4, v128.load(x + bytes(j))));
    }
    let mean = sum4(s);
    let along = sum4(q);
    for (let j = whole; j < width; j++) {
      mean += load<f32>(g + bytes(j));
      along += load<f32>(g + bytes(j)) * load<f32>(x + bytes(j));
    }
    mean = centered ? mean / <f32>width : 0;
    along /= <f32>width;
    const factor = load<f32>(factors + bytes(i));
    for (let j = 0; j < whole; j += 4) {
      const centered = f32x4.sub(v128.load(g + bytes(j)), f32x4.splat(mean));
      const remaining = f32x4.sub(centered, f32x4.mul(v128.load(x + bytes(j)), f32x4.splat(along)));
      v128.store(result + bytes(j), f32x4.mul(remaining, f32x4.splat(factor)));
    }
    for (let j = whole; j < width; j++) {
      const remaining = load<f32>(g + bytes(j)) - mean - load<f32>(x + bytes(j)) * along;
      store<f32>(result + bytes(j), remaining * factor);
    }
  }
}

/** out[j] = Σ_i x[i, j], over rows of `width`, for j from `from` to `to`. */
export function sumOfRows(from: i32, to: i32, x: usize, rows: i32, width: i32, out: usize): void {
  zero(out + bytes(from), to - from);
  const whole = from + ((to - from) & ~3);
  for (let i = 0; i < rows; i++) {
    const row = x + <usize>i * bytes(width);
    for (let j = from; j < whole; j += 4) {
      v128.store(out + bytes(j), f32x4.add(v128.load(out + bytes(j)), v128.load(row + bytes(j))));
    }
    for (let j = whole; j < to; j++) {
      store<f32>(out + bytes(j), load<f32>(out + bytes(j)) + load<f32>(row + bytes(j)));
    }
  }
}

/** Of each column from `from` to `to`: its highest number, exp of every number less that, and those exponentials' sum. */
export function columnExponentials(
  from: i32,
  to: i32,
  x: usize,
  rows: i32,
  width: i32,
  out: usize,
  highest: usize,
  sums: usize,
): void {
  const whole = from + ((to - from) & ~3);
  memory.copy(highest + bytes(from), x + bytes(from), bytes(to - from));
  for (let i = 1; i < rows; i++) {
    const row = x + <usize>i * bytes(width);
    for (let j = from; j < whole; j += 4) {
      v128.store(highest + bytes(j), f32x4.max(v128.load(highest + bytes(j)), v128.load(row + bytes(j))));
    }
    for (let j = whole; j < to; j++) {
      store<f32>(highest + bytes(j), max(load<f32>(highest + bytes(j)), load<f32>(row + bytes(j))));
    }
  }
  zero(sums + bytes(from), to - from);
  for (let i = 0; i < rows; i++) {
    const row = x + <usize>i * bytes(width);
    const result = out + <usize>i * bytes(width);
    for (let j = from; j < whole; j += 4) {
      const e = exp4(f32x4.sub(v128.load(row + bytes(j)), v128.load(highest + bytes(j))));
      v128.store(result + bytes(j), e);
      v128.store(sums + bytes(j), f32x4.add(v128.load(sums + bytes(j)), e));
    }
    for (let j = whole; j < to; j++) {
      const e = f32x4.extract_lane(exp4(f32x4.splat(load<f32>(row + bytes(j)) - load<f32>(highest + bytes(j)))), 0);
      store<f32>(result + bytes(j), e);
      store<f32>(sums + bytes(j), load<f32>(sums + bytes(j)) + e);
    }
  }
}
