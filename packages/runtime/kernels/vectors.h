// Vectors of LANES numbers and what is computed of them. Included once for each instruction set, inside its namespace.

typedef float Vector __attribute__((vector_size(4 * LANES)));
typedef float Unaligned __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef int32_t Integers __attribute__((vector_size(4 * LANES)));
typedef uint32_t Bits __attribute__((vector_size(4 * LANES)));
typedef uint16_t Halves __attribute__((vector_size(2 * LANES), aligned(2), may_alias));

INLINE Vector load(const float* from) { return *reinterpret_cast<const Unaligned*>(from); }
/** Numbers of which the upper halves are stored. */
INLINE Vector load(const uint16_t* from) {
  return (Vector)(__builtin_convertvector(*reinterpret_cast<const Halves*>(from), Integers) << 16);
}
INLINE void store(float* to, Vector x) { *reinterpret_cast<Unaligned*>(to) = x; }
INLINE Vector splat(float x) { return x - Vector{}; }
INLINE Vector larger(Vector a, Vector b) { return a > b ? a : b; }
INLINE Vector absolute(Vector x) { return (Vector)((Integers)x & 0x7fffffff); }

/** The sum of the lanes, in pairs. */
INLINE float sum(Vector x) {
  float lanes[LANES];
  store(lanes, x);
  for (int width = LANES / 2; width > 0; width /= 2)
    for (int i = 0; i < width; i++) lanes[i] += lanes[i + width];
  return lanes[0];
}

INLINE float largest(Vector x) {
  float result = x[0];
  for (int i = 1; i < LANES; i++) result = x[i] > result ? x[i] : result;
  return result;
}

/** The numbers from `from` on that are left of a row, fewer than a vector; `filler` stands for the others. */
INLINE Vector load_rest(const float* from, int64_t count, float filler = 0) {
  float lanes[LANES];
  for (int i = 0; i < LANES; i++) lanes[i] = i < count ? from[i] : filler;
  return load(lanes);
}

INLINE Vector load_rest(const uint16_t* from, int64_t count) {
  Integers lanes{};
  for (int64_t i = 0; i < count; i++) lanes[i] = from[i] << 16;
  return (Vector)lanes;
}

INLINE void store_rest(float* to, Vector x, int64_t count) {
  for (int i = 0; i < count; i++) to[i] = x[i];
}

/** exp of numbers ≤ 0, to 2e-7 relative; 0 below −87, where float32's smallest normal number is near. NaN stays NaN. */
INLINE Vector exponential(Vector x) {
  const Integers hidden = x < splat(-87);
  const Vector bounded = hidden ? splat(-87) : x;
  // x = n·ln 2 + r with |r| ≤ ½ ln 2. Adding 1.5·2²³ rounds to a whole number, which is then in the lowest bits.
  const Vector shifted = bounded * splat(1.44269504088896341f) + splat(12582912.0f);
  const Vector n = shifted - splat(12582912.0f);
  // ln 2 in two parts, so that n·ln 2 loses no digits (Cody and Waite).
  const Vector r = bounded - n * splat(0.693359375f) + n * splat(2.12194440e-4f);
  // The minimax polynomial of Cephes' expf.
  Vector p = splat(1.9875691500e-4f);
  p = p * r + splat(1.3981999507e-3f);
  p = p * r + splat(8.3334519073e-3f);
  p = p * r + splat(4.1665795894e-2f);
  p = p * r + splat(1.6666665459e-1f);
  p = p * r + splat(5.0000001201e-1f);
  p = p * r * r + r + splat(1);
  const Vector power = (Vector)(((Integers)shifted << 23) + (127 << 23));
  return hidden ? Vector{} : p * power;
}

/** Calls `each` with the place and the number of lanes, vector by vector, the rest last. */
template <typename Each>
INLINE void across(int64_t begin, int64_t end, Each each) {
  int64_t i = begin;
  for (; i + LANES <= end; i += LANES) each(i, int64_t{LANES});
  if (i < end) each(i, end - i);
}

template <typename Number>
INLINE Vector load_some(const Number* from, int64_t count) {
  return count == LANES ? load(from) : load_rest(from, count);
}

INLINE void store_some(float* to, Vector x, int64_t count) {
  if (count == LANES)
    store(to, x);
  else
    store_rest(to, x, count);
}
