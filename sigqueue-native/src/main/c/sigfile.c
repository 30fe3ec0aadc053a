#define _GNU_SOURCE
#include "sigfile.h"

#include <link.h>
#include <unistd.h>

/* dladdr would do it, but is where old versions of glibc do not have it. */
struct search {
    uintptr_t address;
    char *path; /* "" for the program itself */
    size_t size;
};

static int look_into(struct dl_phdr_info *object, size_t size, void *search)
{
    struct search *const wanted = search;
    bool contains = false;
    (void)size;
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *const part = &object->dlpi_phdr[i];
        contains |= part->p_type == PT_LOAD &&
                    wanted->address - (object->dlpi_addr + part->p_vaddr) < part->p_memsz;
    }
    for (size_t at = 0; contains && at < wanted->size; at++)
        if ((wanted->path[at] = object->dlpi_name[at]) == '\0')
            break;
    return contains;
}

bool sq_file_of(uintptr_t address, char *path, size_t size)
{
    struct search search = {address, path, size - 1};
    path[size - 1] = '\0';
    if (dl_iterate_phdr(look_into, &search) == 0)
        return false;
    if (path[0] != '\0')
        return true;
    const ssize_t length = readlink("/proc/self/exe", path, size - 1);
    path[length < 0 ? 0 : length] = '\0';
    return length >= 0;
}
