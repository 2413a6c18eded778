int cnoise_seed(void);
