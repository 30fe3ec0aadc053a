/*
 * What the kernel does with a signal: our handler or SIG_IGN in place of what was there, and back.
 */
#ifndef SIGDISPOSITION_H
#define SIGDISPOSITION_H

#include "sigkernel.h"

/*
 * Results of sq_install and sq_ignore beside 0 and error numbers; nothing has changed:
 *   SQ_SWALLOWED  libc reported success, but the kernel has another handler. libjsig does this with
 *                 signals that the VM owns.
 *   SQ_CLAIMED    another copy of this library has the signal; see sigcopies.h.
 */
enum { SQ_SWALLOWED = -1, SQ_CLAIMED = -2 };

/* Result of sq_restore beside 0 and EINVAL: another handler has replaced ours. */
enum { SQ_DISPLACED = 1 };

/*
 * The four that follow may run concurrently for different signals. For the same signal, callers
 * take turns.
 */

/*
 * Installs the handler and remembers what was there before. Installing again, or after sq_ignore,
 * keeps what is remembered. Returns 0, an error number (EINVAL: no program may catch this signal)
 * or SQ_SWALLOWED.
 */
int sq_install(int signal);

/*
 * Lets the kernel ignore the signal, and handlers in flight as well; else like sq_install. Wanted
 * is set before sq_install and cleared after sq_ignore: see sq_accept.
 */
int sq_ignore(int signal);

/*
 * Puts back, byte for byte, what was remembered. If another handler has replaced ours, that is left
 * alone and SQ_DISPLACED is returned; it may go on calling our handler, which forwards to what was
 * there before. Returns 0 also if there is nothing to put back.
 */
int sq_restore(int signal);

/*
 * Tells the disposition as the kernel has it, and what was there before we changed it; the same if
 * we have not. Returns 1 if the handler is ours, 0 if not, or a negative error number.
 */
int sq_disposition(int signal, struct sq_action *now, struct sq_action *previous);

/*
 * Takes the default action of a signal on the calling thread, as if nobody had changed it: the
 * process ends, or stops until it is continued, or nothing happens. Any signal; any thread.
 */
void sq_default_action(int signal);

/*
 * Unblocks signals in the calling thread, so that there is one at least that gets them: a process
 * that was started with a signal blocked blocks it in all its threads. Returns those that it had
 * blocked. Of each of these, the thread gets one until it calls this again: in a flood, a thread
 * that is alone with a signal would run nothing but its handler.
 */
uint64_t sq_unblock(uint64_t signals);

/* Blocks those of these signals again that sq_unblock has unblocked in the calling thread. */
void sq_block_again(uint64_t signals);

/* For sq_handler: adds a signal that has come to the mask that this thread returns to, if the
   thread had blocked it before sq_unblock. */
void sq_hold_back(int signal, pid_t tid, void *context);

/*
 * Ends the process by the default action of the signal, or, where that is not the end, with the
 * status 128 + signal. Nothing of libc or the VM runs before that.
 */
_Noreturn void sq_die(int signal);

/*
 * Makes exit(3), so also System.exit and Runtime.halt, end the process as sq_die does, after all
 * that the VM does on the way; where that is not the end, the exit goes on with its status.
 */
void sq_die_on_exit(int signal);

/*
 * A word for what we hold, which no two changes of it leave the same. It changes before the
 * disposition does. Async-signal-safe.
 */
uint32_t sq_held(int signal);

/*
 * For the handler: what was there before us, as the kernel would do it, or only its handler. What
 * is held says whether the signal is ignored instead. The first need not return. Async-signal-safe.
 */
void sq_previous_action(uint32_t held, int signal, siginfo_t *info, void *context);
void sq_previous_handler(int signal, siginfo_t *info, void *context);

#endif
