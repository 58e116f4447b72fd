// What an update of the parameters takes: the gradients' norm, and AdamW, element by element.

/** Σ x². */
double sum_of_squares(const float* x, int64_t count) {
  // Few terms a lane, then double precision: gradients have millions of numbers.
  constexpr int64_t TERMS = 64 * 16;
  double total = 0;
  for (int64_t begin = 0; begin < count; begin += TERMS) {
    Vector squares{};
    across(begin, std::min(begin + TERMS, count), [&](int64_t i, int64_t lanes) INLINE_LAMBDA {
      const Vector value = load_some(x + i, lanes);
      squares += value * value;
    });
    total += sum(squares);
  }
  return total;
}

INLINE Vector root(Vector x) {
  Vector result;
  for (int i = 0; i < LANES; i++) result[i] = __builtin_sqrtf(x[i]);
  return result;
}

/** m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², and the parameter's new value keep·p − rate·m/(√v + ε). */
void adamw(const AdamW& at, int64_t begin, int64_t end) {
  const auto [beta1, rest1, beta2, rest2, scale, keep, rate, epsilon] = at.constants;
  across(begin, end, [&](int64_t i, int64_t count) INLINE_LAMBDA {
    const Vector gradient = load_some(at.gradient + i, count) * splat(scale);
    const Vector average = load_some(at.gradient_average + i, count) * splat(beta1) + gradient * splat(rest1);
    const Vector square =
        load_some(at.square_average + i, count) * splat(beta2) + gradient * gradient * splat(rest2);
    store_some(at.gradient_average + i, average, count);
    store_some(at.square_average + i, square, count);
    const Vector step = splat(rate) * average / (root(square) + splat(epsilon));
    store_some(at.out + i, load_some(at.parameter + i, count) * splat(keep) - step, count);
  });
}
