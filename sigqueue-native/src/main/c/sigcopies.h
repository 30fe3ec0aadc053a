/*
 * Several copies of this library in one process, as two class loaders bring them: which of them has
 * a signal. Not for handlers.
 */
#ifndef SIGCOPIES_H
#define SIGCOPIES_H

#include <stdbool.h>

/*
 * Claims a signal for this copy. Returns whether no other copy has it. Idempotent; any thread.
 */
bool sq_claim(int signal);

/* Gives the signal up, if this copy has it. Any thread. */
void sq_unclaim(int signal);

/*
 * What the copy that has the signal said of itself; an empty text if it said nothing, NULL if no
 * copy has the signal.
 */
const char *sq_claimant(int signal);

/*
 * Names the user of this copy, for the others, and a way to ask whether that has gone: a copy whose
 * user has gone has no claims. Once, before the first claim.
 */
void sq_introduce(const char *user, bool (*is_gone)(void *handle), void *handle);

#endif
