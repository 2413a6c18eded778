// One word to one sample, in every kernel:
//
//   sign = top bit, v = low 63 bits, m = #{j : v >= thresholds[j]}, sample = sign ? -m : m.
//
// v is uniform on 0 ... 2^63 - 1, so P(m = 0) = T[0]/2^63 and P(m = j) = (T[j] - T[j-1])/2^63: the law of |Z|. The sign
// is independent of v. Zero needs no correction: m = 0 gives 0 under both signs, so P(0) is the whole of P(|Z| = 0), and
// +j and -j get half of P(|Z| = j) each, exactly.
//
// v and T are below 2^63, so v - T wraps (has its top bit set) exactly when v < T: the scan counts those with shifts,
// and m = count - below. The count runs over the whole table for every word.
#ifndef CNOISE_KERNEL_H
#define CNOISE_KERNEL_H

#include "CNoise.h"

#define CNOISE_LOW63 UINT64_C(0x7fffffffffffffff)

static inline int16_t cnoise_one(const cnoise_table *table, uint64_t word) {
  const uint64_t v = word & CNOISE_LOW63;
  const uint64_t negative = UINT64_C(0) - (word >> 63);
  uint64_t below = 0;
  for (uint32_t j = 0; j < table->count; j++) below += (v - table->thresholds[j]) >> 63;
  const uint64_t m = table->count - below;
  return (int16_t)(uint16_t)((m ^ negative) - negative);
}

#endif
