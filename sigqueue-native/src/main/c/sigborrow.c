#define _GNU_SOURCE
#include "sigborrow.h"

#include "sigprivate.h"
#include "sigsys.h"
#include "sigwake.h"

#include <errno.h>

#define STANDARD (bit(32) - 1) /* those that are not real-time */

/*
 * The kernel first asks the waiting thread that it asked last. A borrower that comes back is asked
 * first again. But once the kernel has asked the receiver, because no borrower waited, it goes on to
 * ask the receiver first, and each signal wakes both. So the next borrower makes the receiver stand
 * aside, once: until the borrower's wait ends, the receiver waits only for the wake signal and for
 * real-time signals.
 */
/* The receiver; relaxed: a hint. A word, because RISC-V exchanges nothing smaller in one step. */
static _Atomic uint32_t was_asked;
static _Atomic bool is_aside;

/* The signals that the borrower waits for. It blocks them elsewhere, so where their handler runs on
   its thread, that waits. */
static _Atomic uint64_t awaited;
static _Atomic uint64_t held; /* the wake signal, if the borrower has blocked that */

void sq_receiver_was_asked(void)
{
    atomic_store_explicit(&was_asked, true, memory_order_relaxed);
}

uint64_t sq_not_aside(uint64_t signals)
{
    /* seq_cst: after it has said that it sleeps; see stir_receiver. */
    return atomic_load_explicit(&is_aside, memory_order_seq_cst) ? signals & ~STANDARD : signals;
}

/* Makes the receiver look again at what it waits for. */
static void stir_receiver(void)
{
    /* seq_cst: after the change of is_aside. The receiver says that it sleeps, and then looks. */
    if (atomic_fetch_or_explicit(&sq_block.note, SQ_INTERRUPTED, memory_order_seq_cst) &
        SQ_SLEEPING)
        sq_sigwait_wake(false);
}

static void set_aside(bool aside)
{
    atomic_store_explicit(&is_aside, aside, memory_order_seq_cst);
    stir_receiver();
}

static void end_borrowed(void)
{
    sq_enter_use();
    /* relaxed, here and below: for handlers on this thread. */
    atomic_store_explicit(&awaited, 0, memory_order_relaxed);
    atomic_store_explicit(&sq_block.loan_sleeper, 0, memory_order_seq_cst);
    const uint64_t blocked = atomic_exchange_explicit(&held, 0, memory_order_relaxed);
    if (blocked != 0)
        change_mask(SIG_UNBLOCK, blocked); /* one that comes late finds nothing owed here */
    sq_leave_use();
}

/* Says where this thread is going to sleep, and blocks the wake signal. Returns false if it has to
   sleep on the word; else *mask is the mask from before. */
static bool begin_borrowed(pid_t tid, uint64_t *mask)
{
    const uint64_t wake = bit(sq_wake_signal());
    sq_enter_use();
    /* In this order, for the reasons that choose_sleep tells. */
    atomic_store_explicit(&sq_block.loan_sleeper, tid, memory_order_seq_cst);
    const bool blocks = syscall(SYS_rt_sigprocmask, SIG_BLOCK, &wake, mask, sizeof wake) == 0;
    if (blocks)
        atomic_store_explicit(&held, wake & ~*mask, memory_order_relaxed);
    const bool sleeps_there = blocks && exclusive() != 0;
    if (!sleeps_there)
        end_borrowed();
    sq_leave_use();
    return sleeps_there;
}

/*
 * A handler that returns to a mask which blocks its signal has come inside the wait, and ends that:
 * what it returns to needs the wake signal no more, and its return unblocks that at no cost. One that
 * comes before the wait, because its signal has left exclusive delivery, must leave the wake signal
 * pending.
 */
void sq_borrower_has(int signal, pid_t tid, void *context)
{
    if (!(atomic_load_explicit(&awaited, memory_order_relaxed) & bit(signal)) ||
        tid != atomic_load_explicit(&sq_block.loan_sleeper, memory_order_relaxed))
        return;
    atomic_fetch_and_explicit(&sq_block.loan_note, ~SQ_SLEEPING, memory_order_relaxed);
    if (*context_mask(context) & bit(signal))
        *context_mask(context) &= ~atomic_exchange_explicit(&held, 0, memory_order_relaxed);
}

/*
 * Lets the handler come that accepts the signal. By rt_sigtimedwait, which blocks what it has waited
 * for before it takes it, each signal would wake the receiver as well: the kernel finds another
 * thread for a signal that is pending and that this thread has just blocked.
 */
static int wait_for_handler(uint64_t mask, int64_t timeout_nanos)
{
    struct timespec left;
    const uint64_t signals = exclusive() & STANDARD & mask;
    const bool turns =
        signals != 0 && atomic_exchange_explicit(&was_asked, false, memory_order_relaxed);
    if (turns)
        set_aside(true);
    mask &= ~(signals | bit(sq_wake_signal()));
    atomic_store_explicit(&awaited, signals, memory_order_relaxed);
    const long result =
        syscall(SYS_ppoll, NULL, 0, timeout(&left, timeout_nanos), &mask, sizeof mask);
    const int error = result == 0 ? ETIMEDOUT : errno;
    if (turns)
        set_aside(false); /* however the wait has ended: nobody else would take what comes now */
    return error;
}

int sq_sigwait_borrowed(int64_t timeout_nanos)
{
    uint64_t mask;
    const pid_t tid = exclusive() != 0 ? thread() : 0;
    const bool in_kernel = tid != 0 && begin_borrowed(tid, &mask);
    int result = EAGAIN;
    /* seq_cst: after it has said where it sleeps. */
    if (!(atomic_fetch_or_explicit(&sq_block.loan_note, SQ_SLEEPING, memory_order_seq_cst) &
          ~SQ_SLEEPING))
        result = in_kernel ? wait_for_handler(mask, timeout_nanos) : ENOSYS;
    if (in_kernel)
        end_borrowed();
    if (result == EAGAIN || result == EINTR || result == ETIMEDOUT)
        return result;
    /* Nothing is exclusive, or the kernel refuses. */
    return sq_futex_wait(&sq_block.loan_note, SQ_SLEEPING, timeout_nanos);
}
