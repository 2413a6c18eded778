// The scan of the AVX kernels: the same count as kernel.h's, in a third of the instructions or fewer.
//
// The table is cut into B blocks of `size` thresholds (B lanes of 32 bits make a register), less one each (U = T - 1, so
// that v >= T is v > U), filled up with the largest v, which no v exceeds. Column p holds the p-th of every block, but the
// last of a block is its end. b = #{ends below v} blocks are wholly below v, and because the thresholds never decrease
// every later block is wholly above it. So m = b * size + #{p < size - 1 : v > U[b][p]}. The end of the last block is
// always filling, so that b < B.
//
// The other B - 1 ends are the nodes of a search tree, numbered by levels from 1: under node i are 2i (not above its
// end) and 2i + 1. One step down a level is i = 2i + (v > U), and the walk ends at i = B + b.
//
// i and b are secret, so nothing is read from memory at them: the tree, or a column, is loaded whole into a register, and a
// permutation of the register (vpermd, which takes one time whatever the indices, of which it heeds the low bits) gives
// each lane its own. Every lane walks every level and is compared with every column.
//
// Entries are cut into 32-bit parts, lowest first; all but the top part have their top bit flipped, so that a signed
// comparison orders them as unsigned. v > U is decided from the lowest part up: v > U where v_i > U_i, or v_i = U_i and
// the parts below are greater, that is where v_i > U_i - carry. U_i - carry must not wrap: the top part is not
// negative, and no middle part of U is zero (make_noise_tables.py --check sees to it).
#ifndef CNOISE_COLUMNS_H
#define CNOISE_COLUMNS_H

#include <pthread.h>

#include "kernel.h"

enum {
  CNOISE_LARGEST_COUNT = 1023,
  CNOISE_LARGEST_BLOCKS = 16,
  CNOISE_MOST_ENTRIES = CNOISE_LARGEST_COUNT + 1
};

typedef struct {
  // Of columns, as numbers: size - 1 times parts times blocks.
  uint32_t length;
  // 1, which compilers must not know: they make three instructions of a masked addition of 1 to an even number.
  int32_t one;
  // b * size for every b.
  int32_t firsts[CNOISE_LARGEST_BLOCKS] __attribute__((aligned(64)));
  // [part][node].
  int32_t tree[4 * CNOISE_LARGEST_BLOCKS] __attribute__((aligned(64)));
  // [column][part][block].
  int32_t columns[4 * CNOISE_MOST_ENTRIES] __attribute__((aligned(64)));
} cnoise_columns;

// U's parts for the threshold at `index`, `stride` numbers apart.
static inline void cnoise_put_entry(const cnoise_table *table, uint32_t index, int32_t *target, uint32_t stride) {
  const uint32_t words = table->bits / 64;
  uint64_t borrow = 1;
  for (uint32_t word = 0; word < words; word++) {
    const int is_top = word + 1 == words;
    const uint64_t threshold = index < table->count ? table->thresholds[index * words + word] : 0;
    const uint64_t entry = index < table->count ? threshold - borrow : is_top ? CNOISE_LOW63 : UINT64_MAX;
    borrow = borrow && threshold == 0;
    target[2 * word * stride] = (int32_t)((uint32_t)entry ^ UINT32_C(0x80000000));
    target[(2 * word + 1) * stride] = (int32_t)((uint32_t)(entry >> 32) ^ (is_top ? 0 : UINT32_C(0x80000000)));
  }
}

// The count of a table is public: so are these loops. It is at most CNOISE_LARGEST_COUNT (a test holds it); `blocks` is a
// power of two.
static inline void cnoise_columns_fill(cnoise_columns *columns, const cnoise_table *table, uint32_t blocks) {
  const uint32_t parts = table->bits / 32, size = (table->count + blocks) / blocks;
  columns->one = 1;
  columns->length = (size - 1) * parts * blocks;
  for (uint32_t block = 0; block < blocks; block++) {
    columns->firsts[block] = (int32_t)(block * size);
    for (uint32_t column = 0; column < size - 1; column++)
      cnoise_put_entry(table, block * size + column, columns->columns + column * parts * blocks + block, blocks);
  }
  // Node i's place among its level's; a level has its ends every blocks / (number of nodes), from half of that on.
  for (uint32_t level = 1; level < blocks; level *= 2)
    for (uint32_t place = 0; place < level; place++) {
      const uint32_t end = (2 * place + 1) * (blocks / (2 * level)) - 1;
      cnoise_put_entry(table, (end + 1) * size - 1, columns->tree + level + place, blocks);
    }
}

// Defines `name`(table): its columns of so many blocks, which are made once, at the first call in a process.
#define CNOISE_COLUMNS(name, blocks)                                                                       \
  static cnoise_columns name##_columns[CNOISE_TABLES];                                                     \
  static void name##_fill(void) {                                                                          \
    for (int i = 0; i < CNOISE_TABLES; i++)                                                                \
      cnoise_columns_fill(&name##_columns[i], &cnoise_tables[i], blocks);                                  \
  }                                                                                                        \
  static const cnoise_columns *name(const cnoise_table *table) {                                           \
    static pthread_once_t once = PTHREAD_ONCE_INIT;                                                        \
    pthread_once(&once, name##_fill);                                                                      \
    return &name##_columns[table - cnoise_tables];                                                         \
  }

#endif
