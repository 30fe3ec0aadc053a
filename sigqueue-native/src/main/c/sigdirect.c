#define _GNU_SOURCE
#include "sigdirect.h"
#include "sigsys.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <ucontext.h>

static _Atomic int mask_signal; /* 0: not started */
static _Atomic int wake_signal;

/* How many threads start a child with their masks off, and how many signals may still interrupt
   them: in a flood, who alone does not block a signal would never get on. */
static _Atomic int starting;
static _Atomic int allowed;
enum { ALLOWED = 256 };

/* seq_cst: sq_deliver changes direct and blocked, and then has somebody look at them. */
static uint64_t direct(void)
{
    return atomic_load_explicit(&sq_block.direct, memory_order_seq_cst);
}

static uint64_t blocked(void)
{
    return atomic_load_explicit(&sq_block.blocked, memory_order_seq_cst);
}

/* relaxed: written once, before the first signal is direct. */
static int wake_number(void)
{
    return atomic_load_explicit(&wake_signal, memory_order_relaxed);
}

static void change_mask(int how, uint64_t signals)
{
    syscall(SYS_rt_sigprocmask, how, &signals, NULL, sizeof signals);
}

/* ---- The private signals ---- */

static uint64_t *mask_of(void *context)
{
    return (uint64_t *)(void *)&((ucontext_t *)context)->uc_sigmask;
}

static void on_mask(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    const int saved_errno = errno;
    const uint64_t about = (uint64_t)(uintptr_t)info->si_value.sival_ptr;
    uint64_t *const mask = mask_of(context);
    if (info->si_code == SI_QUEUE && info->si_pid == process())
        *mask = (*mask & ~about) | (sq_mask(thread()) & about);
    errno = saved_errno;
}

/* Runs where the wake signal finds a thread that does not block it. */
static void on_wake(int signal, siginfo_t *info, void *context)
{
    const int saved_errno = errno;
    /* seq_cst: see sq_direct_wake. The receiver itself is here when it steers. */
    const pid_t sleeper = atomic_load_explicit(&sq_block.sleeper, memory_order_seq_cst);
    const pid_t tid = thread();
    if (sq_is_owner(tid) && tid != sleeper) {
        sq_direct_absorb(signal, context);
        if (info->si_code == SI_USER && (blocked() & bit(signal)))
            syscall(SYS_kill, process(), signal); /* it is meant for the receiver */
    }
    errno = saved_errno;
}

static bool is_free(int signal)
{
    struct sigaction now;
    return sigaction(signal, NULL, &now) == 0 && !(now.sa_flags & SA_SIGINFO) &&
           now.sa_handler == SIG_DFL;
}

static int install(int signal, void (*handler)(int, siginfo_t *, void *))
{
    const struct sigaction ours = handling(handler);
    return sigaction(signal, &ours, NULL) == 0 ? 0 : errno;
}

static bool is_real_time(int signal)
{
    return signal > 33 && signal <= SQ_SIGNALS; /* 32 and 33 are libc's own */
}

int sq_direct_start(int mask, int wake)
{
    const int started = atomic_load_explicit(&mask_signal, memory_order_relaxed);
    if (!is_real_time(mask) || !is_real_time(wake) || mask == wake)
        return EINVAL;
    if (started != 0)
        return started == mask && wake_number() == wake ? 0 : EBUSY;
    if (!is_free(mask) || !is_free(wake))
        return EBUSY;
    /* relaxed: nothing is direct yet, so no handler reads them. */
    atomic_store_explicit(&wake_signal, wake, memory_order_relaxed);
    atomic_store_explicit(&mask_signal, mask, memory_order_relaxed);
    const int error = install(mask, on_mask);
    return error != 0 ? error : install(wake, on_wake);
}

/* ---- Modes and masks ---- */

static bool can_be_direct(int signal)
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
    return atomic_load_explicit(&sq_block.wake, memory_order_acquire) == SQ_WAKE_DIRECT &&
           atomic_load_explicit(&sq_block.state, memory_order_seq_cst) != SQ_CLOSED;
}

int sq_deliver(int signal, enum sq_delivery how)
{
    const uint64_t this = signal >= 1 && signal <= SQ_SIGNALS ? bit(signal) : 0;
    uint64_t to_block = blocked(), waited_for = direct();
    if (how == SQ_BY_HANDLER && !(waited_for & this))
        return 0;
    if (!can_be_direct(signal) || wake_number() == 0)
        return EINVAL;
    if (how != SQ_BY_HANDLER && !has_receiver())
        return SQ_NO_RECEIVER;
    waited_for = how == SQ_BY_HANDLER ? waited_for & ~this : waited_for | this;
    to_block = how == SQ_EXCLUSIVE ? to_block | this : to_block & ~this;
    to_block = waited_for != 0 ? to_block | bit(wake_number()) : 0;
    /* seq_cst, twice: before the announcement, and before anybody's sq_set_mask. */
    atomic_store_explicit(&sq_block.direct, waited_for, memory_order_seq_cst);
    atomic_store_explicit(&sq_block.blocked, to_block, memory_order_seq_cst);
    sq_announce(); /* the receiver sleeps anew, and sees how */
    return 0;
}

uint64_t sq_mask(int tid)
{
    /* The primordial thread, which the kernel asks first, blocks what is steered past it. */
    return blocked() | (tid == process() ? direct() : 0);
}

int sq_set_mask(int tid, uint64_t signals)
{
    siginfo_t info;
    memset(&info, 0, sizeof info);
    const int signal = atomic_load_explicit(&mask_signal, memory_order_relaxed);
    info.si_signo = signal;
    info.si_code = SI_QUEUE;
    info.si_pid = process();
    info.si_value.sival_ptr = (void *)(uintptr_t)signals;
    return syscall(SYS_rt_tgsigqueueinfo, process(), tid, signal, &info) == 0 ? 0 : errno;
}

void sq_direct_absorb(int signal, void *context)
{
    if (!(blocked() & bit(signal)))
        return;
    /* seq_cst: before the masks come off; see sq_masks_off. relaxed: a count. */
    if (atomic_load_explicit(&starting, memory_order_seq_cst) > 0 &&
        atomic_fetch_sub_explicit(&allowed, 1, memory_order_relaxed) > 0)
        return;
    *mask_of(context) |= bit(signal);
}

uint64_t sq_masks_off(void)
{
    const uint64_t ours = direct() | blocked();
    uint64_t old = 0;
    atomic_store_explicit(&allowed, ALLOWED, memory_order_relaxed);
    /* seq_cst: first, so that no signal which comes now puts this thread's mask on again. */
    atomic_fetch_add_explicit(&starting, 1, memory_order_seq_cst);
    syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, &ours, &old, sizeof ours);
    return old & ours;
}

void sq_masks_on(uint64_t taken_off)
{
    atomic_fetch_sub_explicit(&starting, 1, memory_order_seq_cst);
    change_mask(SIG_BLOCK, taken_off & (direct() | blocked()));
}

/* ---- The receiver ---- */

/* Returns the signal or a negative error number. */
static int take(uint64_t signals, siginfo_t *info, const struct timespec *timeout)
{
    const long signal = syscall(SYS_rt_sigtimedwait, &signals, info, timeout, sizeof signals);
    return signal > 0 ? (int)signal : -errno;
}

/* Nothing is lost if the receiver has taken what is not wanted any more: it goes back. */
static void accept_or_return(int signal, siginfo_t *info, pid_t receiver)
{
    if (sq_accept(signal, info, receiver))
        return;
    if (syscall(SYS_rt_sigqueueinfo, process(), signal, info) != 0)
        syscall(SYS_kill, process(), signal); /* the queue is full: without its details */
}

/* Of the direct signals those that are wanted: what is not would come back for ever. */
static uint64_t to_take(void)
{
    return (direct() & atomic_load_explicit(&sq_block.wanted, memory_order_seq_cst)) |
           bit(wake_number());
}

/*
 * Points the kernel at this thread: who got the last signal of the process is asked first for the
 * next. All others block the wake signal, so it gets that. A wake signal of somebody else that is
 * lost on the way is no loss, as the receiver looks at the note after this.
 */
static void steer(void)
{
    const uint64_t wake = bit(wake_number());
    if ((direct() & ~blocked()) == 0)
        return;
    change_mask(SIG_UNBLOCK, wake);
    syscall(SYS_kill, process(), wake_number());
    change_mask(SIG_BLOCK, wake);
}

/* Blocks here what is to be taken: each wait unblocks it for as long as it lasts. */
static void block_direct(void)
{
    const uint64_t signals = direct();
    change_mask(SIG_BLOCK, signals | bit(wake_number()));
    /* What ceased to be direct before this was too early for sq_set_mask. */
    if (signals & ~direct())
        change_mask(SIG_UNBLOCK, signals & ~direct());
}

int sq_direct_sleep(int64_t timeout_nanos)
{
    struct timespec left;
    siginfo_t info;
    const uint64_t signals = direct();
    const pid_t receiver = signals == 0 ? 0 : thread();
    /* seq_cst: before the look at the note. Who wakes changes the note, and then looks at this. */
    atomic_store_explicit(&sq_block.sleeper, receiver, memory_order_seq_cst);
    if (signals != 0) {
        block_direct();
        steer();
    }
    if (atomic_fetch_or_explicit(&sq_block.note, SQ_SLEEPING, memory_order_seq_cst) & ~SQ_SLEEPING)
        return EAGAIN;
    if (signals == 0)
        return sq_futex_wait(&sq_block.note, SQ_SLEEPING, timeout_nanos);
    const int signal = take(to_take(), &info, timeout(&left, timeout_nanos));
    if (signal < 0)
        return -signal == EAGAIN ? ETIMEDOUT : -signal;
    if (signal != wake_number()) {
        /* relaxed: awake; who wakes from here on needs no more than the word. */
        atomic_fetch_and_explicit(&sq_block.note, ~SQ_SLEEPING, memory_order_relaxed);
        accept_or_return(signal, &info, receiver);
    }
    return 0;
}

int sq_direct_fetch(int max)
{
    static const struct timespec now = {0, 0};
    siginfo_t info;
    int fetched = 0;
    pid_t receiver = 0;
    /* What this thread does not block is not pending, but came by the handler: no need to block. */
    while (fetched < max && direct() != 0) {
        const int signal = take(to_take(), &info, &now);
        if (signal < 0)
            break;
        if (signal == wake_number())
            continue;
        receiver = receiver != 0 ? receiver : thread();
        accept_or_return(signal, &info, receiver);
        fetched++;
    }
    return fetched;
}

void sq_direct_wake(void)
{
    /* seq_cst: after the change of the note. Who sleeps says where, and then looks at the note. */
    const pid_t sleeper = atomic_load_explicit(&sq_block.sleeper, memory_order_seq_cst);
    if (sleeper == 0)
        sq_futex_wake(&sq_block.note);
    else if (syscall(SYS_tgkill, process(), sleeper, wake_number()) != 0 && errno == EAGAIN)
        syscall(SYS_kill, process(), wake_number()); /* which needs no room in the queue */
}
