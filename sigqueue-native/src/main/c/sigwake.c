#define _GNU_SOURCE
#include "sigwake.h"

#include "sigowner.h"
#include "sigprivate.h"
#include "sigsys.h"

#include <errno.h>

/* How many wakers may be about to send the wake signal, and receivers about to say where they
   sleep; see sq_sigwait_wake. */
static _Atomic uint32_t in_use;

void sq_enter_use(void)
{
    /* seq_cst: before the look at exclusive or sleeper. sq_give_back_private looks at these first. */
    atomic_fetch_add_explicit(&in_use, 1, memory_order_seq_cst);
}

void sq_leave_use(void)
{
    atomic_fetch_sub_explicit(&in_use, 1, memory_order_seq_cst);
}

uint32_t sq_uses(void)
{
    return atomic_load_explicit(&in_use, memory_order_seq_cst);
}

bool sq_is_in_use(void)
{
    /* seq_cst, in this order. A thread that comes into use later finds nothing exclusive and no
       sleeper in the kernel, so it does not send the wake signal. */
    return exclusive() != 0 ||
           atomic_load_explicit(&sq_block.sleeper, memory_order_seq_cst) != 0 ||
           sq_uses() != 0;
}

bool sq_is_sleeper(pid_t tid)
{
    /* seq_cst: only a thread itself puts its number there. */
    return tid == atomic_load_explicit(&sq_block.sleeper, memory_order_seq_cst);
}

/* Whether the receiver sleeps in the kernel and has a reason not to. */
static bool is_owed(void)
{
    /* seq_cst, twice: what is owed is written before the wake signal is sent. */
    const pid_t sleeper = atomic_load_explicit(&sq_block.sleeper, memory_order_seq_cst);
    const uint32_t note = atomic_load_explicit(&sq_block.note, memory_order_seq_cst);
    return sleeper != 0 && (note & SQ_SLEEPING) && note != SQ_SLEEPING;
}

/*
 * Runs where a wake signal to the process finds a thread that does not block it. Passes it on, as
 * long as a wakeup is owed, whatever else has changed meanwhile; this thread is out of the way then,
 * so the signal reaches the sleeper at the latest when it has met all others.
 */
void sq_on_wake(int signal, siginfo_t *info, void *context)
{
    (void)info;
    const int saved_errno = errno;
    const pid_t tid = thread();
    if (sq_is_owner(tid)) {
        sq_enter_use();
        if (!sq_is_sleeper(tid) && is_owed()) {
            *context_mask(context) |= bit(signal);
            kill_process(signal);
        }
        sq_leave_use();
    }
    errno = saved_errno;
}

void sq_sigwait_wake(void)
{
    sq_enter_use();
    /* seq_cst: after the change of the note. The receiver says where it sleeps, and then looks at
       the note. */
    const pid_t sleeper = atomic_load_explicit(&sq_block.sleeper, memory_order_seq_cst);
    const int wake = sq_wake_signal();
    if (sleeper == 0)
        sq_futex_wake(&sq_block.note);
    else if (syscall(SYS_tgkill, process(), sleeper, wake) != 0 && errno != ESRCH)
        kill_process(wake); /* needs no room in the queue; see sq_on_wake */
    sq_leave_use();
}
