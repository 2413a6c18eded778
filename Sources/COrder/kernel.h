// One kernel; included by one file for each kind of processor, which defines
//
//   TARGET  the attributes of its functions
//   LANES   32-bit numbers in a register
//   TILE    rows at a time of pairs (divides CORDER_ROWS), and MIXED of mixtures, for which there are registers
//   KERNEL  and NAME, what it is called
#include "COrder.h"

#pragma STDC FP_CONTRACT OFF

#define INLINE TARGET __attribute__((always_inline)) static inline

// Vectors wider than the target's registers are passed in memory; here nothing is passed, everything is inlined.
#pragma GCC diagnostic ignored "-Wpsabi"

typedef int32_t keys __attribute__((vector_size(4 * LANES)));
typedef float floats __attribute__((vector_size(4 * LANES)));
typedef double doubles __attribute__((vector_size(8 * LANES)));

INLINE keys load(const void *from) {
  keys x;
  __builtin_memcpy(&x, from, sizeof x);
  return x;
}

#include "network.h"

#include "arithmetic.h"

// The sign bit is set where the exponent has all ones: NaN, infinity.
#define OVERFLOWED(bits) (((bits) & 0x7f800000) + 0x00800000)

TARGET static int copy(const void *source, size_t count, float *to) {
  enum { LINE = 16 };
  const char *from = source;
  const size_t whole = count - count % LINE;
  // Unsigned: the sums wrap.
  typedef uint32_t bits __attribute__((vector_size(4 * LANES)));
  bits seen = {0};
  for (size_t i = 0; i < whole; i += LINE) {
    if (to) __builtin_prefetch(from + (count + i) * sizeof *to, 0, 2);
    for (size_t j = i; j < i + LINE; j += LANES) {
      const keys x = load(from + j * sizeof *to);
      seen |= OVERFLOWED((bits)x);
      if (to) __builtin_memcpy(to + j, &x, sizeof x);
    }
  }
  uint32_t all = 0;
  for (int lane = 0; lane < LANES; lane++) all |= (uint32_t)seen[lane];
  for (size_t i = whole; i < count; i++) {
    uint32_t x;
    __builtin_memcpy(&x, from + i * sizeof x, sizeof x);
    all |= OVERFLOWED(x);
    if (to) __builtin_memcpy(to + i, &x, sizeof x);
  }
  return (int)(all >> 31);
}

const corder_kernel KERNEL = {NAME, copy, middle, combine, distances, centre, gram, mix};
