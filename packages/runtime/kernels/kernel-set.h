// All kernels for one instruction set: KERNEL_SET is the namespace, LANES the numbers in a vector. No include guard.
namespace KERNEL_SET {
namespace {

#include "vectors.h"
// After the vectors:
#include "activations.h"
#include "optimizer.h"
#include "products.h"
#include "rows.h"
// After the products:
#include "attention.h"
#include "decode.h"
#include "few-rows.h"
#include "choose.h"

}  // namespace

const Kernels all = {
    INSTRUCTIONS,
    activate,
    activate_gradient,
    gate,
    gate_gradient,
    normalize,
    normalize_gradient,
    sum_of_squares,
    adamw,
    adamw_in_halves,
    column_maxima,
    column_exponentials,
    low_rank_sum,
    split_heads,
    attend,
    attend_gradient,
    upper_halves,
    linear_by_dots,
    fill_panels,
    linear_by_panels,
    choose,
    fill_cache,
    decode,
};

}  // namespace KERNEL_SET

#undef KERNEL_SET
#undef INSTRUCTIONS
#undef LANES
