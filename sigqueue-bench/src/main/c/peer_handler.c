/* The handler alone: what the kernel costs before any library comes in. */
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
    sleep_for_ever();
}
