/*
 * A library that a JVM under test loads: the other native code in the process. Its work is in the
 * environment variable RESIDENT, and it does that when it is loaded:
 *
 *   timer SIGNAL VALUE      a POSIX timer sends the signal with the value, once, soon
 *   messages SIGNAL VALUE   a message queue sends them
 *   handler SIGNAL          installs a handler that prints "resident handler"
 *   threads SIGNAL          ten threads send themselves the signal a hundred times each
 *   altstack SIGNAL         the same on alternate stacks
 *   death SIGNAL            ends a thread in the signal's handler, at its first look at the details
 *   setxid COUNT            has all threads do a system call, so many times
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <mqueue.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

enum { THREADS = 10, SIGNALS = 100, STACK_BYTES = 128 * 1024 };

static int number;
static bool on_alternate_stack;

static void fail(const char *what)
{
    perror(what);
    _exit(124);
}

static void start_timer(struct sigevent *event)
{
    timer_t timer;
    const struct itimerspec soon = {.it_value.tv_nsec = 1000000};
    if (timer_create(CLOCK_MONOTONIC, event, &timer) != 0)
        fail("timer_create");
    if (timer_settime(timer, 0, &soon, NULL) != 0)
        fail("timer_settime");
}

static void notify_of_message(struct sigevent *event)
{
    char name[64];
    struct mq_attr attributes = {.mq_maxmsg = 1, .mq_msgsize = 1};
    snprintf(name, sizeof name, "/sigqueue-test-%d", (int)getpid());
    const mqd_t queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attributes);
    if (queue == (mqd_t)-1)
        fail("mq_open");
    mq_unlink(name);
    if (mq_notify(queue, event) != 0)
        fail("mq_notify");
    if (mq_send(queue, "", 1, 0) != 0)
        fail("mq_send");
}

static void handler(int signal)
{
    static const char text[] = "resident handler\n";
    (void)signal;
    if (write(STDOUT_FILENO, text, sizeof text - 1) < 0)
        _exit(124);
}

static void install(void)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_NODEFER | SA_RESTART};
    sigaddset(&action.sa_mask, SIGWINCH);
    sigaction(number, &action, NULL);
}

static void *send_to_self(void *unused)
{
    const stack_t alternate = {.ss_sp = on_alternate_stack ? malloc(STACK_BYTES) : NULL,
                               .ss_size = STACK_BYTES};
    const stack_t none = {.ss_flags = SS_DISABLE};
    if (on_alternate_stack)
        sigaltstack(&alternate, NULL);
    for (int i = 0; i < SIGNALS; i++)
        pthread_kill(pthread_self(), number);
    if (on_alternate_stack)
        sigaltstack(&none, NULL);
    free(alternate.ss_sp);
    return unused;
}

static void run_threads(void)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, send_to_self, NULL) != 0)
            fail("pthread_create");
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

static char *no_details; /* a page that cannot be read */
static struct sigaction on_fault_before;

static void on_fault(int signal, siginfo_t *info, void *context)
{
    if ((char *)info->si_addr >= no_details && (char *)info->si_addr < no_details + sizeof(siginfo_t))
        syscall(SYS_exit, 0); /* of this thread alone, and at once */
    on_fault_before.sa_sigaction(signal, info, context);
}

static void *die_in_handler(void *unused)
{
    struct sigaction installed;
    static ucontext_t context;
    sigaction(number, NULL, &installed);
    installed.sa_sigaction(number, (siginfo_t *)(void *)no_details, &context);
    return unused;
}

static void die(void)
{
    pthread_t thread;
    const struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    no_details = mmap(NULL, sizeof(siginfo_t), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (no_details == MAP_FAILED)
        fail("mmap");
    sigaction(SIGSEGV, &action, &on_fault_before);
    if (pthread_create(&thread, NULL, die_in_handler, NULL) != 0)
        fail("pthread_create");
    pthread_join(thread, NULL);
    sigaction(SIGSEGV, &on_fault_before, NULL);
}

__attribute__((constructor)) static void load(void)
{
    const char *order = getenv("RESIDENT");
    char what[16] = "";
    long value = 0;
    if (order == NULL || sscanf(order, "%15s %d %ld", what, &number, &value) < 2)
        return;
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL,
                             .sigev_signo = number,
                             .sigev_value.sival_ptr = (void *)value};
    if (strcmp(what, "timer") == 0)
        start_timer(&event);
    else if (strcmp(what, "messages") == 0)
        notify_of_message(&event);
    else if (strcmp(what, "handler") == 0)
        install();
    else if (strcmp(what, "death") == 0)
        die();
    else if (strcmp(what, "setxid") == 0)
        for (int i = 0; i < number; i++) {
            if (setegid(getegid()) != 0)
                fail("setegid");
        }
    else {
        on_alternate_stack = strcmp(what, "altstack") == 0;
        run_threads();
    }
}
