// Arithmetic on columns, for aggregation: n rows of numbers, taken a block of columns at a time.
//
// Every kernel has the same results to the last bit. Columns are sorted as integers that order as the numbers do (-0 before +0);
// everything else is double, in one order of operations, and nothing is fused where that shows.
#ifndef CORDER_H
#define CORDER_H

#include <stddef.h>
#include <stdint.h>

enum {
  // Blocks have a multiple of so many columns (the last ones filled up, with zeros).
  CORDER_COLUMNS = 32,
  // Rows of pairs come so many at a time.
  CORDER_ROWS = 4,
  // Which lines of the next block are fetched.
  CORDER_EVEN = 1,
  CORDER_ODD = 2
};

// Row r begins at numbers[r], has `columns` numbers, a multiple of CORDER_COLUMNS, and none of them is NaN or infinite. While they read a
// row, combine and distances fetch as many numbers beyond it, which need not be there, to the cache, or every other line of them, as
// `fetched` says: they are what comes next.
typedef struct {
  const float *const *numbers;
  size_t rows;
  size_t columns;
  int fetched;
} corder_block;

// A kernel: what one kind of processor does best.
typedef struct {
  const char *name;

  // Copies `count` numbers from where they need not be aligned, or only looks at them where `to` is NULL; returns 1 if one of them is
  // NaN or infinite. Where they are copied, as much memory beyond them, which need not be there, is fetched to the cache: it is what
  // comes next.
  int (*copy)(const void *from, size_t count, float *to);

  // The mean of each column without its `trim` smallest and largest (2 * trim < rows), and its median (of an even number,
  // the mean of the middle two), to `mean` and `median`, either of which may be NULL. `scratch` has room for
  // corder_scratch(rows) bytes, aligned to 64.
  void (*middle)(const corder_block *block, size_t trim, void *scratch, float *mean, float *median);

  // z[c] = own * z[c] + sum over r of weights[r] * x[r][c].
  void (*combine)(const corder_block *block, const double *weights, double own, double *z);

  // squares[r] += |x[r] - z|^2.
  void (*distances)(const corder_block *block, const double *z, double *squares);

  // half[r][c] = (x[r][c] - centre[c]) / 2, rounded to float, which cannot overflow; rows `columns` apart.
  void (*centre)(const corder_block *block, const float *centre, double *half);

  // gram[i][j] += half[i] * half[j] where j >= i - i % CORDER_ROWS; `rows` is a multiple of CORDER_ROWS, and gram's row.
  // Products of floats are exact.
  void (*gram)(const double *half, size_t rows, size_t columns, double *gram);

  // mixed[i] = sum over j of chosen[i][j] * x[j] / count, where chosen is 0 or 1 and has rows of block->rows; as many mixed
  // rows, `stride` apart.
  void (*mix)(const corder_block *block, const double *chosen, double count, float *mixed, size_t stride);
} corder_kernel;

// The kernels of this processor and this build, the fastest first; NULL beyond the last.
const corder_kernel *corder_kernel_at(size_t index);

// Bytes that sorting so many rows takes.
size_t corder_scratch(size_t rows);

#endif
