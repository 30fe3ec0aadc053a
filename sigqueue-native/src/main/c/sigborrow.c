#define _GNU_SOURCE
#include "sigborrow.h"

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

/* relaxed, here and below: for handlers on the borrower's thread. */
static _Atomic uint64_t unblocked; /* what it blocks again after its wait */
static _Atomic uint64_t told;      /* of what it was told since it began to wait */

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
        sq_sigwait_wake();
}

static void set_aside(bool aside)
{
    atomic_store_explicit(&is_aside, aside, memory_order_seq_cst);
    stir_receiver();
}

/* Whether this is the borrower's thread, whose wait ends then if it has begun. */
static bool end_wait(pid_t tid)
{
    if (tid != atomic_load_explicit(&sq_block.loan_sleeper, memory_order_relaxed))
        return false;
    atomic_fetch_and_explicit(&sq_block.loan_note, ~SQ_SLEEPING, memory_order_relaxed);
    return true;
}

/* Those of these signals of which the borrower was told that they have left. */
static uint64_t left(uint64_t signals)
{
    return signals & atomic_load_explicit(&told, memory_order_relaxed) & ~exclusive();
}

void sq_borrower_has(pid_t tid, void *context)
{
    if (!end_wait(tid))
        return;
    const uint64_t signals = atomic_exchange_explicit(&unblocked, 0, memory_order_relaxed);
    *context_mask(context) |= signals & ~left(signals);
}

/* A signal of which it was told while it has unblocked that is blocked now: a wait would miss it. */
void sq_borrower_is_told(pid_t tid, uint64_t signals)
{
    if (end_wait(tid))
        atomic_fetch_or_explicit(&told, signals, memory_order_relaxed);
}

/*
 * As before the wait: also what the thread had blocked itself, which ThreadMasks alone knows. It tells
 * the thread of signals that have left, now or before.
 */
static void block_again(void)
{
    const uint64_t signals = atomic_exchange_explicit(&unblocked, 0, memory_order_relaxed);
    if (signals == 0)
        return;
    change_mask(SIG_BLOCK, signals);
    if (left(signals) != 0)
        change_mask(SIG_UNBLOCK, left(signals));
}

/*
 * Lets the handler come that accepts the signal. By rt_sigtimedwait, which blocks what it has waited
 * for before it takes it, each signal would wake the receiver as well: the kernel finds another
 * thread for a signal that is pending and that this thread has just blocked. The word is compared
 * inside the wait, so a handler that comes before it is not missed.
 */
static int wait_for_handler(uint64_t signals, int64_t timeout_nanos)
{
    uint64_t before;
    atomic_store_explicit(&told, 0, memory_order_relaxed);
    if (syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, &signals, &before, sizeof signals) != 0)
        return sq_futex_wait(&sq_block.loan_note, SQ_SLEEPING, timeout_nanos);
    /* Only now: a handler that came before has ended the wait, and blocked nothing for it. */
    atomic_store_explicit(&unblocked, signals & before, memory_order_relaxed);
    const bool turns = atomic_exchange_explicit(&was_asked, false, memory_order_relaxed);
    if (turns)
        set_aside(true);
    const int result = sq_futex_wait(&sq_block.loan_note, SQ_SLEEPING, timeout_nanos);
    block_again();
    if (turns)
        set_aside(false); /* however the wait has ended: nobody else would take what comes now */
    return result;
}

int sq_sigwait_borrowed(int64_t timeout_nanos)
{
    if (atomic_fetch_or_explicit(&sq_block.loan_note, SQ_SLEEPING, memory_order_seq_cst) &
        ~SQ_SLEEPING)
        return EAGAIN;
    if ((exclusive() & STANDARD) == 0)
        return sq_futex_wait(&sq_block.loan_note, SQ_SLEEPING, timeout_nanos);
    /* seq_cst, twice: around all in which the mask differs, and before the look at what is exclusive. So
       ThreadMasks, which looks after a change of that, tells this thread of what it blocks again. */
    atomic_store_explicit(&sq_block.loan_sleeper, thread(), memory_order_seq_cst);
    const int result = wait_for_handler(exclusive() & STANDARD, timeout_nanos);
    atomic_store_explicit(&sq_block.loan_sleeper, 0, memory_order_seq_cst);
    return result;
}
