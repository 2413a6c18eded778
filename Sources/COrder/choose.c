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

int corder_copy(const void *from, size_t count, float *to) {
  uint32_t largest = 0;
  for (size_t i = 0; i < count; i++) {
    uint32_t bits;
    __builtin_memcpy(&bits, (const char *)from + i * sizeof bits, sizeof bits);
    const uint32_t exponent = bits & UINT32_C(0x7f800000);
    largest = largest > exponent ? largest : exponent;
    __builtin_memcpy(to + i, &bits, sizeof bits);
  }
  return largest == UINT32_C(0x7f800000);
}
