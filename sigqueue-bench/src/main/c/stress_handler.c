/*
 * stress_handler WORKERS MILLIS: the limit for the workload of TestStress. Threads that do nothing
 * but kill(getpid()) and yield, and a handler that counts: no program can deliver more.
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static _Atomic uint64_t delivered;
static _Atomic uint64_t sent;
static atomic_bool over;

static void handler(int signal)
{
    (void)signal;
    atomic_fetch_add_explicit(&delivered, 1, memory_order_relaxed);
}

static void *worker(void *unused)
{
    (void)unused;
    uint64_t count = 0;
    for (; !atomic_load_explicit(&over, memory_order_relaxed); count++) {
        kill(getpid(), SIGUSR1);
        sched_yield();
    }
    atomic_fetch_add(&sent, count);
    return NULL;
}

static double seconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec + now.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: %s WORKERS MILLIS\n", argv[0]);
        return 2;
    }
    const int workers = atoi(argv[1]);
    const double duration = atoi(argv[2]) / 1e3;
    pthread_t threads[workers];
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    sigaction(SIGUSR1, &action, NULL);

    const double start = seconds(CLOCK_MONOTONIC);
    for (int i = 0; i < workers; i++)
        pthread_create(&threads[i], NULL, worker, NULL);
    /* The main thread sleeps, as in a JVM; the kernel runs handlers there if it can. */
    for (double left; (left = start + duration - seconds(CLOCK_MONOTONIC)) > 0;)
        nanosleep(&(struct timespec){(time_t)left, (long)((left - (time_t)left) * 1e9)}, NULL);
    const uint64_t counted = atomic_load(&delivered);
    const double elapsed = seconds(CLOCK_MONOTONIC) - start;
    atomic_store(&over, 1);
    for (int i = 0; i < workers; i++)
        pthread_join(threads[i], NULL);
    printf("seconds %.6f\nsent %llu\ndelivered %llu\nevents %llu\ncpu_s %.6f\n", elapsed,
           (unsigned long long)sent, (unsigned long long)counted, (unsigned long long)counted,
           seconds(CLOCK_PROCESS_CPUTIME_ID));
    return 0;
}
