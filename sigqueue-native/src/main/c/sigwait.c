#define _GNU_SOURCE
#include "sigwait.h"
#include "sigdisposition.h"
#include "sigowner.h"
#include "sigsys.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <ucontext.h>

/* relaxed, both: written before the first signal is exclusive, or by the only caller. 0: not taken. */
static _Atomic int mask_signal;
static _Atomic int wake_signal;

/* Who may be about to send the wake signal, or to say that it can be sent; see sq_sigwait_wake. */
static _Atomic uint32_t in_use;

static _Atomic uint64_t managed;  /* what has ever been exclusive, and the wake signal */
static _Atomic uint64_t to_sweep; /* see sq_sweep */
static _Atomic uint64_t answers;  /* the number of the count, and below it how many */

/* How many threads start a child with their masks off, and how many signals may still interrupt
   them: in a flood, who alone does not block a signal would never get on. */
static _Atomic int starting;
static _Atomic int allowed;
enum { ALLOWED = 256 };

enum { FETCH = 512 }; /* far less than the ring holds */

/* What the receiver keeps between its sleeps. Written by it alone, but for sq_sigwait_end. A second
   thread that waits, as a borrower of the role, would have one of its own, and its own sleeper. */
static struct {
    _Atomic uint64_t waited; /* what it has waited for, and not emptied since it left */
    _Atomic uint64_t held;   /* the wake signal, if it has blocked that: holder */
    _Atomic pid_t holder;
} receiver;

static _Atomic int refusal;
static _Atomic bool has_given_up; /* and sq_sigwait has not said so yet */
static _Atomic uint32_t strays[SQ_SIGNALS + 1]; /* relaxed: numbers for people */

static uint64_t exclusive(void)
{
    /* seq_cst: each side changes a word, this or sleeper or a mask, and then looks at the other. */
    return atomic_load_explicit(&sq_block.exclusive, memory_order_seq_cst);
}

static int wake_number(void)
{
    return atomic_load_explicit(&wake_signal, memory_order_relaxed);
}

static uint64_t *mask_of(void *context)
{
    return (uint64_t *)(void *)&((ucontext_t *)context)->uc_sigmask;
}

static void enter_use(void)
{
    /* seq_cst: before the look at exclusive or sleeper. sq_give_back_private looks at these first. */
    atomic_fetch_add_explicit(&in_use, 1, memory_order_seq_cst);
}

static void leave_use(void)
{
    atomic_fetch_sub_explicit(&in_use, 1, memory_order_seq_cst);
}

/* ---- The handlers of the private signals ---- */

static void count_answer(uint32_t count)
{
    /* relaxed: a number. In one word, so that a late answer does not count in the next count. */
    uint64_t now = atomic_load_explicit(&answers, memory_order_relaxed);
    while (now >> 32 == count &&
           !atomic_compare_exchange_weak_explicit(&answers, &now, now + 1, memory_order_relaxed,
                                                  memory_order_relaxed))
        continue;
}

/* What another process has sent with this number has no effect but on signals that we have managed,
   and none that differs from what their threads are told anyway. */
static void on_mask(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    const int saved_errno = errno;
    const pid_t tid = thread();
    if (sq_is_owner(tid)) {
        const bool is_told = info->si_code == SI_QUEUE && info->si_pid == process();
        /* relaxed, twice: set before any thread was told. */
        uint64_t about = is_told ? (uint64_t)(uintptr_t)info->si_value.sival_ptr
                                 : atomic_load_explicit(&to_sweep, memory_order_relaxed);
        about &= atomic_load_explicit(&managed, memory_order_relaxed);
        /* The receiver's own affair. seq_cst: only it puts its own number there. */
        if (tid == atomic_load_explicit(&sq_block.sleeper, memory_order_seq_cst))
            about &= ~bit(wake_number());
        uint64_t *const mask = mask_of(context);
        *mask = (*mask & ~about) | (exclusive() & about);
        if (is_told)
            count_answer(info->si_uid);
    }
    errno = saved_errno;
}

static bool is_wakeup_owed(pid_t sleeper)
{
    const uint32_t owed = SQ_SLEEPING | SQ_WOKEN;
    return sleeper != 0 &&
           (atomic_load_explicit(&sq_block.note, memory_order_seq_cst) & owed) == owed;
}

/*
 * Runs where a wake signal to the process finds a thread that does not block it. Passes it on, as
 * long as the receiver is owed a wakeup, whatever else has changed meanwhile; this thread is out of the
 * way then, so the signal reaches the receiver at the latest when it has met all others.
 */
static void on_wake(int signal, siginfo_t *info, void *context)
{
    (void)info;
    const int saved_errno = errno;
    const pid_t tid = thread();
    if (sq_is_owner(tid)) {
        enter_use();
        const pid_t sleeper = atomic_load_explicit(&sq_block.sleeper, memory_order_seq_cst);
        if (tid != sleeper && is_wakeup_owed(sleeper)) {
            *mask_of(context) |= bit(signal);
            syscall(SYS_kill, process(), signal);
        }
        leave_use();
    }
    errno = saved_errno;
}

/* ---- The private signals ---- */

typedef void handler(int, siginfo_t *, void *);

static bool has(int signal, handler *expected)
{
    struct sigaction now;
    return sigaction(signal, NULL, &now) == 0 && now.sa_sigaction == expected;
}

static bool is_free(int signal)
{
    struct sigaction now;
    return sigaction(signal, NULL, &now) == 0 && !(now.sa_flags & SA_SIGINFO) &&
           now.sa_handler == SIG_DFL;
}

static int install(int signal, handler *ours)
{
    const struct sigaction action = handling(ours);
    return sigaction(signal, &action, NULL) == 0 ? 0 : errno;
}

/* Puts the action there, unless somebody has replaced what is expected; then that stays. */
static bool replace(int signal, handler *expected, void (*action)(int))
{
    const struct sigaction plain = {.sa_handler = action};
    struct sigaction old;
    if (!has(signal, expected) || sigaction(signal, &plain, &old) != 0)
        return false;
    if (old.sa_sigaction == expected)
        return true;
    sigaction(signal, &old, NULL);
    return false;
}

/* As a process has it that never changed it: libc would add its restorer. */
static void set_plain_default(int signal, handler *expected)
{
    static const struct sq_action plain = {.handler = (uintptr_t)SIG_DFL};
    if (has(signal, expected))
        syscall(SYS_rt_sigaction, signal, &plain, NULL, sizeof plain.mask);
}

static void give_back(int signal, handler *ours)
{
    handler *const ignored = (handler *)(uintptr_t)SIG_IGN;
    /* To ignore it discards what is pending, in all threads: the default action is death. */
    if (replace(signal, ours, SIG_IGN))
        set_plain_default(signal, ignored);
}

static bool is_real_time(int signal)
{
    return signal > 33 && signal <= SQ_SIGNALS; /* 32 and 33 are libc's own */
}

/* Returns the signal or a negative error number. */
static int take(uint64_t signals, siginfo_t *info, const struct timespec *timeout)
{
    const long signal = syscall(SYS_rt_sigtimedwait, &signals, info, timeout, sizeof signals);
    return signal > 0 ? (int)signal : -errno;
}

static int take_now(uint64_t signals, siginfo_t *info)
{
    static const struct timespec now = {0, 0};
    return take(signals, info, &now);
}

/* What the receiver and its wakers cannot do without. A sandbox may refuse each call. */
static int probe(int wake)
{
    siginfo_t info;
    const int taken = take_now(bit(wake), &info);
    if (taken < 0 && taken != -EAGAIN)
        return -taken;
    if (syscall(SYS_tgkill, process(), thread(), 0) != 0 && syscall(SYS_kill, process(), 0) != 0)
        return errno;
    return 0;
}

int sq_take_private(int mask, int wake)
{
    const int taken = atomic_load_explicit(&mask_signal, memory_order_relaxed);
    if (!is_real_time(mask) || !is_real_time(wake) || mask == wake)
        return EINVAL;
    if (taken == mask && wake_number() == wake)
        return 0;
    if (taken != 0 ? wake_number() != wake || has(taken, on_mask) : !is_free(wake))
        return EBUSY;
    if (!is_free(mask))
        return EBUSY;
    int error = probe(wake);
    if (error == 0)
        error = install(mask, on_mask);
    if (error == 0 && taken == 0 && (error = install(wake, on_wake)) != 0)
        give_back(mask, on_mask);
    if (error == 0) {
        atomic_fetch_or_explicit(&managed, bit(wake), memory_order_relaxed);
        atomic_store_explicit(&refusal, 0, memory_order_relaxed);
        atomic_store_explicit(&wake_signal, wake, memory_order_relaxed);
        atomic_store_explicit(&mask_signal, mask, memory_order_relaxed);
    }
    return error;
}

int sq_lost_private(void)
{
    const int mask = atomic_load_explicit(&mask_signal, memory_order_relaxed);
    if (mask == 0)
        return 0;
    return !has(mask, on_mask) ? mask : !has(wake_number(), on_wake) ? wake_number() : 0;
}

int sq_give_back_private(void)
{
    const int mask = atomic_load_explicit(&mask_signal, memory_order_relaxed);
    /* seq_cst, in this order. Whoever comes into use later finds nothing exclusive, and nobody who
       sleeps in the kernel, so it does not send the wake signal. */
    if (exclusive() != 0 ||
        atomic_load_explicit(&sq_block.sleeper, memory_order_seq_cst) != 0 ||
        atomic_load_explicit(&in_use, memory_order_seq_cst) != 0)
        return EBUSY;
    if (mask != 0) {
        give_back(wake_number(), on_wake);
        give_back(mask, on_mask);
        atomic_store_explicit(&mask_signal, 0, memory_order_relaxed);
    }
    return 0;
}

/* ---- Exclusive signals and masks ---- */

static bool can_be_exclusive(int signal)
{
    /* QUIT has to reach the VM's handler as well; faults belong to the thread that has them. */
    return signal >= 1 && signal <= SQ_SIGNALS && signal != SIGKILL && signal != SIGSTOP &&
           signal != 32 && signal != 33 && signal != SIGQUIT && signal != SIGILL &&
           signal != SIGBUS && signal != SIGFPE && signal != SIGSEGV && signal != SIGTRAP &&
           signal != atomic_load_explicit(&mask_signal, memory_order_relaxed) &&
           signal != wake_number();
}

static bool has_receiver(void)
{
    return atomic_load_explicit(&sq_block.wake, memory_order_acquire) == SQ_WAKE_SIGWAIT &&
           atomic_load_explicit(&sq_block.state, memory_order_seq_cst) != SQ_CLOSED;
}

int sq_enter(int signal)
{
    if (!can_be_exclusive(signal) ||
        atomic_load_explicit(&mask_signal, memory_order_relaxed) == 0)
        return EINVAL;
    if (!has_receiver())
        return SQ_NO_RECEIVER;
    /* relaxed, twice: before any thread is told. */
    atomic_fetch_or_explicit(&managed, bit(signal), memory_order_relaxed);
    atomic_fetch_and_explicit(&to_sweep, ~bit(signal), memory_order_relaxed);
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

uint32_t sq_strays(int signal)
{
    return atomic_load_explicit(&strays[signal], memory_order_relaxed);
}

void sq_forget_strays(int signal)
{
    atomic_store_explicit(&strays[signal], 0, memory_order_relaxed);
}

int sq_tell(int tid, uint64_t bits, bool counted)
{
    siginfo_t info;
    memset(&info, 0, sizeof info);
    const int signal = atomic_load_explicit(&mask_signal, memory_order_relaxed);
    info.si_signo = signal;
    info.si_code = SI_QUEUE;
    info.si_pid = process();
    if (counted) /* relaxed: changed by the caller alone */
        info.si_uid = (uint32_t)(atomic_load_explicit(&answers, memory_order_relaxed) >> 32);
    info.si_value.sival_ptr = (void *)(uintptr_t)bits;
    return syscall(SYS_rt_tgsigqueueinfo, process(), tid, signal, &info) == 0 ? 0 : errno;
}

void sq_count_answers(void)
{
    const uint32_t last = (uint32_t)(atomic_load_explicit(&answers, memory_order_relaxed) >> 32);
    const uint32_t next = last + 1 != 0 ? last + 1 : 1; /* 0 does not count */
    atomic_store_explicit(&answers, (uint64_t)next << 32, memory_order_relaxed);
}

uint32_t sq_answers(void)
{
    return (uint32_t)atomic_load_explicit(&answers, memory_order_relaxed);
}

void sq_sweep(uint64_t signals)
{
    const int mask = atomic_load_explicit(&mask_signal, memory_order_relaxed);
    /* seq_cst: before the receiver, which was announced to, sleeps. */
    atomic_store_explicit(&to_sweep, signals & ~exclusive(), memory_order_seq_cst);
    change_mask(SIG_UNBLOCK, signals & ~exclusive());
    sq_announce();
    if (mask != 0 && has(mask, on_mask))
        syscall(SYS_kill, process(), mask); /* what has no room in the queue comes without details */
}

void sq_absorb(int signal, void *context)
{
    if (!(exclusive() & bit(signal)))
        return;
    atomic_fetch_add_explicit(&strays[signal], 1, memory_order_relaxed);
    /* seq_cst: before the masks come off; see sq_masks_off. relaxed: a count. */
    if (atomic_load_explicit(&starting, memory_order_seq_cst) > 0 &&
        atomic_fetch_sub_explicit(&allowed, 1, memory_order_relaxed) > 0)
        return;
    *mask_of(context) |= bit(signal);
}

uint64_t sq_masks_off(void)
{
    const uint64_t ours = exclusive();
    atomic_store_explicit(&allowed, ALLOWED, memory_order_relaxed);
    /* seq_cst: first, so that no signal which comes now puts this thread's mask on again. */
    atomic_fetch_add_explicit(&starting, 1, memory_order_seq_cst);
    return change_mask(SIG_UNBLOCK, ours) & ours;
}

void sq_masks_on(uint64_t taken_off)
{
    atomic_fetch_sub_explicit(&starting, 1, memory_order_seq_cst);
    const uint64_t on = taken_off & exclusive();
    change_mask(SIG_BLOCK, on);
    /* What has left meanwhile was too early to find this thread. */
    if (on & ~exclusive())
        change_mask(SIG_UNBLOCK, on & ~exclusive());
}

/* ---- The receiver ---- */

/* As after a handler that has found its signal unwanted, with the details in hand: the kernel would
   not take them back, except from the main thread. The context has a mask, and no registers. */
static void take_previous_action(uint32_t held, int signal, siginfo_t *info)
{
    static ucontext_t context;
    uint64_t all;
    const struct sigaction like = handling(NULL);
    memcpy(&all, &like.sa_mask, sizeof all);
    *mask_of(&context) = change_mask(SIG_SETMASK, all);
    sq_previous_action(held, signal, info, &context);
    change_mask(SIG_SETMASK, *mask_of(&context));
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

/* Blocks the wake signal here: it must be pending when it comes before the wait. */
static void hold_wake(pid_t tid)
{
    const uint64_t wake = bit(wake_number());
    if (change_mask(SIG_BLOCK, wake) & wake)
        return;
    /* relaxed, here and in release_wake: other threads want to know whether they are the holder. */
    atomic_store_explicit(&receiver.held, wake, memory_order_relaxed);
    atomic_store_explicit(&receiver.holder, tid, memory_order_relaxed);
}

/* When nobody is told any more that this thread sleeps in the kernel. */
static void release_wake(pid_t tid)
{
    if (atomic_load_explicit(&receiver.holder, memory_order_relaxed) != tid)
        return;
    /* seq_cst: who came into use before has found this thread, and may still wake it: next time. Who
       comes later does not. One use is ours. */
    if (atomic_load_explicit(&in_use, memory_order_seq_cst) > 1)
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

/* Says where this thread is going to sleep, and returns the signals that it waits for. */
static uint64_t choose_sleep(void)
{
    const uint64_t signals = exclusive();
    /* relaxed, twice: what the receiver itself has written. */
    if (signals == 0 && atomic_load_explicit(&sq_block.sleeper, memory_order_relaxed) == 0 &&
        atomic_load_explicit(&receiver.holder, memory_order_relaxed) == 0)
        return 0; /* as before */
    const pid_t tid = thread();
    if (signals != 0) {
        hold_wake(tid);
        atomic_fetch_or_explicit(&receiver.waited, signals, memory_order_seq_cst);
        /* seq_cst: before the look at the note. Who wakes changes the note, and looks at this. */
        atomic_store_explicit(&sq_block.sleeper, tid, memory_order_seq_cst);
    } else {
        sleep_on_the_word(tid);
    }
    return signals;
}

int sq_sigwait(int64_t timeout_nanos)
{
    struct timespec left;
    siginfo_t info;
    enter_use();
    const uint64_t signals = choose_sleep();
    leave_use();
    if (atomic_load_explicit(&has_given_up, memory_order_relaxed)) {
        atomic_store_explicit(&has_given_up, false, memory_order_relaxed);
        return ECANCELED;
    }
    /* seq_cst: sq_sweep announces after it. */
    const uint64_t sweep = atomic_load_explicit(&to_sweep, memory_order_seq_cst);
    if (sweep != 0)
        change_mask(SIG_UNBLOCK, sweep);
    if (atomic_fetch_or_explicit(&sq_block.note, SQ_SLEEPING, memory_order_seq_cst) & ~SQ_SLEEPING)
        return EAGAIN;
    if (signals == 0)
        return sq_futex_wait(&sq_block.note, SQ_SLEEPING, timeout_nanos);
    const int wake = wake_number();
    const int signal = take(signals | bit(wake), &info, timeout(&left, timeout_nanos));
    if (signal == -EAGAIN)
        return ETIMEDOUT;
    if (signal == -EINTR)
        return EINTR;
    if (signal < 0) {
        give_up(-signal);
        return 0; /* and tells the next time */
    }
    if (signal != wake) {
        /* relaxed: awake; who wakes from here on needs no more than the word. */
        atomic_fetch_and_explicit(&sq_block.note, ~SQ_SLEEPING, memory_order_relaxed);
        accept_or_pass(signal, &info,
                       atomic_load_explicit(&sq_block.sleeper, memory_order_relaxed));
    }
    return 0;
}

int sq_sigwait_fetch(int max)
{
    siginfo_t info;
    int fetched = 0;
    pid_t tid = 0;
    /* What this thread does not block is not pending, but came by the handler: no need to block. */
    while (fetched < max) {
        const uint64_t signals = exclusive() | sq_waited();
        if (signals == 0)
            break;
        const int signal = take_now(signals, &info);
        if (signal == -EINTR)
            continue;
        if (signal < 0) {
            if (signal != -EAGAIN)
                give_up(-signal);
            atomic_fetch_and_explicit(&receiver.waited, exclusive(), memory_order_seq_cst);
            break;
        }
        tid = tid != 0 ? tid : thread();
        accept_or_pass(signal, &info, tid);
        fetched++;
    }
    return fetched;
}

void sq_sigwait_wake(void)
{
    enter_use();
    /* seq_cst: after the change of the note. Who sleeps says where, and then looks at the note. */
    const pid_t sleeper = atomic_load_explicit(&sq_block.sleeper, memory_order_seq_cst);
    const int wake = wake_number();
    if (sleeper == 0)
        sq_futex_wake(&sq_block.note);
    else if (syscall(SYS_tgkill, process(), sleeper, wake) != 0 && errno != ESRCH)
        syscall(SYS_kill, process(), wake); /* needs no room in the queue; see on_wake */
    leave_use();
}

void sq_sigwait_end(void)
{
    const pid_t tid = thread();
    enter_use();
    atomic_store_explicit(&receiver.waited, 0, memory_order_seq_cst);
    atomic_store_explicit(&sq_block.sleeper, 0, memory_order_seq_cst);
    release_wake(tid);
    leave_use();
    /* What another thread has blocked is found like all that threads block wrongly. */
    atomic_store_explicit(&receiver.holder, 0, memory_order_relaxed);
}
