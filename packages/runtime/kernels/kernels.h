// The kernels' arguments, and the kernels for this machine's instruction set. Every matrix is row-major float32.
#pragma once
#include <cstdint>

namespace ais {

enum class Activation : int64_t { scaled_gelu, tanh_gelu, silu };

struct GateGradient {
  const float *gradient, *h, *up;
  float *of_h, *of_up, *out;
};

/** x̂ of x, or of sum = x + added; read = gain ⊙ x̂. What is not there is null. */
struct Normalize {
  const float *x, *added, *gain;
  float *values, *inverse_deviation, *sum, *read;
  int64_t width;
  bool centered;
  float epsilon;
};

/** From the parts of the gradient of what was read to that of x, plus `residual`. What is not there is null. */
struct NormalizeGradient {
  const float* const* parts;
  int64_t part_count;
  const float *values, *inverse_deviation, *gain, *residual;
  float* out;
  int64_t width;
  bool centered;
};

/** A step of AdamW: β₁, 1 − β₁, β₂, 1 − β₂, and the gradient's scale, what is kept of the parameter, rate, and ε. */
struct AdamWConstants {
  float beta1, rest1, beta2, rest2, scale, keep, rate, epsilon;
};

/** The moments are float32, or both of them are bfloat16 in the halves of a number: then `update` counts the updates. */
struct AdamW {
  const float *parameter, *gradient;
  float *gradient_average, *square_average, *halves, *out;
  AdamWConstants constants;
  uint32_t update;
};

struct LowRankSum {
  const float *weight, *up, *down;
  float* out;
  int64_t width, rank;
  float scale;
};

/** A matrix, as float32 or, where that loses nothing, as the upper halves of its numbers: one of the two is null. */
struct Weight {
  const float* whole;
  const uint16_t* halves;
};

/** x·Wᵀ + bias: x [rows, width], W [outputs, width], bias [outputs] or null. */
struct Linear {
  const float* x;
  Weight weight;
  const float* bias;
  float* out;
  int64_t rows, width, outputs;
};

/** What attention computes, and where heads are in a token's projection. */
struct Geometry {
  int64_t heads, key_value_heads, size;
  /** Numbers from one head to the next, and to the first key and value. */
  int64_t stride, key_at, value_at;
  /** Pairs of numbers that are turned. */
  int64_t half;
  /** Tokens that a token sees, itself included. */
  int64_t window;
  float scale;
  /** Numbers of a head where vectors read it: a multiple of 16. */
  int64_t padded_size() const { return (size + 15) / 16 * 16; }
  int64_t group() const { return heads / key_value_heads; }
  int64_t planes() const { return heads + 2 * key_value_heads; }
  int64_t width() const { return planes() * size; }
};

/** A row of tokens: the stem, and perhaps two branches that do not see each other. */
struct Row {
  /** Its first token among all, and their number. */
  int32_t start, length;
  /** Where the first branch begins and ends; both the length if there is none. */
  int32_t branch_from, branch_to;
  /** The first place whose result anything reads. */
  int32_t first_read;
  /** Where its angles begin. */
  int32_t angles;
};

struct Attention {
  Geometry geometry;
  const float *projected, *cos, *sin;
  float *heads, *context, *log_sums;
};

struct AttentionGradient {
  Geometry geometry;
  const float *gradient, *heads, *log_sums, *cos, *sin;
  float* of_projected;
};

/** Keys that lie side by side in a cache. */
constexpr int64_t KEYS = 32;

/** Keys and values of the tokens so far. */
struct Cache {
  float* numbers;
  /** Tokens that a slot has room for, a multiple of KEYS. */
  int64_t capacity;
};

/** Where a row's tokens are: those of its prompt, which other rows may have too, and those of its response so far. */
struct Place {
  int32_t prompt_slot, prompt_length, slot, length;
};

/** One more token a row. */
struct Decode {
  Geometry geometry;
  Cache prompts, responses;
  const Place* places;
  const float *projected, *cos, *sin;
  float* out;
};

/** Tokens of rows of logits, [rows, vocabulary]: the most probable where there are no draws, else as the draws in [0, 1) say. */
struct Choose {
  const float* logits;
  const double* draws;
  int64_t vocabulary;
  float temperature;
  int32_t* tokens;
  float* log_probs;
};

/** Pieces of memory that a thread keeps from call to call. */
class Scratch {
 public:
  explicit Scratch(int64_t numbers);
  float* take(int64_t numbers) {
    float* taken = next_;
    next_ += numbers;
    return taken;
  }

 private:
  float* next_;
};

struct Kernels {
  const char* instructions;
  void (*activate)(Activation, const float*, float*, int64_t, int64_t);
  void (*activate_gradient)(Activation, const float*, const float*, float*, int64_t, int64_t);
  void (*gate)(Activation, const float*, const float*, float*, int64_t, int64_t);
  void (*gate_gradient)(Activation, const GateGradient&, int64_t, int64_t);
  void (*normalize)(const Normalize&, int64_t, int64_t);
  void (*normalize_gradient)(const NormalizeGradient&, int64_t, int64_t, float*);
  double (*sum_of_squares)(const float*, int64_t);
  void (*adamw)(const AdamW&, int64_t, int64_t);
  void (*adamw_in_halves)(const AdamW&, int64_t, int64_t);
  void (*column_maxima)(const float*, int64_t, int64_t, int64_t, float*);
  void (*column_exponentials)(const float*, const float*, int64_t, int64_t, int64_t, float*, float*);
  void (*low_rank_sum)(const LowRankSum&, int64_t, int64_t);
  void (*split_heads)(const Attention&, const Row&, int64_t);
  void (*attend)(const Attention&, const Row&, int64_t);
  void (*attend_gradient)(const AttentionGradient&, const Row&, int64_t);
  bool (*upper_halves)(const float*, uint16_t*, int64_t);
  void (*linear_by_dots)(const Linear&, int64_t, int64_t);
  void (*fill_panels)(const Linear&, float*, int64_t, int64_t);
  void (*linear_by_panels)(const Linear&, const float*, int64_t, int64_t);
  void (*choose)(const Choose&, int64_t);
  void (*fill_cache)(const Cache&, const Geometry&, const float*, const Row&, int64_t, int64_t);
  void (*decode)(const Decode&, int64_t, int64_t);
};

/** The fastest kernels that this machine runs. */
const Kernels& kernels();

}  // namespace ais
