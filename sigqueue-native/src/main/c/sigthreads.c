#define _GNU_SOURCE
#include "sigthreads.h"
#include "sigsys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

static const char tasks[] = "/proc/self/task";

static int open_path(const char *path, int flags)
{
    const long fd = syscall(SYS_openat, AT_FDCWD, path, flags | O_RDONLY | O_CLOEXEC);
    return fd >= 0 ? (int)fd : -errno;
}

/* "/proc/self/task/", the number, "/" and the name. */
static int open_file(int tid, const char *name)
{
    char path[64], digits[12];
    size_t length = sizeof tasks - 1;
    int count = 0;
    memcpy(path, tasks, length);
    path[length++] = '/';
    for (unsigned left = (unsigned)tid; left != 0 || count == 0; left /= 10)
        digits[count++] = (char)('0' + left % 10);
    while (count > 0)
        path[length++] = digits[--count];
    path[length++] = '/';
    while (*name != '\0')
        path[length++] = *name++;
    path[length] = '\0';
    return open_path(path, 0);
}

/* Returns 0 if the text is no number. */
static int32_t number(const char *text)
{
    int32_t value = 0;
    for (; *text >= '0' && *text <= '9'; text++)
        value = value * 10 + (*text - '0');
    return *text == '\0' ? value : 0;
}

/* In the /proc of another namespace the threads have other numbers than for the system calls. */
static bool is_own_proc(void)
{
    char self[12];
    const long length = syscall(SYS_readlinkat, AT_FDCWD, "/proc/self", self, sizeof self - 1);
    if (length <= 0)
        return false;
    self[length] = '\0';
    return number(self) == process();
}

int sq_threads(int32_t *tids, int max)
{
    alignas(struct dirent64) char entries[8192];
    int count = 0;
    long length;
    if (!is_own_proc())
        return -ESRCH;
    const int fd = open_path(tasks, O_DIRECTORY);
    if (fd < 0)
        return fd;
    while ((length = syscall(SYS_getdents64, fd, entries, sizeof entries)) > 0) {
        for (long at = 0; at < length;) {
            const struct dirent64 *const entry = (const struct dirent64 *)(void *)(entries + at);
            const int32_t tid = number(entry->d_name);
            if (tid != 0 && count++ < max)
                tids[count - 1] = tid;
            at += entry->d_reclen;
        }
    }
    const int error = length < 0 ? -errno : 0;
    syscall(SYS_close, fd);
    return error != 0 ? error : count;
}

/* The value of the line that begins with this; NULL if there is none. */
static const char *field(const char *text, const char *name)
{
    while (*text != '\0') {
        const char *left = name;
        while (*left != '\0' && *text == *left)
            text++, left++;
        if (*left == '\0') {
            while (*text == '\t' || *text == ' ')
                text++;
            return text;
        }
        while (*text != '\0' && *text++ != '\n')
            continue;
    }
    return NULL;
}

/* Reads until there is a line that begins with this, or all. Text of no length is that of a thread
   that has ended. */
static int read_file(int tid, const char *name, const char *until, char *text, size_t size)
{
    size_t length = 0;
    long more = 1;
    const int fd = open_file(tid, name);
    if (fd < 0)
        return fd == -ENOENT ? ESRCH : -fd;
    text[0] = '\0';
    while (more > 0 && field(text, until) == NULL && length < size - 1) {
        more = syscall(SYS_read, fd, text + length, size - 1 - length);
        length += more > 0 ? (size_t)more : 0;
        text[length] = '\0';
    }
    const int error = more < 0 ? errno : ESRCH;
    syscall(SYS_close, fd);
    return length != 0 ? 0 : error;
}

static uint64_t hexadecimal(const char *text)
{
    uint64_t value = 0;
    for (;; text++) {
        if (*text >= '0' && *text <= '9')
            value = value << 4 | (uint64_t)(*text - '0');
        else if (*text >= 'a' && *text <= 'f')
            value = value << 4 | (uint64_t)(*text - 'a' + 10);
        else
            return value;
    }
}

int sq_look(int tid, struct sq_look *look)
{
    /* The masks come early, but after the groups of the user, of which there may be many. */
    char text[32768];
    const int error = read_file(tid, "status", "SigCgt:", text, sizeof text);
    if (error != 0)
        return error;
    const char *const state = field(text, "State:");
    const char *const pending = field(text, "SigPnd:");
    const char *const shared = field(text, "ShdPnd:");
    const char *const blocked = field(text, "SigBlk:");
    if (state == NULL || pending == NULL || shared == NULL || blocked == NULL)
        return ENODATA;
    look->state = *state;
    look->pending = hexadecimal(pending);
    look->shared_pending = hexadecimal(shared);
    look->blocked = hexadecimal(blocked);
    return 0;
}

uint64_t sq_thread_start(int tid)
{
    enum { START_TIME = 20 }; /* fields after the name, which is in parentheses */
    char text[1024];
    uint64_t value = 0;
    if (read_file(tid, "stat", "", text, sizeof text) != 0)
        return 0;
    const char *at = text;
    for (const char *each = text; *each != '\0'; each++)
        at = *each == ')' ? each : at;
    for (int fields = 0; fields < START_TIME && *at != '\0'; at++)
        fields += *at == ' ';
    for (; *at >= '0' && *at <= '9'; at++)
        value = value * 10 + (uint64_t)(*at - '0');
    return value;
}
