/*
 * Every interleaving with one intrusion: one party runs with the CPU's trap flag, and after its
 * n-th instruction the other runs to its end, for every n. That is what a signal handler does to
 * the code that it interrupts, and what a second CPU can do to it in one go. Where it matters that
 * a change is made and undone meanwhile, there are two intrusions.
 *
 * The same program must fail when it is linked with one of broken_*.c.
 */
#define _GNU_SOURCE
#include "receiver.h"
#include "sigborrow.h"
#include "sigdisposition.h"
#include "sigmasks.h"
#include "sigprivate.h"
#include "sigwait.h"

#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#if !defined(__x86_64__)
int main(void)
{
    puts("interleave_test: SKIPPED: single steps are implemented for x86-64 only");
    return SKIPPED;
}
#else
#include <setjmp.h>
#include <ucontext.h>

enum { TRAP_FLAG = 0x100, A = SIGUSR1, B = SIGUSR2, CAPACITY = 4 };

typedef void action(void);

/* The intruders that run after each step: first, and then second, if it is not NULL. */
static volatile long steps_done;
static volatile long first_step, second_step;
static action *volatile first, *volatile second;

static void on_step(int signal, siginfo_t *info, void *context)
{
    (void)signal, (void)info;
    const long step = steps_done++;
    action *const intruder = step == first_step ? first : step == second_step ? second : NULL;
    if (intruder == NULL)
        return;
    if (intruder == second || second == NULL)
        ((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL] &= ~TRAP_FLAG;
    intruder();
    if (intruder == first)
        first = NULL;
    else
        second = NULL;
}

/* An intruder that ends what it interrupts, as the end of a thread does. */
static sigjmp_buf end_of_stepped;

static void die(void)
{
    first = NULL;
    siglongjmp(end_of_stepped, 1);
}

static void run_stepped(action *stepped)
{
    steps_done = 0;
    const unsigned long long flags = __builtin_ia32_readeflags_u64();
    if (sigsetjmp(end_of_stepped, 1) == 0) {
        __builtin_ia32_writeeflags_u64(flags | TRAP_FLAG);
        stepped();
        __builtin_ia32_writeeflags_u64(flags);
    }
    atomic_signal_fence(memory_order_seq_cst); /* the compiler's: on_step changes what follows */
    /* Whose step did not come: after the end. */
    if (first != NULL)
        first();
    if (second != NULL)
        second();
}

enum { TOO_MANY = 100000, NEAR = 40 };

/* Runs stepped once for each of its instructions, and once for its end. */
static void at_every_step(action *prepare, action *stepped, action *other, action *verify)
{
    bool intruded;
    long steps = 0;
    do {
        prepare();
        first = other;
        first_step = steps;
        run_stepped(stepped);
        intruded = steps_done > steps;
        verify();
    } while (intruded && checks_failed == 0 && ++steps < TOO_MANY);
    CHECK(steps > 5); /* else the trap flag does nothing here */
    CHECK(steps < TOO_MANY);
}

/* Runs stepped for every two of its first instructions that are near to each other. */
static void at_every_two_steps(action *prepare, action *stepped, action *one, action *other,
                               action *verify)
{
    bool intruded;
    long steps = 0;
    do {
        for (long later = 1; later <= NEAR; later++) {
            prepare();
            first = one;
            second = other;
            first_step = steps;
            second_step = steps + later;
            run_stepped(stepped);
            intruded = steps_done > steps;
            verify();
        }
    } while (intruded && checks_failed == 0 && ++steps < 2 * NEAR);
    CHECK(steps > 5);
}

/* ---- The parties ---- */

static void handle(int signal)
{
    siginfo_t info = {.si_signo = signal, .si_code = SI_USER};
    sq_handler(signal, &info, NULL);
}

static void send_a(void)
{
    siginfo_t info = {.si_signo = A, .si_code = SI_USER};
    atomic_fetch_add(&sq_block.signals[A].in_flight, 1);
    sq_send(A, &info, 0);
    atomic_fetch_sub(&sq_block.signals[A].in_flight, 1);
}

static void handle_a(void)
{
    handle(A);
}

static void handle_b(void)
{
    handle(B);
}

static void handle_burst(void)
{
    for (int i = 0; i < CAPACITY; i++)
        handle(i % 2 == 0 ? A : B);
}

static void receive(void)
{
    run_until_asleep(&receiver);
}

/* ---- A borrower of the receiver's role: Loan.java ---- */

static bool lent;

static void borrow(void)
{
    uint32_t waiting = SQ_WAITING;
    if (lent || atomic_load(&sq_block.mask) != 0)
        return;
    lent = atomic_compare_exchange_strong(&sq_block.state, &waiting, SQ_LENT);
    if (lent)
        atomic_fetch_or(&sq_block.loan_note, SQ_SLEEPING);
}

static void take_back(void)
{
    uint32_t expected = SQ_LENT;
    if (!lent || !atomic_compare_exchange_strong(&sq_block.state, &expected, SQ_WAITING))
        return;
    lent = false;
    sq_block.loan_note = 0;
}

static void take_back_and_borrow_again(void)
{
    take_back();
    borrow();
}

/* If it has been woken, and so has the role. */
static void serve_and_give_back(void)
{
    uint32_t active = SQ_ACTIVE;
    if (!(atomic_load(&sq_block.loan_note) & SQ_WOKEN))
        return;
    lent = false;
    sq_block.loan_note = 0;
    look(&receiver);
    if (!atomic_compare_exchange_strong(&sq_block.state, &active, SQ_WAITING))
        CHECK((atomic_fetch_or(&sq_block.note, SQ_WOKEN) & SQ_WOKEN) == 0);
}

/* ---- How they start ---- */

static void receiver_awake(void)
{
    fresh(CAPACITY);
    sq_block.wanted = mask_of(A) | mask_of(B);
    sq_block.loan_wake = SQ_WAKE_WORD;
    lent = false;
}

static void receiver_asleep(void)
{
    receiver_awake();
    receive();
}

static void role_lent(void)
{
    receiver_asleep();
    borrow();
}

static void borrower_woken(void)
{
    role_lent();
    handle_a();
}

static void receiver_behind(void)
{
    receiver_awake();
    handle_a();
    handle_b();
}

static void ring_almost_full(void)
{
    receiver_awake();
    for (int i = 0; i < CAPACITY - 1; i++)
        handle_b();
}

/* ---- How they must end ---- */

static void everything_arrives(void)
{
    receive();
    check_conservation(&receiver);
}

static void everything_arrives_and_nobody_is_left(void)
{
    serve_and_give_back();
    take_back();
    CHECK(!lent); /* else it is neither LENT, nor was the borrower woken */
    everything_arrives();
}

static void role_is_lent_during_a_send(void)
{
    at_every_step(receiver_asleep, send_a, borrow, everything_arrives_and_nobody_is_left);
    at_every_step(receiver_asleep, handle_a, borrow, everything_arrives_and_nobody_is_left);
}

static void loan_ends_during_a_send(void)
{
    at_every_step(role_lent, send_a, take_back, everything_arrives_and_nobody_is_left);
    at_every_step(role_lent, send_a, take_back_and_borrow_again,
                  everything_arrives_and_nobody_is_left);
    at_every_step(role_lent, send_a, serve_and_give_back, everything_arrives_and_nobody_is_left);
    at_every_step(role_lent, handle_a, handle_b, everything_arrives_and_nobody_is_left);
}

static void handler_interrupts_the_borrower(void)
{
    at_every_step(receiver_asleep, borrow, handle_a, everything_arrives_and_nobody_is_left);
    at_every_step(role_lent, take_back, handle_a, everything_arrives_and_nobody_is_left);
    at_every_step(borrower_woken, serve_and_give_back, handle_b,
                  everything_arrives_and_nobody_is_left);
    at_every_step(borrower_woken, serve_and_give_back, handle_burst,
                  everything_arrives_and_nobody_is_left);
}

static void in_every_start(action *stepped, action *other)
{
    at_every_step(receiver_awake, stepped, other, everything_arrives);
    at_every_step(receiver_asleep, stepped, other, everything_arrives);
    at_every_step(receiver_behind, stepped, other, everything_arrives);
    at_every_step(ring_almost_full, stepped, other, everything_arrives);
}

static void receiver_runs_during_a_send(void)
{
    in_every_start(send_a, receive);
}

static void handler_interrupts_the_receiver(void)
{
    in_every_start(receive, handle_a);
}

static void burst_interrupts_the_receiver(void)
{
    in_every_start(receive, handle_burst);
}

/* Between handlers the receiver makes a difference only if it has to be woken. */
static void handler_of_the_same_signal_interrupts_a_handler(void)
{
    at_every_step(receiver_asleep, handle_a, handle_a, everything_arrives);
    at_every_step(ring_almost_full, handle_a, handle_a, everything_arrives);
}

static void handler_of_another_signal_interrupts_a_handler(void)
{
    at_every_step(receiver_asleep, handle_a, handle_b, everything_arrives);
    at_every_step(ring_almost_full, handle_a, handle_b, everything_arrives);
}

static void burst_that_overflows_the_ring_interrupts_a_handler(void)
{
    at_every_step(receiver_asleep, handle_a, handle_burst, everything_arrives);
    at_every_step(ring_almost_full, handle_a, handle_burst, everything_arrives);
}

/* ---- Producers that stop or die between claim and publication ---- */

static void give_up_and_receive_others(void)
{
    give_up_record();
    handle_b();
    receive();
}

/* Nothing is lost on two laps, but what was before. */
static void ring_works_again(void)
{
    receive();
    const uint64_t lost = sq_block.signals[B].lost;
    for (int i = 0; i < 2 * CAPACITY; i++) {
        handle_b();
        receive();
    }
    CHECK(sq_block.signals[B].lost == lost);
}

static void everything_arrives_or_is_given_up(void)
{
    ring_works_again();
    check_conservation(&receiver);
}

static void record_is_given_up_during_a_send(void)
{
    at_every_step(receiver_awake, send_a, give_up_and_receive_others,
                  everything_arrives_or_is_given_up);
    at_every_step(receiver_asleep, send_a, give_up_and_receive_others,
                  everything_arrives_or_is_given_up);
    at_every_step(receiver_behind, send_a, give_up_and_receive_others,
                  everything_arrives_or_is_given_up);
}

/* It counts as accepted at first; whether it leaves a record or counts as lost is open. */
static void others_arrive(void)
{
    const struct sq_signal *a = &sq_block.signals[A], *b = &sq_block.signals[B];
    handle_b();
    receive();
    give_up_record();
    ring_works_again();
    CHECK(b->accepted == receiver.records[B] + b->lost);
    CHECK(a->accepted - (receiver.records[A] + a->lost) <= 1);
    CHECK(sq_block.inconsistent == 0);
}

static void sender_dies_anywhere(void)
{
    at_every_step(receiver_awake, send_a, die, others_arrive);
    at_every_step(receiver_behind, send_a, die, others_arrive);
    at_every_step(ring_almost_full, send_a, die, others_arrive);
}

/* ---- Stopping: once no handler is in flight, nothing more is accepted ---- */

static bool quiescent;
static uint64_t accepted_when_quiescent;

static void previous_is_a_no_op(int signal)
{
    (void)signal;
}

static void stop_prepare(void)
{
    receiver_asleep();
    quiescent = false;
}

static void look_whether_quiescent(void)
{
    quiescent = sq_block.signals[A].in_flight == 0;
    accepted_when_quiescent = sq_block.signals[A].accepted;
}

static void stop_a(void)
{
    atomic_fetch_and(&sq_block.wanted, ~mask_of(A));
    atomic_fetch_or(&sq_block.draining, mask_of(A));
    look_whether_quiescent();
    receive();
}

static void stop_was_told(void)
{
    if (!quiescent) { /* so the handler owed an announcement, and the receiver looks again */
        const uint64_t looks = receiver.looks;
        receive();
        CHECK(receiver.looks > looks);
        look_whether_quiescent();
    }
    CHECK(quiescent);
    CHECK(sq_block.signals[A].accepted == accepted_when_quiescent);
    everything_arrives();
}

static void stop_runs_during_a_handler(void)
{
    signal(A, previous_is_a_no_op);
    CHECK(sq_install(A) == 0);
    at_every_step(stop_prepare, handle_a, stop_a, stop_was_told);
    CHECK(sq_restore(A) == 0);
    signal(A, SIG_DFL);
}

/* ---- Notify and Ignore in turn: what was there before them has no part in it ---- */

static bool previous_was_called;

static void previous_notes_it(int signal)
{
    (void)signal;
    previous_was_called = true;
}

/* The part of a handler that matters here, without system calls. */
static void decide_a(void)
{
    siginfo_t info = {.si_signo = A, .si_code = SI_USER};
    uint32_t held;
    if (!sq_accept(A, &info, 0, &held))
        sq_previous_action(held, A, &info, NULL);
}

static void notify_a(void)
{
    atomic_fetch_or(&sq_block.wanted, mask_of(A));
    CHECK(sq_install(A) == 0);
}

static void ignore_a(void)
{
    CHECK(sq_ignore(A) == 0);
    atomic_fetch_and(&sq_block.wanted, ~mask_of(A));
}

static void a_is_ignored(void)
{
    receiver_asleep();
    ignore_a();
    previous_was_called = false;
}

static void a_is_notified(void)
{
    receiver_asleep();
    notify_a();
    previous_was_called = false;
}

static void previous_was_left_alone(void)
{
    CHECK(!previous_was_called);
    everything_arrives();
}

static void notify_and_ignore_during_a_handler(void)
{
    signal(A, previous_notes_it);
    CHECK(sq_install(A) == 0);
    at_every_step(a_is_ignored, decide_a, notify_a, previous_was_left_alone);
    at_every_step(a_is_notified, decide_a, ignore_a, previous_was_left_alone);
    at_every_step(a_is_ignored, notify_a, decide_a, previous_was_left_alone);
    at_every_step(a_is_notified, ignore_a, decide_a, previous_was_left_alone);
    at_every_two_steps(a_is_ignored, decide_a, notify_a, ignore_a, previous_was_left_alone);
    at_every_two_steps(a_is_notified, decide_a, ignore_a, notify_a, previous_was_left_alone);
    CHECK(sq_restore(A) == 0);
    signal(A, SIG_DFL);
}

/* ---- The default action of a stop signal, which comes back; changes meanwhile ---- */

static struct sq_action untouched;

static bool is_ours_now(int signal, struct sq_action *now)
{
    struct sq_action saved;
    return sq_disposition(signal, now, &saved) == 1;
}

static void install_tstp(void)
{
    CHECK(sq_install(SIGTSTP) == 0);
}

static void handle_tstp(void)
{
    handle(SIGTSTP);
}

static void restore_tstp(void)
{
    CHECK(sq_restore(SIGTSTP) == 0);
}

static void restore_and_install_tstp(void)
{
    restore_tstp();
    install_tstp();
}

static void replace_tstp(void)
{
    signal(SIGTSTP, previous_is_a_no_op);
}

static void ignore_tstp(void)
{
    CHECK(sq_ignore(SIGTSTP) == 0);
}

static void nothing(void)
{
}

static void tstp_is_ours(void)
{
    struct sq_action now;
    CHECK(is_ours_now(SIGTSTP, &now));
    restore_tstp();
    CHECK(!is_ours_now(SIGTSTP, &now));
    CHECK(memcmp(&now, &untouched, sizeof now) == 0);
}

static void tstp_is_untouched(void)
{
    struct sq_action now;
    CHECK(!is_ours_now(SIGTSTP, &now));
    CHECK(memcmp(&now, &untouched, sizeof now) == 0);
}

static void tstp_is_ignored(void)
{
    struct sq_action now;
    CHECK(!is_ours_now(SIGTSTP, &now));
    CHECK(now.handler == (uintptr_t)SIG_IGN);
    restore_tstp();
    tstp_is_untouched();
}

static void tstp_is_replaced(void)
{
    struct sq_action now;
    is_ours_now(SIGTSTP, &now);
    CHECK(now.handler == (uintptr_t)previous_is_a_no_op);
    CHECK(sq_restore(SIGTSTP) == SQ_DISPLACED);
    signal(SIGTSTP, SIG_DFL);
}

/* In an orphaned process group the kernel does not stop anybody: the default action returns. */
static int in_orphaned_group(void)
{
    setsid();
    is_ours_now(SIGTSTP, &untouched);
    at_every_step(install_tstp, handle_tstp, nothing, tstp_is_ours);
    at_every_step(install_tstp, handle_tstp, restore_tstp, tstp_is_untouched);
    at_every_step(install_tstp, handle_tstp, restore_and_install_tstp, tstp_is_ours);
    at_every_step(install_tstp, handle_tstp, handle_tstp, tstp_is_ours);
    at_every_step(install_tstp, handle_tstp, ignore_tstp, tstp_is_ignored);
    at_every_step(install_tstp, handle_tstp, replace_tstp, tstp_is_replaced);
    return checks_failed;
}

static void dispositions_change_during_a_default_action(void)
{
    int status;
    const pid_t child = fork();
    if (child == 0)
        _exit(in_orphaned_group() != 0);
    waitpid(child, &status, 0);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* ---- A borrower that waits while A is exclusive: what reaches its thread at each instruction ---- */

enum { MASK = 60, WAKE = 59 };

static uint64_t own;             /* what its thread had blocked itself */
static uint64_t sent;            /* of A */
static bool is_to_be_told;
static pid_t borrower;
static volatile uint64_t mask_of_stepped;

/* What an intruder sends arrives when this returns. */
static void on_step_of_the_borrower(int signal, siginfo_t *info, void *context)
{
    memcpy((void *)&mask_of_stepped, &((ucontext_t *)context)->uc_sigmask, sizeof mask_of_stepped);
    on_step(signal, info, context);
}

static void send_here(int signal)
{
    CHECK(syscall(SYS_tgkill, getpid(), borrower, signal) == 0);
}

static void another_signal_comes(void)
{
    send_here(B);
}

static void exclusive_signal_comes(void)
{
    sent++;
    send_here(A);
}

static void borrower_is_told(void)
{
    int error;
    while ((error = sq_tell(borrower, mask_of(A) & ~own, false)) == EAGAIN)
        sched_yield(); /* other processes of the same user fill the kernel's queue, too */
    CHECK(error == 0);
}

/* As ThreadMasks does, which looks, after the words have changed, where the borrower sleeps, at the mask,
   and once more where. The last look comes after the wait, or with the others. */
static void a_leaves(void)
{
    sq_leave(mask_of(A));
    is_to_be_told = borrower == sq_block.loan_sleeper;
}

static void mask_is_looked_at(void)
{
    is_to_be_told |= (mask_of_stepped & mask_of(A)) != 0;
}

static void a_leaves_and_borrower_is_told(void)
{
    a_leaves();
    mask_is_looked_at();
    if (is_to_be_told)
        borrower_is_told();
    is_to_be_told = false;
}

static void borrower_about_to_wait(void)
{
    const uint64_t a = mask_of(A);
    fresh(CAPACITY);
    sent = 0;
    is_to_be_told = false;
    sq_block.wanted = mask_of(A) | mask_of(B);
    sq_block.wake = SQ_WAKE_SIGWAIT;
    sq_block.loan_wake = SQ_WAKE_FUTEX;
    CHECK(sq_enter(A) == 0);
    syscall(SYS_rt_sigprocmask, SIG_BLOCK, &a, NULL, sizeof a);
    sq_receiver_was_asked();
    atomic_store(&sq_block.state, SQ_LENT);
}

static void wait_as_borrower(void)
{
    sq_sigwait_borrowed(0);
}

static void borrower_has_its_mask(void)
{
    const uint64_t a = mask_of(A);
    if (is_to_be_told)
        borrower_is_told();
    uint64_t mask;
    syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, sizeof mask);
    CHECK((mask & (a | mask_of(B))) == (sq_block.exclusive | own));
    CHECK(sq_block.loan_sleeper == 0 && sq_not_aside(a) == a);
    syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, &a, NULL, sizeof a);
    CHECK(sq_block.signals[A].accepted == sent);
    CHECK(sq_block.inconsistent == 0);
}

static void what_reaches_the_borrower_while_it_waits(void)
{
    action *const start = borrower_about_to_wait, *const waits = wait_as_borrower;
    own = 0;
    at_every_step(start, waits, another_signal_comes, borrower_has_its_mask);
    at_every_step(start, waits, exclusive_signal_comes, borrower_has_its_mask);
    at_every_step(start, waits, borrower_is_told, borrower_has_its_mask);
    at_every_step(start, waits, a_leaves_and_borrower_is_told, borrower_has_its_mask);
    at_every_two_steps(start, waits, a_leaves, mask_is_looked_at, borrower_has_its_mask);
    at_every_two_steps(start, waits, a_leaves_and_borrower_is_told, another_signal_comes,
                       borrower_has_its_mask);
    own = mask_of(A); /* so it is not told, and goes on to block it */
    at_every_step(start, waits, a_leaves, borrower_has_its_mask);
}

static void mask_is_right_after_a_wait_of_the_borrower(void)
{
    struct sigaction before;
    struct sigaction step = {.sa_sigaction = on_step_of_the_borrower, .sa_flags = SA_SIGINFO};
    sigfillset(&step.sa_mask);
    borrower = getpid();
    sigaction(SIGTRAP, &step, &before);
    CHECK(sq_install(A) == 0 && sq_install(B) == 0 && sq_take_private(MASK, WAKE) == 0);
    what_reaches_the_borrower_while_it_waits();
    sq_leave(mask_of(A));
    sq_sigwait_end();
    CHECK(sq_restore(A) == 0 && sq_restore(B) == 0 && sq_give_back_private() == 0);
    sigaction(SIGTRAP, &before, NULL);
}

/* ---- A signal leaves exclusive delivery while the receiver takes what is pending ---- */

static void fetch_pending(void)
{
    sq_sigwait_fetch(CAPACITY);
}

static void a_is_exclusive(void)
{
    const uint64_t a = mask_of(A);
    fresh(CAPACITY);
    sent = 0;
    sq_block.wanted = a;
    sq_block.wake = SQ_WAKE_SIGWAIT;
    CHECK(sq_enter(A) == 0);
    syscall(SYS_rt_sigprocmask, SIG_BLOCK, &a, NULL, sizeof a);
    fetch_pending();
    CHECK(sq_waited() == a);
}

static void a_comes_and_leaves(void)
{
    sent++;
    CHECK(syscall(SYS_tgkill, getpid(), getpid(), A) == 0);
    sq_leave(mask_of(A));
}

/* Else the others unblock it, and take it beside the receiver, in any order. */
static void a_was_taken_or_is_waited_for(void)
{
    const uint64_t a = mask_of(A);
    CHECK(sq_block.signals[A].accepted == sent || sq_waited() == a);
    fetch_pending();
    CHECK(sq_block.signals[A].accepted == sent && sq_waited() == 0);
    syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, &a, NULL, sizeof a);
}

static void signal_leaves_while_the_receiver_takes_what_is_pending(void)
{
    CHECK(sq_install(A) == 0 && sq_take_private(MASK, WAKE) == 0);
    at_every_step(a_is_exclusive, fetch_pending, a_comes_and_leaves, a_was_taken_or_is_waited_for);
    sq_sigwait_end();
    CHECK(sq_restore(A) == 0 && sq_give_back_private() == 0);
}

int main(int argc, char **argv)
{
    struct sigaction step = {.sa_sigaction = on_step, .sa_flags = SA_SIGINFO};
    start(argc, argv);
    sigaction(SIGTRAP, &step, NULL);
    RUN(receiver_runs_during_a_send);
    RUN(handler_interrupts_the_receiver);
    RUN(burst_interrupts_the_receiver);
    RUN(handler_of_the_same_signal_interrupts_a_handler);
    RUN(handler_of_another_signal_interrupts_a_handler);
    RUN(burst_that_overflows_the_ring_interrupts_a_handler);
    RUN(role_is_lent_during_a_send);
    RUN(loan_ends_during_a_send);
    RUN(handler_interrupts_the_borrower);
    RUN(record_is_given_up_during_a_send);
    RUN(sender_dies_anywhere);
    RUN(stop_runs_during_a_handler);
    RUN(notify_and_ignore_during_a_handler);
    RUN(dispositions_change_during_a_default_action);
    RUN(mask_is_right_after_a_wait_of_the_borrower);
    RUN(signal_leaves_while_the_receiver_takes_what_is_pending);
    return report();
}
#endif
