// As wide as the narrowest registers there are; on ARM processors this is NEON.
#define LANES 4
#define TILE 1
#define MIXED 1
#define TARGET
#define KERNEL corder_portable
#define NAME "portable"
#include "kernel.h"
