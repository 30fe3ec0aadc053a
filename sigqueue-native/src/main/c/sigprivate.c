#define _GNU_SOURCE
#include "sigprivate.h"

#include "sigkernel.h"
#include "sigmasks.h"
#include "sigsys.h"
#include "sigwait.h"
#include "sigwake.h"

#include <errno.h>
#include <stdatomic.h>

/* relaxed: written before the first signal is exclusive, or by the only caller. 0: not taken. */
static struct {
    _Atomic int number;
    struct sq_action saved; /* the previous disposition */
} mask_signal, wake_signal;

int sq_mask_signal(void)
{
    return atomic_load_explicit(&mask_signal.number, memory_order_relaxed);
}

int sq_wake_signal(void)
{
    return atomic_load_explicit(&wake_signal.number, memory_order_relaxed);
}

static bool is_mask_handler(const struct sq_action *action)
{
    return action->handler == (uintptr_t)sq_on_mask;
}

static bool is_wake_handler(const struct sq_action *action)
{
    return action->handler == (uintptr_t)sq_on_wake;
}

/* If the kernel does not tell, nothing is known. */
static bool is_lost(int signal, matcher *ours)
{
    struct sq_action now;
    return kernel_sigaction(signal, NULL, &now) == 0 && !ours(&now);
}

static int find_free(int signal, struct sq_action *found)
{
    const int error = kernel_sigaction(signal, NULL, found);
    return error != 0 ? error : is_default(found) ? 0 : EBUSY;
}

/* By libc, whose restorer a handler needs. */
static int install(int signal, void (*handler)(int, siginfo_t *, void *))
{
    const struct sigaction action = handling(handler);
    return sigaction(signal, &action, NULL) == 0 ? 0 : errno;
}

static void give_back(int signal, matcher *ours, const struct sq_action *saved)
{
    static const struct sq_action ignore = {.handler = (uintptr_t)SIG_IGN};
    struct sq_action found;
    /* Ignoring it discards pending ones in all threads: the default action is death. */
    if (replace(signal, ours, &ignore, &found))
        replace(signal, is_ignored, saved, &found);
}

static bool is_real_time(int signal)
{
    return signal > 33 && signal <= SQ_SIGNALS; /* 32 and 33 are libc's own */
}

int sq_take_private(int mask, int wake)
{
    const int taken = sq_mask_signal();
    const bool is_first = taken == 0;
    struct sq_action of_mask, of_wake;
    int error;
    if (!is_real_time(mask) || !is_real_time(wake) || mask == wake)
        return EINVAL;
    if (taken == mask && sq_wake_signal() == wake)
        return 0;
    if (!is_first && (sq_wake_signal() != wake || !is_lost(taken, is_mask_handler)))
        return EBUSY;
    if ((is_first && (error = find_free(wake, &of_wake)) != 0) ||
        (error = find_free(mask, &of_mask)) != 0 || (error = sq_try_to_wait()) != 0 ||
        (error = install(mask, sq_on_mask)) != 0)
        return error;
    if (is_first && (error = install(wake, sq_on_wake)) != 0) {
        give_back(mask, is_mask_handler, &of_mask);
        return error;
    }
    mask_signal.saved = of_mask;
    if (is_first)
        wake_signal.saved = of_wake;
    sq_manage(bit(wake));
    atomic_store_explicit(&wake_signal.number, wake, memory_order_relaxed);
    atomic_store_explicit(&mask_signal.number, mask, memory_order_relaxed);
    return 0;
}

int sq_lost_private(void)
{
    const int mask = sq_mask_signal(), wake = sq_wake_signal();
    if (mask == 0)
        return 0;
    return is_lost(mask, is_mask_handler) ? mask : is_lost(wake, is_wake_handler) ? wake : 0;
}

int sq_give_back_private(void)
{
    const int mask = sq_mask_signal();
    if (sq_is_in_use())
        return EBUSY;
    if (mask != 0) {
        give_back(sq_wake_signal(), is_wake_handler, &wake_signal.saved);
        give_back(mask, is_mask_handler, &mask_signal.saved);
        atomic_store_explicit(&mask_signal.number, 0, memory_order_relaxed);
    }
    return 0;
}
