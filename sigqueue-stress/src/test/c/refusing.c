/*
 * A kernel that refuses a system call to the library of sigqueue, and to nobody else: preloaded into
 * a JVM under test, this stands between that library and libc. The natives of RefusingKernel.java.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <jni.h>
#include <link.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NATIVE(type, name) JNIEXPORT type JNICALL Java_org_sigqueue_conformance_RefusingKernel_##name

/* relaxed semantics would do, but this is a test. */
static _Atomic long refused_call = -1;
static _Atomic int refused_with;
static _Atomic long refusals;
static _Atomic uintptr_t code_begin, code_end; /* of the library */

static bool refuses(long number, const void *caller)
{
    const uintptr_t from = (uintptr_t)caller;
    if (refused_call != number || from < code_begin || from >= code_end)
        return false;
    refusals++;
    errno = refused_with;
    return true;
}

#define REFUSES(number) refuses(number, __builtin_return_address(0))
#define NEXT(name) __extension__((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static __typeof__(&syscall) next_syscall;
static __typeof__(&sigaction) next_sigaction;
static int (*next_ppoll)(struct pollfd *, nfds_t, const struct timespec *, const sigset_t *);
static int (*next_eventfd)(unsigned, int);
static __typeof__(&kill) next_kill;
static __typeof__(&sigqueue) next_sigqueue;

/* By the first caller: there may be calls before the constructors run. */
__attribute__((constructor)) static void resolve(void)
{
    next_sigaction = NEXT(sigaction);
    next_ppoll = NEXT(ppoll);
    next_kill = NEXT(kill);
    next_sigqueue = NEXT(sigqueue);
    *(void **)&next_eventfd = dlsym(RTLD_NEXT, "eventfd");
    next_syscall = NEXT(syscall);
}

long syscall(long number, ...)
{
    long arguments[6];
    va_list list;
    va_start(list, number);
    for (int i = 0; i < 6; i++)
        arguments[i] = va_arg(list, long);
    va_end(list);
    if (REFUSES(number))
        return -1;
    if (next_syscall == NULL)
        resolve();
    return next_syscall(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4],
                        arguments[5]);
}

int sigaction(int signal, const struct sigaction *action, struct sigaction *old)
{
    if (REFUSES(SYS_rt_sigaction))
        return -1;
    if (next_sigaction == NULL)
        resolve();
    return next_sigaction(signal, action, old);
}

int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask)
{
    if (REFUSES(SYS_ppoll))
        return -1;
    if (next_ppoll == NULL)
        resolve();
    return next_ppoll(fds, count, timeout, mask);
}

int kill(pid_t pid, int signal)
{
    if (REFUSES(SYS_kill))
        return -1;
    if (next_kill == NULL)
        resolve();
    return next_kill(pid, signal);
}

int sigqueue(pid_t pid, int signal, const union sigval value)
{
    if (REFUSES(SYS_rt_sigqueueinfo))
        return -1;
    if (next_sigqueue == NULL)
        resolve();
    return next_sigqueue(pid, signal, value);
}

int eventfd(unsigned count, int flags);
int eventfd(unsigned count, int flags)
{
    if (REFUSES(SYS_eventfd2))
        return -1;
    if (next_eventfd == NULL)
        resolve();
    return next_eventfd(count, flags);
}

/* ---- For Java ---- */

static int find_library(struct dl_phdr_info *object, size_t size, void *unused)
{
    (void)size, (void)unused;
    if (strstr(object->dlpi_name, "libsigqueue") == NULL)
        return 0;
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *const part = &object->dlpi_phdr[i];
        if (part->p_type == PT_LOAD && part->p_flags & PF_X) {
            code_begin = object->dlpi_addr + part->p_vaddr;
            code_end = code_begin + part->p_memsz;
        }
    }
    return 1;
}

/* From now on. Returns false if there is no such call, or no such library. */
NATIVE(jboolean, refuse)(JNIEnv *env, jclass type, jstring name, jint error)
{
    static const struct {
        const char *name;
        long number;
    } calls[] = {
        {"rt_sigaction", SYS_rt_sigaction},
        {"rt_sigprocmask", SYS_rt_sigprocmask},
        {"rt_sigtimedwait", SYS_rt_sigtimedwait},
        {"rt_tgsigqueueinfo", SYS_rt_tgsigqueueinfo},
        {"tgkill", SYS_tgkill},
        {"openat", SYS_openat},
        {"readlinkat", SYS_readlinkat},
        {"getdents64", SYS_getdents64},
        {"eventfd2", SYS_eventfd2},
        {"ppoll", SYS_ppoll},
        {"kill", SYS_kill},
        {"rt_sigqueueinfo", SYS_rt_sigqueueinfo},
        {"pidfd_open", SYS_pidfd_open},
        {"pidfd_send_signal", SYS_pidfd_send_signal},
    };
    const char *const text = (*env)->GetStringUTFChars(env, name, NULL);
    long number = -1;
    (void)type;
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        number = strcmp(text, calls[i].name) == 0 ? calls[i].number : number;
    (*env)->ReleaseStringUTFChars(env, name, text);
    if (dl_iterate_phdr(find_library, NULL) == 0 || number < 0)
        return false;
    refusals = 0;
    refused_with = error;
    refused_call = number;
    return true;
}

/* Not any more. Returns how many times it was. */
NATIVE(jlong, allow)(JNIEnv *env, jclass type)
{
    (void)env, (void)type;
    refused_call = -1;
    return refusals;
}

static _Atomic long handled_before;

static void handle(int signal)
{
    (void)signal;
    handled_before++;
}

/* Installs what is the previous action of a signal. */
NATIVE(void, handle)(JNIEnv *env, jclass type, jint signal)
{
    const struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART | SA_ONSTACK};
    (void)env, (void)type;
    sigaction(signal, &action, NULL);
}

/* How many times that was taken. */
NATIVE(jlong, handled)(JNIEnv *env, jclass type)
{
    (void)env, (void)type;
    return handled_before;
}

NATIVE(void, send)(JNIEnv *env, jclass type, jint signal)
{
    (void)env, (void)type;
    kill(getpid(), signal);
}
