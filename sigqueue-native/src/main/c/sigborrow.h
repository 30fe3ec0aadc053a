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

/* Sleeps on the word of the borrower's note, and for signals. Returns 0, or EAGAIN, ETIMEDOUT, EINTR. */
int sq_sigwait_borrowed(int64_t timeout_nanos);

/* For sq_handler, before it accepts a signal. On the borrower's thread a waker needs nothing but the word
   from here on, and the handler returns to what the thread blocks while it does not wait. Async-signal-safe. */
void sq_borrower_has(pid_t tid, void *context);

/* For sq_on_mask, before it changes the mask as to these signals. Async-signal-safe. */
void sq_borrower_is_told(pid_t tid, uint64_t signals);

/* The receiver's part: whether the kernel has chosen it, and what it waits for of its signals. */
void sq_receiver_was_asked(void);
uint64_t sq_not_aside(uint64_t signals);

#endif
