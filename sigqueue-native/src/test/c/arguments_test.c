/*
 * The public calls of sigshim.h with arguments that make no sense, in a long random sequence that is
 * the same in each run: each answers as its comment says, and changes nothing else. And handlers
 * that interrupt each other, whose trace the interrupted code must not see.
 */
#define _GNU_SOURCE
#include "signals.h"

#include <errno.h>
#include <limits.h>
#include <sys/syscall.h>
#include <time.h>

enum { STEPS = 50000, CAPACITY = 16 };

static uint64_t random_state = 4383;

/* Marsaglia's xorshift. */
static uint64_t random_below(uint64_t bound)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state % bound;
}

#define RANDOM_OF(values) ((values)[random_below(sizeof(values) / sizeof((values)[0]))])

/* ---- Dispositions ---- */

static const int bad_signals[] = {INT_MIN, -64, -1,  0,  SIGKILL, SIGSTOP,
                                  32,      33,  65, 66, 128,     INT_MAX};
static const int good_signals[] = {SIGHUP, SIGUSR1, SIGTERM, SIGCHLD, SIGTSTP, 35, 63, 64};

static struct sq_action expected[SQ_SIGNALS + 1]; /* what the kernel must say */
static struct sq_action original[SQ_SIGNALS + 1];

static void ask_kernel(int signal, struct sq_action *action)
{
    memset(action, 0, sizeof *action);
    syscall(SYS_rt_sigaction, signal, NULL, action, sizeof action->mask);
}

static void check_dispositions(void)
{
    for (int s = 1; s <= SQ_SIGNALS; s++) {
        struct sq_action now;
        ask_kernel(s, &now);
        CHECK(memcmp(&now, &expected[s], sizeof now) == 0);
    }
}

static void call_with_bad_signal(int signal)
{
    struct sq_action now, previous;
    CHECK(sq_install(signal) == EINVAL);
    CHECK(sq_ignore(signal) == EINVAL);
    CHECK(sq_restore(signal) == EINVAL);
    if (signal < 1 || signal > SQ_SIGNALS)
        CHECK(sq_disposition(signal, &now, &previous) == -EINVAL);
}

static void call_with_good_signal(int signal)
{
    struct sq_action now, previous;
    switch (random_below(3)) {
    case 0:
        CHECK(sq_install(signal) == 0);
        ask_kernel(signal, &expected[signal]);
        CHECK(expected[signal].handler == (uintptr_t)sq_handler);
        break;
    case 1:
        CHECK(sq_ignore(signal) == 0);
        ask_kernel(signal, &expected[signal]);
        CHECK(expected[signal].handler == (uintptr_t)SIG_IGN);
        break;
    default:
        CHECK(sq_restore(signal) == 0);
        expected[signal] = original[signal];
    }
    CHECK(sq_disposition(signal, &now, &previous) ==
          (expected[signal].handler == (uintptr_t)sq_handler));
    CHECK(memcmp(&now, &expected[signal], sizeof now) == 0);
    CHECK(memcmp(&previous, &original[signal], sizeof previous) == 0);
}

static void signals_that_are_none_change_nothing(void)
{
    for (int s = 1; s <= SQ_SIGNALS; s++)
        ask_kernel(s, &original[s]);
    memcpy(expected, original, sizeof expected);
    for (int i = 0; i < STEPS; i++) {
        if (random_below(2))
            call_with_good_signal(RANDOM_OF(good_signals));
        else
            call_with_bad_signal(RANDOM_OF(bad_signals));
        if (i % 100 == 0)
            check_dispositions();
    }
    for (size_t i = 0; i < sizeof good_signals / sizeof good_signals[0]; i++)
        CHECK(sq_restore(good_signals[i]) == 0);
    memcpy(expected, original, sizeof expected);
    check_dispositions();
}

/* ---- Sleeping and waking ---- */

static const int64_t times_nanos[] = {0, 1, 999, 1000000};
static const int bad_fds[] = {INT_MIN, -2, -1, 1 << 20, INT_MAX};

static void futex_refuses_what_it_cannot_wait_for(void)
{
    static const int64_t any_nanos[] = {INT64_MIN, -1, 0, 1, 1000000000, INT64_MAX - 1, SQ_FOREVER};
    _Atomic uint32_t word;
    for (int i = 0; i < STEPS; i++) {
        const uint32_t value = (uint32_t)random_below(4);
        word = value;
        sq_futex_wake(&word);
        CHECK(sq_futex_wait(&word, value + 1, RANDOM_OF(any_nanos)) == EAGAIN);
        if (i % 100 == 0)
            CHECK(sq_futex_wait(&word, value, RANDOM_OF(times_nanos)) == ETIMEDOUT);
        CHECK(word == value);
    }
    CHECK(sq_futex_wait(NULL, 0, 0) == EFAULT);
    sq_futex_wake(NULL);
}

static void descriptors_that_are_none_are_errors(void)
{
    const int fd = sq_eventfd_open();
    bool readable = false;
    CHECK(fd >= 0);
    for (int i = 0; i < STEPS; i++) {
        const int bad = RANDOM_OF(bad_fds);
        switch (random_below(4)) {
        case 0:
            CHECK(sq_eventfd_wake(bad) == EBADF);
            break;
        case 1: /* poll(2) overlooks negative descriptors and finds the others invalid */
            if (i % 50 == 0 || bad > 0)
                CHECK(sq_eventfd_wait(bad, RANDOM_OF(times_nanos)) == (bad < 0 ? ETIMEDOUT : EBADF));
            break;
        case 2:
            CHECK(sq_eventfd_wake(fd) == 0);
            readable = true;
            break;
        default:
            if (readable)
                CHECK(sq_eventfd_wait(fd, SQ_FOREVER) == 0);
            CHECK(sq_eventfd_wait(fd, 0) == ETIMEDOUT);
            readable = false;
        }
    }
    close(fd);
    CHECK(sq_eventfd_wake(fd) == EBADF);
}

/* ---- Handlers that interrupt handlers ---- */

static void check_trace(int magic, const sigset_t *mask, const stack_t *stack)
{
    sigset_t mask_now;
    stack_t stack_now;
    CHECK(errno == magic);
    sigprocmask(SIG_SETMASK, NULL, &mask_now);
    sigaltstack(NULL, &stack_now);
    CHECK(memcmp(&mask_now, mask, 8) == 0);
    CHECK(stack_now.ss_sp == stack->ss_sp && stack_now.ss_size == stack->ss_size &&
          stack_now.ss_flags == stack->ss_flags);
}

static void interrupted_handlers_leave_no_trace(void)
{
    static char memory[256 * 1024];
    const int tick = SIGRTMIN + 1, slow = SIGUSR1;
    const struct sigaction nestable = {.sa_sigaction = sq_handler,
                                       .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART};
    const stack_t alternate = {.ss_sp = memory, .ss_size = sizeof memory};
    const stack_t none = {.ss_flags = SS_DISABLE};
    stack_t stack;
    sigset_t mask, some;
    sigaltstack(&alternate, NULL);
    sigemptyset(&some);
    sigaddset(&some, SIGHUP);
    sigprocmask(SIG_BLOCK, &some, NULL);
    sigprocmask(SIG_SETMASK, NULL, &mask);
    sigaltstack(NULL, &stack);
    fresh(CAPACITY);
    sq_block.wanted = mask_of(tick) | mask_of(slow);
    sq_block.wake = SQ_WAKE_EVENTFD;
    sq_block.wake_fd = -1; /* so that a wakeup sets errno, in the middle of a handler */
    sigaction(tick, &nestable, NULL);
    sigaction(slow, &nestable, NULL);
    start_ticking(tick);
    for (int magic = 1000; accepted(tick) < 500; magic++) {
        sq_block.state = SQ_WAITING;
        sq_block.note = SQ_SLEEPING;
        sq_block.mask = 0;
        errno = magic;
        raise_here(slow);
        check_trace(magic, &mask, &stack);
        keep_ticking(tick);
    }
    stop_ticking(tick);
    CHECK(sq_block.inconsistent > 0); /* the wakeups did fail */
    signal(slow, SIG_DFL);
    sigprocmask(SIG_UNBLOCK, &some, NULL);
    sigaltstack(&none, NULL);
}

int main(int argc, char **argv)
{
    start(argc, argv);
    RUN(signals_that_are_none_change_nothing);
    RUN(futex_refuses_what_it_cannot_wait_for);
    RUN(descriptors_that_are_none_are_errors);
    RUN(interrupted_handlers_leave_no_trace);
    return report();
}
