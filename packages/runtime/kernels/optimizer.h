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

/** Average and square, as an update reads and writes them. */
struct Moments {
  Vector average, square;
};

/** m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², and the parameter's new value keep·p − rate·m/(√v + ε). */
template <typename Load, typename Store>
INLINE void adamw_by(const AdamW& at, int64_t begin, int64_t end, Load load_moments, Store store_moments) {
  const auto [beta1, rest1, beta2, rest2, scale, keep, rate, epsilon] = at.constants;
  across(begin, end, [&](int64_t i, int64_t count) INLINE_LAMBDA {
    const Vector gradient = load_some(at.gradient + i, count) * splat(scale);
    const Moments before = load_moments(i, count);
    const Moments after{before.average * splat(beta1) + gradient * splat(rest1),
                        before.square * splat(beta2) + gradient * gradient * splat(rest2)};
    store_moments(i, count, after);
    const Vector step = splat(rate) * after.average / (root(after.square) + splat(epsilon));
    store_some(at.out + i, load_some(at.parameter + i, count) * splat(keep) - step, count);
  });
}

/** 32 random bits for each of the numbers from `place` on: Chris Wellons's lowbias32 of the place and the update. */
INLINE Bits random_bits(int64_t place, uint32_t update) {
  Bits x;
  for (int i = 0; i < LANES; i++) x[i] = uint32_t(place) + i + update * 0x9e3779b9u;
  x = (x ^ x >> 16) * 0x7feb352du;
  x = (x ^ x >> 15) * 0x846ca68bu;
  return x ^ x >> 16;
}

void adamw(const AdamW& at, int64_t begin, int64_t end) {
  const auto read = [&](int64_t i, int64_t count) INLINE_LAMBDA {
    return Moments{load_some(at.gradient_average + i, count), load_some(at.square_average + i, count)};
  };
  const auto write = [&](int64_t i, int64_t count, const Moments& moments) INLINE_LAMBDA {
    store_some(at.gradient_average + i, moments.average, count);
    store_some(at.square_average + i, moments.square, count);
  };
  adamw_by(at, begin, end, read, write);
}

/**
 * The same with both moments as bfloat16, the average in the upper half of a number and the square in the lower one. They are rounded up
 * or down at random, as likely as they are near: what one update adds to v is less than half the distance to bfloat16's next number.
 */
void adamw_in_halves(const AdamW& at, int64_t begin, int64_t end) {
  const auto read = [&](int64_t i, int64_t count) INLINE_LAMBDA {
    const Bits both = (Bits)load_some(at.halves + i, count);
    return Moments{(Vector)(both & 0xffff0000u), (Vector)(both << 16)};
  };
  const auto write = [&](int64_t i, int64_t count, const Moments& moments) INLINE_LAMBDA {
    const Bits random = random_bits(i, at.update);
    const Bits average = ((Bits)moments.average + (random & 0xffffu)) & 0xffff0000u;
    const Bits square = ((Bits)moments.square + (random >> 16)) >> 16;
    store_some(at.halves + i, (Vector)(average | square), count);
  };
  adamw_by(at, begin, end, read, write);
}
