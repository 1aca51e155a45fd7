/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Facts that nothing tells and that must be tried.  Of platform/ this alone
 * makes mappings: a page at a time, at places where nothing is, gone again
 * when the function returns.
 */
#ifndef PLATFORM_TRIAL_H
#define PLATFORM_TRIAL_H

/* Whether memory may be writable and executable: 1, 0, or -1: not told. */
int trial_wx(void);

/*
 * The first address past those that a program may map, rising from one that
 * it has; 0: not told.  Needs mincore(2) to find out where nothing is, and
 * that MAP_FIXED is refused beyond the end.  Searched for once.
 */
unsigned long long trial_max_address(void);

#endif
