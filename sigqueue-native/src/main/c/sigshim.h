/*
 * The signal handler of sigqueue, and the memory that it shares with the receiver in Java.
 *
 * The other side is org.sigqueue.core in Java: SignalQueue explains the state machine, and
 * BlockLayout has the layout of the structures below, which the Makefile compares.
 */
#ifndef SIGSHIM_H
#define SIGSHIM_H

#include <signal.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

_Static_assert(ATOMIC_INT_LOCK_FREE == 2 && ATOMIC_LLONG_LOCK_FREE == 2,
               "a handler may not take the lock of an emulated atomic");

enum {
    SQ_MAGIC = 0x53494751, /* "SIGQ" */
    SQ_VERSION = 5,
    SQ_SIGNALS = 64, /* Linux: signals 1 to 64; signal n is bit n - 1 of a word */
    SQ_RING_MAX = 16384,
};

/*
 * The turn of a cell in the ring: its lap, and in the lower bits a stage, which is free, claimed
 * for the signal that it is, or filled. Or the cell was given up. OccurrenceRing.java tells more.
 */
enum { SQ_FREE = 0, SQ_FILLED = 255, SQ_STAGE_BITS = 8 };
#define SQ_GIVEN_UP UINT64_MAX

/* Each state is a promise of the receiver; SignalQueue.java tells the whole story. */
enum sq_state {
    SQ_ACTIVE,  /* it is awake, and no signal was announced since it last looked */
    SQ_PENDING, /* it looks at the mask before it sleeps */
    SQ_WAITING, /* asleep or about to be; a thread that ends this state owes it one wakeup */
    SQ_CLOSED,  /* nobody receives */
    SQ_LENT,    /* as SQ_WAITING, but a borrower sleeps on its own note, and is owed the wakeup */
};

/* The bits of the note: the word on which the receiver sleeps. */
enum {
    SQ_WOKEN = 1,       /* by the one wakeup */
    SQ_SLEEPING = 2,    /* in the kernel or about to be: a wakeup takes a system call */
    SQ_INTERRUPTED = 4, /* by a thread that is no sender */
};

/* How a handler wakes a sleeper that is SQ_SLEEPING: WakeMethod in Java. */
enum sq_wake { SQ_WAKE_NONE, SQ_WAKE_WORD, SQ_WAKE_FUTEX, SQ_WAKE_EVENTFD, SQ_WAKE_SIGWAIT };

/* The counters of one signal, which senders change. */
struct sq_signal {
    _Atomic uint64_t accepted;
    _Atomic uint64_t lost;      /* accepted without a record: the ring was full */
    _Atomic uint32_t in_flight; /* handlers between entering and leaving */
    _Atomic uint32_t written_off; /* the receiver's: those in flight that are not waited for */
    uint32_t reserved[2];
};

/* One record of the ring. Fields that si_code gives no meaning to are 0; fd is -1. */
struct sq_cell {
    _Atomic uint64_t turn;
    int32_t signal;
    int32_t code; /* si_code */
    int32_t pid;
    uint32_t uid;
    int64_t value;  /* the bits of si_value */
    int32_t status; /* si_status */
    int32_t tid;    /* the thread that the handler ran on */
    int64_t time_nanos; /* CLOCK_MONOTONIC */
    int32_t fd;         /* si_fd */
    int32_t band;       /* si_band: poll's events */
    uint64_t reserved;
};

/* Words that different parties write are on different cache lines; see BlockLayout.java. */
struct sq_block {
    uint32_t magic;
    uint32_t version;
    uint32_t size;
    uint32_t ring_capacity; /* a power of two; changed at most once, before the first install */
    uint32_t cell_size;

    alignas(64) _Atomic uint64_t mask; /* the pending set */
    _Atomic uint32_t state;
    _Atomic uint32_t inconsistent; /* errors that a handler cannot throw: 0 unless there is a bug */

    alignas(64) _Atomic uint32_t note;
    _Atomic uint32_t wake; /* how and where to wake; the receiver changes them only while awake */
    _Atomic int32_t wake_fd;
    _Atomic int32_t sleeper; /* the thread that waits for signals in the kernel; 0: for the word */
    _Atomic uint32_t loan_note; /* the borrower's, with how and where to wake it */
    _Atomic uint32_t loan_wake;
    _Atomic int32_t loan_wake_fd;
    _Atomic int32_t loan_sleeper; /* the thread that waits for handlers; 0: for the word alone */

    alignas(64) _Atomic uint64_t wanted;   /* the signals to accept */
    _Atomic uint64_t draining; /* the signals whose last handler in flight must announce */
    _Atomic uint64_t forward;  /* the signals whose previous handler is called as well */
    _Atomic uint64_t exclusive; /* the signals that every thread blocks, and the receiver waits for */

    alignas(64) _Atomic uint64_t ring_tail; /* the producers' */
    alignas(64) _Atomic uint64_t ring_head; /* the consumer's alone: the turns tell producers all */

    alignas(64) struct sq_signal signals[SQ_SIGNALS + 1]; /* by number; 0 is unused */
    alignas(64) struct sq_cell cells[SQ_RING_MAX];
};

/* The one block of this copy of the library. It is never freed: a handler may always be running. */
extern struct sq_block sq_block;

/*
 * Accepts one occurrence, which thread tid got: counts it, records it, adds the signal to the mask
 * and announces it. Async-signal-safe and lock-free. The caller has counted itself in in_flight,
 * and saves errno.
 */
void sq_send(int signal, const siginfo_t *info, int tid);

/*
 * Accepts a signal if it is wanted, and returns whether it was. If not, held tells what there was
 * instead at the same moment: it is for sq_previous_action, which the caller takes then. Counts in
 * in_flight meanwhile. Async-signal-safe and lock-free; the caller saves errno.
 */
bool sq_accept(int signal, const siginfo_t *info, int tid, uint32_t *held);

/*
 * Makes the receiver look at the mask before it sleeps, or wakes it. Async-signal-safe and
 * lock-free; the caller saves errno.
 */
void sq_announce(void);

/*
 * The handler. Accepts the signal if it is wanted, and also calls the previous handler if
 * forwarding is on; takes the previous action if the signal is not wanted, or in a child.
 */
void sq_handler(int signal, siginfo_t *info, void *context);

/* A timeout that is no timeout. Negative ones are none either. */
#define SQ_FOREVER INT64_MAX

/*
 * Sleeps while the word has this value. Returns 0 when woken, which may be for no reason, or
 * EAGAIN (another value), ETIMEDOUT, EINTR.
 */
int sq_futex_wait(_Atomic uint32_t *word, uint32_t expected, int64_t timeout_nanos);

/* Wakes one sleeper. Async-signal-safe; never blocks. */
void sq_futex_wake(_Atomic uint32_t *word);

/* Creates a non-blocking eventfd. Returns it or a negative error number. */
int sq_eventfd_open(void);

/* Makes an eventfd readable. Async-signal-safe; never blocks. Returns 0 or an error number. */
int sq_eventfd_wake(int fd);

/*
 * Waits until an eventfd is readable and makes it unreadable again. Returns 0 or ETIMEDOUT, EINTR,
 * another error number.
 */
int sq_eventfd_wait(int fd, int64_t timeout_nanos);

#endif
