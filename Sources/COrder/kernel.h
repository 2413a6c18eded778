// One kernel; included by one file for each kind of processor, which defines
//
//   TARGET  the attributes of its functions
//   LANES   32-bit numbers in a register
//   TILE    rows at a time of pairs (divides CORDER_ROWS), and MIXED of mixtures, for which there are registers
//   KERNEL  and NAME, what it is called
#include "COrder.h"

#pragma STDC FP_CONTRACT OFF

#define INLINE TARGET __attribute__((always_inline)) static inline

// Vectors wider than the target's registers are passed in memory; here nothing is passed, everything is inlined.
#pragma GCC diagnostic ignored "-Wpsabi"

#include "network.h"

#include "arithmetic.h"

const corder_kernel KERNEL = {NAME, middle, combine, distances, centre, gram, mix};
