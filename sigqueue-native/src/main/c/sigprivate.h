/*
 * The two real-time signals that exclusive delivery takes while there is any: one tells threads to
 * change their masks, which no thread may block, and one wakes the receiver, which the receiver
 * alone blocks.
 */
#ifndef SIGPRIVATE_H
#define SIGPRIVATE_H

#include <stdbool.h>

/* Their numbers; 0 if they are not taken. Async-signal-safe. */
int sq_mask_signal(void);
int sq_wake_signal(void);

/* The rest is not thread-safe: callers must synchronize. */

/*
 * Takes two signals. Returns 0, also if the same two are taken already; EINVAL; EBUSY if one does
 * not have its default action, or others are taken; or the error number of the system call without
 * which the receiver could not wait or be woken. Where the first one was lost, another may be taken
 * in its place.
 */
int sq_take_private(int mask_signal, int wake_signal);

/* A private signal whose handler somebody has replaced; 0 if there is none. */
int sq_lost_private(void);

/*
 * Discards those that are pending, and gives the signals back as they were, byte for byte. Returns
 * EBUSY, and has changed nothing, while one may still be sent: see sq_is_in_use.
 */
int sq_give_back_private(void);

#endif
