/*
 * For gcc -fanalyzer, which follows calls from a handler that signal(2) installs, and not from one
 * of sigaction: the handler, as such a function, and all that it calls. With BROKEN it does what no
 * handler may, deep inside, and the analyzer has to see it.
 */
#define _GNU_SOURCE
#ifdef BROKEN
#include <stdio.h>
#include <time.h>

static int chatty_clock(clockid_t clock, struct timespec *now)
{
    const int result = clock_gettime(clock, now);
    printf("at %ld\n", (long)now->tv_sec);
    return result;
}
#define clock_gettime chatty_clock
#endif

#include "../../main/c/sigshim.c"

#include "../../main/c/sigdisposition.c"

#include "../../main/c/sigowner.c"

static void on_signal(int signal)
{
    siginfo_t info = {.si_signo = signal};
    sq_handler(signal, &info, NULL);
}

int main(void)
{
    signal(SIGUSR1, on_signal);
    return 0;
}
