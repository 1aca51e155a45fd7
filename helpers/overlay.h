/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the programs on MAP_FIXED have in common: new pages laid over what is
 * there.
 */
#ifndef HELPERS_OVERLAY_H
#define HELPERS_OVERLAY_H

#include <stddef.h>

/* The flags of most of them. */
#define OVERLAY_ANON "PRIVATE|ANON|FIXED"

/*
 * Puts new private anonymous pages over addr, else the case fails: zeros to the
 * end of the last one, and writable.
 */
void overlay_anon(unsigned char *addr, size_t length);

/*
 * A request like one that is to fail, but for one argument, works, else the
 * case fails.
 */
void overlay_expect_sound(void);

#endif
