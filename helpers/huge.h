/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MAP_HUGETLB: mappings of huge pages, which come from a pool of the whole
 * system.  mmap reserves pages, the first touch takes them; a mapping with
 * MAP_NORESERVE needs neither until it is touched, so what the pool does not
 * decide is shown with it, and an empty pool is enough.
 *
 * Others may use the pool, too: what they can move is looked at before and
 * after, or has to come out alike several times.
 */
#ifndef HELPERS_HUGE_H
#define HELPERS_HUGE_H

#include <stdbool.h>
#include <stddef.h>

#include "view.h"

#define HUGE_PRIVATE   "PRIVATE|ANON|HUGETLB"
#define HUGE_UNTOUCHED "PRIVATE|ANON|HUGETLB|NORESERVE"

/* The default size of huge pages, in bytes; none here: unsupported. */
size_t huge_size(void);

/* So many huge pages in ordinary ones. */
size_t huge_in_pages(size_t huge_pages);

/* The pool of that size; it cannot be seen: untested. */
struct view_pool huge_pool(void);

/* Pages of it that nobody uses and nobody has reserved. */
long huge_free_pages(void);

/*
 * So many must be free: they are, or the pool is enlarged where that is
 * allowed (SETTINGS()), else the case is untested.
 */
void huge_need_free(long pages);

/*
 * Whether to try once more: what is not as wanted counts only when five tries
 * in a row came out alike.  *alike begins at 0.
 */
bool huge_try_again(bool wanted, bool like_last, int *alike);

/* call_mmap() of so many pages wherever the system likes. */
void *huge_map(size_t huge_pages, const char *flags);

/* The same for pages that are there when touched; it must succeed. */
unsigned char *huge_map_pages(size_t huge_pages, const char *flags);

/* The same for pages that nobody has promised. */
unsigned char *huge_map_untouched(size_t huge_pages);

/*
 * What the last mapping call gave: it must have succeeded, and hold what
 * huge_expect_new() says.
 */
unsigned char *huge_expect_sound(unsigned char *start);

/* A new page: a zero, or SIGBUS as long as the pool has none for it. */
void huge_expect_new(const unsigned char *start);

/* Stores a byte where the pool has a page for it; false if not. */
bool huge_put_mark(unsigned char *start);

/* That byte, or a new page where it could not be stored. */
void huge_expect_mark(bool marked, const unsigned char *start);

/* The kernel lists one region there, of that length, readable, writable. */
void huge_expect_region(const unsigned char *start, size_t length);

/* The signal that a child's store of 'c' raises; 0: none. */
int huge_store_in_child(unsigned char *start);

#endif
