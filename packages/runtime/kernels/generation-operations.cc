// The kernels of generation as operations of TensorFlow.
#include "operation.h"

namespace ais {
namespace {

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

/** Makes the operations known to TensorFlow, when the addon is loaded. */
bool define_all() {
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
