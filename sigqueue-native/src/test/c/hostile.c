/*
 * Neighbours that may be in a process: threads that block signals, a collector that stops its
 * threads by one, a debugger, a sandbox. The natives of Hostile.java; and a program that runs
 * another one with signals blocked:
 *
 *   hostile SIGNAL,SIGNAL,... COMMAND ARGUMENT...
 */
#define _GNU_SOURCE
#include "sandbox.h"

#include <errno.h>
#include <jni.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <time.h>

#define HOSTILE(name, type, ...) \
    JNIEXPORT type JNICALL Java_org_sigqueue_jni_Hostile_##name( \
        __attribute__((unused)) JNIEnv *env, __attribute__((unused)) jclass class, ##__VA_ARGS__)

static uint64_t set_mask(int how, uint64_t signals)
{
    uint64_t old;
    syscall(SYS_rt_sigprocmask, how, &signals, &old, sizeof signals);
    return old;
}

static void pause_briefly(void)
{
    static const struct timespec brief = {0, 1000000};
    syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &brief, NULL);
}

/* ---- A thread with a mask of its own ---- */

static struct {
    uint64_t mask;
    _Atomic pid_t tid;
    _Atomic int asked, answered, count;
} deaf;

static void *be_deaf(void *unused)
{
    (void)unused;
    static const struct timespec now = {0, 0};
    const uint64_t all = ~UINT64_C(0);
    set_mask(SIG_SETMASK, deaf.mask);
    deaf.tid = (pid_t)syscall(SYS_gettid);
    for (;;) {
        if (deaf.asked != deaf.answered) {
            int count = 0;
            while (syscall(SYS_rt_sigtimedwait, &all, NULL, &now, sizeof all) > 0)
                count++;
            deaf.count = count;
            deaf.answered = deaf.asked;
        }
        pause_briefly();
    }
    return NULL;
}

/* Starts it and returns its number. There is one at most. */
HOSTILE(startThread, jint, jlong mask)
{
    pthread_t thread;
    deaf.mask = (uint64_t)mask;
    if (pthread_create(&thread, NULL, be_deaf, NULL) != 0)
        return -1;
    while (deaf.tid == 0)
        pause_briefly();
    return deaf.tid;
}

/* Takes the signals that are pending for that thread, and returns their number. */
HOSTILE(takePending, jint)
{
    deaf.asked++;
    while (deaf.answered != deaf.asked)
        pause_briefly();
    return deaf.count;
}

/* ---- This thread ---- */

HOSTILE(block, jlong, jlong signals)
{
    return (jlong)set_mask(SIG_BLOCK, (uint64_t)signals);
}

HOSTILE(unblock, jlong, jlong signals)
{
    return (jlong)set_mask(SIG_UNBLOCK, (uint64_t)signals);
}

/* ---- A collector ---- */

static sem_t stopped;

static void on_stop(int signal)
{
    (void)signal;
    sem_post(&stopped);
}

static void *work(void *unused)
{
    (void)unused;
    for (;;)
        pause_briefly();
    return NULL;
}

HOSTILE(install, void, jint signal)
{
    const struct sigaction action = {.sa_handler = on_stop, .sa_flags = SA_RESTART | SA_ONSTACK};
    sigaction(signal, &action, NULL);
}

/* Starts a thread and stops it. Returns 0 or ETIMEDOUT. */
HOSTILE(stopTheWorld, jint, jint signal)
{
    struct timespec deadline;
    pthread_t thread;
    sem_init(&stopped, 0, 0);
    if (pthread_create(&thread, NULL, work, NULL) != 0)
        return errno;
    pthread_kill(thread, signal);
    clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_sec += 20;
    return sem_timedwait(&stopped, &deadline) == 0 ? 0 : errno;
}

/* ---- A debugger ---- */

/* Stops a thread of this process, by a child that traces it. Returns the child, or -1. */
HOSTILE(stopThread, jint, jint tid)
{
    int status, ready[2];
    char done = 0;
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
    if (pipe(ready) != 0)
        return -1;
    const pid_t child = fork();
    if (child == 0) {
        done = ptrace(PTRACE_SEIZE, tid, NULL, NULL) == 0 &&
               ptrace(PTRACE_INTERRUPT, tid, NULL, NULL) == 0 &&
               waitpid(tid, &status, __WALL) == tid;
        const bool is_told = write(ready[1], &done, 1) == 1;
        while (is_told && getppid() != 1)
            pause_briefly();
        _exit(0);
    }
    const bool is_stopped = child > 0 && read(ready[0], &done, 1) == 1 && done;
    close(ready[0]);
    close(ready[1]);
    return is_stopped ? child : -1;
}

/* Ends the child: the thread goes on. */
HOSTILE(release, void, jint child)
{
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

/* ---- A sandbox ---- */

HOSTILE(refuse, void, jstring name, jint error)
{
    static const struct {
        const char *name;
        int number;
    } calls[] = {
        {"tgkill", SYS_tgkill},
        {"kill", SYS_kill},
        {"rt_sigtimedwait", SYS_rt_sigtimedwait},
        {"rt_tgsigqueueinfo", SYS_rt_tgsigqueueinfo},
        {"readlinkat", SYS_readlinkat},
        {"pidfd_open", SYS_pidfd_open},
        {"pidfd_send_signal", SYS_pidfd_send_signal},
    };
    const char *const text = (*env)->GetStringUTFChars(env, name, NULL);
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (strcmp(text, calls[i].name) == 0)
            refuse(calls[i].number, error);
    (*env)->ReleaseStringUTFChars(env, name, text);
}

/* No room for one signal more that needs it. */
HOSTILE(fillQueue, void)
{
    fill_queue();
}

HOSTILE(emptyQueue, void)
{
    empty_queue();
}

/* ---- A parent ---- */

int main(int count, char **arguments)
{
    uint64_t mask = 0;
    if (count < 3)
        return 2;
    for (char *at = arguments[1]; *at != '\0'; at += *at == ',')
        mask |= UINT64_C(1) << (strtol(at, &at, 10) - 1);
    set_mask(SIG_BLOCK, mask);
    execvp(arguments[2], arguments + 2);
    return 127;
}
