// The two-step scan of the AVX kernels: the same count as kernel.h's, in a third of the instructions or fewer.
//
// The table is cut into 8 blocks of `size` thresholds, less one each (U = T - 1, so that v >= T is v > U), filled up
// with the largest v, which no v exceeds. Column p holds the p-th of every block. The last column, whose eighth entry
// is always filling, holds the blocks' ends: b = #{ends below v} blocks are wholly below v, and because the thresholds
// never decrease every later block is wholly above it. So m = b * size + #{p < size - 1 : v > U[b][p]}.
//
// b is secret, so U[b][p] is not read from memory at b: a column is loaded whole into a register, and a permutation of
// the register (vpermd, which takes one time whatever the indices) gives each lane its own. Every column is compared
// with every lane.
//
// Entries are cut into 32-bit parts, lowest first; all but the top part have their top bit flipped, so that a signed
// comparison orders them as unsigned. v > U is decided from the lowest part up: v > U where v_i > U_i, or v_i = U_i and
// the parts below are greater, that is where v_i > U_i - carry. U_i - carry must not wrap: the top part is not
// negative, and no middle part of U is zero (make_noise_tables.py --check sees to it).
#ifndef CNOISE_COLUMNS_H
#define CNOISE_COLUMNS_H

#include "kernel.h"

enum {
  CNOISE_BLOCKS = 8,
  CNOISE_LARGEST_COUNT = 1023,
  CNOISE_MOST_COLUMNS = (CNOISE_LARGEST_COUNT + 1) / CNOISE_BLOCKS
};

typedef struct {
  // Of a block, the filling included.
  uint32_t size;
  // [column][part][block].
  int32_t parts[CNOISE_MOST_COLUMNS * 4 * CNOISE_BLOCKS] __attribute__((aligned(64)));
} cnoise_columns;

// The count of a table is public: so are these loops. It is at most CNOISE_LARGEST_COUNT (a test holds it).
static inline void cnoise_columns_fill(cnoise_columns *columns, const cnoise_table *table) {
  const uint32_t words = table->bits / 64, parts = 2 * words;
  columns->size = (table->count + CNOISE_BLOCKS) / CNOISE_BLOCKS;
  for (uint32_t index = 0; index < columns->size * CNOISE_BLOCKS; index++) {
    const uint32_t block = index / columns->size, column = index % columns->size;
    int32_t *target = columns->parts + column * parts * CNOISE_BLOCKS + block;
    uint64_t borrow = 1;
    for (uint32_t word = 0; word < words; word++) {
      const uint64_t largest = word + 1 == words ? CNOISE_LOW63 : UINT64_MAX;
      const uint64_t threshold = index < table->count ? table->thresholds[index * words + word] : 0;
      const uint64_t entry = index < table->count ? threshold - borrow : largest;
      borrow = borrow && threshold == 0;
      target[2 * word * CNOISE_BLOCKS] = (int32_t)((uint32_t)entry ^ UINT32_C(0x80000000));
      const uint32_t flip = word + 1 == words ? 0 : UINT32_C(0x80000000);
      target[(2 * word + 1) * CNOISE_BLOCKS] = (int32_t)((uint32_t)(entry >> 32) ^ flip);
    }
  }
}

#endif
