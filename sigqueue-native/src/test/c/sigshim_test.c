/* What the handler and the calls around it promise, one test for each promise. */
#define _GNU_SOURCE
#include "receiver.h"
#include "sigdisposition.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

enum { A = SIGUSR1, B = SIGUSR2, CAPACITY = 16 };

/* ---- Tools ---- */

static struct sq_action action_of(int signal)
{
    struct sq_action now, saved;
    CHECK(sq_disposition(signal, &now, &saved) >= 0);
    return now;
}

static bool is_installed(int signal)
{
    struct sq_action now, saved;
    return sq_disposition(signal, &now, &saved) == 1;
}

/*
 * Handlers run on the ordinary stack here. AddressSanitizer's own alternate stack keeps the red
 * zones of frames that siglongjmp leaves, and reports them to whoever comes there next.
 */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "use_sigaltstack=0";
}

static bool same(struct sq_action a, struct sq_action b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

static void set_action(int signal, struct sq_action action)
{
    CHECK(syscall(SYS_rt_sigaction, signal, &action, NULL, 8) == 0);
}

/* Directed at this thread: handled before it returns, if not blocked. */
static void raise_here(int signal)
{
    syscall(SYS_tgkill, syscall(SYS_getpid), syscall(SYS_gettid), signal);
}

static void raise_with_value(int signal, void *value)
{
    sigqueue(getpid(), signal, (union sigval){.sival_ptr = value});
}

static void want(int signal)
{
    atomic_fetch_or(&sq_block.wanted, mask_of(signal));
}

static void unwant(int signal)
{
    atomic_fetch_and(&sq_block.wanted, ~mask_of(signal));
}

static uint64_t accepted(int signal)
{
    return sq_block.signals[signal].accepted;
}

/* Runs in a child process and returns the wait status. The child is led by itself, so that a stop
   signal is not ignored for want of a shell. */
static int status_of(void (*body)(void))
{
    int status;
    const pid_t child = fork();
    if (child == 0) {
        const struct rlimit no_core = {0, 0};
        setrlimit(RLIMIT_CORE, &no_core);
        setpgid(0, 0);
        alarm(30);
        body();
        _exit(checks_failed != 0);
    }
    CHECK(waitpid(child, &status, WUNTRACED) == child);
    return status;
}

static bool exited_well(int status)
{
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* ---- The block ---- */

static void block_describes_itself(void)
{
    CHECK(sq_block.magic == SQ_MAGIC);
    CHECK(sq_block.version == SQ_VERSION);
    CHECK(sq_block.block_bytes == sizeof sq_block);
    CHECK(sq_block.ring_capacity == SQ_RING_MAX);
    CHECK(sq_block.cell_bytes == sizeof(struct sq_cell));
    CHECK((uintptr_t)&sq_block % 128 == 0);
}

/* ---- Accepting ---- */

static void accepted_signal_is_recorded_and_announced(void)
{
    const pid_t tid = syscall(SYS_gettid);
    fresh(CAPACITY);
    want(A);
    CHECK(sq_install(A) == 0);
    raise_here(A);
    CHECK(sq_block.state == SQ_PENDING);
    CHECK(sq_block.mask == mask_of(A));
    run_until_asleep(&receiver);
    check_conservation(&receiver);
    CHECK(receiver.records[A] == 1);
    CHECK(receiver.last[A].code == SI_TKILL);
    CHECK(receiver.last[A].pid == getpid());
    CHECK(receiver.last[A].uid == getuid());
    CHECK(receiver.last[A].tid == tid);
    CHECK(receiver.last[A].value == 0);
    CHECK(sq_restore(A) == 0);
}

static void record_has_a_monotonic_time(void)
{
    struct timespec before, after;
    fresh(CAPACITY);
    want(A);
    CHECK(sq_install(A) == 0);
    clock_gettime(CLOCK_MONOTONIC, &before);
    raise_here(A);
    clock_gettime(CLOCK_MONOTONIC, &after);
    run_until_asleep(&receiver);
    const int64_t time = receiver.last[A].time_nanos;
    CHECK(time >= before.tv_sec * INT64_C(1000000000) + before.tv_nsec);
    CHECK(time <= after.tv_sec * INT64_C(1000000000) + after.tv_nsec);
    CHECK(sq_restore(A) == 0);
}

static void every_value_of_a_real_time_signal_arrives_in_order(void)
{
    const int rt = SIGRTMIN + 5;
    sigset_t only_rt;
    fresh(CAPACITY);
    want(rt);
    CHECK(sq_install(rt) == 0);
    sigemptyset(&only_rt);
    sigaddset(&only_rt, rt);
    sigprocmask(SIG_BLOCK, &only_rt, NULL);
    for (intptr_t i = 1; i <= 10; i++)
        raise_with_value(rt, (void *)(i << 40));
    sigprocmask(SIG_UNBLOCK, &only_rt, NULL);
    for (intptr_t i = 1; i <= 10; i++) {
        CHECK(take_record(&receiver));
        CHECK(receiver.last[rt].value == i << 40);
        CHECK(receiver.last[rt].code == SI_QUEUE);
        CHECK(receiver.last[rt].pid == getpid());
    }
    CHECK(!take_record(&receiver));
    CHECK(sq_restore(rt) == 0);
}

static void fields_without_a_meaning_are_zero(void)
{
    siginfo_t timer = {.si_code = SI_TIMER}, child = {.si_code = CLD_EXITED}, kernel = {0};
    fresh(CAPACITY);
    timer.si_pid = 7; /* where a timer has its identity */
    timer.si_value.sival_ptr = (void *)77;
    child.si_pid = 8;
    child.si_status = 88;
    kernel.si_code = SI_KERNEL;
    kernel.si_pid = 9;
    sq_send(A, &timer, 0);
    sq_send(SIGCHLD, &child, 0);
    sq_send(B, &kernel, 0);
    while (take_record(&receiver))
        continue;
    CHECK(receiver.last[A].pid == 0 && receiver.last[A].value == 77);
    CHECK(receiver.last[SIGCHLD].pid == 8 && receiver.last[SIGCHLD].status == 88);
    CHECK(receiver.last[SIGCHLD].value == 0);
    CHECK(receiver.last[B].pid == 0);
}

static void full_ring_loses_details_and_counts_them(void)
{
    enum { SENT = 3 * CAPACITY + 1 };
    fresh(CAPACITY);
    want(A);
    CHECK(sq_install(A) == 0);
    for (int lap = 1; lap <= 3; lap++) {
        for (int i = 0; i < SENT; i++)
            raise_here(A);
        run_until_asleep(&receiver);
        check_conservation(&receiver);
        CHECK(accepted(A) == (uint64_t)lap * SENT);
        CHECK(receiver.records[A] == (uint64_t)lap * CAPACITY);
        CHECK(sq_block.signals[A].lost == (uint64_t)lap * (SENT - CAPACITY));
    }
    CHECK(sq_restore(A) == 0);
}

static void ring_of_one_cell_works(void)
{
    siginfo_t info = {.si_code = SI_USER};
    fresh(1);
    for (int lap = 1; lap <= 3; lap++) {
        sq_send(A, &info, 0);
        sq_send(B, &info, 0);
        run_until_asleep(&receiver);
        CHECK(receiver.records[A] == (uint64_t)lap && receiver.records[B] == 0);
    }
    check_conservation(&(struct receiver){.bits = mask_of(A) | mask_of(B), .records[A] = 3});
}

static void highest_signal_has_a_bit_and_a_counter(void)
{
    fresh(CAPACITY);
    want(64);
    CHECK(sq_install(64) == 0);
    raise_here(64);
    CHECK(sq_block.mask == UINT64_C(1) << 63);
    CHECK(accepted(64) == 1);
    CHECK(sq_restore(64) == 0);
}

/* ---- Waking ---- */

static void put_to_sleep(uint32_t note, uint32_t wake)
{
    fresh(CAPACITY);
    sq_block.state = SQ_WAITING;
    sq_block.note = note;
    sq_block.wake = wake;
}

static void send_twice(void)
{
    siginfo_t info = {.si_code = SI_USER};
    sq_send(A, &info, 0);
    sq_send(A, &info, 0);
    sq_send(B, &info, 0);
}

static void waiting_receiver_is_woken_once(void)
{
    siginfo_t info = {.si_code = SI_USER};
    put_to_sleep(SQ_SLEEPING, SQ_WAKE_WORD);
    sq_send(A, &info, 0);
    CHECK(sq_block.state == SQ_ACTIVE);
    send_twice();
    CHECK(sq_block.note == (SQ_WOKEN | SQ_SLEEPING));
    CHECK(sq_block.state == SQ_PENDING);
    CHECK(sq_block.inconsistent == 0);
}

static void eventfd_becomes_readable_once(void)
{
    const int fd = sq_eventfd_open();
    uint64_t count = 0;
    put_to_sleep(SQ_SLEEPING, SQ_WAKE_EVENTFD);
    sq_block.wake_fd = fd;
    send_twice();
    CHECK(read(fd, &count, sizeof count) == sizeof count && count == 1);
    CHECK(sq_block.inconsistent == 0);
    close(fd);
}

static void receiver_that_does_not_sleep_costs_no_system_call(void)
{
    const int fd = sq_eventfd_open();
    put_to_sleep(0, SQ_WAKE_EVENTFD);
    sq_block.wake_fd = fd;
    send_twice();
    CHECK(sq_block.note == SQ_WOKEN);
    CHECK(sq_eventfd_wait(fd, 0) == ETIMEDOUT);
    close(fd);
}

static void full_eventfd_is_awake_already(void)
{
    const int fd = sq_eventfd_open();
    const uint64_t almost = UINT64_MAX - 1;
    CHECK(write(fd, &almost, sizeof almost) == sizeof almost);
    put_to_sleep(SQ_SLEEPING, SQ_WAKE_EVENTFD);
    sq_block.wake_fd = fd;
    send_twice();
    CHECK(sq_block.inconsistent == 0);
    CHECK(sq_eventfd_wait(fd, SQ_FOREVER) == 0);
    CHECK(sq_eventfd_wait(fd, 0) == ETIMEDOUT);
    close(fd);
}

static void closed_eventfd_is_counted_and_harmless(void)
{
    put_to_sleep(SQ_SLEEPING, SQ_WAKE_EVENTFD);
    sq_block.wake_fd = -1;
    send_twice();
    CHECK(sq_block.inconsistent == 1);
    CHECK(sq_block.mask == (mask_of(A) | mask_of(B)));
}

static void impossible_states_are_counted(void)
{
    put_to_sleep(SQ_SLEEPING | SQ_WOKEN, SQ_WAKE_WORD); /* a double wakeup */
    send_twice();
    CHECK(sq_block.inconsistent == 1);
    put_to_sleep(SQ_SLEEPING, SQ_WAKE_NONE); /* nobody could wake this sleeper */
    send_twice();
    CHECK(sq_block.inconsistent == 1);
    fresh(CAPACITY);
    sq_block.state = 17;
    send_twice();
    CHECK(sq_block.inconsistent == 2); /* A and B; the second A is covered by the first */
    CHECK(sq_block.state == 17);
}

static void closed_queue_keeps_what_is_sent(void)
{
    fresh(CAPACITY);
    sq_block.state = SQ_CLOSED;
    send_twice();
    CHECK(sq_block.state == SQ_CLOSED);
    CHECK(sq_block.mask == (mask_of(A) | mask_of(B)));
}

static void *sleep_on_the_note(void *result)
{
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    while (!(atomic_load(&sq_block.note) & SQ_WOKEN))
        *(int *)result = sq_futex_wait(&sq_block.note, SQ_SLEEPING, SQ_FOREVER);
    return NULL;
}

static void futex_sleeper_is_woken(void)
{
    pthread_t sleeper;
    int result = -1;
    put_to_sleep(SQ_SLEEPING, SQ_WAKE_FUTEX);
    pthread_create(&sleeper, NULL, sleep_on_the_note, &result);
    /* Moving sleepers to another futex tells how many there are. */
    uint32_t elsewhere = 0;
    while (syscall(SYS_futex, &sq_block.note, FUTEX_REQUEUE_PRIVATE, 0, 1, &elsewhere) == 0)
        sched_yield();
    syscall(SYS_futex, &elsewhere, FUTEX_REQUEUE_PRIVATE, 0, 1, &sq_block.note);
    send_twice();
    pthread_join(sleeper, NULL);
    CHECK(result == 0);
}

static void futex_wait_tells_why_it_returns(void)
{
    _Atomic uint32_t word = 5;
    CHECK(sq_futex_wait(&word, 4, SQ_FOREVER) == EAGAIN);
    CHECK(sq_futex_wait(&word, 5, 0) == ETIMEDOUT);
    CHECK(sq_futex_wait(&word, 5, 1000001) == ETIMEDOUT);
}

/* ---- Draining ---- */

static void drain_handle(uint64_t draining, uint32_t others_in_flight)
{
    siginfo_t info = {.si_code = SI_USER};
    fresh(CAPACITY);
    sq_block.draining = draining;
    sq_block.signals[SIGURG].in_flight = others_in_flight;
    sq_handler(SIGURG, &info, NULL); /* not wanted, ignored by default */
    CHECK(sq_block.signals[SIGURG].in_flight == others_in_flight);
}

static void last_handler_of_a_draining_signal_announces(void)
{
    drain_handle(mask_of(SIGURG), 0);
    CHECK(sq_block.state == SQ_PENDING);
    CHECK(sq_block.mask == 0);
}

static void handler_announces_nothing_without_a_drain(void)
{
    drain_handle(~mask_of(SIGURG), 0);
    CHECK(sq_block.state == SQ_ACTIVE);
}

static void handler_that_is_not_the_last_announces_nothing(void)
{
    drain_handle(mask_of(SIGURG), 1);
    CHECK(sq_block.state == SQ_ACTIVE);
}

/* ---- What the interrupted code must not notice ---- */

static void errno_of(int expected, int signal)
{
    errno = expected;
    raise_here(signal);
    CHECK(errno == expected);
}

static void errno_is_untouched(void)
{
    put_to_sleep(SQ_SLEEPING, SQ_WAKE_EVENTFD);
    sq_block.wake_fd = -1; /* write fails with EBADF */
    CHECK(sq_install(A) == 0 && sq_install(SIGURG) == 0);
    want(A);
    errno_of(4242, A);
    CHECK(sq_block.inconsistent == 1);
    errno_of(4243, A);      /* pending already */
    errno_of(4244, SIGURG); /* not wanted */
    CHECK(sq_restore(A) == 0 && sq_restore(SIGURG) == 0);
}

static void mask_and_stack_are_untouched(void)
{
    sigset_t before, after, some;
    stack_t stack_before, stack_after;
    sigemptyset(&some);
    sigaddset(&some, SIGHUP);
    sigprocmask(SIG_BLOCK, &some, &before);
    fresh(CAPACITY);
    CHECK(sq_install(A) == 0 && sq_install(SIGURG) == 0);
    want(A);
    sigprocmask(SIG_SETMASK, NULL, &before);
    sigaltstack(NULL, &stack_before);
    raise_here(A);
    raise_here(SIGURG);
    sigprocmask(SIG_SETMASK, NULL, &after);
    sigaltstack(NULL, &stack_after);
    CHECK(memcmp(&before, &after, 8) == 0);
    CHECK(stack_before.ss_sp == stack_after.ss_sp && stack_before.ss_flags == stack_after.ss_flags);
    CHECK(sq_restore(A) == 0 && sq_restore(SIGURG) == 0);
    sigprocmask(SIG_UNBLOCK, &some, NULL);
}

static volatile uintptr_t seen_stack;

static void look_at_the_stack(int signal)
{
    (void)signal;
    seen_stack = (uintptr_t)__builtin_frame_address(0);
}

static void alternate_stack_is_used(void)
{
    const size_t size = 256 * 1024;
    stack_t old, alternate = {.ss_size = size};
    alternate.ss_sp = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    fresh(CAPACITY);
    signal(A, look_at_the_stack);
    CHECK(sq_install(A) == 0);
    sigaltstack(&alternate, &old);
    raise_here(A);
    sigaltstack(&old, NULL);
    CHECK(seen_stack - (uintptr_t)alternate.ss_sp < size);
    CHECK(sq_restore(A) == 0);
    signal(A, SIG_DFL);
    munmap(alternate.ss_sp, size);
}

static void handler_blocks_all_but_faults(void)
{
    CHECK(sq_install(A) == 0);
    const struct sq_action ours = action_of(A);
    const uint64_t faults = mask_of(SIGILL) | mask_of(SIGBUS) | mask_of(SIGFPE) | mask_of(SIGSEGV) |
                            mask_of(SIGTRAP);
    const uint64_t of_libc = mask_of(32) | mask_of(33);
    CHECK((ours.mask | mask_of(SIGKILL) | mask_of(SIGSTOP) | of_libc) == ~faults);
    CHECK((ours.flags & (SA_SIGINFO | SA_RESTART | SA_ONSTACK)) ==
          (SA_SIGINFO | SA_RESTART | SA_ONSTACK));
    CHECK(!(ours.flags & (SA_RESETHAND | SA_NODEFER | SA_NOCLDSTOP | SA_NOCLDWAIT)));
    CHECK(sq_restore(A) == 0);
}

static int pipe_to_reader[2];
static _Atomic pid_t reader_tid;

static void *read_a_byte(void *unused)
{
    char byte;
    (void)unused;
    reader_tid = syscall(SYS_gettid);
    return read(pipe_to_reader[0], &byte, 1) == 1 ? NULL : (void *)1;
}

static bool is_reading(pid_t tid)
{
    char path[64];
    int call = -1;
    snprintf(path, sizeof path, "/proc/self/task/%d/syscall", tid);
    FILE *file = fopen(path, "r");
    if (file == NULL || fscanf(file, "%d", &call) != 1)
        call = -1;
    if (file != NULL)
        fclose(file);
    return call == SYS_read;
}

static void interrupted_system_call_is_restarted(void)
{
    pthread_t reader;
    void *result;
    fresh(CAPACITY);
    want(A);
    CHECK(sq_install(A) == 0);
    CHECK(pipe(pipe_to_reader) == 0);
    reader_tid = 0;
    pthread_create(&reader, NULL, read_a_byte, NULL);
    while (reader_tid == 0 || !is_reading(reader_tid))
        sched_yield();
    pthread_kill(reader, A);
    while (accepted(A) == 0)
        sched_yield();
    CHECK(write(pipe_to_reader[1], "x", 1) == 1);
    pthread_join(reader, &result);
    CHECK(result == NULL);
    close(pipe_to_reader[0]);
    close(pipe_to_reader[1]);
    CHECK(sq_restore(A) == 0);
}

/* Between two instructions of one handler another one may run to its end. interleave_test.c tries
   all of them; here the kernel does it. */
static void handler_interrupts_handler(void)
{
    const int tick = SIGRTMIN + 1;
    struct sigaction nestable = {.sa_sigaction = sq_handler, .sa_flags = SA_SIGINFO};
    const struct itimerspec often = {{0, 200000}, {0, 200000}};
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = tick};
    uint64_t raised = 0;
    timer_t timer;
    fresh(CAPACITY);
    want(A);
    want(tick);
    sigaction(A, &nestable, NULL);
    sigaction(tick, &nestable, NULL);
    CHECK(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
    CHECK(timer_settime(timer, 0, &often, NULL) == 0);
    while (accepted(tick) < 300) {
        raise_here(A);
        raised++;
        run_until_asleep(&receiver);
    }
    timer_delete(timer);
    signal(tick, SIG_IGN);
    signal(tick, SIG_DFL);
    signal(A, SIG_DFL);
    run_until_asleep(&receiver);
    check_conservation(&receiver);
    CHECK(accepted(A) == raised);
}

/* ---- Children ---- */

static char words_before[offsetof(struct sq_block, cells)];

static void keep_words(void)
{
    memcpy(words_before, &sq_block, sizeof words_before);
}

static bool words_are_as_before(void)
{
    return memcmp(words_before, &sq_block, sizeof words_before) == 0;
}

static void raise_a_in_a_child(void)
{
    raise_here(A);
    CHECK(words_are_as_before());
}

static void forked_child_takes_the_previous_action(void)
{
    fresh(CAPACITY);
    want(A);
    signal(A, SIG_IGN);
    CHECK(sq_install(A) == 0);
    keep_words();
    CHECK(exited_well(status_of(raise_a_in_a_child)));
    CHECK(words_are_as_before());
    CHECK(sq_restore(A) == 0);
    signal(A, SIG_DFL);
}

static void vfork_child_cannot_write_our_words(void)
{
    int status;
    fresh(CAPACITY);
    want(A);
    CHECK(sq_install(A) == 0);
    put_to_sleep(SQ_SLEEPING, SQ_WAKE_FUTEX);
    want(A);
    keep_words();
    const pid_t child = vfork();
    if (child == 0) {
        raise_here(A); /* the previous action is the default: death */
        _exit(1);
    }
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == A);
    CHECK(words_are_as_before());
    CHECK(is_installed(A)); /* its dispositions are its own */
    CHECK(sq_restore(A) == 0);
}

/* ---- The previous action ---- */

static volatile int previous_calls;
static siginfo_t previous_info;
static void *volatile previous_context;
static volatile uint32_t in_flight_at_previous;

static void previous_handler(int signal)
{
    in_flight_at_previous = sq_block.signals[signal].in_flight;
    previous_calls++;
}

static void previous_sigaction(int signal, siginfo_t *info, void *context)
{
    previous_info = *info;
    previous_context = context;
    previous_handler(signal);
}

static void previous_handler_is_called_when_not_wanted(void)
{
    fresh(CAPACITY);
    signal(A, previous_handler);
    CHECK(sq_install(A) == 0);
    previous_calls = 0;
    raise_here(A);
    CHECK(previous_calls == 1);
    CHECK(in_flight_at_previous == 0);
    want(A);
    raise_here(A);
    CHECK(previous_calls == 1 && accepted(A) == 1);
    unwant(A);
    raise_here(A);
    CHECK(previous_calls == 2 && accepted(A) == 1);
    CHECK(sq_restore(A) == 0);
    signal(A, SIG_DFL);
}

static void previous_handler_gets_the_same_arguments(void)
{
    struct sigaction previous = {.sa_sigaction = previous_sigaction, .sa_flags = SA_SIGINFO};
    fresh(CAPACITY);
    sigaction(A, &previous, NULL);
    CHECK(sq_install(A) == 0);
    raise_with_value(A, (void *)0x123456789abc);
    CHECK(previous_info.si_signo == A && previous_info.si_code == SI_QUEUE);
    CHECK(previous_info.si_value.sival_ptr == (void *)0x123456789abc);
    CHECK(previous_context != NULL);
    CHECK(sq_restore(A) == 0);
    signal(A, SIG_DFL);
}

static sigjmp_buf out_of_the_handler;

static void jump_out(int signal)
{
    siglongjmp(out_of_the_handler, signal);
}

static void previous_handler_need_not_return(void)
{
    fresh(CAPACITY);
    signal(A, jump_out);
    CHECK(sq_install(A) == 0);
    if (sigsetjmp(out_of_the_handler, 1) == 0) {
        raise_here(A);
        CHECK(false);
    }
    CHECK(sq_block.signals[A].in_flight == 0);
    CHECK(sq_restore(A) == 0);
    signal(A, SIG_DFL);
}

static void forward(uint64_t signals)
{
    atomic_store(&sq_block.forward, signals);
}

static void forwarded_signal_is_accepted_and_seen_by_the_previous_handler(void)
{
    fresh(CAPACITY);
    want(A);
    signal(A, previous_handler);
    CHECK(sq_install(A) == 0);
    previous_calls = 0;
    forward(mask_of(A));
    raise_here(A);
    CHECK(accepted(A) == 1 && previous_calls == 1);
    unwant(A);
    raise_here(A);
    CHECK(accepted(A) == 1 && previous_calls == 2); /* once, not twice */
    want(A);
    forward(~mask_of(A));
    raise_here(A);
    CHECK(accepted(A) == 2 && previous_calls == 2);
    CHECK(sq_restore(A) == 0);
    signal(A, SIG_DFL);
}

static void forwarding_to_nobody_does_nothing(void)
{
    void (*const nobody[])(int) = {SIG_DFL, SIG_IGN};
    for (int i = 0; i < 2; i++) {
        fresh(CAPACITY);
        want(A);
        forward(mask_of(A));
        signal(A, nobody[i]);
        CHECK(sq_install(A) == 0);
        raise_here(A); /* by default it would be fatal */
        CHECK(accepted(A) == 1);
        CHECK(sq_restore(A) == 0);
    }
    signal(A, SIG_DFL);
}

static void ignored_signal_stays_ignored_when_not_wanted(void)
{
    fresh(CAPACITY);
    signal(SIGTERM, SIG_IGN);
    CHECK(sq_install(SIGTERM) == 0);
    raise_here(SIGTERM);
    CHECK(accepted(SIGTERM) == 0);
    CHECK(sq_restore(SIGTERM) == 0);
    signal(SIGTERM, SIG_DFL);
}

static void signals_ignored_by_default_do_nothing_when_not_wanted(void)
{
    const int signals[] = {SIGCHLD, SIGCONT, SIGURG, SIGWINCH};
    fresh(CAPACITY);
    for (int i = 0; i < 4; i++) {
        CHECK(sq_install(signals[i]) == 0);
        raise_here(signals[i]);
        CHECK(is_installed(signals[i]));
        CHECK(sq_restore(signals[i]) == 0);
    }
}

static int fatal_signal;

static void die_by_default(void)
{
    raise_here(fatal_signal);
}

static void default_action_kills_when_not_wanted(void)
{
    const int signals[] = {SIGHUP,    SIGINT,  SIGQUIT, SIGTERM, SIGABRT, SIGUSR1,
                           SIGPIPE,   SIGALRM, SIGPROF, SIGPOLL, SIGPWR,  SIGXCPU,
                           SIGSTKFLT, SIGSYS,  SIGRTMIN, SIGRTMAX};
    fresh(CAPACITY);
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        fatal_signal = signals[i];
        CHECK(sq_install(fatal_signal) == 0);
        const int status = status_of(die_by_default);
        CHECK(WIFSIGNALED(status) && WTERMSIG(status) == fatal_signal);
        CHECK(sq_restore(fatal_signal) == 0);
    }
}

static void stop_twice(void)
{
    for (int i = 0; i < 2; i++) {
        raise_here(fatal_signal);
        CHECK(is_installed(fatal_signal));
    }
}

static void default_action_stops_and_the_handler_comes_back(void)
{
    const int signals[] = {SIGTSTP, SIGTTIN, SIGTTOU};
    fresh(CAPACITY);
    for (int i = 0; i < 3; i++) {
        int status;
        fatal_signal = signals[i];
        CHECK(sq_install(fatal_signal) == 0);
        const pid_t child = fork();
        if (child == 0) {
            setpgid(0, 0);
            alarm(30);
            stop_twice();
            _exit(checks_failed != 0);
        }
        for (int stops = 0; stops < 2; stops++) {
            CHECK(waitpid(child, &status, WUNTRACED) == child);
            CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == fatal_signal);
            kill(child, SIGCONT);
        }
        CHECK(waitpid(child, &status, 0) == child);
        CHECK(exited_well(status));
        CHECK(sq_restore(fatal_signal) == 0);
    }
}

/* ---- Death ---- */

static void die(void)
{
    sq_die(fatal_signal);
}

static void die_blocked_and_handled(void)
{
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    sq_install(fatal_signal);
    want(fatal_signal);
    die();
}

static void death_is_by_the_signal(void)
{
    const int signals[] = {SIGHUP, SIGINT, SIGQUIT, SIGKILL, SIGSEGV, SIGTERM, SIGUSR1, SIGRTMAX};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        fatal_signal = signals[i];
        const int status = status_of(die_blocked_and_handled);
        CHECK(WIFSIGNALED(status) && WTERMSIG(status) == fatal_signal);
    }
}

static void death_by_a_harmless_signal_is_an_exit(void)
{
    const int signals[] = {SIGCHLD, SIGCONT, SIGURG, SIGWINCH, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        fatal_signal = signals[i];
        const int status = status_of(die);
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 128 + fatal_signal);
    }
}

static void death_by_no_signal_is_an_exit(void)
{
    const int numbers[] = {INT_MIN, -1, 0, SQ_SIGNALS + 1, INT_MAX};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        fatal_signal = numbers[i];
        const int status = status_of(die);
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 128);
    }
}

static void die_on_exit(void)
{
    sq_die_on_exit(fatal_signal);
    exit(7);
}

static void death_on_exit_is_by_the_signal(void)
{
    const int signals[] = {SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGRTMAX};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        fatal_signal = signals[i];
        const int status = status_of(die_on_exit);
        CHECK(WIFSIGNALED(status) && WTERMSIG(status) == fatal_signal);
    }
}

static void death_on_exit_by_a_harmless_signal_keeps_the_status(void)
{
    const int signals[] = {SIGCHLD, SIGTSTP, INT_MIN, -1, 0, SQ_SIGNALS + 1, INT_MAX};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        fatal_signal = signals[i];
        const int status = status_of(die_on_exit);
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
    }
}

/* ---- Dispositions ---- */

static void nobody_returns_here(void)
{
}

static void disposition_is_restored_byte_for_byte(void)
{
    const struct sq_action odd[] = {
        {.handler = (uintptr_t)SIG_DFL},
        {.handler = (uintptr_t)SIG_IGN, .flags = SA_RESTART},
        {.handler = (uintptr_t)previous_handler,
         .flags = 0x04000000 | SA_NODEFER | SA_RESETHAND | SA_ONSTACK,
         .restorer = (uintptr_t)nobody_returns_here,
         .mask = UINT64_C(0x5555aaaa1234567f) & ~(mask_of(SIGKILL) | mask_of(SIGSTOP))},
        {.handler = (uintptr_t)previous_sigaction,
         .flags = 0x04000000 | SA_SIGINFO,
         .restorer = 0x1234,
         .mask = mask_of(32) | mask_of(33) | mask_of(64)},
    };
    const struct sq_action untouched = action_of(A);
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        struct sq_action now, saved;
        set_action(A, odd[i]);
        const struct sq_action before = action_of(A);
        CHECK(before.restorer == odd[i].restorer && before.mask == odd[i].mask);
        CHECK(sq_install(A) == 0);
        CHECK(sq_disposition(A, &now, &saved) == 1);
        CHECK(now.handler == (uintptr_t)sq_handler && same(saved, before));
        CHECK(sq_install(A) == 0); /* keeps what is remembered */
        CHECK(sq_restore(A) == 0);
        CHECK(same(action_of(A), before));
        CHECK(sq_restore(A) == 0); /* nothing to do */
        CHECK(same(action_of(A), before));
    }
    set_action(A, untouched);
}

static void installing_again_repairs_the_flags(void)
{
    CHECK(sq_install(A) == 0);
    const struct sq_action ours = action_of(A);
    struct sq_action spoiled = ours;
    spoiled.flags &= ~(uint64_t)SA_ONSTACK; /* as HotSpot does when it is handed a handler back */
    spoiled.mask = 0;
    set_action(A, spoiled);
    CHECK(sq_install(A) == 0);
    CHECK(same(action_of(A), ours));
    CHECK(sq_restore(A) == 0);
    CHECK(action_of(A).handler == (uintptr_t)SIG_DFL);
}

static void ignoring_ends_with_install_and_restore(void)
{
    const struct sq_action untouched = action_of(A);
    struct sq_action now, before;
    fresh(CAPACITY);
    for (int installed_first = 0; installed_first < 2; installed_first++) {
        if (installed_first)
            CHECK(sq_install(A) == 0);
        CHECK(sq_ignore(A) == 0);
        CHECK(sq_disposition(A, &now, &before) == 0);
        CHECK(now.handler == (uintptr_t)SIG_IGN && same(before, untouched));
        CHECK(sq_ignore(A) == 0); /* keeps what is remembered */
        raise_here(A);
        CHECK(accepted(A) == 0);
        CHECK(sq_restore(A) == 0);
        CHECK(same(action_of(A), untouched));
    }
    CHECK(sq_ignore(A) == 0);
    CHECK(sq_install(A) == 0);
    CHECK(sq_disposition(A, &now, &before) == 1 && same(before, untouched));
    CHECK(sq_restore(A) == 0);
    CHECK(same(action_of(A), untouched));
}

static void handler_in_flight_ignores_while_ignoring(void)
{
    siginfo_t info = {.si_code = SI_USER};
    fresh(CAPACITY);
    signal(A, previous_handler);
    CHECK(sq_install(A) == 0);
    CHECK(sq_ignore(A) == 0);
    previous_calls = 0;
    sq_handler(A, &info, NULL);
    CHECK(previous_calls == 0);
    CHECK(sq_install(A) == 0);
    raise_here(A);
    CHECK(previous_calls == 1);
    CHECK(sq_restore(A) == 0);
    signal(A, SIG_DFL);
}

static void replaced_ignoring_is_left_alone(void)
{
    CHECK(sq_ignore(A) == 0);
    signal(A, previous_handler);
    const struct sq_action theirs = action_of(A);
    CHECK(sq_restore(A) == SQ_DISPLACED);
    CHECK(same(action_of(A), theirs));
    signal(A, SIG_DFL);
}

static void displaced_handler_is_left_alone(void)
{
    CHECK(sq_install(A) == 0);
    signal(A, previous_handler);
    const struct sq_action theirs = action_of(A);
    CHECK(sq_restore(A) == SQ_DISPLACED);
    CHECK(same(action_of(A), theirs));
    CHECK(sq_restore(A) == 0); /* nothing of ours is left to restore */
    CHECK(same(action_of(A), theirs));
    signal(A, SIG_DFL);
}

static struct sigaction before_the_chainer;
static volatile int chainer_calls;

static void chainer(int signal, siginfo_t *info, void *context)
{
    chainer_calls++;
    before_the_chainer.sa_sigaction(signal, info, context);
}

/* Somebody replaces our handler and calls it as his previous one: first inert, then under his. */
static void displaced_handler_forwards_and_never_in_a_circle(void)
{
    struct sigaction chaining = {.sa_sigaction = chainer, .sa_flags = SA_SIGINFO};
    const int signal_c = SIGRTMIN + 7; /* a signal of its own: it stays marked as chained */
    fresh(CAPACITY);
    signal(signal_c, previous_handler);
    CHECK(sq_install(signal_c) == 0);
    sigaction(signal_c, &chaining, &before_the_chainer);
    CHECK(sq_restore(signal_c) == SQ_DISPLACED);
    previous_calls = chainer_calls = 0;
    raise_here(signal_c);
    CHECK(chainer_calls == 1 && previous_calls == 1);

    const struct sq_action theirs = action_of(signal_c);
    CHECK(sq_install(signal_c) == 0); /* on top of the chainer now */
    raise_here(signal_c);             /* not wanted: forwarded past the chainer */
    CHECK(chainer_calls == 1 && previous_calls == 2);
    want(signal_c);
    raise_here(signal_c);
    CHECK(chainer_calls == 1 && previous_calls == 2 && accepted(signal_c) == 1);
    unwant(signal_c);
    CHECK(sq_restore(signal_c) == 0);
    CHECK(same(action_of(signal_c), theirs));
    raise_here(signal_c);
    CHECK(chainer_calls == 2 && previous_calls == 3);
    signal(signal_c, SIG_DFL);
}

static void impossible_signals_are_refused(void)
{
    const int signals[] = {-1, 0, SIGKILL, SIGSTOP, 32, 33, 65, 1 << 20};
    struct sq_action now, saved;
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        CHECK(sq_install(signals[i]) == EINVAL);
        CHECK(sq_ignore(signals[i]) == EINVAL);
        CHECK(sq_restore(signals[i]) == EINVAL);
    }
    CHECK(sq_disposition(0, &now, &saved) == -EINVAL);
    CHECK(sq_disposition(65, &now, &saved) == -EINVAL);
    CHECK(sq_disposition(SIGKILL, &now, &saved) == 0 && now.handler == (uintptr_t)SIG_DFL);
}

/* The linker sends the shim's calls of sigaction here: it can play libjsig. */
int __real_sigaction(int signal, const struct sigaction *action, struct sigaction *old);
int __wrap_sigaction(int signal, const struct sigaction *action, struct sigaction *old);

static bool swallow;
static struct sigaction swallowed;
static bool come_between;

int __wrap_sigaction(int signal, const struct sigaction *action, struct sigaction *old)
{
    if (come_between) {
        const struct sigaction theirs = {.sa_handler = previous_handler};
        come_between = false;
        __real_sigaction(signal, &theirs, NULL);
    }
    if (!swallow)
        return __real_sigaction(signal, action, old);
    if (old != NULL)
        *old = swallowed;
    swallowed = *action;
    return 0;
}

static void swallowed_install_is_noticed(void)
{
    const struct sq_action before = action_of(A);
    memset(&swallowed, 0, sizeof swallowed);
    swallowed.sa_handler = previous_handler;
    swallow = true;
    CHECK(sq_install(A) == SQ_SWALLOWED);
    CHECK(sq_ignore(A) == SQ_SWALLOWED);
    swallow = false;
    CHECK(swallowed.sa_handler == previous_handler);
    CHECK(same(action_of(A), before));
    CHECK(sq_restore(A) == 0);
    CHECK(same(action_of(A), before));
}

static void handler_that_comes_between_is_remembered(void)
{
    const int signal_d = SIGRTMIN + 8; /* not A, which is marked as chained by now */
    fresh(CAPACITY);
    come_between = true;
    CHECK(sq_install(signal_d) == 0);
    CHECK(is_installed(signal_d));
    previous_calls = 0;
    raise_here(signal_d);
    CHECK(previous_calls == 1);
    CHECK(sq_restore(signal_d) == 0);
    CHECK(action_of(signal_d).handler == (uintptr_t)previous_handler);
    signal(signal_d, SIG_DFL);
}

static void *install_and_restore(void *number)
{
    const int signal = (int)(intptr_t)number;
    intptr_t wrong = 0;
    for (int i = 0; i < 5000; i++)
        wrong += sq_install(signal) != 0 || sq_restore(signal) != 0;
    return (void *)wrong;
}

static void different_signals_are_installed_concurrently(void)
{
    pthread_t threads[4];
    struct sq_action before[4];
    void *wrong;
    for (int i = 0; i < 4; i++) {
        before[i] = action_of(SIGRTMIN + i);
        pthread_create(&threads[i], NULL, install_and_restore, (void *)(intptr_t)(SIGRTMIN + i));
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], &wrong);
        CHECK(wrong == NULL);
        CHECK(same(action_of(SIGRTMIN + i), before[i]));
    }
}

int main(void)
{
    start(120);
    RUN(block_describes_itself);
    RUN(accepted_signal_is_recorded_and_announced);
    RUN(record_has_a_monotonic_time);
    RUN(every_value_of_a_real_time_signal_arrives_in_order);
    RUN(fields_without_a_meaning_are_zero);
    RUN(full_ring_loses_details_and_counts_them);
    RUN(ring_of_one_cell_works);
    RUN(highest_signal_has_a_bit_and_a_counter);
    RUN(waiting_receiver_is_woken_once);
    RUN(eventfd_becomes_readable_once);
    RUN(receiver_that_does_not_sleep_costs_no_system_call);
    RUN(full_eventfd_is_awake_already);
    RUN(closed_eventfd_is_counted_and_harmless);
    RUN(impossible_states_are_counted);
    RUN(closed_queue_keeps_what_is_sent);
    RUN(futex_sleeper_is_woken);
    RUN(futex_wait_tells_why_it_returns);
    RUN(last_handler_of_a_draining_signal_announces);
    RUN(handler_announces_nothing_without_a_drain);
    RUN(handler_that_is_not_the_last_announces_nothing);
    RUN(errno_is_untouched);
    RUN(mask_and_stack_are_untouched);
    RUN(alternate_stack_is_used);
    RUN(handler_blocks_all_but_faults);
    RUN(interrupted_system_call_is_restarted);
    RUN(handler_interrupts_handler);
    RUN(forked_child_takes_the_previous_action);
    RUN(vfork_child_cannot_write_our_words);
    RUN(previous_handler_is_called_when_not_wanted);
    RUN(previous_handler_gets_the_same_arguments);
    RUN(previous_handler_need_not_return);
    RUN(forwarded_signal_is_accepted_and_seen_by_the_previous_handler);
    RUN(forwarding_to_nobody_does_nothing);
    RUN(ignored_signal_stays_ignored_when_not_wanted);
    RUN(signals_ignored_by_default_do_nothing_when_not_wanted);
    RUN(default_action_kills_when_not_wanted);
    RUN(default_action_stops_and_the_handler_comes_back);
    RUN(death_is_by_the_signal);
    RUN(death_by_a_harmless_signal_is_an_exit);
    RUN(death_by_no_signal_is_an_exit);
    RUN(disposition_is_restored_byte_for_byte);
    RUN(installing_again_repairs_the_flags);
    RUN(ignoring_ends_with_install_and_restore);
    RUN(handler_in_flight_ignores_while_ignoring);
    RUN(replaced_ignoring_is_left_alone);
    RUN(displaced_handler_is_left_alone);
    RUN(displaced_handler_forwards_and_never_in_a_circle);
    RUN(impossible_signals_are_refused);
    RUN(swallowed_install_is_noticed);
    RUN(death_on_exit_is_by_the_signal);
    RUN(death_on_exit_by_a_harmless_signal_keeps_the_status);
    RUN(handler_that_comes_between_is_remembered);
    RUN(different_signals_are_installed_concurrently);
    return report("sigshim_test");
}
