/*
 * A program that loads a Java VM, whose first thread is not the launcher's but has work of its own: it calls
 * Child.main. Meanwhile its other threads come and go, attached to the VM for as long as they live; in the
 * end it prints how many were. Arguments: options of the VM, then after "--" those of Child.main.
 */
#include <jni.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { MAX = 32, AT_ONCE = 8 };

static JavaVM *vm;
static atomic_bool done;
static atomic_long attached;

static void *attach(void *unused)
{
    JNIEnv *env;
    (void)unused;
    if ((*vm)->AttachCurrentThread(vm, (void **)&env, NULL) == JNI_OK) {
        atomic_fetch_add(&attached, 1);
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        (*vm)->DetachCurrentThread(vm);
    }
    return NULL;
}

static void *come_and_go(void *unused)
{
    pthread_t threads[AT_ONCE];
    (void)unused;
    while (!atomic_load(&done)) {
        int started = 0;
        while (started < AT_ONCE && pthread_create(&threads[started], NULL, attach, NULL) == 0)
            started++;
        while (started > 0)
            pthread_join(threads[--started], NULL);
    }
    return NULL;
}

int main(int count, char **arguments)
{
    JNIEnv *env;
    pthread_t others;
    JavaVMOption options[MAX];
    int next = 1, number = 0;
    for (; next < count && number < MAX && strcmp(arguments[next], "--") != 0; next++)
        options[number++].optionString = arguments[next];
    next++;
    JavaVMInitArgs init = {.version = JNI_VERSION_10, .nOptions = number, .options = options};
    if (JNI_CreateJavaVM(&vm, (void **)&env, &init) != JNI_OK)
        return 2;
    jclass child = (*env)->FindClass(env, "org/sigqueue/conformance/Child");
    jclass string = (*env)->FindClass(env, "java/lang/String");
    if (child == NULL || string == NULL)
        return 2;
    jmethodID run = (*env)->GetStaticMethodID(env, child, "main", "([Ljava/lang/String;)V");
    jobjectArray rest = (*env)->NewObjectArray(env, count - next, string, NULL);
    for (int i = next; i < count; i++)
        (*env)->SetObjectArrayElement(env, rest, i - next, (*env)->NewStringUTF(env, arguments[i]));
    if (pthread_create(&others, NULL, come_and_go, NULL) != 0)
        return 2;
    (*env)->CallStaticVoidMethod(env, child, run, rest);
    atomic_store(&done, true);
    pthread_join(others, NULL);
    printf("attached %ld\n", atomic_load(&attached));
    if ((*env)->ExceptionCheck(env)) {
        (*env)->ExceptionDescribe(env);
        return 1;
    }
    return (*vm)->DestroyJavaVM(vm) == JNI_OK ? 0 : 1;
}
