// The kernels, once for each instruction set, and the choice between them.
#include "kernels.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>

#include "older-libraries.h"

#define INLINE __attribute__((always_inline)) inline
#define INLINE_LAMBDA __attribute__((always_inline))

OLDER(logf);

namespace ais {

Scratch::Scratch(int64_t numbers) {
  thread_local std::unique_ptr<float[]> memory;
  thread_local int64_t size = 0;
  if (size < numbers) {
    memory.reset();
    memory.reset(new float[numbers]);
    size = numbers;
  }
  next_ = memory.get();
}

#if defined(__x86_64__)

#define KERNEL_SET portable
#define INSTRUCTIONS "SSE2"
#define LANES 4
#include "kernel-set.h"

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#endif
#define KERNEL_SET avx2
#define INSTRUCTIONS "AVX2"
#define LANES 8
#include "kernel-set.h"
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx512vl,avx512bw,avx2,fma,prefer-vector-width=512")
#endif
#define KERNEL_SET avx512
#define INSTRUCTIONS "AVX-512"
#define LANES 16
#include "kernel-set.h"
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

const Kernels& kernels() {
  static const Kernels& chosen = [&]() -> const Kernels& {
    __builtin_cpu_init();
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw"))
      return avx512::all;
    return avx2 ? avx2::all : portable::all;
  }();
  return chosen;
}

#else

#define KERNEL_SET portable
#define INSTRUCTIONS "128-bit vectors"
#define LANES 4
#include "kernel-set.h"

const Kernels& kernels() { return portable::all; }

#endif

}  // namespace ais
