/*
 * Runs the handler 1000 times in one situation, for callgrind to count its instructions:
 *   pending   the signal is pending already
 *   announce  the receiver is awake
 *   wake      the receiver sleeps in the kernel
 *   full      the receiver is awake, and the ring is full
 */
#define _GNU_SOURCE
#include "receiver.h"

#include <stdlib.h>

enum { TIMES = 1000 }; /* fewer than the ring holds */

int main(int argc, char **argv)
{
    const char *situation = argc > 1 ? argv[1] : "";
    const bool pending = !strcmp(situation, "pending"), announce = !strcmp(situation, "announce"),
               wake = !strcmp(situation, "wake"), full = !strcmp(situation, "full");
    siginfo_t info = {.si_signo = SIGUSR1};
    if (!pending && !announce && !wake && !full) {
        fprintf(stderr, "usage: %s pending|announce|wake|full\n", argv[0]);
        return EXIT_FAILURE;
    }
    fresh(full ? 1 : 2048);
    sq_block.wanted = mask_of(SIGUSR1);
    sq_block.wake = SQ_WAKE_FUTEX;
    if (full)
        sq_send(SIGUSR1, &info, 0);
    for (int i = 0; i < TIMES; i++) {
        sq_block.mask = pending ? mask_of(SIGUSR1) : 0;
        sq_block.state = wake ? SQ_WAITING : SQ_ACTIVE;
        sq_block.note = wake ? SQ_SLEEPING : 0;
        sq_handler(SIGUSR1, &info, NULL);
    }
    const bool as_asked = sq_block.inconsistent == 0 && (sq_block.note & SQ_WOKEN) == wake &&
                          sq_block.signals[SIGUSR1].lost == (full ? TIMES : 0);
    return as_asked ? EXIT_SUCCESS : EXIT_FAILURE;
}
