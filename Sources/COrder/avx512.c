#if defined(__x86_64__)
#define LANES 16
#define TILE 4
#define MIXED 4
#define TARGET __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,fma")))
#define KERNEL corder_avx512
#define NAME "avx512"
#include "kernel.h"
#endif
