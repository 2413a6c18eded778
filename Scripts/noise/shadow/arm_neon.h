// For Scripts/check_kernels: the NEON intrinsics in plain C.
#ifndef SHADOW_ARM_NEON_H
#define SHADOW_ARM_NEON_H
#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/arm/neon.h>
#endif
