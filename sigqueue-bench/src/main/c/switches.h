/*
 * Voluntary context switches: a thread makes one each time it goes to sleep, so each is one wake-up
 * of the thread, however busy the machine is.
 */
#ifndef SWITCHES_H
#define SWITCHES_H

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#define MAX_THREADS 4096

struct switches {
    int threads;
    pid_t tid[MAX_THREADS];
    int64_t count[MAX_THREADS];
};

static int64_t thread_switches(pid_t pid, const char *tid)
{
    char path[64], status[4096];
    snprintf(path, sizeof path, "/proc/%d/task/%.20s/status", (int)pid, tid);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return -1; /* the thread has ended */
    status[fread(status, 1, sizeof status - 1, file)] = '\0';
    fclose(file);
    const char *line = strstr(status, "\nvoluntary_ctxt_switches:");
    return line == NULL ? -1 : strtoll(strchr(line, ':') + 1, NULL, 10);
}

/* Returns those of every thread that the process has now; NULL if /proc cannot be read. */
static struct switches *process_switches(pid_t pid)
{
    struct switches *all = calloc(1, sizeof *all);
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *threads = opendir(path);
    if (all == NULL || threads == NULL)
        return NULL;
    for (struct dirent *entry; (entry = readdir(threads)) != NULL;) {
        const int64_t count = entry->d_name[0] == '.' ? -1 : thread_switches(pid, entry->d_name);
        if (count >= 0 && all->threads < MAX_THREADS) {
            all->tid[all->threads] = atoi(entry->d_name);
            all->count[all->threads++] = count;
        }
    }
    closedir(threads);
    return all;
}

/* The switches that the threads of after have made since before; all of them for a new thread. */
static int64_t switches_between(const struct switches *before, const struct switches *after)
{
    int64_t sum = 0;
    for (int i = 0; i < after->threads; i++) {
        sum += after->count[i];
        for (int j = 0; before != NULL && j < before->threads; j++)
            if (before->tid[j] == after->tid[i])
                sum -= before->count[j];
    }
    return sum;
}

#endif
