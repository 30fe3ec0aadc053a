/* A test harness of one page: CHECK counts, RUN names, a watchdog ends a test that hangs. */
#ifndef CHECK_H
#define CHECK_H

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A limit for tests that hang, in seconds: far more than a slow or busy machine needs, because a
   test that merely takes long has not failed. */
enum { WATCHDOG = 900 };

/* The exit status of a program that cannot test anything here, and has said why. */
enum { SKIPPED = 77 };

static const char *only_test; /* if not NULL */
static int checks_failed;     /* in the running test */
static int tests_passed;
static int tests_failed;

#define CHECK(condition) check((condition), #condition, __FILE__, __LINE__)

static inline bool check(bool holds, const char *text, const char *file, int line)
{
    if (!holds && ++checks_failed <= 5)
        fprintf(stderr, "%s:%d: not true: %s\n", file, line, text);
    return holds;
}

/* Because another was asked for, or because the environment variable SKIP_TESTS, a list with blanks
   around each name, says that it cannot pass here. */
static inline bool is_left_out(const char *name)
{
    char word[128];
    const char *const skipped = getenv("SKIP_TESTS");
    if (only_test != NULL)
        return strcmp(only_test, name) != 0;
    snprintf(word, sizeof word, " %s ", name);
    if (skipped == NULL || strstr(skipped, word) == NULL)
        return false;
    printf("SKIPPED %s\n", name);
    return true;
}

#define RUN(test) run(#test, test)

static inline void run(const char *name, void (*test)(void))
{
    if (is_left_out(name))
        return;
    checks_failed = 0;
    alarm(WATCHDOG);
    test();
    if (checks_failed == 0) {
        tests_passed++;
    } else {
        tests_failed++;
        printf("FAILED %s\n", name);
    }
}

/* Our parent may have blocked or ignored signals: a JVM blocks SIGQUIT, nohup ignores SIGHUP. The
   watchdog is SIGALRM, which kills: no test may hang a build. */
static inline void start(int argc, char **argv)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    for (int s = 1; s < NSIG; s++)
        if (s != SIGSEGV && s != SIGBUS && s != SIGFPE) /* the sanitizers' */
            signal(s, SIG_DFL);
    setvbuf(stdout, NULL, _IOLBF, 0);
    only_test = argc > 1 ? argv[1] : NULL;
}

/* Returns the exit status. */
static inline int report(void)
{
    if (only_test == NULL || tests_failed != 0 || tests_passed == 0)
        printf("%s: %d passed, %d failed\n", program_invocation_short_name, tests_passed,
               tests_failed);
    return tests_failed == 0 && tests_passed > 0 ? 0 : 1;
}

#endif
