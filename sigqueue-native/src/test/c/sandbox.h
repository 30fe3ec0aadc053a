/* A kernel that refuses: system calls by seccomp, room in the user's queue of signals by a limit. */
#ifndef SANDBOX_H
#define SANDBOX_H

#include "check.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* For good: in a process of its own; see RUN_ALONE. */
static inline void refuse_in(unsigned threads, int number, int error)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {sizeof code / sizeof *code, code};
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    CHECK(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, threads, &program) == 0);
}

static inline void refuse(int number, int error)
{
    refuse_in(SECCOMP_FILTER_FLAG_TSYNC, number, error);
}

static inline void refuse_in_this_thread(int number, int error)
{
    refuse_in(0, number, error);
}

static struct rlimit queue_before;

/* Fills the queue: a call that needs room there fails with EAGAIN. */
static inline void fill_queue(void)
{
    CHECK(getrlimit(RLIMIT_SIGPENDING, &queue_before) == 0);
    const struct rlimit none = {0, queue_before.rlim_max};
    CHECK(setrlimit(RLIMIT_SIGPENDING, &none) == 0);
}

static inline void empty_queue(void)
{
    CHECK(setrlimit(RLIMIT_SIGPENDING, &queue_before) == 0);
}

/* Runs a test in a process of its own: not a forked one, which is not ours to serve. */
#define RUN_ALONE(test) \
    (only_test != NULL ? run(#test, test) : run_program(#test))

static inline void run_program(const char *test)
{
    int status = -1;
    if (is_left_out(test))
        return;
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        execl("/proc/self/exe", "test", test, NULL);
        _exit(127);
    }
    const bool has_passed = waitpid(child, &status, 0) == child && status == 0;
    tests_passed += has_passed;
    tests_failed += !has_passed;
    if (!has_passed)
        printf("FAILED %s: status %x\n", test, (unsigned)status);
}

#endif
