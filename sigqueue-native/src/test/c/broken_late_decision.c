/*
 * A negative control: sigshim.c with a handler that first looks whether the signal is wanted, and
 * after that whether it is ignored. Between the two looks the signal may cease to be ignored
 * because it is wanted now; with LOOKS_AGAIN, which looks whether it is wanted once more, it may in
 * addition be ignored again.
 */
#define sq_accept sq_accept_at_one_moment
#define sq_handler sq_handler_at_one_moment
#include "../../main/c/sigshim.c"
#undef sq_accept
#undef sq_handler

bool sq_accept(int signal, const siginfo_t *info, int tid, uint32_t *held)
{
    if (accept_if_wanted(signal, info, tid))
        return true;
    *held = sq_held(signal);
#ifdef LOOKS_AGAIN
    return accept_if_wanted(signal, info, tid);
#else
    return false;
#endif
}

void sq_handler(int signal, siginfo_t *info, void *context)
{
    const int saved_errno = errno;
    uint32_t held;
    if (!sq_accept(signal, info, thread(), &held))
        sq_previous_action(held, signal, info, context);
    errno = saved_errno;
}
