#define _GNU_SOURCE
#include "sigwait.h"

#include "sigborrow.h"
#include "sigdisposition.h"
#include "sigmasks.h"
#include "sigprivate.h"
#include "sigsys.h"
#include "sigwake.h"

#include <errno.h>
#include <string.h>

enum { FETCH = 512 }; /* far less than the ring holds */

/* The state that the receiver keeps between its sleeps. Written by it alone, but for
   sq_sigwait_end. A borrower keeps none. */
static struct {
    _Atomic uint64_t waited; /* signals that it has waited for and not emptied since they left */
    _Atomic uint64_t held;   /* the wake signal, if it has blocked that: holder */
    _Atomic pid_t holder;
} receiver;

static _Atomic int refusal;
static _Atomic bool has_given_up; /* and sq_sigwait has not said so yet */

/* Returns the signal or a negative error number. */
static int take(uint64_t signals, siginfo_t *info, const struct timespec *timeout)
{
    const long signal = syscall(SYS_rt_sigtimedwait, &signals, info, timeout, sizeof signals);
    return signal > 0 ? (int)signal : -errno;
}

/* Why the kernel refuses to wait, or 0. EAGAIN may be that, or the end of the time. */
static int refusal_to_wait(void)
{
    syscall(SYS_rt_sigtimedwait, NULL, NULL, NULL, 0);
    return errno == EINVAL ? 0 : errno;
}

static int take_now(uint64_t signals, siginfo_t *info)
{
    static const struct timespec now = {0, 0};
    return take(signals, info, &now);
}

/* ---- The exclusive signals ---- */

int sq_try_to_wait(void)
{
    const int refused = refusal_to_wait();
    if (refused != 0)
        return refused;
    if (syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, NULL, sizeof(uint64_t)) != 0)
        return errno;
    if (syscall(SYS_tgkill, process(), thread(), 0) != 0 && kill_process(0) != 0)
        return errno;
    atomic_store_explicit(&refusal, 0, memory_order_relaxed);
    return 0;
}

static bool can_be_exclusive(int signal)
{
    /* QUIT has to reach the VM's handler as well; faults belong to the thread that has them. */
    return signal >= 1 && signal <= SQ_SIGNALS && signal != SIGKILL && signal != SIGSTOP &&
           signal != 32 && signal != 33 && signal != SIGQUIT && signal != SIGILL &&
           signal != SIGBUS && signal != SIGFPE && signal != SIGSEGV && signal != SIGTRAP &&
           signal != sq_mask_signal() && signal != sq_wake_signal();
}

static bool has_receiver(void)
{
    return atomic_load_explicit(&sq_block.wake, memory_order_acquire) == SQ_WAKE_SIGWAIT &&
           atomic_load_explicit(&sq_block.state, memory_order_seq_cst) != SQ_CLOSED;
}

int sq_enter(int signal)
{
    if (!can_be_exclusive(signal) || sq_mask_signal() == 0)
        return EINVAL;
    if (!has_receiver())
        return SQ_NO_RECEIVER;
    sq_manage(bit(signal));
    atomic_fetch_or_explicit(&sq_block.exclusive, bit(signal), memory_order_seq_cst);
    sq_announce(); /* the receiver sleeps anew, and waits for it */
    return 0;
}

void sq_leave(uint64_t signals)
{
    /* seq_cst: before the announcement, and before any thread is told. */
    atomic_fetch_and_explicit(&sq_block.exclusive, ~signals, memory_order_seq_cst);
    sq_announce();
}

uint64_t sq_waited(void)
{
    return atomic_load_explicit(&receiver.waited, memory_order_seq_cst);
}

int sq_wait_refusal(void)
{
    return atomic_load_explicit(&refusal, memory_order_relaxed);
}

/* ---- The receiver ---- */

/* As after a handler that has found its signal unwanted, with the details in hand: the kernel would
   not take them back, except from the main thread. The context has a mask, and no registers. */
static void take_previous_action(uint32_t held, int signal, siginfo_t *info)
{
    ucontext_t context;
    uint64_t all;
    memset(&context, 0, sizeof context);
    const struct sigaction like = handling(NULL);
    memcpy(&all, &like.sa_mask, sizeof all);
    *context_mask(&context) = change_mask(SIG_SETMASK, all);
    sq_previous_action(held, signal, info, &context);
    change_mask(SIG_SETMASK, *context_mask(&context));
}

static void accept_or_pass(int signal, siginfo_t *info, pid_t tid)
{
    uint32_t held;
    if (!sq_accept(signal, info, tid, &held))
        take_previous_action(held, signal, info);
}

/* The kernel refuses to wait: nothing is exclusive any more, and this thread gets it by the handler. */
static void give_up(int error)
{
    const uint64_t left =
        atomic_exchange_explicit(&sq_block.exclusive, 0, memory_order_seq_cst) | sq_waited();
    atomic_store_explicit(&refusal, error, memory_order_relaxed);
    atomic_store_explicit(&has_given_up, true, memory_order_relaxed);
    atomic_store_explicit(&receiver.waited, 0, memory_order_seq_cst);
    change_mask(SIG_UNBLOCK, left);
}

static void become_holder(pid_t tid, uint64_t wake)
{
    /* relaxed, here and in release_wake: other threads want to know whether they are the holder. */
    atomic_store_explicit(&receiver.held, wake, memory_order_relaxed);
    atomic_store_explicit(&receiver.holder, tid, memory_order_relaxed);
}

/* Blocks the wake signal here: it must be pending when it comes before the wait. */
static void hold_wake(pid_t tid)
{
    const uint64_t wake = bit(sq_wake_signal());
    uint64_t before;
    if (syscall(SYS_rt_sigprocmask, SIG_BLOCK, &wake, &before, sizeof wake) != 0)
        give_up(errno);
    else if (!(before & wake))
        become_holder(tid, wake);
}

/* Called when no waker finds any more that this thread sleeps in the kernel. */
static void release_wake(pid_t tid)
{
    if (atomic_load_explicit(&receiver.holder, memory_order_relaxed) != tid)
        return;
    /* seq_cst: a thread that came into use before has found this one and may still wake it, so the
       next time will do; one that comes later does not find it. One use is ours. */
    if (sq_uses() > 1)
        return;
    atomic_store_explicit(&receiver.holder, 0, memory_order_relaxed);
    change_mask(SIG_UNBLOCK, atomic_load_explicit(&receiver.held, memory_order_relaxed));
}

static void sleep_on_the_word(pid_t tid)
{
    sq_sigwait_fetch(FETCH); /* what has come before the signals left, in its order */
    atomic_store_explicit(&sq_block.sleeper, 0, memory_order_seq_cst);
    release_wake(tid);
}

/* Says that this thread takes the exclusive signals, and returns those that it may take. One that has
   left before that was seen is not among them: nobody waits any more until it is sent. */
static uint64_t say_what_is_taken(void)
{
    const uint64_t before = sq_waited(), added = exclusive() & ~before;
    if (added == 0)
        return before;
    atomic_fetch_or_explicit(&receiver.waited, added, memory_order_seq_cst);
    const uint64_t left = added & ~exclusive();
    if (left != 0)
        atomic_fetch_and_explicit(&receiver.waited, ~left, memory_order_seq_cst);
    return before | (added & ~left);
}

/* Says where this thread is going to sleep, and returns the signals that it waits for. */
static uint64_t choose_sleep(void)
{
    uint64_t signals = exclusive();
    /* relaxed, twice: written by the receiver itself. */
    if (signals == 0 && atomic_load_explicit(&sq_block.sleeper, memory_order_relaxed) == 0 &&
        atomic_load_explicit(&receiver.holder, memory_order_relaxed) == 0)
        return 0; /* as before */
    const pid_t tid = thread();
    if (signals != 0) {
        /* seq_cst: before the look at the note. A waker changes the note and then looks at this.
           Also before the wake signal is blocked, which sq_on_mask leaves alone from here on. */
        atomic_store_explicit(&sq_block.sleeper, tid, memory_order_seq_cst);
        hold_wake(tid);
        /* Once more: sq_is_in_use may have found neither an exclusive signal nor a sleeper. */
        signals = say_what_is_taken() & exclusive();
    }
    if (signals == 0)
        sleep_on_the_word(tid);
    return signals;
}

int sq_sigwait(int64_t timeout_nanos)
{
    struct timespec left;
    siginfo_t info;
    sq_enter_use();
    const uint64_t signals = choose_sleep();
    sq_leave_use();
    if (atomic_load_explicit(&has_given_up, memory_order_relaxed)) {
        atomic_store_explicit(&has_given_up, false, memory_order_relaxed);
        return ECANCELED;
    }
    sq_sweep_here();
    if (atomic_fetch_or_explicit(&sq_block.note, SQ_SLEEPING, memory_order_seq_cst) & ~SQ_SLEEPING)
        return EAGAIN;
    if (signals == 0)
        return sq_futex_wait(&sq_block.note, SQ_SLEEPING, timeout_nanos);
    const uint64_t awaited = sq_not_aside(signals) | bit(sq_wake_signal());
    const int signal = take(awaited, &info, timeout(&left, timeout_nanos));
    if (signal == -EAGAIN && refusal_to_wait() == 0)
        return ETIMEDOUT;
    if (signal == -EINTR)
        return EINTR;
    if (signal < 0) {
        give_up(-signal);
        return 0; /* and tells the next time */
    }
    if (signal == sq_wake_signal())
        return 0;
    const pid_t tid = atomic_load_explicit(&sq_block.sleeper, memory_order_relaxed); /* its own */
    sq_receiver_was_asked();
    /* relaxed: awake; from here on a waker needs nothing but the word. */
    atomic_fetch_and_explicit(&sq_block.note, ~SQ_SLEEPING, memory_order_relaxed);
    accept_or_pass(signal, &info, tid);
    return 0;
}

int sq_sigwait_fetch(int max)
{
    siginfo_t info;
    int fetched = 0;
    pid_t tid = 0;
    /* A signal that this thread does not block is not pending, but came by the handler: no need to
       block. */
    while (fetched < max) {
        const uint64_t signals = say_what_is_taken();
        if (signals == 0)
            break;
        /* seq_cst: before the kernel is asked. After its answer, a signal may come and leave. */
        const uint64_t stay = exclusive();
        const int signal = take_now(signals, &info);
        if (signal == -EINTR)
            continue;
        if (signal < 0) {
            if (signal != -EAGAIN)
                give_up(-signal);
            atomic_fetch_and_explicit(&receiver.waited, stay, memory_order_seq_cst);
            break;
        }
        tid = tid != 0 ? tid : thread();
        accept_or_pass(signal, &info, tid);
        fetched++;
    }
    return fetched;
}

void sq_sigwait_end(void)
{
    const pid_t tid = thread();
    sq_enter_use();
    atomic_store_explicit(&receiver.waited, 0, memory_order_seq_cst);
    atomic_store_explicit(&sq_block.sleeper, 0, memory_order_seq_cst);
    release_wake(tid);
    sq_leave_use();
    /* A block in another thread is found like every wrong block of a thread. */
    atomic_store_explicit(&receiver.holder, 0, memory_order_relaxed);
}
