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

/** Rows that a block of `transposedProduct` takes: its panels of both factors stay in the first-level cache. */
const BLOCK = 128;

/**
 * Aᵀ·B: A [rows, m], B [rows, n], m and n multiples of 4; the gradient of a linear layer's weight.
 *
 * The sum over many rows goes in blocks, so that what a tile reads again is still in the cache.
 */
export function transposedProduct(a: usize, b: usize, rows: i32, m: i32, n: i32, out: usize): void {
  zero(out, m * n);
  const aRow = bytes(m);
  const bRow = bytes(n);
  for (let k0 = 0; k0 < rows; k0 += BLOCK) {
    const k = min(BLOCK, rows - k0);
    const aBlock = a + <usize>k0 * aRow;
    const bBlock = b + <usize>k0 * bRow;
    for (let j = 0; j < n; j += 8) {
      for (let i = 0; i < m; i += 4) {
        const from = aBlock + bytes(i);
        const to = out + bytes(i * n + j);
        if (j + 8 <= n) addTile4x8(k, from, aRow, bBlock + bytes(j), bRow, to, bRow);
        else addTile4x4(k, from, aRow, bBlock + bytes(j), bRow, to, bRow);
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
