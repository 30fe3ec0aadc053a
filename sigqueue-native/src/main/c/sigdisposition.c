#define _GNU_SOURCE
#include "sigdisposition.h"

#include "sigcopies.h"
#include "sigsys.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

enum holding { RELEASED, HANDLING, IGNORING };
enum { HOLDING_MASK = 3 }; /* the bits above it count changes */

/* One per signal. The handler reads the atomic fields; callers of the others are serialized. */
static struct disposition {
    struct sq_action saved;     /* the previous disposition, to put back */
    _Atomic uint64_t inherited; /* where to forward to: forward_word(saved), except if chained */
    _Atomic uint32_t holding;   /* what we have put there, and mean to be there: see sq_held */
    bool chained; /* somebody has displaced us once, and may call us as his own previous action. To
                     forward to him could go round for ever, so inherited stays what it was. */
} dispositions[SQ_SIGNALS + 1];

uint32_t sq_held(int signal)
{
    /* seq_cst, here and in hold: put_back and the others each change one of this word and the
       kernel's disposition, and then look at the other. And sq_accept looks at this and at wanted,
       which callers of sq_install and sq_ignore change. */
    return atomic_load_explicit(&dispositions[signal].holding, memory_order_seq_cst);
}

static enum holding holding(int signal)
{
    return sq_held(signal) & HOLDING_MASK;
}

static void hold(int signal, enum holding what)
{
    const uint32_t now = sq_held(signal); /* callers are serialized */
    atomic_store_explicit(&dispositions[signal].holding, ((now | HOLDING_MASK) + 1) | what,
                          memory_order_seq_cst);
}

static struct sq_action from_libc(const struct sigaction *action)
{
    struct sq_action kernel = {
        .handler = (uintptr_t)action->sa_sigaction,
        .flags = (unsigned)action->sa_flags,
    };
#ifndef SQ_NO_RESTORER
    kernel.restorer = (uintptr_t)action->sa_restorer;
#endif
    memcpy(&kernel.mask, &action->sa_mask, sizeof kernel.mask);
    return kernel;
}

static const struct sq_action plain_default = {.handler = (uintptr_t)SIG_DFL};

static bool is_ours(const struct sq_action *action)
{
    return action->handler == (uintptr_t)sq_handler;
}

static bool is_ours_or_default(const struct sq_action *action)
{
    return is_ours(action) || is_default(action);
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

void sq_previous_handler(int signal, siginfo_t *info, void *context)
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

/* The thread that has unblocked what it had blocked, and those signals. relaxed, everywhere: the
   thread changes both, and its own handlers read them. */
static _Atomic pid_t unblocker;
static _Atomic uint64_t unblocked;

uint64_t sq_unblock(uint64_t signals)
{
    const uint64_t of_libc = bit(32) | bit(33);
    const pid_t tid = thread();
    uint64_t were_blocked = change_mask(SIG_BLOCK, 0);
    if (atomic_load_explicit(&unblocker, memory_order_relaxed) == tid)
        were_blocked |= atomic_load_explicit(&unblocked, memory_order_relaxed);
    were_blocked &= signals & ~of_libc;
    atomic_store_explicit(&unblocked, were_blocked, memory_order_relaxed);
    atomic_store_explicit(&unblocker, tid, memory_order_relaxed);
    change_mask(SIG_UNBLOCK, signals & ~of_libc); /* last: a handler may run at once */
    return were_blocked;
}

void sq_block_again(uint64_t signals)
{
    if (atomic_load_explicit(&unblocker, memory_order_relaxed) != thread())
        return;
    const uint64_t again = signals & atomic_load_explicit(&unblocked, memory_order_relaxed);
    change_mask(SIG_BLOCK, again); /* first: until then they are held back */
    atomic_fetch_and_explicit(&unblocked, ~again, memory_order_relaxed);
}

void sq_hold_back(int signal, pid_t tid, void *context)
{
    if (atomic_load_explicit(&unblocked, memory_order_relaxed) & bit(signal) &&
        atomic_load_explicit(&unblocker, memory_order_relaxed) == tid)
        *context_mask(context) |= bit(signal);
}

/* Raises the signal with its default action in place; where that is death, does not return. Else
   stores the mask of before. Returns false if the default action cannot be had. */
static bool raise_by_default(int signal, struct sq_action *was, uint64_t *mask)
{
    if (kernel_sigaction(signal, &plain_default, was) != 0 && signal != SIGKILL &&
        signal != SIGSTOP)
        return false;
    syscall(SYS_tgkill, process(), thread(), signal);
    *mask = change_mask(SIG_UNBLOCK, bit(signal));
    return true;
}

static bool is_ignored_by_default(int signal)
{
    return signal == SIGCHLD || signal == SIGCONT || signal == SIGURG || signal == SIGWINCH;
}

static bool stops_by_default(int signal)
{
    return signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

/* As a shell reports the death by a signal that did not come. */
static _Noreturn void die_as_shells_say(int signal)
{
    _exit(128 + signal);
}

/*
 * Takes the default action by having it. The signal is unblocked here, and not in the context that
 * the handler returns to, because life may go on: a stopped process is continued, and the kernel
 * spares PID 1 of a container. Then the handler that was there has to be there again.
 */
static void default_action(int signal)
{
    struct sq_action was;
    uint64_t mask;
    if (is_ignored_by_default(signal))
        return;
    if (raise_by_default(signal, &was, &mask)) {
        change_mask(SIG_SETMASK, mask);
        put_back(signal, &was);
    } else if (stops_by_default(signal)) {
        kill_process(SIGSTOP);
    } else {
        die_as_shells_say(signal);
    }
}

void sq_previous_action(uint32_t held, int signal, siginfo_t *info, void *context)
{
    const uint64_t word = inherited(signal);
    if ((held & HOLDING_MASK) == IGNORING)
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

void sq_default_action(int signal)
{
    if (is_signal(signal))
        default_action(signal);
}

static bool is_catchable(int signal)
{
    /* 32 and 33 are libc's own: cancellation, and setuid of all threads. */
    return is_signal(signal) && signal != SIGKILL && signal != SIGSTOP && signal != 32 &&
           signal != 33;
}

/* The disposition as it is while nobody else has changed it. */
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
    if (!sq_claim(signal))
        return SQ_CLAIMED;
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
        if (former == RELEASED)
            sq_unclaim(signal);
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
    const bool is_back = replace(signal, expected, &dispositions[signal].saved, &found);
    sq_unclaim(signal);
    if (is_back || former == RELEASED)
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
    uint64_t mask;
    if (is_signal(signal) && !stops_by_default(signal))
        raise_by_default(signal, &was, &mask);
    die_as_shells_say(is_signal(signal) ? signal : 0);
}

static _Atomic int death_on_exit; /* 0: none */

void sq_die_on_exit(int signal)
{
    /* relaxed: the thread that exits has called this itself, or this call comes too late for it. */
    atomic_store_explicit(&death_on_exit, signal, memory_order_relaxed);
}

/* One of libc's exit handlers: the library is never unloaded before. */
__attribute__((destructor)) static void exiting(void)
{
    struct sq_action was;
    uint64_t mask;
    const int signal = atomic_load_explicit(&death_on_exit, memory_order_relaxed);
    if (is_signal(signal) && !stops_by_default(signal))
        raise_by_default(signal, &was, &mask);
}
