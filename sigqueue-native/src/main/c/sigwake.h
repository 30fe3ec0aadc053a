/*
 * The wake signal: where the receiver sleeps in the kernel, and how it is woken there. It is directed
 * at the sleeper, with tgkill(2). Where that fails it goes to the process, and a thread that gets it
 * passes it on.
 */
#ifndef SIGWAKE_H
#define SIGWAKE_H

#include "sigshim.h"

#include <sys/types.h>

/* Ends sq_sigwait. Async-signal-safe; never blocks; the caller saves errno. */
void sq_sigwait_wake(void);

/* Whether this thread sleeps in the kernel, as the receiver, or did so last. Async-signal-safe. */
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
