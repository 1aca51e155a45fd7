/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory and text.  Running out of memory ends the program.
 */
#ifndef REPORTS_BUFFER_H
#define REPORTS_BUFFER_H

#include <stddef.h>

#include "model.h"

/* Zeroed memory for count items of size bytes. */
void *buffer_new(size_t count, size_t size);
/* Room for one item more; items grow by doubling from NULL and count 0. */
void *buffer_grow(void *items, size_t count, size_t size);
char *buffer_copy(const char *text);
char *buffer_format(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
/*
 * A copy of length bytes as valid UTF-8: a NUL and each byte that does not
 * belong to a well-formed sequence become "\xNN".  NULL bytes give "".
 */
char *buffer_clean(const void *bytes, size_t length);

void strings_add(struct strings *strings, const char *text);
/* Adds the text unless it is there; returns its index. */
size_t strings_intern(struct strings *strings, const char *text);
void strings_free(struct strings *strings);

/*
 * The next code point of valid UTF-8 text; advances *text.  0 at the end.
 */
unsigned long buffer_next(const char **text);
/*
 * True for code points that would act on a terminal or reorder a page:
 * control characters except newline and tab, and bidirectional overrides.
 */
bool buffer_acts(unsigned long code);

#endif
