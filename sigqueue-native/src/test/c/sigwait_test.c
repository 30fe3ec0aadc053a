/* Exclusive delivery: the receiver takes signals from the kernel and is woken, masks change, and
   the kernel refuses calls. */
#define _GNU_SOURCE
#include "sandbox.h"
#include "signals.h"
#include "sigmasks.h"
#include "sigprivate.h"
#include "sigthreads.h"
#include "sigborrow.h"
#include "sigwait.h"
#include "sigwake.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <ucontext.h>

enum { MASK = 60, WAKE = 59, A = 40, B = 41, CAPACITY = 1024, MILLI = 1000000 };

static pid_t tid_of_this(void)
{
    return (pid_t)syscall(SYS_gettid);
}

static void send_value(int signal, int value)
{
    raise_with_value(signal, (void *)(intptr_t)value);
}

static uint64_t blocked_here(void)
{
    uint64_t mask;
    syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, sizeof mask);
    return mask;
}

static bool is_pending(int signal)
{
    uint64_t pending;
    syscall(SYS_rt_sigpending, &pending, sizeof pending);
    return pending & mask_of(signal);
}

/* Other processes of the same user fill the kernel's queue, too. */
static void tell(pid_t tid, uint64_t signals, bool counted)
{
    int error;
    while ((error = sq_tell(tid, signals, counted)) == EAGAIN)
        sched_yield();
    CHECK(error == 0);
}

static void tell_this(uint64_t signals)
{
    tell(tid_of_this(), signals, false);
}

static void make_exclusive(int signal)
{
    want(signal);
    CHECK(sq_install(signal) == 0);
    CHECK(sq_take_private(MASK, WAKE) == 0);
    CHECK(sq_enter(signal) == 0);
}

/* This thread is the only one, and the receiver. */
static void begin(int signal)
{
    fresh(CAPACITY);
    sq_block.wake = SQ_WAKE_SIGWAIT;
    make_exclusive(signal);
    tell_this(mask_of(signal));
    CHECK((blocked_here() & mask_of(signal)) != 0);
    run_until_asleep(&receiver); /* the change was announced */
}

static void leave(int signal)
{
    sq_leave(mask_of(signal));
    tell_this(mask_of(signal));
}

static void end(int signal)
{
    leave(signal);
    sq_sigwait_end();
    CHECK((blocked_here() & (mask_of(signal) | mask_of(WAKE))) == 0);
    CHECK(sq_block.exclusive == 0);
    CHECK(sq_give_back_private() == 0);
    CHECK(action_of(MASK).handler == 0 && action_of(WAKE).handler == 0);
    atomic_fetch_and(&sq_block.wanted, ~mask_of(signal));
    CHECK(sq_restore(signal) == 0);
    run_until_asleep(&receiver);
    check_conservation(&receiver);
}

static void sleep_takes_a_pending_signal_and_sends_it(void)
{
    begin(A);
    send_value(A, 7);
    CHECK(accepted(A) == 0 && is_pending(A));
    CHECK(sq_sigwait(SQ_FOREVER) == 0);
    CHECK(accepted(A) == 1 && !is_pending(A));
    CHECK(wake_up(&receiver));
    CHECK((int)receiver.last[A].value == 7 && receiver.last[A].pid == getpid());
    CHECK(receiver.last[A].tid == tid_of_this());
    end(A);
}

static void sleep_ends_with_its_time(void)
{
    begin(A);
    CHECK(sq_sigwait(MILLI) == ETIMEDOUT);
    CHECK(sq_sigwait(0) == ETIMEDOUT);
    end(A);
}

static void fetch_takes_what_is_pending_in_order_and_no_more_than_it_may(void)
{
    begin(A);
    for (int value = 1; value <= 10; value++)
        send_value(A, value);
    CHECK(sq_sigwait_fetch(4) == 4);
    CHECK(accepted(A) == 4 && is_pending(A));
    CHECK(sq_sigwait_fetch(100) == 6);
    CHECK(sq_sigwait_fetch(100) == 0);
    for (int value = 1; value <= 10; value++)
        CHECK(sq_block.cells[value - 1].value == value);
    CHECK(wake_up(&receiver));
    end(A);
}

/* A signal that this thread blocks for a reason of its own is none of ours. */
static void nothing_is_fetched_when_nothing_is_exclusive(void)
{
    const uint64_t own = mask_of(A);
    uint64_t old;
    fresh(CAPACITY);
    sq_block.wake = SQ_WAKE_SIGWAIT;
    want(A);
    CHECK(sq_install(A) == 0);
    syscall(SYS_rt_sigprocmask, SIG_BLOCK, &own, &old, sizeof own);
    send_value(A, 1);
    CHECK(sq_sigwait_fetch(100) == 0);
    CHECK(accepted(A) == 0 && is_pending(A));
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &old, NULL, sizeof old);
    CHECK(accepted(A) == 1); /* by the handler */
    atomic_fetch_and(&sq_block.wanted, ~mask_of(A));
    CHECK(sq_restore(A) == 0);
    run_until_asleep(&receiver);
    check_conservation(&receiver);
}

static void wakeup_before_the_sleep_ends_it(void)
{
    begin(A);
    sq_announce();
    CHECK(sq_sigwait(SQ_FOREVER) == EAGAIN);
    CHECK(wake_up(&receiver));
    end(A);
}

static void wake_signal_without_a_wakeup_is_nothing(void)
{
    begin(A);
    CHECK(sq_sigwait(MILLI) == ETIMEDOUT); /* so it is known who sleeps */
    sq_sigwait_wake();
    CHECK(sq_sigwait(SQ_FOREVER) == 0);
    CHECK(!wake_up(&receiver));
    CHECK(sq_sigwait(MILLI) == ETIMEDOUT);
    end(A);
}

static char state_of(pid_t tid)
{
    char path[64], state = 0;
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", (int)tid);
    FILE *stat = fopen(path, "r");
    if (stat != NULL && fscanf(stat, "%*d (%*[^)]) %c", &state) != 1)
        state = 0;
    if (stat != NULL)
        fclose(stat);
    return state;
}

/* The act of another thread while this one sleeps. */
static void *announce_when_asleep(void *unused)
{
    (void)unused;
    while (state_of(getpid()) != 'S') /* the deadline is the watchdog's */
        sched_yield();
    sq_announce();
    return NULL;
}

static void sleep_until_announced(void)
{
    pthread_t other;
    CHECK(pthread_create(&other, NULL, announce_when_asleep, NULL) == 0);
    while (!wake_up(&receiver))
        sq_sigwait(SQ_FOREVER);
    pthread_join(other, NULL);
}

static void wakeup_during_the_sleep_ends_it(void)
{
    begin(A);
    sleep_until_announced();
    end(A);
}

/* ---- A receiver that is not the first thread of its process ---- */

static void run_on_another_thread(void *(*body)(void *))
{
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, body, NULL) == 0);
    pthread_join(thread, NULL);
}

static _Atomic pid_t receiver_tid; /* 0: it has been woken */

/* Sleeps until it is woken by a wakeup. */
static void *sleep_and_wake(void *unused)
{
    (void)unused;
    tell_this(sq_block.exclusive);
    receiver_tid = tid_of_this();
    while (!wake_up(&receiver)) {
        atomic_fetch_and(&sq_block.note, ~SQ_INTERRUPTED);
        sq_sigwait(SQ_FOREVER);
    }
    sq_sigwait_end();
    receiver_tid = 0;
    return NULL;
}

static void *be_there(void *unused)
{
    while (!atomic_load((_Atomic bool *)unused))
        usleep(1000);
    return NULL;
}

/* This thread is the one that the kernel asks first, and beside it there are three more which block
   nothing. What follows has to wake the receiver. */
static void wake_a_receiver_elsewhere(int signal, void (*wake)(void))
{
    enum { OTHERS = 3 };
    static _Atomic bool is_over;
    pthread_t thread, others[OTHERS];
    is_over = false;
    begin(signal);
    leave(signal); /* the masks: not of this thread */
    run_until_asleep(&receiver);
    sq_sigwait_end();
    for (int i = 0; i < OTHERS; i++)
        CHECK(pthread_create(&others[i], NULL, be_there, (void *)&is_over) == 0);
    CHECK(sq_enter(signal) == 0);
    run_until_asleep(&receiver);
    CHECK(pthread_create(&thread, NULL, sleep_and_wake, NULL) == 0);
    while (receiver_tid == 0 || state_of(receiver_tid) != 'S')
        sched_yield();
    wake();
    pthread_join(thread, NULL); /* the deadline is the watchdog's */
    is_over = true;
    for (int i = 0; i < OTHERS; i++)
        pthread_join(others[i], NULL);
    const uint64_t absorbed = mask_of(WAKE);
    syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, &absorbed, NULL, sizeof absorbed);
}

static void announce_with_a_full_queue(void)
{
    fill_queue();
    sq_announce();
}

static void wakeup_needs_no_room_in_the_queue(void)
{
    wake_a_receiver_elsewhere(A, announce_with_a_full_queue);
    empty_queue();
    end(A);
}

/* ---- A borrower of its role beside it ---- */

static _Atomic pid_t borrower_tid;
static _Atomic uint64_t left_meanwhile;

static void *borrow_until_woken(void *unused)
{
    (void)unused;
    const uint64_t before = blocked_here();
    borrower_tid = tid_of_this();
    while (!(atomic_load(&sq_block.loan_note) & SQ_WOKEN))
        sq_sigwait_borrowed(SQ_FOREVER);
    atomic_store(&sq_block.loan_note, 0);
    CHECK(blocked_here() == (before & ~left_meanwhile));
    return NULL;
}

/* Lends the role, and returns when both wait in the kernel. */
static pthread_t lend(void)
{
    uint32_t waiting = SQ_WAITING;
    pthread_t borrower;
    borrower_tid = 0;
    sq_block.loan_wake = SQ_WAKE_FUTEX;
    CHECK(atomic_compare_exchange_strong(&sq_block.state, &waiting, SQ_LENT));
    CHECK(pthread_create(&borrower, NULL, borrow_until_woken, NULL) == 0);
    while (borrower_tid == 0 || sq_block.loan_sleeper == 0 || state_of(borrower_tid) != 'S' ||
           state_of(receiver_tid) != 'S')
        sched_yield();
    return borrower;
}

/* The receiver gets what it alone can take. */
static void give_back_asleep(void)
{
    uint32_t active = SQ_ACTIVE;
    CHECK(atomic_compare_exchange_strong(&sq_block.state, &active, SQ_WAITING));
    CHECK(syscall(SYS_tgkill, getpid(), receiver_tid, SIGUSR1) == 0);
}

static void borrow_with_a_full_queue(void)
{
    const pthread_t borrower = lend();
    fill_queue();
    sq_announce();
    pthread_join(borrower, NULL); /* the deadline is the watchdog's */
    give_back_asleep();
}

static _Atomic int foreign;

static void run_foreign(int signal)
{
    (void)signal;
    foreign++;
}

static void borrow_without_the_wake_signal(void)
{
    struct sigaction before;
    const struct sigaction theirs = {.sa_handler = run_foreign};
    const pthread_t borrower = lend();
    CHECK(sigaction(WAKE, &theirs, &before) == 0);
    sq_announce();
    pthread_join(borrower, NULL);
    CHECK(foreign == 0);
    CHECK(sigaction(WAKE, &before, NULL) == 0);
    give_back_asleep();
}

static void borrower_is_woken_where_others_have_taken_the_wake_signal(void)
{
    wake_a_receiver_elsewhere(SIGUSR1, borrow_without_the_wake_signal);
    end(SIGUSR1);
}

static void borrower_is_woken_with_no_room_in_the_queue(void)
{
    wake_a_receiver_elsewhere(SIGUSR1, borrow_with_a_full_queue);
    empty_queue();
    end(SIGUSR1);
}

static void stand_aside_with_a_full_queue(void)
{
    sq_receiver_was_asked();
    borrow_with_a_full_queue();
}

static void receiver_that_stands_aside_comes_back_with_no_room_in_the_queue(void)
{
    wake_a_receiver_elsewhere(SIGUSR1, stand_aside_with_a_full_queue);
    empty_queue();
    end(SIGUSR1);
}

static void borrow_an_exclusive_signal(void)
{
    tell_this(mask_of(SIGUSR1)); /* the borrower inherits that it blocks it */
    sq_receiver_was_asked();
    const pthread_t borrower = lend();
    CHECK(syscall(SYS_tgkill, getpid(), borrower_tid, SIGUSR1) == 0);
    pthread_join(borrower, NULL);
    CHECK(sq_block.cells[0].tid == borrower_tid);
    look(&receiver);
    give_back_asleep();
}

static void signal_comes_to_the_borrower_while_the_receiver_stands_aside(void)
{
    wake_a_receiver_elsewhere(SIGUSR1, borrow_an_exclusive_signal);
    end(SIGUSR1);
}

static _Atomic int asked;

static uint64_t mask_in(void *context)
{
    uint64_t mask;
    memcpy(&mask, &((ucontext_t *)context)->uc_sigmask, sizeof mask);
    return mask;
}

/* Runs inside the borrower's wait. */
static void ask_inside(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)info;
    CHECK(!(mask_in(context) & mask_of(SIGUSR1)));
    sq_borrower_has(tid_of_this(), context);
    CHECK(mask_in(context) & mask_of(SIGUSR1));
    CHECK(!(sq_block.loan_note & SQ_SLEEPING));
    asked = 1;
}

static void borrow_and_ask(void)
{
    struct sigaction before;
    struct sigaction asks = {.sa_sigaction = ask_inside, .sa_flags = SA_SIGINFO};
    asked = 0;
    tell_this(mask_of(SIGUSR1));
    CHECK(sigaction(SIGHUP, &asks, &before) == 0);
    const pthread_t borrower = lend();
    CHECK(syscall(SYS_tgkill, getpid(), borrower_tid, SIGHUP) == 0);
    while (!asked)
        sched_yield();
    CHECK(syscall(SYS_tgkill, getpid(), borrower_tid, SIGUSR1) == 0);
    pthread_join(borrower, NULL);
    CHECK(sigaction(SIGHUP, &before, NULL) == 0);
    look(&receiver);
    give_back_asleep();
}

static void handler_on_the_borrowers_thread_returns_to_blocked_signals(void)
{
    wake_a_receiver_elsewhere(SIGUSR1, borrow_and_ask);
    end(SIGUSR1);
}

/* Its handler comes between the look at the word and the wait. */
static void borrow_with_a_signal_pending(void)
{
    uint32_t waiting = SQ_WAITING;
    sq_block.loan_wake = SQ_WAKE_FUTEX;
    tell_this(mask_of(SIGUSR1));
    CHECK(syscall(SYS_tgkill, getpid(), tid_of_this(), SIGUSR1) == 0);
    CHECK(atomic_compare_exchange_strong(&sq_block.state, &waiting, SQ_LENT));
    while (!(atomic_load(&sq_block.loan_note) & SQ_WOKEN)) /* the deadline is the watchdog's */
        sq_sigwait_borrowed(SQ_FOREVER);
    atomic_store(&sq_block.loan_note, 0);
    CHECK(blocked_here() & mask_of(SIGUSR1));
    look(&receiver);
    give_back_asleep();
}

static void handler_before_the_borrowers_wait_is_not_missed(void)
{
    wake_a_receiver_elsewhere(SIGUSR1, borrow_with_a_signal_pending);
    end(SIGUSR1);
}

static void tell_the_borrower(uint64_t signals)
{
    sq_count_answers();
    tell(borrower_tid, signals, true);
    while (sq_answers() == 0)
        sched_yield();
}

/* As a thread that enters tells it, which has looked before the borrower has unblocked the signal. */
static void borrow_and_be_told(void)
{
    tell_this(mask_of(SIGUSR1));
    sq_receiver_was_asked(); /* so it stands aside, and the borrower alone gets the signal */
    const pthread_t borrower = lend();
    tell_the_borrower(mask_of(SIGUSR1));
    CHECK(syscall(SYS_tgkill, getpid(), borrower_tid, SIGUSR1) == 0);
    pthread_join(borrower, NULL); /* the deadline is the watchdog's */
    look(&receiver);
    give_back_asleep();
}

static void borrower_that_is_told_gets_its_signal(void)
{
    wake_a_receiver_elsewhere(SIGUSR1, borrow_and_be_told);
    end(SIGUSR1);
}

static void *borrow_without_a_change_of_the_mask(void *unused)
{
    refuse_in_this_thread(SYS_rt_sigprocmask, EPERM);
    borrower_tid = tid_of_this();
    while (!(atomic_load(&sq_block.loan_note) & SQ_WOKEN))
        sq_sigwait_borrowed(SQ_FOREVER);
    return unused;
}

static void kill_while_the_borrower_cannot_unblock(void)
{
    uint32_t waiting = SQ_WAITING;
    pthread_t borrower;
    tell_this(mask_of(SIGUSR1));
    sq_receiver_was_asked();
    borrower_tid = 0;
    sq_block.loan_wake = SQ_WAKE_FUTEX;
    CHECK(atomic_compare_exchange_strong(&sq_block.state, &waiting, SQ_LENT));
    CHECK(pthread_create(&borrower, NULL, borrow_without_a_change_of_the_mask, NULL) == 0);
    while (borrower_tid == 0 || sq_block.loan_sleeper == 0 || state_of(borrower_tid) != 'S')
        sched_yield();
    CHECK(syscall(SYS_tgkill, getpid(), receiver_tid, SIGUSR1) == 0);
    pthread_join(borrower, NULL); /* the deadline is the watchdog's */
    CHECK(sq_block.cells[0].tid == receiver_tid);
    atomic_store(&sq_block.loan_note, 0);
    look(&receiver);
    give_back_asleep();
}

static void receiver_gets_what_the_borrower_cannot_unblock(void)
{
    wake_a_receiver_elsewhere(SIGUSR1, kill_while_the_borrower_cannot_unblock);
    end(SIGUSR1);
}

static void borrow_while_the_signal_leaves(void)
{
    tell_this(mask_of(SIGUSR1));
    const pthread_t borrower = lend();
    left_meanwhile = mask_of(SIGUSR1);
    atomic_fetch_and(&sq_block.exclusive, ~mask_of(SIGUSR1));
    tell_the_borrower(mask_of(SIGUSR1));
    sq_announce();
    pthread_join(borrower, NULL);
    left_meanwhile = 0;
    atomic_fetch_or(&sq_block.note, SQ_WOKEN); /* gives back awake */
    sq_sigwait_wake();
}

static void signal_that_leaves_while_the_borrower_waits_is_not_blocked_again(void)
{
    wake_a_receiver_elsewhere(SIGUSR1, borrow_while_the_signal_leaves);
    end(SIGUSR1);
}

static void leave_with_a_full_queue(void)
{
    fill_queue();
    sq_leave(mask_of(A));
}

/* The thread that leaves wakes the receiver after the words have changed, so no step of the wake-up
   may depend on them. */
static void wakeup_that_is_under_way_while_signals_leave_is_not_lost(void)
{
    wake_a_receiver_elsewhere(A, leave_with_a_full_queue);
    empty_queue();
    end(A);
}

static void announce_without_tgkill(void)
{
    refuse(SYS_tgkill, EPERM);
    sq_announce();
}

static void wakeup_does_without_tgkill(void)
{
    wake_a_receiver_elsewhere(A, announce_without_tgkill);
    end(A);
}

static void wake_signal_that_nobody_is_owed_is_dropped(void)
{
    begin(A);
    kill(getpid(), WAKE);
    CHECK(!is_pending(WAKE) && !(blocked_here() & mask_of(WAKE)));
    CHECK(sq_sigwait(MILLI) == ETIMEDOUT);
    CHECK(blocked_here() & mask_of(WAKE)); /* it may sleep here again, so wakers may come late */
    end(A);
}

/* ---- Signals that are not wanted any more ---- */

static struct {
    siginfo_t info;
    uint64_t mask;
    int count;
} previous;

static void previous_handler(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    previous.count++;
    previous.info = *info;
    memcpy(&previous.mask, &((ucontext_t *)context)->uc_sigmask, sizeof previous.mask);
}

static void *take_what_is_not_wanted(void *unused)
{
    (void)unused;
    begin(A);
    tell(getpid(), mask_of(A), false); /* the first thread, which waits for this one */
    while (!is_pending(A)) { /* as soon as that has blocked it */
        struct sq_look look;
        CHECK(sq_look(getpid(), &look) == 0);
        if (look.blocked & mask_of(A))
            kill(getpid(), A);
    }
    atomic_fetch_and(&sq_block.wanted, ~mask_of(A));
    const uint64_t before = blocked_here();
    CHECK(sq_sigwait(SQ_FOREVER) == 0);
    CHECK(accepted(A) == 0 && previous.count == 1);
    CHECK(previous.info.si_code == SI_USER && previous.info.si_pid == getpid());
    CHECK(previous.info.si_uid == getuid());
    CHECK((previous.mask & ~mask_of(WAKE)) == before);
    send_value(A, 5);
    CHECK(sq_sigwait_fetch(10) == 1);
    CHECK(accepted(A) == 0 && previous.count == 2 && previous.info.si_value.sival_int == 5);
    CHECK((blocked_here() & ~mask_of(WAKE)) == before);
    sq_leave(mask_of(A));
    tell(getpid(), mask_of(A), false);
    end(A);
    return NULL;
}

static void unwanted_signal_takes_the_previous_action_with_its_details(void)
{
    struct sigaction theirs = {.sa_sigaction = previous_handler, .sa_flags = SA_SIGINFO};
    memset(&previous, 0, sizeof previous);
    sigaction(A, &theirs, NULL);
    run_on_another_thread(take_what_is_not_wanted);
    signal(A, SIG_DFL);
}

static void take_termination(void)
{
    const uint64_t term = mask_of(SIGTERM);
    fresh(CAPACITY);
    sq_block.wake = SQ_WAKE_SIGWAIT;
    make_exclusive(SIGTERM);
    atomic_fetch_and(&sq_block.wanted, ~term);
    syscall(SYS_rt_sigprocmask, SIG_BLOCK, &term, NULL, sizeof term);
    kill(getpid(), SIGTERM);
    sq_sigwait_fetch(1);
}

static void unwanted_signal_takes_the_default_action(void)
{
    const int status = status_of(take_termination);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}

/* ---- Leaving ---- */

static void receiver_takes_what_is_pending_in_order_when_signals_leave(void)
{
    begin(A);
    CHECK(sq_sigwait(0) == ETIMEDOUT);
    CHECK(sq_waited() == mask_of(A));
    for (int value = 1; value <= 5; value++)
        send_value(A, value);
    sq_leave(mask_of(A));
    CHECK(accepted(A) == 0);
    CHECK(sq_sigwait(SQ_FOREVER) == EAGAIN); /* announced */
    CHECK(accepted(A) == 5 && sq_waited() == 0);
    for (int value = 1; value <= 5; value++)
        CHECK(sq_block.cells[value - 1].value == value);
    CHECK(wake_up(&receiver));
    end(A);
}

static void what_is_pending_goes_by_the_handler_if_the_receiver_does_not_come(void)
{
    begin(A);
    for (int value = 1; value <= 3; value++)
        send_value(A, value);
    sq_leave(mask_of(A));
    CHECK(accepted(A) == 0);
    tell_this(mask_of(A));
    CHECK(accepted(A) == 3);
    end(A);
}

static void receiver_goes_on_with_the_signals_that_stay(void)
{
    begin(A);
    make_exclusive(B);
    tell_this(mask_of(B));
    run_until_asleep(&receiver);
    CHECK(sq_sigwait(0) == ETIMEDOUT);
    leave(B);
    run_until_asleep(&receiver);
    CHECK(sq_sigwait(0) == 0); /* by the wake signal of who has announced it */
    CHECK(sq_sigwait(0) == ETIMEDOUT);
    send_value(A, 1);
    CHECK(sq_sigwait(SQ_FOREVER) == 0);
    CHECK(wake_up(&receiver));
    CHECK(accepted(A) == 1);
    CHECK(sq_restore(B) == 0);
    end(A);
}

/* ---- Whose mask changes ---- */

static void only_the_bits_that_a_thread_is_told_of_change(void)
{
    const uint64_t own = mask_of(SIGUSR2) | mask_of(B);
    uint64_t old;
    syscall(SYS_rt_sigprocmask, SIG_BLOCK, &own, &old, sizeof own);
    begin(A);
    make_exclusive(B);
    CHECK((blocked_here() & own) == own);
    leave(A);
    CHECK((blocked_here() & own) == own && !(blocked_here() & mask_of(A)));
    sq_leave(mask_of(B)); /* it is not told of B, which it had blocked itself */
    tell_this(mask_of(A));
    CHECK((blocked_here() & own) == own);
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &old, NULL, sizeof old);
    CHECK(sq_restore(B) == 0);
    end(A);
}

static void answers_count_for_their_own_count_only(void)
{
    begin(A);
    sq_count_answers();
    CHECK(sq_answers() == 0);
    tell_this(mask_of(A));
    CHECK(sq_answers() == 0);
    tell(tid_of_this(), mask_of(A), true);
    CHECK(sq_answers() == 1);
    const uint64_t mask = mask_of(MASK);
    syscall(SYS_rt_sigprocmask, SIG_BLOCK, &mask, NULL, sizeof mask);
    tell(tid_of_this(), mask_of(A), true); /* late */
    sq_count_answers();
    syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, &mask, NULL, sizeof mask);
    CHECK(!is_pending(MASK) && sq_answers() == 0);
    end(A);
}

static void queue_mask_signal(uint64_t about)
{
    siginfo_t info;
    memset(&info, 0, sizeof info);
    info.si_code = SI_QUEUE;
    info.si_pid = getpid();
    info.si_value.sival_ptr = (void *)(uintptr_t)about;
    long refused;
    while ((refused = syscall(SYS_rt_tgsigqueueinfo, getpid(), tid_of_this(), MASK, &info)) != 0 &&
           errno == EAGAIN)
        sched_yield();
    CHECK(refused == 0);
}

/* SIGXCPU: no test here has it exclusive, so it is not among those that were managed. */
static void forged_mask_signal_changes_nothing(void)
{
    const uint64_t own = mask_of(SIGXCPU);
    uint64_t old;
    syscall(SYS_rt_sigprocmask, SIG_BLOCK, &own, &old, sizeof own);
    begin(A);
    const uint64_t before = blocked_here();
    kill(getpid(), MASK);
    syscall(SYS_tgkill, getpid(), tid_of_this(), MASK);
    queue_mask_signal(own);
    queue_mask_signal(~mask_of(WAKE) & ~mask_of(B)); /* B has been managed */
    CHECK(blocked_here() == before);
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &old, NULL, sizeof old);
    end(A);
}

static void receiver_keeps_the_wake_signal_whatever_it_is_told(void)
{
    begin(A);
    CHECK(sq_sigwait(0) == ETIMEDOUT);
    CHECK(blocked_here() & mask_of(WAKE));
    tell_this(mask_of(WAKE));
    CHECK(blocked_here() & mask_of(WAKE));
    end(A);
}

static void thread_that_does_not_block_it_sends_and_blocks_it_then(void)
{
    begin(A);
    CHECK(sq_masks_off() == mask_of(A));
    send_value(A, 1);
    CHECK(accepted(A) == 1);
    CHECK(!(blocked_here() & mask_of(A))); /* as long as a child may be started */
    sq_masks_on(0);
    sq_set_own(mask_of(A));
    send_value(A, 2);
    CHECK(!(blocked_here() & mask_of(A))); /* it may be a thread that has had a block of its own */
    sq_set_own(0);
    send_value(A, 3);
    CHECK(accepted(A) == 3 && sq_strays(A) == 3);
    CHECK(blocked_here() & mask_of(A));
    sq_forget_strays(A);
    send_value(A, 4);
    CHECK(sq_sigwait_fetch(1) == 1 && accepted(A) == 4);
    CHECK(sq_strays(A) == 0);
    end(A);
}

static void flood_ends_the_time_without_a_mask(void)
{
    begin(A);
    sq_masks_off();
    int interrupted = 0;
    while (!(blocked_here() & mask_of(A)) && interrupted < 1000) {
        send_value(A, ++interrupted);
        run_until_asleep(&receiver);
    }
    CHECK(interrupted > 100 && interrupted < 1000);
    CHECK(accepted(A) == (uint64_t)interrupted);
    sq_masks_on(0);
    end(A);
}

static void masks_come_back_on(void)
{
    begin(A);
    const uint64_t before = blocked_here();
    const uint64_t off = sq_masks_off();
    CHECK(!(blocked_here() & mask_of(A)));
    sq_masks_on(off);
    CHECK(blocked_here() == before);
    leave(A);
    sq_masks_on(off); /* too late: nothing is exclusive any more */
    CHECK(!(blocked_here() & mask_of(A)));
    end(A);
}

/* ---- The private signals ---- */

static _Atomic pid_t deaf_tid;

static void *block_all_and_wait(void *is_over)
{
    const uint64_t all = ~UINT64_C(0);
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, sizeof all);
    deaf_tid = tid_of_this();
    be_there(is_over);
    return NULL;
}

static bool is_pending_there(int signal)
{
    struct sq_look look;
    CHECK(sq_look(deaf_tid, &look) == 0);
    return look.pending & mask_of(signal);
}

static void private_signals_are_given_back_with_what_is_pending(void)
{
    static _Atomic bool is_over;
    pthread_t thread;
    is_over = false;
    deaf_tid = 0;
    begin(A);
    CHECK(sq_give_back_private() == EBUSY); /* a signal is exclusive */
    CHECK(sq_sigwait(0) == ETIMEDOUT);
    CHECK(pthread_create(&thread, NULL, block_all_and_wait, (void *)&is_over) == 0);
    while (deaf_tid == 0)
        sched_yield();
    tell(deaf_tid, mask_of(A), false);
    CHECK(is_pending_there(MASK));
    leave(A);
    CHECK(sq_give_back_private() == EBUSY); /* the receiver may be asleep in the kernel */
    sq_sigwait_wake();
    CHECK(is_pending(WAKE)); /* late */
    run_until_asleep(&receiver);
    CHECK(sq_sigwait(0) == ETIMEDOUT);
    CHECK(!is_pending(WAKE) && !(blocked_here() & mask_of(WAKE)));
    CHECK(sq_give_back_private() == 0);
    CHECK(action_of(MASK).handler == 0 && action_of(WAKE).handler == 0);
    CHECK(!is_pending_there(MASK));
    CHECK(sq_enter(A) == EINVAL); /* not without them */
    is_over = true;
    pthread_join(thread, NULL);
    end(A);
}

static void private_signals_are_given_back_byte_for_byte(void)
{
    static const struct sq_action odd = {.flags = SA_NODEFER | SA_RESTART, .mask = 1 << SIGUSR1};
    const struct sq_action plain = action_of(WAKE);
    CHECK(syscall(SYS_rt_sigaction, MASK, &odd, NULL, sizeof odd.mask) == 0);
    begin(A);
    CHECK(sq_sigwait(0) == ETIMEDOUT);
    end(A);
    const struct sq_action mask = action_of(MASK), wake = action_of(WAKE);
    CHECK(memcmp(&mask, &odd, sizeof mask) == 0);
    CHECK(memcmp(&wake, &plain, sizeof wake) == 0);
    signal(MASK, SIG_DFL);
}

static void late_wake_signal_is_harmless_when_the_private_ones_are_given_back(void)
{
    begin(A);
    CHECK(sq_sigwait(0) == ETIMEDOUT);
    leave(A);
    syscall(SYS_tgkill, getpid(), tid_of_this(), WAKE); /* of a waker that is late */
    CHECK(is_pending(WAKE));
    sq_sigwait_end();
    CHECK(!is_pending(WAKE));
    end(A);
}

static void theirs(int signal)
{
    (void)signal;
}

static void lost_private_signal_is_noticed_and_left_alone(void)
{
    begin(A);
    CHECK(sq_lost_private() == 0);
    signal(MASK, theirs);
    CHECK(sq_lost_private() == MASK);
    CHECK(sq_take_private(MASK + 1, WAKE - 1) == EBUSY);
    CHECK(sq_take_private(MASK + 1, WAKE) == 0); /* the threads can be told again */
    CHECK(sq_lost_private() == 0);
    signal(WAKE, theirs);
    CHECK(sq_lost_private() == WAKE);
    leave(A);
    sq_sigwait_end();
    CHECK(sq_give_back_private() == 0);
    CHECK(action_of(MASK).handler == (uintptr_t)theirs);
    CHECK(action_of(WAKE).handler == (uintptr_t)theirs);
    CHECK(action_of(MASK + 1).handler == 0);
    signal(MASK, SIG_DFL);
    signal(WAKE, SIG_DFL);
    end(A);
}

static void nonsense_is_refused(void)
{
    fresh(CAPACITY);
    CHECK(sq_take_private(MASK, MASK) == EINVAL);
    CHECK(sq_take_private(0, WAKE) == EINVAL);
    CHECK(sq_take_private(MASK, 65) == EINVAL);
    CHECK(sq_take_private(32, 33) == EINVAL);
    CHECK(sq_take_private(SIGUSR1, WAKE) == EINVAL);
    sq_block.wake = SQ_WAKE_SIGWAIT;
    CHECK(sq_enter(A) == EINVAL); /* not yet */
    CHECK(sq_take_private(MASK, WAKE) == 0);
    CHECK(sq_take_private(MASK, WAKE) == 0);
    CHECK(sq_take_private(MASK + 1, WAKE) == EBUSY);
    const int refused[] = {-1, 0, 65, 1 << 30, SIGKILL, SIGSTOP, SIGSEGV, SIGQUIT, 32, 33, MASK,
                           WAKE};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        CHECK(sq_enter(refused[i]) == EINVAL);
    sq_block.wake = SQ_WAKE_FUTEX;
    CHECK(sq_enter(A) == SQ_NO_RECEIVER);
    sq_block.wake = SQ_WAKE_SIGWAIT;
    sq_block.state = SQ_CLOSED;
    CHECK(sq_enter(A) == SQ_NO_RECEIVER);
    CHECK(sq_block.exclusive == 0);
    CHECK(sq_tell(-1, 1, false) != 0);
    CHECK(sq_give_back_private() == 0);
    CHECK(sq_give_back_private() == 0);
}

static void signals_of_others_are_not_taken(void)
{
    signal(B, SIG_IGN);
    CHECK(sq_take_private(B, WAKE) == EBUSY);
    signal(B, exit);
    CHECK(sq_take_private(MASK, B) == EBUSY);
    signal(B, SIG_DFL);
    CHECK(action_of(MASK).handler == 0 && action_of(WAKE).handler == 0);
}

/* ---- A kernel that refuses ---- */

static void full_queue_is_known_at_once_and_swept(void)
{
    begin(A);
    CHECK(sq_sigwait(0) == ETIMEDOUT);
    fill_queue();
    CHECK(sq_tell(tid_of_this(), mask_of(A), false) == EAGAIN);
    sq_leave(mask_of(A));
    CHECK(blocked_here() & mask_of(A));
    sq_sweep(mask_of(A));
    CHECK(!(blocked_here() & mask_of(A)));
    empty_queue();
    end(A);
}

static void *sweep_from_elsewhere(void *unused)
{
    (void)unused;
    sq_sweep(mask_of(A));
    return NULL;
}

static void first_thread_is_swept_by_whichever_thread(void)
{
    begin(A);
    fill_queue();
    sq_leave(mask_of(A));
    /* Each time the kernel chooses whom it reaches. The deadline is the watchdog's. */
    while (blocked_here() & mask_of(A))
        run_on_another_thread(sweep_from_elsewhere);
    kill(getpid(), A);
    CHECK(accepted(A) == 1);
    empty_queue();
    end(A);
}

static void *sweep_here(void *unused)
{
    (void)unused;
    tell_this(mask_of(A));
    fill_queue();
    sq_leave(mask_of(A));
    sq_sweep(mask_of(A));
    CHECK(!(blocked_here() & mask_of(A)));
    empty_queue();
    return NULL;
}

static void calling_thread_is_swept_even_if_it_is_not_the_first(void)
{
    begin(A);
    run_on_another_thread(sweep_here);
    end(A);
}

static void receiver_sweeps_itself(void)
{
    begin(A);
    CHECK(sq_sigwait(0) == ETIMEDOUT);
    refuse(SYS_kill, ENOSYS);
    sq_leave(mask_of(A));
    run_on_another_thread(sweep_from_elsewhere);
    run_until_asleep(&receiver);
    CHECK(blocked_here() & mask_of(A));
    sq_sigwait(0);
    CHECK(!(blocked_here() & mask_of(A)));
    end(A);
}

static void refused_telling_is_told(void)
{
    begin(A);
    refuse(SYS_rt_tgsigqueueinfo, EPERM);
    CHECK(sq_tell(tid_of_this(), mask_of(A), false) == EPERM);
    sq_leave(mask_of(A));
    sq_sweep(mask_of(A));
    CHECK(!(blocked_here() & mask_of(A)));
    kill(getpid(), A);
    CHECK(accepted(A) == 1);
}

static void refused_wait_is_known_before_anything_changes(void)
{
    refuse(SYS_rt_sigtimedwait, ENOSYS);
    CHECK(sq_take_private(MASK, WAKE) == ENOSYS);
    CHECK(action_of(MASK).handler == 0 && action_of(WAKE).handler == 0);
}

static void refused_waking_is_known_before_anything_changes(void)
{
    refuse(SYS_tgkill, EPERM);
    CHECK(sq_take_private(MASK, WAKE) == 0); /* there is kill */
    CHECK(sq_give_back_private() == 0);
    refuse(SYS_kill, EPERM);
    CHECK(sq_take_private(MASK, WAKE) == EPERM);
    CHECK(action_of(MASK).handler == 0 && action_of(WAKE).handler == 0);
}

/* The kernel says EAGAIN when the time is over, too. */
static void refusal_that_looks_like_the_end_of_the_time_is_known(void)
{
    refuse(SYS_rt_sigtimedwait, EAGAIN);
    CHECK(sq_take_private(MASK, WAKE) == EAGAIN);
    CHECK(action_of(MASK).handler == 0 && action_of(WAKE).handler == 0);
}

/* The check for leaks at the end of a program needs the call that is refused. */
static void end_unchecked(void)
{
    _exit(checks_failed != 0);
}

static void refused_block_is_known_before_anything_changes(void)
{
    refuse(SYS_rt_sigprocmask, EPERM);
    CHECK(sq_take_private(MASK, WAKE) == EPERM);
    CHECK(action_of(MASK).handler == 0 && action_of(WAKE).handler == 0);
    end_unchecked();
}

/* Else a wakeup that comes before the wait would be lost. */
static void receiver_that_cannot_block_the_wake_signal_does_not_wait(void)
{
    begin(A);
    refuse(SYS_rt_sigprocmask, EPERM);
    CHECK(sq_sigwait(SQ_FOREVER) == ECANCELED);
    CHECK(sq_block.exclusive == 0 && sq_block.sleeper == 0 && sq_wait_refusal() == EPERM);
    end_unchecked();
}

static void make_signals_leave_by_refusing_to_wait(int error)
{
    begin(A);
    send_value(A, 1);
    CHECK(sq_sigwait(0) == 0);
    CHECK(wake_up(&receiver));
    run_until_asleep(&receiver);
    refuse(SYS_rt_sigtimedwait, error);
    send_value(A, 2); /* is pending */
    CHECK(accepted(A) == 1);
    CHECK(sq_sigwait(SQ_FOREVER) == 0);
    CHECK(accepted(A) == 2 && sq_block.exclusive == 0 && sq_wait_refusal() == error);
    CHECK(wake_up(&receiver));
    send_value(A, 3);
    CHECK(accepted(A) == 3);
    run_until_asleep(&receiver);
    CHECK(sq_sigwait(MILLI) == ECANCELED); /* once */
    CHECK(sq_sigwait(MILLI) == ETIMEDOUT); /* on the futex */
    CHECK(!(blocked_here() & (mask_of(A) | mask_of(WAKE))));
    end(A);
}

static void wait_that_is_refused_later_makes_all_signals_leave(void)
{
    make_signals_leave_by_refusing_to_wait(EPERM);
}

static void wait_that_seems_to_end_too_early_makes_all_signals_leave(void)
{
    make_signals_leave_by_refusing_to_wait(EAGAIN);
}

/* ---- The state of threads in /proc ---- */

static void threads_are_found_and_looked_at(void)
{
    static _Atomic bool is_over;
    pthread_t thread;
    int32_t tids[64];
    struct sq_look look;
    is_over = false;
    deaf_tid = 0;
    CHECK(pthread_create(&thread, NULL, block_all_and_wait, (void *)&is_over) == 0);
    while (deaf_tid == 0)
        sched_yield();
    const int count = sq_threads(tids, 64);
    CHECK(count >= 2 && count <= 64); /* a sanitizer may have one of its own */
    CHECK(sq_threads(tids, 1) == count);
    bool is_there = false;
    for (int i = 0; i < sq_threads(tids, 64); i++)
        is_there |= tids[i] == deaf_tid;
    CHECK(is_there);
    CHECK(sq_look(deaf_tid, &look) == 0);
    CHECK(look.blocked == ~(mask_of(SIGKILL) | mask_of(SIGSTOP)));
    CHECK(look.pending == 0 && look.shared_pending == 0 && look.state != 0);
    syscall(SYS_tgkill, getpid(), deaf_tid, SIGUSR1);
    CHECK(sq_look(deaf_tid, &look) == 0);
    CHECK(look.pending == mask_of(SIGUSR1));
    CHECK(sq_thread_start(deaf_tid) >= sq_thread_start(getpid()));
    CHECK(sq_thread_start(getpid()) != 0);
    is_over = true;
    pthread_join(thread, NULL);
    while (sq_look(deaf_tid, &look) != ESRCH) /* the kernel is not done with it yet */
        sched_yield();
    CHECK(sq_thread_start(deaf_tid) == 0);
    CHECK(sq_look(getpid(), &look) == 0);
    CHECK(!(look.blocked & mask_of(SIGUSR1)) && look.state == 'R');
}

static void proc_of_others_is_refused(void)
{
    int32_t tids[4];
    refuse(SYS_readlinkat, EACCES);
    CHECK(sq_threads(tids, 4) == -ESRCH);
    refuse(SYS_openat, EMFILE);
    struct sq_look look;
    CHECK(sq_look(getpid(), &look) == EMFILE);
    end_unchecked();
}

/* ---- Threads of others that wait with a mask of their own ---- */

enum wait { SIGSUSPEND, PPOLL, SIGTIMEDWAIT };

static struct other {
    enum wait wait;
    _Atomic pid_t tid;
    _Atomic bool is_over;
    _Atomic bool may_end;
    int error;
    uint64_t blocked_after;
} other;

static void *wait_as_told(void *unused)
{
    (void)unused;
    sigset_t few;
    siginfo_t info;
    sigemptyset(&few);
    sigaddset(&few, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &few, NULL);
    errno = 0;
    other.tid = tid_of_this();
    switch (other.wait) {
    case SIGSUSPEND:
        sigsuspend(&few);
        break;
    case PPOLL:
        ppoll(NULL, 0, NULL, &few);
        break;
    case SIGTIMEDWAIT:
        sigwaitinfo(&few, &info);
        break;
    }
    other.error = errno;
    other.blocked_after = blocked_here();
    other.is_over = true;
    while (!other.may_end)
        sched_yield();
    return NULL;
}

static void waits_of_others_are_interrupted_and_keep_their_masks(void)
{
    begin(A);
    for (int wait = SIGSUSPEND; wait <= SIGTIMEDWAIT; wait++) {
        pthread_t thread;
        memset(&other, 0, sizeof other);
        other.wait = (enum wait)wait;
        sq_masks_off(); /* the other thread is to begin without the mask */
        CHECK(pthread_create(&thread, NULL, wait_as_told, NULL) == 0);
        sq_masks_on(mask_of(A));
        while (other.tid == 0 || state_of(other.tid) != 'S')
            sched_yield();
        tell(other.tid, mask_of(A), false);
        while (!other.is_over)
            sched_yield();
        CHECK(other.error == EINTR);
        CHECK(other.blocked_after == (mask_of(A) | mask_of(SIGUSR1)));
        other.may_end = true;
        pthread_join(thread, NULL);
    }
    end(A);
}

static void handlers_leave_errno_alone(void)
{
    begin(A);
    errno = 4711;
    tell_this(mask_of(A));
    CHECK(errno == 4711);
    kill(getpid(), WAKE);
    CHECK(errno == 4711);
    end(A);
}

/* ---- Many senders ---- */

enum { SENDERS = 2, EACH = 20000 };

static void *send_many(void *number)
{
    const int sender = (int)(intptr_t)number;
    for (int i = 0; i < EACH; i++)
        while (sigqueue(getpid(), A, (union sigval){.sival_int = sender << 24 | i}) != 0)
            sched_yield();
    return NULL;
}

static void each_senders_values_arrive_in_order(void)
{
    pthread_t senders[SENDERS];
    int next[SENDERS] = {0};
    begin(A);
    for (int i = 0; i < SENDERS; i++)
        CHECK(pthread_create(&senders[i], NULL, send_many, (void *)(intptr_t)i) == 0);
    for (uint64_t seen = 0; seen < SENDERS * EACH;) {
        sq_sigwait_fetch(CAPACITY / 2);
        if (!wake_up(&receiver)) /* the note is woken: it has been asleep since begin */
            sq_sigwait(SQ_FOREVER);
        for (; seen < atomic_load(&sq_block.ring_head); seen++) {
            const int value = (int)sq_block.cells[seen % CAPACITY].value;
            CHECK((value & 0xffffff) == next[value >> 24]++);
        }
        while (!receiver.asleep)
            fall_asleep(&receiver);
    }
    for (int i = 0; i < SENDERS; i++)
        pthread_join(senders[i], NULL);
    CHECK(accepted(A) == SENDERS * EACH && sq_block.signals[A].lost == 0);
    end(A);
}

int main(int count, char **arguments)
{
    start(count, arguments);
    RUN(sleep_takes_a_pending_signal_and_sends_it);
    RUN(sleep_ends_with_its_time);
    RUN(fetch_takes_what_is_pending_in_order_and_no_more_than_it_may);
    RUN(nothing_is_fetched_when_nothing_is_exclusive);
    RUN(wakeup_before_the_sleep_ends_it);
    RUN(wake_signal_without_a_wakeup_is_nothing);
    RUN(wakeup_during_the_sleep_ends_it);
    RUN(wakeup_needs_no_room_in_the_queue);
    RUN(borrower_is_woken_with_no_room_in_the_queue);
    RUN(borrower_is_woken_where_others_have_taken_the_wake_signal);
    RUN(receiver_that_stands_aside_comes_back_with_no_room_in_the_queue);
    RUN(signal_comes_to_the_borrower_while_the_receiver_stands_aside);
    RUN(handler_before_the_borrowers_wait_is_not_missed);
    RUN(borrower_that_is_told_gets_its_signal);
    RUN_ALONE(receiver_gets_what_the_borrower_cannot_unblock);
    RUN(signal_that_leaves_while_the_borrower_waits_is_not_blocked_again);
    RUN(handler_on_the_borrowers_thread_returns_to_blocked_signals);
    RUN(wakeup_that_is_under_way_while_signals_leave_is_not_lost);
    RUN_ALONE(wakeup_does_without_tgkill);
    RUN(wake_signal_that_nobody_is_owed_is_dropped);
    RUN(unwanted_signal_takes_the_previous_action_with_its_details);
    RUN(unwanted_signal_takes_the_default_action);
    RUN(receiver_takes_what_is_pending_in_order_when_signals_leave);
    RUN(what_is_pending_goes_by_the_handler_if_the_receiver_does_not_come);
    RUN(receiver_goes_on_with_the_signals_that_stay);
    RUN(only_the_bits_that_a_thread_is_told_of_change);
    RUN(answers_count_for_their_own_count_only);
    RUN(forged_mask_signal_changes_nothing);
    RUN(receiver_keeps_the_wake_signal_whatever_it_is_told);
    RUN(thread_that_does_not_block_it_sends_and_blocks_it_then);
    RUN(flood_ends_the_time_without_a_mask);
    RUN(masks_come_back_on);
    RUN(private_signals_are_given_back_with_what_is_pending);
    RUN(late_wake_signal_is_harmless_when_the_private_ones_are_given_back);
    RUN(private_signals_are_given_back_byte_for_byte);
    RUN(lost_private_signal_is_noticed_and_left_alone);
    RUN(nonsense_is_refused);
    RUN(signals_of_others_are_not_taken);
    RUN(full_queue_is_known_at_once_and_swept);
    RUN(first_thread_is_swept_by_whichever_thread);
    RUN(calling_thread_is_swept_even_if_it_is_not_the_first);
    RUN_ALONE(receiver_sweeps_itself);
    RUN_ALONE(refused_telling_is_told);
    RUN_ALONE(refused_wait_is_known_before_anything_changes);
    RUN_ALONE(refused_waking_is_known_before_anything_changes);
    RUN_ALONE(refusal_that_looks_like_the_end_of_the_time_is_known);
    RUN_ALONE(refused_block_is_known_before_anything_changes);
    RUN_ALONE(receiver_that_cannot_block_the_wake_signal_does_not_wait);
    RUN_ALONE(wait_that_is_refused_later_makes_all_signals_leave);
    RUN_ALONE(wait_that_seems_to_end_too_early_makes_all_signals_leave);
    RUN(threads_are_found_and_looked_at);
    RUN_ALONE(proc_of_others_is_refused);
    RUN(waits_of_others_are_interrupted_and_keep_their_masks);
    RUN(handlers_leave_errno_alone);
    RUN(each_senders_values_arrive_in_order);
    return report();
}
