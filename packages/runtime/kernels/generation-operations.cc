// The kernels of generation as operations of TensorFlow.
#include <atomic>
#include <memory>

#include "operation.h"

namespace ais {
namespace {

/** Memory that the calling thread keeps from operation to operation, in pieces. */
class Workspace {
 public:
  float* take(int64_t numbers) {
    if (used_ == pieces_.size()) pieces_.emplace_back();
    Piece& piece = pieces_[used_++];
    if (piece.size < numbers) {
      piece.memory.reset();
      piece.memory.reset(new float[numbers]);
      piece.size = numbers;
    }
    return piece.memory.get();
  }
  static Workspace& begin() {
    thread_local Workspace workspace;
    workspace.used_ = 0;
    return workspace;
  }

 private:
  struct Piece {
    std::unique_ptr<float[]> memory;
    int64_t size = 0;
  };
  std::vector<Piece> pieces_;
  size_t used_ = 0;
};

/** Rows up to which products number by number are fastest. */
constexpr int64_t FEW_ROWS = 4;
/** Outputs that a thread takes at a time, where rows of x are in panels. */
constexpr int64_t OUTPUTS = 48;
/** Rows that are in panels at once: more would not stay near the processor. */
constexpr int64_t PANEL_ROWS = 192;

/** A linear layer's weight [outputs, width] and bias [outputs] or null. */
struct Layer {
  Weight weight;
  const float* bias;
  int64_t outputs, width;
};

/** The layer whose weight is input `index`, or its upper halves, and whose bias is input `bias_index`, of no numbers where there is none. */
Layer layer_of(Call& call, int index, int bias_index, int64_t width) {
  const Shape shape = call.shape(index);
  const int64_t biases = bias_index < call.inputs() ? call.size(bias_index) : 0;
  const bool whole = shape.size() == 2 && shape[1] == width;
  const bool halves = shape.size() == 2 && width > 0 && 2 * shape[1] == width;
  require((whole || halves) && (biases == 0 || biases == shape[0]), "expected W [out, in] and a bias [out]");
  return {{whole ? call.input(index) : nullptr, halves ? call.input<uint16_t>(index) : nullptr},
          biases == 0 ? nullptr : call.input(bias_index),
          shape[0],
          width};
}

/** Rows of numbers [rows, width], made ready for products with weights. */
class FewRows {
 public:
  FewRows(const float* x, int64_t rows, int64_t width, Workspace& memory) : x_(x), rows_(rows), width_(width) {
    if (rows <= FEW_ROWS) return;
    float* panels = memory.take((rows + 31) / 32 * 32 * width);
    const Linear at{x, {}, nullptr, nullptr, rows, width, 0};
    parallel(width, std::max<int64_t>(16, GRAIN / rows),
             [&](int64_t begin, int64_t end) { kernels().fill_panels(at, panels, begin, end); });
    panels_ = panels;
  }

  /** Outputs at a time that keep a thread busy for long enough. */
  int64_t grain() const {
    return rows_ <= FEW_ROWS ? std::max<int64_t>(4, 2 * GRAIN / std::max<int64_t>(1, width_) / 4 * 4) : OUTPUTS;
  }

  /** Outputs begin … end − 1 of a layer, into `out` [rows, outputs]. */
  void times(const Layer& layer, float* out, int64_t begin, int64_t end) const {
    const Linear at{x_, layer.weight, layer.bias, out, rows_, width_, layer.outputs};
    if (panels_)
      kernels().linear_by_panels(at, panels_, begin, end);
    else
      kernels().linear_by_dots(at, begin, end);
  }

  void times(const Layer& layer, float* out) const {
    parallel(layer.outputs, grain(), [&](int64_t begin, int64_t end) { times(layer, out, begin, end); });
  }

 private:
  const float* x_;
  int64_t rows_, width_;
  const float* panels_ = nullptr;
};

void run_linear(Call& call) {
  const Shape x = call.shape(0);
  require(x.size() == 2, "expected x [rows, in]");
  const Layer layer = layer_of(call, 1, 2, x[1]);
  const float* from = call.input(0);
  float* out = call.output(0, {x[0], layer.outputs});
  const ManyLoops loops;
  for (int64_t row = 0; row < x[0]; row += PANEL_ROWS) {
    const int64_t count = std::min(PANEL_ROWS, x[0] - row);
    FewRows(from + row * x[1], count, x[1], Workspace::begin()).times(layer, out + row * layer.outputs);
  }
}

/**
 * The upper halves of a matrix's numbers, two in the place of one float32, [rows, width / 2], and whether they say all, as in a
 * weight that was stored as bfloat16: 1, or 0 where the first ones that say less have ended it.
 */
void run_upper_halves(Call& call) {
  const Shape shape = call.shape(0);
  require(shape.size() == 2 && shape[1] % 2 == 0, "expected a matrix of an even width");
  const float* x = call.input(0);
  uint16_t* out = reinterpret_cast<uint16_t*>(call.output(0, {shape[0], shape[1] / 2}));
  std::atomic<bool> all{true};
  parallel(shape[0], rows_of_grain(shape[1]), [&](int64_t begin, int64_t end) {
    const int64_t from = begin * shape[1];
    if (all && !kernels().upper_halves(x + from, out + from, end * shape[1] - from)) all = false;
  });
  *call.output(1, {}) = all;
}

/** A cache, and the slots that it has. */
struct Slots {
  Cache cache;
  int64_t count;
  bool has(int64_t slot, int64_t tokens) const { return slot >= 0 && slot < count && tokens >= 0 && tokens <= cache.capacity; }
};

/** The cache that is input `index`, in which an operation writes: nothing else may hold that tensor. */
Slots slots_of(Call& call, int index, const Geometry& g) {
  const Shape shape = call.shape(index);
  const int64_t of_token = g.key_value_heads * 2 * g.padded_size();
  require(shape.size() == 2 && shape[1] > 0 && shape[1] % (of_token * KEYS) == 0, "the cache does not fit the geometry");
  return {{const_cast<float*>(call.input(index)), shape[1] / of_token}, shape[0]};
}

/** Copies rows of keys and values into slots of a cache, a slot for each row. */
void run_fill_cache(Call& call) {
  const Geometry g = geometry_of(call.attributes);
  const Shape heads = call.shape(0);
  require(heads.size() == 2 && heads[1] == g.planes() * g.padded_size(), "the heads do not fit the geometry");
  const std::vector<Row> rows = rows_of(call, 1, heads[0], INT32_MAX);
  const Slots slots = slots_of(call, 3, g);
  const int32_t* slot_of = call.input<int32_t>(2);
  require(call.size(2) == static_cast<int64_t>(rows.size()), "expected a slot for each row");
  for (size_t i = 0; i < rows.size(); i++)
    require(slots.has(slot_of[i], rows[i].length), "a row does not fit its slot");
  const float* from = call.input(0);
  *call.output(0, {}) = static_cast<float>(rows.size());
  parallel(rows.size() * g.key_value_heads, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) {
      const int64_t row = i / g.key_value_heads;
      kernels().fill_cache(slots.cache, g, from, rows[row], slot_of[row], i % g.key_value_heads);
    }
  });
}

/** What attention over caches reads beside the projection: places, angles, prompts, and responses, inputs 1 to 5. */
Decode decode_of(Call& call, const Geometry& g, int64_t rows, const float* projected, float* out) {
  const Shape shape = call.shape(1);
  require(shape.size() == 2 && shape[0] == rows && shape[1] == sizeof(Place) / sizeof(int32_t) &&
              call.size(2) == rows * g.half && call.size(3) == rows * g.half,
          "the places or the angles do not fit the rows");
  const Slots prompts = slots_of(call, 4, g), responses = slots_of(call, 5, g);
  const Place* places = reinterpret_cast<const Place*>(call.input<int32_t>(1));
  for (int64_t row = 0; row < rows; row++)
    require(prompts.has(places[row].prompt_slot, places[row].prompt_length) &&
                responses.has(places[row].slot, int64_t{places[row].length} + 1),
            "a row's place lies outside of its caches");
  return {g, prompts.cache, responses.cache, places, projected, call.input(2), call.input(3), out};
}

/** Rows of one prompt follow one another on one thread, which finds its keys and values in its own memory then. */
void decode(const Decode& at, int64_t rows) {
  std::vector<int64_t> order(rows), starts;
  std::iota(order.begin(), order.end(), 0);
  const auto prompt_of = [&](int64_t row) { return at.places[row].prompt_slot; };
  std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) { return prompt_of(a) < prompt_of(b); });
  for (int64_t i = 0; i < rows; i++)
    if (i == 0 || prompt_of(order[i]) != prompt_of(order[i - 1])) starts.push_back(i);
  const int64_t groups = at.geometry.key_value_heads;
  const int64_t count = starts.size() * groups;
  starts.push_back(rows);
  // A few numbers for each key are soon done: waking a thread takes as long as some of them.
  parallel(count, rows * groups <= 4 ? count : 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++)
      for (int64_t place = starts[i / groups]; place < starts[i / groups + 1]; place++)
        kernels().decode(at, order[place], i % groups);
  });
}

void run_decode(Call& call) {
  const Geometry g = geometry_of(call.attributes);
  const Shape projected = call.shape(0);
  require(projected.size() == 2 && projected[1] == g.width(), "the projection does not fit the geometry");
  float* out = call.output(0, {projected[0], g.heads * g.size});
  decode(decode_of(call, g, projected[0], call.input(0), out), projected[0]);
}

void add(float* to, const float* x, int64_t count) {
  for (int64_t i = 0; i < count; i++) to[i] += x[i];
}

/** x̂ ⊙ γ of each row in its place. */
void normalize_in_place(const Normalize& norm, float* x, const float* gain, int64_t rows, int64_t width) {
  Normalize at = norm;
  at.x = at.values = at.read = x;
  at.gain = gain;
  at.width = width;
  kernels().normalize(at, 0, rows);
}

/** The γ that is input `index`, of `width` numbers, or null where it has none. */
const float* gain_of(Call& call, int index, int64_t width) {
  const int64_t count = call.size(index);
  require(count == 0 || count == width, "a norm has a number for each column");
  return count == 0 ? nullptr : call.input(index);
}

/**
 * A block of one more token a row: y = h + M(N h) with h = x + A(N x), or y = h + M(N x) where it is parallel. The norms have a
 * γ at most: where those before A and M have none, it is in their weights, and so is β.
 */
void run_decode_block(Call& call) {
  const Attributes& attributes = call.attributes;
  const Geometry g = geometry_of(attributes);
  const Shape shape = call.shape(0);
  require(shape.size() == 2, "x must be a matrix");
  const int64_t rows = shape[0], width = shape[1], mixed_width = g.heads * g.size;
  const Layer projection = layer_of(call, 6, 7, width);
  const Layer output = layer_of(call, 8, 9, mixed_width);
  const bool gated = call.size(10) > 0;
  const Layer gate = gated ? layer_of(call, 10, 11, width) : Layer{};
  const Layer up = layer_of(call, 12, 13, width);
  const Layer down = layer_of(call, 14, 15, up.outputs);
  const float *query_gain = gain_of(call, 16, g.size), *key_gain = gain_of(call, 17, g.size);
  const float *output_gain = gain_of(call, 18, width), *down_gain = gain_of(call, 19, width);
  const float *attention_gain = gain_of(call, 20, width), *mlp_gain = gain_of(call, 21, width);
  require(projection.outputs == g.width() && output.outputs == width && down.outputs == width &&
              (!gated || gate.outputs == up.outputs),
          "the weights do not fit one another");

  const ManyLoops loops;
  Workspace& memory = Workspace::begin();
  float* normalized = memory.take(rows * width);
  float* scaled = memory.take(attention_gain || mlp_gain ? rows * width : 0);
  float* projected = memory.take(rows * g.width());
  float* mixed = memory.take(rows * mixed_width);
  float* branch = memory.take(rows * width);
  float* hidden = memory.take(rows * up.outputs);
  float* other = memory.take(gated ? rows * up.outputs : 0);
  float* y = call.output(0, shape);
  const float* x = call.input(0);
  Normalize norm{};
  norm.inverse_deviation = memory.take(rows * g.heads);
  norm.width = width;
  norm.centered = attributes.centered;
  norm.epsilon = attributes.epsilon;
  const auto normalize = [&](const float* from, const float* gain) {
    Normalize at = norm;
    at.x = from;
    at.values = normalized;
    at.gain = gain;
    at.read = scaled;
    kernels().normalize(at, 0, rows);
    return FewRows(gain ? scaled : normalized, rows, width, memory);
  };

  const FewRows first = normalize(x, attention_gain);
  first.times(projection, projected);
  for (int64_t row = 0; row < rows; row++) {
    float* heads = projected + row * g.width();
    if (query_gain) normalize_in_place(norm, heads, query_gain, g.heads, g.size);
    if (key_gain) normalize_in_place(norm, heads + g.key_at, key_gain, g.key_value_heads, g.size);
  }
  decode(decode_of(call, g, rows, projected, mixed), rows);
  FewRows(mixed, rows, mixed_width, memory).times(output, branch);
  if (output_gain) normalize_in_place(norm, branch, output_gain, rows, width);
  add(branch, x, rows * width);

  const bool same = attributes.parallel && !attention_gain && !mlp_gain;
  const FewRows again = same ? first : normalize(attributes.parallel ? x : branch, mlp_gain);
  parallel(up.outputs, again.grain(), [&](int64_t begin, int64_t end) {
    again.times(up, gated ? other : hidden, begin, end);
    if (gated) again.times(gate, hidden, begin, end);
    for (int64_t row = 0; row < rows; row++) {
      float* of_row = hidden + row * up.outputs;
      if (gated)
        kernels().gate(attributes.kind, of_row, other + row * up.outputs, of_row, begin, end);
      else
        kernels().activate(attributes.kind, of_row, of_row, begin, end);
    }
  });
  FewRows(hidden, rows, up.outputs, memory).times(down, y);
  if (down_gain) normalize_in_place(norm, y, down_gain, rows, width);
  add(y, branch, rows * width);
}

/** Tokens of rows of logits and their log π; `draws` has the bits of a float64 for each row, [rows, 2], or no numbers. */
void run_choose(Call& call) {
  const Shape shape = call.shape(0);
  require(shape.size() == 2 && shape[1] > 0, "expected logits [rows, vocabulary]");
  const int64_t rows = shape[0];
  std::vector<double> draws(call.size(1) / 2);
  require(draws.empty() || static_cast<int64_t>(draws.size()) == rows, "expected a draw for each row");
  if (!draws.empty()) std::memcpy(draws.data(), call.input<int32_t>(1), rows * sizeof(double));
  const Choose at{call.input(0), draws.empty() ? nullptr : draws.data(), shape[1], call.attributes.temperature,
                  call.output<int32_t>(0, {rows}, TF_INT32), call.output(1, {rows})};
  parallel(rows, 1, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; row++) kernels().choose(at, row);
  });
}

/** Makes the operations known to TensorFlow, when the addon is loaded. */
bool define_all() {
  const auto of_attention = +[](Construction c) { return make(c, {"geometry", "scale"}); };
  const std::vector<const char*> attention{"geometry: list(int)", "scale: float"};
  const auto none = +[](Construction c) { return make(c, {}); };
  define({"AisUpperHalves", {"x: float"}, {"halves: float", "all: float"}, {}, none, &compute<run_upper_halves>});
  define({"AisLinear", {"x: float", "weight: float"}, {"out: float"}, {}, none, &compute<run_linear>});
  define({"AisLinearWithBias",
          {"x: float", "weight: float", "bias: float"},
          {"out: float"},
          {},
          none,
          &compute<run_linear>});
  define({"AisFillCache",
          {"heads: float", "rows: int32", "slots: int32", "prompts: float"},
          {"filled: float"},
          attention,
          of_attention,
          &compute<run_fill_cache>});
  define({"AisDecode",
          {"projected: float", "places: int32", "cos: float", "sin: float", "prompts: float", "responses: float"},
          {"out: float"},
          attention,
          of_attention,
          &compute<run_decode>});
  define({"AisDecodeBlock",
          {"x: float", "places: int32", "cos: float", "sin: float", "prompts: float", "responses: float",
           "projection: float", "projection_bias: float", "output: float", "output_bias: float", "gate: float",
           "gate_bias: float", "up: float", "up_bias: float", "down: float", "down_bias: float", "query_gain: float",
           "key_gain: float", "output_gain: float", "down_gain: float", "attention_gain: float", "mlp_gain: float"},
          {"y: float"},
          {"geometry: list(int)", "scale: float", "centered: bool", "epsilon: float", "kind: int", "parallel: bool"},
          +[](Construction c) { return make(c, {"geometry", "scale", "centered", "epsilon", "kind", "parallel"}); },
          &compute<run_decode_block>});
  define({"AisChoose",
          {"logits: float", "draws: int32"},
          {"tokens: int32", "log_probs: float"},
          {"temperature: float"},
          +[](Construction c) { return make(c, {"temperature"}); },
          &compute<run_choose>});
  return true;
}

const bool defined = define_all();

}  // namespace
}  // namespace ais
