/*
 * Many threads send, by handlers and directly, one stops and restarts a signal again and again,
 * and one receives; in every way to wake it. At the end nothing may be lost or made up. Built with
 * ASan, and with TSan, whose runtime hands signals on late but checks the order of all accesses.
 */
#define _GNU_SOURCE
#include "receiver.h"
#include "sigdisposition.h"

#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>

enum { SENDERS = 4, ROUNDS = 100000, CAPACITY = 64 };
enum { A = SIGUSR1, B = SIGUSR2, STOPPED = SIGURG, LAST = SIGWINCH };

static int wake_fd;
static _Atomic bool sending;
static _Atomic bool done;
static _Atomic pid_t tids[SENDERS];
static _Atomic uint64_t directly[SQ_SIGNALS + 1];           /* sent, and nobody merges them */
static _Atomic uint64_t through_the_kernel[SQ_SIGNALS + 1]; /* sent, and perhaps merged */
static pthread_barrier_t all_senders;

static void install(int signal_number)
{
    struct sigaction ours = {.sa_sigaction = sq_handler, .sa_flags = SA_SIGINFO | SA_RESTART};
    sigfillset(&ours.sa_mask);
    signal(signal_number, SIG_IGN);
    sq_install(signal_number); /* TSan's runtime wraps handlers, so this may see itself refused; */
    sigaction(signal_number, &ours, NULL); /* but now the previous action is remembered */
}

static void block_all_signals(void)
{
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
}

static void handle(int signal)
{
    siginfo_t info = {.si_signo = signal, .si_code = SI_USER};
    sq_handler(signal, &info, NULL);
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

static void *send_all(void *number)
{
    static const int signals[] = {A, B, STOPPED, A};
    const int self = (int)(intptr_t)number;
    uint32_t seed = (uint32_t)self + 1;
    uint64_t sent[2][SQ_SIGNALS + 1] = {{0}};
    tids[self] = (pid_t)syscall(SYS_gettid);
    pthread_barrier_wait(&all_senders); /* tids is complete */
    for (int i = 0; i < ROUNDS; i++) {
        const int signal = signals[next_random(&seed) % 4];
        const bool through_kernel = next_random(&seed) % 2 == 0;
        sent[through_kernel][signal]++;
        if (through_kernel)
            syscall(SYS_tgkill, getpid(), tids[next_random(&seed) % SENDERS], signal);
        else
            handle(signal);
    }
    for (int s = 1; s <= SQ_SIGNALS; s++) { /* at the end: atomics above would hide races */
        directly[s] += sent[false][s];
        through_the_kernel[s] += sent[true][s];
    }
    pthread_barrier_wait(&all_senders); /* the others may still be sending to this thread */
    return NULL;
}

/* Once nobody is in flight, an unwanted signal is not accepted any more. */
static void *stop_and_start(void *unused)
{
    uint64_t late = 0;
    (void)unused;
    block_all_signals();
    while (sending) {
        atomic_fetch_and(&sq_block.wanted, ~mask_of(STOPPED));
        atomic_fetch_or(&sq_block.draining, mask_of(STOPPED));
        while (atomic_load(&sq_block.signals[STOPPED].in_flight) != 0)
            sched_yield();
        const uint64_t accepted = sq_block.signals[STOPPED].accepted;
        for (int i = 0; i < 10; i++)
            sched_yield();
        late += sq_block.signals[STOPPED].accepted - accepted;
        atomic_fetch_and(&sq_block.draining, ~mask_of(STOPPED));
        atomic_fetch_or(&sq_block.wanted, mask_of(STOPPED));
        sched_yield();
    }
    return (void *)(uintptr_t)late;
}

static void wait_for_a_wakeup(void)
{
    if (sq_block.wake == SQ_WAKE_FUTEX)
        sq_futex_wait(&sq_block.note, SQ_SLEEPING, SQ_FOREVER);
    else if (sq_block.wake == SQ_WAKE_EVENTFD)
        sq_eventfd_wait(wake_fd, SQ_FOREVER);
    else
        sched_yield();
}

static void *receive_all(void *unused)
{
    (void)unused;
    block_all_signals();
    /* done is set before the last signal is sent, so a thread that has received that one has seen
       it. */
    while (!(receiver.bits & mask_of(LAST)))
        if (fall_asleep(&receiver))
            while (!wake_up(&receiver))
                wait_for_a_wakeup();
    return (void *)(uintptr_t)!done;
}

/* How many signals the kernel merges depends on the machine, so there are two bounds. */
static void check_accepted(int signal)
{
    CHECK(sq_block.signals[signal].accepted >= directly[signal]);
    CHECK(sq_block.signals[signal].accepted <= directly[signal] + through_the_kernel[signal]);
}

static void stress(enum sq_wake wake)
{
    pthread_t senders[SENDERS], stopper, consumer;
    void *late, *not_done;
    fresh(CAPACITY);
    sq_block.wake = wake;
    sq_block.wake_fd = wake_fd;
    sq_block.wanted = mask_of(A) | mask_of(B) | mask_of(STOPPED) | mask_of(LAST);
    for (int s = 1; s <= SQ_SIGNALS; s++)
        directly[s] = through_the_kernel[s] = 0;
    sending = true;
    done = false;
    pthread_create(&consumer, NULL, receive_all, NULL);
    pthread_create(&stopper, NULL, stop_and_start, NULL);
    for (intptr_t i = 0; i < SENDERS; i++)
        pthread_create(&senders[i], NULL, send_all, (void *)i);
    for (int i = 0; i < SENDERS; i++)
        pthread_join(senders[i], NULL);
    sending = false;
    pthread_join(stopper, &late);
    CHECK(late == NULL);
    done = true;
    handle(LAST);
    pthread_join(consumer, &not_done);
    CHECK(not_done == NULL);
    check_conservation(&receiver);
    check_accepted(A);
    check_accepted(B);
    CHECK(sq_block.signals[STOPPED].accepted <=
          directly[STOPPED] + through_the_kernel[STOPPED]);
    CHECK(sq_block.signals[LAST].accepted == 1);
}

static void spinning_receiver_gets_everything(void)
{
    stress(SQ_WAKE_WORD);
}

static void receiver_on_a_futex_gets_everything(void)
{
    stress(SQ_WAKE_FUTEX);
}

static void receiver_on_an_eventfd_gets_everything(void)
{
    stress(SQ_WAKE_EVENTFD);
}

int main(int argc, char **argv)
{
    start(argc, argv);
    pthread_barrier_init(&all_senders, NULL, SENDERS);
    wake_fd = sq_eventfd_open();
    install(A);
    install(B);
    install(STOPPED);
    install(LAST);
    RUN(spinning_receiver_gets_everything);
    RUN(receiver_on_a_futex_gets_everything);
    RUN(receiver_on_an_eventfd_gets_everything);
    return report();
}
