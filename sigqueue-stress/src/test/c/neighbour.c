/*
 * Other native code in a JVM under test, which has signals of its own: it waits for a child by
 * SIGCHLD, stops a thread of its own as a collector does, and has threads that block all signals.
 */
#define _GNU_SOURCE
#include <jni.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NATIVE(type, name) JNIEXPORT type JNICALL Java_org_sigqueue_conformance_neighbours_Neighbour_##name

/* ---- A child that is reaped by SIGCHLD ---- */

static _Atomic pid_t child;
static atomic_int reaped;

static void on_child(int signal)
{
    const pid_t pid = atomic_load(&child);
    (void)signal;
    if (pid > 0 && waitpid(pid, NULL, WNOHANG) == pid) {
        atomic_store(&child, 0);
        atomic_fetch_add(&reaped, 1);
    }
}

NATIVE(void, watchChildren)(JNIEnv *env, jclass type)
{
    struct sigaction action = {.sa_handler = on_child, .sa_flags = SA_RESTART | SA_ONSTACK};
    (void)env, (void)type;
    sigaction(SIGCHLD, &action, NULL);
}

/* Starts a child that ends when its standard input, a pipe, is closed; so not before it is known. */
NATIVE(jint, startChild)(JNIEnv *env, jclass type)
{
    int gate[2];
    char byte;
    (void)env, (void)type;
    if (pipe(gate) != 0)
        return -1;
    const pid_t pid = fork();
    if (pid == 0) {
        close(gate[1]);
        if (read(gate[0], &byte, 1) < 0)
            _exit(1);
        _exit(0);
    }
    atomic_store(&child, pid);
    close(gate[0]);
    close(gate[1]);
    return pid;
}

NATIVE(jint, reaped)(JNIEnv *env, jclass type)
{
    (void)env, (void)type;
    return atomic_load(&reaped);
}

/* Waits for the child as a program without SIGCHLD does. */
NATIVE(void, reap)(JNIEnv *env, jclass type)
{
    const pid_t pid = atomic_exchange(&child, 0);
    (void)env, (void)type;
    waitpid(pid, NULL, 0);
}

/* ---- A collector that stops a thread ---- */

static int stop_signal;
static sem_t stopped, resumed;
static pthread_t mutator;

static void on_stop(int signal)
{
    (void)signal;
    sem_post(&stopped);
    while (sem_wait(&resumed) != 0) {
    }
}

static void *mutate(void *unused)
{
    (void)unused;
    for (;;)
        pause();
}

/* Takes a signal to stop threads by, and starts a thread. */
NATIVE(void, startCollector)(JNIEnv *env, jclass type, jint signal)
{
    struct sigaction action = {.sa_handler = on_stop, .sa_flags = SA_RESTART};
    (void)env, (void)type;
    stop_signal = signal;
    sem_init(&stopped, 0, 0);
    sem_init(&resumed, 0, 0);
    sigfillset(&action.sa_mask);
    sigaction(signal, &action, NULL);
    pthread_create(&mutator, NULL, mutate, NULL);
}

/* Stops the thread and has it go on; false if it has not stopped in time. */
NATIVE(jboolean, stopTheWorld)(JNIEnv *env, jclass type, jlong timeout_seconds)
{
    struct timespec deadline;
    (void)env, (void)type;
    clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_sec += timeout_seconds;
    pthread_kill(mutator, stop_signal);
    if (sem_timedwait(&stopped, &deadline) != 0)
        return JNI_FALSE;
    sem_post(&resumed);
    return JNI_TRUE;
}

/* ---- Threads that block all signals ---- */

static void *sleep_deaf(void *started)
{
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
    sem_post(started);
    for (;;)
        pause();
}

/* Starts threads that block all signals and never end. */
NATIVE(void, startDeafThreads)(JNIEnv *env, jclass type, jint count)
{
    pthread_t thread;
    sem_t started;
    (void)env, (void)type;
    sem_init(&started, 0, 0);
    for (int i = 0; i < count; i++) {
        pthread_create(&thread, NULL, sleep_deaf, &started);
        while (sem_wait(&started) != 0) {
        }
    }
}
