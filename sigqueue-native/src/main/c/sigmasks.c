#define _GNU_SOURCE
#include "sigmasks.h"

#include "sigborrow.h"
#include "sigowner.h"
#include "sigprivate.h"
#include "sigsys.h"
#include "sigwake.h"

#include <errno.h>
#include <string.h>

static _Atomic uint64_t managed;  /* what has ever been exclusive, and the wake signal */
static _Atomic uint64_t own;      /* what threads had blocked themselves */
static _Atomic uint64_t to_sweep; /* see sq_sweep */
static _Atomic uint64_t answers;  /* the number of the count, and below it how many */

/* How many threads start a child with their masks off, and how many signals may still interrupt
   them: in a flood, who alone does not block a signal would never get on. */
static _Atomic int starting;
static _Atomic int allowed;
enum { ALLOWED = 256 };

static _Atomic uint32_t strays[SQ_SIGNALS + 1]; /* relaxed: numbers for people */

static void count_answer(uint32_t count)
{
    /* relaxed: a number. In one word, so that a late answer does not count in the next count. */
    uint64_t now = atomic_load_explicit(&answers, memory_order_relaxed);
    while (now >> 32 == count &&
           !atomic_compare_exchange_weak_explicit(&answers, &now, now + 1, memory_order_relaxed,
                                                  memory_order_relaxed))
        continue;
}

/* A mask signal from another process has no effect but on signals that we have managed, and none
   that differs from what their threads are told anyway. */
void sq_on_mask(int signal, siginfo_t *info, void *context)
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
        if (sq_is_sleeper(tid)) /* it is the sleeper's affair */
            about &= ~bit(sq_wake_signal());
        sq_borrower_is_told(tid, about);
        uint64_t *const mask = context_mask(context);
        *mask = (*mask & ~about) | (exclusive() & about);
        if (is_told)
            count_answer(info->si_uid);
    }
    errno = saved_errno;
}

void sq_manage(uint64_t signals)
{
    /* relaxed, twice: before any thread is told. */
    atomic_fetch_or_explicit(&managed, signals, memory_order_relaxed);
    atomic_fetch_and_explicit(&to_sweep, ~signals, memory_order_relaxed);
}

void sq_set_own(uint64_t signals)
{
    /* seq_cst: before the signals become exclusive. */
    atomic_store_explicit(&own, signals, memory_order_seq_cst);
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
    const int signal = sq_mask_signal();
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
    const int mask = sq_mask_signal();
    /* seq_cst: before the receiver, which was announced to, sleeps. */
    atomic_store_explicit(&to_sweep, signals & ~exclusive(), memory_order_seq_cst);
    change_mask(SIG_UNBLOCK, signals & ~exclusive());
    sq_announce();
    if (mask != 0 && sq_lost_private() != mask)
        kill_process(mask); /* what has no room in the queue comes without details */
}

void sq_sweep_here(void)
{
    /* seq_cst: sq_sweep announces after it. */
    const uint64_t signals = atomic_load_explicit(&to_sweep, memory_order_seq_cst);
    if (signals != 0)
        change_mask(SIG_UNBLOCK, signals);
}

void sq_absorb(int signal, void *context)
{
    if (!(exclusive() & bit(signal)))
        return;
    atomic_fetch_add_explicit(&strays[signal], 1, memory_order_relaxed);
    /* seq_cst: set before the signal became exclusive; see sq_set_own. */
    if (atomic_load_explicit(&own, memory_order_seq_cst) & bit(signal))
        return;
    /* seq_cst: before the masks come off; see sq_masks_off. relaxed: a count. */
    if (atomic_load_explicit(&starting, memory_order_seq_cst) > 0 &&
        atomic_fetch_sub_explicit(&allowed, 1, memory_order_relaxed) > 0)
        return;
    *context_mask(context) |= bit(signal);
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
    /* A signal that has left meanwhile was too early to find this thread. */
    if (on & ~exclusive())
        change_mask(SIG_UNBLOCK, on & ~exclusive());
}
