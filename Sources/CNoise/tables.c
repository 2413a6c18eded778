#include "kernel.h"
#include "tables/narrow16.h"
#include "tables/narrow32.h"
#include "tables/narrow64.h"
#include "tables/narrow8.h"
#include "tables/wide16.h"
#include "tables/wide32.h"
#include "tables/wide64.h"
#include "tables/wide8.h"

#define NARROW(S) {cnoise_narrow_##S, CNOISE_COUNT_NARROW_##S, S, 64, CNOISE_DISTANCE_NARROW_##S}
#define WIDE(S) {cnoise_wide_##S, CNOISE_COUNT_WIDE_##S, S, 128, CNOISE_DISTANCE_WIDE_##S}

const cnoise_table cnoise_tables[CNOISE_TABLES] = {
    NARROW(8), NARROW(16), NARROW(32), NARROW(64), WIDE(8), WIDE(16), WIDE(32), WIDE(64)};

const cnoise_table *cnoise_table_for(uint32_t scale, uint32_t bits) {
  for (size_t i = 0; i < CNOISE_TABLES; i++)
    if (cnoise_tables[i].scale == scale && cnoise_tables[i].bits == bits) return &cnoise_tables[i];
  return NULL;
}
