// Attention of one more token a row, over a cache.
//
// A slot of a cache has for each key–value head its keys, [capacity / KEYS, padded size, KEYS], then its values, [capacity,
// padded size]: both are read from the first number to the last, and scores come a vector at a time.

INLINE float* cached_head(const Cache& cache, const Geometry& g, int64_t slot, int64_t group) {
  return cache.numbers + (slot * g.key_value_heads + group) * 2 * cache.capacity * g.padded_size();
}

INLINE void store_key(float* keys, const float* key, int64_t token, int64_t size) {
  float* to = keys + token / KEYS * KEYS * size + token % KEYS;
  for (int64_t i = 0; i < size; i++) to[i * KEYS] = key[i];
}

/** Copies one row's keys and values of a head from `heads` into a slot of a cache. */
void fill_cache(const Cache& cache, const Geometry& g, const float* heads, const Row& row, int64_t slot, int64_t group) {
  const int64_t size = g.padded_size();
  const float* keys = heads + (row.start * g.planes() + (g.heads + group) * row.length) * size;
  const float* values = keys + g.key_value_heads * row.length * size;
  float* to = cached_head(cache, g, slot, group);
  for (int64_t t = 0; t < row.length; t++) store_key(to, keys + t * size, t, size);
  std::memcpy(to + size * cache.capacity, values, 4 * row.length * size);
}

/** C[ROWS, n] = A[ROWS, k]·B[k, n], or C += that, in one pass over B; n is a multiple of 16, and A's numbers lie along k. */
template <int ROWS>
INLINE void one_pass(
    int64_t n, int64_t k, const float* a, int64_t a_row, const float* b, int64_t b_row, float* c, int64_t c_row,
    bool adds) {
  int64_t j = 0;
  for (; j + 4 * LANES <= n; j += 4 * LANES) tile<ROWS, 4>(k, a, a_row, 1, b + j, b_row, c + j, c_row, adds);
  for (; j + 2 * LANES <= n; j += 2 * LANES) tile<ROWS, 2>(k, a, a_row, 1, b + j, b_row, c + j, c_row, adds);
  for (; j < n; j += LANES) tile<ROWS, 1>(k, a, a_row, 1, b + j, b_row, c + j, c_row, adds);
}

/** The same for any number of rows. */
INLINE void few_rows(
    int64_t rows, int64_t n, int64_t k, const float* a, int64_t a_row, const float* b, int64_t b_row, float* c,
    int64_t c_row, bool adds = false) {
  for (; rows >= 4; rows -= 4, a += 4 * a_row, c += 4 * c_row) one_pass<4>(n, k, a, a_row, b, b_row, c, c_row, adds);
  if (rows == 3) one_pass<3>(n, k, a, a_row, b, b_row, c, c_row, adds);
  if (rows == 2) one_pass<2>(n, k, a, a_row, b, b_row, c, c_row, adds);
  if (rows == 1) one_pass<1>(n, k, a, a_row, b, b_row, c, c_row, adds);
}

/** The tokens of one of a row's two caches, as one head's queries see them. */
struct Seen {
  const float *keys, *values;
  /** The tokens seen, and the whole blocks that they are in. */
  int64_t first, end, from, to;
  float* scores;
};

INLINE Seen seen_of(const float* head, int64_t capacity, int64_t size, int64_t first, int64_t end, float* scores) {
  first = std::min(std::max(first, int64_t{0}), end);
  const int64_t from = first / KEYS * KEYS;
  return {head, head + size * capacity, first, end, from, (end + KEYS - 1) / KEYS * KEYS, scores};
}

/**
 * Appends row `row`'s key and value of a head to its response, and attends from its queries to all keys so far, the prompt's and
 * the response's.
 */
void decode(const Decode& at, int64_t row, int64_t group) {
  const Geometry& g = at.geometry;
  const int64_t size = g.padded_size(), queries_count = g.group();
  const auto [prompt_slot, prompt_length, slot, length] = at.places[row];
  float* own = cached_head(at.responses, g, slot, group);
  const float* prompt = cached_head(at.prompts, g, prompt_slot, group);
  const float* projected = at.projected + row * g.width();
  const float *cos = at.cos + row * g.half, *sin = at.sin + row * g.half;
  const int64_t columns = at.prompts.capacity + at.responses.capacity;
  Scratch scratch((2 * queries_count + 1) * size + queries_count * columns);
  float* key = scratch.take(size);
  float* queries = scratch.take(queries_count * size);
  float* mixed = scratch.take(queries_count * size);
  float* scores = scratch.take(queries_count * columns);
  std::memset(key, 0, 4 * size * (1 + queries_count));

  std::memcpy(key, projected + place_of(g, g.heads + group), 4 * g.size);
  turn(key, cos, sin, g.half, 1);
  store_key(own, key, length, size);
  std::memcpy(
      own + (at.responses.capacity + length) * size, projected + place_of(g, g.heads + g.key_value_heads + group),
      4 * g.size);
  for (int64_t h = 0; h < queries_count; h++) {
    float* query = queries + h * size;
    std::memcpy(query, projected + place_of(g, group * queries_count + h), 4 * g.size);
    turn(query, cos, sin, g.half, 1);
    scale_row(query, g.scale, g.size);
  }

  const int64_t first = prompt_length + length + 1 - g.window;
  const Seen seen[2] = {
      seen_of(prompt, at.prompts.capacity, size, first, prompt_length, scores),
      seen_of(own, at.responses.capacity, size, first - prompt_length, length + 1, scores + at.prompts.capacity)};
  for (const Seen& part : seen)
    for (int64_t block = part.from; block < part.to; block += KEYS)
      few_rows(queries_count, KEYS, size, queries, size, part.keys + block * size, KEYS, part.scores + block, columns);
  for (int64_t h = 0; h < queries_count; h++) {
    Vector highest = splat(HIDDEN);
    for (const Seen& part : seen) {
      float* of_head = part.scores + h * columns;
      hide_range(of_head, part.from, part.first);
      hide_range(of_head, part.end, part.to);
      for (int64_t j = part.from; j < part.to; j += LANES) highest = larger(load(of_head + j), highest);
    }
    const Vector most = splat(largest(highest));
    Vector total{};
    for (const Seen& part : seen) {
      float* of_head = part.scores + h * columns;
      for (int64_t j = part.from; j < part.to; j += LANES) {
        const Vector e = exponential(load(of_head + j) - most);
        store(of_head + j, e);
        total += e;
      }
    }
    const Vector inverse = splat(1 / sum(total));
    for (const Seen& part : seen) {
      float* of_head = part.scores + h * columns;
      for (int64_t j = part.from; j < part.to; j += LANES) store(of_head + j, load(of_head + j) * inverse);
    }
  }
  for (const Seen& part : seen)
    few_rows(
        queries_count, size, part.end - part.from, part.scores + part.from, columns, part.values + part.from * size,
        size, mixed, size, &part != seen);
  for (int64_t h = 0; h < queries_count; h++)
    std::memcpy(at.out + (row * g.heads + group * queries_count + h) * g.size, mixed + h * size, 4 * g.size);
}
