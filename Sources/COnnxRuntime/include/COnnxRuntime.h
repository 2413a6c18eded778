int connx_seed(void);
