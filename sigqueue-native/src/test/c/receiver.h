/* The receiver of SignalQueue.java, OccurrenceRing.java and Note.java in C, for tests. */
#ifndef RECEIVER_H
#define RECEIVER_H

#include "check.h"
#include "sigshim.h"

#include <string.h>

struct receiver {
    bool asleep;
    uint64_t looks;
    uint64_t bits;                       /* every signal that was ever taken from the mask */
    uint64_t records[SQ_SIGNALS + 1];    /* by signal */
    struct sq_cell last[SQ_SIGNALS + 1]; /* the newest record, by signal */
};

static struct receiver receiver;

/* An empty block and a receiver that is awake. Nobody may be sending. */
static inline void fresh(uint32_t ring_capacity)
{
    const size_t start = offsetof(struct sq_block, mask);
    sq_block.ring_capacity = ring_capacity;
    memset((char *)&sq_block + start, 0,
           offsetof(struct sq_block, cells) + ring_capacity * sizeof(struct sq_cell) - start);
    memset(&receiver, 0, sizeof receiver);
    sq_block.wake = SQ_WAKE_WORD;
}

static inline uint64_t mask_of(int signal)
{
    return UINT64_C(1) << (signal - 1);
}

static inline struct sq_cell *oldest(uint64_t *lap)
{
    uint64_t position = atomic_load_explicit(&sq_block.ring_head, memory_order_relaxed);
    struct sq_cell *cell = &sq_block.cells[position % sq_block.ring_capacity];
    while (atomic_load_explicit(&cell->turn, memory_order_acquire) == SQ_GIVEN_UP &&
           position < atomic_load(&sq_block.ring_tail))
        cell = &sq_block.cells[++position % sq_block.ring_capacity];
    atomic_store_explicit(&sq_block.ring_head, position, memory_order_relaxed);
    *lap = position / sq_block.ring_capacity << SQ_STAGE_BITS;
    return cell;
}

static inline bool take_record(struct receiver *r)
{
    uint64_t lap;
    struct sq_cell *const cell = oldest(&lap);
    if (atomic_load_explicit(&cell->turn, memory_order_acquire) != lap + SQ_FILLED)
        return false;
    r->records[cell->signal]++;
    /* All but the turn, at which producers of the next lap look. */
    const size_t fields = offsetof(struct sq_cell, signal);
    memcpy((char *)&r->last[cell->signal] + fields, (const char *)cell + fields,
           sizeof *cell - fields);
    atomic_store_explicit(&cell->turn, lap + SQ_FILLED + 1, memory_order_release);
    atomic_fetch_add_explicit(&sq_block.ring_head, 1, memory_order_relaxed);
    return true;
}

/* As OccurrenceRing.unblock does when its patience has ended. */
static inline int give_up_record(void)
{
    uint64_t lap;
    struct sq_cell *const cell = oldest(&lap);
    uint64_t turn = atomic_load_explicit(&cell->turn, memory_order_acquire);
    if (turn <= lap || turn >= lap + SQ_FILLED ||
        !atomic_compare_exchange_strong(&cell->turn, &turn, SQ_GIVEN_UP))
        return 0;
    const int signal = (int)(turn - lap);
    atomic_fetch_add(&sq_block.signals[signal].lost, 1);
    return signal;
}

static inline void look(struct receiver *r)
{
    r->looks++;
    r->bits |= atomic_exchange(&sq_block.mask, 0);
    while (take_record(r))
        continue;
}

/* Returns true when the receiver has said that it sleeps; false if it has looked instead. */
static inline bool fall_asleep(struct receiver *r)
{
    uint32_t pending = SQ_PENDING, active = SQ_ACTIVE;
    if (atomic_compare_exchange_strong(&sq_block.state, &pending, SQ_ACTIVE)) {
        look(r);
        return false;
    }
    if (atomic_compare_exchange_strong(&sq_block.state, &active, SQ_WAITING)) {
        r->asleep = true;
        atomic_fetch_or(&sq_block.note, SQ_SLEEPING);
    }
    return r->asleep;
}

/* Returns false if nobody has woken it. */
static inline bool wake_up(struct receiver *r)
{
    if (!(atomic_load_explicit(&sq_block.note, memory_order_acquire) & SQ_WOKEN))
        return false;
    atomic_store_explicit(&sq_block.note, 0, memory_order_release);
    r->asleep = false;
    look(r);
    return true;
}

/* Everything that the receiver does before it sleeps for good. */
static inline void run_until_asleep(struct receiver *r)
{
    while (!r->asleep || wake_up(r))
        while (!fall_asleep(r))
            continue;
}

/* At rest, no signal is lost and none is made up. */
static inline void check_conservation(const struct receiver *r)
{
    CHECK(sq_block.mask == 0);
    CHECK(sq_block.inconsistent == 0);
    for (int s = 1; s <= SQ_SIGNALS; s++) {
        const struct sq_signal *counts = &sq_block.signals[s];
        CHECK(counts->accepted == r->records[s] + counts->lost);
        CHECK(counts->in_flight == counts->written_off);
        CHECK((counts->accepted != 0) == ((r->bits & mask_of(s)) != 0));
    }
}

#endif
