// Activations and gates, element by element over [begin, end).
//
// SiLU and GELU by the hyperbolic tangent are f(h) = h·σ(a), with a = h, or a = 2·√(2/π)·(h + 0.044715·h³), for
// ½(1 + tanh z) = σ(2z); the slope is σ(a) + f(h)·(1 − σ(a))·a'. GELU by the error function is scaled, u·(1 + erf u).

struct Curve {
  Vector value;
  Vector slope;
};

/** f and f' at h, for h·σ(a) with a = h·(linear + cubic·h²). */
INLINE Curve through_sigmoid(Vector h, float linear, float cubic) {
  const Vector square = h * h;
  const Vector a = h * (splat(linear) + splat(cubic) * square);
  // In [0, 1]: σ is 1/(1 + e) above 0 and e/(1 + e) below, 1 − σ the other way around.
  const Vector e = exponential(-absolute(a));
  const Vector inverse = splat(1) / (splat(1) + e);
  const Vector other = e * inverse;
  const Integers negative = a < Vector{};
  const Vector sigmoid = negative ? other : inverse;
  const Vector rest = negative ? inverse : other;
  const Vector of_argument = splat(linear) + splat(3 * cubic) * square;
  return {h * sigmoid, sigmoid * (splat(1) + h * of_argument * rest)};
}

/**
 * u·(1 + erf u) and its slope 1 + erf u + u·(2/√π)·exp(−u²).
 *
 * erfc|u| = (a₁t + … + a₅t⁵)·exp(−u²) with t = 1/(1 + p|u|), absolute error at most 1.5e-7:
 * Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26.
 */
INLINE Curve through_error_function(Vector u) {
  const Vector e = exponential(-(u * u));
  const Vector t = splat(1) / (splat(1) + splat(0.3275911f) * absolute(u));
  Vector p = splat(1.061405429f);
  p = p * t + splat(-1.453152027f);
  p = p * t + splat(1.421413741f);
  p = p * t + splat(-0.284496736f);
  p = p * t + splat(0.254829592f);
  const Vector tail = p * t * e;
  const Vector one_plus = u < Vector{} ? tail : splat(2) - tail;
  return {u * one_plus, one_plus + u * e * splat(1.1283791671f)};
}

INLINE Curve curve(Activation kind, Vector h) {
  switch (kind) {
    case Activation::scaled_gelu:
      return through_error_function(h);
    case Activation::tanh_gelu:
      return through_sigmoid(h, 1.5957691216057308f, 0.0713548162726009f);
    default:
      return through_sigmoid(h, 1, 0);
  }
}

/** f(h). */
void activate(Activation kind, const float* h, float* out, int64_t begin, int64_t end) {
  across(begin, end, [=](int64_t i, int64_t count) INLINE_LAMBDA {
    store_some(out + i, curve(kind, load_some(h + i, count)).value, count);
  });
}

/** gradient ⊙ f'(h). */
void activate_gradient(Activation kind, const float* gradient, const float* h, float* out, int64_t begin, int64_t end) {
  across(begin, end, [=](int64_t i, int64_t count) INLINE_LAMBDA {
    store_some(out + i, load_some(gradient + i, count) * curve(kind, load_some(h + i, count)).slope, count);
  });
}

/** f(h) ⊙ up. */
void gate(Activation kind, const float* h, const float* up, float* out, int64_t begin, int64_t end) {
  across(begin, end, [=](int64_t i, int64_t count) INLINE_LAMBDA {
    store_some(out + i, curve(kind, load_some(h + i, count)).value * load_some(up + i, count), count);
  });
}

/** The gradients of h and of `up`, and f(h) ⊙ up again. */
void gate_gradient(Activation kind, const GateGradient& at, int64_t begin, int64_t end) {
  across(begin, end, [&](int64_t i, int64_t count) INLINE_LAMBDA {
    const Vector gradient = load_some(at.gradient + i, count);
    const Vector up = load_some(at.up + i, count);
    const auto [value, slope] = curve(kind, load_some(at.h + i, count));
    store_some(at.of_h + i, gradient * up * slope, count);
    store_some(at.of_up + i, gradient * value, count);
    store_some(at.out + i, value * up, count);
  });
}
