/*
 * Measures one program, the peer, which it starts as a child.
 *
 *   driver latency SIGNAL WARMUP SAMPLES PACE_NANOS CPUS -- PEER ...
 *   driver storm   SIGNAL WARMUP COUNT            CPUS -- PEER ...
 *   driver values  SIGNAL WARMUP COUNT            CPUS -- PEER ...
 *   driver life    -- PEER ...
 *
 * Prints lines of a key and a number on stdout. CPUS is the number of CPUs that the peer may use;
 * 0 means all. Except for life, the driver shares a page with the peer and sends it signals; it
 * appends two arguments to the peer's command: the file to map, and SIGNAL.
 *
 * latency: one signal at a time. The driver sends the next signal when the peer's user code has
 * counted the previous one, but not earlier than PACE_NANOS after it. It polls the page without
 * giving up its CPU, so on two CPUs the peer has one while a signal is on its way. If the pace
 * leaves time, the driver sleeps between signals, and the peer then starts from idle CPUs. A signal
 * that is not counted within a second is lost; after LOST_IN_A_ROW of these the driver sends no
 * more. The WARMUP signals have no pause between them, and end early after WARMUP_DEADLINE.
 *
 * storm: kill(2) in a loop. values: sigqueue(3) with the values 1, 2, ... in a loop; when the
 * peer's queue of pending signals is full (EAGAIN), the driver yields, tries again and counts the
 * refusal.
 *
 * life: runs the command to its end, and prints when it started and ended on CLOCK_MONOTONIC, which
 * is also the clock of System.nanoTime(). The command's own output comes first.
 */
#include "page.h"
#include "switches.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SECOND INT64_C(1000000000)
#define START_DEADLINE (60 * SECOND)
#define ANSWER_DEADLINE SECOND
#define WARMUP_DEADLINE (5 * SECOND)
#define LOST_IN_A_ROW 5
#define QUIET_DEADLINE (30 * SECOND)
#define SPIN_BEFORE_SEND (150 * 1000) /* nanoseconds; a sleep can be this late */

static struct page *page;
static pid_t peer;
static int signal_number;

static void fail(const char *what)
{
    fprintf(stderr, "driver: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int64_t nanos(clockid_t clock)
{
    struct timespec now;
    if (clock_gettime(clock, &now) != 0)
        fail("clock_gettime");
    return now.tv_sec * SECOND + now.tv_nsec;
}

static int64_t now(void)
{
    return nanos(CLOCK_MONOTONIC);
}

static void pause_cpu(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb");
#endif
}

static void sleep_until(int64_t time)
{
    struct timespec at = {time / SECOND, time % SECOND};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR)
        ;
}

/* The CPU time of all threads of the peer. */
static int64_t peer_cpu(void)
{
    clockid_t clock;
    if (clock_getcpuclockid(peer, &clock) != 0)
        return 0;
    return nanos(clock);
}

/* Fails if this is the status of a peer that did not end well. */
static void check_end(int status, bool expected)
{
    if (WIFSIGNALED(status))
        fprintf(stderr, "driver: the peer died by signal %d\n", WTERMSIG(status));
    else if (!expected || WEXITSTATUS(status) != 0)
        fprintf(stderr, "driver: the peer ended with status %d\n", WEXITSTATUS(status));
    else
        return;
    exit(1);
}

static void check_alive(void)
{
    int status;
    if (waitpid(peer, &status, WNOHANG) == peer)
        check_end(status, false);
}

static void limit_cpus(int cpus)
{
    cpu_set_t all, some;
    if (cpus <= 0)
        return;
    if (sched_getaffinity(0, sizeof all, &all) != 0)
        fail("sched_getaffinity");
    CPU_ZERO(&some);
    for (int cpu = 0; cpu < CPU_SETSIZE && cpus > 0; cpu++) {
        if (CPU_ISSET(cpu, &all)) {
            CPU_SET(cpu, &some);
            cpus--;
        }
    }
    if (sched_setaffinity(0, sizeof some, &some) != 0)
        fail("sched_setaffinity");
}

static void start_command(char **command, int cpus)
{
    const pid_t driver = getpid();
    peer = fork();
    if (peer < 0)
        fail("fork");
    if (peer == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != driver)
            _exit(1);
        limit_cpus(cpus);
        execvp(command[0], command);
        fail(command[0]);
    }
}

static void start_peer(char **argv, int argc, char *signal_text, int cpus)
{
    char path[64];
    char **command = calloc(argc + 3, sizeof *command);
    int fd = memfd_create("sigqueue-bench", 0); /* inherited, on purpose */
    if (command == NULL || fd < 0 || ftruncate(fd, PAGE_BYTES) != 0)
        fail("memfd_create");
    page = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (page == MAP_FAILED)
        fail("mmap");
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    memcpy(command, argv, argc * sizeof *command);
    command[argc] = path;
    command[argc + 1] = signal_text;

    start_command(command, cpus);
    free(command);
    for (const int64_t start = now(); !atomic_load(&page->ready);) {
        check_alive();
        if (now() - start > START_DEADLINE) {
            fprintf(stderr, "driver: the peer was not ready within a minute\n");
            exit(1);
        }
        sleep_until(now() + SECOND / 1000);
    }
    sleep_until(now() + SECOND / 20); /* the peer says so just before it waits */
}

/* Returns the nanoseconds until the peer has counted one more; -1 if not within a second. */
static int64_t exchange(void)
{
    const uint64_t before = atomic_load(&page->count);
    const int64_t start = now();
    if (kill(peer, signal_number) != 0)
        fail("kill");
    for (;;) {
        for (int i = 0; i < 20; i++) {
            if (atomic_load_explicit(&page->count, memory_order_acquire) != before)
                return now() - start;
            pause_cpu();
        }
        if (now() - start > ANSWER_DEADLINE) {
            check_alive();
            return -1;
        }
    }
}

static void wait_until(int64_t time)
{
    if (time - now() > 2 * SPIN_BEFORE_SEND)
        sleep_until(time - SPIN_BEFORE_SEND);
    while (now() < time)
        pause_cpu();
}

/* Returns how many were lost; stores the times of the others in samples. */
static int exchange_many(int64_t *samples, int count, int64_t pace, int64_t duration, int *answered)
{
    int lost = 0, in_a_row = 0;
    const int64_t start = now();
    int64_t next = start;
    *answered = 0;
    for (int i = 0; i < count && in_a_row < LOST_IN_A_ROW && next - start < duration; i++) {
        wait_until(next);
        next = now() + pace;
        const int64_t sample = exchange();
        in_a_row = sample < 0 ? in_a_row + 1 : 0;
        if (sample < 0)
            lost++;
        else
            samples[(*answered)++] = sample;
    }
    return lost;
}

/* Ends the peer; returns the voluntary context switches of all threads that it ever had. */
static int64_t end_peer(void)
{
    struct rusage usage = {0};
    kill(peer, SIGKILL);
    wait4(peer, NULL, 0, &usage);
    return usage.ru_nvcsw;
}

static const struct switches *peer_switches(void)
{
    const struct switches *all = process_switches(peer);
    if (all == NULL)
        fail("/proc");
    return all;
}

/*
 * /proc knows the threads that are alive. What the kernel has added up for the ended ones it tells
 * when the peer is gone, for the whole life of the peer; the samples get their share of it by the
 * number of signals, because a peer that starts a thread for each signal does so in the warm-up
 * too.
 */
static void latency(int warmup, int count, int64_t pace)
{
    int64_t *samples = calloc((warmup > count ? warmup : count) + 1, sizeof *samples);
    int warmed, answered = 0;
    if (samples == NULL)
        fail("calloc");
    int lost = exchange_many(samples, warmup, 0, WARMUP_DEADLINE, &warmed);
    warmed += lost;
    const struct switches *before = peer_switches();
    const int64_t cpu = peer_cpu(), start = now();
    if (lost < LOST_IN_A_ROW) /* else it never answers; a slow start does not count */
        lost = exchange_many(samples, count, pace, INT64_MAX, &answered);
    const int64_t wall = now() - start, used = peer_cpu() - cpu;
    const struct switches *after = peer_switches();
    const int64_t ended = end_peer() - switches_between(NULL, after);
    const double share = (answered + lost) / (double)(warmed + answered + lost);
    printf("wall_ns %lld\ncpu_ns %lld\nlost %d\nwakeups %.1f\n", (long long)wall,
           (long long)used, lost,
           switches_between(before, after) + (ended > 0 ? ended * share : 0));
    for (int i = 0; i < answered; i++)
        printf("sample %lld\n", (long long)samples[i]);
}

/*
 * Waits until the peer has counted all signals or counts no more, and returns the time of the last
 * count. The kernel merges an unknown number of standard signals, so for these a quiet while is
 * the end.
 */
static int64_t settle(uint64_t expected)
{
    const int64_t quiet = expected == UINT64_MAX ? SECOND / 4 : 2 * SECOND;
    const int64_t start = now();
    int64_t news = start;
    for (uint64_t count = atomic_load(&page->count);
         count < expected && now() - news < quiet && now() - start < QUIET_DEADLINE;) {
        sleep_until(now() + SECOND / 2000);
        const uint64_t later = atomic_load(&page->count);
        if (later != count)
            news = now();
        count = later;
    }
    return news;
}

struct sent {
    uint64_t signals, refused;
};

static struct sent send_many(int count, bool values, int64_t first)
{
    struct sent sent = {0, 0};
    for (int i = 0; i < count; i++) {
        const union sigval value = {.sival_ptr = (void *)(intptr_t)(first + i)};
        while ((values ? sigqueue(peer, signal_number, value) : kill(peer, signal_number)) != 0) {
            if (errno != EAGAIN)
                fail(values ? "sigqueue" : "kill");
            sent.refused++;
            sched_yield();
        }
        sent.signals++;
    }
    return sent;
}

static void flood(int warmup, int count, bool values)
{
    send_many(warmup, values, 1);
    settle(values ? (uint64_t)warmup : UINT64_MAX);
    const struct page before = *page;
    const int64_t cpu = peer_cpu(), start = now();
    const struct sent sent = send_many(count, values, warmup + 1);
    const int64_t end = now();
    const int64_t settled = settle(values ? (uint64_t)warmup + count : UINT64_MAX);
    check_alive();
    printf("send_ns %lld\nwall_ns %lld\ncpu_ns %lld\nsent %llu\nrefused %llu\n",
           (long long)(end - start), (long long)(settled - start), (long long)(peer_cpu() - cpu),
           (unsigned long long)sent.signals, (unsigned long long)sent.refused);
    printf("count %llu\nevents %llu\ndisorder %llu\nbare %llu\n",
           (unsigned long long)(page->count - before.count),
           (unsigned long long)(page->events - before.events),
           (unsigned long long)(page->disorder - before.disorder),
           (unsigned long long)(page->bare - before.bare));
}

static void life(char **command)
{
    int status;
    const int64_t start = now();
    start_command(command, 0);
    while (waitpid(peer, &status, 0) != peer)
        if (errno != EINTR)
            fail("waitpid");
    const int64_t end = now();
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 128 + SIGTERM) /* of one that ends so */
        check_end(status, true);
    printf("start_ns %lld\nend_ns %lld\n", (long long)start, (long long)end);
}

static int usage(void)
{
    fprintf(stderr, "usage: driver latency SIGNAL WARMUP SAMPLES PACE_NANOS CPUS -- PEER ...\n"
                    "       driver storm|values SIGNAL WARMUP COUNT CPUS -- PEER ...\n"
                    "       driver life -- PEER ...\n");
    return 2;
}

int main(int argc, char **argv)
{
    const bool paced = argc > 1 && strcmp(argv[1], "latency") == 0;
    const bool values = argc > 1 && strcmp(argv[1], "values") == 0;
    const int peer_at = paced ? 8 : 7;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_TIMERSLACK, 1000);
    if (argc > 3 && strcmp(argv[1], "life") == 0 && strcmp(argv[2], "--") == 0)
        return life(argv + 3), 0;
    if (argc <= peer_at || strcmp(argv[peer_at - 1], "--") != 0 ||
        (!paced && !values && strcmp(argv[1], "storm") != 0))
        return usage();
    signal_number = atoi(argv[2]);
    const int warmup = atoi(argv[3]), count = atoi(argv[4]);
    if (signal_number < 1 || signal_number > 64 || warmup < 0 || count < 1)
        return usage();
    start_peer(argv + peer_at, argc - peer_at, argv[2], atoi(argv[peer_at - 2]));
    if (paced) {
        latency(warmup, count, atoll(argv[5]));
    } else {
        flood(warmup, count, values);
        end_peer();
    }
    return 0;
}
