// Attention over packed rows of tokens, with grouped queries and rotary positions: softmax(scale·Q·Kᵀ)·V for each head.
//
// Layout of `heads`: for each row of tokens [heads + 2 · key–value heads, length, padded size]: the heads' queries (scaled
// and turned), then the keys (turned), then the values, each padded with zeros to a multiple of 16 numbers.
// `log_sums` has log Σ exp(score) of each query, [tokens, heads], from which its probabilities come back.

constexpr float HIDDEN = -1e30f;
/** Queries at a time. */
constexpr int64_t QUERIES = 32;

INLINE int64_t padded(int64_t count) { return (count + 15) & ~int64_t{15}; }

/** Turns the pairs (a, b), `half` numbers apart, by the angles: (a·cos − b·sin, b·cos + a·sin); `sign` −1 turns back. */
INLINE void turn(float* x, const float* cos, const float* sin, int64_t half, float sign) {
  across(0, half, [&](int64_t i, int64_t count) INLINE_LAMBDA {
    const Vector a = load_some(x + i, count);
    const Vector b = load_some(x + half + i, count);
    const Vector c = load_some(cos + i, count);
    const Vector s = splat(sign) * load_some(sin + i, count);
    store_some(x + i, a * c - b * s, count);
    store_some(x + half + i, b * c + a * s, count);
  });
}

INLINE void scale_row(float* x, float scale, int64_t size) {
  across(0, size, [&](int64_t i, int64_t count) INLINE_LAMBDA {
    store_some(x + i, load_some(x + i, count) * splat(scale), count);
  });
}

/** Where a plane's numbers are in a token's projection. */
INLINE int64_t place_of(const Geometry& g, int64_t plane) {
  if (plane < g.heads) return plane * g.stride;
  if (plane < g.heads + g.key_value_heads) return g.key_at + (plane - g.heads) * g.stride;
  return g.value_at + (plane - g.heads - g.key_value_heads) * g.stride;
}

/** Takes one row's head `plane` out of the projection. */
void split_heads(const Attention& at, const Row& row, int64_t plane) {
  const Geometry& g = at.geometry;
  const int64_t size = g.padded_size();
  float* to = at.heads + (row.start * g.planes() + plane * row.length) * size;
  for (int64_t t = 0; t < row.length; t++, to += size) {
    std::memcpy(to, at.projected + (row.start + t) * g.width() + place_of(g, plane), 4 * g.size);
    std::memset(to + g.size, 0, 4 * (size - g.size));
    if (plane >= g.heads + g.key_value_heads) continue;
    turn(to, at.cos + (row.angles + t) * g.half, at.sin + (row.angles + t) * g.half, g.half, 1);
    if (plane < g.heads) scale_row(to, g.scale, g.size);
  }
}

/** [count, size] → [size, across], the columns from count on 0. */
static void transpose(const float* x, int64_t count, int64_t size, int64_t columns, float* out) {
  for (int64_t j0 = 0; j0 < columns; j0 += 16) {
    for (int64_t i = 0; i < size; i++) {
      float* to = out + i * columns + j0;
      for (int64_t j = 0; j < 16; j++) to[j] = j0 + j < count ? x[(j0 + j) * size + i] : 0;
    }
  }
}

/** The keys that a block of queries may see: one or two ranges, whose ends are multiples of 16. */
struct Ranges {
  int count;
  int64_t from[2];
  int64_t to[2];
};

INLINE Ranges keys_of(const Row& row, int64_t first, int64_t last) {
  const int64_t end = padded(last);
  const int64_t stem = padded(row.branch_from);
  const int64_t branch = row.branch_to & ~int64_t{15};
  if (first >= row.branch_to && stem < branch) return {2, {0, branch}, {stem, end}};
  return {1, {0, 0}, {end, 0}};
}

INLINE void hide_range(float* scores, int64_t from, int64_t to) {
  for (int64_t j = from; j < to; j++) scores[j] = HIDDEN;
}

/**
 * Hides from the query at place i, in its row of n scores, what comes later, the other branch, and what lies before its
 * window. Positions in the second branch go on from the stem, so there the window reaches as much further back.
 */
INLINE void hide(float* scores, int64_t i, int64_t n, const Row& row, int64_t window) {
  hide_range(scores, i + 1, n);
  const int64_t from = i - window + 1;
  if (i >= row.branch_to) {
    hide_range(scores, row.branch_from, row.branch_to);
    hide_range(scores, row.branch_to, from);
    hide_range(scores, 0, std::min(from - (row.branch_to - row.branch_from), int64_t{row.branch_from}));
  } else {
    hide_range(scores, 0, from);
  }
}

/** softmax(Q·Kᵀ)·V of one row's head. */
void attend(const Attention& at, const Row& row, int64_t head) {
  const Geometry& g = at.geometry;
  const int64_t size = g.padded_size();
  const int64_t length = row.length;
  const int64_t columns = padded(length);
  const float* planes = at.heads + row.start * g.planes() * size;
  const int64_t key_plane = g.heads + head / g.group();
  const float* queries = planes + head * length * size;
  const float* keys = planes + key_plane * length * size;
  const float* values = planes + (key_plane + g.key_value_heads) * length * size;
  Scratch scratch(size * columns + QUERIES * (columns + size));
  float* keys_across = scratch.take(size * columns);
  float* scores = scratch.take(QUERIES * columns);
  float* mixed = scratch.take(QUERIES * size);
  transpose(keys, length, size, columns, keys_across);
  for (int64_t first = row.first_read / QUERIES * QUERIES; first < length; first += QUERIES) {
    const int64_t count = std::min(QUERIES, length - first);
    const Ranges seen = keys_of(row, first, first + count);
    for (int r = 0; r < seen.count; r++)
      product(count, seen.to[r] - seen.from[r], size, queries + first * size, size, 1, keys_across + seen.from[r],
              columns, scores + seen.from[r], columns);
    for (int64_t i = 0; i < count; i++) {
      float* of_query = scores + i * columns;
      hide(of_query, first + i, padded(first + count), row, g.window);
      Vector highest = splat(HIDDEN);
      for (int r = 0; r < seen.count; r++)
        for (int64_t j = seen.from[r]; j < seen.to[r]; j += LANES) highest = larger(load(of_query + j), highest);
      const float most = largest(highest);
      Vector total{};
      for (int r = 0; r < seen.count; r++)
        for (int64_t j = seen.from[r]; j < seen.to[r]; j += LANES) {
          const Vector e = exponential(load(of_query + j) - splat(most));
          store(of_query + j, e);
          total += e;
        }
      const float sum_of_all = sum(total);
      at.log_sums[(row.start + first + i) * g.heads + head] = most + std::log(sum_of_all);
      for (int r = 0; r < seen.count; r++)
        for (int64_t j = seen.from[r]; j < seen.to[r]; j += LANES)
          store(of_query + j, load(of_query + j) * splat(1 / sum_of_all));
    }
    for (int r = 0; r < seen.count; r++)
      product(count, size, std::min(seen.to[r], length) - seen.from[r], scores + seen.from[r], columns, 1,
              values + seen.from[r] * size, size, mixed, size, r > 0);
    for (int64_t i = 0; i < count; i++)
      std::memcpy(at.context + (row.start + first + i) * g.heads * g.size + head * g.size, mixed + i * size, 4 * g.size);
  }
}

/** Turns a head's gradient back and puts it where the head was in the projection. */
static void join_head(const AttentionGradient& at, const Row& row, int64_t plane, float* of_head) {
  const Geometry& g = at.geometry;
  const int64_t size = g.padded_size();
  for (int64_t t = 0; t < row.length; t++, of_head += size) {
    if (plane < g.heads) scale_row(of_head, g.scale, g.size);
    if (plane < g.heads + g.key_value_heads)
      turn(of_head, at.cos + (row.angles + t) * g.half, at.sin + (row.angles + t) * g.half, g.half, -1);
    std::memcpy(at.of_projected + (row.start + t) * g.width() + place_of(g, plane), of_head, 4 * g.size);
  }
}

/**
 * The gradient through one row's heads that share a key and a value, into the projection.
 *
 * With P = softmax(Q·Kᵀ), O = P·V and D = ∂L/∂O: ∂V = Pᵀ·D, ∂P = D·Vᵀ, ∂S = P ⊙ (∂P − rowsum(∂P ⊙ P)), ∂Q = ∂S·K, and
 * ∂K = ∂Sᵀ·Q. P is made again, a block of queries at a time.
 */
void attend_gradient(const AttentionGradient& at, const Row& row, int64_t group) {
  const Geometry& g = at.geometry;
  const int64_t size = g.padded_size();
  const int64_t length = row.length;
  const int64_t columns = padded(length);
  const int64_t block = length * size;
  const float* planes = at.heads + row.start * g.planes() * size;
  const float* keys = planes + (g.heads + group) * block;
  const float* values = keys + g.key_value_heads * block;
  Scratch scratch(size * columns * 5 + QUERIES * (2 * columns + size));
  float* keys_across = scratch.take(size * columns);
  float* values_across = scratch.take(size * columns);
  float* of_query = scratch.take(size * columns);
  float* of_keys = scratch.take(size * columns);
  float* of_values = scratch.take(size * columns);
  float* probabilities = scratch.take(QUERIES * columns);
  float* of_scores = scratch.take(QUERIES * columns);
  float* incoming = scratch.take(QUERIES * size);
  transpose(keys, length, size, columns, keys_across);
  transpose(values, length, size, columns, values_across);
  std::memset(of_keys, 0, 4 * block);
  std::memset(of_values, 0, 4 * block);
  std::memset(incoming, 0, 4 * QUERIES * size);
  const int64_t first_block = row.first_read / QUERIES * QUERIES;
  for (int64_t head = group * g.group(); head < (group + 1) * g.group(); head++) {
    const float* queries = planes + head * block;
    std::memset(of_query, 0, 4 * std::min(first_block, length) * size);
    for (int64_t first = first_block; first < length; first += QUERIES) {
      const int64_t count = std::min(QUERIES, length - first);
      const Ranges seen = keys_of(row, first, first + count);
      for (int64_t i = 0; i < count; i++)
        std::memcpy(incoming + i * size, at.gradient + (row.start + first + i) * g.heads * g.size + head * g.size,
                    4 * g.size);
      for (int r = 0; r < seen.count; r++) {
        const int64_t from = seen.from[r], width = seen.to[r] - from;
        product(count, width, size, queries + first * size, size, 1, keys_across + from, columns, probabilities + from,
                columns);
        product(count, width, size, incoming, size, 1, values_across + from, columns, of_scores + from, columns);
      }
      for (int64_t i = 0; i < count; i++) {
        float* p = probabilities + i * columns;
        float* s = of_scores + i * columns;
        hide(p, first + i, padded(first + count), row, g.window);
        const Vector log_sum = splat(at.log_sums[(row.start + first + i) * g.heads + head]);
        Vector total{};
        for (int r = 0; r < seen.count; r++)
          for (int64_t j = seen.from[r]; j < seen.to[r]; j += LANES) {
            const Vector probability = exponential(load(p + j) - log_sum);
            store(p + j, probability);
            total += probability * load(s + j);
          }
        const Vector row_sum = splat(sum(total));
        for (int r = 0; r < seen.count; r++)
          for (int64_t j = seen.from[r]; j < seen.to[r]; j += LANES)
            store(s + j, load(p + j) * (load(s + j) - row_sum));
      }
      for (int r = 0; r < seen.count; r++) {
        const int64_t from = seen.from[r], width = std::min(seen.to[r], length) - from;
        product(count, size, width, of_scores + from, columns, 1, keys + from * size, size, of_query + first * size,
                size, r > 0);
        product(width, size, count, probabilities + from, 1, columns, incoming, size, of_values + from * size, size,
                true);
        product(width, size, count, of_scores + from, 1, columns, queries + first * size, size, of_keys + from * size,
                size, true);
      }
    }
    join_head(at, row, head, of_query);
  }
  join_head(at, row, g.heads + group, of_keys);
  join_head(at, row, g.heads + g.key_value_heads + group, of_values);
}
