/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory that a case needs before it makes the call under test.  All of it
 * lies where the system put it; a failure here breaks the case, it does not
 * fail it, unless the memory came from a call under test.  No room where
 * RLIMIT_AS is set: untested.  Pages count from 0.
 */
#ifndef HELPERS_AREA_H
#define HELPERS_AREA_H

#include <stdbool.h>
#include <stddef.h>

#include "object.h"

/* A range of inaccessible private anonymous pages, to be covered later. */
unsigned char *area_reserve(size_t pages);

/* Private anonymous pages with the given protection. */
unsigned char *area_anon(size_t pages, int prot);

/* Shared anonymous pages, readable and writable. */
unsigned char *area_shared(size_t pages);

/* Private, writable pages, each filled with area_fill_byte(page). */
unsigned char *area_filled(size_t pages);

/* Fills pages as those of area_filled(): for pages from a call under test. */
void area_fill(unsigned char *start, size_t pages);

/* The byte that area_filled() put in a page: 'a' + page % 26. */
unsigned char area_fill_byte(size_t page);

/* An object's pages from its page first, shared or private. */
unsigned char *area_object(const struct object *object, size_t first,
    size_t pages, int prot, bool shared);

/* As area_reserve(), its start a multiple of alignment bytes. */
unsigned char *area_reserve_aligned(size_t pages, size_t alignment);

/*
 * The start of a range of pages that was mapped a moment ago and is free
 * now.  Only a process with one thread can rely on it, and only until it
 * next maps or allocates anything.
 */
unsigned char *area_vacant(size_t pages);

/*
 * Private anonymous pages, readable and writable, asked for at hint without
 * MAP_FIXED: wherever the system put them, NULL if nowhere.  Reaches no
 * verdict, so any thread may call it.
 */
unsigned char *area_near(void *hint, size_t pages);

/*
 * Hands the system pages full of something else, private or shared ones: so
 * many, at least 16, that they would show where it gives them out again as
 * they are.  How many there were.
 */
size_t area_recycle(bool shared);

/* Takes pages away again. */
void area_free(void *addr, size_t pages);

/* As area_free(), for any thread: reaches no verdict. */
void area_drop(void *addr, size_t pages);

/*
 * For rounds.c: inaccessible pages between the memory of the libraries and what
 * is mapped from now on, so that a defect that takes or changes a page too many
 * is there to be told of.
 */
void area_cushion(void);

/* Changes the protection of pages. */
void area_protect(void *addr, size_t pages, int prot);

/* Whether a page is mapped, by the kernel's list or by touching it. */
bool area_is_mapped(const void *addr);

/* A page is mapped no more, else the case fails; what names it in words. */
void area_expect_gone(const void *addr, const char *what);

/*
 * As the act under test, what a program no longer needs, to the end of its last
 * page: must be "ok", and gone at both ends.
 */
void area_unmap(void *addr, size_t length);

/* Whether the pages of area_filled() from first on hold what it put there. */
bool area_still_filled(const unsigned char *start, size_t first, size_t pages);

/* They do, else the case fails; what names them in words. */
void area_expect_filled(
    const unsigned char *start, size_t first, size_t pages, const char *what);

/* They do, and take stores, else the case fails. */
void area_expect_kept(
    unsigned char *start, size_t first, size_t pages, const char *what);

#endif
