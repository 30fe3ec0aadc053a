/*
 * The page that the driver shares with a peer, and the only thing they share: the peer's user code
 * counts in it what it has received, and the driver watches. Page.java, the Go and the Rust peers
 * have the same offsets.
 */
#ifndef PAGE_H
#define PAGE_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/* Words of the driver and of the peer are on cache lines of their own. */
struct page {
    _Atomic uint32_t ready; /* set by the peer when it can receive */
    char pad0[60];
    _Atomic uint64_t count; /* occurrences that the peer's user code was told of */
    char pad1[56];
    _Atomic uint64_t events;   /* how many times it was told; less than count if they are merged */
    _Atomic uint64_t disorder; /* values that were not more than the one before */
    _Atomic uint64_t bare;     /* occurrences whose details, and so their values, were lost */
    _Atomic int64_t last;      /* the latest value */
};

#define PAGE_BYTES 4096

_Static_assert(offsetof(struct page, count) == 64, "Page.java");
_Static_assert(offsetof(struct page, events) == 128, "Page.java");
_Static_assert(offsetof(struct page, last) == 152, "Page.java");

#endif
