// Linux's syncfs(2), which Swift's view of the C library leaves out.
#ifdef __linux__
int syncfs(int fd);
#endif
