/* The handler alone: the cost of the kernel without any library. */
#include "peer.h"

static void handler(int signal, siginfo_t *info, void *context)
{
    (void)signal, (void)context;
    receive(info->si_value.sival_int);
}

int main(int argc, char **argv)
{
    start_peer(argc, argv);
    handle(handler);
    ready();
    sleep_forever();
}
