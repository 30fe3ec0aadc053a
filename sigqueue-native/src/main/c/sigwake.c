#define _GNU_SOURCE
#include "sigwake.h"

#include "sigmasks.h"
#include "sigowner.h"
#include "sigprivate.h"
#include "sigsys.h"

#include <errno.h>

/* How many wakers may be about to send the wake signal, and receivers about to say where they
   sleep; see sq_sigwait_wake. */
static _Atomic uint32_t in_use;

/* A place to sleep: in the kernel, or on the word of the note while the sleeper is 0. */
struct place {
    _Atomic uint32_t *note;
    _Atomic int32_t *sleeper;
};
static const struct place of_receiver = {&sq_block.note, &sq_block.sleeper};
static const struct place of_borrower = {&sq_block.loan_note, &sq_block.loan_sleeper};

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
           atomic_load_explicit(&sq_block.loan_sleeper, memory_order_seq_cst) != 0 ||
           sq_uses() != 0;
}

bool sq_is_sleeper(pid_t tid)
{
    /* seq_cst, twice: only a thread itself puts its number there. */
    return tid == atomic_load_explicit(&sq_block.sleeper, memory_order_seq_cst) ||
           tid == atomic_load_explicit(&sq_block.loan_sleeper, memory_order_seq_cst);
}

/* Whether a thread other than this sleeps here and has a reason not to. */
static bool is_owed(const struct place *at, pid_t tid)
{
    /* seq_cst, twice: what is owed is written before the wake signal is sent. */
    const pid_t sleeper = atomic_load_explicit(at->sleeper, memory_order_seq_cst);
    const uint32_t note = atomic_load_explicit(at->note, memory_order_seq_cst);
    return sleeper != 0 && sleeper != tid && (note & SQ_SLEEPING) && note != SQ_SLEEPING;
}

static bool is_another_owed(pid_t tid)
{
    return is_owed(&of_receiver, tid) || is_owed(&of_borrower, tid);
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
        if (is_another_owed(tid)) {
            *context_mask(context) |= bit(signal);
            kill_process(signal);
        }
        sq_leave_use();
    }
    errno = saved_errno;
}

void sq_pass_on(const siginfo_t *info, pid_t tid)
{
    if (info->si_code == SI_TKILL)
        return;
    sq_enter_use();
    if (is_another_owed(tid))
        kill_process(sq_wake_signal());
    sq_leave_use();
}

void sq_sigwait_wake(bool is_borrower)
{
    const struct place *const at = is_borrower ? &of_borrower : &of_receiver;
    sq_enter_use();
    /* seq_cst: after the change of the note. The sleeper says where it sleeps, and then looks at
       the note. */
    const pid_t sleeper = atomic_load_explicit(at->sleeper, memory_order_seq_cst);
    const int wake = sq_wake_signal();
    if (sleeper == 0)
        sq_futex_wake(at->note);
    else if (is_borrower && sq_is_wake_lost())
        /* A borrower does not block the wake signal, so the handler of others would run in it. */
        sq_tell(sleeper, 0, false);
    else if (syscall(SYS_tgkill, process(), sleeper, wake) != 0 && errno != ESRCH)
        kill_process(wake); /* needs no room in the queue; see sq_on_wake */
    sq_leave_use();
}
