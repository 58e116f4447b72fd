// The kernels of an update of the parameters as operations of TensorFlow: gradients in place, their norm, and AdamW.
#include <cmath>

#include "operation.h"

namespace ais {
namespace {

/** The norm of all inputs as one vector. */
void run_global_norm(Call& call) {
  struct Piece {
    const float* from;
    int64_t count;
  };
  std::vector<Piece> pieces;
  for (int index = 0; index < call.inputs(); index++) {
    const float* x = call.input(index);
    const int64_t size = call.size(index);
    for (int64_t begin = 0; begin < size; begin += GRAIN)
      pieces.push_back({x + begin, std::min(GRAIN, size - begin)});
  }
  std::vector<double> sums(pieces.size());
  parallel(pieces.size(), 8, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) sums[i] = kernels().sum_of_squares(pieces[i].from, pieces[i].count);
  });
  *call.output(0, {}) = std::sqrt(std::accumulate(sums.begin(), sums.end(), 0.0));
}

/** What both updates have in common; the constants are the last input but for the count of updates. */
AdamW adamw_of(Call& call, int constants) {
  require(call.size(constants) == 8, "AdamW has eight constants");
  AdamW at{};
  at.parameter = call.input(0);
  at.gradient = call.input(1);
  at.out = call.output(0, call.shape(0));
  std::memcpy(&at.constants, call.input(constants), sizeof(at.constants));
  return at;
}

/** Writes into the averages that it is given: nothing else may hold those tensors. */
void run_adamw(Call& call) {
  same_size(call, {1, 2, 3});
  AdamW at = adamw_of(call, 4);
  at.gradient_average = const_cast<float*>(call.input(2));
  at.square_average = const_cast<float*>(call.input(3));
  parallel(call.size(0), GRAIN, [&](int64_t begin, int64_t end) { kernels().adamw(at, begin, end); });
}

/** Writes into the moments that it is given, as the above. */
void run_adamw_in_halves(Call& call) {
  same_size(call, {1, 2});
  AdamW at = adamw_of(call, 3);
  // Stored as integers: TensorFlow.js may change the bits of floats.
  at.halves = reinterpret_cast<float*>(const_cast<int32_t*>(call.input<int32_t>(2)));
  at.update = uint32_t(*call.input<int32_t>(4));
  parallel(call.size(0), GRAIN, [&](int64_t begin, int64_t end) { kernels().adamw_in_halves(at, begin, end); });
}

/** What adds rows to others, or puts them in their place. */
struct RowTarget {
  float* matrix;
  int64_t rows, width;
  const int32_t* indices;
  const float* from;
  int64_t count;
};

RowTarget row_target(Call& call) {
  const Shape matrix = call.shape(0), from = call.shape(2);
  require(matrix.size() == 2 && from.size() == 2 && matrix[1] == from[1] && call.size(1) == from[0],
          "expected a matrix, row indices, and a row for each of them");
  const RowTarget at{const_cast<float*>(call.input(0)), matrix[0], matrix[1], call.input<int32_t>(1), call.input(2),
                     from[0]};
  for (int64_t i = 0; i < at.count; i++)
    require(at.indices[i] >= 0 && at.indices[i] < at.rows, "a row index lies outside of the matrix");
  return at;
}

/** Writes into the matrix that it is given: nothing else may hold that tensor. No index may come twice. */
void run_set_rows(Call& call) {
  const RowTarget at = row_target(call);
  parallel(at.count, rows_of_grain(at.width), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++)
      std::memcpy(at.matrix + at.indices[i] * at.width, at.from + i * at.width, at.width * sizeof(float));
  });
}

/** Adds to the matrix that it is given, in the order of the indices: nothing else may hold that tensor. */
void run_add_rows(Call& call) {
  const RowTarget at = row_target(call);
  const int64_t columns = std::max<int64_t>(16, rows_of_grain(at.count) / 16 * 16);
  parallel(at.width, columns, [&](int64_t begin, int64_t end) {
    for (int64_t i = 0; i < at.count; i++) {
      float* to = at.matrix + at.indices[i] * at.width;
      const float* from = at.from + i * at.width;
      for (int64_t j = begin; j < end; j++) to[j] += from[j];
    }
  });
}

/** Makes the operations known to TensorFlow, when the addon is loaded. */
bool define_all() {
  define({"AisGlobalNorm",
          {"x: parts * float"},
          {"norm: float"},
          {"parts: int >= 1"},
          +[](Construction c) { return make(c, {"parts"}); },
          &compute<run_global_norm>});
  const auto none = +[](Construction c) { return make(c, {}); };
  define({"AisAdamW",
          {"parameter: float", "gradient: float", "gradient_average: float", "square_average: float",
           "constants: float"},
          {"out: float"},
          {},
          none,
          &compute<run_adamw>});
  define({"AisAdamWInHalves",
          {"parameter: float", "gradient: float", "moments: int32", "constants: float", "update: int32"},
          {"out: float"},
          {},
          none,
          &compute<run_adamw_in_halves>});
  const std::vector<const char*> of_rows{"matrix: float", "indices: int32", "rows: float"};
  define({"AisSetRows", of_rows, {}, {}, none, &compute<run_set_rows>});
  define({"AisAddRows", of_rows, {}, {}, none, &compute<run_add_rows>});
  return true;
}

const bool defined = define_all();

}  // namespace
}  // namespace ais
