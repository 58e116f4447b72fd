import { bytes, zero } from './elementary';

/**
 * C[m, n] = Σ_k A[m, k]·B[k, n]: A with any strides, rows of B and C contiguous, n a multiple of 4.
 *
 * Tiles of 4 × 8 results stay in registers over the whole of k: 8 accumulators, 2 vectors of B and one splat number
 * of A. Strides are in bytes.
 */
export function product(
  m: i32,
  n: i32,
  k: i32,
  a: usize,
  aRow: usize,
  aColumn: usize,
  b: usize,
  bRow: usize,
  c: usize,
  cRow: usize,
): void {
  let i = 0;
  for (; i + 4 <= m; i += 4) {
    const a0 = a + <usize>i * aRow;
    const c0 = c + <usize>i * cRow;
    let j = 0;
    for (; j + 8 <= n; j += 8) tile4x8(k, a0, aRow, aColumn, b + bytes(j), bRow, c0 + bytes(j), cRow);
    if (j < n) tile4x4(k, a0, aRow, aColumn, b + bytes(j), bRow, c0 + bytes(j), cRow);
  }
  for (; i < m; i++) {
    const a0 = a + <usize>i * aRow;
    const c0 = c + <usize>i * cRow;
    let j = 0;
    for (; j + 8 <= n; j += 8) tile1x8(k, a0, aColumn, b + bytes(j), bRow, c0 + bytes(j));
    if (j < n) tile1x4(k, a0, aColumn, b + bytes(j), bRow, c0 + bytes(j));
  }
}

@inline
function tile4x8(k: i32, a: usize, aRow: usize, aColumn: usize, b: usize, bRow: usize, c: usize, cRow: usize): void {
  let s00 = f32x4.splat(0);
  let s01 = f32x4.splat(0);
  let s10 = f32x4.splat(0);
  let s11 = f32x4.splat(0);
  let s20 = f32x4.splat(0);
  let s21 = f32x4.splat(0);
  let s30 = f32x4.splat(0);
  let s31 = f32x4.splat(0);
  let a0 = a;
  let a1 = a + aRow;
  let a2 = a + 2 * aRow;
  let a3 = a + 3 * aRow;
  let row = b;
  for (let i = 0; i < k; i++) {
    const b0 = v128.load(row);
    const b1 = v128.load(row, 16);
    let x = v128.load32_splat(a0);
    s00 = f32x4.add(s00, f32x4.mul(x, b0));
    s01 = f32x4.add(s01, f32x4.mul(x, b1));
    x = v128.load32_splat(a1);
    s10 = f32x4.add(s10, f32x4.mul(x, b0));
    s11 = f32x4.add(s11, f32x4.mul(x, b1));
    x = v128.load32_splat(a2);
    s20 = f32x4.add(s20, f32x4.mul(x, b0));
    s21 = f32x4.add(s21, f32x4.mul(x, b1));
    x = v128.load32_splat(a3);
    s30 = f32x4.add(s30, f32x4.mul(x, b0));
    s31 = f32x4.add(s31, f32x4.mul(x, b1));
    a0 += aColumn;
    a1 += aColumn;
    a2 += aColumn;
    a3 += aColumn;
    row += bRow;
  }
  v128.store(c, s00);
  v128.store(c, s01, 16);
  v128.store(c + cRow, s10);
  v128.store(c + cRow, s11, 16);
  v128.store(c + 2 * cRow, s20);
  v128.store(c + 2 * cRow, s21, 16);
  v128.store(c + 3 * cRow, s30);
  v128.store(c + 3 * cRow, s31, 16);
}

@inline
function tile4x4(k: i32, a: usize, aRow: usize, aColumn: usize, b: usize, bRow: usize, c: usize, cRow: usize): void {
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let s2 = f32x4.splat(0);
  let s3 = f32x4.splat(0);
  let at = a;
  let row = b;
  for (let i = 0; i < k; i++) {
    const b0 = v128.load(row);
    s0 = f32x4.add(s0, f32x4.mul(v128.load32_splat(at), b0));
    s1 = f32x4.add(s1, f32x4.mul(v128.load32_splat(at + aRow), b0));
    s2 = f32x4.add(s2, f32x4.mul(v128.load32_splat(at + 2 * aRow), b0));
    s3 = f32x4.add(s3, f32x4.mul(v128.load32_splat(at + 3 * aRow), b0));
    at += aColumn;
    row += bRow;
  }
  v128.store(c, s0);
  v128.store(c + cRow, s1);
  v128.store(c + 2 * cRow, s2);
  v128.store(c + 3 * cRow, s3);
}

@inline
function tile1x8(k: i32, a: usize, aColumn: usize, b: usize, bRow: usize, c: usize): void {
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let at = a;
  let row = b;
  for (let i = 0; i < k; i++) {
    const x = v128.load32_splat(at);
    s0 = f32x4.add(s0, f32x4.mul(x, v128.load(row)));
    s1 = f32x4.add(s1, f32x4.mul(x, v128.load(row, 16)));
    at += aColumn;
    row += bRow;
  }
  v128.store(c, s0);
  v128.store(c, s1, 16);
}

@inline
function tile1x4(k: i32, a: usize, aColumn: usize, b: usize, bRow: usize, c: usize): void {
  let s0 = f32x4.splat(0);
  let at = a;
  let row = b;
  for (let i = 0; i < k; i++) {
    s0 = f32x4.add(s0, f32x4.mul(v128.load32_splat(at), v128.load(row)));
    at += aColumn;
    row += bRow;
  }
  v128.store(c, s0);
}

/** Columns of a panel, and rows of a tile. */
const PANEL: i32 = 8;
const TILE: i32 = 6;

/** Terms of the sums, and panels, that are packed at once: 8 kB a panel for the first-level cache, 128 kB for the second. */
const DEPTH: i32 = 256;
const PANELS: i32 = 16;

/**
 * A·B + bias: A [m, k], B [k, n], or [n, k] where it lies `across`; bias [n], or none at 0. Works on the panels of eight columns
 * `from` to `to`.
 *
 * Each sum starts with its bias and takes its terms in order, as XNNPACK's do. Scratch: packed panels [PANELS, DEPTH, PANEL],
 * their biases [PANELS, PANEL], and a tile [TILE, PANEL].
 */
export function matrixProduct(
  from: i32,
  to: i32,
  scratch: usize,
  a: usize,
  b: usize,
  bias: usize,
  m: i32,
  k: i32,
  n: i32,
  across: bool,
  out: usize,
): void {
  const biases = scratch + bytes(PANELS * DEPTH * PANEL);
  const edge = biases + bytes(PANELS * PANEL);
  const row = bytes(PANEL);
  for (let p0 = from; p0 < to; p0 += PANELS) {
    const count = min(PANELS, to - p0);
    const columns = min(count * PANEL, n - p0 * PANEL);
    zero(biases, count * PANEL);
    if (bias !== 0) memory.copy(biases, bias + bytes(p0 * PANEL), bytes(columns));
    // Without terms, the sums are their biases.
    for (let k0 = 0; k0 === 0 || k0 < k; k0 += DEPTH) {
      const depth = min(DEPTH, k - k0);
      for (let p = 0; p < count; p++) {
        const to = scratch + bytes(p * depth * PANEL);
        const first = (p0 + p) * PANEL;
        const width = min(PANEL, n - first);
        if (across) packAcross(b + bytes(first * k + k0), bytes(k), width, depth, to);
        else pack(b + bytes(k0 * n + first), bytes(n), width, depth, to);
      }
      for (let i = 0; i < m; i += TILE) {
        const rows = min(TILE, m - i);
        const left = a + bytes(i * k + k0);
        for (let p = 0; p < count; p++) {
          const panel = scratch + bytes(p * depth * PANEL);
          const result = out + bytes(i * n + (p0 + p) * PANEL);
          const width = n - (p0 + p) * PANEL;
          const start = biases + bytes(p * PANEL);
          if (width >= PANEL) {
            if (k0 === 0) tile6x8(rows, depth, left, bytes(k), panel, start, 0, result, bytes(n));
            else tile6x8(rows, depth, left, bytes(k), panel, result, bytes(n), result, bytes(n));
            continue;
          }
          if (k0 === 0) tile6x8(rows, depth, left, bytes(k), panel, start, 0, edge, row);
          else {
            copyRows(result, bytes(n), rows, width, edge, row);
            tile6x8(rows, depth, left, bytes(k), panel, edge, row, edge, row);
          }
          copyRows(edge, row, rows, width, result, bytes(n));
        }
      }
    }
  }
}

/** Up to eight columns of a matrix, `depth` rows of it, as [depth, PANEL]; zeros in place of the columns that are missing. */
function pack(b: usize, bRow: usize, width: i32, depth: i32, to: usize): void {
  if (width < PANEL) {
    zero(to, depth * PANEL);
    copyRows(b, bRow, depth, width, to, bytes(PANEL));
    return;
  }
  for (let i = 0; i < depth; i++) {
    v128.store(to, v128.load(b));
    v128.store(to, v128.load(b, 16), 16);
    b += bRow;
    to += bytes(PANEL);
  }
}

/** Up to eight rows of a matrix, `depth` columns of it, as [depth, PANEL]; zeros in place of the rows that are missing. */
function packAcross(b: usize, bRow: usize, width: i32, depth: i32, to: usize): void {
  if (width < PANEL) zero(to, depth * PANEL);
  for (let j = 0; j < width; j += 4) {
    const rows = b + <usize>j * bRow;
    const panel = to + bytes(j);
    let i = 0;
    if (j + 4 <= width) {
      for (; i + 4 <= depth; i += 4) {
        const from = rows + bytes(i);
        const x = v128.load(from);
        const y = v128.load(from + bRow);
        const z = v128.load(from + 2 * bRow);
        const w = v128.load(from + 3 * bRow);
        const xy0 = v128.shuffle<f32>(x, y, 0, 4, 1, 5);
        const xy1 = v128.shuffle<f32>(x, y, 2, 6, 3, 7);
        const zw0 = v128.shuffle<f32>(z, w, 0, 4, 1, 5);
        const zw1 = v128.shuffle<f32>(z, w, 2, 6, 3, 7);
        const turned = panel + bytes(i * PANEL);
        v128.store(turned, v128.shuffle<f64>(xy0, zw0, 0, 2));
        v128.store(turned, v128.shuffle<f64>(xy0, zw0, 1, 3), 32);
        v128.store(turned, v128.shuffle<f64>(xy1, zw1, 0, 2), 64);
        v128.store(turned, v128.shuffle<f64>(xy1, zw1, 1, 3), 96);
      }
    }
    const missing = min(4, width - j);
    for (; i < depth; i++) {
      for (let r = 0; r < missing; r++) {
        store<f32>(panel + bytes(i * PANEL + r), load<f32>(rows + <usize>r * bRow + bytes(i)));
      }
    }
  }
}

function copyRows(x: usize, xRow: usize, rows: i32, width: i32, out: usize, outRow: usize): void {
  for (let i = 0; i < rows; i++) memory.copy(out + <usize>i * outRow, x + <usize>i * xRow, bytes(width));
}

/**
 * C = start + A·(a panel), for one to six rows: twelve accumulators, two vectors of the panel, and one number of A. Rows that are missing repeat
 * the last one.
 */
function tile6x8(
  rows: i32,
  depth: i32,
  a0: usize,
  aRow: usize,
  panel: usize,
  start0: usize,
  startRow: usize,
  c0: usize,
  cRow: usize,
): void {
  let a1 = rows > 1 ? a0 + aRow : a0;
  const start1 = rows > 1 ? start0 + startRow : start0;
  const c1 = rows > 1 ? c0 + cRow : c0;
  let a2 = rows > 2 ? a1 + aRow : a1;
  const start2 = rows > 2 ? start1 + startRow : start1;
  const c2 = rows > 2 ? c1 + cRow : c1;
  let a3 = rows > 3 ? a2 + aRow : a2;
  const start3 = rows > 3 ? start2 + startRow : start2;
  const c3 = rows > 3 ? c2 + cRow : c2;
  let a4 = rows > 4 ? a3 + aRow : a3;
  const start4 = rows > 4 ? start3 + startRow : start3;
  const c4 = rows > 4 ? c3 + cRow : c3;
  let a5 = rows > 5 ? a4 + aRow : a4;
  const start5 = rows > 5 ? start4 + startRow : start4;
  const c5 = rows > 5 ? c4 + cRow : c4;
  let s00 = v128.load(start0);
  let s01 = v128.load(start0, 16);
  let s10 = v128.load(start1);
  let s11 = v128.load(start1, 16);
  let s20 = v128.load(start2);
  let s21 = v128.load(start2, 16);
  let s30 = v128.load(start3);
  let s31 = v128.load(start3, 16);
  let s40 = v128.load(start4);
  let s41 = v128.load(start4, 16);
  let s50 = v128.load(start5);
  let s51 = v128.load(start5, 16);
  let a = a0;
  for (let i = 0; i < depth; i++) {
    const b0 = v128.load(panel);
    const b1 = v128.load(panel, 16);
    let x = v128.load32_splat(a);
    s00 = f32x4.add(s00, f32x4.mul(x, b0));
    s01 = f32x4.add(s01, f32x4.mul(x, b1));
    a += 4;
    x = v128.load32_splat(a1);
    s10 = f32x4.add(s10, f32x4.mul(x, b0));
    s11 = f32x4.add(s11, f32x4.mul(x, b1));
    a1 += 4;
    x = v128.load32_splat(a2);
    s20 = f32x4.add(s20, f32x4.mul(x, b0));
    s21 = f32x4.add(s21, f32x4.mul(x, b1));
    a2 += 4;
    x = v128.load32_splat(a3);
    s30 = f32x4.add(s30, f32x4.mul(x, b0));
    s31 = f32x4.add(s31, f32x4.mul(x, b1));
    a3 += 4;
    x = v128.load32_splat(a4);
    s40 = f32x4.add(s40, f32x4.mul(x, b0));
    s41 = f32x4.add(s41, f32x4.mul(x, b1));
    a4 += 4;
    x = v128.load32_splat(a5);
    s50 = f32x4.add(s50, f32x4.mul(x, b0));
    s51 = f32x4.add(s51, f32x4.mul(x, b1));
    a5 += 4;
    panel += 32;
  }
  v128.store(c5, s50);
  v128.store(c5, s51, 16);
  v128.store(c4, s40);
  v128.store(c4, s41, 16);
  v128.store(c3, s30);
  v128.store(c3, s31, 16);
  v128.store(c2, s20);
  v128.store(c2, s21, 16);
  v128.store(c1, s10);
  v128.store(c1, s11, 16);
  v128.store(c0, s00);
  v128.store(c0, s01, 16);
}

/** Rows that a block of `transposedProduct` takes: its panels of both factors stay in the first-level cache. */
const BLOCK = 128;

/**
 * Aᵀ·B: A [rows, m], B [rows, n], m and n multiples of 4; the gradient of a linear layer's weight. Works on the rows of the
 * result `from` to `to`, multiples of 4, or on its columns, multiples of 8 but for the last.
 *
 * The sum over many rows goes in blocks, so that what a tile reads again is still in the cache.
 */
export function transposedProduct(
  from: i32,
  to: i32,
  byRow: bool,
  a: usize,
  b: usize,
  rows: i32,
  m: i32,
  n: i32,
  out: usize,
): void {
  const i0 = byRow ? from : 0;
  const i1 = byRow ? to : m;
  const j0 = byRow ? 0 : from;
  const j1 = byRow ? n : to;
  for (let i = i0; i < i1; i++) zero(out + bytes(i * n + j0), j1 - j0);
  const aRow = bytes(m);
  const bRow = bytes(n);
  for (let k0 = 0; k0 < rows; k0 += BLOCK) {
    const k = min(BLOCK, rows - k0);
    const aBlock = a + <usize>k0 * aRow;
    const bBlock = b + <usize>k0 * bRow;
    for (let j = j0; j < j1; j += 8) {
      for (let i = i0; i < i1; i += 4) {
        const left = aBlock + bytes(i);
        const result = out + bytes(i * n + j);
        if (j + 8 <= n) addTile4x8(k, left, aRow, bBlock + bytes(j), bRow, result, bRow);
        else addTile4x4(k, left, aRow, bBlock + bytes(j), bRow, result, bRow);
      }
    }
  }
}

@inline
function addTile4x8(k: i32, a: usize, aRow: usize, b: usize, bRow: usize, c: usize, cRow: usize): void {
  let s00 = v128.load(c);
  let s01 = v128.load(c, 16);
  let s10 = v128.load(c + cRow);
  let s11 = v128.load(c + cRow, 16);
  let s20 = v128.load(c + 2 * cRow);
  let s21 = v128.load(c + 2 * cRow, 16);
  let s30 = v128.load(c + 3 * cRow);
  let s31 = v128.load(c + 3 * cRow, 16);
  let at = a;
  let row = b;
  for (let i = 0; i < k; i++) {
    const b0 = v128.load(row);
    const b1 = v128.load(row, 16);
    let x = v128.load32_splat(at);
    s00 = f32x4.add(s00, f32x4.mul(x, b0));
    s01 = f32x4.add(s01, f32x4.mul(x, b1));
    x = v128.load32_splat(at, 4);
    s10 = f32x4.add(s10, f32x4.mul(x, b0));
    s11 = f32x4.add(s11, f32x4.mul(x, b1));
    x = v128.load32_splat(at, 8);
    s20 = f32x4.add(s20, f32x4.mul(x, b0));
    s21 = f32x4.add(s21, f32x4.mul(x, b1));
    x = v128.load32_splat(at, 12);
    s30 = f32x4.add(s30, f32x4.mul(x, b0));
    s31 = f32x4.add(s31, f32x4.mul(x, b1));
    at += aRow;
    row += bRow;
  }
  v128.store(c, s00);
  v128.store(c, s01, 16);
  v128.store(c + cRow, s10);
  v128.store(c + cRow, s11, 16);
  v128.store(c + 2 * cRow, s20);
  v128.store(c + 2 * cRow, s21, 16);
  v128.store(c + 3 * cRow, s30);
  v128.store(c + 3 * cRow, s31, 16);
}

@inline
function addTile4x4(k: i32, a: usize, aRow: usize, b: usize, bRow: usize, c: usize, cRow: usize): void {
  let s0 = v128.load(c);
  let s1 = v128.load(c + cRow);
  let s2 = v128.load(c + 2 * cRow);
  let s3 = v128.load(c + 3 * cRow);
  let at = a;
  let row = b;
  for (let i = 0; i < k; i++) {
    const b0 = v128.load(row);
    s0 = f32x4.add(s0, f32x4.mul(v128.load32_splat(at), b0));
    s1 = f32x4.add(s1, f32x4.mul(v128.load32_splat(at, 4), b0));
    s2 = f32x4.add(s2, f32x4.mul(v128.load32_splat(at, 8), b0));
    s3 = f32x4.add(s3, f32x4.mul(v128.load32_splat(at, 12), b0));
    at += aRow;
    row += bRow;
  }
  v128.store(c, s0);
  v128.store(c + cRow, s1);
  v128.store(c + 2 * cRow, s2);
  v128.store(c + 3 * cRow, s3);
}
