// Products of few rows with a weight that is read as it lies, once, whatever the number of rows.

/** The lines that are read next are asked for while these are multiplied: rows are too short for the processor to see it coming. */
INLINE void ask_for(const float* next) { __builtin_prefetch(next); }

/** The products of N rows of x with ROWS rows of a weight, whose numbers lie as x's do. */
template <int ROWS, int N>
INLINE void dots(const Linear& at, int64_t row, const float* x, float* out) {
  const float* weight = at.weight + row * at.width;
  Vector sums[ROWS][N] = {};
  across(0, at.width, [&](int64_t i, int64_t count) INLINE_LAMBDA {
    Vector right[N];
    for (int j = 0; j < N; j++) right[j] = load_some(x + j * at.width + i, count);
    for (int r = 0; r < ROWS; r++) {
      ask_for(weight + (ROWS + r) * at.width + i);
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

/** Rows of x that a panel has side by side. */
constexpr int64_t PANEL = 2 * LANES;
/** Rows of a weight that are multiplied with a panel at once: as many as the results' registers are there for. */
constexpr int TALL = LANES == 16 ? 12 : 6;

/** Columns begin … end − 1 of x's rows into panels, [rows / PANEL][width][PANEL], with zeros for rows that x does not have. */
void fill_panels(const Linear& at, float* panels, int64_t begin, int64_t end) {
  for (int64_t first = 0; first < at.rows; first += PANEL) {
    float* panel = panels + first * at.width;
    const int64_t count = std::min(PANEL, at.rows - first);
    for (int64_t j = begin; j < end; j++) {
      for (int64_t i = 0; i < count; i++) panel[j * PANEL + i] = at.x[(first + i) * at.width + j];
      for (int64_t i = count; i < PANEL; i++) panel[j * PANEL + i] = 0;
    }
  }
}

/** The products of ROWS rows of a weight with COLUMNS vectors of a panel, [ROWS, columns]. */
template <int ROWS, int COLUMNS>
INLINE void panel_tile(int64_t width, const float* weight, const float* panel, float* results, int64_t columns) {
  // Four rows from each: addresses of twelve would not fit the processor's registers.
  constexpr int GROUPS = (ROWS + 3) / 4;
  const float* rows[GROUPS];
  for (int g = 0; g < GROUPS; g++) rows[g] = weight + 4 * g * width;
  Vector sums[ROWS][COLUMNS] = {};
  const auto step = [&](int s) INLINE_LAMBDA {
    Vector right[COLUMNS];
    for (int j = 0; j < COLUMNS; j++) right[j] = load(panel + s * PANEL + j * LANES);
    for (int i = 0; i < ROWS; i++) {
      const Vector left = splat(rows[i / 4][i % 4 * width + s]);
      for (int j = 0; j < COLUMNS; j++) sums[i][j] += left * right[j];
    }
  };
  const auto advance = [&](int steps) INLINE_LAMBDA {
    panel += steps * PANEL;
    for (int g = 0; g < GROUPS; g++) rows[g] += steps;
  };
  int64_t k = 0;
  for (; k + 16 <= width; k += 16) {
    for (int i = 0; i < ROWS; i++) ask_for(rows[i / 4] + (ROWS + i % 4) * width);
    for (int quarter = 0; quarter < 4; quarter++) {
      for (int s = 0; s < 4; s++) step(s);
      advance(4);
    }
  }
  for (; k < width; k++) {
    step(0);
    advance(1);
  }
  for (int i = 0; i < ROWS; i++)
    for (int j = 0; j < COLUMNS; j++) store(results + i * columns + j * LANES, sums[i][j]);
}

template <int ROWS>
INLINE void panel_rows(const Linear& at, const float* panels, int64_t row, float* results, int64_t columns) {
  for (int64_t first = 0; first < at.rows; first += PANEL) {
    const float* weight = at.weight + row * at.width;
    const float* panel = panels + first * at.width;
    if (at.rows - first > LANES)
      panel_tile<ROWS, 2>(at.width, weight, panel, results + first, columns);
    else
      panel_tile<ROWS, 1>(at.width, weight, panel, results + first, columns);
  }
}

/** The same as `linear_by_dots`, for more rows, in panels. */
void linear_by_panels(const Linear& at, const float* panels, int64_t begin, int64_t end) {
  constexpr int64_t BLOCK = 48;
  const int64_t columns = (at.rows + PANEL - 1) / PANEL * PANEL;
  Scratch scratch(BLOCK * columns);
  float* results = scratch.take(BLOCK * columns);
  for (int64_t row = begin; row < end; row += BLOCK) {
    const int64_t count = std::min(BLOCK, end - row);
    int64_t r = 0;
    for (; r + TALL <= count; r += TALL) panel_rows<TALL>(at, panels, row + r, results + r * columns, columns);
    for (; r + 2 <= count; r += 2) panel_rows<2>(at, panels, row + r, results + r * columns, columns);
    for (; r < count; r++) panel_rows<1>(at, panels, row + r, results + r * columns, columns);
    for (int64_t i = 0; i < at.rows; i++) {
      float* out = at.out + i * at.outputs + row;
      for (int64_t o = 0; o < count; o++) out[o] = results[o * columns + i] + (at.bias ? at.bias[row + o] : 0);
    }
  }
}
