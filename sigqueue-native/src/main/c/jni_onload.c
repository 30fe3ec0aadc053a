/*
 * The tie of the library to the VM that loads it: the natives of Shim.java are registered, all or
 * none, and other copies of the library can ask whether the class loader of this one has gone.
 */
#define _GNU_SOURCE
#include "org_sigqueue_jni_Shim.h"
#include "sigcopies.h"
#include "sigshim.h"

static JavaVM *virtual_machine;
static jmethodID answer; /* Shim.answer */

/* The class may have another name, if these packages were relocated. */
static jclass find_shim(JNIEnv *env)
{
    const jclass system = (*env)->FindClass(env, "java/lang/System");
    const jmethodID get = system == NULL ? NULL
                                         : (*env)->GetStaticMethodID(
                                               env, system, "getProperty",
                                               "(Ljava/lang/String;)Ljava/lang/String;");
    const jstring key = get == NULL ? NULL : (*env)->NewStringUTF(env, "sigqueue.shim");
    const jstring value =
        key == NULL ? NULL : (*env)->CallStaticObjectMethod(env, system, get, key);
    const char *const name =
        (*env)->ExceptionCheck(env) || value == NULL ? NULL
                                                     : (*env)->GetStringUTFChars(env, value, NULL);
    if (name == NULL)
        return NULL;
    const jclass shim = (*env)->FindClass(env, name);
    (*env)->ReleaseStringUTFChars(env, value, name);
    return shim;
}

/* The Makefile writes natives.h from the header: all that Java has, or nothing is linked. */
#define NATIVE(name, signature) \
    {(char *)#name, (char *)signature, (void *)Java_org_sigqueue_jni_Shim_##name},
static const JNINativeMethod natives[] = {
#include "natives.h"
};

JNIEXPORT jint JNICALL JNI_OnLoad(JavaVM *vm, void *reserved)
{
    JNIEnv *env;
    (void)reserved;
    virtual_machine = vm;
    if ((*vm)->GetEnv(vm, (void **)&env, JNI_VERSION_1_8) != JNI_OK)
        return JNI_ERR;
    const jclass shim = find_shim(env);
    const jint count = sizeof natives / sizeof natives[0];
    if (shim == NULL || (*env)->RegisterNatives(env, shim, natives, count) != 0)
        return JNI_ERR; /* the exception says what Java does not have */
    answer = (*env)->GetStaticMethodID(env, shim, "answer", "()I");
    if (answer == NULL)
        return JNI_ERR;
    return JNI_VERSION_1_8;
}

_Static_assert(org_sigqueue_jni_Shim_NATIVES == sizeof natives / sizeof natives[0],
               "Shim.NATIVES is the number of natives");
_Static_assert(org_sigqueue_jni_Shim_VERSION ==
                   1000 * SQ_VERSION + org_sigqueue_jni_Shim_NATIVES, "as in Shim.java");

static bool is_collected(void *loader)
{
    JNIEnv *env;
    return (*virtual_machine)->GetEnv(virtual_machine, (void **)&env, JNI_VERSION_1_8) == JNI_OK &&
           (*env)->IsSameObject(env, loader, NULL);
}

JNIEXPORT void JNICALL Java_org_sigqueue_jni_Shim_introduce(JNIEnv *env, jclass shim, jobject loader,
                                                            jstring user)
{
    (void)shim;
    /* Never deleted: other copies may always ask. */
    const jweak weak = (*env)->NewWeakGlobalRef(env, loader);
    const char *const text = (*env)->GetStringUTFChars(env, user, NULL);
    if (text == NULL)
        return;
    sq_introduce(text, weak == NULL ? NULL : is_collected, weak);
    (*env)->ReleaseStringUTFChars(env, user, text);
}

/* The VM alone knows how much stack it keeps for itself. Before it runs Java code it looks whether that is
   there, so it is made to do so further down. What lies between stays out of the caches. */
JNIEXPORT jlong JNICALL Java_org_sigqueue_jni_Shim_callBelow(JNIEnv *env, jclass shim, jint bytes,
                                                             jlong found)
{
    const jlong below = (jlong)(uintptr_t)__builtin_frame_address(0) - bytes;
    if (found != 0 && below >= found)
        return found; /* the end of a stack does not move */
    char *const between = __builtin_alloca((size_t)bytes);
    (*env)->CallStaticIntMethod(env, shim, answer);
    __asm__ volatile("" : : "r"(between) : "memory"); /* the compiler keeps it until here */
    return below;
}
