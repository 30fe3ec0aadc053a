/*
 * What the threads of the process block of the exclusive signals. A thread cannot change the mask of
 * another, but a handler may change the mask that its thread returns to.
 */
#ifndef SIGMASKS_H
#define SIGMASKS_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/* ---- Not thread-safe: callers must synchronize ---- */

/* Says that these signals may be told of from now on, and are not swept any more. */
void sq_manage(uint64_t signals);

/* Says which exclusive signals some threads had blocked themselves, before these become exclusive. */
void sq_set_own(uint64_t signals);

/*
 * Tells a thread of this process to bring its mask in line with the exclusive signals, but for these
 * bits alone. Returns 0, or an error number: ESRCH; EAGAIN if the user's queue of signals is full.
 * If counted, the answer counts.
 */
int sq_tell(int tid, uint64_t bits, bool counted);

/* Starts to count the answers to the mask signals that are sent from now on. */
void sq_count_answers(void);

/* How many threads have answered. */
uint32_t sq_answers(void);

/*
 * Takes these signals, none of which is exclusive, off the masks of the calling thread, of the
 * receiver when it sleeps, and of one that the kernel chooses: all that can be done if no thread
 * can be told. Then the process gets the signals that are sent to it. Needs no room in the queue.
 */
void sq_sweep(uint64_t signals);

/* How many times the exclusive signal has reached the handler, since that was forgotten. */
uint32_t sq_strays(int signal);
void sq_forget_strays(int signal);

/* ---- Any thread ---- */

/* The part of sq_sweep that the receiver does, before it sleeps. */
void sq_sweep_here(void);

/*
 * Takes the exclusive signals off the mask of the calling thread, so that a child which it starts
 * does not inherit them, and returns what it blocked; sq_masks_on blocks that again. Any thread.
 * Signals that the thread gets meanwhile go by the handler; after some hundred of them it blocks
 * them again, and the child will, too.
 */
uint64_t sq_masks_off(void);
void sq_masks_on(uint64_t taken_off);

/*
 * For sq_handler: adds an exclusive signal to the mask that this thread returns to. Not one that
 * threads had blocked themselves: this may be such a thread, which has ended that, and nobody would
 * take it off the mask.
 */
void sq_absorb(int signal, void *context);

/* The handler of the signal that tells threads. */
void sq_on_mask(int signal, siginfo_t *info, void *context);

#endif
