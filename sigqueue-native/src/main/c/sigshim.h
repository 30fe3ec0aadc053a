/*
 * The signal handler of sigqueue, and the memory that it shares with the receiver in Java.
 *
 * The other side is org.sigqueue.core in Java: SharedBlock has the same layout and compares it when
 * the library is loaded, and SignalQueue explains the state machine.
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
    SQ_VERSION = 2,
    SQ_SIGNALS = 64, /* Linux: signals 1 to 64; signal n is bit n - 1 of a word */
    SQ_RING_MAX = 16384,
};

/* Each state is a promise of the receiver; SignalQueue.java tells the whole story. */
enum sq_state {
    SQ_ACTIVE,  /* it is awake, and no signal was announced since it last looked */
    SQ_PENDING, /* it looks at the mask before it sleeps */
    SQ_WAITING, /* it is asleep or about to be; who ends this state owes it one wakeup */
    SQ_CLOSED,  /* nobody receives */
};

/* The bits of the note: the word on which the receiver sleeps. */
enum {
    SQ_WOKEN = 1,       /* by the one wakeup */
    SQ_SLEEPING = 2,    /* in the kernel or about to be: a wakeup takes a system call */
    SQ_INTERRUPTED = 4, /* by somebody who is no sender */
};

/* How a handler wakes a receiver that is SQ_SLEEPING: HandlerWake in Java. */
enum sq_wake { SQ_WAKE_NONE, SQ_WAKE_WORD, SQ_WAKE_FUTEX, SQ_WAKE_EVENTFD, SQ_WAKE_DIRECT };

/* How the kernel brings a signal to the receiver: Delivery in Java; see sigdirect.h. */
enum sq_delivery { SQ_BY_HANDLER, SQ_STEERED, SQ_EXCLUSIVE };

/* What senders count for one signal. */
struct sq_signal {
    _Atomic uint64_t accepted;
    _Atomic uint64_t lost;      /* accepted without a record: the ring was full */
    _Atomic uint32_t in_flight; /* handlers between entering and leaving */
    uint32_t reserved[3];
};

/* One record of the ring. Fields that si_code gives no meaning to are 0. */
struct sq_cell {
    _Atomic uint64_t turn; /* 2 * lap: free for this lap's producer; + 1: filled */
    int32_t signal;
    int32_t code; /* si_code */
    int32_t pid;
    uint32_t uid;
    int64_t value;  /* the bits of si_value */
    int32_t status; /* si_status */
    int32_t tid;    /* the thread that the handler ran on */
    int64_t time_nanos; /* CLOCK_MONOTONIC */
    uint64_t reserved[2];
};

/* Words that different parties write are on different cache lines. */
struct sq_block {
    uint32_t magic;
    uint32_t version;
    uint32_t block_bytes;
    uint32_t ring_capacity; /* a power of two; changed at most once, before the first install */
    uint32_t cell_bytes;

    alignas(64) _Atomic uint64_t mask; /* the pending set */
    _Atomic uint32_t state;
    _Atomic uint32_t inconsistent; /* what a handler cannot throw: 0 unless there is a bug */

    alignas(64) _Atomic uint32_t note;
    _Atomic uint32_t wake; /* how and where to wake; the receiver changes them only while awake */
    _Atomic int32_t wake_fd;
    _Atomic int32_t sleeper; /* the thread that waits for signals in the kernel; 0: for the word */

    alignas(64) _Atomic uint64_t wanted;   /* the signals to accept */
    _Atomic uint64_t draining; /* the signals whose last handler in flight must announce */
    _Atomic uint64_t forward;  /* the signals whose previous handler is called as well */
    _Atomic uint64_t direct;   /* the signals that the receiver waits for in the kernel */
    _Atomic uint64_t blocked;  /* the signals that every thread is to block */

    alignas(64) _Atomic uint64_t ring_tail; /* the producers' */
    alignas(64) _Atomic uint64_t ring_head; /* the consumer's alone: the turns tell producers all */

    alignas(64) struct sq_signal signals[SQ_SIGNALS + 1]; /* by number; 0 is unused */
    alignas(64) struct sq_cell cells[SQ_RING_MAX];
};

#define SQ_AT(type, field, offset) \
    _Static_assert(offsetof(struct type, field) == (offset), #type "." #field)
SQ_AT(sq_block, magic, 0);
SQ_AT(sq_block, version, 4);
SQ_AT(sq_block, block_bytes, 8);
SQ_AT(sq_block, ring_capacity, 12);
SQ_AT(sq_block, cell_bytes, 16);
SQ_AT(sq_block, mask, 64);
SQ_AT(sq_block, state, 72);
SQ_AT(sq_block, inconsistent, 76);
SQ_AT(sq_block, note, 128);
SQ_AT(sq_block, wake, 132);
SQ_AT(sq_block, wake_fd, 136);
SQ_AT(sq_block, sleeper, 140);
SQ_AT(sq_block, wanted, 192);
SQ_AT(sq_block, draining, 200);
SQ_AT(sq_block, forward, 208);
SQ_AT(sq_block, direct, 216);
SQ_AT(sq_block, blocked, 224);
SQ_AT(sq_block, ring_tail, 256);
SQ_AT(sq_block, ring_head, 320);
SQ_AT(sq_block, signals, 384);
SQ_AT(sq_block, cells, 2496);
SQ_AT(sq_signal, accepted, 0);
SQ_AT(sq_signal, lost, 8);
SQ_AT(sq_signal, in_flight, 16);
_Static_assert(sizeof(struct sq_signal) == 32, "sq_signal");
SQ_AT(sq_cell, turn, 0);
SQ_AT(sq_cell, signal, 8);
SQ_AT(sq_cell, code, 12);
SQ_AT(sq_cell, pid, 16);
SQ_AT(sq_cell, uid, 20);
SQ_AT(sq_cell, value, 24);
SQ_AT(sq_cell, status, 32);
SQ_AT(sq_cell, tid, 36);
SQ_AT(sq_cell, time_nanos, 40);
_Static_assert(sizeof(struct sq_cell) == 64, "sq_cell");
#undef SQ_AT

/* The one block of this copy of the library. It is never freed: a handler may always be running. */
extern struct sq_block sq_block;

/*
 * Accepts one occurrence, which thread tid got: counts it, records it, adds the signal to the mask and announces it.
 * Async-signal-safe and lock-free. The caller has counted itself in in_flight, and saves errno.
 */
void sq_send(int signal, const siginfo_t *info, int tid);

/*
 * What a handler does with a signal that may not be wanted any more, also for the receiver that got
 * it from the kernel by itself. Counts in in_flight; returns whether the signal was wanted, and so
 * accepted. Async-signal-safe and lock-free; the caller saves errno.
 */
bool sq_accept(int signal, const siginfo_t *info, int tid);

/*
 * Makes the receiver look at the mask before it sleeps, or wakes it. Async-signal-safe and
 * lock-free; the caller saves errno.
 */
void sq_announce(void);

/*
 * Whether this is the process that has loaded the library, and not a child. tid is the calling thread:
 * the first one, on which most handlers run, has the number of its process, and saves a system call.
 * Async-signal-safe.
 */
bool sq_is_owner(pid_t tid);

/*
 * The handler. Sends the signal if it is wanted, and also calls the previous handler if forwarding
 * is on; takes the previous action if the signal is not wanted, or in a forked child.
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
