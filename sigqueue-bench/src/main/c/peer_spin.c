/* A handler and a thread that polls: the lowest latency, for the price of a CPU. */
#include "peer.h"

static _Atomic uint32_t note;

static void handler(int signal, siginfo_t *info, void *context)
{
    (void)signal, (void)info, (void)context;
    atomic_store(&note, 1);
}

static void pause_cpu(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb");
#endif
}

static void *receiver(void *unused)
{
    block_signal();
    ready();
    for (;;) {
        while (atomic_load(&note) == 0)
            pause_cpu();
        atomic_store(&note, 0); /* before receive(), after which the driver sends the next one */
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
