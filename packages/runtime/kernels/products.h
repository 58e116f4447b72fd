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

/** The products of N rows of x with ROWS rows of a weight, whose numbers lie as x's do: one pass over the weight. */
template <int ROWS, int N>
INLINE void dots(const Linear& at, int64_t row, const float* x, float* out) {
  const float* weight = at.weight + row * at.width;
  Vector sums[ROWS][N] = {};
  across(0, at.width, [&](int64_t i, int64_t count) INLINE_LAMBDA {
    Vector right[N];
    for (int j = 0; j < N; j++) right[j] = load_some(x + j * at.width + i, count);
    for (int r = 0; r < ROWS; r++) {
      const Vector left = load_some(weight + r * at.width + i, count);
      for (int j = 0; j < N; j++) sums[r][j] += left * right[j];
    }
  });
  for (int r = 0; r < ROWS; r++)
    for (int j = 0; j < N; j++) out[j * at.outputs + row + r] = sum(sums[r][j]) + (at.bias ? at.bias[row + r] : 0);
}

template <int N>
INLINE void dot_rows(const Linear& at, int64_t first, int64_t begin, int64_t end) {
  const float* x = at.x + first * at.width;
  float* out = at.out + first * at.outputs;
  int64_t row = begin;
  for (; row + 4 <= end; row += 4) dots<4, N>(at, row, x, out);
  for (; row < end; row++) dots<1, N>(at, row, x, out);
}

/** x·Wᵀ + bias for a few rows of x and the outputs begin … end − 1. */
void linear_by_dots(const Linear& at, int64_t begin, int64_t end) {
  int64_t first = 0;
  for (; first + 4 <= at.rows; first += 4) dot_rows<4>(at, first, begin, end);
  switch (at.rows - first) {
    case 3:
      return dot_rows<3>(at, first, begin, end);
    case 2:
      return dot_rows<2>(at, first, begin, end);
    case 1:
      return dot_rows<1>(at, first, begin, end);
  }
}

/** The same with x across, [width, `columns`]: for more rows. */
void linear_by_tiles(const Linear& at, const float* across, int64_t columns, int64_t begin, int64_t end) {
  constexpr int64_t BLOCK = 48;
  Scratch scratch(BLOCK * columns);
  float* result = scratch.take(BLOCK * columns);
  for (int64_t row = begin; row < end; row += BLOCK) {
    const int64_t count = std::min(BLOCK, end - row);
    product(count, columns, at.width, at.weight + row * at.width, at.width, 1, across, columns, result, columns);
    for (int64_t i = 0; i < at.rows; i++)
      for (int64_t r = 0; r < count; r++)
        at.out[i * at.outputs + row + r] = result[r * columns + i] + (at.bias ? at.bias[row + r] : 0);
  }
}
