// The kernels as operations of TensorFlow, by its C interface (tensorflow/c/kernels.h and ops.h), in the order of kernels.h.
#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <numeric>
#include <vector>

#include "kernels.h"
#include "tensorflow/c/kernels.h"
#include "tensorflow/c/ops.h"
#include "tensorflow/c/tf_status.h"
#include "tensorflow/c/tf_tensor.h"
#include "threads.h"

namespace ais {
namespace {

using Shape = std::vector<int64_t>;

/** Numbers that a thread takes at a time from what is computed element by element. */
constexpr int64_t GRAIN = 1 << 14;
/** Parts of a sum over rows. Fixed, so that the sum does not depend on the number of threads. */
constexpr int64_t PARTS = 32;
/** Of the operations' inputs, outputs, and attributes; `native-kernels.ts` has the same number. */
constexpr float VERSION = 2;

int64_t rows_of_grain(int64_t width) { return std::max<int64_t>(1, GRAIN / std::max<int64_t>(1, width)); }

/** Why an operation cannot run. The standard library's own would need a newer one than TensorFlow does. */
struct Failure {
  char message[256];
  explicit Failure(const char* said) {
    std::strncpy(message, said, sizeof(message) - 1);
    message[sizeof(message) - 1] = 0;
  }
};

struct Status {
  TF_Status* value = TF_NewStatus();
  Status() = default;
  Status(const Status&) = delete;
  ~Status() { TF_DeleteStatus(value); }
  void check() const {
    if (TF_GetCode(value) != TF_OK) throw Failure(TF_Message(value));
  }
};

/** An operation's attributes, whichever it has. */
struct Attributes {
  bool centered = false;
  float epsilon = 0;
  float scale = 0;
  Activation kind = Activation::silu;
  std::vector<int64_t> geometry;
  int64_t capacity = 0;
};

/** One run of an operation. */
class Call {
 public:
  Call(TF_OpKernelContext* context, const Attributes& attributes) : attributes(attributes), context_(context) {}
  Call(const Call&) = delete;
  ~Call() {
    for (TF_Tensor* tensor : tensors_) TF_DeleteTensor(tensor);
  }

  template <typename Number = float>
  const Number* input(int index) {
    return static_cast<const Number*>(TF_TensorData(tensor(index)));
  }
  Shape shape(int index) {
    TF_Tensor* found = tensor(index);
    Shape result(TF_NumDims(found));
    for (size_t i = 0; i < result.size(); i++) result[i] = TF_Dim(found, i);
    return result;
  }
  int inputs() { return TF_NumInputs(context_); }
  int64_t size(int index) { return TF_TensorElementCount(tensor(index)); }

  float* output(int index, const Shape& shape) {
    const int64_t count = std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<int64_t>());
    TF_Tensor* made =
        TF_AllocateOutput(context_, index, TF_FLOAT, shape.data(), shape.size(), count * sizeof(float), status_.value);
    status_.check();
    tensors_.push_back(made);
    return static_cast<float*>(TF_TensorData(made));
  }

  const Attributes& attributes;

 private:
  TF_Tensor* tensor(int index) {
    while (static_cast<int>(inputs_.size()) <= index) {
      TF_Tensor* found = nullptr;
      TF_GetInput(context_, inputs_.size(), &found, status_.value);
      status_.check();
      inputs_.push_back(found);
      tensors_.push_back(found);
    }
    return inputs_[index];
  }

  TF_OpKernelContext* context_;
  Status status_;
  std::vector<TF_Tensor*> inputs_;
  std::vector<TF_Tensor*> tensors_;
};

void require(bool holds, const char* message) {
  if (!holds) throw Failure(message);
}

void same_size(Call& call, std::initializer_list<int> others) {
  for (int other : others) require(call.size(other) == call.size(0), "inputs must have one size");
}

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

void run_normalize(Call& call) {
  const Shape shape = call.shape(0);
  require(shape.size() == 2, "x must be a matrix");
  const Normalize at{call.input(0), call.output(0, shape),    call.output(1, {shape[0], 1}),
                     shape[1],      call.attributes.centered, call.attributes.epsilon};
  parallel(shape[0], rows_of_grain(at.width), [&](int64_t begin, int64_t end) { kernels().normalize(at, begin, end); });
}

void run_normalize_gradient(Call& call) {
  same_size(call, {1});
  const Shape shape = call.shape(0);
  require(shape.size() == 2 && call.size(2) == shape[0], "the inverse deviation must have a number for each row");
  const NormalizeGradient at{call.input(0), call.input(1), call.input(2), call.output(0, shape), shape[1],
                             call.attributes.centered};
  parallel(shape[0], rows_of_grain(at.width),
           [&](int64_t begin, int64_t end) { kernels().normalize_gradient(at, begin, end); });
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

Geometry geometry_of(const Attributes& attributes) {
  const auto& g = attributes.geometry;
  require(g.size() == 8, "the geometry has eight numbers");
  return {g[0], g[1], g[2], g[3], g[4], g[5], g[6], g[7], attributes.scale};
}

/** The rows of tokens, after a look at whether they lie within what they are read from. */
std::vector<Row> rows_of(Call& call, int index, int64_t tokens, int64_t angles) {
  const Shape shape = call.shape(index);
  require(shape.size() == 2 && shape[1] == sizeof(Row) / sizeof(int32_t), "each row of tokens has six numbers");
  std::vector<Row> rows(shape[0]);
  std::memcpy(rows.data(), call.input<int32_t>(index), rows.size() * sizeof(Row));
  for (const Row& row : rows)
    require(row.start >= 0 && row.length >= 0 && row.start + row.length <= tokens && row.branch_from >= 0 &&
                row.branch_from <= row.branch_to && row.branch_to <= row.length && row.first_read >= 0 &&
                row.angles >= 0 && row.angles + row.length <= angles,
            "a row of tokens lies outside of its batch");
  return rows;
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

/** Rows up to which a pass over the weight for every four of them is fastest. */
constexpr int64_t FEW_ROWS = 8;

void run_linear(Call& call) {
  const Shape x = call.shape(0), weight = call.shape(1);
  require(x.size() == 2 && weight.size() == 2 && x[1] == weight[1], "expected x [rows, in] and W [out, in]");
  const bool has_bias = call.inputs() > 2;
  require(!has_bias || call.size(2) == weight[0], "the bias must have a number for each output");
  const Linear at{call.input(0), call.input(1), has_bias ? call.input(2) : nullptr, call.output(0, {x[0], weight[0]}),
                  x[0],          x[1],          weight[0]};
  if (at.rows <= FEW_ROWS) {
    parallel(at.outputs, std::max<int64_t>(4, 2 * GRAIN / std::max<int64_t>(1, at.width) / 4 * 4),
             [&](int64_t begin, int64_t end) { kernels().linear_by_dots(at, begin, end); });
    return;
  }
  const int64_t columns = (at.rows + 15) / 16 * 16;
  std::vector<float> across(at.width * columns);
  for (int64_t i = 0; i < at.rows; i++)
    for (int64_t j = 0; j < at.width; j++) across[j * columns + i] = at.x[i * at.width + j];
  parallel(at.outputs, 48, [&](int64_t begin, int64_t end) {
    kernels().linear_by_tiles(at, across.data(), columns, begin, end);
  });
}

void run_fill_cache(Call& call) {
  const Geometry g = geometry_of(call.attributes);
  const int64_t capacity = call.attributes.capacity;
  const int64_t size = g.padded_size();
  const Shape heads = call.shape(0);
  require(capacity > 0 && capacity % 16 == 0 && heads.size() == 2 && heads[1] == g.planes() * size,
          "the capacity must be a multiple of 16, and the heads must fit the geometry");
  std::vector<Row> rows = rows_of(call, 1, heads[0], INT32_MAX);
  for (const Row& row : rows) require(row.length <= capacity, "a row is longer than the cache");
  const int64_t numbers = g.key_value_heads * 2 * capacity * size;
  const int64_t count = rows.size();
  const Cache cache{call.output(0, {count, numbers}), capacity};
  const float* from = call.input(0);
  parallel(count * g.key_value_heads, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) {
      const int64_t row = i / g.key_value_heads, group = i % g.key_value_heads;
      std::memset(cache.numbers + i * 2 * capacity * size, 0, 2 * capacity * size * sizeof(float));
      kernels().fill_cache(cache, g, from, rows[row], row, group);
    }
  });
}

/** Writes into the cache that it is given: nothing else may hold that tensor. */
void run_decode(Call& call) {
  const Geometry g = geometry_of(call.attributes);
  const int64_t capacity = call.attributes.capacity;
  const int64_t size = g.padded_size();
  const Shape projected = call.shape(0), places = call.shape(1), cache = call.shape(4);
  require(projected.size() == 2 && projected[1] == g.width() && places.size() == 2 && places[0] == projected[0] &&
              places[1] == 2 && call.size(2) == projected[0] * g.half && call.size(3) == call.size(2) &&
              capacity > 0 && capacity % 16 == 0 && cache.size() == 2 &&
              cache[1] == g.key_value_heads * 2 * capacity * size,
          "the projection, the angles, or the cache do not fit the geometry");
  const Decode at{g,
                  {const_cast<float*>(call.input(4)), capacity},
                  reinterpret_cast<const Place*>(call.input<int32_t>(1)),
                  call.input(0),
                  call.input(2),
                  call.input(3),
                  call.output(0, {projected[0], g.heads * g.size})};
  for (int64_t row = 0; row < projected[0]; row++)
    require(at.places[row].slot >= 0 && at.places[row].slot < cache[0] && at.places[row].length >= 0 &&
                at.places[row].length < capacity,
            "a row's place lies outside of the cache");
  // A few numbers for each key are soon done: waking a thread takes as long as some of them.
  const int64_t grain = projected[0] * g.key_value_heads <= 4 ? projected[0] * g.key_value_heads : 1;
  parallel(projected[0] * g.key_value_heads, grain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) kernels().decode(at, i / g.key_value_heads, i % g.key_value_heads);
  });
}

/** So that a program can tell whether these operations are there, and are those that it was written for. */
void run_version(Call& call) { *call.output(0, {}) = VERSION; }

/** Reads the attributes that an operation was defined with. */
void* make(TF_OpKernelConstruction* construction, std::initializer_list<const char*> names) {
  auto attributes = new Attributes;
  for (const char* name : names) {
    const auto is = [=](const char* other) { return std::strcmp(name, other) == 0; };
    Status status;
    if (is("centered")) {
      TF_Bool value = 0;
      TF_OpKernelConstruction_GetAttrBool(construction, "centered", &value, status.value);
      attributes->centered = value != 0;
    } else if (is("kind")) {
      int64_t value = 0;
      TF_OpKernelConstruction_GetAttrInt64(construction, "kind", &value, status.value);
      attributes->kind = static_cast<Activation>(value);
    } else if (is("capacity")) {
      TF_OpKernelConstruction_GetAttrInt64(construction, "capacity", &attributes->capacity, status.value);
    } else if (is("geometry")) {
      int32_t count = 0, total = 0;
      TF_OpKernelConstruction_GetAttrSize(construction, "geometry", &count, &total, status.value);
      attributes->geometry.resize(std::max(0, count));
      TF_OpKernelConstruction_GetAttrInt64List(construction, "geometry", attributes->geometry.data(), count,
                                               status.value);
    } else {
      float& value = is("epsilon") ? attributes->epsilon : attributes->scale;
      TF_OpKernelConstruction_GetAttrFloat(construction, name, &value, status.value);
    }
    if (TF_GetCode(status.value) != TF_OK) TF_OpKernelConstruction_Failure(construction, status.value);
  }
  return attributes;
}

template <void (*run)(Call&)>
void compute(void* attributes, TF_OpKernelContext* context) {
  try {
    Call call(context, *static_cast<Attributes*>(attributes));
    run(call);
  } catch (const Failure& failure) {
    Status status;
    TF_SetStatus(status.value, TF_INVALID_ARGUMENT, failure.message);
    TF_OpKernelContext_Failure(context, status.value);
  }
}

void unmake(void* attributes) { delete static_cast<Attributes*>(attributes); }

struct Definition {
  const char* name;
  std::vector<const char*> inputs, outputs, attributes;
  void* (*make)(TF_OpKernelConstruction*);
  void (*compute)(void*, TF_OpKernelContext*);
};

void define(const Definition& definition) {
  Status status;
  TF_OpDefinitionBuilder* builder = TF_NewOpDefinitionBuilder(definition.name);
  for (const char* input : definition.inputs) TF_OpDefinitionBuilderAddInput(builder, input);
  for (const char* output : definition.outputs) TF_OpDefinitionBuilderAddOutput(builder, output);
  for (const char* attribute : definition.attributes) TF_OpDefinitionBuilderAddAttr(builder, attribute);
  TF_RegisterOpDefinition(builder, status.value);
  if (TF_GetCode(status.value) != TF_OK) return;
  TF_KernelBuilder* kernel =
      TF_NewKernelBuilder(definition.name, "CPU", definition.make, definition.compute, &unmake);
  TF_RegisterKernelBuilder(definition.name, kernel, status.value);
}

/** Makes the operations known to TensorFlow, when the addon is loaded. */
bool define_all() {
  using Construction = TF_OpKernelConstruction*;
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
          {"x: float"},
          {"values: float", "inverse_deviation: float"},
          {"centered: bool", "epsilon: float"},
          +[](Construction c) { return make(c, {"centered", "epsilon"}); },
          &compute<run_normalize>});
  define({"AisNormalizeGradient",
          {"gradient: float", "values: float", "inverse_deviation: float"},
          {"out: float"},
          {"centered: bool"},
          +[](Construction c) { return make(c, {"centered"}); },
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
  const auto of_cache = +[](Construction c) { return make(c, {"geometry", "scale", "capacity"}); };
  const std::vector<const char*> cache{"geometry: list(int)", "scale: float", "capacity: int"};
  const auto none = +[](Construction c) { return make(c, {}); };
  define({"AisLinear", {"x: float", "weight: float"}, {"out: float"}, {}, none, &compute<run_linear>});
  define({"AisLinearWithBias",
          {"x: float", "weight: float", "bias: float"},
          {"out: float"},
          {},
          none,
          &compute<run_linear>});
  define({"AisFillCache", {"heads: float", "rows: int32"}, {"cache: float"}, cache, of_cache, &compute<run_fill_cache>});
  define({"AisDecode",
          {"projected: float", "places: int32", "cos: float", "sin: float", "cache: float"},
          {"out: float"},
          cache,
          of_cache,
          &compute<run_decode>});
  return true;
}

const bool defined = define_all();

}  // namespace
}  // namespace ais
