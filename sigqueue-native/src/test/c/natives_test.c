/*
 * The part of a JVM: loads the library, lets it register its natives, and calls each of them once.
 * For libcs and machines that have no JVM at hand: what the library needs of libc must be there,
 * and be what it expects.
 *
 *   natives_test LIBRARY
 */
#define _GNU_SOURCE
#include "check.h"

#include <dlfcn.h>
#include <errno.h>
#include <jni.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>

/* ---- The JVM ---- */

enum { MAX_NATIVES = 100 };

static JNINativeMethod natives[MAX_NATIVES];
static bool called[MAX_NATIVES];
static int native_count;

static struct JNINativeInterface_ functions;
static JNIEnv env_value = &functions;
static JNIEnv *const env = &env_value;
static char some_object;

static jclass find_class(JNIEnv *e, const char *name)
{
    (void)e;
    return strcmp(name, "java/lang/System") == 0 || strcmp(name, "the/Shim") == 0
               ? (jclass)(void *)&some_object
               : NULL;
}

static jmethodID get_static_method(JNIEnv *e, jclass class, const char *name, const char *signature)
{
    (void)e, (void)class, (void)name, (void)signature;
    return (jmethodID)(void *)&some_object;
}

static jobject get_property(JNIEnv *e, jclass class, jmethodID method, ...)
{
    (void)e, (void)class, (void)method;
    return (jobject)(void *)"the/Shim";
}

static int answered;
static char *answered_at;

static jint answers(JNIEnv *e, jclass class, jmethodID method, ...)
{
    (void)e, (void)class, (void)method;
    answered++;
    answered_at = __builtin_frame_address(0);
    return 0;
}

static jint register_natives(JNIEnv *e, jclass class, const JNINativeMethod *methods, jint count)
{
    (void)e, (void)class;
    if (count > MAX_NATIVES)
        return JNI_ERR;
    memcpy(natives, methods, (size_t)count * sizeof *methods);
    native_count = count;
    return JNI_OK;
}

static jboolean no_exception(JNIEnv *e)
{
    (void)e;
    return JNI_FALSE;
}

static jstring new_string(JNIEnv *e, const char *text)
{
    (void)e;
    return (jstring)(void *)strdup(text); /* a test of one run frees nothing */
}

static const char *string_chars(JNIEnv *e, jstring string, jboolean *is_copy)
{
    (void)e, (void)is_copy;
    return (const char *)(void *)string;
}

static void release_chars(JNIEnv *e, jstring string, const char *text)
{
    (void)e, (void)string, (void)text;
}

static jobject new_buffer(JNIEnv *e, void *address, jlong bytes)
{
    (void)e, (void)bytes;
    return (jobject)address;
}

static void *buffer_address(JNIEnv *e, jobject buffer)
{
    (void)e;
    return (void *)buffer;
}

static jsize array_length(JNIEnv *e, jarray array)
{
    (void)e, (void)array;
    return 16;
}

static jint *int_elements(JNIEnv *e, jintArray array, jboolean *is_copy)
{
    (void)e, (void)is_copy;
    return (jint *)(void *)array;
}

static void release_ints(JNIEnv *e, jintArray array, jint *elements, jint mode)
{
    (void)e, (void)array, (void)elements, (void)mode;
}

static jbyte *byte_elements(JNIEnv *e, jbyteArray array, jboolean *is_copy)
{
    (void)e, (void)is_copy;
    return (jbyte *)(void *)array;
}

static void release_bytes(JNIEnv *e, jbyteArray array, jbyte *elements, jint mode)
{
    (void)e, (void)array, (void)elements, (void)mode;
}

static void set_longs(JNIEnv *e, jlongArray array, jsize start, jsize count, const jlong *values)
{
    (void)e;
    memcpy((jlong *)(void *)array + start, values, (size_t)count * sizeof *values);
}

static jweak weak_reference(JNIEnv *e, jobject object)
{
    (void)e;
    return (jweak)object;
}

static jint get_env(JavaVM *vm, void **found, jint version)
{
    (void)vm, (void)version;
    *found = env;
    return JNI_OK;
}

static struct JNIInvokeInterface_ machine_functions = {.GetEnv = get_env};
static JavaVM machine = &machine_functions;

static struct JNINativeInterface_ functions = {
    .FindClass = find_class,
    .GetStaticMethodID = get_static_method,
    .CallStaticObjectMethod = get_property,
    .CallStaticIntMethod = answers,
    .RegisterNatives = register_natives,
    .ExceptionCheck = no_exception,
    .NewStringUTF = new_string,
    .GetStringUTFChars = string_chars,
    .ReleaseStringUTFChars = release_chars,
    .NewDirectByteBuffer = new_buffer,
    .GetDirectBufferAddress = buffer_address,
    .GetArrayLength = array_length,
    .GetIntArrayElements = int_elements,
    .ReleaseIntArrayElements = release_ints,
    .GetByteArrayElements = byte_elements,
    .ReleaseByteArrayElements = release_bytes,
    .SetLongArrayRegion = set_longs,
    .NewWeakGlobalRef = weak_reference,
};

/* ---- The calls ---- */

static void *native(const char *name, const char *result_and_arguments)
{
    for (int i = 0; i < native_count; i++)
        if (strcmp(natives[i].name, name) == 0) {
            called[i] = true;
            CHECK(strcmp(natives[i].signature, result_and_arguments) == 0);
            return natives[i].fnPtr;
        }
    fprintf(stderr, "no native is named %s\n", name);
    exit(1);
}

#define BUFFER "Ljava/nio/ByteBuffer;"
#define STRING "Ljava/lang/String;"

/* CALL(name, signature, result, (types), arguments...) */
#define UNPACK(...) __VA_ARGS__
#define CALL(name, signature, result, types, ...) \
    (((result(*)(JNIEnv *, jclass, UNPACK types))native(#name, signature))(env, NULL, __VA_ARGS__))
#define CALL0(name, signature, result) \
    (((result(*)(JNIEnv *, jclass))native(#name, signature))(env, NULL))

enum { SIGNAL = SIGUSR1 };

static const char *text(jstring string)
{
    return (const char *)(void *)string;
}

/* The first error text has ended a JVM over another libc. */
static void errors_have_texts(void)
{
    const char *const no_process =
        text(CALL(strerror, "(I)" STRING, jstring, (jint), ESRCH));
    CHECK(strstr(no_process, "process") != NULL);
    CHECK(strlen(text(CALL(strerror, "(I)" STRING, jstring, (jint), 12345))) > 0);
}

static void block_and_version_are_there(void)
{
    uint32_t *const block = (uint32_t *)(void *)CALL0(block, "()" BUFFER, jobject);
    CHECK(block[0] == 0x53494751);
    CHECK(CALL0(version, "()I", jint) == (jint)block[1] * 1000 + native_count);
}

static void signal_is_installed_received_and_restored(void)
{
    char *const block = (char *)(void *)CALL0(block, "()" BUFFER, jobject);
    jlong words[8];
    CALL(introduce, "(Ljava/lang/ClassLoader;" STRING ")V", void, (jobject, jstring),
         (jobject)(void *)&some_object, (jstring)(void *)"natives_test");
    CHECK(CALL(claimant, "(I)" STRING, jstring, (jint), SIGNAL) == NULL);
    CHECK(CALL(install, "(I)I", jint, (jint), SIGNAL) == 0);
    CHECK(strcmp(text(CALL(claimant, "(I)" STRING, jstring, (jint), SIGNAL)), "natives_test") == 0);
    CHECK(CALL(disposition, "(I[J)I", jint, (jint, jlongArray), SIGNAL,
               (jlongArray)(void *)words) == 1);
    const char *const file = text(CALL(fileOf, "(J)" STRING, jstring, (jlong), words[0]));
    CHECK(file != NULL && strstr(file, "libsigqueue.so") != NULL);
    *(uint64_t *)(void *)(block + 192) = UINT64_C(1) << (SIGNAL - 1); /* wanted */
    CHECK(CALL(kill, "(II)I", jint, (jint, jint), getpid(), SIGNAL) == 0);
    CHECK(CALL(tgkill, "(III)I", jint, (jint, jint, jint), getpid(), CALL0(gettid, "()I", jint),
               SIGNAL) == 0);
    CHECK(CALL(sigqueue, "(IIJ)I", jint, (jint, jint, jlong), getpid(), SIGNAL, 7) == 0);
    CHECK(CALL(tgsigqueue, "(IIIJ)I", jint, (jint, jint, jint, jlong), getpid(), getpid(), SIGNAL,
               7) == 0);
    CHECK(*(uint64_t *)(void *)(block + 384 + 32 * SIGNAL) == 4); /* accepted */
    *(uint64_t *)(void *)(block + 192) = 0;
    CHECK(CALL(ignore, "(I)I", jint, (jint), SIGNAL) == 0);
    CALL(takePreviousAction, "(IIIIJI)V", void, (jint, jint, jint, jint, jlong, jint), SIGNAL, 0, 0,
         0, 0, 0);
    CHECK(CALL(restore, "(I)I", jint, (jint), SIGNAL) == 0);
    CALL(performDefault, "(I)V", void, (jint), SIGURG);
    const jlong blocked = CALL(unblock, "(J)J", jlong, (jlong), INT64_C(1) << (SIGNAL - 1));
    CALL(blockAgain, "(J)V", void, (jlong), blocked);
}

/* What an old kernel or an emulator does not have is an error, and no more. */
static void processes_are_reached_by_descriptors(void)
{
    const jint fd = CALL(pidfdOpen, "(I)I", jint, (jint), getpid());
    CHECK(fd >= 0 || fd == -ENOSYS || fd == -EPERM);
    signal(SIGNAL, SIG_IGN);
    const jint sent = CALL(pidfdSend, "(II)I", jint, (jint, jint), fd, SIGNAL);
    CHECK(fd < 0 || sent == 0);
    CALL(pidfdQueue, "(IIJ)I", jint, (jint, jint, jlong), fd, SIGNAL, 7);
    CALL(pidfdClose, "(I)V", void, (jint), fd);
    signal(SIGNAL, SIG_DFL);
}

static void sleepers_sleep_and_are_woken(void)
{
    static uint32_t word = 2;
    const jobject memory = (jobject)(void *)&word;
    CHECK(CALL(futexWait, "(" BUFFER "IIJ)I", jint, (jobject, jint, jint, jlong), memory, 0, 2,
               1000) == ETIMEDOUT);
    CALL(futexWake, "(" BUFFER "I)V", void, (jobject, jint), memory, 0);
    const jint fd = CALL0(eventFdOpen, "()I", jint);
    CHECK(fd >= 0);
    CHECK(CALL(eventFdWait, "(IJ)I", jint, (jint, jlong), fd, 1000) == ETIMEDOUT);
    CHECK(CALL(eventFdWake, "(I)I", jint, (jint), fd) == 0);
    CHECK(CALL(eventFdWait, "(IJ)I", jint, (jint, jlong), fd, 1000) == 0);
    CHECK(CALL(sigwait, "(J)I", jint, (jlong), 1000) == ETIMEDOUT);
    CHECK(CALL(sigwaitFetch, "(I)I", jint, (jint), 10) == 0);
    CALL0(sigwaitWake, "()V", void);
    CHECK(CALL(sigwaitBorrowed, "(J)I", jint, (jlong), 1000) == ETIMEDOUT);
    CALL0(sigwaitEnd, "()V", void);
}

static void exclusive_delivery_takes_and_gives_back(void)
{
    jlong words[16];
    CHECK(CALL(takePrivate, "(II)I", jint, (jint, jint), SIGRTMAX - 1, SIGRTMAX - 2) == 0);
    CHECK(CALL0(lostPrivate, "()I", jint) == 0);
    CHECK(CALL(enter, "(I)I", jint, (jint), SIGNAL) != 0); /* nobody receives */
    CALL(leave, "(J)V", void, (jlong), 0);
    CHECK(CALL0(waited, "()J", jlong) == 0);
    CHECK(CALL0(waitRefusal, "()I", jint) == 0);
    CHECK(CALL0(refusalToWait, "()I", jint) == 0);
    CALL0(countAnswers, "()V", void);
    CHECK(CALL(strays, "(I)I", jint, (jint), SIGNAL) == 0);
    CALL(forgetStrays, "(I)V", void, (jint), SIGNAL);
    CALL(setOwn, "(J)V", void, (jlong), 0);
    const jint refused = CALL(tell, "(IJZ)I", jint, (jint, jlong, jboolean), getpid(), 0, JNI_TRUE);
    CHECK(CALL0(answers, "()I", jint) == (refused == 0)); /* an emulator does refuse it */
    CALL(sweep, "(J)V", void, (jlong), 0);
    CHECK(CALL(threads, "([I)I", jint, (jintArray), (jintArray)(void *)words) >= 1);
    CHECK(CALL(look, "(I[J)I", jint, (jint, jlongArray), getpid(), (jlongArray)(void *)words) == 0);
    CHECK(CALL(threadStart, "(I)J", jlong, (jint), getpid()) != 0);
    answered = 0;
    const jlong found = CALL(callBelow, "(IJ)J", jlong, (jint, jlong), 1 << 15, 0);
    CHECK(answered == 1 && answered_at < (char *)__builtin_frame_address(0) - (1 << 15));
    CHECK(CALL(callBelow, "(IJ)J", jlong, (jint, jlong), 1 << 15, found) == found && answered == 1);
    CHECK(CALL(callBelow, "(IJ)J", jlong, (jint, jlong), 1 << 15, found + 1) == found && answered == 2);
    CALL(masksOn, "(J)V", void, (jlong), CALL0(masksOff, "()J", jlong));
    CHECK(!CALL0(isInUse, "()Z", jboolean));
    CHECK(CALL0(giveBackPrivate, "()I", jint) == 0);
}

static void terminal_and_supervisor_are_there_or_an_error(void)
{
    char nobody[16] = "/nonexistent", nothing[16] = "READY=1";
    CALL0(restoreTerminal, "()I", jint);
    CHECK(CALL(notifySupervisor, "([B[B)I", jint, (jbyteArray, jbyteArray),
               (jbyteArray)(void *)nobody, (jbyteArray)(void *)nothing) != 0);
}

static void process_dies_by_a_signal(void)
{
    int status;
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        CALL(dieOnExit, "(I)V", void, (jint), SIGNAL);
        CALL(die, "(I)V", void, (jint), SIGTERM);
        _exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    native("die", "(I)V");
    native("dieOnExit", "(I)V");
}

static void every_native_was_called(void)
{
    for (int i = 0; i < native_count; i++)
        if (!CHECK(called[i]))
            fprintf(stderr, "not called: %s%s\n", natives[i].name, natives[i].signature);
    CHECK(native_count > 0);
}

int main(int argc, char **argv)
{
    start(1, argv);
    void *const library = dlopen(argc > 1 ? argv[1] : "", RTLD_NOW);
    if (library == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    jint (*on_load)(JavaVM *, void *);
    *(void **)&on_load = dlsym(library, "JNI_OnLoad");
    if (on_load == NULL || on_load(&machine, NULL) != JNI_VERSION_1_8)
        return 1;
    RUN(errors_have_texts);
    RUN(block_and_version_are_there);
    RUN(signal_is_installed_received_and_restored);
    RUN(processes_are_reached_by_descriptors);
    RUN(sleepers_sleep_and_are_woken);
    RUN(exclusive_delivery_takes_and_gives_back);
    RUN(terminal_and_supervisor_are_there_or_an_error);
    RUN(process_dies_by_a_signal);
    RUN(every_native_was_called);
    return report();
}
