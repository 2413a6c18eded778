#include "CNoise.h"

void cnoise_combine(int16_t factor, const int16_t *outer, size_t count, int16_t *inner) {
  for (size_t i = 0; i < count; i++) inner[i] = (int16_t)(factor * outer[i] + inner[i]);
}
