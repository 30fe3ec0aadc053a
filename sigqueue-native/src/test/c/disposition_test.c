/* The promises about dispositions, previous actions and death, one test for each. */
#define _GNU_SOURCE
#include "sandbox.h"
#include "signals.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum { A = SIGUSR1, B = SIGUSR2, CAPACITY = 16 };

/*
 * Handlers run on the ordinary stack here. AddressSanitizer's own alternate stack keeps the red
 * zones of frames that siglongjmp leaves, and reports them to the next function that comes there.
 */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "use_sigaltstack=0";
}

static bool same(struct sq_action a, struct sq_action b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

static void set_action(int signal, struct sq_action action)
{
    CHECK(syscall(SYS_rt_sigaction, signal, &action, NULL, 8) == 0);
}

static void unwant(int signal)
{
    atomic_fetch_and(&sq_block.wanted, ~mask_of(signal));
}

/* ---- The previous action ---- */

static volatile int previous_calls;
static siginfo_t previous_info;
static void *volatile previous_context;
static volatile uint32_t in_flight_at_previous;

static void previous_handler(int signal)
{
    in_flight_at_previous = sq_block.signals[signal].in_flight;
    previous_calls++;
}

static void previous_sigaction(int signal, siginfo_t *info, void *context)
{
    previous_info = *info;
    previous_context = context;
    previous_handler(signal);
}

static void previous_handler_is_called_when_not_wanted(void)
{
    fresh(CAPACITY);
    signal(A, previous_handler);
    CHECK(sq_install(A) == 0);
    previous_calls = 0;
    raise_here(A);
    CHECK(previous_calls == 1);
    CHECK(in_flight_at_previous == 0);
    want(A);
    raise_here(A);
    CHECK(previous_calls == 1 && accepted(A) == 1);
    unwant(A);
    raise_here(A);
    CHECK(previous_calls == 2 && accepted(A) == 1);
    CHECK(sq_restore(A) == 0);
    signal(A, SIG_DFL);
}

static void previous_handler_gets_the_same_arguments(void)
{
    struct sigaction previous = {.sa_sigaction = previous_sigaction, .sa_flags = SA_SIGINFO};
    fresh(CAPACITY);
    sigaction(A, &previous, NULL);
    CHECK(sq_install(A) == 0);
    raise_with_value(A, (void *)0x123456789abc);
    CHECK(previous_info.si_signo == A && previous_info.si_code == SI_QUEUE);
    CHECK(previous_info.si_value.sival_ptr == (void *)0x123456789abc);
    CHECK(previous_context != NULL);
    CHECK(sq_restore(A) == 0);
    signal(A, SIG_DFL);
}

static sigjmp_buf out_of_the_handler;

static void jump_out(int signal)
{
    siglongjmp(out_of_the_handler, signal);
}

static void previous_handler_need_not_return(void)
{
    fresh(CAPACITY);
    signal(A, jump_out);
    CHECK(sq_install(A) == 0);
    if (sigsetjmp(out_of_the_handler, 1) == 0) {
        raise_here(A);
        CHECK(false);
    }
    CHECK(sq_block.signals[A].in_flight == 0);
    CHECK(sq_restore(A) == 0);
    signal(A, SIG_DFL);
}

static void forward(uint64_t signals)
{
    atomic_store(&sq_block.forward, signals);
}

static void forwarded_signal_is_accepted_and_seen_by_the_previous_handler(void)
{
    fresh(CAPACITY);
    want(A);
    signal(A, previous_handler);
    CHECK(sq_install(A) == 0);
    previous_calls = 0;
    forward(mask_of(A));
    raise_here(A);
    CHECK(accepted(A) == 1 && previous_calls == 1);
    unwant(A);
    raise_here(A);
    CHECK(accepted(A) == 1 && previous_calls == 2); /* once, not twice */
    want(A);
    forward(~mask_of(A));
    raise_here(A);
    CHECK(accepted(A) == 2 && previous_calls == 2);
    CHECK(sq_restore(A) == 0);
    signal(A, SIG_DFL);
}

static void forwarding_to_nobody_does_nothing(void)
{
    void (*const nobody[])(int) = {SIG_DFL, SIG_IGN};
    for (int i = 0; i < 2; i++) {
        fresh(CAPACITY);
        want(A);
        forward(mask_of(A));
        signal(A, nobody[i]);
        CHECK(sq_install(A) == 0);
        raise_here(A); /* by default it would be fatal */
        CHECK(accepted(A) == 1);
        CHECK(sq_restore(A) == 0);
    }
    signal(A, SIG_DFL);
}

static void ignored_signal_stays_ignored_when_not_wanted(void)
{
    fresh(CAPACITY);
    signal(SIGTERM, SIG_IGN);
    CHECK(sq_install(SIGTERM) == 0);
    raise_here(SIGTERM);
    CHECK(accepted(SIGTERM) == 0);
    CHECK(sq_restore(SIGTERM) == 0);
    signal(SIGTERM, SIG_DFL);
}

static void signals_ignored_by_default_do_nothing_when_not_wanted(void)
{
    const int signals[] = {SIGCHLD, SIGCONT, SIGURG, SIGWINCH};
    fresh(CAPACITY);
    for (int i = 0; i < 4; i++) {
        CHECK(sq_install(signals[i]) == 0);
        raise_here(signals[i]);
        CHECK(is_installed(signals[i]));
        CHECK(sq_restore(signals[i]) == 0);
    }
}

static int fatal_signal;

static void die_by_default(void)
{
    raise_here(fatal_signal);
}

static void default_action_kills_when_not_wanted(void)
{
    const int signals[] = {SIGHUP,    SIGINT,  SIGQUIT, SIGTERM, SIGABRT, SIGUSR1,
                           SIGPIPE,   SIGALRM, SIGPROF, SIGPOLL, SIGPWR,  SIGXCPU,
                           SIGSTKFLT, SIGSYS,  SIGRTMIN, SIGRTMAX};
    fresh(CAPACITY);
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        fatal_signal = signals[i];
        CHECK(sq_install(fatal_signal) == 0);
        const int status = status_of(die_by_default);
        CHECK(WIFSIGNALED(status) && WTERMSIG(status) == fatal_signal);
        CHECK(sq_restore(fatal_signal) == 0);
    }
}

static void stop_twice(void)
{
    for (int i = 0; i < 2; i++) {
        raise_here(fatal_signal);
        CHECK(is_installed(fatal_signal));
    }
}

static void default_action_stops_and_the_handler_comes_back(void)
{
    const int signals[] = {SIGTSTP, SIGTTIN, SIGTTOU};
    fresh(CAPACITY);
    for (int i = 0; i < 3; i++) {
        int status;
        fatal_signal = signals[i];
        CHECK(sq_install(fatal_signal) == 0);
        const pid_t child = fork();
        if (child == 0) {
            setpgid(0, 0);
            alarm(WATCHDOG);
            stop_twice();
            _exit(checks_failed != 0);
        }
        for (int stops = 0; stops < 2; stops++) {
            CHECK(waitpid(child, &status, WUNTRACED) == child);
            CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == fatal_signal);
            kill(child, SIGCONT);
        }
        CHECK(waitpid(child, &status, 0) == child);
        CHECK(exited_well(status));
        CHECK(sq_restore(fatal_signal) == 0);
    }
}

/* ---- The default action, asked for ---- */

static uint64_t blocked_here(void)
{
    uint64_t mask;
    syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, sizeof mask);
    return mask;
}

static void receive_and_take_the_default_action(void)
{
    fresh(CAPACITY);
    want(fatal_signal);
    CHECK(sq_install(fatal_signal) == 0);
    const uint64_t blocked = blocked_here();
    sq_default_action(fatal_signal);
    CHECK(blocked_here() == blocked);
    CHECK(is_installed(fatal_signal));
    CHECK(accepted(fatal_signal) == 0);
}

static void default_action_is_taken_as_if_nobody_received(void)
{
    const int deadly[] = {SIGHUP, SIGUSR1, SIGTERM, SIGRTMIN + 3};
    const int harmless[] = {SIGWINCH, SIGCHLD, SIGURG, SIGCONT};
    for (int i = 0; i < 4; i++) {
        fatal_signal = deadly[i];
        const int status = status_of(receive_and_take_the_default_action);
        CHECK(WIFSIGNALED(status) && WTERMSIG(status) == fatal_signal);
        fatal_signal = harmless[i];
        CHECK(exited_well(status_of(receive_and_take_the_default_action)));
    }
}

static void default_action_stops_until_the_process_is_continued(void)
{
    const int stops[] = {SIGTSTP, SIGTTIN, SIGTTOU};
    for (int i = 0; i < 3; i++) {
        int status;
        fatal_signal = stops[i];
        const pid_t child = fork();
        if (child == 0) {
            setpgid(0, 0);
            alarm(WATCHDOG);
            receive_and_take_the_default_action();
            _exit(checks_failed != 0);
        }
        CHECK(waitpid(child, &status, WUNTRACED) == child);
        CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == fatal_signal);
        kill(child, SIGCONT);
        CHECK(waitpid(child, &status, 0) == child);
        CHECK(exited_well(status));
    }
}

static void default_action_of_no_signal_is_nothing(void)
{
    sq_default_action(INT_MIN);
    sq_default_action(0);
    sq_default_action(SQ_SIGNALS + 1);
}

/* ---- Signals that were blocked when the process was started ---- */

static void receive_where_the_default_action_is_refused(void)
{
    CHECK(sq_install(SIGTERM) == 0);
    refuse(SYS_rt_sigaction, EPERM);
    raise_here(SIGTERM); /* nobody wants it */
}

static void default_action_that_is_refused_ends_the_process_all_the_same(void)
{
    const int status = status_of(receive_where_the_default_action_is_refused);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 128 + SIGTERM);
}

static bool is_pending(int signal)
{
    uint64_t pending;
    syscall(SYS_rt_sigpending, &pending, sizeof pending);
    return pending & mask_of(signal);
}

static void mask_by_libc(int how, int signal)
{
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, signal);
    pthread_sigmask(how, &one, NULL);
}

static void *unblock_and_block_again(void *unused)
{
    (void)unused;
    const uint64_t were_blocked = sq_unblock(mask_of(A) | mask_of(B) | mask_of(32));
    CHECK(accepted(A) == 1);
    sq_block_again(were_blocked);
    CHECK(blocked_here() & mask_of(A));
    return (void *)(uintptr_t)were_blocked;
}

static void blocked_signal_is_received_once_one_thread_unblocks_it(void)
{
    pthread_t receiver_thread;
    void *were_blocked;
    const uint64_t before = blocked_here();
    mask_by_libc(SIG_BLOCK, A);
    fresh(CAPACITY);
    want(A);
    CHECK(sq_install(A) == 0);
    kill(getpid(), A);
    CHECK(is_pending(A) && accepted(A) == 0);
    CHECK(pthread_create(&receiver_thread, NULL, unblock_and_block_again, NULL) == 0);
    pthread_join(receiver_thread, &were_blocked);
    CHECK((uintptr_t)were_blocked == mask_of(A)); /* and not B */
    CHECK(blocked_here() == (before | mask_of(A)));
    kill(getpid(), A);
    CHECK(is_pending(A) && accepted(A) == 1);
    CHECK(sq_unblock(mask_of(A)) == mask_of(A));
    CHECK(accepted(A) == 2);
    sq_block_again(mask_of(A));
    mask_by_libc(SIG_UNBLOCK, A);
    CHECK(sq_restore(A) == 0);
}

static void *receive_one_that_it_has_unblocked_itself(void *unused)
{
    (void)unused;
    mask_by_libc(SIG_UNBLOCK, A);
    raise_here(A);
    CHECK(!(blocked_here() & mask_of(A)));
    return NULL;
}

/* Else a flood of it would keep the thread in the handler. */
static void one_of_a_blocked_signal_comes_each_time_that_it_is_unblocked(void)
{
    pthread_t other;
    mask_by_libc(SIG_BLOCK, A);
    fresh(CAPACITY);
    want(A);
    want(B);
    CHECK(sq_install(A) == 0 && sq_install(B) == 0);
    CHECK(sq_unblock(mask_of(A)) == mask_of(A));
    raise_here(A);
    CHECK(accepted(A) == 1 && blocked_here() & mask_of(A));
    CHECK(pthread_create(&other, NULL, receive_one_that_it_has_unblocked_itself, NULL) == 0);
    pthread_join(other, NULL);
    raise_here(A);
    CHECK(accepted(A) == 2 && is_pending(A));
    CHECK(sq_unblock(mask_of(A) | mask_of(B)) == mask_of(A)); /* as before it came */
    CHECK(accepted(A) == 3 && blocked_here() & mask_of(A));
    raise_here(B);
    CHECK(accepted(B) == 1 && !(blocked_here() & mask_of(B)));
    sq_block_again(mask_of(B));
    CHECK(!(blocked_here() & mask_of(B))); /* nobody had blocked it */
    sq_block_again(mask_of(A));
    mask_by_libc(SIG_UNBLOCK, A);
    raise_here(A); /* it is unblocked by somebody else now */
    CHECK(accepted(A) == 4 && !(blocked_here() & mask_of(A)));
    CHECK(sq_restore(A) == 0 && sq_restore(B) == 0);
}

/* ---- Death ---- */

static void die(void)
{
    sq_die(fatal_signal);
}

static void die_blocked_and_handled(void)
{
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    sq_install(fatal_signal);
    want(fatal_signal);
    die();
}

static void death_is_by_the_signal(void)
{
    const int signals[] = {SIGHUP, SIGINT, SIGQUIT, SIGKILL, SIGSEGV, SIGTERM, SIGUSR1, SIGRTMAX};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        fatal_signal = signals[i];
        const int status = status_of(die_blocked_and_handled);
        CHECK(WIFSIGNALED(status) && WTERMSIG(status) == fatal_signal);
    }
}

static void death_by_a_harmless_signal_is_an_exit(void)
{
    const int signals[] = {SIGCHLD, SIGCONT, SIGURG, SIGWINCH, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        fatal_signal = signals[i];
        const int status = status_of(die);
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 128 + fatal_signal);
    }
}

static void death_by_no_signal_is_an_exit(void)
{
    const int numbers[] = {INT_MIN, -1, 0, SQ_SIGNALS + 1, INT_MAX};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        fatal_signal = numbers[i];
        const int status = status_of(die);
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 128);
    }
}

static void die_on_exit(void)
{
    sq_die_on_exit(fatal_signal);
    exit(7);
}

static void death_on_exit_is_by_the_signal(void)
{
    const int signals[] = {SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGRTMAX};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        fatal_signal = signals[i];
        const int status = status_of(die_on_exit);
        CHECK(WIFSIGNALED(status) && WTERMSIG(status) == fatal_signal);
    }
}

static void death_on_exit_by_a_harmless_signal_keeps_the_status(void)
{
    const int signals[] = {SIGCHLD, SIGTSTP, INT_MIN, -1, 0, SQ_SIGNALS + 1, INT_MAX};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        fatal_signal = signals[i];
        const int status = status_of(die_on_exit);
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
    }
}

/* ---- Dispositions ---- */

static void nobody_returns_here(void)
{
}

static void disposition_is_restored_byte_for_byte(void)
{
    const struct sq_action odd[] = {
        {.handler = (uintptr_t)SIG_DFL},
        {.handler = (uintptr_t)SIG_IGN, .flags = SA_RESTART},
        {.handler = (uintptr_t)previous_handler,
         .flags = 0x04000000 | SA_NODEFER | SA_RESETHAND | SA_ONSTACK,
         .restorer = (uintptr_t)nobody_returns_here,
         .mask = UINT64_C(0x5555aaaa1234567f) & ~(mask_of(SIGKILL) | mask_of(SIGSTOP))},
        {.handler = (uintptr_t)previous_sigaction,
         .flags = 0x04000000 | SA_SIGINFO,
         .restorer = 0x1234,
         .mask = mask_of(32) | mask_of(33) | mask_of(64)},
    };
    const struct sq_action untouched = action_of(A);
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        struct sq_action now, saved;
        set_action(A, odd[i]);
        const struct sq_action before = action_of(A);
        CHECK(before.restorer == odd[i].restorer && before.mask == odd[i].mask);
        CHECK(sq_install(A) == 0);
        CHECK(sq_disposition(A, &now, &saved) == 1);
        CHECK(now.handler == (uintptr_t)sq_handler && same(saved, before));
        CHECK(sq_install(A) == 0); /* keeps what is remembered */
        CHECK(sq_restore(A) == 0);
        CHECK(same(action_of(A), before));
        CHECK(sq_restore(A) == 0); /* nothing to do */
        CHECK(same(action_of(A), before));
    }
    set_action(A, untouched);
}

static void installing_again_repairs_the_flags(void)
{
    CHECK(sq_install(A) == 0);
    const struct sq_action ours = action_of(A);
    struct sq_action spoiled = ours;
    spoiled.flags &= ~(uint64_t)SA_ONSTACK; /* as HotSpot does when it is handed a handler back */
    spoiled.mask = 0;
    set_action(A, spoiled);
    CHECK(sq_install(A) == 0);
    CHECK(same(action_of(A), ours));
    CHECK(sq_restore(A) == 0);
    CHECK(action_of(A).handler == (uintptr_t)SIG_DFL);
}

static void ignoring_ends_with_install_and_restore(void)
{
    const struct sq_action untouched = action_of(A);
    struct sq_action now, before;
    fresh(CAPACITY);
    for (int installed_first = 0; installed_first < 2; installed_first++) {
        if (installed_first)
            CHECK(sq_install(A) == 0);
        CHECK(sq_ignore(A) == 0);
        CHECK(sq_disposition(A, &now, &before) == 0);
        CHECK(now.handler == (uintptr_t)SIG_IGN && same(before, untouched));
        CHECK(sq_ignore(A) == 0); /* keeps what is remembered */
        raise_here(A);
        CHECK(accepted(A) == 0);
        CHECK(sq_restore(A) == 0);
        CHECK(same(action_of(A), untouched));
    }
    CHECK(sq_ignore(A) == 0);
    CHECK(sq_install(A) == 0);
    CHECK(sq_disposition(A, &now, &before) == 1 && same(before, untouched));
    CHECK(sq_restore(A) == 0);
    CHECK(same(action_of(A), untouched));
}

static void handler_in_flight_ignores_while_ignoring(void)
{
    siginfo_t info = {.si_code = SI_USER};
    fresh(CAPACITY);
    signal(A, previous_handler);
    CHECK(sq_install(A) == 0);
    CHECK(sq_ignore(A) == 0);
    previous_calls = 0;
    sq_handler(A, &info, NULL);
    CHECK(previous_calls == 0);
    CHECK(sq_install(A) == 0);
    raise_here(A);
    CHECK(previous_calls == 1);
    CHECK(sq_restore(A) == 0);
    signal(A, SIG_DFL);
}

static void replaced_ignoring_is_left_alone(void)
{
    CHECK(sq_ignore(A) == 0);
    signal(A, previous_handler);
    const struct sq_action theirs = action_of(A);
    CHECK(sq_restore(A) == SQ_DISPLACED);
    CHECK(same(action_of(A), theirs));
    signal(A, SIG_DFL);
}

static void displaced_handler_is_left_alone(void)
{
    CHECK(sq_install(A) == 0);
    signal(A, previous_handler);
    const struct sq_action theirs = action_of(A);
    CHECK(sq_restore(A) == SQ_DISPLACED);
    CHECK(same(action_of(A), theirs));
    CHECK(sq_restore(A) == 0); /* nothing of ours is left to restore */
    CHECK(same(action_of(A), theirs));
    signal(A, SIG_DFL);
}

static struct sigaction before_the_chainer;
static volatile int chainer_calls;

static void chainer(int signal, siginfo_t *info, void *context)
{
    chainer_calls++;
    before_the_chainer.sa_sigaction(signal, info, context);
}

/* Somebody replaces our handler and calls it as his previous one: first inert, then under his. */
static void displaced_handler_forwards_and_never_in_a_circle(void)
{
    struct sigaction chaining = {.sa_sigaction = chainer, .sa_flags = SA_SIGINFO};
    const int signal_c = SIGRTMIN + 7; /* a signal of its own: it stays marked as chained */
    fresh(CAPACITY);
    signal(signal_c, previous_handler);
    CHECK(sq_install(signal_c) == 0);
    sigaction(signal_c, &chaining, &before_the_chainer);
    CHECK(sq_restore(signal_c) == SQ_DISPLACED);
    previous_calls = chainer_calls = 0;
    raise_here(signal_c);
    CHECK(chainer_calls == 1 && previous_calls == 1);

    const struct sq_action theirs = action_of(signal_c);
    CHECK(sq_install(signal_c) == 0); /* on top of the chainer now */
    raise_here(signal_c);             /* not wanted: forwarded past the chainer */
    CHECK(chainer_calls == 1 && previous_calls == 2);
    want(signal_c);
    raise_here(signal_c);
    CHECK(chainer_calls == 1 && previous_calls == 2 && accepted(signal_c) == 1);
    unwant(signal_c);
    CHECK(sq_restore(signal_c) == 0);
    CHECK(same(action_of(signal_c), theirs));
    raise_here(signal_c);
    CHECK(chainer_calls == 2 && previous_calls == 3);
    signal(signal_c, SIG_DFL);
}

static void impossible_signals_are_refused(void)
{
    const int signals[] = {-1, 0, SIGKILL, SIGSTOP, 32, 33, 65, 1 << 20};
    struct sq_action now, saved;
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        CHECK(sq_install(signals[i]) == EINVAL);
        CHECK(sq_ignore(signals[i]) == EINVAL);
        CHECK(sq_restore(signals[i]) == EINVAL);
    }
    CHECK(sq_disposition(0, &now, &saved) == -EINVAL);
    CHECK(sq_disposition(65, &now, &saved) == -EINVAL);
    CHECK(sq_disposition(SIGKILL, &now, &saved) == 0 && now.handler == (uintptr_t)SIG_DFL);
}

/* The linker sends the shim's calls of sigaction here: it can play libjsig. */
int __real_sigaction(int signal, const struct sigaction *action, struct sigaction *old);
int __wrap_sigaction(int signal, const struct sigaction *action, struct sigaction *old);

static bool swallow;
static struct sigaction swallowed;
static bool come_between;

int __wrap_sigaction(int signal, const struct sigaction *action, struct sigaction *old)
{
    if (come_between) {
        const struct sigaction theirs = {.sa_handler = previous_handler};
        come_between = false;
        __real_sigaction(signal, &theirs, NULL);
    }
    if (!swallow)
        return __real_sigaction(signal, action, old);
    if (old != NULL)
        *old = swallowed;
    swallowed = *action;
    return 0;
}

static void swallowed_install_is_noticed(void)
{
    const struct sq_action before = action_of(A);
    memset(&swallowed, 0, sizeof swallowed);
    swallowed.sa_handler = previous_handler;
    swallow = true;
    CHECK(sq_install(A) == SQ_SWALLOWED);
    CHECK(sq_ignore(A) == SQ_SWALLOWED);
    swallow = false;
    CHECK(swallowed.sa_handler == previous_handler);
    CHECK(same(action_of(A), before));
    CHECK(sq_restore(A) == 0);
    CHECK(same(action_of(A), before));
}

static void handler_that_comes_between_is_remembered(void)
{
    const int signal_d = SIGRTMIN + 8; /* not A, which is marked as chained by now */
    fresh(CAPACITY);
    come_between = true;
    CHECK(sq_install(signal_d) == 0);
    CHECK(is_installed(signal_d));
    previous_calls = 0;
    raise_here(signal_d);
    CHECK(previous_calls == 1);
    CHECK(sq_restore(signal_d) == 0);
    CHECK(action_of(signal_d).handler == (uintptr_t)previous_handler);
    signal(signal_d, SIG_DFL);
}

static void *install_and_restore(void *number)
{
    const int signal = (int)(intptr_t)number;
    intptr_t wrong = 0;
    for (int i = 0; i < 5000; i++)
        wrong += sq_install(signal) != 0 || sq_restore(signal) != 0;
    return (void *)wrong;
}

static void different_signals_are_installed_concurrently(void)
{
    pthread_t threads[4];
    struct sq_action before[4];
    void *wrong;
    for (int i = 0; i < 4; i++) {
        before[i] = action_of(SIGRTMIN + i);
        pthread_create(&threads[i], NULL, install_and_restore, (void *)(intptr_t)(SIGRTMIN + i));
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], &wrong);
        CHECK(wrong == NULL);
        CHECK(same(action_of(SIGRTMIN + i), before[i]));
    }
}

/* ---- Notify and Ignore in turn, under fire ---- */

enum { FIRING = 3 };
static _Atomic bool firing;
static _Atomic pid_t tids[FIRING];

static void *fire(void *number)
{
    siginfo_t info = {.si_signo = A, .si_code = SI_USER};
    tids[(intptr_t)number] = (pid_t)syscall(SYS_gettid);
    while (firing) {
        sq_handler(A, &info, NULL); /* as if the kernel had called it, but B may interrupt it */
        raise_here(A);
    }
    return NULL;
}

static void give_way(int signal)
{
    (void)signal;
    sched_yield();
}

static void *interrupt(void *unused)
{
    (void)unused;
    for (unsigned i = 0; firing; i++)
        syscall(SYS_tgkill, getpid(), tids[i % FIRING], B);
    return NULL;
}

/* Each round gives all others a turn, which takes long where they have one CPU, and that not alone:
   interleave_test.c does the proof. */
static bool is_worth_a_round(int round, time_t start)
{
    return round < 100 || (round < 10000 && time(NULL) - start < 30);
}

/* The default action is death. interleave_test.c tries all moments; here two CPUs do it. */
static void notify_and_ignore_in_turn_never_take_the_default_action(void)
{
    pthread_t threads[FIRING + 1];
    fresh(CAPACITY);
    firing = true;
    signal(B, give_way);
    sq_ignore(A);
    for (intptr_t i = 0; i < FIRING; i++)
        pthread_create(&threads[i], NULL, fire, (void *)i);
    for (int i = 0; i < FIRING; i++)
        while (tids[i] == 0)
            sched_yield();
    pthread_create(&threads[FIRING], NULL, interrupt, NULL);
    const time_t start = time(NULL);
    for (int i = 0; is_worth_a_round(i, start); i++) {
        want(A);
        sq_install(A);
        sched_yield();
        sq_ignore(A);
        unwant(A);
        sched_yield();
    }
    firing = false;
    for (int i = 0; i <= FIRING; i++)
        pthread_join(threads[i], NULL);
}

int main(int argc, char **argv)
{
    start(argc, argv);
    RUN(previous_handler_is_called_when_not_wanted);
    RUN(previous_handler_gets_the_same_arguments);
    RUN(previous_handler_need_not_return);
    RUN(forwarded_signal_is_accepted_and_seen_by_the_previous_handler);
    RUN(forwarding_to_nobody_does_nothing);
    RUN(ignored_signal_stays_ignored_when_not_wanted);
    RUN(signals_ignored_by_default_do_nothing_when_not_wanted);
    RUN(default_action_kills_when_not_wanted);
    RUN(default_action_stops_and_the_handler_comes_back);
    RUN(default_action_is_taken_as_if_nobody_received);
    RUN(default_action_stops_until_the_process_is_continued);
    RUN(default_action_of_no_signal_is_nothing);
    RUN(blocked_signal_is_received_once_one_thread_unblocks_it);
    RUN(one_of_a_blocked_signal_comes_each_time_that_it_is_unblocked);
    RUN(death_is_by_the_signal);
    RUN(death_by_a_harmless_signal_is_an_exit);
    RUN(death_by_no_signal_is_an_exit);
    RUN(disposition_is_restored_byte_for_byte);
    RUN(installing_again_repairs_the_flags);
    RUN(ignoring_ends_with_install_and_restore);
    RUN(handler_in_flight_ignores_while_ignoring);
    RUN(replaced_ignoring_is_left_alone);
    RUN(displaced_handler_is_left_alone);
    RUN(displaced_handler_forwards_and_never_in_a_circle);
    RUN(impossible_signals_are_refused);
    RUN(swallowed_install_is_noticed);
    RUN(death_on_exit_is_by_the_signal);
    RUN(death_on_exit_by_a_harmless_signal_keeps_the_status);
    RUN(default_action_that_is_refused_ends_the_process_all_the_same);
    RUN(handler_that_comes_between_is_remembered);
    RUN(different_signals_are_installed_concurrently);
    RUN_ALONE(notify_and_ignore_in_turn_never_take_the_default_action);
    return report();
}
