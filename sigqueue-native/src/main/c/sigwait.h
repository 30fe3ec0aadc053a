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

/* ---- The private signals. Not thread-safe: callers must synchronize. ---- */

/*
 * Takes two real-time signals: one that tells threads to change their masks, which no thread may
 * block, and one that wakes the receiver, which the receiver alone blocks. Returns 0, also if the
 * same two are taken already; EINVAL; EBUSY if one does not have its default action, or others are
 * taken; or the error number of the system call without which the receiver could not wait or be
 * woken. Where the first one was lost, another may be taken in its place.
 */
int sq_take_private(int mask_signal, int wake_signal);

/* A private signal whose handler somebody has replaced; 0 if there is none. */
int sq_lost_private(void);

/*
 * Gives the private signals their default action back, and discards those that are pending. Returns
 * EBUSY, and has changed nothing, while one may still be sent: while a signal is exclusive, the
 * receiver has not slept since, or a waker is at work.
 */
int sq_give_back_private(void);

/* ---- The exclusive signals and the masks. Not thread-safe: callers must synchronize. ---- */

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

/* How many times the exclusive signal has reached the handler, since that was forgotten. */
uint32_t sq_strays(int signal);
void sq_forget_strays(int signal);

/*
 * Tells a thread of this process to bring its mask in line with the exclusive signals, but for these
 * bits alone. Returns 0, or an error number: ESRCH; EAGAIN if the user's queue of signals is full.
 * If counted, the answer counts.
 */
int sq_tell(int tid, uint64_t bits, bool counted);

/* Starts to count the answers to what is told from now on. */
void sq_count_answers(void);

/* How many threads have answered. */
uint32_t sq_answers(void);

/*
 * Takes these signals, none of which is exclusive, off the masks of the calling thread, of the
 * receiver when it sleeps, and of one that the kernel chooses: all that can be done if no thread can be
 * told. Then the process gets what is sent to it. Needs no room in the queue.
 */
void sq_sweep(uint64_t signals);

/*
 * Takes the exclusive signals off the mask of the calling thread, so that a child which it starts
 * does not inherit them, and returns what it blocked; sq_masks_on blocks that again. Any thread.
 * Signals that the thread gets meanwhile go by the handler; after some hundred of them it blocks
 * them again, and the child will, too.
 */
uint64_t sq_masks_off(void);
void sq_masks_on(uint64_t taken_off);

/* ---- The receiver ---- */

/*
 * Sleeps until the note is woken or an exclusive signal has come, which is then sent. Receiver only.
 * Where no signal is exclusive, sleeps on the word of the note. Returns 0, or EAGAIN, ETIMEDOUT,
 * EINTR; or ECANCELED, once, if the kernel has refused to wait: all signals have left, and other threads
 * are to be told.
 */
int sq_sigwait(int64_t timeout_nanos);

/* Sends what is pending in the kernel, but not more than so many. Receiver only; never blocks. */
int sq_sigwait_fetch(int max);

/* Ends sq_sigwait. Async-signal-safe; never blocks; the caller saves errno. */
void sq_sigwait_wake(void);

/* The receiver waits no more. Nobody is in sq_sigwait; any thread, best that of the receiver. */
void sq_sigwait_end(void);

/* For sq_handler: adds an exclusive signal to the mask that this thread returns to. */
void sq_absorb(int signal, void *context);

#endif
