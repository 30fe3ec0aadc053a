/* Dispositions as the kernel has them: libc hides half of each, and adds to it. */
#ifndef SIGKERNEL_H
#define SIGKERNEL_H

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel's struct sigaction on 64-bit Linux. */
#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))
struct sq_action {
    uint64_t handler;
    uint64_t flags;
    uint64_t restorer;
    uint64_t mask;
};
#elif defined(__linux__) && defined(__riscv) && __riscv_xlen == 64
struct sq_action {
    uint64_t handler;
    uint64_t flags;
    uint64_t mask;
    uint64_t restorer; /* always 0: the kernel's structure ends before it */
};
#define SQ_NO_RESTORER
#else
#error "the kernel's struct sigaction is known for x86-64, aarch64 and riscv64"
#endif

/* glibc's sigaction replaces the restorer and turns SA_RESTORER on: not byte for byte. */
static inline int kernel_sigaction(int signal, const struct sq_action *action,
                                   struct sq_action *old)
{
    if (old != NULL)
        *old = (struct sq_action){0}; /* the kernel does not fill all of it everywhere */
    return syscall(SYS_rt_sigaction, signal, action, old, sizeof old->mask) == 0 ? 0 : errno;
}

typedef bool matcher(const struct sq_action *);

static inline bool is_default(const struct sq_action *action)
{
    return action->handler == (uintptr_t)SIG_DFL;
}

static inline bool is_ignored(const struct sq_action *action)
{
    return action->handler == (uintptr_t)SIG_IGN;
}

/* Compare and exchange, as far as the kernel can: an action that another thread sets meanwhile
   stays. */
static inline bool replace(int signal, matcher *expected, const struct sq_action *action,
                           struct sq_action *found)
{
    if (kernel_sigaction(signal, NULL, found) != 0 || !expected(found) ||
        kernel_sigaction(signal, action, found) != 0)
        return false;
    if (expected(found))
        return true;
    kernel_sigaction(signal, found, NULL);
    return false;
}

#endif
