/* The datagram by which a service tells its supervisor how it is: sd_notify(3), without libsystemd. */
#ifndef SIGNOTIFY_H
#define SIGNOTIFY_H

#include <stddef.h>

/*
 * Sends a message to a Unix datagram socket. Any thread; waits a second at most for room in it.
 *
 * address: a path, or '@' and a name in the abstract namespace; its length without a final NUL.
 * Returns 0 or an error number: EINVAL for an address that cannot be one, ECONNREFUSED or ENOENT if
 * nobody listens, EAGAIN if there was no room.
 */
int sq_notify(const char *address, size_t address_length, const void *message, size_t length);

#endif
