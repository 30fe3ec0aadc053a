/*
 * What runs in a signal handler, and how the receiver sleeps and is woken.
 *
 * A handler may interrupt anything: libc inside malloc, the VM at a safepoint, the receiver,
 * another handler. So from sq_handler down there is no lock, no allocation, no stdio, no
 * thread-local storage but libc's errno, and no system call that can block; and no thread waits
 * for another to go on.
 *
 * All accesses to mask and state, and to in_flight, wanted and draining, are sequentially
 * consistent. Each side writes one of two words and then reads the other (a StoreLoad), and with
 * release and acquire alone both could miss what the other has written.
 */
#define _GNU_SOURCE
#include "sigshim.h"

#include "sigborrow.h"
#include "sigdisposition.h"
#include "sigmasks.h"
#include "sigowner.h"
#include "sigsys.h"
#include "sigwake.h"

#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/eventfd.h>

alignas(128) struct sq_block sq_block;

/* Runs when the library is loaded, so before anybody can install the handler. */
__attribute__((constructor)) static void initialize(void)
{
    sq_block.magic = SQ_MAGIC;
    sq_block.version = SQ_VERSION;
    sq_block.size = sizeof sq_block;
    sq_block.ring_capacity = SQ_RING_MAX;
    sq_block.cell_size = sizeof(struct sq_cell);
}

/* ---- The ring of records: OccurrenceRing.java explains it ---- */

/*
 * Claims the cell of the next position, or returns NULL if the ring is full. Nobody waits: where a
 * producer of the lap before, which we may have interrupted, has not filled its cell, that is full.
 */
static struct sq_cell *claim_cell(int signal)
{
    const uint64_t capacity = sq_block.ring_capacity;
    const int lap_shift = __builtin_ctzll(capacity);
    /* relaxed, here and below: a stale position fails a comparison; the turn orders the cell. */
    uint64_t position = atomic_load_explicit(&sq_block.ring_tail, memory_order_relaxed);
    for (uint64_t unusable = 0; unusable <= capacity;) {
        struct sq_cell *cell = &sq_block.cells[position & (capacity - 1)];
        const uint64_t free_turn = position >> lap_shift << SQ_STAGE_BITS;
        /* acquire: the consumer's release after it has read the cell. */
        uint64_t turn = atomic_load_explicit(&cell->turn, memory_order_acquire);
        if (turn < free_turn)
            return NULL;
        const bool claimed =
            turn == free_turn &&
            atomic_compare_exchange_strong_explicit(&cell->turn, &turn,
                                                    free_turn + (uint64_t)signal,
                                                    memory_order_acquire, memory_order_relaxed);
        /* For ourselves, or for the producer that was faster. */
        if (atomic_compare_exchange_strong_explicit(&sq_block.ring_tail, &position, position + 1,
                                                    memory_order_relaxed, memory_order_relaxed))
            position++;
        if (claimed)
            return cell;
        unusable += turn == SQ_GIVEN_UP;
    }
    return NULL;
}

/* Nothing if the consumer has given the cell up: then it has counted the record as lost. */
static void publish_cell(struct sq_cell *cell, int signal)
{
    /* relaxed: the turn of a claimed cell is changed by nobody else, but to give it up. */
    uint64_t turn = atomic_load_explicit(&cell->turn, memory_order_relaxed);
    if (turn == SQ_GIVEN_UP)
        return;
    /* release: the consumer's acquire before it reads the cell. */
    atomic_compare_exchange_strong_explicit(&cell->turn, &turn, turn - (uint64_t)signal + SQ_FILLED,
                                            memory_order_release, memory_order_relaxed);
}

static int64_t monotonic_nanos(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* Which members of the union in siginfo_t are there: the kernel's siginfo_layout, from outside. */
enum details { NONE, SENDER, SENDER_AND_VALUE, TIMER, CHILD, DESCRIPTOR };

static enum details details_of_kernel(int signal, int code)
{
    enum { CLD_LAST = CLD_CONTINUED, POLL_LAST = POLL_HUP };
    switch (signal) {
    case SIGCHLD:
        return code <= CLD_LAST ? CHILD : NONE;
    case SIGILL: case SIGTRAP: case SIGBUS: case SIGFPE: case SIGSEGV: case SIGSYS:
        return NONE; /* addresses and the like */
    default:
        return code <= POLL_LAST ? DESCRIPTOR : NONE; /* F_SETSIG chooses any signal for I/O */
    }
}

static enum details details(int signal, int code)
{
    switch (code) {
    case SI_USER: case SI_TKILL:
        return SENDER;
    case SI_TIMER:
        return TIMER;
    case SI_SIGIO:
        return DESCRIPTOR;
    default:
        return code < 0 ? SENDER_AND_VALUE : details_of_kernel(signal, code);
    }
}

static void describe(struct sq_cell *cell, int signal, const siginfo_t *info)
{
    const enum details has = details(signal, info->si_code);
    const bool sender = has == SENDER || has == SENDER_AND_VALUE, value = has == SENDER_AND_VALUE;
    cell->signal = signal;
    /* INT32_MIN says that there are no details: nobody outside may say that. */
    cell->code = info->si_code == INT32_MIN ? INT32_MIN + 1 : info->si_code;
    cell->pid = sender || has == CHILD ? info->si_pid : 0;
    cell->uid = sender || has == CHILD ? info->si_uid : 0;
    cell->value = value || has == TIMER ? (int64_t)(intptr_t)info->si_value.sival_ptr : 0;
    cell->status = has == CHILD ? info->si_status : 0;
    cell->fd = has == DESCRIPTOR ? info->si_fd : -1;
    cell->band = has == DESCRIPTOR ? (int32_t)info->si_band : 0;
}

/* Returns false if the ring is full. */
static bool record(int signal, const siginfo_t *info, int tid)
{
    /* Asked before the claim: an unpublished cell hides those of the producers after it. */
    const int64_t now = monotonic_nanos();
    struct sq_cell *cell = claim_cell(signal);
    if (cell == NULL)
        return false;
    describe(cell, signal, info);
    cell->tid = tid;
    cell->time_nanos = now;
    publish_cell(cell, signal);
    return true;
}

/* ---- The sender's side of the state machine ---- */

static void inconsistent(void)
{
    /* relaxed: a count for people. */
    atomic_fetch_add_explicit(&sq_block.inconsistent, 1, memory_order_relaxed);
}

/* Wakes the thread that is SQ_SLEEPING on a note. */
static void unblock(_Atomic uint32_t *note, uint32_t wake, int wake_fd)
{
    switch (wake) {
    case SQ_WAKE_WORD:
        break;
    case SQ_WAKE_FUTEX:
        sq_futex_wake(note);
        break;
    case SQ_WAKE_EVENTFD:
        if (sq_eventfd_wake(wake_fd) != 0)
            inconsistent();
        break;
    case SQ_WAKE_SIGWAIT:
        sq_sigwait_wake();
        break;
    default:
        inconsistent();
    }
}

/* Returns whether the sleeper needs more than the word to wake. */
static bool wake_word(_Atomic uint32_t *note)
{
    /* release: the sleeper, which reads the note with acquire, sees what was sent.
       acquire: its setting of SQ_SLEEPING, and how it wanted to be woken before that. */
    const uint32_t old = atomic_fetch_or_explicit(note, SQ_WOKEN, memory_order_acq_rel);
    if (old & SQ_WOKEN)
        inconsistent();
    return (old & SQ_SLEEPING) != 0;
}

/* The thread that ended SQ_WAITING calls this, once. relaxed, twice: ordered by the note. */
static void wake_receiver(void)
{
    if (wake_word(&sq_block.note))
        unblock(&sq_block.note, atomic_load_explicit(&sq_block.wake, memory_order_relaxed),
                atomic_load_explicit(&sq_block.wake_fd, memory_order_relaxed));
}

/* The thread that ended SQ_LENT calls this, once. relaxed, twice: ordered by the note. */
static void wake_borrower(void)
{
    if (wake_word(&sq_block.loan_note))
        unblock(&sq_block.loan_note, atomic_load_explicit(&sq_block.loan_wake, memory_order_relaxed),
                atomic_load_explicit(&sq_block.loan_wake_fd, memory_order_relaxed));
}

void sq_announce(void)
{
    /* seq_cst, load and CAS: after our change of mask or in_flight; see the head of this file. */
    uint32_t state = atomic_load_explicit(&sq_block.state, memory_order_seq_cst);
    uint32_t next;
    do {
        if (state > SQ_LENT)
            inconsistent();
        if (state == SQ_PENDING || state == SQ_CLOSED || state > SQ_LENT)
            return;
        next = state == SQ_ACTIVE ? SQ_PENDING : SQ_ACTIVE;
    } while (!atomic_compare_exchange_weak_explicit(&sq_block.state, &state, next,
                                                    memory_order_seq_cst, memory_order_seq_cst));
    if (state == SQ_WAITING)
        wake_receiver();
    else if (state == SQ_LENT)
        wake_borrower();
}

/* Writes the counters and the record before the bit: a receiver that takes the bit finds them. */
void sq_send(int signal, const siginfo_t *info, int tid)
{
    struct sq_signal *counts = &sq_block.signals[signal];
    /* relaxed, twice: released by the mask below, whose swap the receiver reads them after. */
    atomic_fetch_add_explicit(&counts->accepted, 1, memory_order_relaxed);
    if (!record(signal, info, tid))
        atomic_fetch_add_explicit(&counts->lost, 1, memory_order_relaxed);
    /* seq_cst: before the look at the state; see the head of this file. */
    const uint64_t pending =
        atomic_fetch_or_explicit(&sq_block.mask, bit(signal), memory_order_seq_cst);
    if (pending & bit(signal))
        return; /* the sender that added it announces it; the receiver swaps the mask after that */
    sq_announce();
}

/* ---- The handler ---- */

static bool accept_if_wanted(int signal, const siginfo_t *info, int tid)
{
    struct sq_signal *counts = &sq_block.signals[signal];
    /* seq_cst: in before the look at wanted. A thread that takes a signal out of wanted, and then
       finds nobody in flight, knows that no handler will accept it any more. */
    atomic_fetch_add_explicit(&counts->in_flight, 1, memory_order_seq_cst);
    const uint64_t wanted = atomic_load_explicit(&sq_block.wanted, memory_order_seq_cst);
    if (wanted & bit(signal))
        sq_send(signal, info, tid);
    /* seq_cst: out before the look at draining. A thread that marks a signal as draining, and still
       finds somebody in flight, will be told. */
    const uint32_t left =
        atomic_fetch_sub_explicit(&counts->in_flight, 1, memory_order_seq_cst) - 1;
    if ((atomic_load_explicit(&sq_block.draining, memory_order_seq_cst) & bit(signal)) &&
        left <= atomic_load_explicit(&counts->written_off, memory_order_seq_cst))
        sq_announce();
    return (wanted & bit(signal)) != 0;
}

static bool is_forwarded(int signal)
{
    /* relaxed: says nothing of other memory. */
    return atomic_load_explicit(&sq_block.forward, memory_order_relaxed) & bit(signal);
}

/*
 * Notify makes a signal wanted and then installs the handler; Ignore ignores the signal and then
 * makes it unwanted. So at no moment between them is a signal unwanted and not ignored, but a
 * handler that looks at the one before and at the other after a change would find it so, and take
 * the default action. What is held is the same before and after the look at wanted, changes back
 * and forth included, if its word is: then both were so at that look.
 */
bool sq_accept(int signal, const siginfo_t *info, int tid, uint32_t *held)
{
    uint32_t before, after = sq_held(signal);
    do {
        before = after;
        if (accept_if_wanted(signal, info, tid))
            return true;
        after = sq_held(signal);
    } while (after != before);
    *held = after;
    return false;
}

static void follow_up(int signal, siginfo_t *info, pid_t tid, void *context)
{
    sq_hold_back(signal, tid, context);
    if (is_forwarded(signal))
        sq_previous_handler(signal, info, context);
    else
        sq_absorb(signal, context); /* a forwarded one is blocked by nobody */
}

void sq_handler(int signal, siginfo_t *info, void *context)
{
    const int saved_errno = errno;
    const pid_t tid = thread();
    uint32_t held = sq_held(signal);
    const bool is_owner = sq_is_owner(tid);
    if (is_owner)
        sq_borrower_has(tid, context);
    if (is_owner && sq_accept(signal, info, tid, &held))
        follow_up(signal, info, tid, context);
    else
        sq_previous_action(held, signal, info, context); /* comes last: it need not return */
    errno = saved_errno;
}

/* ---- Sleeping and waking in the kernel ---- */

int sq_futex_wait(_Atomic uint32_t *word, uint32_t expected, int64_t timeout_nanos)
{
    struct timespec left;
    const long result = syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected,
                                timeout(&left, timeout_nanos), NULL, 0);
    return result == 0 ? 0 : errno;
}

void sq_futex_wake(_Atomic uint32_t *word)
{
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

int sq_eventfd_open(void)
{
    const int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return fd >= 0 ? fd : -errno;
}

int sq_eventfd_wake(int fd)
{
    const uint64_t one = 1;
    /* EAGAIN: the count is at its limit, so the fd is as readable as can be. */
    /* Not libc's write, at which a thread that was cancelled would end inside the handler. */
    const long written = syscall(SYS_write, fd, &one, sizeof one);
    return written == sizeof one || errno == EAGAIN ? 0 : errno;
}

int sq_eventfd_wait(int fd, int64_t timeout_nanos)
{
    struct timespec left;
    uint64_t count;
    struct pollfd readable = {.fd = fd, .events = POLLIN};
    const int ready = ppoll(&readable, 1, timeout(&left, timeout_nanos), NULL);
    if (ready <= 0)
        return ready == 0 ? ETIMEDOUT : errno;
    return read(fd, &count, sizeof count) == sizeof count || errno == EAGAIN ? 0 : errno;
}
