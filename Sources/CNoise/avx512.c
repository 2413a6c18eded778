#include "columns.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define TARGET __attribute__((target("avx512f"), always_inline)) static inline

int cnoise_avx512_available(void) { return __builtin_cpu_supports("avx512f") ? 1 : 0; }

// U's top part less the carry of the parts below (columns.h): v > U where v's top part exceeds it.
TARGET __m512i top_less_carry(const __m512i *v, const __m512i *u, const int parts) {
  __m512i top = u[0];
  for (int part = 1; part < parts; part++) {
    const __mmask16 carry = _mm512_cmpgt_epi32_mask(v[part - 1], top);
    top = _mm512_mask_sub_epi32(u[part], carry, u[part], _mm512_set1_epi32(1));
  }
  return top;
}

// The magnitudes of the sixteen samples in `v`.
TARGET __m512i magnitudes(const cnoise_columns *columns, const __m512i *v, const int parts) {
  const int stride = parts * CNOISE_BLOCKS;
  const int32_t *ends = columns->parts + (columns->size - 1) * stride;
  __m512i u[4], block = _mm512_setzero_si512();
  for (int k = 0; k < CNOISE_BLOCKS - 1; k++) {
    for (int part = 0; part < parts; part++) u[part] = _mm512_set1_epi32(ends[part * CNOISE_BLOCKS + k]);
    const __mmask16 above = _mm512_cmpgt_epi32_mask(v[parts - 1], top_less_carry(v, u, parts));
    block = _mm512_mask_add_epi32(block, above, block, _mm512_set1_epi32(1));
  }
  __m512i count = _mm512_mullo_epi32(block, _mm512_set1_epi32((int)columns->size));
  const __m512i upper = _mm512_add_epi32(block, _mm512_set1_epi32(CNOISE_BLOCKS));
  for (const int32_t *column = columns->parts; column < ends; column += stride) {
    // One register holds two parts of all blocks.
    for (int part = 0; part < parts; part += 2) {
      const __m512i entries = _mm512_load_si512(column + part * CNOISE_BLOCKS);
      u[part] = _mm512_permutexvar_epi32(block, entries);
      u[part + 1] = _mm512_permutexvar_epi32(upper, entries);
    }
    // Both lie in -1 ... 2^31 - 1, so the difference's sign is the comparison. (On Intel's processors comparisons into
    // masks and permutations compete for one port; subtractions and shifts do not.)
    const __m512i difference = _mm512_sub_epi32(top_less_carry(v, u, parts), v[parts - 1]);
    count = _mm512_add_epi32(count, _mm512_srli_epi32(difference, 31));
  }
  return count;
}

// Signs the magnitudes of `v`, whose top part still has the sign, which it removes.
TARGET __m256i sixteen(const cnoise_columns *columns, __m512i *v, const int parts) {
  const __m512i flip = _mm512_set1_epi32(INT32_MIN);
  const __mmask16 negative = _mm512_cmpgt_epi32_mask(_mm512_setzero_si512(), v[parts - 1]);
  for (int part = 0; part < parts - 1; part++) v[part] = _mm512_xor_si512(v[part], flip);
  v[parts - 1] = _mm512_andnot_si512(flip, v[parts - 1]);
  const __m512i m = magnitudes(columns, v, parts);
  return _mm512_cvtepi32_epi16(_mm512_mask_sub_epi32(m, negative, _mm512_setzero_si512(), m));
}

// The 32-bit parts of a and b, in order, that have even positions.
TARGET __m512i even(__m512i a, __m512i b) {
  const __m512i order = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  return _mm512_permutex2var_epi32(a, order, b);
}

// Those that have odd positions.
TARGET __m512i odd(__m512i a, __m512i b) {
  const __m512i order = _mm512_setr_epi32(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
  return _mm512_permutex2var_epi32(a, order, b);
}

TARGET __m256i sixteen_narrow(const cnoise_columns *columns, const uint64_t *words) {
  const __m512i a = _mm512_loadu_si512(words), b = _mm512_loadu_si512(words + 8);
  __m512i v[2] = {even(a, b), odd(a, b)};
  return sixteen(columns, v, 2);
}

TARGET __m256i sixteen_wide(const cnoise_columns *columns, const uint64_t *words) {
  const __m512i a = _mm512_loadu_si512(words), b = _mm512_loadu_si512(words + 8);
  const __m512i c = _mm512_loadu_si512(words + 16), d = _mm512_loadu_si512(words + 24);
  const __m512i even_ab = even(a, b), even_cd = even(c, d), odd_ab = odd(a, b), odd_cd = odd(c, d);
  __m512i v[4] = {even(even_ab, even_cd), even(odd_ab, odd_cd), odd(even_ab, even_cd), odd(odd_ab, odd_cd)};
  return sixteen(columns, v, 4);
}

// Sixteen samples at a time; what is left over, one by one.
__attribute__((target("avx512f"))) void cnoise_sample_avx512(
    const cnoise_table *table, const uint64_t *words, size_t count, int16_t *out) {
  const size_t step = table->bits / 64, whole = count - count % 16;
  cnoise_columns columns;
  if (whole > 0) cnoise_columns_fill(&columns, table);
  if (table->bits == 64)
    for (size_t i = 0; i < whole; i += 16)
      _mm256_storeu_si256((__m256i *)(out + i), sixteen_narrow(&columns, words + i));
  else
    for (size_t i = 0; i < whole; i += 16)
      _mm256_storeu_si256((__m256i *)(out + i), sixteen_wide(&columns, words + 2 * i));
  cnoise_sample_portable(table, words + step * whole, count - whole, out + whole);
}

#else

int cnoise_avx512_available(void) { return 0; }

void cnoise_sample_avx512(const cnoise_table *table, const uint64_t *words, size_t count, int16_t *out) {
  cnoise_sample_portable(table, words, count, out);
}

#endif
