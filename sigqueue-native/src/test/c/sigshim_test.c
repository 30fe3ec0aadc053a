/* The promises of the handler, of sleeping and of waking, one test for each. */
#define _GNU_SOURCE
#include "signals.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

enum { A = SIGUSR1, B = SIGUSR2, CAPACITY = 16 };

/* ---- The block ---- */

static void block_describes_itself(void)
{
    CHECK(sq_block.magic == SQ_MAGIC);
    CHECK(sq_block.version == SQ_VERSION);
    CHECK(sq_block.size == sizeof sq_block);
    CHECK(sq_block.ring_capacity == SQ_RING_MAX);
    CHECK(sq_block.cell_size == sizeof(struct sq_cell));
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

static void queue_as_it_is(siginfo_t *info)
{
    info->si_signo = A;
    info->si_pid = 4711;
    info->si_uid = 4294967294u;
    info->si_value.sival_ptr = (void *)-7;
    long refused;
    while ((refused = syscall(SYS_rt_sigqueueinfo, getpid(), A, info)) != 0 && errno == EAGAIN)
        sched_yield();
    CHECK(refused == 0);
}

/* libc does so for what it does itself, and any process may. */
static void senders_and_values_of_all_negative_codes_are_recorded(void)
{
    const int codes[] = {SI_QUEUE, SI_MESGQ, SI_ASYNCIO, SI_ASYNCNL, -7, -42, INT_MIN + 1, INT_MIN};
    fresh(CAPACITY);
    want(A);
    CHECK(sq_install(A) == 0);
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        siginfo_t info = {.si_code = codes[i]};
        queue_as_it_is(&info);
        CHECK(take_record(&receiver));
        CHECK(receiver.last[A].code == (codes[i] == INT_MIN ? INT_MIN + 1 : codes[i]));
        CHECK(receiver.last[A].pid == 4711);
        CHECK(receiver.last[A].uid == 4294967294u);
        CHECK(receiver.last[A].value == -7);
        CHECK(receiver.last[A].fd == -1);
    }
    CHECK(sq_restore(A) == 0);
}

/* F_SETSIG lends the codes of SIGIO to other signals, except those that have codes of their own. */
static void descriptor_that_became_ready_is_recorded(void)
{
    const int signals[] = {SIGIO, SIGRTMIN + 5, SIGCHLD};
    fresh(CAPACITY);
    for (int i = 0; i < 3; i++) {
        int ends[2];
        want(signals[i]);
        CHECK(sq_install(signals[i]) == 0);
        CHECK(pipe(ends) == 0);
        CHECK(fcntl(ends[0], F_SETSIG, signals[i]) == 0);
        CHECK(fcntl(ends[0], F_SETOWN, getpid()) == 0);
        CHECK(fcntl(ends[0], F_SETFL, O_ASYNC | O_NONBLOCK) == 0);
        CHECK(write(ends[1], "x", 1) == 1);
        CHECK(take_record(&receiver));
        CHECK(receiver.last[signals[i]].code == (signals[i] == SIGCHLD ? SI_SIGIO : POLL_IN));
        CHECK(receiver.last[signals[i]].fd == ends[0]);
        CHECK(receiver.last[signals[i]].band & POLLIN);
        CHECK(receiver.last[signals[i]].pid == 0 && receiver.last[signals[i]].value == 0);
        close(ends[0]);
        close(ends[1]);
        CHECK(sq_restore(signals[i]) == 0);
    }
}

static void timer_is_recorded_with_its_value(void)
{
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = A,
                             .sigev_value.sival_ptr = (void *)99};
    const struct itimerspec now = {.it_value = {0, 1}};
    timer_t timer;
    fresh(CAPACITY);
    want(A);
    CHECK(sq_install(A) == 0);
    CHECK(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
    CHECK(timer_settime(timer, 0, &now, NULL) == 0);
    while (!take_record(&receiver))
        sched_yield();
    CHECK(receiver.last[A].code == SI_TIMER && receiver.last[A].value == 99);
    CHECK(receiver.last[A].pid == 0 && receiver.last[A].fd == -1);
    timer_delete(timer);
    CHECK(sq_restore(A) == 0);
}

static void child_is_recorded_with_its_status(void)
{
    fresh(CAPACITY);
    want(SIGCHLD);
    CHECK(sq_install(SIGCHLD) == 0);
    const pid_t child = fork();
    if (child == 0)
        _exit(3);
    while (!take_record(&receiver))
        sched_yield();
    CHECK(receiver.last[SIGCHLD].code == CLD_EXITED && receiver.last[SIGCHLD].status == 3);
    CHECK(receiver.last[SIGCHLD].pid == child && receiver.last[SIGCHLD].uid == getuid());
    CHECK(receiver.last[SIGCHLD].value == 0 && receiver.last[SIGCHLD].fd == -1);
    CHECK(waitpid(child, NULL, 0) == child);
    CHECK(sq_restore(SIGCHLD) == 0);
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

/* A borrower of the receiver's role sleeps; so does the receiver. */
static void lend(uint32_t note, uint32_t wake)
{
    put_to_sleep(SQ_SLEEPING, SQ_WAKE_NONE); /* nobody may wake the receiver */
    sq_block.state = SQ_LENT;
    sq_block.loan_note = note;
    sq_block.loan_wake = wake;
}

static void borrower_is_woken_once_and_alone(void)
{
    siginfo_t info = {.si_code = SI_USER};
    lend(SQ_SLEEPING, SQ_WAKE_WORD);
    sq_send(A, &info, 0);
    CHECK(sq_block.state == SQ_ACTIVE);
    send_twice();
    CHECK(sq_block.loan_note == (SQ_WOKEN | SQ_SLEEPING));
    CHECK(sq_block.note == SQ_SLEEPING);
    CHECK(sq_block.state == SQ_PENDING);
    CHECK(sq_block.inconsistent == 0);
}

static void borrower_is_woken_by_its_own_eventfd(void)
{
    const int fd = sq_eventfd_open();
    uint64_t count = 0;
    lend(SQ_SLEEPING, SQ_WAKE_EVENTFD);
    sq_block.wake_fd = -1;
    sq_block.loan_wake_fd = fd;
    send_twice();
    CHECK(read(fd, &count, sizeof count) == sizeof count && count == 1);
    CHECK(sq_block.inconsistent == 0);
    close(fd);
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

/* ---- The interrupted code notices nothing ---- */

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
    uint64_t raised = 0;
    fresh(CAPACITY);
    want(A);
    want(tick);
    sigaction(A, &nestable, NULL);
    sigaction(tick, &nestable, NULL);
    start_ticking(tick);
    while (accepted(tick) < 300) {
        raise_here(A);
        raised++;
        run_until_asleep(&receiver);
        keep_ticking(tick);
    }
    stop_ticking(tick);
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

/* The page that the kernel empties in a forked child. */
static char *mark;
static size_t mark_bytes;

static void find_mark(void)
{
    char line[256], *from = NULL, *to = NULL, *start, *end;
    FILE *maps = fopen("/proc/self/smaps", "r");
    while (maps != NULL && fgets(line, sizeof line, maps) != NULL)
        if (sscanf(line, "%p-%p ", (void **)&start, (void **)&end) == 2)
            from = start, to = end;
        else if (strncmp(line, "VmFlags:", 8) == 0 && strstr(line, " wf") != NULL)
            mark = from, mark_bytes = (size_t)(to - from);
    if (maps != NULL)
        fclose(maps);
}

static void raise_a_in_a_restored_process(void)
{
    raise_here(A);
    CHECK(accepted(A) == 1);
    const pid_t child = vfork();
    if (child == 0) {
        raise_here(A);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    CHECK(accepted(A) == 1); /* it knows its children again */
    raise_here(A);
    CHECK(accepted(A) == 2);
}

/* A process that was restored from a checkpoint has its memory, and another number. */
static void restored_process_receives_under_its_new_number(void)
{
    fresh(CAPACITY);
    want(A);
    signal(A, SIG_IGN);
    CHECK(sq_install(A) == 0);
    find_mark();
    CHECK(madvise(mark, mark_bytes, MADV_KEEPONFORK) == 0);
    CHECK(exited_well(status_of(raise_a_in_a_restored_process)));
    CHECK(madvise(mark, mark_bytes, MADV_WIPEONFORK) == 0);
    CHECK(sq_restore(A) == 0);
    signal(A, SIG_DFL);
}

static void enter_a_namespace(void)
{
    CHECK(unshare(CLONE_NEWPID) == 0); /* its first process will have the number 1 */
}

static void raise_a_as_another_process_1(void)
{
    CHECK(getpid() == 1);
    raise_a_in_a_child();
}

static void process_1(void)
{
    CHECK(getpid() == 1);
    fresh(CAPACITY);
    want(A);
    signal(A, SIG_IGN);
    CHECK(sq_install(A) == 0);
    raise_here(A);
    CHECK(accepted(A) == 1);
    keep_words();
    enter_a_namespace();
    CHECK(exited_well(status_of(raise_a_as_another_process_1)));
}

static void in_a_namespace(void)
{
    enter_a_namespace();
    CHECK(exited_well(status_of_program("process_1")));
}

static void child_that_is_process_1_as_we_are_does_not_receive(void)
{
    if (geteuid() != 0)
        puts("child_that_is_process_1_as_we_are_does_not_receive: SKIPPED: needs root");
    else
        CHECK(exited_well(status_of_program("in_a_namespace")));
}

int main(int argc, char **argv)
{
    start(argc, argv);
    RUN_IF_ASKED(in_a_namespace);
    RUN_IF_ASKED(process_1);
    RUN(block_describes_itself);
    RUN(accepted_signal_is_recorded_and_announced);
    RUN(record_has_a_monotonic_time);
    RUN(every_value_of_a_real_time_signal_arrives_in_order);
    RUN(fields_without_a_meaning_are_zero);
    RUN(senders_and_values_of_all_negative_codes_are_recorded);
    RUN(descriptor_that_became_ready_is_recorded);
    RUN(timer_is_recorded_with_its_value);
    RUN(child_is_recorded_with_its_status);
    RUN(full_ring_loses_details_and_counts_them);
    RUN(ring_of_one_cell_works);
    RUN(highest_signal_has_a_bit_and_a_counter);
    RUN(waiting_receiver_is_woken_once);
    RUN(borrower_is_woken_once_and_alone);
    RUN(borrower_is_woken_by_its_own_eventfd);
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
    RUN(restored_process_receives_under_its_new_number);
    RUN(child_that_is_process_1_as_we_are_does_not_receive);
    return report();
}
