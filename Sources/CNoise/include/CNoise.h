// The constant-time sampling kernel: random words in, rounded Gaussian samples out.
#ifndef CNOISE_H
#define CNOISE_H

#include <stddef.h>
#include <stdint.h>

// One scale's table at one precision. For Z = round(N(0, scale^2)), threshold j is 2^(bits - 1) P(|Z| <= j), rounded:
// never decreasing (equal in the far tail, where a magnitude has less than one word), above 0, below 2^(bits - 1).
typedef struct {
  // bits / 64 words a threshold, the lowest first.
  const uint64_t *thresholds;
  // Of thresholds: the largest magnitude.
  uint32_t count;
  uint32_t scale;
  // 64 (one random word a sample) or 128 (two).
  uint32_t bits;
  // Total variation between one sample and the rounded Gaussian, rounded up.
  double statistical_distance;
} cnoise_table;

// The table of a scale and a precision, or NULL when there is none. Both are public.
const cnoise_table *cnoise_table_for(uint32_t scale, uint32_t bits);

// Kernels: `table` is one of cnoise_table_for, out[i] is a function of the table and of words[i] (64 bits) or words[2i], words[2i + 1] (128 bits; the first
// is the lower half) alone, the same in every kernel. Each makes the same instructions and memory accesses whatever the
// words are; only `count` (of samples) and the table show in its running time.
void cnoise_sample_portable(const cnoise_table *table, const uint64_t *words, size_t count, int16_t *out);
// cnoise_X_available: 1 when this processor and this build have kernel X. Where it is 0, cnoise_sample_X must not be
// called (a processor without AVX) or is the portable kernel (a build without X).
int cnoise_avx2_available(void);
void cnoise_sample_avx2(const cnoise_table *table, const uint64_t *words, size_t count, int16_t *out);
int cnoise_avx512_available(void);
void cnoise_sample_avx512(const cnoise_table *table, const uint64_t *words, size_t count, int16_t *out);
int cnoise_neon_available(void);
void cnoise_sample_neon(const cnoise_table *table, const uint64_t *words, size_t count, int16_t *out);

// inner[i] = factor * outer[i] + inner[i], in constant time: two draws to one of a larger scale. The caller sees to it
// that the sums fit.
void cnoise_combine(int16_t factor, const int16_t *outer, size_t count, int16_t *inner);

// The release path, in constant time: no branch or address depends on the activation, the values or the noise, only on
// `count` (at most 2^24) and `radius` (1 ... 16383). Processors with AVX2 or AVX-512 run it on wider registers.

// values[i] = activation[i] * radius / max(1, |activation|), rounded to nearest (within 1/512 of the grid), then shrunk so
// that |values|^2 <= radius^2 exactly. Inputs that are infinite or NaN count as zero; returns how many they were. `gains` (as long as `values`) is
// working memory that depends on the activation: wipe it.
uint64_t cnoise_clip(const float *activation, size_t count, int32_t radius, int16_t *values, int16_t *gains);
// The same, and the same values, without wider registers.
uint64_t cnoise_clip_portable(const float *activation, size_t count, int32_t radius, int16_t *values, int16_t *gains);

// The last step of cnoise_clip, on which the bound rests: shrinks any `values` so that |values|^2 <= radius^2, by integers
// alone, and leaves those alone that fit.
void cnoise_hold(int16_t *values, size_t count, int32_t radius);

// values[i] = min(max(values[i] + noise[i], -32768), 32767).
void cnoise_add(const int16_t *noise, size_t count, int16_t *values);
void cnoise_add_portable(const int16_t *noise, size_t count, int16_t *values);

#endif
