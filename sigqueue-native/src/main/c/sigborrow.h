/*
 * The borrower of the receiver's role, where signals are exclusive. It waits for those that are not
 * real-time, by their handler, while the receiver sleeps and waits for them, too: whichever the kernel
 * chooses sends what it gets. Real-time signals are for the receiver alone, as two that take them would
 * not keep their order.
 */
#ifndef SIGBORROW_H
#define SIGBORROW_H

#include "sigshim.h"

#include <sys/types.h>

/* As sq_sigwait for the borrower, on its own note. */
int sq_sigwait_borrowed(int64_t timeout_nanos);

/* For sq_handler, before it accepts a signal: if it has ended the borrower's wait, a waker needs nothing
   but the word from here on, and the wake signal is unblocked where the handler returns to.
   Async-signal-safe. */
void sq_borrower_has(int signal, pid_t tid, void *context);

/* The receiver's part: whether the kernel has chosen it, and what it waits for of its signals. */
void sq_receiver_was_asked(void);
uint64_t sq_not_aside(uint64_t signals);

#endif
