/* The natives of Shim.java: each converts its arguments, calls, and decides nothing. */
#define _GNU_SOURCE
#include "org_sigqueue_jni_Shim.h"
#include "sigborrow.h"
#include "sigcopies.h"
#include "sigdisposition.h"
#include "sigfile.h"
#include "sigmasks.h"
#include "signotify.h"
#include "sigprivate.h"
#include "sigterminal.h"
#include "sigthreads.h"
#include "sigwait.h"
#include "sigwake.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

static _Atomic uint32_t *word(JNIEnv *env, jobject memory, jint offset)
{
    char *address = (*env)->GetDirectBufferAddress(env, memory);
    return (_Atomic uint32_t *)(void *)(address + offset);
}

static jint result(long of_system_call)
{
    return of_system_call == 0 ? 0 : errno;
}

/* Characters outside ASCII become '?': texts are in any encoding, and JNI wants its own. */
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

SHIM(takePreviousAction, void, jint signal, jint code, jint pid, jint uid, jlong value, jint status)
{
    siginfo_t info = {.si_signo = signal, .si_code = code};
    ucontext_t context = {0}; /* no handler has interrupted this thread */
    info.si_pid = pid;
    info.si_uid = (uid_t)uid;
    if (signal == SIGCHLD && code > 0)
        info.si_status = status;
    else
        info.si_value.sival_ptr = (void *)(intptr_t)value;
    sq_previous_action(sq_held(signal), signal, &info, &context);
}

SHIM(performDefault, void, jint signal)
{
    sq_default_action(signal);
}

SHIM(unblock, jlong, jlong signals)
{
    return (jlong)sq_unblock((uint64_t)signals);
}

SHIM(blockAgain, void, jlong signals)
{
    sq_block_again((uint64_t)signals);
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

SHIM(takePrivate, jint, jint mask_signal, jint wake_signal)
{
    return sq_take_private(mask_signal, wake_signal);
}

SHIM(lostPrivate, jint)
{
    return sq_lost_private();
}

SHIM(isInUse, jboolean)
{
    return sq_is_in_use();
}

SHIM(giveBackPrivate, jint)
{
    return sq_give_back_private();
}

SHIM(enter, jint, jint signal)
{
    return sq_enter(signal);
}

SHIM(leave, void, jlong signals)
{
    sq_leave((uint64_t)signals);
}

SHIM(waited, jlong)
{
    return (jlong)sq_waited();
}

SHIM(waitRefusal, jint)
{
    return sq_wait_refusal();
}

/* Without a set it is an error of its own, unless the call is refused before. */
SHIM(refusalToWait, jint)
{
    const int error = result(syscall(SYS_rt_sigtimedwait, NULL, NULL, NULL, 0));
    return error == EINVAL ? 0 : error;
}

SHIM(setOwn, void, jlong signals)
{
    sq_set_own((uint64_t)signals);
}

SHIM(strays, jint, jint signal)
{
    return (jint)sq_strays(signal);
}

SHIM(forgetStrays, void, jint signal)
{
    sq_forget_strays(signal);
}

SHIM(tell, jint, jint tid, jlong bits, jboolean counted)
{
    return sq_tell(tid, (uint64_t)bits, counted);
}

SHIM(countAnswers, void)
{
    sq_count_answers();
}

SHIM(answers, jint)
{
    return (jint)sq_answers();
}

SHIM(sweep, void, jlong signals)
{
    sq_sweep((uint64_t)signals);
}

SHIM(threads, jint, jintArray tids)
{
    const jsize max = (*env)->GetArrayLength(env, tids);
    jint *const elements = (*env)->GetIntArrayElements(env, tids, NULL);
    if (elements == NULL)
        return -ENOMEM;
    const int count = sq_threads(elements, max);
    (*env)->ReleaseIntArrayElements(env, tids, elements, 0);
    return count;
}

SHIM(look, jint, jint tid, jlongArray words)
{
    struct sq_look look;
    const int error = sq_look(tid, &look);
    if (error != 0)
        return error;
    const jlong found[org_sigqueue_jni_Shim_LOOK_LENGTH] = {
        (jlong)look.blocked, (jlong)look.pending, (jlong)look.shared_pending, look.state};
    (*env)->SetLongArrayRegion(env, words, 0, org_sigqueue_jni_Shim_LOOK_LENGTH, found);
    return 0;
}

SHIM(threadStart, jlong, jint tid)
{
    return (jlong)sq_thread_start(tid);
}

SHIM(masksOff, jlong)
{
    return (jlong)sq_masks_off();
}

SHIM(masksOn, void, jlong taken_off)
{
    sq_masks_on((uint64_t)taken_off);
}

SHIM(sigwait, jint, jlong timeout_nanos)
{
    return sq_sigwait(timeout_nanos);
}

SHIM(sigwaitFetch, jint, jint max)
{
    return sq_sigwait_fetch(max);
}

SHIM(sigwaitBorrowed, jint, jlong timeout_nanos)
{
    return sq_sigwait_borrowed(timeout_nanos);
}

SHIM(sigwaitWake, void)
{
    sq_sigwait_wake();
}

SHIM(sigwaitEnd, void)
{
    sq_sigwait_end();
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

/* As sigqueue(3) does. */
static siginfo_t queued(int signal, jlong value)
{
    siginfo_t info = {.si_signo = signal, .si_code = SI_QUEUE};
    info.si_pid = getpid();
    info.si_uid = getuid();
    info.si_value.sival_ptr = (void *)(intptr_t)value;
    return info;
}

SHIM(tgsigqueue, jint, jint pid, jint tid, jint signal, jlong value)
{
    siginfo_t info = queued(signal, value);
    return result(syscall(SYS_rt_tgsigqueueinfo, pid, tid, signal, &info));
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
    siginfo_t info = queued(signal, value);
    return result(syscall(SYS_pidfd_send_signal, fd, signal, &info, 0));
}

SHIM(pidfdClose, void, jint fd)
{
    close(fd);
}

SHIM(fileOf, jstring, jlong address)
{
    char path[PATH_MAX];
    return sq_file_of((uintptr_t)address, path, sizeof path) ? string(env, path) : NULL;
}

SHIM(gettid, jint)
{
    return (jint)syscall(SYS_gettid);
}

/* POSIX's strerror_r by its name in glibc, where strerror_r is another, and in musl. */
extern int __xpg_strerror_r(int error, char *text, size_t size);

SHIM(strerror, jstring, jint error)
{
    char text[128] = "";
    __xpg_strerror_r(error, text, sizeof text);
    return string(env, text);
}

SHIM(version, jint)
{
    return org_sigqueue_jni_Shim_VERSION;
}

SHIM(claimant, jstring, jint signal)
{
    const char *const user = sq_claimant(signal);
    return user == NULL ? NULL : string(env, user);
}

SHIM(restoreTerminal, jint)
{
    return sq_terminal_restore();
}

SHIM(notifySupervisor, jint, jbyteArray address, jbyteArray message)
{
    jbyte *const to = (*env)->GetByteArrayElements(env, address, NULL);
    jbyte *const text = to == NULL ? NULL : (*env)->GetByteArrayElements(env, message, NULL);
    int error = ENOMEM;
    if (text != NULL) {
        error = sq_notify((const char *)to, (size_t)(*env)->GetArrayLength(env, address), text,
                          (size_t)(*env)->GetArrayLength(env, message));
        (*env)->ReleaseByteArrayElements(env, message, text, JNI_ABORT);
    }
    if (to != NULL)
        (*env)->ReleaseByteArrayElements(env, address, to, JNI_ABORT);
    return error;
}
