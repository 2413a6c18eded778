// For Scripts/check_kernels: the AVX intrinsics in plain C.
#ifndef SHADOW_IMMINTRIN_H
#define SHADOW_IMMINTRIN_H

#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/x86/avx2.h>
#include <simde/x86/avx512.h>
#include <string.h>

// What SIMDe 0.7.4 does not have, or not under this name.
#if !defined(__mmask16)
#define __mmask16 simde__mmask16
#endif

#if !defined(_mm512_cvtepi32_epi16)
static inline simde__m256i shadow_mm512_cvtepi32_epi16(simde__m512i wide) {
  int32_t from[16];
  int16_t to[16];
  simde__m256i narrow;
  memcpy(from, &wide, sizeof from);
  for (int lane = 0; lane < 16; lane++) to[lane] = (int16_t)from[lane];
  memcpy(&narrow, to, sizeof narrow);
  return narrow;
}
#define _mm512_cvtepi32_epi16(wide) shadow_mm512_cvtepi32_epi16(wide)
#endif

#endif
