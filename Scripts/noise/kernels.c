// Every kernel against the portable one, and the portable one against the definition. See Scripts/check_kernels.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "CNoise.h"

enum { RANDOM = 20000, MOST = RANDOM + 8 * 1024 };

typedef void kernel(const cnoise_table *, const uint64_t *, size_t, int16_t *);
static kernel *const kernels[] = {cnoise_sample_avx2, cnoise_sample_avx512, cnoise_sample_neon};
static const char *const names[] = {"avx2", "avx512", "neon"};
static uint64_t words[2 * MOST];
static int16_t wanted[MOST], seen[MOST];

// xorshift64*: any fixed sequence will do.
static uint64_t next_word(void) {
  static uint64_t state = UINT64_C(0x9e3779b97f4a7c15);
  state ^= state >> 12;
  state ^= state << 25;
  state ^= state >> 27;
  return state * UINT64_C(2685821657736338717);
}

static unsigned __int128 threshold(const cnoise_table *table, uint32_t j) {
  return table->bits == 64 ? table->thresholds[j]
                           : (unsigned __int128)table->thresholds[2 * j + 1] << 64 | table->thresholds[2 * j];
}

static void put(const cnoise_table *table, size_t index, unsigned __int128 v, int negative) {
  const size_t step = table->bits / 64;
  v |= (unsigned __int128)negative << (table->bits - 1);
  for (size_t word = 0; word < step; word++) words[step * index + word] = (uint64_t)(v >> (64 * word));
}

// Around every threshold: T - 1, T with both signs, and with each 32-bit part in turn one more and one less, so that
// every carry between parts is met. Then random words.
static size_t fill(const cnoise_table *table) {
  const size_t step = table->bits / 64;
  const unsigned __int128 mask = ~(unsigned __int128)0 >> (129 - table->bits);
  size_t count = 0;
  for (uint32_t j = 0; j < table->count; j++) {
    for (int negative = 0; negative < 2; negative++) {
      put(table, count++, threshold(table, j) - 1, negative);
      put(table, count++, threshold(table, j), negative);
    }
    const unsigned __int128 part = (unsigned __int128)1 << 32 * (j % (table->bits / 32));
    put(table, count++, (threshold(table, j) + part) & mask, 0);
    put(table, count++, (threshold(table, j) - part) & mask, 1);
  }
  put(table, count++, 0, 1);
  put(table, count++, mask, 0);
  for (size_t i = 0; i < RANDOM; i++, count++)
    for (size_t word = 0; word < step; word++) words[step * count + word] = next_word();
  return count;
}

static int16_t defined(const cnoise_table *table, size_t index) {
  const size_t step = table->bits / 64;
  unsigned __int128 v = 0;
  for (size_t word = step; word-- > 0;) v = v << 64 | words[step * index + word];
  const unsigned __int128 sign = (unsigned __int128)1 << (table->bits - 1);
  int16_t magnitude = 0;
  while (magnitude < (int16_t)table->count && threshold(table, (uint32_t)magnitude) <= (v & (sign - 1))) magnitude++;
  return v & sign ? (int16_t)-magnitude : magnitude;
}

static void compare(const cnoise_table *table, const char *name, kernel *kernel, size_t count) {
  memset(seen, 0x55, sizeof seen);
  kernel(table, words, count, seen);
  for (size_t i = 0; i < count; i++)
    if (seen[i] != wanted[i]) {
      fprintf(stderr, "check_kernels: %s, scale %u, %u bits: sample %zu is %d, not %d\n", name, table->scale, table->bits,
              i, seen[i], wanted[i]);
      exit(1);
    }
  if (seen[count] != 0x5555) {
    fprintf(stderr, "check_kernels: %s, scale %u, %u bits: wrote beyond %zu samples\n", name, table->scale, table->bits,
            count);
    exit(1);
  }
}

int main(void) {
  size_t samples = 0;
  for (uint32_t bits = 64; bits <= 128; bits *= 2)
    for (uint32_t scale = 8; scale <= 64; scale *= 2) {
      const cnoise_table *table = cnoise_table_for(scale, bits);
      const size_t count = fill(table);
      for (size_t i = 0; i < count; i++) wanted[i] = defined(table, i);
      compare(table, "portable", cnoise_sample_portable, count);
      for (size_t k = 0; k < sizeof kernels / sizeof kernels[0]; k++) {
        compare(table, names[k], kernels[k], count);
        for (size_t few = 0; few < 100; few++) compare(table, names[k], kernels[k], few);
      }
      samples += count;
    }
  printf("kernels: avx2, avx512 and neon agree with the portable one, and that with the definition, on %zu samples\n", samples);
  return 0;
}
