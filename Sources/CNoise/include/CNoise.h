// The constant-time sampling kernel: random words in, rounded Gaussian samples out.
#ifndef CNOISE_H
#define CNOISE_H

#include <stddef.h>
#include <stdint.h>

// One scale's table. For Z = round(N(0, scale^2)), thresholds[j] = round(2^63 P(|Z| <= j)), never
// decreasing (equal in the far tail, where a magnitude has less than one word) and below 2^63.
typedef struct {
  const uint64_t *thresholds;
  uint32_t count;
  uint32_t scale;
  // Total variation between one sample and the rounded Gaussian, rounded up.
  double statistical_distance;
} cnoise_table;

// The table of a scale, or NULL when there is none. Scales are public.
const cnoise_table *cnoise_table_for(uint32_t scale);

// Kernels: out[i] is a function of words[i] and the table alone, the same in every kernel. Each makes the same
// instructions and memory accesses whatever the words are; only `count` and the table show in its running time.
void cnoise_sample_portable(const cnoise_table *table, const uint64_t *words, size_t count, int16_t *out);
// 1 when this processor and this build have the AVX2 kernel.
int cnoise_avx2_available(void);
// Must not be called unless cnoise_avx2_available(); elsewhere it is the portable kernel.
void cnoise_sample_avx2(const cnoise_table *table, const uint64_t *words, size_t count, int16_t *out);

#endif
