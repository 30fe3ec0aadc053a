/*
 * Exclusive delivery: every thread blocks a signal, and the receiver alone takes it from the kernel,
 * with rt_sigtimedwait(2).
 *
 * The kernel gives a signal to a waiting thread only if it finds no other that does not block it,
 * and a thread cannot change the mask of another. But a handler may change the mask that its thread
 * returns to. So each thread is told by a private signal, whose handler does that. Threads that are
 * created later inherit the mask.
 *
 * Nothing depends on these masks but speed and order. The handler of sigshim.c stays installed: a
 * signal that finds a thread which does not block it is sent from there, and that thread blocks it
 * from then on. And the kernel hands a thread what is pending for itself before what is pending for
 * the process, so a thread that has been told gets no exclusive signal first, however late it is.
 */
#ifndef SIGWAIT_H
#define SIGWAIT_H

#include "sigshim.h"

/* ---- The exclusive signals. Not thread-safe: callers must synchronize. ---- */

/* Result of sq_enter beside 0 and error numbers: the receiver does not wait by sq_sigwait. */
enum { SQ_NO_RECEIVER = -1 };

/*
 * Makes a signal exclusive: the receiver waits for it from now on. The threads are told after this;
 * until they have been, the signal may reach the handler.
 */
int sq_enter(int signal);

/*
 * Ends that for these signals. The receiver takes what is pending, if it gets to that before the
 * other threads, which are told after this; sq_waited tells.
 */
void sq_leave(uint64_t signals);

/* The signals that the receiver has waited for, until it has taken all that was pending. */
uint64_t sq_waited(void);

/* The error number for which the receiver has made all signals leave; 0 if it has not. */
int sq_wait_refusal(void);

/*
 * Asks the kernel for the calls without which the receiver could not wait or be woken, which a
 * sandbox may refuse. Returns 0, and forgets what sq_wait_refusal tells, or the error number.
 */
int sq_try_to_wait(void);

/* ---- The receiver ---- */

/*
 * Sleeps until the note is woken or an exclusive signal has come, which is then sent. Receiver only.
 * Where no signal is exclusive, sleeps on the word of the note. Returns 0, or EAGAIN, ETIMEDOUT,
 * EINTR; or ECANCELED, once, if the kernel has refused to wait: all signals have left, and other threads
 * are to be told.
 */
int sq_sigwait(int64_t timeout_nanos);

/* Sends the signals that are pending in the kernel, but not more than max. Receiver only; never
   blocks. */
int sq_sigwait_fetch(int max);

/* The receiver waits no more. Nobody is in sq_sigwait; any thread, best that of the receiver. */
void sq_sigwait_end(void);

#endif
