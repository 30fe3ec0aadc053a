/*
 * A library that passes gates.sh, or, with one of the names below, does not pass the gate that the
 * name begins with, or does not load in a program of musl's.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <gnu/libc-version.h>
#include <stdio.h>
#include <unistd.h>

__attribute__((visibility("default"))) int JNI_OnLoad(void *machine, void *reserved);

#if defined(BROKEN_tls)
static __thread int count;
#elif defined(BROKEN_relative)
static const char *const built_in = DIRECTORY;
#elif defined(BROKEN_relative_text)
/* An address in what is to stay as it is in the file. */
__asm__(".section .rodata\n.balign 8\n.quad JNI_OnLoad\n.text");
#endif

#if defined(BROKEN_exports)
int other(void);
int other(void)
{
    return 1;
}
#endif

int JNI_OnLoad(void *machine, void *reserved)
{
    (void)machine, (void)reserved;
#if defined(BROKEN_tls)
    return ++count;
#elif defined(BROKEN_imports)
    return puts("loaded");
#elif defined(BROKEN_musl)
    return gnu_get_libc_version()[0];
#elif defined(BROKEN_glibc)
    return dlclose(machine); /* in libc itself since 2.34 */
#elif defined(BROKEN_relative)
    return built_in[getpid() % 2];
#else
    return getpid();
#endif
}
