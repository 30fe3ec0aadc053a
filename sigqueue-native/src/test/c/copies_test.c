/* Two copies of the library in one process, as two class loaders bring them. */
#define _GNU_SOURCE
#include "sigcopies.h"
#include "signals.h"

#include <dlfcn.h>

enum { A = SIGUSR1, B = SIGUSR2 };

static const char *other_file;

static struct {
    int (*install)(int signal);
    int (*ignore)(int signal);
    int (*restore)(int signal);
    const char *(*claimant)(int signal);
    void (*introduce)(const char *user, bool (*is_gone)(void *handle), void *handle);
} other;

static bool other_is_gone;

static bool answer(void *handle)
{
    return *(bool *)handle;
}

static void load_the_other(void)
{
    void *const library = dlopen(other_file, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        _exit(1);
    }
    *(void **)&other.install = dlsym(library, "sq_install");
    *(void **)&other.ignore = dlsym(library, "sq_ignore");
    *(void **)&other.restore = dlsym(library, "sq_restore");
    *(void **)&other.claimant = dlsym(library, "sq_claimant");
    *(void **)&other.introduce = dlsym(library, "sq_introduce");
    CHECK(other.install != sq_install);
    other.introduce("the other", answer, &other_is_gone);
}

static void second_copy_is_refused_and_told_who_has_the_signal(void)
{
    CHECK(sq_install(A) == 0);
    const struct sq_action ours = action_of(A);
    CHECK(other.install(A) == SQ_CLAIMED);
    CHECK(other.ignore(A) == SQ_CLAIMED);
    CHECK(strcmp(other.claimant(A), "this one") == 0);
    CHECK(strcmp(sq_claimant(A), "this one") == 0);
    const struct sq_action now = action_of(A);
    CHECK(memcmp(&now, &ours, sizeof now) == 0);
    CHECK(sq_restore(A) == 0);
    CHECK(sq_claimant(A) == NULL && other.claimant(A) == NULL);
}

static void copies_take_turns_with_a_signal(void)
{
    for (int i = 0; i < 3; i++) {
        CHECK(other.install(A) == 0);
        CHECK(sq_install(A) == SQ_CLAIMED);
        CHECK(strcmp(sq_claimant(A), "the other") == 0);
        CHECK(other.ignore(A) == 0 && other.install(A) == 0); /* it has it already */
        CHECK(other.restore(A) == 0);
        CHECK(sq_ignore(A) == 0);
        CHECK(other.install(A) == SQ_CLAIMED);
        CHECK(sq_restore(A) == 0);
    }
}

static void different_signals_may_be_of_different_copies(void)
{
    CHECK(sq_install(A) == 0);
    CHECK(other.install(B) == 0);
    CHECK(sq_restore(B) == 0); /* nothing of ours is there: nothing changes */
    CHECK(sq_install(B) == SQ_CLAIMED);
    CHECK(other.restore(B) == 0);
    CHECK(sq_restore(A) == 0);
}

static void copy_that_nobody_uses_any_more_has_no_signals(void)
{
    CHECK(other.install(A) == 0);
    CHECK(sq_install(A) == SQ_CLAIMED);
    other_is_gone = true;
    CHECK(sq_install(A) == 0);
    CHECK(strcmp(sq_claimant(A), "this one") == 0);
    CHECK(sq_restore(A) == 0);
    other_is_gone = false;
    CHECK(other.restore(A) == 0);
}

static void refused_signal_stays_free(void)
{
    CHECK(sq_install(SIGKILL) == EINVAL);
    CHECK(other.install(SIGKILL) == EINVAL);
    CHECK(sq_claimant(SIGKILL) == NULL);
}

int main(int argc, char **argv)
{
    start(1, argv);
    other_file = argc > 1 ? argv[1] : "";
    sq_introduce("this one", NULL, NULL);
    load_the_other();
    RUN(second_copy_is_refused_and_told_who_has_the_signal);
    RUN(copies_take_turns_with_a_signal);
    RUN(different_signals_may_be_of_different_copies);
    RUN(copy_that_nobody_uses_any_more_has_no_signals);
    RUN(refused_signal_stays_free);
    return report();
}
