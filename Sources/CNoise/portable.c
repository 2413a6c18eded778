#include "kernel.h"

void cnoise_sample_portable(const cnoise_table *table, const uint64_t *words, size_t count, int16_t *out) {
  if (table->bits == 64)
    for (size_t i = 0; i < count; i++) out[i] = cnoise_one_narrow(table, words[i]);
  else
    for (size_t i = 0; i < count; i++) out[i] = cnoise_one_wide(table, words[2 * i], words[2 * i + 1]);
}
