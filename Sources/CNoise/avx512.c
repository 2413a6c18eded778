#include "columns.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define TARGET __attribute__((target("avx512f"), always_inline)) static inline

// Every processor with AVX-512 but the Xeon Phi has the four.
int cnoise_avx512_available(void) {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl");
}

enum { BLOCKS = 16, LEVELS = 4 };

CNOISE_COLUMNS(columns_of, BLOCKS)

// Up to four registers that are taken through the table together, so that one need not wait for the other: their values' parts.
typedef struct {
  __m512i part[4][4];
} values;

// `to` plus `one` in the lanes where v > u (parts as in columns.h), for register `r` of the values.
TARGET __m512i count_above(
    __m512i to, __m512i one, const values *v, const __m512i *u, const int r, const int parts) {
  __mmask16 above = _mm512_cmpgt_epi32_mask(v->part[0][r], u[0]);
  for (int part = 1; part < parts; part++)
    above = _mm512_cmpgt_epi32_mask(v->part[part][r], _mm512_mask_sub_epi32(u[part], above, u[part], one));
  return _mm512_mask_add_epi32(to, above, to, one);
}

// The registers of `parts` at `place`, each lane given that of its index.
TARGET void look_up(const int32_t *place, __m512i index, __m512i *u, const int parts) {
  for (int part = 0; part < parts; part++)
    u[part] = _mm512_permutexvar_epi32(index, _mm512_load_si512(place + part * BLOCKS));
}

TARGET void find_magnitudes(
    const cnoise_columns *columns, const values *v, __m512i *m, const int registers, const int parts) {
  const __m512i one = _mm512_set1_epi32(columns->one);
  __m512i u[4], node[4];
  for (int r = 0; r < registers; r++) node[r] = one;
  for (int level = 0; level < LEVELS; level++)
    for (int r = 0; r < registers; r++) {
      look_up(columns->tree, node[r], u, parts);
      node[r] = count_above(_mm512_add_epi32(node[r], node[r]), one, v, u, r, parts);
    }
  for (int r = 0; r < registers; r++) look_up(columns->firsts, node[r], m + r, 1);
  for (uint32_t i = 0; i < columns->length; i += (uint32_t)parts * BLOCKS)
    for (int r = 0; r < registers; r++) {
      look_up(columns->columns + i, node[r], u, parts);
      m[r] = count_above(m[r], one, v, u, r, parts);
    }
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

// Sixteen words, or pairs of words, in each register.
TARGET void take(values *v, const uint64_t *words, const int r, const int parts) {
  const __m512i a = _mm512_loadu_si512(words), b = _mm512_loadu_si512(words + 8);
  if (parts == 2) {
    v->part[0][r] = even(a, b);
    v->part[1][r] = odd(a, b);
  } else {
    const __m512i c = _mm512_loadu_si512(words + 16), d = _mm512_loadu_si512(words + 24);
    const __m512i even_ab = even(a, b), even_cd = even(c, d), odd_ab = odd(a, b), odd_cd = odd(c, d);
    v->part[0][r] = even(even_ab, even_cd);
    v->part[1][r] = even(odd_ab, odd_cd);
    v->part[2][r] = odd(even_ab, even_cd);
    v->part[3][r] = odd(odd_ab, odd_cd);
  }
}

// So many registers of samples.
TARGET void draw(
    const cnoise_columns *columns, const uint64_t *words, int16_t *out, const int registers, const int parts) {
  const __m512i flip = _mm512_set1_epi32(INT32_MIN);
  __mmask16 negative[4];
  __m512i m[4];
  values v;
  for (int r = 0; r < registers; r++) {
    take(&v, words + r * 8 * parts, r, parts);
    negative[r] = _mm512_cmpgt_epi32_mask(_mm512_setzero_si512(), v.part[parts - 1][r]);
    for (int part = 0; part < parts - 1; part++) v.part[part][r] = _mm512_xor_si512(v.part[part][r], flip);
    v.part[parts - 1][r] = _mm512_andnot_si512(flip, v.part[parts - 1][r]);
  }
  find_magnitudes(columns, &v, m, registers, parts);
  for (int r = 0; r < registers; r++) {
    m[r] = _mm512_mask_sub_epi32(m[r], negative[r], _mm512_setzero_si512(), m[r]);
    _mm256_storeu_si256((__m256i *)(out + 16 * r), _mm512_cvtepi32_epi16(m[r]));
  }
}

TARGET size_t draw_all(
    const cnoise_columns *columns, const uint64_t *words, size_t count, int16_t *out, const int parts) {
  size_t done = 0;
  for (; count - done >= 64; done += 64) draw(columns, words + done * parts / 2, out + done, 4, parts);
  for (; count - done >= 16; done += 16) draw(columns, words + done * parts / 2, out + done, 1, parts);
  return done;
}

// Four registers at a time, then one; what is left over, one by one.
__attribute__((target("avx512f"))) void cnoise_sample_avx512(
    const cnoise_table *table, const uint64_t *words, size_t count, int16_t *out) {
  const cnoise_columns *columns = columns_of(table);
  const size_t done = table->bits == 64 ? draw_all(columns, words, count, out, 2) : draw_all(columns, words, count, out, 4);
  cnoise_sample_portable(table, words + done * (table->bits / 64), count - done, out + done);
}

#else

int cnoise_avx512_available(void) { return 0; }

void cnoise_sample_avx512(const cnoise_table *table, const uint64_t *words, size_t count, int16_t *out) {
  cnoise_sample_portable(table, words, count, out);
}

#endif
