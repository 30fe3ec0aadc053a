/* The natives of Shim.java: each converts its arguments, calls, and decides nothing. */
#define _GNU_SOURCE
#include "org_sigqueue_jni_Shim.h"
#include "sigdirect.h"
#include "sigdisposition.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* In the order of SharedBlock.layout(). */
static const jint layout[] = {
    offsetof(struct sq_block, magic),
    offsetof(struct sq_block, version),
    offsetof(struct sq_block, block_bytes),
    offsetof(struct sq_block, ring_capacity),
    offsetof(struct sq_block, cell_bytes),
    offsetof(struct sq_block, mask),
    offsetof(struct sq_block, state),
    offsetof(struct sq_block, inconsistent),
    offsetof(struct sq_block, note),
    offsetof(struct sq_block, wake),
    offsetof(struct sq_block, wake_fd),
    offsetof(struct sq_block, sleeper),
    offsetof(struct sq_block, wanted),
    offsetof(struct sq_block, draining),
    offsetof(struct sq_block, forward),
    offsetof(struct sq_block, direct),
    offsetof(struct sq_block, blocked),
    offsetof(struct sq_block, ring_tail),
    offsetof(struct sq_block, ring_head),
    offsetof(struct sq_block, signals),
    sizeof(struct sq_signal),
    offsetof(struct sq_signal, accepted),
    offsetof(struct sq_signal, lost),
    offsetof(struct sq_signal, in_flight),
    offsetof(struct sq_block, cells),
    offsetof(struct sq_cell, turn),
    offsetof(struct sq_cell, signal),
    offsetof(struct sq_cell, code),
    offsetof(struct sq_cell, pid),
    offsetof(struct sq_cell, uid),
    offsetof(struct sq_cell, value),
    offsetof(struct sq_cell, status),
    offsetof(struct sq_cell, tid),
    offsetof(struct sq_cell, time_nanos),
};

static _Atomic uint32_t *word(JNIEnv *env, jobject memory, jint offset)
{
    char *address = (*env)->GetDirectBufferAddress(env, memory);
    return (_Atomic uint32_t *)(void *)(address + offset);
}

static jint result(long of_system_call)
{
    return of_system_call == 0 ? 0 : errno;
}

/* What is not ASCII becomes '?': paths and messages are in any encoding, and JNI wants its own. */
static jstring string(JNIEnv *env, const char *text)
{
    char ascii[PATH_MAX];
    size_t length = 0;
    for (; text[length] != '\0' && length < sizeof ascii - 1; length++)
        ascii[length] = (unsigned char)text[length] < 0x80 ? text[length] : '?';
    ascii[length] = '\0';
    return (*env)->NewStringUTF(env, ascii);
}

/* Java methods, all of them static: name, result, then the arguments. */
#define SHIM(name, type, ...) \
    JNIEXPORT type JNICALL Java_org_sigqueue_jni_Shim_##name( \
        __attribute__((unused)) JNIEnv *env, __attribute__((unused)) jclass shim, ##__VA_ARGS__)

SHIM(block, jobject)
{
    return (*env)->NewDirectByteBuffer(env, &sq_block, sizeof sq_block);
}

SHIM(layout, jintArray)
{
    const jsize length = sizeof layout / sizeof layout[0];
    const jintArray copy = (*env)->NewIntArray(env, length);
    if (copy != NULL)
        (*env)->SetIntArrayRegion(env, copy, 0, length, layout);
    return copy;
}

SHIM(install, jint, jint signal)
{
    return sq_install(signal);
}

SHIM(ignore, jint, jint signal)
{
    return sq_ignore(signal);
}

SHIM(restore, jint, jint signal)
{
    return sq_restore(signal);
}

SHIM(disposition, jint, jint signal, jlongArray now_and_previous)
{
    struct sq_action now, previous;
    const int ours = sq_disposition(signal, &now, &previous);
    if (ours < 0)
        return ours;
    const jlong words[org_sigqueue_jni_Shim_DISPOSITION_LENGTH] = {
        (jlong)now.handler,      (jlong)now.flags,      (jlong)now.mask,
        (jlong)now.restorer,     (jlong)previous.handler, (jlong)previous.flags,
        (jlong)previous.mask,    (jlong)previous.restorer,
    };
    (*env)->SetLongArrayRegion(env, now_and_previous, 0, org_sigqueue_jni_Shim_DISPOSITION_LENGTH,
                               words);
    return ours;
}

SHIM(die, void, jint signal)
{
    sq_die(signal);
}

SHIM(dieOnExit, void, jint signal)
{
    sq_die_on_exit(signal);
}

SHIM(futexWait, jint, jobject memory, jint offset, jint expected, jlong timeout_nanos)
{
    return sq_futex_wait(word(env, memory, offset), (uint32_t)expected, timeout_nanos);
}

SHIM(futexWake, void, jobject memory, jint offset)
{
    sq_futex_wake(word(env, memory, offset));
}

SHIM(eventFdOpen, jint)
{
    return sq_eventfd_open();
}

SHIM(eventFdWake, jint, jint fd)
{
    return sq_eventfd_wake(fd);
}

SHIM(eventFdWait, jint, jint fd, jlong timeout_nanos)
{
    return sq_eventfd_wait(fd, timeout_nanos);
}

SHIM(directStart, jint, jint mask_signal, jint wake_signal)
{
    return sq_direct_start(mask_signal, wake_signal);
}

SHIM(deliver, jint, jint signal, jint delivery)
{
    return sq_deliver(signal, (enum sq_delivery)delivery);
}

SHIM(mask, jlong, jint tid)
{
    return (jlong)sq_mask(tid);
}

SHIM(setMask, jint, jint tid, jlong signals)
{
    return sq_set_mask(tid, (uint64_t)signals);
}

SHIM(isJavaLauncher, jboolean)
{
    void *const library = dlopen("libjli.so", RTLD_LAZY | RTLD_NOLOAD);
    if (library == NULL)
        return JNI_FALSE;
    dlclose(library);
    return JNI_TRUE;
}

SHIM(masksOff, jlong)
{
    return (jlong)sq_masks_off();
}

SHIM(masksOn, void, jlong taken_off)
{
    sq_masks_on((uint64_t)taken_off);
}

SHIM(directSleep, jint, jlong timeout_nanos)
{
    return sq_direct_sleep(timeout_nanos);
}

SHIM(directFetch, jint, jint max)
{
    return sq_direct_fetch(max);
}

SHIM(directWake, void)
{
    sq_direct_wake();
}

SHIM(kill, jint, jint pid, jint signal)
{
    return result(kill(pid, signal));
}

SHIM(tgkill, jint, jint pid, jint tid, jint signal)
{
    return result(syscall(SYS_tgkill, pid, tid, signal));
}

SHIM(sigqueue, jint, jint pid, jint signal, jlong value)
{
    const union sigval bits = {.sival_ptr = (void *)(intptr_t)value};
    return result(sigqueue(pid, signal, bits));
}

SHIM(pidfdOpen, jint, jint pid)
{
    const long fd = syscall(SYS_pidfd_open, pid, 0);
    return fd >= 0 ? (jint)fd : -errno;
}

SHIM(pidfdSend, jint, jint fd, jint signal)
{
    return result(syscall(SYS_pidfd_send_signal, fd, signal, NULL, 0));
}

SHIM(pidfdQueue, jint, jint fd, jint signal, jlong value)
{
    siginfo_t info;
    memset(&info, 0, sizeof info);
    info.si_signo = signal;
    info.si_code = SI_QUEUE;
    info.si_pid = getpid();
    info.si_uid = getuid();
    info.si_value.sival_ptr = (void *)(intptr_t)value;
    return result(syscall(SYS_pidfd_send_signal, fd, signal, &info, 0));
}

SHIM(pidfdClose, void, jint fd)
{
    close(fd);
}

SHIM(fileOf, jstring, jlong address)
{
    Dl_info found;
    if (dladdr((void *)(intptr_t)address, &found) == 0 || found.dli_fname == NULL)
        return NULL;
    return string(env, found.dli_fname);
}

SHIM(gettid, jint)
{
    return (jint)syscall(SYS_gettid);
}

SHIM(strerror, jstring, jint error)
{
    char buffer[128];
    return string(env, strerror_r(error, buffer, sizeof buffer));
}
