/*
 * Delivery without a handler: the receiver waits in the kernel for the signals themselves.
 *
 * The kernel gives a signal to a waiting thread only if it finds no other that does not block it,
 * and a thread cannot change the mask of another. But a handler may change the mask that its thread
 * returns to. So each thread is sent a private signal, whose handler does that. Threads that are
 * created later inherit the mask.
 *
 * Nothing depends on these masks but speed and order. The handler of sigshim.c stays installed: a
 * signal that finds a thread which does not block it is sent from there, and that thread blocks it
 * from then on.
 */
#ifndef SIGDIRECT_H
#define SIGDIRECT_H

#include "sigshim.h"

/*
 * Takes two real-time signals for our own use, for the rest of the process: one to change the mask
 * of a thread, which no thread blocks, and one to end the wait of the receiver, which all others
 * block. Returns 0, also if it has been called before with the same; EINVAL, or EBUSY if one of
 * them does not have its default action.
 */
int sq_direct_start(int mask_signal, int wake_signal);

/* Result of sq_deliver beside 0 and error numbers: the receiver does not wait by sq_direct_sleep. */
enum { SQ_NO_RECEIVER = -1 };

/*
 * Says how a signal is to reach the receiver. The masks of the threads follow by sq_set_mask: after
 * this they are as sq_mask tells, and until then too a signal is received. Callers take turns.
 * Returns 0, an error number or SQ_NO_RECEIVER.
 */
int sq_deliver(int signal, enum sq_delivery how);

/* What a thread is to block, of the signals that we care for. */
uint64_t sq_mask(int tid);

/*
 * Has a thread of this process bring its mask in line with sq_mask as far as these signals are
 * concerned, soon. Returns 0, ESRCH, or EAGAIN if the kernel's queue is full.
 */
int sq_set_mask(int tid, uint64_t signals);

/*
 * Takes the masks of the delivery modes off the calling thread, so that a child which it starts
 * does not inherit them, and returns what it blocked; sq_masks_on blocks that again. Signals that
 * the thread gets meanwhile go by the handler; after some hundred of them it blocks them again, and
 * the child will, too.
 */
uint64_t sq_masks_off(void);
void sq_masks_on(uint64_t taken_off);

/*
 * Sleeps until the note is woken or a signal has come, which is then sent. Receiver only. Where no
 * signal is direct, sleeps on the word of the note. Returns 0, or EAGAIN, ETIMEDOUT, EINTR.
 */
int sq_direct_sleep(int64_t timeout_nanos);

/* Sends what is pending in the kernel, but not more than so many. Receiver only; never blocks. */
int sq_direct_fetch(int max);

/* Ends sq_direct_sleep. Async-signal-safe; never blocks; the caller saves errno. */
void sq_direct_wake(void);

/* For sq_handler: has the thread block what it should have blocked. */
void sq_direct_absorb(int signal, void *context);

#endif
