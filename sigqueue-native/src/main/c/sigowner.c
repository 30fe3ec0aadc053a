#define _GNU_SOURCE
#include "sigowner.h"

#include "sigsys.h"

#include <stdatomic.h>
#include <sys/mman.h>

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18 /* Linux 4.14 */
#endif
#ifndef PR_GET_TID_ADDRESS
#define PR_GET_TID_ADDRESS 40
#endif

/*
 * Three kinds of process run our handler:
 *   a forked child       has a copy of our memory. The kernel empties one page in it, the mark. Its
 *                        number says nothing: in a pid namespace of its own it may be ours.
 *   a child of vfork     runs in our own memory until it calls exec, the mark included, under
 *                        another number.
 *   the owner            has the mark. It has another number if it was restored from a checkpoint.
 * The last two differ in what the kernel clears when the thread ends: libc names a word for each of
 * its threads, and vfork for none. A kernel that cannot tell cannot restore a process either.
 */
static const _Atomic uint32_t always = 1;
static const _Atomic uint32_t *mark = &always;
static _Atomic pid_t owner;

__attribute__((constructor)) static void own(void)
{
    const size_t bytes = sizeof *mark;
    _Atomic uint32_t *const page =
        mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    /* relaxed, here and below: no other memory depends on these words. */
    atomic_store_explicit(&owner, process(), memory_order_relaxed);
    if (page == MAP_FAILED)
        return;
    if (madvise(page, bytes, MADV_WIPEONFORK) != 0) {
        munmap(page, bytes); /* an old kernel: the number alone has to do */
        return;
    }
    atomic_store_explicit(page, 1, memory_order_relaxed);
    mark = page;
}

static bool is_vforked(void)
{
    const int *cleared_at_end = NULL;
    return syscall(SYS_prctl, PR_GET_TID_ADDRESS, &cleared_at_end) != 0 || cleared_at_end == NULL;
}

bool sq_is_owner(pid_t tid)
{
    const pid_t known = atomic_load_explicit(&owner, memory_order_relaxed);
    if (atomic_load_explicit(mark, memory_order_relaxed) == 0)
        return false;
    /* A borrower that sleeps has come from here, and saves the call. Only a thread itself puts its
       number there, and a child of vfork has another one. */
    if (tid == known || tid == atomic_load_explicit(&sq_block.loan_sleeper, memory_order_relaxed) ||
        process() == known)
        return true;
    if (mark == &always || is_vforked())
        return false;
    atomic_store_explicit(&owner, process(), memory_order_relaxed);
    return true;
}
