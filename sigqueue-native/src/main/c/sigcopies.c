#define _GNU_SOURCE
#include "sigcopies.h"

#include "sigshim.h"

#include <elf.h>
#include <link.h>
#include <string.h>

/* The record that the copies share. A change of it needs another VERSION, which ignores this
   one. */
enum { VERSION = 1 };

struct copy {
    char user[256];
    bool (*is_gone)(void *handle);
    void *handle;
    struct copy *_Atomic claims[SQ_SIGNALS + 1]; /* of the first copy: by signal */
};

/* Named in the note below, which the compiler does not see. */
__attribute__((visibility("hidden"), used)) struct copy sq_this_copy;

/*
 * Other copies have other names and hide their symbols. But the loader lists all, and each has a
 * note that says where its structure is.
 */
#define OWNER "sigqueue"
__asm__(".pushsection .note." OWNER ", \"a\", %note\n"
        ".balign 4\n"
        ".long 2f - 1f, 4f - 3f, 1\n" /* the last: VERSION */
        "1: .asciz \"" OWNER "\"\n"
        "2: .balign 4\n"
        "3: .long sq_this_copy - .\n"
        "4: .popsection\n");

static size_t aligned(size_t size, size_t alignment)
{
    return (size + alignment - 1) & ~(alignment - 1);
}

/* Returns NULL if it is not in these notes. */
static struct copy *copy_in(char *notes, size_t bytes, size_t alignment)
{
    while (bytes >= sizeof(ElfW(Nhdr))) {
        const ElfW(Nhdr) *const note = (const void *)notes;
        const size_t text = aligned(sizeof *note + note->n_namesz, alignment);
        const size_t length = aligned(text + note->n_descsz, alignment);
        char *const description = notes + text;
        int32_t distance;
        if (length > bytes)
            break;
        if (note->n_type == VERSION && note->n_namesz == sizeof OWNER &&
            note->n_descsz == sizeof distance &&
            memcmp(notes + sizeof *note, OWNER, sizeof OWNER) == 0) {
            memcpy(&distance, description, sizeof distance);
            return (void *)(description + distance);
        }
        notes += length;
        bytes -= length;
    }
    return NULL;
}

static int look_for_copy(struct dl_phdr_info *object, size_t size, void *found)
{
    (void)size;
    struct copy **const copy = found;
    for (int i = 0; i < object->dlpi_phnum && *copy == NULL; i++) {
        const ElfW(Phdr) *const part = &object->dlpi_phdr[i];
        if (part->p_type == PT_NOTE)
            *copy = copy_in((char *)object->dlpi_addr + part->p_vaddr, part->p_memsz,
                            part->p_align == 8 ? 8 : 4);
    }
    return *copy != NULL;
}

/* The first in the order of the loader, which keeps it: all copies agree on it. */
static struct copy *first_copy(void)
{
    static struct copy *_Atomic known;
    /* relaxed, here and below: what is loaded is visible; a claim says nothing of other memory. */
    struct copy *first = atomic_load_explicit(&known, memory_order_relaxed);
    if (first != NULL)
        return first;
    dl_iterate_phdr(look_for_copy, &first);
    if (first == NULL)
        first = &sq_this_copy; /* an odd loader */
    atomic_store_explicit(&known, first, memory_order_relaxed);
    return first;
}

static bool has_gone(const struct copy *copy)
{
    return copy != &sq_this_copy && copy->is_gone != NULL && copy->is_gone(copy->handle);
}

bool sq_claim(int signal)
{
    struct copy *_Atomic *const claim = &first_copy()->claims[signal];
    struct copy *owner = atomic_load_explicit(claim, memory_order_relaxed);
    while (owner == NULL || has_gone(owner))
        if (atomic_compare_exchange_strong_explicit(claim, &owner, &sq_this_copy,
                                                    memory_order_relaxed, memory_order_relaxed))
            return true;
    return owner == &sq_this_copy;
}

void sq_unclaim(int signal)
{
    struct copy *owner = &sq_this_copy;
    atomic_compare_exchange_strong_explicit(&first_copy()->claims[signal], &owner, NULL,
                                            memory_order_relaxed, memory_order_relaxed);
}

const char *sq_claimant(int signal)
{
    const struct copy *const owner =
        atomic_load_explicit(&first_copy()->claims[signal], memory_order_relaxed);
    return owner == NULL ? NULL : owner->user;
}

void sq_introduce(const char *user, bool (*is_gone)(void *handle), void *handle)
{
    for (size_t i = 0; i < sizeof sq_this_copy.user - 1 && user[i] != '\0'; i++)
        sq_this_copy.user[i] = user[i];
    sq_this_copy.is_gone = is_gone;
    sq_this_copy.handle = handle;
}
