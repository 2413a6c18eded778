// The release path but for the noise itself: clip, quantise, hold to the radius, add, saturate.
//
// Constant time: no branch and no address depends on the activation or the noise, only on their number. Selections are
// arithmetic on masks, in vector types or behind a barrier: compilers turn scalar ones back into branches. There is no
// division, square root or library call, whose time may depend on operands: a reciprocal root comes from Newton's method, a
// quotient and a root of integers from shifts and subtractions. Nor does any floating-point operand become subnormal, which
// costs some processors a hundred cycles: subnormal inputs are below every grid and count as zero, squares of the others
// are at least 2^-252, and what is too small to round away from zero is zero before it is multiplied.
//
// The same on every processor: lanes are as many everywhere, and no product and sum are fused.
//
// The bound |values|^2 <= radius^2 rests on cnoise_hold alone, which is integers from end to end.
#include <string.h>

#include "CNoise.h"

#pragma STDC FP_CONTRACT OFF

#define INLINE __attribute__((always_inline)) static inline

// Vectors wider than the target's registers are passed in memory; here nothing is passed, everything is inlined.
#pragma GCC diagnostic ignored "-Wpsabi"

enum { LANES = 16 };
typedef int16_t int16s __attribute__((vector_size(2 * LANES)));
typedef uint16_t uint16s __attribute__((vector_size(2 * LANES)));
typedef int32_t int32s __attribute__((vector_size(4 * LANES)));
typedef uint32_t uint32s __attribute__((vector_size(4 * LANES)));
typedef float floats __attribute__((vector_size(4 * LANES)));
typedef double doubles __attribute__((vector_size(8 * LANES)));
#define CONVERT __builtin_convertvector

// What the compiler cannot see through, and so cannot branch on.
INLINE uint64_t opaque(uint64_t mask) {
  __asm__("" : "+r"(mask));
  return mask;
}

INLINE uint64_t bits_of(double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

INLINE double double_of(uint64_t bits) {
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

// `yes` where the mask is all ones, `no` where it is zero.
INLINE uint64_t choose(uint64_t mask, uint64_t yes, uint64_t no) { return no ^ ((yes ^ no) & opaque(mask)); }

// -1 for the infinities and NaNs.
INLINE int32s is_not_finite(int32s bits) { return (bits & 0x7f800000) == 0x7f800000; }

// The numbers, with zero for those that are subnormal, infinite or NaN.
INLINE doubles sanitised(int32s bits) {
  const int32s is_tiny = (bits & 0x7f800000) == 0;
  return CONVERT((floats)(bits & ~(is_tiny | is_not_finite(bits))), doubles);
}

// 1 / sqrt(x) for 1 <= x < 2^300 to a few units in the last place: five Newton steps from a guess within 4 %.
INLINE double reciprocal_root(double x) {
  double y = double_of(UINT64_C(0x5fe6eb50c7b537a9) - (bits_of(x) >> 1));
  for (int step = 0; step < 5; step++) y *= 1.5 - 0.5 * x * y * y;
  return y;
}

INLINE void take(const float *inputs, doubles *squares, int32s *not_finite) {
  int32s bits;
  memcpy(&bits, inputs, sizeof bits);
  const doubles values = sanitised(bits);
  *squares += values * values;
  *not_finite -= is_not_finite(bits);
}

INLINE double sum(const double *terms, size_t count) {
  double sum = 0;
  for (size_t i = 0; i < count; i++) sum += terms[i];
  return sum;
}

// Activations are multiplied by radius / max(|activation|, 1) in two steps: by 2^-exponent, which integers do, and by
// factor, radius / 2 ... radius.
typedef struct {
  int32_t exponent;
  float factor;
} scaling;

// Also counts the inputs that are not finite. Neither squares nor sums can overflow.
INLINE scaling scaling_of(const float *activation, size_t count, int32_t radius, uint64_t *not_finite) {
  const size_t whole = count - count % LANES;
  float rest[LANES] = {0};
  doubles squares = {0};
  int32s counts = {0};
  for (size_t i = 0; i < whole; i += LANES) take(activation + i, &squares, &counts);
  memcpy(rest, activation + whole, (count - whole) * sizeof *rest);
  take(rest, &squares, &counts);
  for (int lane = 0; lane < LANES; lane++) *not_finite += (uint64_t)(int64_t)counts[lane];

  double terms[LANES];
  memcpy(terms, &squares, sizeof terms);
  const double square = sum(terms, LANES);
  // Bits of numbers that are not negative order as the numbers do.
  const uint64_t one = bits_of(1), is_long = UINT64_C(0) - ((one - bits_of(square)) >> 63);
  const double longer = double_of(choose(is_long, bits_of(square), one));
  const double inverse = double_of(choose(is_long, bits_of(reciprocal_root(longer)), one));
  const uint64_t exponent = (bits_of(longer * inverse) >> 52) - 1023;
  return (scaling){(int32_t)exponent, (float)(radius * (inverse * double_of((exponent + 1023) << 52)))};
}

// Activations scaled and rounded, ties away from zero; a product is within 2^-23 of its own size, so that it is to the nearest
// but for 1/512 of the grid. `gains`: what a step back towards zero takes off the square, 2 |value| - 1, where rounding went
// away from zero; elsewhere 0. Numbers below 2^-20 of the norm, 2^-6 of the grid, become zeros first.
INLINE void quantise(const float *activation, scaling scaling, int16_t *values, int16_t *gains) {
  int32s bits;
  memcpy(&bits, activation, sizeof bits);
  const int32s exponent = bits & 0x7f800000, magnitude = bits & INT32_MAX;
  const int32s is_kept = (exponent > (scaling.exponent + 106) << 23) & (exponent < 0x7f800000);
  const floats exact = (floats)((magnitude - (scaling.exponent << 23)) & is_kept) * scaling.factor;
  const int32s rounded = CONVERT(exact + 0.5f, int32s);
  const int16s is_up = CONVERT(exact < CONVERT(rounded, floats), int16s);
  const int16s size = CONVERT(rounded, int16s), sign = CONVERT(bits >> 31, int16s);
  const int16s value = (size ^ sign) - sign, gain = (2 * size - 1) & is_up;
  memcpy(values, &value, sizeof value);
  memcpy(gains, &gain, sizeof gain);
}

INLINE void quantise_all(const float *activation, size_t count, scaling scaling, int16_t *values, int16_t *gains) {
  const size_t whole = count - count % LANES, rest = count - whole;
  float last[LANES] = {0};
  int16_t last_values[LANES], last_gains[LANES];
  for (size_t i = 0; i < whole; i += LANES) quantise(activation + i, scaling, values + i, gains + i);
  memcpy(last, activation + whole, rest * sizeof *last);
  quantise(last, scaling, last_values, last_gains);
  memcpy(values + whole, last_values, rest * sizeof *values);
  memcpy(gains + whole, last_gains, rest * sizeof *gains);
}

INLINE int64_t square_of(const int16_t *values, size_t count) {
  // Two squares of 16-bit numbers are at most 2^31.
  uint64_t square = 0;
  for (size_t pair = 0; pair < count / 2; pair++) {
    const int32_t first = values[2 * pair], second = values[2 * pair + 1];
    square += (uint32_t)(first * first) + (uint32_t)(second * second);
  }
  const int32_t last = count % 2 == 0 ? 0 : values[count - 1];
  return (int64_t)square + last * last;
}

// Takes one off the magnitude of each of LANES elements that rounding had made larger, in the lanes whose `spent` gains do
// not yet make up for the excess.
INLINE void give_way(int16_t *values, const int16_t *gains, int32s *spent, int32s excess) {
  int16s value, gain;
  memcpy(&value, values, sizeof value);
  memcpy(&gain, gains, sizeof gain);
  const int16s is_needed = CONVERT(*spent < excess, int16s), sign = value >> 15 | 1;
  *spent = (int32s)((uint32s)*spent + (uint32s)CONVERT(gain, int32s));
  value -= sign & is_needed & (-gain >> 15);
  memcpy(values, &value, sizeof value);
}

// While the square exceeds radius^2, takes one off the magnitude of an element that rounding had made larger. Keeps more of
// a vector on a coarse grid than scaling would, which truncates ones to zeros. In the order of lanes, all of lane 0 first:
// each lane starts from what those before it gain in all, so that the lanes can go side by side. The gains of a rounded
// vector are below 8 radius^2 < 2^31 (whole numbers are below their squares, and rounding at most doubles); were they more,
// the sums would wrap and the vector would be shrunk by cnoise_hold instead.
INLINE void undo_rounding_up(int16_t *values, const int16_t *gains, size_t count, int32_t radius) {
  const int64_t difference = square_of(values, count) - (int64_t)radius * radius;
  const uint64_t is_huge = UINT64_C(0) - ((uint64_t)(INT32_MAX - difference) >> 63);
  const int32_t most = (int32_t)choose(is_huge, INT32_MAX, (uint64_t)difference);
  const int32s excess = (int32s){0} + most;
  const size_t whole = count - count % LANES, rest = count - whole;
  int16_t last_values[LANES] = {0}, last_gains[LANES] = {0};
  memcpy(last_values, values + whole, rest * sizeof *values);
  memcpy(last_gains, gains + whole, rest * sizeof *gains);

  uint32s totals = {0};
  int32s spent = {0};
  for (size_t i = 0; i < whole; i += LANES) {
    int16s gain;
    memcpy(&gain, gains + i, sizeof gain);
    totals += (uint32s)CONVERT(gain, int32s);
  }
  for (int lane = 1; lane < LANES; lane++) spent[lane] = (int32_t)((uint32_t)spent[lane - 1] + totals[lane - 1] + (uint32_t)last_gains[lane - 1]);

  for (size_t i = 0; i < whole; i += LANES) give_way(values + i, gains + i, &spent, excess);
  give_way(last_values, last_gains, &spent, excess);
  memcpy(values + whole, last_values, rest * sizeof *values);
}

// The least n with n^2 >= square, 0 <= square <= 2^54: bit by bit.
INLINE uint64_t ceiling_root(uint64_t square) {
  uint64_t root = 0;
  for (int bit = 27; bit >= 0; bit--) {
    const uint64_t trial = root | UINT64_C(1) << bit, is_above = (square - trial * trial) >> 63;
    root = trial ^ (is_above << bit);
  }
  return root + ((root * root - square) >> 63);
}

// floor(2^16 radius / divisor), 0 < radius <= divisor < 2^31: long division.
INLINE uint32_t ratio(uint32_t radius, uint64_t divisor) {
  uint64_t remainder = (uint64_t)radius << 16;
  uint32_t quotient = 0;
  for (int bit = 16; bit >= 0; bit--) {
    const uint64_t trial = remainder - (divisor << bit), fits = ~trial >> 63;
    remainder = choose(UINT64_C(0) - fits, trial, remainder);
    quotient |= (uint32_t)fits << bit;
  }
  return quotient;
}

// Each magnitude times factor / 2^16, rounded down; `factor` is at most 2^16.
INLINE void shrink(int16_t *values, uint32_t factor) {
  int16s value;
  memcpy(&value, values, sizeof value);
  const int16s sign = value >> 15, is_whole = (int16s){0} - (int16_t)(factor >> 16);
  const uint16s size = (uint16s)((value ^ sign) - sign), low = (uint16s){0} + (uint16_t)factor;
  const uint16s less = CONVERT(CONVERT(size, uint32s) * CONVERT(low, uint32s) >> 16, uint16s);
  value = ((int16s)(less | (size & (uint16s)is_whole)) ^ sign) - sign;
  memcpy(values, &value, sizeof value);
}

// Each magnitude times q / 2^16, q = floor(2^16 R / n), rounded down, n = max(R, ceiling |values|): then the sum of
// squares is at most |values|^2 (R / n)^2 <= R^2. Where n = R, q is 2^16 and nothing changes.
INLINE void hold(int16_t *values, size_t count, int32_t radius) {
  const uint64_t root = ceiling_root((uint64_t)square_of(values, count)), least = (uint64_t)radius;
  const uint64_t divisor = choose(UINT64_C(0) - ((least - root) >> 63), root, least);
  const uint32_t factor = ratio((uint32_t)radius, divisor);
  const size_t whole = count - count % LANES, rest = count - whole;
  int16_t last[LANES] = {0};
  for (size_t i = 0; i < whole; i += LANES) shrink(values + i, factor);
  memcpy(last, values + whole, rest * sizeof *last);
  shrink(last, factor);
  memcpy(values + whole, last, rest * sizeof *last);
}

INLINE uint64_t clip(const float *activation, size_t count, int32_t radius, int16_t *values, int16_t *gains) {
  uint64_t not_finite = 0;
  const scaling scaling = scaling_of(activation, count, radius, &not_finite);
  quantise_all(activation, count, scaling, values, gains);
  undo_rounding_up(values, gains, count, radius);
  hold(values, count, radius);
  return not_finite;
}

// Where the sum has another sign than both operands, it is the limit of their sign.
INLINE void add_lanes(const int16_t *noise, int16_t *values) {
  int16s value, other;
  memcpy(&value, values, sizeof value);
  memcpy(&other, noise, sizeof other);
  const int16s sum = (int16s)((uint16s)value + (uint16s)other);
  const int16s is_over = ((value ^ sum) & (other ^ sum)) >> 15, limit = (value >> 15) ^ INT16_MAX;
  value = sum ^ ((sum ^ limit) & is_over);
  memcpy(values, &value, sizeof value);
}

INLINE void add(const int16_t *noise, size_t count, int16_t *values) {
  const size_t whole = count - count % LANES, rest = count - whole;
  int16_t last_noise[LANES] = {0}, last_values[LANES] = {0};
  for (size_t i = 0; i < whole; i += LANES) add_lanes(noise + i, values + i);
  memcpy(last_noise, noise + whole, rest * sizeof *noise);
  memcpy(last_values, values + whole, rest * sizeof *values);
  add_lanes(last_noise, last_values);
  memcpy(values + whole, last_values, rest * sizeof *values);
}

void cnoise_hold(int16_t *values, size_t count, int32_t radius) { hold(values, count, radius); }

uint64_t cnoise_clip_portable(
    const float *activation, size_t count, int32_t radius, int16_t *values, int16_t *gains) {
  return clip(activation, count, radius, values, gains);
}

void cnoise_add_portable(const int16_t *noise, size_t count, int16_t *values) { add(noise, count, values); }

#if defined(__x86_64__)

// The same source with wider registers.
__attribute__((target("avx2"))) static uint64_t clip_avx2(
    const float *activation, size_t count, int32_t radius, int16_t *values, int16_t *gains) {
  return clip(activation, count, radius, values, gains);
}

__attribute__((target("avx2"))) static void add_avx2(const int16_t *noise, size_t count, int16_t *values) {
  add(noise, count, values);
}

// What cnoise_avx512_available asks for.
#define AVX512 "avx512f,avx512bw,avx512dq,avx512vl"

__attribute__((target(AVX512))) static uint64_t clip_avx512(
    const float *activation, size_t count, int32_t radius, int16_t *values, int16_t *gains) {
  return clip(activation, count, radius, values, gains);
}

uint64_t cnoise_clip(
    const float *activation, size_t count, int32_t radius, int16_t *values, int16_t *gains) {
  if (cnoise_avx512_available()) return clip_avx512(activation, count, radius, values, gains);
  if (cnoise_avx2_available()) return clip_avx2(activation, count, radius, values, gains);
  return cnoise_clip_portable(activation, count, radius, values, gains);
}

void cnoise_add(const int16_t *noise, size_t count, int16_t *values) {
  if (cnoise_avx2_available())
    add_avx2(noise, count, values);
  else
    cnoise_add_portable(noise, count, values);
}

#else

uint64_t cnoise_clip(const float *activation, size_t count, int32_t radius, int16_t *values, int16_t *gains) {
  return cnoise_clip_portable(activation, count, radius, values, gains);
}

void cnoise_add(const int16_t *noise, size_t count, int16_t *values) { cnoise_add_portable(noise, count, values); }

#endif
