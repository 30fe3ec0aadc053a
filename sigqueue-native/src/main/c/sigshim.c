/*
 * What runs in a signal handler, and the few calls that put it in place.
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
#include "sigsys.h"

#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/eventfd.h>

#if !defined(__linux__) || !(defined(__x86_64__) || defined(__aarch64__))
#error "struct sq_action has the kernel's layout of x86-64 and aarch64 only"
#endif

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

static void previous_action(int signal, siginfo_t *info, void *context);
static void previous_handler(int signal, siginfo_t *info, void *context);

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
        previous_action(signal, info, context);
    else if (is_forwarded(signal))
        previous_handler(signal, info, context);
    else
        sq_direct_absorb(signal, context); /* a forwarded one is blocked by nobody */
    errno = saved_errno;
}

/* ---- Dispositions ---- */

enum holding { RELEASED, HANDLING, IGNORING };

/* One per signal. The handler reads the atomic fields; callers of the others are serialized. */
static struct disposition {
    struct sq_action saved;     /* what was there before us: to put back */
    _Atomic uint64_t inherited; /* where to forward to: forward_word(saved), except if chained */
    _Atomic int holding;        /* what we have put there, and mean to be there */
    bool chained; /* somebody has displaced us once, and may call us as his own previous action. To
                     forward to him could go round for ever, so inherited stays what it was. */
} dispositions[SQ_SIGNALS + 1];

static enum holding holding(int signal)
{
    /* seq_cst, here and in hold: put_back and the others each change one of this word and the
       kernel's disposition, and then look at the other. */
    return atomic_load_explicit(&dispositions[signal].holding, memory_order_seq_cst);
}

static void hold(int signal, enum holding what)
{
    atomic_store_explicit(&dispositions[signal].holding, what, memory_order_seq_cst);
}

/* glibc's sigaction replaces the restorer and turns SA_RESTORER on: not byte for byte. */
static int kernel_sigaction(int signal, const struct sq_action *action, struct sq_action *old)
{
    return syscall(SYS_rt_sigaction, signal, action, old, sizeof old->mask) == 0 ? 0 : errno;
}

static struct sq_action from_libc(const struct sigaction *action)
{
    struct sq_action kernel = {
        .handler = (uintptr_t)action->sa_sigaction,
        .flags = (unsigned)action->sa_flags,
        .restorer = (uintptr_t)action->sa_restorer,
    };
    memcpy(&kernel.mask, &action->sa_mask, sizeof kernel.mask);
    return kernel;
}

static const struct sq_action plain_default = {.handler = (uintptr_t)SIG_DFL};

typedef bool matcher(const struct sq_action *);

static bool is_default(const struct sq_action *action)
{
    return action->handler == (uintptr_t)SIG_DFL;
}

static bool is_ignored(const struct sq_action *action)
{
    return action->handler == (uintptr_t)SIG_IGN;
}

static bool is_ours(const struct sq_action *action)
{
    return action->handler == (uintptr_t)sq_handler;
}

static bool is_ours_or_default(const struct sq_action *action)
{
    return is_ours(action) || is_default(action);
}

/* Compare and exchange, as far as the kernel can: what somebody else puts there meanwhile stays. */
static bool replace(int signal, matcher *expected, const struct sq_action *action,
                    struct sq_action *found)
{
    if (kernel_sigaction(signal, NULL, found) != 0 || !expected(found))
        return false;
    kernel_sigaction(signal, action, found);
    if (expected(found))
        return true;
    kernel_sigaction(signal, found, NULL);
    return false;
}

/*
 * Handler and calling convention in one word, so that a handler which reads it during a change
 * never pairs an old address with a new convention. The top bit of addresses in user space is 0.
 */
#define TAKES_SIGINFO (UINT64_C(1) << 63)

static uint64_t forward_word(const struct sq_action *action)
{
    return action->handler | (action->flags & SA_SIGINFO ? TAKES_SIGINFO : 0);
}

static uint64_t inherited(int signal)
{
    /* relaxed, here and in remember: the word is all there is. */
    return atomic_load_explicit(&dispositions[signal].inherited, memory_order_relaxed);
}

static void call_forward(uint64_t word, int signal, siginfo_t *info, void *context)
{
    const uintptr_t handler = word & ~TAKES_SIGINFO;
    if (handler == (uintptr_t)SIG_DFL || handler == (uintptr_t)SIG_IGN)
        return;
    if (word & TAKES_SIGINFO)
        ((void (*)(int, siginfo_t *, void *))handler)(signal, info, context);
    else
        ((void (*)(int))handler)(signal);
}

static void previous_handler(int signal, siginfo_t *info, void *context)
{
    call_forward(inherited(signal), signal, info, context);
}

/* The way back of default_action, if the default is still there. */
static void put_back(int signal, const struct sq_action *was)
{
    struct sq_action replaced, ours;
    if (replace(signal, is_default, was, &replaced) && is_ours(was) && holding(signal) != HANDLING)
        replace(signal, is_ours, &replaced, &ours); /* it was the default that sq_restore left */
}

static void unblock(int signal)
{
    const uint64_t only_this = bit(signal);
    syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, &only_this, NULL, sizeof only_this);
}

/* Raises the signal with its default action in place; where that is death, does not return. */
static void raise_by_default(int signal, struct sq_action *was)
{
    kernel_sigaction(signal, &plain_default, was);
    syscall(SYS_tgkill, process(), thread(), signal);
    unblock(signal);
}

static bool is_ignored_by_default(int signal)
{
    return signal == SIGCHLD || signal == SIGCONT || signal == SIGURG || signal == SIGWINCH;
}

static bool stops_by_default(int signal)
{
    return signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

/*
 * Takes the default action by having it. The signal is unblocked here, and not in the context that
 * the handler returns to, because life may go on: a stopped process is continued, and the kernel
 * spares PID 1 of a container. Then the handler that was there has to be there again.
 */
static void default_action(int signal)
{
    struct sq_action was;
    const uint64_t only_this = bit(signal);
    if (is_ignored_by_default(signal))
        return;
    raise_by_default(signal, &was);
    syscall(SYS_rt_sigprocmask, SIG_BLOCK, &only_this, NULL, sizeof only_this);
    put_back(signal, &was);
}

static void previous_action(int signal, siginfo_t *info, void *context)
{
    const uint64_t word = inherited(signal);
    if (holding(signal) == IGNORING)
        return;
    if (word == (uintptr_t)SIG_DFL)
        default_action(signal);
    else
        call_forward(word, signal, info, context);
}

static bool is_signal(int signal)
{
    return signal >= 1 && signal <= SQ_SIGNALS;
}

static bool is_catchable(int signal)
{
    /* 32 and 33 are libc's own: cancellation, and setuid of all threads. */
    return is_signal(signal) && signal != SIGKILL && signal != SIGSTOP && signal != 32 &&
           signal != 33;
}

/* What the disposition looks like as long as nobody else has changed it. */
static matcher *held(int signal)
{
    const enum holding what = holding(signal);
    if (what == IGNORING)
        return is_ignored;
    if (what == HANDLING && inherited(signal) == (uintptr_t)SIG_DFL)
        return is_ours_or_default; /* a default_action may be in progress */
    return is_ours;
}

static void remember(int signal, const struct sq_action *action)
{
    struct disposition *d = &dispositions[signal];
    d->saved = *action;
    if (!d->chained)
        atomic_store_explicit(&d->inherited, forward_word(action), memory_order_relaxed);
}

static bool kernel_has(int signal, const struct sigaction *action)
{
    struct sq_action now;
    kernel_sigaction(signal, NULL, &now);
    return now.handler == (uintptr_t)action->sa_sigaction;
}

/*
 * Puts the action there by libc, whose restorer a handler needs, and so that libjsig can have its
 * say: the handlers of signals that the VM owns it keeps to itself, and reports success.
 */
static int take(int signal, enum holding what, const struct sigaction *action)
{
    struct sq_action before;
    struct sigaction old;
    if (!is_catchable(signal))
        return EINVAL;
    const enum holding former = holding(signal);
    kernel_sigaction(signal, NULL, &before);
    const bool is_new = !held(signal)(&before);
    if (is_new) {
        dispositions[signal].chained |= former == HANDLING;
        remember(signal, &before); /* first: the handler may run, and forward, at once */
    }
    hold(signal, what);
    int error = sigaction(signal, action, &old) == 0 ? 0 : errno;
    if (error == 0 && is_new && !kernel_has(signal, action)) {
        sigaction(signal, &old, NULL);
        error = SQ_SWALLOWED;
    }
    if (error != 0) {
        hold(signal, former);
        return error;
    }
    const struct sq_action replaced = from_libc(&old);
    if (is_new && replaced.handler != before.handler && !is_ours(&replaced))
        remember(signal, &replaced); /* somebody came between */
    return 0;
}

int sq_install(int signal)
{
    const struct sigaction ours = handling(sq_handler);
    return take(signal, HANDLING, &ours);
}

int sq_ignore(int signal)
{
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    return take(signal, IGNORING, &ignore);
}

int sq_restore(int signal)
{
    struct sq_action found;
    if (!is_catchable(signal))
        return EINVAL;
    const enum holding former = holding(signal);
    matcher *const expected = held(signal);
    hold(signal, RELEASED);
    if (replace(signal, expected, &dispositions[signal].saved, &found) || former == RELEASED)
        return 0;
    dispositions[signal].chained |= former == HANDLING;
    return SQ_DISPLACED;
}

int sq_disposition(int signal, struct sq_action *now, struct sq_action *previous)
{
    if (!is_signal(signal))
        return -EINVAL;
    const int error = kernel_sigaction(signal, NULL, now);
    if (error != 0)
        return -error;
    const bool is_changed = is_ours(now) || holding(signal) != RELEASED;
    *previous = is_changed ? dispositions[signal].saved : *now;
    return is_ours(now);
}

_Noreturn void sq_die(int signal)
{
    struct sq_action was;
    if (is_signal(signal) && !stops_by_default(signal))
        raise_by_default(signal, &was);
    /* As a shell reports the death that did not come. */
    _exit(is_signal(signal) ? 128 + signal : 128);
}

static _Atomic int death_on_exit; /* 0: none */

void sq_die_on_exit(int signal)
{
    /* relaxed: who exits has called this before, or is too early for it. */
    atomic_store_explicit(&death_on_exit, signal, memory_order_relaxed);
}

/* One of libc's exit handlers: the library is never unloaded before. */
__attribute__((destructor)) static void exiting(void)
{
    struct sq_action was;
    const int signal = atomic_load_explicit(&death_on_exit, memory_order_relaxed);
    if (is_signal(signal) && !stops_by_default(signal))
        raise_by_default(signal, &was);
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
