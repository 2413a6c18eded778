// Running times against secrets. See Scripts/check_constant_time.
//
// t-test: the times of one operation on fixed and on random secrets, in random order, so that whatever the machine does
// falls on both alike. Interruptions only ever add time: the slowest tenth, taken over both classes together, is left
// out, which is fair to both. A test is repeated on fresh measurements up to ROUNDS times and fails only if it fails
// each time, in the same direction. |t| <= T_LIMIT: with independent times a round fails with 2 * 1.3e-12 (normal, 7),
// all five with less than 1e-55; the rounds are there for times that are not independent (another process, the clock's
// frequency), of which no probability can be told.
//
// Rank correlation of one draw's time with |noise|, LIMIT 0.01 at DRAWS = 10^6: with independent times it has a standard
// deviation of 0.001, so that ten of them are passed with 1.5e-23. One draw is one word in every lane of a register: a kernel
// hands what does not fill one to the portable kernel, whose time would be measured in its stead.
//
// Each planted leak must be found in one of as many rounds.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "CNoise.h"

enum { ROUNDS = 5, PAIRS = 40000, DRAWS = 1000000, BLOCK = 64, LANES = 16, LENGTH = 256 };
#define T_LIMIT 7.0
#define RANK_LIMIT 0.01

typedef void kernel(const cnoise_table *, const uint64_t *, size_t, int16_t *);
typedef struct {
  kernel *kernel;
  const cnoise_table *table;
} sampler;

static uint64_t state = UINT64_C(0x9e3779b97f4a7c15);
static uint64_t words[2 * BLOCK];
static int16_t samples[LENGTH], values[LENGTH], gains[LENGTH];
static float activation[LENGTH];

// xorshift64*
static uint64_t next_word(void) {
  state ^= state >> 12;
  state ^= state << 25;
  state ^= state >> 27;
  return state * UINT64_C(2685821657736338717);
}

static uint64_t now(void) {
#if defined(__x86_64__)
  unsigned low, high, processor;
  __asm__ volatile("lfence\n\trdtscp\n\tlfence" : "=a"(low), "=d"(high), "=c"(processor)::"memory");
  return (uint64_t)high << 32 | low;
#else
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
#endif
}

static int by_value(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

typedef struct {
  // Puts secrets in place: fixed or random.
  void (*prepare)(int is_random);
  void (*run)(const sampler *);
} operation;

// Welch's t of the times of both classes.
static double welch(const operation *operation, const sampler *sampler) {
  static double times[PAIRS], sorted[PAIRS];
  static unsigned char class[PAIRS];
  for (int i = 0; i < PAIRS; i++) {
    class[i] = next_word() >> 63;
    operation->prepare(class[i]);
    const uint64_t start = now();
    operation->run(sampler);
    times[i] = (double)(now() - start);
  }
  memcpy(sorted, times, sizeof times);
  qsort(sorted, PAIRS, sizeof *sorted, by_value);
  const double most = sorted[PAIRS * 9 / 10];
  double n[2] = {0}, mean[2] = {0}, spread[2] = {0};
  for (int i = 0; i < PAIRS; i++) {
    if (times[i] > most) continue;
    const double delta = times[i] - mean[class[i]];
    mean[class[i]] += delta / ++n[class[i]];
    spread[class[i]] += delta * (times[i] - mean[class[i]]);
  }
  const double error = spread[0] / (n[0] * (n[0] - 1)) + spread[1] / (n[1] * (n[1] - 1));
  return error > 0 ? (mean[1] - mean[0]) / sqrt(error) : 0;
}

// Ranks, equal ones sharing their mean.
static void rank(double *of, size_t count, double *ranks) {
  typedef struct {
    double value;
    size_t index;
  } entry;
  entry *entries = malloc(count * sizeof *entries);
  if (!entries) exit(70);
  for (size_t i = 0; i < count; i++) entries[i] = (entry){of[i], i};
  qsort(entries, count, sizeof *entries, by_value);
  for (size_t i = 0; i < count;) {
    size_t end = i;
    while (end < count && entries[end].value == entries[i].value) end++;
    for (size_t k = i; k < end; k++) ranks[entries[k].index] = (double)(i + end - 1) / 2;
    i = end;
  }
  free(entries);
}

// Spearman's correlation of the time of one draw with its magnitude.
static double spearman(const sampler *sampler) {
  static double times[DRAWS], sizes[DRAWS], time_ranks[DRAWS], size_ranks[DRAWS];
  for (int i = 0; i < DRAWS; i++) {
    const uint64_t word[2] = {next_word(), next_word()};
    for (int lane = 0; lane < 2 * LANES; lane++) words[lane] = word[sampler->table->bits == 128 ? lane % 2 : 0];
    const uint64_t start = now();
    sampler->kernel(sampler->table, words, LANES, samples);
    times[i] = (double)(now() - start);
    sizes[i] = abs(samples[0]);
  }
  rank(times, DRAWS, time_ranks);
  rank(sizes, DRAWS, size_ranks);
  double product = 0, time_square = 0, size_square = 0;
  for (int i = 0; i < DRAWS; i++) {
    const double a = time_ranks[i] - (DRAWS - 1) / 2.0, b = size_ranks[i] - (DRAWS - 1) / 2.0;
    product += a * b, time_square += a * a, size_square += b * b;
  }
  return time_square > 0 ? product / sqrt(time_square * size_square) : 0;
}

// --- Secrets and operations --------------------------------------------------------------------------------------------

static void prepare_words(int is_random) {
  const uint64_t mask = UINT64_C(0) - (uint64_t)is_random;
  for (int i = 0; i < 2 * BLOCK; i++) words[i] = next_word() & mask;
}

static void run_sampler(const sampler *sampler) { sampler->kernel(sampler->table, words, BLOCK, samples); }

// Fixed: all subnormal, which careless arithmetic is slow on. Random: any bits, infinities and NaNs among them.
static void prepare_activation(int is_random) {
  const uint32_t mask = 0 - (uint32_t)is_random;
  for (int i = 0; i < LENGTH; i++) {
    const uint32_t bits = ((uint32_t)next_word() & mask) | (12345 & ~mask);
    memcpy(activation + i, &bits, sizeof bits);
  }
}

static void run_release(const sampler *sampler) {
  (void)sampler;
  (void)cnoise_clip(activation, LENGTH, 1000, values, gains);
  cnoise_add(samples, LENGTH, values);
}

// The planted leaks: a scan that stops when it has found its magnitude, and a clip that branches.
static void leaky(const cnoise_table *table, const uint64_t *words, size_t count, int16_t *out) {
  for (size_t i = 0; i < count; i++) {
    uint32_t m = 0;
    while (m < table->count && (words[i] & INT64_MAX) >= table->thresholds[m]) m++;
    out[i] = (int16_t)(words[i] >> 63 ? -(int)m : (int)m);
  }
}

static volatile float sink;
static void run_leaky_release(const sampler *sampler) {
  (void)sampler;
  for (int i = 0; i < LENGTH; i++)
    if (activation[i] > 1) sink = activation[i];
}

// --- Verdicts ----------------------------------------------------------------------------------------------------------

static int failures;

static void report(const char *what, const char *figure, double seen, double limit, int is_planted, int found) {
  printf("%s: %s %+.4f%s\n", what, figure, seen, is_planted ? " (planted leak)" : "");
  if (found == is_planted) return;
  failures++;
  fprintf(stderr, is_planted ? "check_constant_time: %s: a planted leak was not found (%s %g, limit %g)\n"
                             : "check_constant_time: %s depends on a secret (%s %g, limit %g)\n", what, figure, seen, limit);
}

static void expect_t(const char *what, operation operation, sampler sampler, int is_planted) {
  int rounds = 0, up = 0, down = 0;
  double t = 0;
  // Until the outcome is settled: a planted leak once found, any other test once passed.
  do {
    t = welch(&operation, &sampler);
    rounds++, up += t > T_LIMIT, down += t < -T_LIMIT;
  } while (rounds < ROUNDS && (is_planted ? up + down == 0 : up == rounds || down == rounds));
  report(what, "t", t, T_LIMIT, is_planted, is_planted ? up + down > 0 : up == rounds || down == rounds);
}

static void expect_rank(const char *what, sampler sampler, int is_planted) {
  double rho = 1;
  for (int round = 0; round < ROUNDS; round++) {
    rho = spearman(&sampler);
    if ((fabs(rho) > RANK_LIMIT) == is_planted) break;
  }
  report(what, "rank correlation with |noise|", rho, RANK_LIMIT, is_planted, fabs(rho) > RANK_LIMIT);
}

static void check_kernel(const char *name, kernel *kernel) {
  const operation sampling = {prepare_words, run_sampler};
  char what[80];
  for (uint32_t bits = 64; bits <= 128; bits *= 2)
    for (uint32_t scale = 8; scale <= 64; scale *= 8) {
      const sampler sampler = {kernel, cnoise_table_for(scale, bits)};
      snprintf(what, sizeof what, "%s, scale %u, %u bits", name, scale, bits);
      expect_t(what, sampling, sampler, 0);
    }
  snprintf(what, sizeof what, "%s, scale 8, 64 bits", name);
  expect_rank(what, (sampler){kernel, cnoise_table_for(8, 64)}, 0);
}

int main(void) {
  const sampler stopping = {leaky, cnoise_table_for(8, 64)};
  check_kernel("portable", cnoise_sample_portable);
  if (cnoise_avx2_available()) check_kernel("avx2", cnoise_sample_avx2);
  if (cnoise_avx512_available()) check_kernel("avx512", cnoise_sample_avx512);
  if (cnoise_neon_available()) check_kernel("neon", cnoise_sample_neon);
  expect_t("scan that stops early", (operation){prepare_words, run_sampler}, stopping, 1);
  expect_rank("scan that stops early", stopping, 1);
  expect_t("release", (operation){prepare_activation, run_release}, stopping, 0);
  expect_t("clip that branches", (operation){prepare_activation, run_leaky_release}, stopping, 1);
  return failures ? 1 : 0;
}
