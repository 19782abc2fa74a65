/* What is on the disk for sure: whenever a database file or its log is synced, its content is
   copied to the folder OVBOT_TEST_DISK, as a power cut in the next moment would leave it.
   LD_PRELOAD of test_disk.py. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Not the journal in which the file is made: it is removed at once, and would undo everything. */
static int is_database(const char *name) {
    return strstr(name, ".db") && !strstr(name, "-journal");
}

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER; /* the log's mover syncs, too */

static void copy(int fd) {
    char link[64], path[PATH_MAX], part[PATH_MAX], whole[PATH_MAX], block[65536];
    const char *folder = getenv("OVBOT_TEST_DISK");
    struct stat about;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (!folder || length < 0 || fstat(fd, &about) || !S_ISREG(about.st_mode)) return;
    path[length] = 0;
    const char *name = strrchr(path, '/') + 1;
    if (!is_database(name)) return;
    snprintf(part, sizeof part, "%s/%s.part", folder, name);
    snprintf(whole, sizeof whole, "%s/%s", folder, name);
    pthread_mutex_lock(&one_at_a_time);
    int into = open(part, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (into < 0) abort();
    off_t at = 0;
    for (ssize_t got; (got = pread(fd, block, sizeof block, at)) > 0; at += got)
        if (write(into, block, got) != got) abort();
    close(into);
    if (rename(part, whole)) abort();
    pthread_mutex_unlock(&one_at_a_time);
}

int fsync(int fd) {
    static int (*real)(int);
    if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    int answer = real(fd);
    if (!answer) copy(fd);
    return answer;
}

int fdatasync(int fd) {
    static int (*real)(int);
    if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    int answer = real(fd);
    if (!answer) copy(fd);
    return answer;
}
