/* A thread that waits in the kernel for the signal; every thread blocks it. No handler runs. */
#include "peer.h"

static void *receiver(void *unused)
{
    sigset_t set = block_signal();
    siginfo_t info;
    ready();
    for (;;)
        if (sigwaitinfo(&set, &info) > 0)
            receive(info.si_value.sival_int);
    return unused;
}

int main(int argc, char **argv)
{
    start_peer(argc, argv);
    block_signal();
    start_thread(receiver);
    sleep_forever();
}
