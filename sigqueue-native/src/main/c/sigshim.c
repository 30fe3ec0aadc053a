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

#include "sigdirect.h"
#include "sigdisposition.h"
#include "sigsys.h"

#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/eventfd.h>

alignas(128) struct sq_block sq_block;

/* A forked child has our handlers, and after vfork our memory too; it is not ours to serve. */
static pid_t owner;

bool sq_is_owner(pid_t tid)
{
    return tid == owner || process() == owner;
}

/* Runs when the library is loaded, so before anybody can install the handler. */
__attribute__((constructor)) static void initialize(void)
{
    sq_block.magic = SQ_MAGIC;
    sq_block.version = SQ_VERSION;
    sq_block.block_bytes = sizeof sq_block;
    sq_block.ring_capacity = SQ_RING_MAX;
    sq_block.cell_bytes = sizeof(struct sq_cell);
    owner = process();
}

/* ---- The ring of records: Vyukov's bounded queue, in which zeroed memory is an empty ring ---- */

/*
 * Claims the cell of the next position, or returns NULL if the ring is full. Nobody waits: where a
 * producer of the lap before, which we may have interrupted, has not filled its cell, that is full.
 */
static struct sq_cell *claim_cell(void)
{
    const uint64_t capacity = sq_block.ring_capacity;
    const int lap_shift = __builtin_ctzll(capacity);
    /* relaxed: a stale position fails one of the comparisons below; the turn orders the cell. */
    uint64_t position = atomic_load_explicit(&sq_block.ring_tail, memory_order_relaxed);
    for (;;) {
        struct sq_cell *cell = &sq_block.cells[position & (capacity - 1)];
        const uint64_t free_turn = 2 * (position >> lap_shift);
        /* acquire: the consumer's release after it has read the cell. */
        const uint64_t turn = atomic_load_explicit(&cell->turn, memory_order_acquire);
        if (turn < free_turn)
            return NULL;
        if (turn > free_turn)
            position = atomic_load_explicit(&sq_block.ring_tail, memory_order_relaxed);
        else if (atomic_compare_exchange_weak_explicit(&sq_block.ring_tail, &position, position + 1,
                                                       memory_order_relaxed, memory_order_relaxed))
            return cell;
    }
}

static void publish_cell(struct sq_cell *cell)
{
    /* relaxed: the turn of a claimed cell is changed by nobody else. */
    const uint64_t turn = atomic_load_explicit(&cell->turn, memory_order_relaxed);
    /* release: the consumer's acquire before it reads the cell. */
    atomic_store_explicit(&cell->turn, turn + 1, memory_order_release);
}

static int64_t monotonic_nanos(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* Which members of the union in siginfo_t are there: the kernel's siginfo_layout, from outside. */
static bool has_sender(int signal, int code)
{
    return code > 0 ? signal == SIGCHLD : code != SI_TIMER && code != SI_SIGIO;
}

static bool has_value(int code)
{
    return code < 0 && code != SI_TKILL && code != SI_SIGIO;
}

static void describe(struct sq_cell *cell, int signal, const siginfo_t *info)
{
    const int code = info->si_code;
    cell->signal = signal;
    cell->code = code;
    cell->pid = has_sender(signal, code) ? info->si_pid : 0;
    cell->uid = has_sender(signal, code) ? info->si_uid : 0;
    cell->value = has_value(code) ? (int64_t)(intptr_t)info->si_value.sival_ptr : 0;
    cell->status = signal == SIGCHLD && code > 0 ? info->si_status : 0;
}

/* Returns false if the ring is full. */
static bool record(int signal, const siginfo_t *info, int tid)
{
    /* Asked before the claim: an unpublished cell hides those of the producers after it. */
    const int64_t now = monotonic_nanos();
    struct sq_cell *cell = claim_cell();
    if (cell == NULL)
        return false;
    describe(cell, signal, info);
    cell->tid = tid;
    cell->time_nanos = now;
    publish_cell(cell);
    return true;
}

/* ---- The sender's side of the state machine ---- */

static void inconsistent(void)
{
    /* relaxed: a count for people. */
    atomic_fetch_add_explicit(&sq_block.inconsistent, 1, memory_order_relaxed);
}

/* Only for whoever ended SQ_WAITING, and once. */
static void wakeup(void)
{
    /* release: the receiver, which reads the note with acquire, sees what was sent.
       acquire: the receiver's setting of SQ_SLEEPING, and how it wanted to be woken before that. */
    const uint32_t old =
        atomic_fetch_or_explicit(&sq_block.note, SQ_WOKEN, memory_order_acq_rel);
    if (old & SQ_WOKEN)
        inconsistent();
    if (!(old & SQ_SLEEPING))
        return;
    /* relaxed, twice: ordered by the note. */
    switch (atomic_load_explicit(&sq_block.wake, memory_order_relaxed)) {
    case SQ_WAKE_WORD:
        break;
    case SQ_WAKE_FUTEX:
        sq_futex_wake(&sq_block.note);
        break;
    case SQ_WAKE_EVENTFD:
        if (sq_eventfd_wake(atomic_load_explicit(&sq_block.wake_fd, memory_order_relaxed)) != 0)
            inconsistent();
        break;
    case SQ_WAKE_DIRECT:
        sq_direct_wake();
        break;
    default:
        inconsistent();
    }
}

void sq_announce(void)
{
    /* seq_cst, load and CAS: after our change of mask or in_flight; see the head of this file. */
    uint32_t state = atomic_load_explicit(&sq_block.state, memory_order_seq_cst);
    for (;;) {
        switch (state) {
        case SQ_ACTIVE:
            if (atomic_compare_exchange_weak_explicit(&sq_block.state, &state, SQ_PENDING,
                                                      memory_order_seq_cst, memory_order_seq_cst))
                return;
            break;
        case SQ_WAITING:
            if (atomic_compare_exchange_weak_explicit(&sq_block.state, &state, SQ_ACTIVE,
                                                      memory_order_seq_cst, memory_order_seq_cst)) {
                wakeup();
                return;
            }
            break;
        case SQ_PENDING:
        case SQ_CLOSED:
            return;
        default:
            inconsistent();
            return;
        }
    }
}

/* First what goes with the signal, then its bit: whoever takes the bit finds the rest. */
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
        return; /* who added it announces it after that, and the receiver swaps after the news */
    sq_announce();
}

/* ---- The handler ---- */

bool sq_accept(int signal, const siginfo_t *info, int tid)
{
    struct sq_signal *counts = &sq_block.signals[signal];
    /* seq_cst: in before the look at wanted. Who takes a signal out of wanted and then finds
       nobody in flight knows that no handler will accept it any more. */
    atomic_fetch_add_explicit(&counts->in_flight, 1, memory_order_seq_cst);
    const uint64_t wanted = atomic_load_explicit(&sq_block.wanted, memory_order_seq_cst);
    if (wanted & bit(signal))
        sq_send(signal, info, tid);
    /* seq_cst: out before the look at draining. Who marks a signal as draining and still finds
       somebody in flight will be told. */
    if (atomic_fetch_sub_explicit(&counts->in_flight, 1, memory_order_seq_cst) == 1 &&
        (atomic_load_explicit(&sq_block.draining, memory_order_seq_cst) & bit(signal)))
        sq_announce();
    return (wanted & bit(signal)) != 0;
}

static bool is_forwarded(int signal)
{
    /* relaxed: says nothing of other memory. */
    return atomic_load_explicit(&sq_block.forward, memory_order_relaxed) & bit(signal);
}

void sq_handler(int signal, siginfo_t *info, void *context)
{
    const int saved_errno = errno;
    const pid_t tid = thread();
    /* What was there before us comes last: it need not return. */
    if (!sq_is_owner(tid) || !sq_accept(signal, info, tid))
        sq_previous_action(signal, info, context);
    else if (is_forwarded(signal))
        sq_previous_handler(signal, info, context);
    else
        sq_direct_absorb(signal, context); /* a forwarded one is blocked by nobody */
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
    return write(fd, &one, sizeof one) == sizeof one || errno == EAGAIN ? 0 : errno;
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
