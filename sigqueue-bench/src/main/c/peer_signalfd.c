/* A thread that reads a signalfd; every thread blocks the signal. */
#include "peer.h"

#include <sys/signalfd.h>

static void *receiver(void *unused)
{
    sigset_t set = block_signal();
    struct signalfd_siginfo info;
    int fd = signalfd(-1, &set, SFD_CLOEXEC);
    check(fd, "signalfd");
    ready();
    for (;;)
        if (read(fd, &info, sizeof info) == sizeof info)
            receive(info.ssi_int);
    return unused;
}

int main(int argc, char **argv)
{
    start_peer(argc, argv);
    block_signal();
    start_thread(receiver);
    sleep_forever();
}
