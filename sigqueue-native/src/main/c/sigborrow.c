#define _GNU_SOURCE
#include "sigborrow.h"

#include "sigmasks.h"
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

/* The signals that the borrower has unblocked. relaxed: for handlers on its thread. */
static _Atomic uint64_t unblocked;

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

void sq_borrower_has(pid_t tid, void *context)
{
    if (tid != atomic_load_explicit(&sq_block.loan_sleeper, memory_order_relaxed))
        return;
    atomic_fetch_and_explicit(&sq_block.loan_note, ~SQ_SLEEPING, memory_order_relaxed);
    *context_mask(context) |=
        atomic_exchange_explicit(&unblocked, 0, memory_order_relaxed) & exclusive();
}

/*
 * Lets the handler come that accepts the signal. By rt_sigtimedwait, which blocks what it has waited
 * for before it takes it, each signal would wake the receiver as well: the kernel finds another
 * thread for a signal that is pending and that this thread has just blocked. The word is compared
 * inside the wait, so a handler that comes before it is not missed.
 */
static int wait_for_handler(uint64_t signals, int64_t timeout_nanos)
{
    const bool turns = atomic_exchange_explicit(&was_asked, false, memory_order_relaxed);
    if (turns)
        set_aside(true);
    atomic_store_explicit(&unblocked, signals, memory_order_relaxed);
    change_mask(SIG_UNBLOCK, signals);
    const int result = sq_futex_wait(&sq_block.loan_note, SQ_SLEEPING, timeout_nanos);
    sq_block_exclusive(atomic_exchange_explicit(&unblocked, 0, memory_order_relaxed));
    if (turns)
        set_aside(false); /* however the wait has ended: nobody else would take what comes now */
    return result;
}

int sq_sigwait_borrowed(int64_t timeout_nanos)
{
    if (atomic_fetch_or_explicit(&sq_block.loan_note, SQ_SLEEPING, memory_order_seq_cst) &
        ~SQ_SLEEPING)
        return EAGAIN;
    const uint64_t signals = exclusive() & STANDARD;
    if (signals == 0)
        return sq_futex_wait(&sq_block.loan_note, SQ_SLEEPING, timeout_nanos);
    /* seq_cst, twice: before and after the mask differs; a thread that is told then is told all. */
    atomic_store_explicit(&sq_block.loan_sleeper, thread(), memory_order_seq_cst);
    const int result = wait_for_handler(signals, timeout_nanos);
    atomic_store_explicit(&sq_block.loan_sleeper, 0, memory_order_seq_cst);
    return result;
}
