// A branch on a comparison's mask and an address from a lane, which check_constant_time's reading of the AVX-512 code must find.
#include <immintrin.h>

__attribute__((target("avx512f"))) int cnoise_planted_avx512(const int *values, int bound) {
  const __m512i v = _mm512_loadu_si512(values);
  if (_mm512_cmpgt_epi32_mask(v, _mm512_set1_epi32(bound)) == 0) return bound;
  return values[bound];
}

__attribute__((target("avx512f"))) int cnoise_planted_address(const int *table, const int *values) {
  const __m512i v = _mm512_loadu_si512(values);
  return table[_mm512_cvtsi512_si32(_mm512_permutexvar_epi32(v, v)) & 7];
}
