#define _GNU_SOURCE
#include "sigterminal.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <termios.h>
#include <unistd.h>

static struct termios remembered;
static bool is_remembered;

/* Both ends must be the terminal, as a prompt needs them. In a pipeline it may belong to another
   program, a pager, which shares our process group. */
__attribute__((constructor)) void sq_terminal_save(void)
{
    is_remembered = isatty(STDOUT_FILENO) && tcgetattr(STDIN_FILENO, &remembered) == 0;
}

int sq_terminal_restore(void)
{
    sigset_t stop, before;
    if (!is_remembered || tcgetpgrp(STDIN_FILENO) != getpgrp())
        return 0;
    /* The foreground may change before the next call, which would then stop this process. On Linux
       sigprocmask is for this thread alone. */
    sigemptyset(&stop);
    sigaddset(&stop, SIGTTOU);
    sigprocmask(SIG_BLOCK, &stop, &before);
    const int error = tcsetattr(STDIN_FILENO, TCSANOW, &remembered) == 0 ? 0 : errno;
    sigprocmask(SIG_SETMASK, &before, NULL);
    return error;
}
