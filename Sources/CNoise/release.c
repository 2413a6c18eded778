// The release path but for the noise itself: clip, quantise, hold to the radius, add, saturate.
//
// Constant time: no branch and no address depends on the activation or the noise, only on their number. Selections are
// arithmetic on masks. There is no division, square root or library call, whose time may depend on operands: a reciprocal
// root comes from Newton's method, a quotient and a root of integers from shifts and subtractions. Nor does any
// floating-point operand become subnormal, which costs some processors a hundred cycles: subnormal inputs are below every
// grid and count as zero, squares of the others are at least 2^-252.
//
// The bound |values|^2 <= radius^2 rests on cnoise_hold alone, which is integers from end to end.
#include <string.h>

#include "CNoise.h"

#define INLINE __attribute__((always_inline)) static inline

enum { LANES = 8 };
typedef int16_t lanes __attribute__((vector_size(2 * LANES)));
typedef int64_t wide_lanes __attribute__((vector_size(8 * LANES)));

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

// 1 for the infinities and NaNs.
INLINE uint32_t is_not_finite(uint32_t bits) { return ((bits & 0x7f800000) + 0x00800000) >> 31; }

// The number, or zero if it is subnormal, infinite or NaN.
INLINE double sanitised(uint32_t bits) {
  const uint32_t is_tiny = ((bits & 0x7f800000) - 1) >> 31;
  bits &= (is_not_finite(bits) | is_tiny) - 1;
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

// 1 / sqrt(x) for 1 <= x < 2^300 to a few units in the last place: five Newton steps from a guess within 4 %.
INLINE double reciprocal_root(double x) {
  double y = double_of(UINT64_C(0x5fe6eb50c7b537a9) - (bits_of(x) >> 1));
  for (int step = 0; step < 5; step++) y *= 1.5 - 0.5 * x * y * y;
  return y;
}

// Sums by lane: the order of additions is fixed, and fit for vector registers.
typedef struct {
  double squares[LANES];
  uint32_t not_finite[LANES];
} sums;

INLINE void take(sums *sums, const float *inputs) {
  for (int lane = 0; lane < LANES; lane++) {
    uint32_t bits;
    memcpy(&bits, inputs + lane, sizeof bits);
    const double value = sanitised(bits);
    sums->squares[lane] += value * value;
    sums->not_finite[lane] += is_not_finite(bits);
  }
}

// radius / max(|activation|, 1), and how many inputs were not finite. Neither squares nor sums can overflow.
INLINE double scale_factor(const float *activation, size_t count, int32_t radius, uint64_t *not_finite) {
  const size_t whole = count - count % LANES;
  float rest[LANES] = {0};
  sums sums = {0};
  for (size_t i = 0; i < whole; i += LANES) take(&sums, activation + i);
  memcpy(rest, activation + whole, (count - whole) * sizeof *rest);
  take(&sums, rest);
  double square = 0;
  for (int lane = 0; lane < LANES; lane++) {
    square += sums.squares[lane];
    *not_finite += sums.not_finite[lane];
  }
  // Bits of numbers that are not negative order as the numbers do.
  const uint64_t is_long = (bits_of(1) - bits_of(square)) >> 63, mask = UINT64_C(0) - is_long;
  const double longer = double_of((bits_of(square) & mask) | (bits_of(1) & ~mask));
  const double reciprocal = double_of((bits_of(reciprocal_root(longer)) & mask) | (bits_of(1) & ~mask));
  return radius * reciprocal;
}

// Adding it leaves the nearest whole number, ties to even, in the low bits of the sum.
#define ROUNDER 6755399441055744.0

// min(max(value, -radius), radius).
INLINE int32_t clamped(int32_t value, int32_t radius) {
  value = value < radius ? value : radius;
  return value > -radius ? value : -radius;
}

// One activation times `factor`, rounded. `gain`: what a step back towards zero takes off the square, 2 |value| - 1, where
// rounding went away from zero; elsewhere 0.
INLINE int16_t quantised(uint32_t bits, double factor, int32_t radius, int16_t *gain) {
  const double exact = sanitised(bits) * factor, shifted = exact + ROUNDER, rounded = shifted - ROUNDER;
  const uint64_t magnitude = UINT64_MAX >> 1;
  const uint32_t is_up = (uint32_t)(((bits_of(exact) & magnitude) - (bits_of(rounded) & magnitude)) >> 63);
  const int32_t value = clamped((int32_t)(uint32_t)bits_of(shifted), radius);
  const int32_t sign = value >> 31, size = (value ^ sign) - sign;
  *gain = (int16_t)((2 * size - 1) & -(int32_t)is_up);
  return (int16_t)value;
}

INLINE void quantise(
    const float *activation, size_t count, double factor, int32_t radius, int16_t *values, int16_t *gains) {
  for (size_t i = 0; i < count; i++) {
    uint32_t bits;
    memcpy(&bits, activation + i, sizeof bits);
    values[i] = quantised(bits, factor, radius, gains + i);
  }
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
INLINE void give_way(int16_t *values, const int16_t *gains, wide_lanes *spent, int64_t excess) {
  lanes value, gain;
  memcpy(&value, values, sizeof value);
  memcpy(&gain, gains, sizeof gain);
  const lanes is_needed = __builtin_convertvector((*spent - excess) >> 63, lanes), sign = value >> 15 | 1;
  *spent += __builtin_convertvector(gain, wide_lanes);
  value -= sign & is_needed & (-gain >> 15);
  memcpy(values, &value, sizeof value);
}

// While the square exceeds radius^2, takes one off the magnitude of an element that rounding had made larger. Keeps more of
// a vector on a coarse grid than scaling would, which truncates ones to zeros. In the order of lanes, all of lane 0 first:
// each lane starts from what those before it gain in all, so that the lanes can go side by side.
INLINE void undo_rounding_up(int16_t *values, const int16_t *gains, size_t count, int32_t radius) {
  const int64_t excess = square_of(values, count) - (int64_t)radius * radius;
  const size_t whole = count - count % LANES, rest = count - whole;
  int16_t last_values[LANES] = {0}, last_gains[LANES] = {0};
  memcpy(last_values, values + whole, rest * sizeof *values);
  memcpy(last_gains, gains + whole, rest * sizeof *gains);

  wide_lanes totals = {0}, spent = {0};
  for (size_t i = 0; i < whole; i += LANES) {
    lanes gain;
    memcpy(&gain, gains + i, sizeof gain);
    totals += __builtin_convertvector(gain, wide_lanes);
  }
  for (int lane = 1; lane < LANES; lane++) spent[lane] = spent[lane - 1] + totals[lane - 1] + last_gains[lane - 1];

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
    remainder = (trial & (UINT64_C(0) - fits)) | (remainder & (fits - 1));
    quotient |= (uint32_t)fits << bit;
  }
  return quotient;
}

// Each magnitude times q / 2^16, q = floor(2^16 R / n), rounded down, n = max(R, ceiling |values|): then the sum of
// squares is at most |values|^2 (R / n)^2 <= R^2. Where n = R, q is 2^16 and nothing changes.
INLINE void hold(int16_t *values, size_t count, int32_t radius) {
  const uint64_t root = ceiling_root((uint64_t)square_of(values, count)), least = (uint64_t)radius;
  const uint64_t divisor = least + ((root - least) & (((root - least) >> 63) - 1));
  const uint32_t factor = ratio((uint32_t)radius, divisor);
  for (size_t i = 0; i < count; i++) {
    const int32_t value = values[i], sign = value >> 31;
    const uint32_t size = (uint32_t)((value ^ sign) - sign);
    values[i] = (int16_t)(((int32_t)(size * factor >> 16) ^ sign) - sign);
  }
}

INLINE uint64_t clip(const float *activation, size_t count, int32_t radius, int16_t *values, int16_t *gains) {
  uint64_t not_finite = 0;
  const double factor = scale_factor(activation, count, radius, &not_finite);
  quantise(activation, count, factor, radius, values, gains);
  undo_rounding_up(values, gains, count, radius);
  hold(values, count, radius);
  return not_finite;
}

INLINE void add(const int16_t *noise, size_t count, int16_t *values) {
  for (size_t i = 0; i < count; i++) {
    int32_t sum = (int32_t)values[i] + noise[i];
    sum = sum < INT16_MAX ? sum : INT16_MAX;
    values[i] = (int16_t)(sum > INT16_MIN ? sum : INT16_MIN);
  }
}

void cnoise_hold(int16_t *values, size_t count, int32_t radius) { hold(values, count, radius); }

static uint64_t clip_portable(
    const float *activation, size_t count, int32_t radius, int16_t *values, int16_t *gains) {
  return clip(activation, count, radius, values, gains);
}

static void add_portable(const int16_t *noise, size_t count, int16_t *values) { add(noise, count, values); }

#if defined(__x86_64__)

// The same source with wider registers.
__attribute__((target("avx2"))) static uint64_t clip_avx2(
    const float *activation, size_t count, int32_t radius, int16_t *values, int16_t *gains) {
  return clip(activation, count, radius, values, gains);
}

__attribute__((target("avx2"))) static void add_avx2(const int16_t *noise, size_t count, int16_t *values) {
  add(noise, count, values);
}

uint64_t cnoise_clip(
    const float *activation, size_t count, int32_t radius, int16_t *values, int16_t *gains) {
  return cnoise_avx2_available() ? clip_avx2(activation, count, radius, values, gains)
                                 : clip_portable(activation, count, radius, values, gains);
}

void cnoise_add(const int16_t *noise, size_t count, int16_t *values) {
  if (cnoise_avx2_available())
    add_avx2(noise, count, values);
  else
    add_portable(noise, count, values);
}

#else

uint64_t cnoise_clip(const float *activation, size_t count, int32_t radius, int16_t *values, int16_t *gains) {
  return clip_portable(activation, count, radius, values, gains);
}

void cnoise_add(const int16_t *noise, size_t count, int16_t *values) { add_portable(noise, count, values); }

#endif
