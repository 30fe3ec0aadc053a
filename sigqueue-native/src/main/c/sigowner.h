/* Whose signals are ours to accept. */
#ifndef SIGOWNER_H
#define SIGOWNER_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Whether this is the process that has loaded the library, and not a child. tid is the calling
 * thread: the first one, on which most handlers run, has the number of its process, and saves a
 * system call, and so does a borrower that sleeps. Async-signal-safe; changes errno.
 */
bool sq_is_owner(pid_t tid);

#endif
