/* One millisecond more for every wait for the disk: LD_PRELOAD of the delivery benchmark. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>

static void wait_for_the_disk(void) {
    struct timespec pause = {0, 1000000};
    nanosleep(&pause, 0);
}

int fsync(int fd) {
    static int (*real)(int);
    if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    wait_for_the_disk();
    return real(fd);
}

int fdatasync(int fd) {
    static int (*real)(int);
    if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    wait_for_the_disk();
    return real(fd);
}
