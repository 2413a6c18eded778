#if defined(__x86_64__)
#define LANES 8
#define TILE 1
#define MIXED 1
#define TARGET __attribute__((target("avx2,fma")))
#define KERNEL corder_avx2
#define NAME "avx2"
#include "kernel.h"
#endif
