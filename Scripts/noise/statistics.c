// Statistical tests of the sampler at scale. See Scripts/check_noise_statistics.
//
// A run has 201 bounds a table. A true sampler passes the 67 of chi-square kind except with 9.4e-14 each, the four tails with
// 1.9e-13 each, the 130 correlations with 1.4e-14 each: over all eight tables a false alarm less than once in 10^10 runs
// with fresh seeds.
#include <math.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "CNoise.h"

enum { CHUNK = 2048, LANES = 32, SERIES = 1 << 20, LAGS = 64, REACH = 1024 };

// exp(-RARITY) = 9.4e-14; a standard normal exceeds NORMAL on either side with 1.4e-14.
#define RARITY 30.0
#define NORMAL 7.7

typedef struct {
  const cnoise_table *table;
  EVP_CIPHER_CTX *keystream;
} source;

static int64_t histogram[LANES][2 * REACH + 1];
static int16_t series[SERIES], other[SERIES];
static int failures;

static void expect(int holds, const cnoise_table *table, const char *what, double figure, double bound) {
  if (holds) return;
  failures++;
  fprintf(stderr, "check_noise_statistics: scale %u, %u bits: %s is %g, beyond %g\n", table->scale, table->bits, what,
          figure, bound);
}

static source open_source(const cnoise_table *table, uint64_t seed, uint8_t call) {
  unsigned char key[32] = {0}, counter[16] = {0};
  memcpy(key, &seed, sizeof seed);
  key[30] = (unsigned char)(table->scale + (table->bits == 128));
  key[31] = call;
  source made = {table, EVP_CIPHER_CTX_new()};
  if (!made.keystream || EVP_EncryptInit_ex(made.keystream, EVP_aes_256_ctr(), NULL, key, counter) != 1) {
    fputs("check_noise_statistics: libcrypto refused AES-256-CTR\n", stderr);
    exit(70);
  }
  return made;
}

static void draw(source *from, int16_t *out, size_t count) {
  static uint64_t words[2 * CHUNK];
  const int bytes = (int)(count * from->table->bits / 8);
  int written = 0;
  memset(words, 0, sizeof words);
  if (EVP_EncryptUpdate(from->keystream, (unsigned char *)words, &written, (unsigned char *)words, bytes) != 1) exit(70);
  if (cnoise_avx512_available()) cnoise_sample_avx512(from->table, words, count, out);
  else if (cnoise_avx2_available()) cnoise_sample_avx2(from->table, words, count, out);
  else if (cnoise_neon_available()) cnoise_sample_neon(from->table, words, count, out);
  else cnoise_sample_portable(from->table, words, count, out);
}

static void draw_all(source *from, int16_t *out, size_t count) {
  for (size_t start = 0; start < count; start += CHUNK) draw(from, out + start, CHUNK);
}

static double mass(int j, double scale) {
  const double unit = scale * sqrt(2);
  return j == 0 ? erf(0.5 / unit) : (erfc((abs(j) - 0.5) / unit) - erfc((abs(j) + 0.5) / unit)) / 2;
}

// Chi-square of `count` samples against exact masses. Laurent and Massart 2000, lemma 1: P(chi2_d > d + 2 sqrt(d x) + 2 x)
// and P(chi2_d < d - 2 sqrt(d x)) are at most exp(-x).
static void expect_fit(const cnoise_table *table, const int64_t *seen, double count, const char *what) {
  double statistic = 0, cells = 0, cell_mass = 0, cell_seen = 0, rest_mass = 1, rest_seen = count;
  for (int j = -REACH; j <= REACH; j++) {
    cell_mass += mass(j, table->scale);
    cell_seen += (double)seen[j + REACH];
    // Cells of at least 200 expected; what is left over makes the last one.
    if (count * cell_mass < 200 || count * (rest_mass - cell_mass) < 200) continue;
    statistic += pow(cell_seen - count * cell_mass, 2) / (count * cell_mass);
    rest_mass -= cell_mass, rest_seen -= cell_seen, cells++, cell_mass = cell_seen = 0;
  }
  statistic += pow(rest_seen - count * rest_mass, 2) / (count * rest_mass);
  const double above = cells + 2 * sqrt(cells * RARITY) + 2 * RARITY, below = cells - 2 * sqrt(cells * RARITY);
  expect(statistic < above, table, what, statistic, above);
  expect(statistic > below, table, what, statistic, below);
}

// Given n_j + n_-j, n_j is binomial: the sum of squares is chi-square.
static void expect_symmetry(const cnoise_table *table, const int64_t *seen) {
  double statistic = 0, cells = 0;
  for (int j = 1; j <= REACH; j++) {
    const double right = (double)seen[REACH + j], left = (double)seen[REACH - j];
    if (right + left < 200) continue;
    statistic += pow(right - left, 2) / (right + left);
    cells++;
  }
  const double above = cells + 2 * sqrt(cells * RARITY) + 2 * RARITY;
  expect(cells > 2 * table->scale && statistic < above, table, "asymmetry (chi-square)", statistic, above);
}

// Beyond 4 and 5 standard deviations, each side: Bernstein's inequality.
static void expect_tails(const cnoise_table *table, const int64_t *seen, double count) {
  for (int multiple = 4; multiple <= 5; multiple++)
    for (int side = -1; side <= 1; side += 2) {
      const int edge = multiple * (int)table->scale;
      const double expected = count * erfc((edge - 0.5) / (table->scale * sqrt(2))) / 2;
      double found = 0;
      for (int j = edge; j <= REACH; j++) found += (double)seen[REACH + side * j];
      const double allowed = sqrt(2 * expected * RARITY) + RARITY;
      expect(fabs(found - expected) < allowed, table, "a tail's surplus", found - expected, allowed);
    }
}

// The coefficient of f(a[i]) and f(b[i]), times the square root of their number: a standard normal if independent.
static double correlation(const int16_t *a, const int16_t *b, size_t count, int magnitudes, double variance, double mean) {
  int64_t product = 0, sum_a = 0, sum_b = 0;
  for (size_t i = 0; i < count; i++) {
    const int x = magnitudes ? abs(a[i]) : a[i], y = magnitudes ? abs(b[i]) : b[i];
    product += x * y, sum_a += x, sum_b += y;
  }
  const double n = (double)count;
  return ((double)product - mean * (double)(sum_a + sum_b) + n * mean * mean) / (variance * sqrt(n));
}

static void expect_independence(const cnoise_table *table, const int16_t *a, const int16_t *b, size_t count,
                                const char *what) {
  double mean = 0, square = 0;
  for (int j = 1; j <= REACH; j++) {
    mean += 2 * j * mass(j, table->scale);
    square += 2.0 * j * j * mass(j, table->scale);
  }
  const double plain = correlation(a, b, count, 0, square, 0);
  const double magnitude = correlation(a, b, count, 1, square - mean * mean, mean);
  expect(fabs(plain) < NORMAL, table, what, plain, NORMAL);
  expect(fabs(magnitude) < NORMAL, table, what, magnitude, NORMAL);
}

static void fill_histogram(source *from, size_t samples) {
  int16_t block[CHUNK];
  memset(histogram, 0, sizeof histogram);
  for (size_t start = 0; start < samples; start += CHUNK) {
    draw(from, block, CHUNK);
    for (size_t i = 0; i < CHUNK; i++) histogram[i % LANES][block[i] + REACH]++;
  }
}

static void check(const cnoise_table *table, size_t samples, uint64_t seed) {
  const int before = failures;
  static int64_t total[2 * REACH + 1];
  source first = open_source(table, seed, 0), second = open_source(table, seed, 1);
  fill_histogram(&first, samples);
  memset(total, 0, sizeof total);
  for (int lane = 0; lane < LANES; lane++) {
    for (int j = 0; j <= 2 * REACH; j++) total[j] += histogram[lane][j];
    expect_fit(table, histogram[lane], (double)samples / LANES, "a lane's chi-square");
  }
  expect_fit(table, total, (double)samples, "chi-square");
  expect_symmetry(table, total);
  expect_tails(table, total, (double)samples);
  draw_all(&first, series, SERIES);
  draw_all(&second, other, SERIES);
  for (size_t lag = 1; lag <= LAGS; lag++)
    expect_independence(table, series, series + lag, SERIES - lag, "serial correlation (in standard errors)");
  expect_independence(table, series, other, SERIES, "correlation of two keys (in standard errors)");
  EVP_CIPHER_CTX_free(first.keystream);
  EVP_CIPHER_CTX_free(second.keystream);
  printf("scale %u, %u bits: %zu samples %s\n", table->scale, table->bits, samples, failures == before ? "fit" : "do not fit");
  fflush(stdout);
}

int main(int count, char **arguments) {
  const long long asked = count == 3 ? atoll(arguments[1]) : 0;
  if (asked < 1000000) {
    fputs("check_noise_statistics: give a number of samples from 1000000, and a seed\n", stderr);
    return 64;
  }
  const size_t samples = (size_t)asked / CHUNK * CHUNK;
  for (uint32_t bits = 64; bits <= 128; bits *= 2)
    for (uint32_t scale = 8; scale <= 64; scale *= 2)
      check(cnoise_table_for(scale, bits), samples, strtoull(arguments[2], NULL, 10));
  if (failures) return 1;
  return 0;
}
