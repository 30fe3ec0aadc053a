/* Which library or program some code is in. */
#ifndef SIGFILE_H
#define SIGFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Stores the path of the file that contains an address; returns false if there is none. */
bool sq_file_of(uintptr_t address, char *path, size_t size);

#endif
