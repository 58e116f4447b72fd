// The kernels of training as operations of TensorFlow, in the order of kernels.h.
#include "operation.h"

namespace ais {
namespace {

/** Parts of a sum over rows. Fixed, so that the sum does not depend on the number of threads. */
constexpr int64_t PARTS = 32;
/** Of the operations' inputs, outputs, and attributes; `native-kernels.ts` has the same number. */
constexpr float VERSION = 6;

void run_activate(Call& call) {
  const float* h = call.input(0);
  float* out = call.output(0, call.shape(0));
  const Activation kind = call.attributes.kind;
  parallel(call.size(0), GRAIN, [=](int64_t begin, int64_t end) { kernels().activate(kind, h, out, begin, end); });
}

void run_activate_gradient(Call& call) {
  same_size(call, {1});
  const float *gradient = call.input(0), *h = call.input(1);
  float* out = call.output(0, call.shape(1));
  const Activation kind = call.attributes.kind;
  parallel(call.size(0), GRAIN, [=](int64_t begin, int64_t end) {
    kernels().activate_gradient(kind, gradient, h, out, begin, end);
  });
}

void run_gate(Call& call) {
  same_size(call, {1});
  const float *h = call.input(0), *up = call.input(1);
  float* out = call.output(0, call.shape(0));
  const Activation kind = call.attributes.kind;
  parallel(call.size(0), GRAIN, [=](int64_t begin, int64_t end) { kernels().gate(kind, h, up, out, begin, end); });
}

void run_gate_gradient(Call& call) {
  same_size(call, {1, 2});
  const Shape shape = call.shape(1);
  const GateGradient at{call.input(0),         call.input(1),         call.input(2),
                        call.output(0, shape), call.output(1, shape), call.output(2, shape)};
  const Activation kind = call.attributes.kind;
  parallel(call.size(0), GRAIN, [&](int64_t begin, int64_t end) { kernels().gate_gradient(kind, at, begin, end); });
}

/** The sum and what is read are empty where there is nothing to add and no gain. */
void run_normalize(Call& call) {
  const Shape shape = call.shape(0);
  require(shape.size() == 2, "x must be a matrix");
  const int64_t added = call.attributes.added, gain = call.attributes.gain;
  if (added) same_size(call, {1});
  require(!gain || call.size(1 + added) == shape[1], "the gain must have a number for each column");
  const Shape none{0};
  float* values = call.output(0, shape);
  float* inverse_deviation = call.output(1, {shape[0], 1});
  float* sum = call.output(2, added ? shape : none);
  float* read = call.output(3, gain ? shape : none);
  const Normalize at{call.input(0),
                     added ? call.input(1) : nullptr,
                     gain ? call.input(1 + added) : nullptr,
                     values,
                     inverse_deviation,
                     sum,
                     read,
                     shape[1],
                     call.attributes.centered,
                     call.attributes.epsilon};
  parallel(shape[0], rows_of_grain(at.width), [&](int64_t begin, int64_t end) { kernels().normalize(at, begin, end); });
}

void run_normalize_gradient(Call& call) {
  const Shape shape = call.shape(0);
  const int64_t parts = call.attributes.parts, gain = call.attributes.gain, residual = call.attributes.residual;
  require(shape.size() == 2 && call.size(1) == shape[0], "the inverse deviation must have a number for each row");
  const int64_t rows = shape[0], width = shape[1];
  std::vector<const float*> gradients;
  for (int i = 0; i < parts; i++) {
    same_size(call, {2 + i});
    gradients.push_back(call.input(2 + i));
  }
  const int of_gain = 2 + parts, of_residual = of_gain + gain;
  require(!gain || call.size(of_gain) == width, "the gain must have a number for each column");
  if (residual) same_size(call, {of_residual});
  float* out = call.output(0, shape);
  float* gain_gradient = call.output(1, {gain ? width : 0});
  const NormalizeGradient at{gradients.data(),
                             parts,
                             call.input(0),
                             call.input(1),
                             gain ? call.input(of_gain) : nullptr,
                             residual ? call.input(of_residual) : nullptr,
                             out,
                             width,
                             call.attributes.centered};
  const int64_t part = std::max<int64_t>(1, (rows + PARTS - 1) / PARTS);
  const int64_t count = (rows + part - 1) / part;
  std::vector<float> partial(gain ? count * width : 0);
  parallel(count, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++)
      kernels().normalize_gradient(at, i * part, std::min((i + 1) * part, rows),
                                   gain ? partial.data() + i * width : nullptr);
  });
  if (!gain) return;
  std::memset(gain_gradient, 0, width * sizeof(float));
  for (int64_t i = 0; i < count; i++)
    for (int64_t j = 0; j < width; j++) gain_gradient[j] += partial[i * width + j];
}

void run_column_exponentials(Call& call) {
  const Shape shape = call.shape(0);
  require(shape.size() == 2 && shape[0] > 0, "x must be a matrix with a row");
  const int64_t rows = shape[0], width = shape[1];
  const float* x = call.input(0);
  float* out = call.output(0, shape);
  float* highest = call.output(1, {width});
  float* sums = call.output(2, {width});
  const int64_t part = (rows + PARTS - 1) / PARTS;
  const int64_t parts = (rows + part - 1) / part;
  std::vector<float> partial(parts * width);
  const auto of_part = [&](int64_t index) { return partial.data() + index * width; };
  parallel(parts, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++)
      kernels().column_maxima(x, width, i * part, std::min((i + 1) * part, rows), of_part(i));
  });
  kernels().column_maxima(partial.data(), width, 0, parts, highest);
  parallel(parts, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++)
      kernels().column_exponentials(x, highest, width, i * part, std::min((i + 1) * part, rows), out, of_part(i));
  });
  std::memset(sums, 0, width * sizeof(float));
  for (int64_t i = 0; i < parts; i++)
    for (int64_t j = 0; j < width; j++) sums[j] += of_part(i)[j];
}

void run_low_rank_sum(Call& call) {
  const Shape weight = call.shape(0), up = call.shape(1), down = call.shape(2);
  require(weight.size() == 2 && up.size() == 2 && down.size() == 2 && up[0] == weight[0] && down[1] == weight[1] &&
              up[1] == down[0],
          "expected W [out, in], B [out, rank], and A [rank, in]");
  const LowRankSum at{call.input(0), call.input(1), call.input(2), call.output(0, weight), weight[1], up[1],
                      call.attributes.scale};
  parallel(weight[0], rows_of_grain(at.width), [&](int64_t begin, int64_t end) { kernels().low_rank_sum(at, begin, end); });
}

/** Calls `each(row, index)` for every row, longest first, and `count` indices of each. */
template <typename Each>
void for_each_row(std::vector<Row> rows, int64_t count, Each each) {
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.length > b.length; });
  parallel(rows.size() * count, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) each(rows[i / count], i % count);
  });
}

void run_attention(Call& call) {
  const Geometry g = geometry_of(call.attributes);
  const Shape shape = call.shape(0);
  const Shape angles = call.shape(2);
  require(shape.size() == 2 && shape[1] == g.width() && angles.size() == 2 && angles[1] == g.half &&
              call.size(3) == call.size(2),
          "the projection or the angles do not fit the geometry");
  const std::vector<Row> rows = rows_of(call, 1, shape[0], angles[0]);
    float* context = call.output(0, {shape[0], g.heads * g.size});
  float* heads = call.output(1, {shape[0], g.planes() * g.padded_size()});
  float* log_sums = call.output(2, {shape[0], g.heads});
  const Attention at{g, call.input(0), call.input(2), call.input(3), heads, context, log_sums};
  // What is not computed: padding between rows, and places that nothing reads.
  std::memset(context, 0, shape[0] * g.heads * g.size * sizeof(float));
  for_each_row(rows, g.planes(), [&](const Row& row, int64_t plane) { kernels().split_heads(at, row, plane); });
  for_each_row(rows, g.heads, [&](const Row& row, int64_t head) { kernels().attend(at, row, head); });
}

void run_attention_gradient(Call& call) {
  const Geometry g = geometry_of(call.attributes);
  const Shape shape = call.shape(0);
  const Shape angles = call.shape(4);
  require(shape.size() == 2 && shape[1] == g.heads * g.size && angles.size() == 2 && angles[1] == g.half,
          "the gradient or the angles do not fit the geometry");
  const std::vector<Row> rows = rows_of(call, 3, shape[0], angles[0]);
  float* out = call.output(0, {shape[0], g.width()});
  const AttentionGradient at{g, call.input(0), call.input(1), call.input(2), call.input(4), call.input(5), out};
  std::memset(out, 0, shape[0] * g.width() * sizeof(float));
  for_each_row(rows, g.key_value_heads,
               [&](const Row& row, int64_t group) { kernels().attend_gradient(at, row, group); });
}

/** So that a program can tell whether these operations are there, and are those that it was written for. */
void run_version(Call& call) { *call.output(0, {}) = VERSION; }

/** Makes the operations known to TensorFlow, when the addon is loaded. */
bool define_all() {
  const auto of_kind = +[](Construction c) { return make(c, {"kind"}); };
  const auto of_attention = +[](Construction c) { return make(c, {"geometry", "scale"}); };
  const std::vector<const char*> attention{"geometry: list(int)", "scale: float"};
  define({"AisKernels", {}, {"version: float"}, {}, +[](Construction c) { return make(c, {}); }, &compute<run_version>});
  define({"AisActivate", {"h: float"}, {"out: float"}, {"kind: int"}, of_kind, &compute<run_activate>});
  define({"AisActivateGradient", {"gradient: float", "h: float"}, {"out: float"}, {"kind: int"}, of_kind,
          &compute<run_activate_gradient>});
  define({"AisGate", {"h: float", "up: float"}, {"out: float"}, {"kind: int"}, of_kind, &compute<run_gate>});
  define({"AisGateGradient",
          {"gradient: float", "h: float", "up: float"},
          {"of_h: float", "of_up: float", "out: float"},
          {"kind: int"},
          of_kind,
          &compute<run_gate_gradient>});
  define({"AisNormalize",
          {"x: float", "addends: added * float", "gains: gain * float"},
          {"values: float", "inverse_deviation: float", "sum: float", "read: float"},
          {"centered: bool", "epsilon: float", "added: int >= 0", "gain: int >= 0"},
          +[](Construction c) { return make(c, {"centered", "epsilon", "added", "gain"}); },
          &compute<run_normalize>});
  define({"AisNormalizeGradient",
          {"values: float", "inverse_deviation: float", "gradients: parts * float", "gains: gain * float",
           "residuals: residual * float"},
          {"out: float", "of_gain: float"},
          {"centered: bool", "parts: int >= 1", "gain: int >= 0", "residual: int >= 0"},
          +[](Construction c) { return make(c, {"centered", "parts", "gain", "residual"}); },
          &compute<run_normalize_gradient>});
  define({"AisColumnExponentials",
          {"x: float"},
          {"exponentials: float", "highest: float", "sums: float"},
          {},
          +[](Construction c) { return make(c, {}); },
          &compute<run_column_exponentials>});
  define({"AisLowRankSum",
          {"weight: float", "up: float", "down: float"},
          {"out: float"},
          {"scale: float"},
          +[](Construction c) { return make(c, {"scale"}); },
          &compute<run_low_rank_sum>});
  define({"AisAttention",
          {"projected: float", "rows: int32", "cos: float", "sin: float"},
          {"context: float", "heads: float", "log_sums: float"},
          attention,
          of_attention,
          &compute<run_attention>});
  define({"AisAttentionGradient",
          {"gradient: float", "heads: float", "log_sums: float", "rows: int32", "cos: float", "sin: float"},
          {"of_projected: float"},
          attention,
          of_attention,
          &compute<run_attention_gradient>});
  return true;
}

const bool defined = define_all();

}  // namespace
}  // namespace ais
