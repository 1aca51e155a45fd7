/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses asked for without the right to replace, beside pages filled with
 * letters, in the middle of a hole that was free a moment ago, where the
 * system would not map of its own accord:
 *
 *	page     0     1     2     3     4     5     6     7
 *	       aaaa              [ request ]              hhhh	place_hole(8)
 */
#ifndef HELPERS_PLACE_H
#define HELPERS_PLACE_H

#include <stddef.h>

/* Filled pages of which only the first and the last are still there. */
unsigned char *place_hole(size_t pages);

/* What place_hole() left is there still, else the case fails. */
void place_expect_edges(const unsigned char *hole, size_t pages);

/*
 * New memory is zero throughout, and takes stores to its first byte and its
 * last, else the case fails.
 */
void place_expect_usable(unsigned char *addr, size_t length);

/*
 * For flags that ask for an exact place, but only when it is free: a free
 * range is taken, exactly.
 */
void place_expect_exact(const char *flags);

/*
 * A range in use from end to end is refused with error, and kept; then as
 * place_expect_exact(), with the same flags.
 */
void place_expect_refusal(const char *flags, const char *error);

/*
 * So is a range of three pages with one of them in use, in each of the three
 * places; the free ones stay free.
 */
void place_expect_collision(const char *flags, const char *error);

#endif
