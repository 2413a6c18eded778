#include "kernel.h"

#if defined(__ARM_NEON)

#include <arm_neon.h>

int cnoise_neon_available(void) { return 1; }

// below + 1 in the lanes where v < threshold.
static inline uint64x2_t count_narrow(uint64x2_t below, uint64x2_t v, const uint64_t *threshold) {
  return vsubq_u64(below, vcgtq_u64(vdupq_n_u64(threshold[0]), v));
}

// The same for two words: v < T where the high words decide, or are equal and the low words decide. The high words are
// below 2^63 and the comparison of the low ones is 0 or all ones, so that adding it subtracts at most one.
static inline uint64x2_t count_wide(uint64x2_t below, uint64x2_t low, uint64x2_t high, const uint64_t *threshold) {
  const uint64x2_t carry = vcgtq_u64(vdupq_n_u64(threshold[0]), low);
  const int64x2_t reached = vaddq_s64(vreinterpretq_s64_u64(high), vreinterpretq_s64_u64(carry));
  return vsubq_u64(below, vcgtq_s64(vreinterpretq_s64_u64(vdupq_n_u64(threshold[1])), reached));
}

static inline void store(const cnoise_table *table, uint64x2_t below, uint64x2_t top_words, int16_t *out) {
  const uint64x2_t m = vsubq_u64(vdupq_n_u64(table->count), below);
  const uint64x2_t negative = vreinterpretq_u64_s64(vshrq_n_s64(vreinterpretq_s64_u64(top_words), 63));
  const uint64x2_t z = vsubq_u64(veorq_u64(m, negative), negative);
  out[0] = (int16_t)vgetq_lane_u64(z, 0);
  out[1] = (int16_t)vgetq_lane_u64(z, 1);
}

static void eight_narrow(const cnoise_table *table, const uint64_t *words, int16_t *out) {
  const uint64x2_t low63 = vdupq_n_u64(CNOISE_LOW63);
  uint64x2_t word[4], v[4], below[4];
  for (int k = 0; k < 4; k++) {
    word[k] = vld1q_u64(words + 2 * k);
    v[k] = vandq_u64(word[k], low63);
    below[k] = vdupq_n_u64(0);
  }
  for (uint32_t j = 0; j < table->count; j++)
    for (int k = 0; k < 4; k++) below[k] = count_narrow(below[k], v[k], table->thresholds + j);
  for (int k = 0; k < 4; k++) store(table, below[k], word[k], out + 2 * k);
}

static void eight_wide(const cnoise_table *table, const uint64_t *words, int16_t *out) {
  const uint64x2_t low63 = vdupq_n_u64(CNOISE_LOW63);
  uint64x2_t top[4], low[4], high[4], below[4];
  for (int k = 0; k < 4; k++) {
    const uint64x2x2_t pair = vld2q_u64(words + 4 * k);
    low[k] = pair.val[0];
    top[k] = pair.val[1];
    high[k] = vandq_u64(top[k], low63);
    below[k] = vdupq_n_u64(0);
  }
  for (uint32_t j = 0; j < table->count; j++)
    for (int k = 0; k < 4; k++) below[k] = count_wide(below[k], low[k], high[k], table->thresholds + 2 * (size_t)j);
  for (int k = 0; k < 4; k++) store(table, below[k], top[k], out + 2 * k);
}

// Eight samples at a time; what is left over, one by one.
void cnoise_sample_neon(const cnoise_table *table, const uint64_t *words, size_t count, int16_t *out) {
  const size_t step = table->bits / 64, whole = count - count % 8;
  if (table->bits == 64)
    for (size_t i = 0; i < whole; i += 8) eight_narrow(table, words + i, out + i);
  else
    for (size_t i = 0; i < whole; i += 8) eight_wide(table, words + 2 * i, out + i);
  cnoise_sample_portable(table, words + step * whole, count - whole, out + whole);
}

#else

int cnoise_neon_available(void) { return 0; }

void cnoise_sample_neon(const cnoise_table *table, const uint64_t *words, size_t count, int16_t *out) {
  cnoise_sample_portable(table, words, count, out);
}

#endif
