#include <string.h>

#include "CNoise.h"

// From an activation to what may be noised, and from noise to what may leave. No branch and no address depends on an
// element: selections are arithmetic on masks, at every optimisation level. What the processor itself does in constant
// time only for ordinary operands gets no others: numbers below 2^-126 count as zero, so no operand is subnormal; the
// one square root and the one division of doubles are per vector. Floating point prepares, whole numbers guarantee.

// One rounding an operation, on every machine.
#pragma STDC FP_CONTRACT OFF

#if defined(__x86_64__)
#define CNOISE_VECTOR __attribute__((target("avx2")))
#endif

// All ones where a < b, for values whose difference fits.
static inline int64_t less_mask(int64_t a, int64_t b) { return (a - b) >> 63; }

static inline double as_double(uint64_t bits) {
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static inline uint64_t as_bits(double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

// 1 where the number is infinite or not a number.
static inline uint32_t is_wild(uint32_t bits) { return (((bits & 0x7f800000u) ^ 0x7f800000u) - 1) >> 31; }

// The number, or zero where it is infinite, not a number, or below 2^-126.
static inline double tamed(const float *activation, size_t i) {
  uint32_t bits;
  memcpy(&bits, activation + i, sizeof bits);
  const uint32_t is_small = ((bits & 0x7f800000u) - 1) >> 31;
  bits &= (is_wild(bits) | is_small) - 1;
  float value;
  memcpy(&value, &bits, sizeof value);
  return (double)value;
}

// R / max(norm, 1). Both are positive doubles, which are in the order of their bits.
static inline double scale_factor(double square, int32_t radius) {
  const int64_t one = (int64_t)as_bits(1.0);
  const int64_t norm = (int64_t)as_bits(__builtin_sqrt(square));
  const int64_t mask = less_mask(norm, one);
  return (double)radius / as_double((uint64_t)((one & mask) | (norm & ~mask)));
}

// Nearest whole number, ties to even, for |value| < 2^51: the sum's last bit is worth 1. Held to |x| <= radius.
static inline int32_t rounded(double value, int32_t radius) {
  const double shift = 0x1.8p52;
  int64_t x = (int64_t)(as_bits(value + shift) - as_bits(shift));
  const int64_t low = less_mask(x, -(int64_t)radius);
  x = (-(int64_t)radius & low) | (x & ~low);
  const int64_t high = less_mask(radius, x);
  return (int32_t)(((int64_t)radius & high) | (x & ~high));
}

static inline int32_t magnitude(int32_t x) { return (x ^ (x >> 31)) - (x >> 31); }

__attribute__((always_inline)) static inline size_t sanitised_and_square(
    const float *activation, size_t count, double *square) {
  // Four sums, added in one order on every machine.
  double sums[4] = {0, 0, 0, 0};
  size_t wild = 0;
  for (size_t i = 0; i < count; i++) {
    uint32_t bits;
    memcpy(&bits, activation + i, sizeof bits);
    wild += is_wild(bits);
  }
  size_t i = 0;
  for (; count - i >= 4; i += 4)
    for (size_t lane = 0; lane < 4; lane++) {
      const double value = tamed(activation, i + lane);
      sums[lane] += value * value;
    }
  for (; i < count; i++) {
    const double value = tamed(activation, i);
    sums[0] += value * value;
  }
  *square = (sums[0] + sums[1]) + (sums[2] + sums[3]);
  return wild;
}

// out[i] = 2x + 1 where rounding made |x| larger than the number, else 2x. Returns the sum of x^2.
__attribute__((always_inline)) static inline int64_t quantise(
    const float *activation, size_t count, double factor, int32_t radius, int16_t *out) {
  int64_t square = 0;
  for (size_t i = 0; i < count; i++) {
    const double value = tamed(activation, i) * factor;
    const int32_t x = rounded(value, radius);
    const double rest = as_double(as_bits(value) & INT64_MAX) - (double)magnitude(x);
    out[i] = (int16_t)(2 * x + (int32_t)(as_bits(rest) >> 63));
    square += (int64_t)(x * x);
  }
  return square;
}

// While the sum of x^2 exceeds `limit`, takes one off the magnitudes that rounding made larger, `block` elements at a
// time, in order; and undoes the coding of `quantise`. It keeps more of a vector on a coarse grid than scaling, which
// truncates ones to zeros.
__attribute__((always_inline)) static inline void undo_rounding_up(
    int16_t *out, size_t count, int64_t excess, size_t block) {
  for (size_t start = 0; start < count; start += block) {
    const size_t length = count - start < block ? count - start : block;
    const int32_t drop = (int32_t)less_mask(0, excess) & 1;
    int32_t saved = 0;
    for (size_t i = start; i < start + length; i++) {
      const int32_t x = out[i] >> 1, dropped = out[i] & drop;
      const int32_t sign = (x >> 31) | 1;
      saved += dropped * (2 * magnitude(x) - 1);
      out[i] = (int16_t)(x - sign * dropped);
    }
    excess -= saved;
  }
}

// The least n with n^2 >= square, for square < 2^62: one bit after the other.
static uint64_t ceiling_root(uint64_t square) {
  uint64_t root = 0;
  for (int bit = 30; bit >= 0; bit--) {
    const uint64_t candidate = root | (UINT64_C(1) << bit);
    // All ones where candidate^2 <= square.
    root |= (uint64_t)(((int64_t)(square - candidate * candidate) >> 63) + 1) << bit;
  }
  return root + ((root * root - square) >> 63);
}

// floor(2^17 * radius / divisor), for radius <= divisor < 2^32: long division, one bit after the other.
static uint32_t reciprocal(uint32_t radius, uint64_t divisor) {
  uint64_t quotient = 0, rest = radius;
  for (int bit = 17; bit >= 0; bit--) {
    const uint64_t fits = (uint64_t)(((int64_t)(rest - divisor) >> 63) + 1);
    quotient |= fits << bit;
    rest = (rest - (divisor & (0 - fits))) << 1;
  }
  return (uint32_t)quotient;
}

// x_i := x_i * R / n, towards zero, n the least whole number with n^2 >= sum x^2 and n >= R. Then sum x^2 <= R^2 by whole
// numbers alone, and nothing changes where that held before (the quotient is then 2^17 exactly).
__attribute__((always_inline)) static inline void hold(int16_t *values, size_t count, int32_t radius) {
  int64_t square = 0;
  for (size_t i = 0; i < count; i++) square += (int64_t)((int32_t)values[i] * values[i]);
  const int64_t root = (int64_t)ceiling_root((uint64_t)square), least = radius;
  const int64_t mask = less_mask(root, least);
  const uint32_t factor = reciprocal((uint32_t)radius, (uint64_t)((least & mask) | (root & ~mask)));
  for (size_t i = 0; i < count; i++) {
    const int32_t x = values[i], sign = x >> 31;
    const int32_t kept = (int32_t)(((uint32_t)magnitude(x) * factor) >> 17);
    values[i] = (int16_t)((kept ^ sign) - sign);
  }
}

__attribute__((always_inline)) static inline size_t clip(
    const float *activation, size_t count, int32_t radius, int16_t *out) {
  double square;
  const size_t wild = sanitised_and_square(activation, count, &square);
  const int64_t sum = quantise(activation, count, scale_factor(square, radius), radius, out);
  const int64_t excess = sum - (int64_t)radius * radius;
  // Short vectors are worth every element; in long ones a block more or less does not matter.
  if (count < 512)
    undo_rounding_up(out, count, excess, 1);
  else
    undo_rounding_up(out, count, excess, 16);
  hold(out, count, radius);
  return wild;
}

__attribute__((always_inline)) static inline void add(const int16_t *x, size_t count, int16_t *noise) {
  for (size_t i = 0; i < count; i++) {
    int32_t y = (int32_t)x[i] + noise[i];
    y += (INT16_MAX - y) & ((INT16_MAX - y) >> 31);
    y += (INT16_MIN - y) & ((y - INT16_MIN) >> 31);
    noise[i] = (int16_t)y;
  }
}

static size_t clip_portable(const float *activation, size_t count, int32_t radius, int16_t *out) {
  return clip(activation, count, radius, out);
}
static void hold_portable(int16_t *values, size_t count, int32_t radius) { hold(values, count, radius); }
static void add_portable(const int16_t *x, size_t count, int16_t *noise) { add(x, count, noise); }

#if defined(CNOISE_VECTOR)

// The same code, for a processor with wider registers.
CNOISE_VECTOR static size_t clip_vector(const float *activation, size_t count, int32_t radius, int16_t *out) {
  return clip(activation, count, radius, out);
}
CNOISE_VECTOR static void hold_vector(int16_t *values, size_t count, int32_t radius) { hold(values, count, radius); }
CNOISE_VECTOR static void add_vector(const int16_t *x, size_t count, int16_t *noise) { add(x, count, noise); }

size_t cnoise_clip(const float *activation, size_t count, int32_t radius, int16_t *out) {
  return cnoise_avx2_available() ? clip_vector(activation, count, radius, out)
                                 : clip_portable(activation, count, radius, out);
}
void cnoise_hold(int16_t *values, size_t count, int32_t radius) {
  if (cnoise_avx2_available())
    hold_vector(values, count, radius);
  else
    hold_portable(values, count, radius);
}
void cnoise_add(const int16_t *x, size_t count, int16_t *noise) {
  if (cnoise_avx2_available())
    add_vector(x, count, noise);
  else
    add_portable(x, count, noise);
}

#else

size_t cnoise_clip(const float *activation, size_t count, int32_t radius, int16_t *out) {
  return clip_portable(activation, count, radius, out);
}
void cnoise_hold(int16_t *values, size_t count, int32_t radius) { hold_portable(values, count, radius); }
void cnoise_add(const int16_t *x, size_t count, int16_t *noise) { add_portable(x, count, noise); }

#endif
