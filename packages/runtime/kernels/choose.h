// The next token of a row of logits.

/** Numbers that are summed before they are added to others in float64. */
constexpr int64_t CHUNK = 1024;

/** exp((z − m)/T) of a vector of logits, or of what is left of a row; 0 behind its end. */
INLINE Vector terms_of(const float* logits, Vector most, Vector inverse_temperature, int64_t count) {
  const float nothing = -std::numeric_limits<float>::infinity();
  const Vector z = count >= LANES ? load(logits) : load_rest(logits, count, nothing);
  return exponential((z - most) * inverse_temperature);
}

/** Their sum over `count` logits. */
INLINE float sum_of_terms(const float* logits, float most, float inverse_temperature, int64_t count) {
  Vector total{};
  for (int64_t i = 0; i < count; i += LANES)
    total += terms_of(logits + i, splat(most), splat(inverse_temperature), count - i);
  return sum(total);
}

/** The largest logit, NaN aside. */
INLINE float largest_logit(const float* logits, int64_t count) {
  float most = logits[0];
  Vector highest = splat(most);
  int64_t i = 0;
  for (; i + LANES <= count; i += LANES) highest = larger(load(logits + i), highest);
  if (i < count) highest = larger(load_rest(logits + i, count - i, most), highest);
  return largest(highest);
}

/** The place among `count` logits where their terms, from the first on, exceed `remaining`; the last with a term if none does. */
INLINE int64_t place_of_draw(
    const float* logits, float most, float inverse_temperature, int64_t count, double remaining) {
  int64_t place = 0;
  for (int64_t i = 0; i < count; i += LANES) {
    float terms[LANES];
    store(terms, terms_of(logits + i, splat(most), splat(inverse_temperature), count - i));
    for (int64_t j = 0; j < std::min<int64_t>(LANES, count - i); j++) {
      if (terms[j] == 0) continue;
      place = i + j;
      remaining -= terms[j];
      if (remaining < 0) return place;
    }
  }
  return place;
}

/**
 * Token and log π at temperature 1 of one row: the most probable token, the first of equals, or the one where the
 * distribution function at the temperature passes the row's draw.
 */
void choose(const Choose& at, int64_t row) {
  const int64_t vocabulary = at.vocabulary;
  const float* logits = at.logits + row * vocabulary;
  const float most = largest_logit(logits, vocabulary);
  const int64_t chunks = (vocabulary + CHUNK - 1) / CHUNK;
  const auto length = [&](int64_t chunk) { return std::min(CHUNK, vocabulary - chunk * CHUNK); };
  Scratch scratch(chunks);
  float* sums = scratch.take(chunks);
  const auto sum_at = [&](float inverse_temperature) {
    double total = 0;
    for (int64_t c = 0; c < chunks; c++) {
      sums[c] = sum_of_terms(logits + c * CHUNK, most, inverse_temperature, length(c));
      total += sums[c];
    }
    return total;
  };
  int64_t token = 0;
  double total = 0;
  if (at.draws == nullptr) {
    total = sum_at(1);
    while (token < vocabulary - 1 && !(logits[token] == most)) token++;
  } else {
    const float inverse = 1 / at.temperature;
    total = sum_at(inverse);
    double remaining = at.draws[row] * total;
    int64_t c = 0, last = chunks - 1;
    while (last > 0 && sums[last] == 0) last--;
    for (; c < last && remaining >= sums[c]; c++) remaining -= sums[c];
    token = c * CHUNK + place_of_draw(logits + c * CHUNK, most, inverse, length(c), remaining);
    if (inverse != 1) total = sum_at(1);
  }
  at.tokens[row] = static_cast<int32_t>(token);
  at.log_probs[row] = logits[token] - most - std::log(static_cast<float>(total));
}
