#include "COnnxRuntime.h"
int connx_seed(void){return 0;}
