// Sums and products of columns, in double. Included by kernel.h.
//
// Eight lanes everywhere, however wide the registers are, so that sums have one order.

typedef double lanes __attribute__((vector_size(64)));
typedef float narrow __attribute__((vector_size(32)));

enum { WIDTH = 8, PARTS = CORDER_COLUMNS / WIDTH };

INLINE lanes wide(const float *from) {
  narrow x;
  __builtin_memcpy(&x, from, sizeof x);
  return __builtin_convertvector(x, lanes);
}

INLINE lanes get(const double *from) {
  lanes x;
  __builtin_memcpy(&x, from, sizeof x);
  return x;
}

INLINE void set(double *to, lanes x) { __builtin_memcpy(to, &x, sizeof x); }

INLINE void set_narrow(float *to, lanes x) {
  const narrow y = __builtin_convertvector(x, narrow);
  __builtin_memcpy(to, &y, sizeof y);
}

// Fetches what comes after CORDER_COLUMNS numbers of a row.
INLINE void fetch(const corder_block *block, const float *from) {
  const char *next = (const char *)from + block->columns * sizeof *from;
  if (block->fetched & CORDER_EVEN) __builtin_prefetch(next, 0, 2);
  if (block->fetched & CORDER_ODD) __builtin_prefetch(next + CORDER_COLUMNS / 2 * sizeof *from, 0, 2);
}

// `count` rows from `first` on, one after the other, while z is in registers.
INLINE void add_rows(const corder_block *block, size_t first, const int count, const double *weights, double *z) {
  const float *const *x = block->numbers + first;
  for (size_t column = 0; column < block->columns; column += CORDER_COLUMNS) {
    for (int row = 0; row < count; row++) fetch(block, x[row] + column);
#pragma clang loop unroll(full)
    for (int part = 0; part < PARTS; part++) {
      const size_t at = column + (size_t)part * WIDTH;
      lanes sum = get(z + at);
#pragma clang loop unroll(full)
      for (int row = 0; row < count; row++) sum += weights[first + (size_t)row] * wide(x[row] + at);
      set(z + at, sum);
    }
  }
}

TARGET static void combine(const corder_block *block, const double *weights, double own, double *z) {
  enum { SOME = 4 };
  for (size_t column = 0; column < block->columns; column += WIDTH) set(z + column, own * get(z + column));
  size_t row = 0;
  for (; block->rows - row >= SOME; row += SOME) add_rows(block, row, SOME, weights, z);
  for (; row < block->rows; row++) add_rows(block, row, 1, weights, z);
}

TARGET static void distances(const corder_block *block, const double *z, double *squares) {
  for (size_t row = 0; row < block->rows; row++) {
    const float *x = block->numbers[row];
    lanes sum[PARTS] = {0};
    for (size_t column = 0; column < block->columns; column += CORDER_COLUMNS) {
      fetch(block, x + column);
      for (int part = 0; part < PARTS; part++) {
        const size_t at = column + (size_t)part * WIDTH;
        const lanes difference = wide(x + at) - get(z + at);
        sum[part] += difference * difference;
      }
    }
    const lanes all = (sum[0] + sum[1]) + (sum[2] + sum[3]);
    squares[row] += ((all[0] + all[1]) + (all[2] + all[3])) + ((all[4] + all[5]) + (all[6] + all[7]));
  }
}

TARGET static void centre(const corder_block *block, const float *centre, double *half) {
  for (size_t row = 0; row < block->rows; row++)
    for (size_t column = 0; column < block->columns; column += WIDTH) {
      const lanes difference = (wide(block->numbers[row] + column) - wide(centre + column)) / 2;
      const narrow rounded = __builtin_convertvector(difference, narrow);
      set(half + row * block->columns + column, __builtin_convertvector(rounded, lanes));
    }
}

// The sums of two registers' neighbouring lanes, those of a at even places.
INLINE lanes pair_sums(lanes a, lanes b) {
  return __builtin_shufflevector(a, b, 0, 8, 2, 10, 4, 12, 6, 14) + __builtin_shufflevector(a, b, 1, 9, 3, 11, 5, 13, 7, 15);
}

// The sums of four registers, each the same order of additions.
INLINE void add_sums(const lanes *x, double *to) {
  const lanes a = pair_sums(x[0], x[1]), b = pair_sums(x[2], x[3]);
  const lanes c = __builtin_shufflevector(a, b, 0, 1, 8, 9, 4, 5, 12, 13) + __builtin_shufflevector(a, b, 2, 3, 10, 11, 6, 7, 14, 15);
  for (int i = 0; i < 4; i++) to[i] += c[i] + c[i + 4];
}

// TILE rows by four.
INLINE void gram_tile(const double *a, const double *b, size_t columns, double *to, size_t row) {
#pragma STDC FP_CONTRACT ON
  lanes sum[TILE][4] = {{{0}}};
  for (size_t column = 0; column < columns; column += WIDTH) {
    lanes x[TILE], y[4];
#pragma clang loop unroll(full)
    for (int i = 0; i < TILE; i++) x[i] = get(a + (size_t)i * columns + column);
#pragma clang loop unroll(full)
    for (int j = 0; j < 4; j++) y[j] = get(b + (size_t)j * columns + column);
#pragma clang loop unroll(full)
    for (int i = 0; i < TILE; i++)
#pragma clang loop unroll(full)
      for (int j = 0; j < 4; j++) sum[i][j] += x[i] * y[j];
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < TILE; i++) add_sums(sum[i], to + (size_t)i * row);
}

// As many rows j as half of a first-level cache holds are taken with all rows i before the next.
TARGET static void gram(const double *half, size_t rows, size_t columns, double *gram) {
  const size_t held = 3072 / columns, some = held < CORDER_ROWS ? CORDER_ROWS : held - held % CORDER_ROWS;
  for (size_t first = 0; first < rows; first += some) {
    const size_t end = rows - first < some ? rows : first + some;
    for (size_t i = 0; i < end; i += TILE) {
      const size_t diagonal = i - i % CORDER_ROWS;
      for (size_t j = diagonal > first ? diagonal : first; j < end; j += CORDER_ROWS)
        gram_tile(half + i * columns, half + j * columns, columns, gram + i * rows + j, rows);
    }
  }
}

// As many rows as there are, up to MIXED.
INLINE void mix_rows(
    const corder_block *block, const double *chosen, double count, float *mixed, size_t stride, size_t column,
    const int rows) {
#pragma STDC FP_CONTRACT ON
  lanes sum[MIXED][PARTS] = {{{0}}};
  for (size_t j = 0; j < block->rows; j++) {
    lanes x[PARTS];
    for (int part = 0; part < PARTS; part++)
      x[part] = wide(block->numbers[j] + column + (size_t)part * WIDTH);
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++)
#pragma clang loop unroll(full)
      for (int part = 0; part < PARTS; part++) sum[i][part] += chosen[(size_t)i * block->rows + j] * x[part];
  }
  for (int i = 0; i < rows; i++)
    for (int part = 0; part < PARTS; part++)
      set_narrow(mixed + (size_t)i * stride + column + (size_t)part * WIDTH, sum[i][part] / count);
}

TARGET static void mix(const corder_block *block, const double *chosen, double count, float *mixed, size_t stride) {
  for (size_t column = 0; column < block->columns; column += CORDER_COLUMNS)
    for (size_t i = 0; i < block->rows; i += MIXED) {
      const double *from = chosen + i * block->rows;
      float *to = mixed + i * stride;
      if (block->rows - i >= MIXED) {
        mix_rows(block, from, count, to, stride, column, MIXED);
      } else {
        for (size_t k = 0; k < block->rows - i; k++)
          mix_rows(block, from + k * block->rows, count, to + k * stride, stride, column, 1);
      }
    }
}
