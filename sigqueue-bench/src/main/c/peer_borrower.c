/*
 * A thread that waits for a word, and has the signal unblocked meanwhile; all others block it. The
 * handler blocks it again in the mask that it returns to, if it has interrupted that wait: the limit
 * for a library whose taker waits beside another thread that waits for the signal in the kernel.
 */
#include "peer.h"

#include <ucontext.h>

static _Atomic uint32_t note; /* 1: the handler has run since the thread last looked */
static _Atomic pid_t waiting; /* the thread, while it has unblocked the signal */

static void handler(int signal, siginfo_t *info, void *context)
{
    (void)info;
    if (syscall(SYS_gettid) == atomic_exchange(&waiting, 0))
        sigaddset(&((ucontext_t *)context)->uc_sigmask, signal);
    atomic_store(&note, 1);
}

static void *receiver(void *unused)
{
    const sigset_t set = block_signal();
    const pid_t self = syscall(SYS_gettid);
    ready();
    for (;;) {
        while (atomic_exchange(&note, 0) == 0) {
            atomic_store(&waiting, self);
            pthread_sigmask(SIG_UNBLOCK, &set, NULL);
            syscall(SYS_futex, &note, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
            if (atomic_exchange(&waiting, 0) != 0)
                block_signal();
        }
        receive(0);
    }
    return unused;
}

int main(int argc, char **argv)
{
    start_peer(argc, argv);
    handle(handler);
    block_signal();
    start_thread(receiver);
    sleep_forever();
}
