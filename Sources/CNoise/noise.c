#include "CNoise.h"
int cnoise_seed(void){return 0;}
