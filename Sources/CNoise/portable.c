#include "kernel.h"

void cnoise_sample_portable(const cnoise_table *table, const uint64_t *words, size_t count, int16_t *out) {
  for (size_t i = 0; i < count; i++) out[i] = cnoise_one(table, words[i]);
}
