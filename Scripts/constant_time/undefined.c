// The secrets marked undefined: valgrind's memcheck then reports every branch and every address that depends on them.
// See Scripts/check_constant_time.
//
//   undefined kernels     every kernel that runs here, precision and scale
//   undefined release     clip, hold, add and combine
//   undefined branch      } a planted dependence, which memcheck must report
//   undefined address     }
#include <stdio.h>
#include <string.h>
#include <valgrind/memcheck.h>

#include "CNoise.h"

enum { MOST = 203 };

static uint64_t words[2 * MOST];
static int16_t samples[MOST], values[MOST], gains[MOST];
static float activation[MOST];

#define SECRET(array) ((void)VALGRIND_MAKE_MEM_UNDEFINED(array, sizeof(array)))
#define PUBLIC(array) ((void)VALGRIND_MAKE_MEM_DEFINED(array, sizeof(array)))

// Whether any bit of so many bytes is undefined, asked without an error report.
static int is_secret(const void *bytes, size_t size) {
  const unsigned char *from = bytes;
  for (size_t i = 0; i < size; i++) {
    unsigned char bits = 0;
    (void)VALGRIND_GET_VBITS(from + i, &bits, 1);
    if (bits) return 1;
  }
  return 0;
}

typedef void kernel(const cnoise_table *, const uint64_t *, size_t, int16_t *);

static int run(const char *name, kernel *kernel) {
  int runs = 0;
  for (uint32_t bits = 64; bits <= 128; bits *= 2)
    for (uint32_t scale = 8; scale <= 64; scale *= 2) {
      const cnoise_table *table = cnoise_table_for(scale, bits);
      // Whole registers, and every number that is left over.
      for (size_t count = MOST - 34; count <= MOST; count++, runs++) {
        SECRET(words);
        PUBLIC(samples);
        kernel(table, words, count, samples);
        // What was sampled must still count as secret, or the run has shown nothing.
        if (!is_secret(samples, count * sizeof *samples)) return -1;
      }
    }
  printf("%s: %d runs\n", name, runs);
  return runs;
}

static int kernels(void) {
  int bad = run("portable", cnoise_sample_portable) < 0;
  if (cnoise_avx2_available()) bad |= run("avx2", cnoise_sample_avx2) < 0;
  if (cnoise_avx512_available()) bad |= run("avx512", cnoise_sample_avx512) < 0;
  if (cnoise_neon_available()) bad |= run("neon", cnoise_sample_neon) < 0;
  return bad;
}

typedef uint64_t clip(const float *, size_t, int32_t, int16_t *, int16_t *);
typedef void add(const int16_t *, size_t, int16_t *);

static int release_with(clip *clip, add *add, size_t count, int32_t radius) {
  SECRET(activation);
  SECRET(samples);
  const uint64_t not_finite = clip(activation, count, radius, values, gains);
  if (!is_secret(&not_finite, sizeof not_finite) || !is_secret(values, count * sizeof *values)) return 1;
  cnoise_hold(values, count, radius);
  cnoise_combine(32, values, count, samples);
  add(samples, count, values);
  return 0;
}

static int release(void) {
  static const int32_t radii[] = {1, 33, 16383};
  int bad = 0;
  for (size_t i = 0; i < sizeof radii / sizeof *radii; i++)
    for (size_t count = MOST - 34; count <= MOST; count++) {
      bad |= release_with(cnoise_clip, cnoise_add, count, radii[i]);
      bad |= release_with(cnoise_clip_portable, cnoise_add_portable, count, radii[i]);
    }
  return bad;
}

// The planted dependences. Their results go to a volatile, so that neither is optimised away.
static volatile int sink;

static int branch(void) {
  SECRET(words);
  if (words[0] & 1) sink++;
  return 0;
}

static int address(void) {
  SECRET(words);
  sink = gains[words[0] % MOST];
  return 0;
}

int main(int count, char **arguments) {
  const char *what = count == 2 ? arguments[1] : "";
  if (!RUNNING_ON_VALGRIND) return 64;
  if (strcmp(what, "kernels") == 0) return kernels();
  if (strcmp(what, "release") == 0) return release();
  if (strcmp(what, "branch") == 0) return branch();
  if (strcmp(what, "address") == 0) return address();
  return 64;
}
