// Sorts columns, LANES of them at a time, by a network of comparators: the same steps for any numbers, each a minimum and a
// maximum of two registers of lanes.
//
// Rows are taken in blocks of 16, which stay in registers: first each is sorted (60 comparators: Green 1969), then runs of
// 1, 2, 4 ... blocks are merged in pairs (bitonic, Batcher 1968, in the form that never swaps upwards: the first level
// compares row i with row 2L - 1 - i, the others rows at distances L/2, L/4 ... 1). Several levels are done while eight rows are
// in registers, so that time goes into comparing and not into loading and storing. Rows beyond the last would hold the largest
// number; since comparators never move that upwards, those that would touch such rows are left out.
//
// Not all is sorted: the last merge leaves out what decides no boundary. Boundary b, 0 < b < n, says that rows 0 ..< b must end with the
// b smallest.
//
// Included by kernel.h.

enum { BLOCK = 16, BOUNDARIES = 6 };

typedef struct {
  size_t place[BOUNDARIES];
  size_t count;
} boundaries;

INLINE int is_within(const boundaries *boundaries, size_t first, size_t end) {
  for (size_t i = 0; i < boundaries->count; i++)
    if (first < boundaries->place[i] && boundaries->place[i] < end) return 1;
  return 0;
}

INLINE void compare(keys *x, int low, int high) {
  const keys a = x[low], b = x[high];
  x[low] = __builtin_elementwise_min(a, b);
  x[high] = __builtin_elementwise_max(a, b);
}

// Bits that order, as integers, as the floating-point numbers do; its own inverse.
INLINE keys ordered(keys bits) { return bits ^ ((bits >> 31) & INT32_MAX); }

INLINE void sort_block(keys *x) {
  static const unsigned char pairs[60][2] = {
      {0, 13}, {1, 12}, {2, 15}, {3, 14}, {4, 8}, {5, 6}, {7, 11}, {9, 10}, {0, 5}, {1, 7}, {2, 9}, {3, 4},
      {6, 13}, {8, 14}, {10, 15}, {11, 12}, {0, 1}, {2, 3}, {4, 5}, {6, 8}, {7, 9}, {10, 11}, {12, 13}, {14, 15},
      {0, 2}, {1, 3}, {4, 10}, {5, 11}, {6, 7}, {8, 9}, {12, 14}, {13, 15}, {1, 2}, {3, 12}, {4, 6}, {5, 7},
      {8, 10}, {9, 11}, {13, 14}, {1, 4}, {2, 6}, {5, 8}, {7, 10}, {9, 13}, {11, 14}, {2, 4}, {3, 6}, {9, 12},
      {11, 13}, {3, 5}, {6, 8}, {7, 9}, {10, 12}, {3, 4}, {5, 6}, {7, 8}, {9, 10}, {11, 12}, {6, 7}, {8, 9}};
#pragma clang loop unroll(full)
  for (int i = 0; i < 60; i++) compare(x, pairs[i][0], pairs[i][1]);
}

// Rows at `distance` and half of that and so on, of `count` rows of which the first `present` are there.
INLINE void clean(keys *x, int count, int present, int distance) {
#pragma clang loop unroll(full)
  for (int d = distance; d >= 1; d /= 2)
#pragma clang loop unroll(full)
    for (int i = 0; i < count; i++)
      if ((i & d) == 0 && i + d < present) compare(x, i, i + d);
}

// The first level of a merge and the next ones that fit: `half` rows of either run, `stride` rows apart; of the second
// run's, `present` are there.
INLINE void flip(keys *low, keys *high, size_t stride, const int half, const int present) {
  keys x[4], y[4];
#pragma clang loop unroll(full)
  for (int i = 0; i < half; i++) x[i] = low[i * stride];
#pragma clang loop unroll(full)
  for (int i = 0; i < present; i++) y[i] = high[i * stride];
#pragma clang loop unroll(full)
  for (int i = 0; i < present; i++) {
    const keys a = x[half - 1 - i], b = y[i];
    x[half - 1 - i] = __builtin_elementwise_min(a, b);
    y[i] = __builtin_elementwise_max(a, b);
  }
  clean(x, half, half, half / 2);
  clean(y, half, present, half / 2);
#pragma clang loop unroll(full)
  for (int i = 0; i < half; i++) low[i * stride] = x[i];
#pragma clang loop unroll(full)
  for (int i = 0; i < present; i++) high[i * stride] = y[i];
}

INLINE void flip_blocks(keys *low, keys *high, size_t stride, const int half, const int present) {
  for (int row = 0; row < BLOCK; row++) flip(low + row, high + BLOCK - 1 - row, stride, half, present);
}

// Up to three levels, at distances of count/2, count/4 ... strides, of `count` rows of which the first `present` are there.
INLINE void clean_blocks(keys *x, size_t stride, const int count, const int present) {
  for (int row = 0; row < BLOCK; row++) {
    keys y[8];
#pragma clang loop unroll(full)
    for (int i = 0; i < present; i++) y[i] = x[row + i * stride];
    clean(y, count, present, count / 2);
#pragma clang loop unroll(full)
    for (int i = 0; i < present; i++) x[row + i * stride] = y[i];
  }
}

INLINE void clean_block(keys *x) {
  keys y[BLOCK];
#pragma clang loop unroll(full)
  for (int i = 0; i < BLOCK; i++) y[i] = x[i];
  clean(y, BLOCK, BLOCK, BLOCK / 2);
#pragma clang loop unroll(full)
  for (int i = 0; i < BLOCK; i++) x[i] = y[i];
}

// How many of the places first, first + step ... (`most` of them) are below `end`.
INLINE int count_below(size_t first, size_t step, int most, size_t end) {
  int count = 0;
  while (count < most && first + (size_t)count * step < end) count++;
  return count;
}

// Two sorted runs of `run` blocks, the second of which may end early: `blocks` are there in all. `wanted`: NULL for all.
TARGET static void merge(keys *x, size_t run, size_t blocks, size_t first_row, const boundaries *wanted) {
  const int half = run < 4 ? (int)run : 4;
  const size_t step = run / (size_t)half;
  for (size_t r = 0; r < step; r++) {
    keys *low = x + r * BLOCK, *high = x + (run + step - 1 - r) * BLOCK;
    const int present = count_below(run + step - 1 - r, step, half, blocks);
    switch (half * 8 + present) {
      case 8 + 1: flip_blocks(low, high, step * BLOCK, 1, 1); break;
      case 16 + 1: flip_blocks(low, high, step * BLOCK, 2, 1); break;
      case 16 + 2: flip_blocks(low, high, step * BLOCK, 2, 2); break;
      case 32 + 0: flip_blocks(low, high, step * BLOCK, 4, 0); break;
      case 32 + 1: flip_blocks(low, high, step * BLOCK, 4, 1); break;
      case 32 + 2: flip_blocks(low, high, step * BLOCK, 4, 2); break;
      case 32 + 3: flip_blocks(low, high, step * BLOCK, 4, 3); break;
      case 32 + 4: flip_blocks(low, high, step * BLOCK, 4, 4); break;
    }
  }
  // What is left are bitonic pieces of `piece` blocks each.
  for (size_t piece = step; piece > 1;) {
    const int count = piece < 8 ? (int)piece : 8;
    const size_t stride = piece / (size_t)count;
    for (size_t first = 0; first < blocks; first += piece) {
      if (wanted && !is_within(wanted, first_row + first * BLOCK, first_row + (first + piece) * BLOCK)) continue;
      for (size_t r = 0; r < stride; r++) {
        keys *at = x + (first + r) * BLOCK;
        switch (count * 16 + count_below(first + r, stride, count, blocks)) {
          case 32 + 2: clean_blocks(at, stride * BLOCK, 2, 2); break;
          case 64 + 2: clean_blocks(at, stride * BLOCK, 4, 2); break;
          case 64 + 3: clean_blocks(at, stride * BLOCK, 4, 3); break;
          case 64 + 4: clean_blocks(at, stride * BLOCK, 4, 4); break;
          case 128 + 2: clean_blocks(at, stride * BLOCK, 8, 2); break;
          case 128 + 3: clean_blocks(at, stride * BLOCK, 8, 3); break;
          case 128 + 4: clean_blocks(at, stride * BLOCK, 8, 4); break;
          case 128 + 5: clean_blocks(at, stride * BLOCK, 8, 5); break;
          case 128 + 6: clean_blocks(at, stride * BLOCK, 8, 6); break;
          case 128 + 7: clean_blocks(at, stride * BLOCK, 8, 7); break;
          case 128 + 8: clean_blocks(at, stride * BLOCK, 8, 8); break;
        }
      }
    }
    piece = stride;
  }
  for (size_t block = 0; block < blocks; block++)
    if (!wanted || is_within(wanted, first_row + block * BLOCK, first_row + (block + 1) * BLOCK))
      clean_block(x + block * BLOCK);
}

// LANES columns from `column` on, to `x`, in sorted blocks.
TARGET static void take(const corder_block *block, size_t column, keys *x) {
  const keys largest = (keys){0} + INT32_MAX;
  for (size_t first = 0; first < block->rows; first += BLOCK) {
    keys y[BLOCK];
    const float *const *from = block->numbers + first;
    const size_t rows = block->rows - first;
    if (rows >= BLOCK) {
#pragma clang loop unroll(full)
      for (int i = 0; i < BLOCK; i++) y[i] = ordered(load(from[i] + column));
    } else {
      for (size_t i = 0; i < BLOCK; i++) y[i] = i < rows ? ordered(load(from[i] + column)) : largest;
    }
    sort_block(y);
#pragma clang loop unroll(full)
    for (int i = 0; i < BLOCK; i++) x[first + (size_t)i] = y[i];
  }
}

INLINE doubles number(keys key) { return __builtin_convertvector((floats)ordered(key), doubles); }

INLINE void put(doubles value, float *to) {
  const floats narrow = __builtin_convertvector(value, floats);
  __builtin_memcpy(to, &narrow, sizeof narrow);
}

INLINE boundaries boundaries_of(size_t rows, size_t trim, int of_mean, int of_median) {
  boundaries wanted = {{0}, 0};
  const size_t low = (rows - 1) / 2, high = rows / 2, places[BOUNDARIES] = {trim, rows - trim, low, low + 1, high, high + 1};
  for (int i = of_mean ? 0 : 2; i < (of_median ? BOUNDARIES : 2); i++) wanted.place[wanted.count++] = places[i];
  return wanted;
}

INLINE void sort(keys *x, size_t blocks, const boundaries *wanted) {
  for (size_t run = 1; run < blocks; run *= 2)
    for (size_t first = 0; first + run < blocks; first += 2 * run) {
      const size_t rest = blocks - first;
      merge(x + first * BLOCK, run, rest < 2 * run ? rest : 2 * run, first * BLOCK, 2 * run < blocks ? NULL : wanted);
    }
}

TARGET static void middle(const corder_block *block, size_t trim, void *scratch, float *mean, float *median) {
  const size_t rows = block->rows;
  const boundaries wanted = boundaries_of(rows, trim, mean != NULL, median != NULL);
  keys *x = scratch;
  for (size_t column = 0; column < block->columns; column += LANES) {
    take(block, column, x);
    sort(x, (rows + BLOCK - 1) / BLOCK, &wanted);
    if (mean) {
      doubles sum = {0};
      for (size_t row = trim; row < rows - trim; row++) sum += number(x[row]);
      put(sum / (double)(rows - 2 * trim), mean + column);
    }
    if (median) put((number(x[(rows - 1) / 2]) + number(x[rows / 2])) / 2, median + column);
  }
}
