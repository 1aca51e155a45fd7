/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Touching pages, to learn which of them are there already: those that raise
 * no page fault.
 */
#ifndef HELPERS_TOUCH_H
#define HELPERS_TOUCH_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Faults served without input (ru_minflt) of loading from, or storing 's' to,
 * the first byte of each page.  A kernel that counts none would show every
 * page to be there: untested.
 */
long touch_faults(unsigned char *start, size_t pages, bool store);

#endif
