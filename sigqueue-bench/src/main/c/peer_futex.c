/*
 * A handler that wakes a thread through a futex: the limit for a library that hands signals from a
 * handler to a thread. The handler runs on the main thread, which sleeps, as in a JVM.
 */
#include "peer.h"

static _Atomic uint32_t note; /* 1: the handler has run since the thread last looked */

static void handler(int signal, siginfo_t *info, void *context)
{
    (void)signal, (void)info, (void)context;
    if (atomic_exchange(&note, 1) == 0)
        syscall(SYS_futex, &note, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void *receiver(void *unused)
{
    block_signal();
    ready();
    for (;;) {
        while (atomic_exchange(&note, 0) == 0)
            syscall(SYS_futex, &note, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
        receive(0);
    }
    return unused;
}

int main(int argc, char **argv)
{
    start_peer(argc, argv);
    handle(handler);
    start_thread(receiver);
    sleep_forever();
}
