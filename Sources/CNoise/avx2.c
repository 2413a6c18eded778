#include "kernel.h"

#if defined(__x86_64__)

#include <immintrin.h>

int cnoise_avx2_available(void) { return __builtin_cpu_supports("avx2") ? 1 : 0; }

__attribute__((target("avx2"))) static inline void store(__m256i samples, int16_t *out) {
  out[0] = (int16_t)_mm256_extract_epi64(samples, 0);
  out[1] = (int16_t)_mm256_extract_epi64(samples, 1);
  out[2] = (int16_t)_mm256_extract_epi64(samples, 2);
  out[3] = (int16_t)_mm256_extract_epi64(samples, 3);
}

// count + `minus_below`, negated where the word's top bit is set.
__attribute__((target("avx2"))) static inline __m256i finish(__m256i word, __m256i minus_below, __m256i count) {
  const __m256i negative = _mm256_cmpgt_epi64(_mm256_setzero_si256(), word);
  const __m256i m = _mm256_add_epi64(count, minus_below);
  return _mm256_sub_epi64(_mm256_xor_si256(m, negative), negative);
}

// Sixteen words at a time; a comparison yields -1 where v < T, so adding the masks subtracts the count.
__attribute__((target("avx2"))) void cnoise_sample_avx2(
    const cnoise_table *table, const uint64_t *words, size_t count, int16_t *out) {
  const __m256i low63 = _mm256_set1_epi64x((long long)CNOISE_LOW63);
  const __m256i size = _mm256_set1_epi64x((long long)table->count);
  size_t i = 0;
  for (; count - i >= 16; i += 16) {
    const __m256i w0 = _mm256_loadu_si256((const __m256i *)(words + i));
    const __m256i w1 = _mm256_loadu_si256((const __m256i *)(words + i + 4));
    const __m256i w2 = _mm256_loadu_si256((const __m256i *)(words + i + 8));
    const __m256i w3 = _mm256_loadu_si256((const __m256i *)(words + i + 12));
    const __m256i v0 = _mm256_and_si256(w0, low63), v1 = _mm256_and_si256(w1, low63);
    const __m256i v2 = _mm256_and_si256(w2, low63), v3 = _mm256_and_si256(w3, low63);
    __m256i b0 = _mm256_setzero_si256(), b1 = b0, b2 = b0, b3 = b0;
    for (uint32_t j = 0; j < table->count; j++) {
      const __m256i threshold = _mm256_set1_epi64x((long long)table->thresholds[j]);
      b0 = _mm256_add_epi64(b0, _mm256_cmpgt_epi64(threshold, v0));
      b1 = _mm256_add_epi64(b1, _mm256_cmpgt_epi64(threshold, v1));
      b2 = _mm256_add_epi64(b2, _mm256_cmpgt_epi64(threshold, v2));
      b3 = _mm256_add_epi64(b3, _mm256_cmpgt_epi64(threshold, v3));
    }
    store(finish(w0, b0, size), out + i);
    store(finish(w1, b1, size), out + i + 4);
    store(finish(w2, b2, size), out + i + 8);
    store(finish(w3, b3, size), out + i + 12);
  }
  for (; i < count; i++) out[i] = cnoise_one(table, words[i]);
}

#else

int cnoise_avx2_available(void) { return 0; }

void cnoise_sample_avx2(const cnoise_table *table, const uint64_t *words, size_t count, int16_t *out) {
  cnoise_sample_portable(table, words, count, out);
}

#endif
