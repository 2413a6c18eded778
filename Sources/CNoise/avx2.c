#include "columns.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define TARGET __attribute__((target("avx2"), always_inline)) static inline

enum { BLOCKS = 8, LEVELS = 3 };

CNOISE_COLUMNS(columns_of, BLOCKS)

int cnoise_avx2_available(void) { return __builtin_cpu_supports("avx2") ? 1 : 0; }

// Two registers a part, so that a column is loaded once for sixteen samples.
typedef struct {
  __m256i part[4][2];
} sixteen_values;

// -1 in the lanes where v > u (parts as in columns.h), for register `half` of the values.
TARGET __m256i greater(const sixteen_values *v, const __m256i *u, const int half, const int parts) {
  __m256i above = _mm256_cmpgt_epi32(v->part[0][half], u[0]);
  for (int part = 1; part < parts; part++)
    above = _mm256_cmpgt_epi32(v->part[part][half], _mm256_add_epi32(u[part], above));
  return above;
}

// The registers of `parts` at `place`, each lane given that of its index.
TARGET void look_up(const int32_t *place, __m256i index, __m256i *u, const int parts) {
  for (int part = 0; part < parts; part++)
    u[part] = _mm256_permutevar8x32_epi32(_mm256_load_si256((const __m256i *)(place + part * BLOCKS)), index);
}

TARGET void find_magnitudes(const cnoise_columns *columns, const sixteen_values *v, __m256i *m, const int parts) {
  __m256i u[4], node[2] = {_mm256_set1_epi32(1), _mm256_set1_epi32(1)};
  for (int level = 0; level < LEVELS; level++)
    for (int half = 0; half < 2; half++) {
      look_up(columns->tree, node[half], u, parts);
      node[half] = _mm256_sub_epi32(_mm256_add_epi32(node[half], node[half]), greater(v, u, half, parts));
    }
  for (int half = 0; half < 2; half++) look_up(columns->firsts, node[half], m + half, 1);
  for (uint32_t i = 0; i < columns->length; i += (uint32_t)parts * BLOCKS)
    for (int half = 0; half < 2; half++) {
      look_up(columns->columns + i, node[half], u, parts);
      m[half] = _mm256_sub_epi32(m[half], greater(v, u, half, parts));
    }
}

// The samples of `v`, whose top part still has the sign, as 16-bit numbers: low lanes of the first register, of the
// second, high lanes of the first, of the second.
TARGET __m256i sixteen(const cnoise_columns *columns, sixteen_values *v, const int parts) {
  const __m256i flip = _mm256_set1_epi32(INT32_MIN);
  __m256i negative[2], m[2];
  for (int half = 0; half < 2; half++) {
    negative[half] = _mm256_srai_epi32(v->part[parts - 1][half], 31);
    for (int part = 0; part < parts - 1; part++) v->part[part][half] = _mm256_xor_si256(v->part[part][half], flip);
    v->part[parts - 1][half] = _mm256_andnot_si256(flip, v->part[parts - 1][half]);
  }
  find_magnitudes(columns, v, m, parts);
  for (int half = 0; half < 2; half++)
    m[half] = _mm256_sub_epi32(_mm256_xor_si256(m[half], negative[half]), negative[half]);
  return _mm256_packs_epi32(m[0], m[1]);
}

TARGET __m256i sixteen_narrow(const cnoise_columns *columns, const uint64_t *words) {
  sixteen_values v;
  for (int half = 0; half < 2; half++) {
    const __m256 a = _mm256_loadu_ps((const float *)(words + 8 * half));
    const __m256 b = _mm256_loadu_ps((const float *)(words + 8 * half + 4));
    v.part[0][half] = _mm256_castps_si256(_mm256_shuffle_ps(a, b, 0x88));
    v.part[1][half] = _mm256_castps_si256(_mm256_shuffle_ps(a, b, 0xdd));
  }
  // A register has words 0 1 4 5 in its low lanes and 2 3 6 7 in its high ones; `order` counts in pairs.
  const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
  return _mm256_permutevar8x32_epi32(sixteen(columns, &v, 2), order);
}

// Pairs of words `low` and `low` + 4.
TARGET __m256i two_pairs(const uint64_t *words, int low) {
  const __m128i *pairs = (const __m128i *)words;
  return _mm256_inserti128_si256(
      _mm256_castsi128_si256(_mm_loadu_si128(pairs + low)), _mm_loadu_si128(pairs + low + 4), 1);
}

TARGET __m256i sixteen_wide(const cnoise_columns *columns, const uint64_t *words) {
  sixteen_values v;
  for (int half = 0; half < 2; half++, words += 16) {
    const __m256i a = two_pairs(words, 0), b = two_pairs(words, 1), c = two_pairs(words, 2), d = two_pairs(words, 3);
    const __m256i low_ab = _mm256_unpacklo_epi32(a, b), high_ab = _mm256_unpackhi_epi32(a, b);
    const __m256i low_cd = _mm256_unpacklo_epi32(c, d), high_cd = _mm256_unpackhi_epi32(c, d);
    v.part[0][half] = _mm256_unpacklo_epi64(low_ab, low_cd);
    v.part[1][half] = _mm256_unpackhi_epi64(low_ab, low_cd);
    v.part[2][half] = _mm256_unpacklo_epi64(high_ab, high_cd);
    v.part[3][half] = _mm256_unpackhi_epi64(high_ab, high_cd);
  }
  return _mm256_permute4x64_epi64(sixteen(columns, &v, 4), 0xd8);
}

// Sixteen samples at a time; what is left over, one by one.
__attribute__((target("avx2"))) void cnoise_sample_avx2(
    const cnoise_table *table, const uint64_t *words, size_t count, int16_t *out) {
  const size_t step = table->bits / 64, whole = count - count % 16;
  const cnoise_columns *columns = columns_of(table);
  if (table->bits == 64)
    for (size_t i = 0; i < whole; i += 16)
      _mm256_storeu_si256((__m256i *)(out + i), sixteen_narrow(columns, words + i));
  else
    for (size_t i = 0; i < whole; i += 16)
      _mm256_storeu_si256((__m256i *)(out + i), sixteen_wide(columns, words + 2 * i));
  cnoise_sample_portable(table, words + step * whole, count - whole, out + whole);
}

#else

int cnoise_avx2_available(void) { return 0; }

void cnoise_sample_avx2(const cnoise_table *table, const uint64_t *words, size_t count, int16_t *out) {
  cnoise_sample_portable(table, words, count, out);
}

#endif
