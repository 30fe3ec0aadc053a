/* The receiver that waits in the kernel: what it takes, what wakes it, and whose mask changes. */
#define _GNU_SOURCE
#include "receiver.h"
#include "sigdirect.h"
#include "sigdisposition.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>

enum { MASK = 60, WAKE = 59, A = 40, B = 41, CAPACITY = 1024, MILLI = 1000000 };

static pid_t tid_of_this(void)
{
    return (pid_t)syscall(SYS_gettid);
}

static void send_value(int signal, int value)
{
    CHECK(sigqueue(getpid(), signal, (union sigval){.sival_int = value}) == 0);
}

static uint64_t accepted(int signal)
{
    return sq_block.signals[signal].accepted;
}

static uint64_t blocked_here(void)
{
    uint64_t mask;
    syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, sizeof mask);
    return mask;
}

static bool is_pending(int signal)
{
    uint64_t pending;
    syscall(SYS_rt_sigpending, &pending, sizeof pending);
    return pending & mask_of(signal);
}

/* This thread is the only one, and the receiver. */
static void begin(int signal, enum sq_delivery how)
{
    fresh(CAPACITY);
    sq_block.wake = SQ_WAKE_DIRECT;
    atomic_fetch_or(&sq_block.wanted, mask_of(signal));
    CHECK(sq_install(signal) == 0);
    CHECK(sq_direct_start(MASK, WAKE) == 0);
    CHECK(sq_deliver(signal, how) == 0);
    CHECK(sq_set_mask(tid_of_this(), mask_of(signal) | mask_of(WAKE)) == 0);
    CHECK((blocked_here() & mask_of(signal)) != 0); /* this thread is the primordial one, too */
    run_until_asleep(&receiver);                   /* the change was announced */
}

static void end(int signal)
{
    CHECK(sq_deliver(signal, SQ_BY_HANDLER) == 0);
    CHECK(sq_set_mask(tid_of_this(), mask_of(signal) | mask_of(WAKE)) == 0);
    CHECK((blocked_here() & (mask_of(signal) | mask_of(WAKE))) == 0);
    CHECK(sq_block.direct == 0 && sq_block.blocked == 0);
    atomic_fetch_and(&sq_block.wanted, ~mask_of(signal));
    CHECK(sq_restore(signal) == 0);
    run_until_asleep(&receiver);
    check_conservation(&receiver);
}

static void sleep_takes_a_pending_signal_and_sends_it(void)
{
    begin(A, SQ_EXCLUSIVE);
    send_value(A, 7);
    CHECK(accepted(A) == 0 && is_pending(A));
    CHECK(sq_direct_sleep(SQ_FOREVER) == 0);
    CHECK(accepted(A) == 1 && !is_pending(A));
    CHECK(wake_up(&receiver));
    CHECK((int)receiver.last[A].value == 7 && receiver.last[A].pid == getpid());
    CHECK(receiver.last[A].tid == tid_of_this());
    end(A);
}

static void sleep_ends_with_its_time(void)
{
    begin(A, SQ_EXCLUSIVE);
    CHECK(sq_direct_sleep(MILLI) == ETIMEDOUT);
    CHECK(sq_direct_sleep(0) == ETIMEDOUT);
    end(A);
}

static void sleep_blocks_again_what_became_direct_again(void)
{
    begin(A, SQ_EXCLUSIVE);
    CHECK(sq_direct_sleep(MILLI) == ETIMEDOUT);
    CHECK(sq_deliver(A, SQ_BY_HANDLER) == 0);
    CHECK(sq_set_mask(tid_of_this(), mask_of(A) | mask_of(WAKE)) == 0);
    CHECK(sq_deliver(A, SQ_EXCLUSIVE) == 0);
    CHECK(!(blocked_here() & mask_of(A)));
    run_until_asleep(&receiver); /* the changes were announced */
    CHECK(sq_direct_sleep(MILLI) == ETIMEDOUT);
    CHECK(blocked_here() & mask_of(A));
    end(A);
}

static void steered_sleep_takes_a_pending_signal(void)
{
    begin(A, SQ_STEERED);
    CHECK(!(sq_block.blocked & mask_of(A)));
    send_value(A, 7);
    CHECK(sq_direct_sleep(SQ_FOREVER) == 0);
    CHECK(accepted(A) == 1);
    CHECK(!(blocked_here() & mask_of(MASK)) && (blocked_here() & mask_of(WAKE)));
    CHECK(wake_up(&receiver));
    end(A);
}

static void fetch_takes_what_is_pending_in_order_and_no_more_than_it_may(void)
{
    begin(A, SQ_EXCLUSIVE);
    for (int value = 1; value <= 10; value++)
        send_value(A, value);
    CHECK(sq_direct_fetch(4) == 4);
    CHECK(accepted(A) == 4 && is_pending(A));
    CHECK(sq_direct_fetch(100) == 6);
    CHECK(sq_direct_fetch(100) == 0);
    for (int value = 1; value <= 10; value++)
        CHECK(sq_block.cells[value - 1].value == value);
    CHECK(wake_up(&receiver));
    end(A);
}

static void nothing_is_fetched_when_nothing_is_direct(void)
{
    fresh(CAPACITY);
    sq_block.wake = SQ_WAKE_DIRECT;
    CHECK(sq_direct_fetch(100) == 0);
}

static void wakeup_before_the_sleep_ends_it(void)
{
    begin(A, SQ_EXCLUSIVE);
    sq_announce();
    CHECK(sq_direct_sleep(SQ_FOREVER) == EAGAIN);
    CHECK(wake_up(&receiver));
    end(A);
}

static void wake_signal_without_a_wakeup_is_nothing(void)
{
    begin(A, SQ_EXCLUSIVE);
    CHECK(sq_direct_sleep(MILLI) == ETIMEDOUT); /* so it is known who sleeps */
    sq_direct_wake();
    CHECK(sq_direct_sleep(SQ_FOREVER) == 0);
    CHECK(!wake_up(&receiver));
    CHECK(sq_direct_sleep(MILLI) == ETIMEDOUT);
    end(A);
}

static char state_of(pid_t tid)
{
    char path[64], state = 0;
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", (int)tid);
    FILE *stat = fopen(path, "r");
    if (stat != NULL && fscanf(stat, "%*d (%*[^)]) %c", &state) != 1)
        state = 0;
    if (stat != NULL)
        fclose(stat);
    return state;
}

/* What another thread does while this one sleeps. */
static void *announce_when_asleep(void *unused)
{
    (void)unused;
    while (state_of(getpid()) != 'S') /* the deadline is the watchdog's */
        sched_yield();
    sq_announce();
    return NULL;
}

static void sleep_until_announced(void)
{
    pthread_t other;
    CHECK(pthread_create(&other, NULL, announce_when_asleep, NULL) == 0);
    while (!wake_up(&receiver))
        sq_direct_sleep(SQ_FOREVER);
    pthread_join(other, NULL);
}

static void wakeup_during_the_sleep_ends_it(void)
{
    begin(A, SQ_EXCLUSIVE);
    sleep_until_announced();
    end(A);
    begin(A, SQ_STEERED);
    sleep_until_announced();
    end(A);
}

static void wakeup_needs_no_room_in_the_kernels_queue(void)
{
    struct rlimit before, none;
    CHECK(getrlimit(RLIMIT_SIGPENDING, &before) == 0);
    begin(A, SQ_EXCLUSIVE);
    none = (struct rlimit){0, before.rlim_max};
    CHECK(setrlimit(RLIMIT_SIGPENDING, &none) == 0);
    CHECK(sq_set_mask(tid_of_this(), mask_of(A)) == EAGAIN); /* so it is full */
    sleep_until_announced();
    CHECK(setrlimit(RLIMIT_SIGPENDING, &before) == 0);
    end(A);
}

static void signal_that_is_not_wanted_any_more_stays_in_the_kernel(void)
{
    begin(A, SQ_EXCLUSIVE);
    atomic_fetch_and(&sq_block.wanted, ~mask_of(A));
    send_value(A, 5);
    CHECK(sq_direct_sleep(MILLI) == ETIMEDOUT);
    CHECK(sq_direct_fetch(10) == 0);
    CHECK(accepted(A) == 0 && is_pending(A));
    atomic_fetch_or(&sq_block.wanted, mask_of(A));
    CHECK(sq_direct_fetch(10) == 1);
    CHECK(wake_up(&receiver));
    CHECK((int)receiver.last[A].value == 5);
    end(A);
}

static void what_is_pending_goes_by_the_handler_when_that_delivers_again(void)
{
    begin(A, SQ_EXCLUSIVE);
    for (int value = 1; value <= 3; value++)
        send_value(A, value);
    CHECK(accepted(A) == 0);
    CHECK(sq_deliver(A, SQ_BY_HANDLER) == 0);
    CHECK(accepted(A) == 0);
    CHECK(sq_set_mask(tid_of_this(), mask_of(A) | mask_of(WAKE)) == 0);
    CHECK(accepted(A) == 3);
    end(A);
}

static void thread_that_does_not_block_it_sends_and_blocks_it_then(void)
{
    begin(A, SQ_EXCLUSIVE);
    const uint64_t off = sq_masks_off();
    CHECK(off == (mask_of(A) | mask_of(WAKE)));
    send_value(A, 1);
    CHECK(accepted(A) == 1);
    CHECK(!(blocked_here() & mask_of(A))); /* as long as a child may be started */
    sq_masks_on(0);
    send_value(A, 2);
    CHECK(accepted(A) == 2);
    CHECK(blocked_here() & mask_of(A));
    end(A);
}

static void flood_ends_the_time_without_a_mask(void)
{
    begin(A, SQ_EXCLUSIVE);
    sq_masks_off();
    int interrupted = 0;
    while (!(blocked_here() & mask_of(A)) && interrupted < 1000) {
        send_value(A, ++interrupted);
        run_until_asleep(&receiver);
    }
    CHECK(interrupted > 100 && interrupted < 1000);
    CHECK(accepted(A) == (uint64_t)interrupted);
    sq_masks_on(0);
    end(A);
}

static void masks_come_back_on(void)
{
    begin(A, SQ_EXCLUSIVE);
    const uint64_t before = blocked_here();
    const uint64_t off = sq_masks_off();
    CHECK((blocked_here() & (mask_of(A) | mask_of(WAKE))) == 0);
    sq_masks_on(off);
    CHECK(blocked_here() == before);
    end(A);
}

static void masks_of_other_signals_stay(void)
{
    const uint64_t other = mask_of(SIGUSR2);
    uint64_t old;
    syscall(SYS_rt_sigprocmask, SIG_BLOCK, &other, &old, sizeof other);
    begin(A, SQ_EXCLUSIVE);
    CHECK(blocked_here() & other);
    end(A);
    CHECK(blocked_here() & other);
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &old, NULL, sizeof old);
}

static _Atomic bool is_unblocked;

static void *has_the_wake_signal_unblocked(void *unused)
{
    (void)unused;
    const uint64_t wake = mask_of(WAKE);
    syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, &wake, NULL, sizeof wake);
    is_unblocked = true;
    while (!(blocked_here() & wake)) /* until it blocks it for having got it */
        sched_yield();
    return NULL;
}

static void wake_signal_that_goes_astray_is_passed_on(void)
{
    pthread_t other;
    begin(A, SQ_EXCLUSIVE);
    CHECK(sq_direct_sleep(MILLI) == ETIMEDOUT); /* so it is known who sleeps */
    is_unblocked = false;
    CHECK(pthread_create(&other, NULL, has_the_wake_signal_unblocked, NULL) == 0);
    while (!is_unblocked)
        sched_yield();
    kill(getpid(), WAKE); /* as a waker does when the queue is full */
    pthread_join(other, NULL);
    CHECK(is_pending(WAKE));
    CHECK(sq_direct_sleep(SQ_FOREVER) == 0);
    end(A);
}

/* ---- Threads of others that wait with a mask of their own ---- */

enum wait { SIGSUSPEND, PPOLL, SIGTIMEDWAIT };

static struct other {
    enum wait wait;
    _Atomic pid_t tid;
    _Atomic bool is_over;
    _Atomic bool may_end;
    int error;
    uint64_t blocked_after;
} other;

static void *wait_as_told(void *unused)
{
    (void)unused;
    sigset_t few;
    siginfo_t info;
    sigemptyset(&few);
    sigaddset(&few, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &few, NULL);
    errno = 0;
    other.tid = tid_of_this();
    switch (other.wait) {
    case SIGSUSPEND:
        sigsuspend(&few);
        break;
    case PPOLL:
        ppoll(NULL, 0, NULL, &few);
        break;
    case SIGTIMEDWAIT:
        sigwaitinfo(&few, &info);
        break;
    }
    other.error = errno;
    other.blocked_after = blocked_here();
    other.is_over = true;
    while (!other.may_end)
        sched_yield();
    return NULL;
}

static void waits_of_others_are_interrupted_and_keep_their_masks(void)
{
    begin(A, SQ_EXCLUSIVE);
    for (int wait = SIGSUSPEND; wait <= SIGTIMEDWAIT; wait++) {
        pthread_t thread;
        memset(&other, 0, sizeof other);
        other.wait = (enum wait)wait;
        sq_masks_off(); /* the other thread is to begin without the mask */
        CHECK(pthread_create(&thread, NULL, wait_as_told, NULL) == 0);
        sq_masks_on(mask_of(A) | mask_of(WAKE));
        while (other.tid == 0 || state_of(other.tid) != 'S')
            sched_yield();
        CHECK(sq_set_mask(other.tid, mask_of(A) | mask_of(WAKE)) == 0);
        while (!other.is_over)
            sched_yield();
        CHECK(other.error == EINTR);
        CHECK(other.blocked_after == (mask_of(A) | mask_of(WAKE) | mask_of(SIGUSR1)));
        other.may_end = true;
        pthread_join(thread, NULL);
    }
    end(A);
}

static void handlers_leave_errno_alone(void)
{
    begin(A, SQ_EXCLUSIVE);
    errno = 4711;
    CHECK(sq_set_mask(tid_of_this(), mask_of(A)) == 0);
    CHECK(errno == 4711);
    sq_direct_wake();
    end(A);
}

static void forged_mask_signal_changes_nothing(void)
{
    begin(A, SQ_EXCLUSIVE);
    const uint64_t before = blocked_here();
    kill(getpid(), MASK);
    syscall(SYS_tgkill, getpid(), tid_of_this(), MASK);
    CHECK(blocked_here() == before);
    end(A);
}

static void nonsense_is_refused(void)
{
    fresh(CAPACITY);
    CHECK(sq_direct_start(MASK, MASK) == EINVAL);
    CHECK(sq_direct_start(0, WAKE) == EINVAL);
    CHECK(sq_direct_start(MASK, 65) == EINVAL);
    CHECK(sq_direct_start(32, 33) == EINVAL);
    CHECK(sq_direct_start(SIGUSR1, WAKE) == EINVAL);
    CHECK(sq_direct_start(MASK, WAKE) == 0);
    CHECK(sq_direct_start(MASK, WAKE) == 0);
    CHECK(sq_direct_start(MASK + 1, WAKE) == EBUSY);
    sq_block.wake = SQ_WAKE_DIRECT;
    const int refused[] = {-1, 0, 65, 1 << 30, SIGKILL, SIGSTOP, SIGSEGV, SIGQUIT, 32, 33, MASK,
                           WAKE};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        CHECK(sq_deliver(refused[i], SQ_EXCLUSIVE) == EINVAL);
    sq_block.wake = SQ_WAKE_FUTEX;
    CHECK(sq_deliver(A, SQ_EXCLUSIVE) == SQ_NO_RECEIVER);
    sq_block.wake = SQ_WAKE_DIRECT;
    sq_block.state = SQ_CLOSED;
    CHECK(sq_deliver(A, SQ_STEERED) == SQ_NO_RECEIVER);
    CHECK(sq_deliver(A, SQ_BY_HANDLER) == 0);
    CHECK(sq_block.direct == 0 && sq_block.blocked == 0);
    CHECK(sq_set_mask(-1, 1) != 0);
}

static void taken_signals_are_refused_before_anything_is_direct(void)
{
    signal(B, SIG_IGN);
    CHECK(sq_direct_start(B, WAKE) == EBUSY);
    signal(B, SIG_DFL);
    signal(B, exit);
    CHECK(sq_direct_start(MASK, B) == EBUSY);
    signal(B, SIG_DFL);
}

/* ---- Many senders ---- */

enum { SENDERS = 2, EACH = 20000 };

static void *send_many(void *number)
{
    const int sender = (int)(intptr_t)number;
    for (int i = 0; i < EACH; i++)
        while (sigqueue(getpid(), A, (union sigval){.sival_int = sender << 24 | i}) != 0)
            sched_yield();
    return NULL;
}

static void each_senders_values_arrive_in_order(void)
{
    pthread_t senders[SENDERS];
    int next[SENDERS] = {0};
    begin(A, SQ_EXCLUSIVE);
    for (int i = 0; i < SENDERS; i++)
        CHECK(pthread_create(&senders[i], NULL, send_many, (void *)(intptr_t)i) == 0);
    for (uint64_t seen = 0; seen < SENDERS * EACH;) {
        sq_direct_fetch(CAPACITY / 2);
        if (!wake_up(&receiver)) /* the note is woken: it has been asleep since begin */
            sq_direct_sleep(SQ_FOREVER);
        for (; seen < atomic_load(&sq_block.ring_head); seen++) {
            const int value = (int)sq_block.cells[seen % CAPACITY].value;
            CHECK((value & 0xffffff) == next[value >> 24]++);
        }
        while (!receiver.asleep)
            fall_asleep(&receiver);
    }
    for (int i = 0; i < SENDERS; i++)
        pthread_join(senders[i], NULL);
    CHECK(accepted(A) == SENDERS * EACH && sq_block.signals[A].lost == 0);
    end(A);
}

int main(int count, char **arguments)
{
    only_test = count > 1 ? arguments[1] : NULL;
    start(60);
    RUN(taken_signals_are_refused_before_anything_is_direct);
    RUN(nonsense_is_refused);
    RUN(nothing_is_fetched_when_nothing_is_direct);
    RUN(sleep_takes_a_pending_signal_and_sends_it);
    RUN(sleep_ends_with_its_time);
    RUN(sleep_blocks_again_what_became_direct_again);
    RUN(steered_sleep_takes_a_pending_signal);
    RUN(fetch_takes_what_is_pending_in_order_and_no_more_than_it_may);
    RUN(wakeup_before_the_sleep_ends_it);
    RUN(wake_signal_without_a_wakeup_is_nothing);
    RUN(wakeup_during_the_sleep_ends_it);
    RUN(wakeup_needs_no_room_in_the_kernels_queue);
    RUN(signal_that_is_not_wanted_any_more_stays_in_the_kernel);
    RUN(what_is_pending_goes_by_the_handler_when_that_delivers_again);
    RUN(thread_that_does_not_block_it_sends_and_blocks_it_then);
    RUN(flood_ends_the_time_without_a_mask);
    RUN(masks_come_back_on);
    RUN(masks_of_other_signals_stay);
    RUN(wake_signal_that_goes_astray_is_passed_on);
    RUN(waits_of_others_are_interrupted_and_keep_their_masks);
    RUN(handlers_leave_errno_alone);
    RUN(forged_mask_signal_changes_nothing);
    RUN(each_senders_values_arrive_in_order);
    return report("direct_test");
}
