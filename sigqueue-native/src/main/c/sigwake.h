/*
 * The wake signal: where the receiver and the borrower of its role sleep in the kernel, and how they
 * are woken there. It is directed at the sleeper, with tgkill(2). Where that fails it goes to the
 * process, and whoever gets it passes it on.
 */
#ifndef SIGWAKE_H
#define SIGWAKE_H

#include "sigshim.h"

#include <sys/types.h>

/* Ends sq_sigwait or sq_sigwait_borrowed. Async-signal-safe; never blocks; the caller saves errno. */
void sq_sigwait_wake(bool is_borrower);

/* After the receiver's wait has ended with the wake signal: one to the process may be for another. */
void sq_pass_on(const siginfo_t *info, pid_t tid);

/* Whether this thread sleeps in the kernel, as the receiver or the borrower; or did so last, as the
   receiver. Async-signal-safe. */
bool sq_is_sleeper(pid_t tid);

/*
 * Whether the wake signal may still be sent, or be waited for: while a signal is exclusive, the receiver
 * has not slept since, or a waker is at work. Stays false until a signal is exclusive again.
 */
bool sq_is_in_use(void);

/* The caller may be about to send the wake signal, or to say where it sleeps. */
void sq_enter_use(void);
void sq_leave_use(void);

/* How many have entered. */
uint32_t sq_uses(void);

/* The handler of the wake signal. */
void sq_on_wake(int signal, siginfo_t *info, void *context);

#endif
