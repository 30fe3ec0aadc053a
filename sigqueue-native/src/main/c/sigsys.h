/* Shared by the files beside it: system calls without libc in between, and small types. */
#ifndef SIGSYS_H
#define SIGSYS_H

#include "sigshim.h"

#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

/* libc may cache it, and vfork keeps the cache. */
static inline pid_t process(void)
{
    return (pid_t)syscall(SYS_getpid);
}

static inline pid_t thread(void)
{
    return (pid_t)syscall(SYS_gettid);
}

/* Sends this process a signal; and never -1, which is all processes. */
static inline long kill_process(int signal)
{
    const pid_t pid = process();
    return pid > 0 ? syscall(SYS_kill, pid, signal) : -1;
}

static inline uint64_t bit(int signal)
{
    return UINT64_C(1) << (signal - 1);
}

/* Changes the mask of the calling thread and returns it as it was. */
static inline uint64_t change_mask(int how, uint64_t signals)
{
    uint64_t old = 0;
    syscall(SYS_rt_sigprocmask, how, &signals, &old, sizeof signals);
    return old;
}

/* The mask that a thread returns to from a handler. */
static inline uint64_t *context_mask(void *context)
{
    return (uint64_t *)(void *)&((ucontext_t *)context)->uc_sigmask;
}

static inline uint64_t exclusive(void)
{
    /* seq_cst: each side changes a word, this or sleeper or a mask, and then looks at the other. */
    return atomic_load_explicit(&sq_block.exclusive, memory_order_seq_cst);
}

/* How a handler of ours is installed. */
static inline struct sigaction handling(void (*handler)(int, siginfo_t *, void *))
{
    struct sigaction ours = {.sa_sigaction = handler,
                             .sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK};
    sigfillset(&ours.sa_mask);
    /* A fault while its signal is blocked kills the VM without a report. */
    sigdelset(&ours.sa_mask, SIGILL);
    sigdelset(&ours.sa_mask, SIGBUS);
    sigdelset(&ours.sa_mask, SIGFPE);
    sigdelset(&ours.sa_mask, SIGSEGV);
    sigdelset(&ours.sa_mask, SIGTRAP);
    /* sigfillset leaves these out; a thread must not be cancelled inside a handler. */
    const uint64_t of_libc = bit(32) | bit(33);
    uint64_t mask;
    memcpy(&mask, &ours.sa_mask, sizeof mask);
    mask |= of_libc;
    memcpy(&ours.sa_mask, &mask, sizeof mask);
    return ours;
}

/* Returns NULL for no timeout. */
static inline const struct timespec *timeout(struct timespec *to, int64_t nanos)
{
    if (nanos < 0 || nanos == SQ_FOREVER)
        return NULL;
    to->tv_sec = nanos / 1000000000;
    to->tv_nsec = nanos % 1000000000;
    return to;
}

#endif
