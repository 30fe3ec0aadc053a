/*
 * A program that loads a Java VM, whose first thread is not the launcher's but has work of its own: it calls
 * Child.main. Arguments: options of the VM, then after "--" those of Child.main.
 */
#include <jni.h>
#include <stdio.h>
#include <string.h>

enum { MAX = 32 };

int main(int count, char **arguments)
{
    JavaVM *vm;
    JNIEnv *env;
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
    (*env)->CallStaticVoidMethod(env, child, run, rest);
    if ((*env)->ExceptionCheck(env)) {
        (*env)->ExceptionDescribe(env);
        return 1;
    }
    return (*vm)->DestroyJavaVM(vm) == JNI_OK ? 0 : 1;
}
