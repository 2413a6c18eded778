// One sample, in every kernel:
//
//   sign = top bit, v = the other 63 or 127 bits, m = #{j : v >= thresholds[j]}, sample = sign ? -m : m.
//
// v is uniform on 0 ... N - 1, N = 2^63 or 2^127, so P(m = 0) = T[0]/N and P(m = j) = (T[j] - T[j-1])/N: the law of
// |Z|. The sign is independent of v. Zero needs no correction: m = 0 gives 0 under both signs, so P(0) is the whole of
// P(|Z| = 0), and +j and -j get half of P(|Z| = j) each, exactly.
//
// v and T are below N, so v - T wraps (has its top bit set) exactly when v < T: the scan counts those with shifts, and
// m = count - below. The count runs over the whole table for every sample.
#ifndef CNOISE_KERNEL_H
#define CNOISE_KERNEL_H

#include "CNoise.h"

enum { CNOISE_TABLES = 8 };
// Every table there is.
extern const cnoise_table cnoise_tables[CNOISE_TABLES];

#define CNOISE_LOW63 UINT64_C(0x7fffffffffffffff)

static inline int16_t cnoise_signed(uint64_t magnitude, uint64_t top_word) {
  const uint64_t negative = UINT64_C(0) - (top_word >> 63);
  return (int16_t)(uint16_t)((magnitude ^ negative) - negative);
}

static inline int16_t cnoise_one_narrow(const cnoise_table *table, uint64_t word) {
  const uint64_t v = word & CNOISE_LOW63;
  uint64_t below = 0;
  for (uint32_t j = 0; j < table->count; j++) below += (v - table->thresholds[j]) >> 63;
  return cnoise_signed(table->count - below, word);
}

static inline int16_t cnoise_one_wide(const cnoise_table *table, uint64_t low, uint64_t high) {
  const unsigned __int128 v = (unsigned __int128)(high & CNOISE_LOW63) << 64 | low;
  uint64_t below = 0;
  for (uint32_t j = 0; j < table->count; j++) {
    const uint64_t *threshold = table->thresholds + 2 * (size_t)j;
    below += (uint64_t)((v - ((unsigned __int128)threshold[1] << 64 | threshold[0])) >> 127);
  }
  return cnoise_signed(table->count - below, high);
}

#endif
