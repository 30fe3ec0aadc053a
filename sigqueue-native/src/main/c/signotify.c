#define _GNU_SOURCE
#include "signotify.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

int sq_notify(const char *address, size_t address_length, const void *message, size_t length)
{
    static const struct timeval patience = {.tv_sec = 1};
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    if (address_length < 2 || address_length > sizeof to.sun_path ||
        (address[0] != '/' && address[0] != '@'))
        return EINVAL;
    memcpy(to.sun_path, address, address_length);
    if (address[0] == '@')
        to.sun_path[0] = '\0';
    const socklen_t to_length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + address_length);

    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return errno;
    int error = 0;
    if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) != 0 ||
        sendto(fd, message, length, MSG_NOSIGNAL, (const struct sockaddr *)&to, to_length) < 0)
        error = errno;
    close(fd);
    return error;
}
