/* The threads of this process, as /proc tells. Nothing here is for handlers. No allocation. */
#ifndef SIGTHREADS_H
#define SIGTHREADS_H

#include <stdint.h>

/* The state of a thread at one moment, as the kernel tells it. Signal n is bit n - 1. */
struct sq_look {
    uint64_t blocked;
    uint64_t pending;        /* for this thread */
    uint64_t shared_pending; /* for the process */
    char state;              /* 'R', 'S', 'D', 't' and so on */
};

/* Returns how many threads there are, or a negative error number: -ESRCH if /proc is that of other
   processes. Stores the numbers of the first max of them. */
int sq_threads(int32_t *tids, int max);

/* Returns 0, ESRCH if the thread has ended, or another error number. */
int sq_look(int tid, struct sq_look *look);

/* When the thread was started, as numbers of threads are used again; 0 if it has ended. */
uint64_t sq_thread_start(int tid);

#endif
