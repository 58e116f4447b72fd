// What works on whole rows of a matrix: rows begin … end − 1.

/** x̂ = (x − mean)·r with r = 1/√(mean square + ε), row by row; without the mean unless `centered`. */
void normalize(const Normalize& at, int64_t begin, int64_t end) {
  const int64_t width = at.width;
  for (int64_t row = begin; row < end; row++) {
    const float* x = at.x + row * width;
    float* out = at.values + row * width;
    if (at.added) {
      const float* added = at.added + row * width;
      float* sum = at.sum + row * width;
      across(0, width, [&](int64_t i, int64_t count) INLINE_LAMBDA {
        store_some(sum + i, load_some(x + i, count) + load_some(added + i, count), count);
      });
      x = sum;
    }
    float mean = 0;
    if (at.centered) {
      Vector total{};
      across(0, width, [&](int64_t i, int64_t count) INLINE_LAMBDA { total += load_some(x + i, count); });
      mean = sum(total) / width;
    }
    Vector squares{};
    across(0, width, [&](int64_t i, int64_t count) INLINE_LAMBDA {
      const Vector c = count == LANES ? load(x + i) - splat(mean) : load_rest(x + i, count, mean) - splat(mean);
      squares += c * c;
    });
    const float inverse = 1 / std::sqrt(sum(squares) / width + at.epsilon);
    at.inverse_deviation[row] = inverse;
    across(0, width, [&](int64_t i, int64_t count) INLINE_LAMBDA {
      const Vector value = (load_some(x + i, count) - splat(mean)) * splat(inverse);
      store_some(out + i, value, count);
      if (at.gain) store_some(at.read + row * width + i, value * load_some(at.gain + i, count), count);
    });
  }
}

/**
 * r·(g − mean g − x̂·mean(g ⊙ x̂)) + residual with g = gain ⊙ Σ parts, row by row; without mean g unless `centered`.
 * Adds Σ over the rows of x̂ ⊙ Σ parts to `of_gain` if there is a gain.
 */
void normalize_gradient(const NormalizeGradient& at, int64_t begin, int64_t end, float* of_gain) {
  const int64_t width = at.width;
  Scratch scratch(width);
  float* gradient = scratch.take(width);
  for (int64_t row = begin; row < end; row++) {
    const int64_t first = row * width;
    const float* values = at.values + first;
    float* out = at.out + first;
    Vector total{};
    Vector products{};
    across(0, width, [&](int64_t i, int64_t count) INLINE_LAMBDA {
      Vector g = load_some(at.parts[0] + first + i, count);
      for (int64_t part = 1; part < at.part_count; part++) g += load_some(at.parts[part] + first + i, count);
      const Vector value = load_some(values + i, count);
      if (at.gain) {
        store_some(of_gain + i, load_some(of_gain + i, count) + g * value, count);
        g = g * load_some(at.gain + i, count);
      }
      store_some(gradient + i, g, count);
      total += g;
      products += g * value;
    });
    const Vector mean = splat(at.centered ? sum(total) / width : 0);
    const Vector along = splat(sum(products) / width);
    const Vector inverse = splat(at.inverse_deviation[row]);
    across(0, width, [&](int64_t i, int64_t count) INLINE_LAMBDA {
      const Vector rest = load_some(gradient + i, count) - mean - load_some(values + i, count) * along;
      const Vector through = rest * inverse;
      store_some(out + i, at.residual ? load_some(at.residual + first + i, count) + through : through, count);
    });
  }
}

/** The largest number of each column over rows begin … end − 1, into `highest` [width]. */
void column_maxima(const float* x, int64_t width, int64_t begin, int64_t end, float* highest) {
  std::memcpy(highest, x + begin * width, 4 * width);
  for (int64_t row = begin + 1; row < end; row++) {
    const float* from = x + row * width;
    across(0, width, [&](int64_t i, int64_t count) INLINE_LAMBDA {
      store_some(highest + i, larger(load_some(from + i, count), load_some(highest + i, count)), count);
    });
  }
}

/** exp(x − highest of its column) over rows begin … end − 1, and the columns' sums of these, into `sums` [width]. */
void column_exponentials(
    const float* x, const float* highest, int64_t width, int64_t begin, int64_t end, float* out, float* sums) {
  std::memset(sums, 0, 4 * width);
  for (int64_t row = begin; row < end; row++) {
    const float* from = x + row * width;
    float* to = out + row * width;
    across(0, width, [&](int64_t i, int64_t count) INLINE_LAMBDA {
      const Vector e = exponential(load_some(from + i, count) - load_some(highest + i, count));
      store_some(to + i, e, count);
      store_some(sums + i, load_some(sums + i, count) + e, count);
    });
  }
}

/** W + scale·B·A over rows begin … end − 1 of W [rows, width]; B [rows, rank], A [rank, width]. */
void low_rank_sum(const LowRankSum& at, int64_t begin, int64_t end) {
  const auto [weight, up, down, out, width, rank, scale] = at;
  for (int64_t row = begin; row < end; row++) {
    across(0, width, [&](int64_t i, int64_t count) INLINE_LAMBDA {
      Vector total{};
      for (int64_t k = 0; k < rank; k++) total += splat(up[row * rank + k]) * load_some(down + k * width + i, count);
      store_some(out + row * width + i, load_some(weight + row * width + i, count) + splat(scale) * total, count);
    });
  }
}
