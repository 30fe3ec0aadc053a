/* Helpers for tests of the shim with real signals. */
#ifndef SIGNALS_H
#define SIGNALS_H

#include "check.h"
#include "receiver.h"
#include "sigdisposition.h"
#include "sigshim.h"

#include <errno.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

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

/* Other processes of the same user fill the kernel's queue, too. */
static inline void raise_with_value(int signal, void *value)
{
    while (sigqueue(getpid(), signal, (union sigval){.sival_ptr = value}) != 0 && errno == EAGAIN)
        sched_yield();
}

static inline void want(int signal)
{
    atomic_fetch_or(&sq_block.wanted, mask_of(signal));
}

static inline uint64_t accepted(int signal)
{
    return sq_block.signals[signal].accepted;
}

/*
 * A timer that interrupts this thread at another instruction each time. It is started again only
 * after its signal was handled: with a period, a machine whose handlers take longer than that would
 * run nothing else.
 */
static timer_t ticker;
static uint64_t ticks_seen;

static inline void tick_later(uint64_t nanos)
{
    const struct itimerspec once = {.it_value = {0, (long)(1 + nanos % 100000)}};
    CHECK(timer_settime(ticker, 0, &once, NULL) == 0);
}

static inline void start_ticking(int signal)
{
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = signal};
    CHECK(timer_create(CLOCK_MONOTONIC, &event, &ticker) == 0);
    ticks_seen = accepted(signal);
    tick_later(0);
}

static inline void keep_ticking(int signal)
{
    if (accepted(signal) == ticks_seen)
        return;
    ticks_seen = accepted(signal);
    tick_later(ticks_seen * UINT64_C(2654435761));
}

static inline void stop_ticking(int tick)
{
    timer_delete(ticker);
    signal(tick, SIG_IGN); /* discards one that is pending */
    signal(tick, SIG_DFL);
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
        alarm(WATCHDOG);
        body();
        _exit(checks_failed != 0);
    }
    CHECK(waitpid(child, &status, WUNTRACED) == child);
    return status;
}

/* Runs this program again, for a body that needs the library loaded in a process of its own. */
static inline int status_of_program(const char *body)
{
    int status;
    const pid_t child = fork();
    if (child == 0) {
        execl("/proc/self/exe", program_invocation_short_name, body, NULL);
        _exit(1);
    }
    CHECK(waitpid(child, &status, 0) == child);
    return status;
}

/* The other end of it. No exit: a leak check cannot run as process 1. */
#define RUN_IF_ASKED(body) \
    if (only_test != NULL && strcmp(only_test, #body) == 0) \
    (alarm(WATCHDOG), body(), _exit(checks_failed != 0))

static inline bool exited_well(int status)
{
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

#endif
