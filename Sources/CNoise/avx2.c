#include "columns.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define TARGET __attribute__((target("avx2"), always_inline)) static inline

int cnoise_avx2_available(void) { return __builtin_cpu_supports("avx2") ? 1 : 0; }

// -1 in the lanes where v > u; parts as in columns.h.
TARGET __m256i greater(const __m256i *v, const __m256i *u, const int parts) {
  __m256i above = _mm256_cmpgt_epi32(v[0], u[0]);
  for (int part = 1; part < parts; part++) above = _mm256_cmpgt_epi32(v[part], _mm256_add_epi32(u[part], above));
  return above;
}

// The magnitudes of the eight samples in `v`.
TARGET __m256i magnitudes(const cnoise_columns *columns, const __m256i *v, const int parts) {
  const int stride = parts * CNOISE_BLOCKS;
  const int32_t *ends = columns->parts + (columns->size - 1) * stride;
  __m256i u[4], block = _mm256_setzero_si256();
  for (int k = 0; k < CNOISE_BLOCKS - 1; k++) {
    for (int part = 0; part < parts; part++) u[part] = _mm256_set1_epi32(ends[part * CNOISE_BLOCKS + k]);
    block = _mm256_sub_epi32(block, greater(v, u, parts));
  }
  __m256i count = _mm256_mullo_epi32(block, _mm256_set1_epi32((int)columns->size));
  for (const int32_t *column = columns->parts; column < ends; column += stride) {
    for (int part = 0; part < parts; part++) {
      const __m256i entries = _mm256_load_si256((const __m256i *)(column + part * CNOISE_BLOCKS));
      u[part] = _mm256_permutevar8x32_epi32(entries, block);
    }
    count = _mm256_sub_epi32(count, greater(v, u, parts));
  }
  return count;
}

// Signs the magnitudes of `v`, whose top part still has the sign, which it removes.
TARGET __m256i eight(const cnoise_columns *columns, __m256i *v, const int parts) {
  const __m256i flip = _mm256_set1_epi32(INT32_MIN);
  const __m256i negative = _mm256_srai_epi32(v[parts - 1], 31);
  for (int part = 0; part < parts - 1; part++) v[part] = _mm256_xor_si256(v[part], flip);
  v[parts - 1] = _mm256_andnot_si256(flip, v[parts - 1]);
  const __m256i m = magnitudes(columns, v, parts);
  return _mm256_sub_epi32(_mm256_xor_si256(m, negative), negative);
}

// Samples 0 1 4 5 2 3 6 7 of eight words.
TARGET __m256i eight_narrow(const cnoise_columns *columns, const uint64_t *words) {
  const __m256 a = _mm256_loadu_ps((const float *)words), b = _mm256_loadu_ps((const float *)(words + 4));
  __m256i v[2] = {
      _mm256_castps_si256(_mm256_shuffle_ps(a, b, 0x88)), _mm256_castps_si256(_mm256_shuffle_ps(a, b, 0xdd))};
  return eight(columns, v, 2);
}

// Samples `low` and `low` + 4 of eight pairs of words.
TARGET __m256i two_wide(const uint64_t *words, int low) {
  const __m128i *pairs = (const __m128i *)words;
  return _mm256_inserti128_si256(
      _mm256_castsi128_si256(_mm_loadu_si128(pairs + low)), _mm_loadu_si128(pairs + low + 4), 1);
}

// Samples 0 ... 7 of eight pairs of words.
TARGET __m256i eight_wide(const cnoise_columns *columns, const uint64_t *words) {
  const __m256i a = two_wide(words, 0), b = two_wide(words, 1), c = two_wide(words, 2), d = two_wide(words, 3);
  const __m256i low_ab = _mm256_unpacklo_epi32(a, b), high_ab = _mm256_unpackhi_epi32(a, b);
  const __m256i low_cd = _mm256_unpacklo_epi32(c, d), high_cd = _mm256_unpackhi_epi32(c, d);
  __m256i v[4] = {
      _mm256_unpacklo_epi64(low_ab, low_cd), _mm256_unpackhi_epi64(low_ab, low_cd),
      _mm256_unpacklo_epi64(high_ab, high_cd), _mm256_unpackhi_epi64(high_ab, high_cd)};
  return eight(columns, v, 4);
}

// Sixteen samples at a time; what is left over, one by one.
__attribute__((target("avx2"))) void cnoise_sample_avx2(
    const cnoise_table *table, const uint64_t *words, size_t count, int16_t *out) {
  const size_t whole = count - count % 16;
  cnoise_columns columns;
  if (whole > 0) cnoise_columns_fill(&columns, table);
  if (table->bits == 64) {
    const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    for (size_t i = 0; i < whole; i += 16) {
      const __m256i first = eight_narrow(&columns, words + i), second = eight_narrow(&columns, words + i + 8);
      const __m256i packed = _mm256_permutevar8x32_epi32(_mm256_packs_epi32(first, second), order);
      _mm256_storeu_si256((__m256i *)(out + i), packed);
    }
    cnoise_sample_portable(table, words + whole, count - whole, out + whole);
  } else {
    for (size_t i = 0; i < whole; i += 16) {
      const __m256i first = eight_wide(&columns, words + 2 * i), second = eight_wide(&columns, words + 2 * i + 16);
      const __m256i packed = _mm256_permute4x64_epi64(_mm256_packs_epi32(first, second), 0xd8);
      _mm256_storeu_si256((__m256i *)(out + i), packed);
    }
    cnoise_sample_portable(table, words + 2 * whole, count - whole, out + whole);
  }
}

#else

int cnoise_avx2_available(void) { return 0; }

void cnoise_sample_avx2(const cnoise_table *table, const uint64_t *words, size_t count, int16_t *out) {
  cnoise_sample_portable(table, words, count, out);
}

#endif
