#include "COrder.h"

extern const corder_kernel corder_avx512, corder_avx2, corder_portable;

#if defined(__x86_64__)

// Every processor with AVX-512 but the Xeon Phi has the four.
static int has_avx512(void) {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl");
}

static int has_avx2(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }

const corder_kernel *corder_kernel_at(size_t index) {
  const corder_kernel *kernels[4] = {NULL};
  size_t count = 0;
  if (has_avx512()) kernels[count++] = &corder_avx512;
  if (has_avx2()) kernels[count++] = &corder_avx2;
  kernels[count] = &corder_portable;
  return index <= count ? kernels[index] : NULL;
}

#else

const corder_kernel *corder_kernel_at(size_t index) { return index == 0 ? &corder_portable : NULL; }

#endif

// Sorted in blocks of 16 rows of up to 16 numbers.
size_t corder_scratch(size_t rows) { return (rows + 15) / 16 * 16 * 64; }
