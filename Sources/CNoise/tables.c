#include "CNoise.h"
#include "tables.h"

#define ENTRY(S) {cnoise_thresholds_##S, CNOISE_COUNT_##S, S, CNOISE_DISTANCE_##S}

static const cnoise_table tables[] = {ENTRY(8), ENTRY(16), ENTRY(32), ENTRY(64)};

const cnoise_table *cnoise_table_for(uint32_t scale) {
  for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
    if (tables[i].scale == scale) return &tables[i];
  return NULL;
}
