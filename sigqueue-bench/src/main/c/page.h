/*
 * The page that the driver shares with a peer, and all that they share: the peer's user code counts
 * in it what it has received, and the driver polls it. SharedCounters.java and the peers in Go and
 * Rust have the same offsets.
 */
#ifndef PAGE_H
#define PAGE_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/* The counters that the driver polls and those that only the peer uses are on different cache
   lines. */
struct page {
    _Atomic uint32_t ready; /* the peer sets it when it can receive */
    char pad0[60];
    _Atomic uint64_t count; /* occurrences that were delivered to the peer's user code */
    char pad1[56];
    _Atomic uint64_t events;   /* events that it got; fewer than count if occurrences were coalesced */
    _Atomic uint64_t disorder; /* values that were not greater than the previous one */
    _Atomic uint64_t bare;     /* occurrences whose details, and so their values, were lost */
    _Atomic int64_t last;      /* the latest value */
};

#define PAGE_BYTES 4096

_Static_assert(offsetof(struct page, count) == 64, "SharedCounters.java");
_Static_assert(offsetof(struct page, events) == 128, "SharedCounters.java");
_Static_assert(offsetof(struct page, last) == 152, "SharedCounters.java");

#endif
