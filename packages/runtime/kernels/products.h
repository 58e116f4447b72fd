// Small matrix products, one thread each.

/** A tile of ROWS × (COLUMNS · LANES) results, which stay in registers over the whole of k. */
template <int ROWS, int COLUMNS>
INLINE void tile(
    int64_t k, const float* a, int64_t a_row, int64_t a_column, const float* b, int64_t b_row, float* c,
    int64_t c_row, bool adds) {
  Vector sums[ROWS][COLUMNS] = {};
  for (int64_t step = 0; step < k; step++) {
    Vector right[COLUMNS];
    for (int j = 0; j < COLUMNS; j++) right[j] = load(b + step * b_row + j * LANES);
    for (int i = 0; i < ROWS; i++) {
      const Vector left = splat(a[i * a_row + step * a_column]);
      for (int j = 0; j < COLUMNS; j++) sums[i][j] += left * right[j];
    }
  }
  for (int i = 0; i < ROWS; i++) {
    for (int j = 0; j < COLUMNS; j++) {
      float* to = c + i * c_row + j * LANES;
      store(to, adds ? load(to) + sums[i][j] : sums[i][j]);
    }
  }
}

template <int ROWS>
INLINE void strip(
    int64_t n, int64_t k, const float* a, int64_t a_row, int64_t a_column, const float* b, int64_t b_row, float* c,
    int64_t c_row, bool adds) {
  int64_t j = 0;
  for (; j + 2 * LANES <= n; j += 2 * LANES) tile<ROWS, 2>(k, a, a_row, a_column, b + j, b_row, c + j, c_row, adds);
  if (j < n) tile<ROWS, 1>(k, a, a_row, a_column, b + j, b_row, c + j, c_row, adds);
}

/**
 * C[m, n] = Σ_k A[m, k]·B[k, n], or C += that: A with any strides, rows of B and C contiguous, n a multiple of 16.
 * Strides are in numbers.
 */
static void product(
    int64_t m, int64_t n, int64_t k, const float* a, int64_t a_row, int64_t a_column, const float* b, int64_t b_row,
    float* c, int64_t c_row, bool adds = false) {
  int64_t i = 0;
  for (; i + 6 <= m; i += 6) strip<6>(n, k, a + i * a_row, a_row, a_column, b, b_row, c + i * c_row, c_row, adds);
  const float* rest = a + i * a_row;
  float* to = c + i * c_row;
  switch (m - i) {
    case 5:
      return strip<5>(n, k, rest, a_row, a_column, b, b_row, to, c_row, adds);
    case 4:
      return strip<4>(n, k, rest, a_row, a_column, b, b_row, to, c_row, adds);
    case 3:
      return strip<3>(n, k, rest, a_row, a_column, b, b_row, to, c_row, adds);
    case 2:
      return strip<2>(n, k, rest, a_row, a_column, b, b_row, to, c_row, adds);
    case 1:
      return strip<1>(n, k, rest, a_row, a_column, b, b_row, to, c_row, adds);
  }
}
