// Products of few rows with a weight that is read as it lies, once, whatever the number of rows.

/** Stores the upper halves of `count` numbers; whether their lower halves are all 0. */
bool upper_halves(const float* x, uint16_t* out, int64_t count) {
  int64_t i = 0;
  Integers lost{};
  for (; i + LANES <= count; i += LANES) {
    const Integers bits = (Integers)load(x + i);
    lost |= bits & 0xffff;
    *reinterpret_cast<Halves*>(out + i) = __builtin_convertvector(bits >> 16, Halves);
  }
  uint32_t any = 0;
  for (int lane = 0; lane < LANES; lane++) any |= lost[lane];
  for (; i < count; i++) {
    uint32_t bits;
    std::memcpy(&bits, x + i, 4);
    any |= bits & 0xffff;
    out[i] = bits >> 16;
  }
  return any == 0;
}

/**
 * The products of N rows of x with rows of a weight, one after another: the processor fetches ahead what is read from the first
 * number to the last, and reads several rows at once at less than half of that speed.
 */
template <int N, typename Number>
INLINE void dot_rows(const Linear& at, const Number* weights, int64_t first, int64_t begin, int64_t end) {
  const float* x = at.x + first * at.width;
  float* out = at.out + first * at.outputs;
  for (int64_t row = begin; row < end; row++) {
    const Number* weight = weights + row * at.width;
    Vector sums[N] = {};
    int64_t i = 0;
    for (; i + LANES <= at.width; i += LANES) {
      const Vector left = load(weight + i);
      for (int j = 0; j < N; j++) sums[j] += left * load(x + j * at.width + i);
    }
    if (i < at.width) {
      const Vector left = load_rest(weight + i, at.width - i);
      for (int j = 0; j < N; j++) sums[j] += left * load_rest(x + j * at.width + i, at.width - i);
    }
    for (int j = 0; j < N; j++) out[j * at.outputs + row] = sum(sums[j]) + (at.bias ? at.bias[row] : 0);
  }
}

template <typename Number>
INLINE void all_dots(const Linear& at, const Number* weights, int64_t begin, int64_t end) {
  int64_t first = 0;
  for (; first + 4 <= at.rows; first += 4) dot_rows<4>(at, weights, first, begin, end);
  switch (at.rows - first) {
    case 3:
      return dot_rows<3>(at, weights, first, begin, end);
    case 2:
      return dot_rows<2>(at, weights, first, begin, end);
    case 1:
      return dot_rows<1>(at, weights, first, begin, end);
  }
}

/** x·Wᵀ + bias for a few rows of x and the outputs begin … end − 1. */
void linear_by_dots(const Linear& at, int64_t begin, int64_t end) {
  if (at.weight.halves)
    all_dots(at, at.weight.halves, begin, end);
  else
    all_dots(at, at.weight.whole, begin, end);
}

/** The lines that are read next are asked for while these are multiplied: rows are too short for the processor to see it coming. */
INLINE void ask_for(const float* next) { __builtin_prefetch(next); }

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

/** ROWS rows of a weight from `row` on with all panels; `widened` has room for them. */
template <int ROWS>
INLINE void panel_rows(
    const Linear& at, const float* panels, int64_t row, float* widened, float* results, int64_t columns) {
  const float* weight = widened;
  if (at.weight.halves) {
    const uint16_t* halves = at.weight.halves + row * at.width;
    across(0, ROWS * at.width, [&](int64_t i, int64_t count) INLINE_LAMBDA {
      store_some(widened + i, load_some(halves + i, count), count);
    });
  } else {
    weight = at.weight.whole + row * at.width;
  }
  for (int64_t first = 0; first < at.rows; first += PANEL) {
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
  const int64_t widened_size = at.weight.halves ? TALL * at.width : 0;
  Scratch scratch(BLOCK * columns + widened_size);
  float* results = scratch.take(BLOCK * columns);
  float* widened = scratch.take(widened_size);
  for (int64_t row = begin; row < end; row += BLOCK) {
    const int64_t count = std::min(BLOCK, end - row);
    int64_t r = 0;
    for (; r + TALL <= count; r += TALL) panel_rows<TALL>(at, panels, row + r, widened, results + r * columns, columns);
    for (; r + 2 <= count; r += 2) panel_rows<2>(at, panels, row + r, widened, results + r * columns, columns);
    for (; r < count; r++) panel_rows<1>(at, panels, row + r, widened, results + r * columns, columns);
    for (int64_t i = 0; i < at.rows; i++) {
      float* out = at.out + i * at.outputs + row;
      for (int64_t o = 0; o < count; o++) out[o] = results[o * columns + i] + (at.bias ? at.bias[row + o] : 0);
    }
  }
}
