// Every aggregation kernel against the portable one, bit for bit, and that one's middles against sorting. See Scripts/check_kernels.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "COrder.h"

extern const corder_kernel corder_portable, corder_avx2, corder_avx512;
static const corder_kernel *const kernels[] = {&corder_portable, &corder_avx2, &corder_avx512};
enum { KERNELS = 3, MOST_ROWS = 300, COLUMNS = 96, STRIDE = COLUMNS + 16 };

static uint64_t next_word(void) {
  static uint64_t state = UINT64_C(0x9e3779b97f4a7c15);
  state ^= state >> 12;
  state ^= state << 25;
  state ^= state >> 27;
  return state * UINT64_C(2685821657736338717);
}

// A third each: few different numbers, ordinary ones, and any finite ones, subnormals and both zeros among them.
static float number(void) {
  const uint64_t word = next_word();
  if (word % 3 == 0) return (float)((int)(word >> 32) % 4 - 2);
  if (word % 3 == 1) return (float)(int32_t)(word >> 32) * 0x1p-30f;
  uint32_t bits = (uint32_t)(word >> 32);
  if ((bits & 0x7f800000) == 0x7f800000) bits ^= 0x40000000;
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

// What one kernel makes of the same input.
typedef struct {
  float mean[COLUMNS], median[COLUMNS], copied[COLUMNS], mixed[MOST_ROWS * STRIDE];
  double z[COLUMNS], squares[MOST_ROWS], half[(MOST_ROWS + 4) * COLUMNS], gram[(MOST_ROWS + 4) * (MOST_ROWS + 4)];
  int flag;
} outcome;

static float numbers[MOST_ROWS * STRIDE];
static double weights[MOST_ROWS], chosen[MOST_ROWS * MOST_ROWS], start[COLUMNS];
static outcome wanted, seen;

static void run(const corder_kernel *kernel, size_t rows, size_t trim, outcome *to) {
  static char scratch[(MOST_ROWS + 16) * 64] __attribute__((aligned(64)));
  const float *starts[MOST_ROWS];
  for (size_t r = 0; r < rows; r++) starts[r] = numbers + r * STRIDE;
  // What is fetched to the cache, and from where, changes nothing.
  const corder_block block = {starts, rows % 2 ? starts : NULL, rows, COLUMNS, (int)(rows % 4)};
  memset(to, 0, sizeof *to);
  memcpy(to->z, start, sizeof start);
  kernel->middle(&block, trim, scratch, to->mean, to->median);
  kernel->combine(&block, weights, 0.25, to->z);
  kernel->distances(&block, start, to->squares);
  kernel->centre(&block, to->median, to->half);
  kernel->gram(to->half, (rows + 3) / 4 * 4, COLUMNS, to->gram);
  kernel->mix(&block, chosen, 7, to->mixed, STRIDE);
  to->flag = kernel->copy((const char *)numbers + 1, COLUMNS - rows % 16, rows % 2, to->copied);
}

static int by_value(const void *a, const void *b) {
  const float x = *(const float *)a, y = *(const float *)b;
  return (x > y) - (x < y);
}

static void fail(const char *name, size_t rows, const char *what) {
  fprintf(stderr, "check_kernels: %s, %zu rows: %s\n", name, rows, what);
  exit(1);
}

static void check_middles(size_t rows, size_t trim) {
  float column[MOST_ROWS];
  for (size_t c = 0; c < COLUMNS; c++) {
    double sum = 0, size = 0;
    for (size_t r = 0; r < rows; r++) column[r] = numbers[r * STRIDE + c];
    qsort(column, rows, sizeof *column, by_value);
    for (size_t r = trim; r < rows - trim; r++) {
      sum += column[r];
      size += fabs((double)column[r]);
    }
    const double mean = sum / (double)(rows - 2 * trim);
    const float median = (float)(((double)column[(rows - 1) / 2] + column[rows / 2]) / 2);
    if (wanted.median[c] != median) fail("portable", rows, "the median is another than by sorting");
    if (fabs(wanted.mean[c] - mean) > 1e-7 * fabs(mean) + 1e-12 * size + 1e-45)
      fail("portable", rows, "the trimmed mean is another than by sorting");
  }
}

int main(void) {
  size_t inputs = 0;
  for (size_t rows = 1; rows <= MOST_ROWS; rows += rows < 140 ? 1 : 16)
    for (size_t part = 0; part < 3; part++) {
      const size_t trim = (rows - 1) / 2 * part / 2;
      for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) numbers[i] = number();
      for (size_t i = 0; i < rows * rows; i++) chosen[i] = (double)(next_word() >> 63);
      for (size_t i = 0; i < rows; i++) weights[i] = (double)(int64_t)next_word() * 0x1p-63;
      for (size_t i = 0; i < COLUMNS; i++) start[i] = (double)(int64_t)next_word() * 0x1p-60;
      run(kernels[0], rows, trim, &wanted);
      check_middles(rows, trim);
      for (size_t k = 1; k < KERNELS; k++) {
        run(kernels[k], rows, trim, &seen);
        if (memcmp(&wanted, &seen, sizeof seen) != 0) fail(kernels[k]->name, rows, "differs from the portable kernel");
      }
      inputs++;
    }
  printf("kernels: avx2 and avx512 agree with portable in aggregation, and its middles with sorting, on %zu inputs\n", inputs);
  return 0;
}
