/* What tests of the shim do with real signals. */
#ifndef SIGNALS_H
#define SIGNALS_H

#include "check.h"
#include "receiver.h"
#include "sigdisposition.h"
#include "sigshim.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static inline struct sq_action action_of(int signal)
{
    struct sq_action now, saved;
    CHECK(sq_disposition(signal, &now, &saved) >= 0);
    return now;
}

static inline bool is_installed(int signal)
{
    struct sq_action now, saved;
    return sq_disposition(signal, &now, &saved) == 1;
}

/* Directed at this thread: handled before it returns, if not blocked. */
static inline void raise_here(int signal)
{
    syscall(SYS_tgkill, syscall(SYS_getpid), syscall(SYS_gettid), signal);
}

static inline void raise_with_value(int signal, void *value)
{
    sigqueue(getpid(), signal, (union sigval){.sival_ptr = value});
}

static inline void want(int signal)
{
    atomic_fetch_or(&sq_block.wanted, mask_of(signal));
}

static inline uint64_t accepted(int signal)
{
    return sq_block.signals[signal].accepted;
}

/* Runs in a child process and returns the wait status. The child is led by itself, so that a stop
   signal is not ignored for want of a shell. */
static inline int status_of(void (*body)(void))
{
    int status;
    const pid_t child = fork();
    if (child == 0) {
        const struct rlimit no_core = {0, 0};
        setrlimit(RLIMIT_CORE, &no_core);
        setpgid(0, 0);
        alarm(30);
        body();
        _exit(checks_failed != 0);
    }
    CHECK(waitpid(child, &status, WUNTRACED) == child);
    return status;
}

static inline bool exited_well(int status)
{
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

#endif
