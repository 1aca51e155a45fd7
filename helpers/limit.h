/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Limits of a process: those that a case needs this one to have, and those that
 * a child of its own meets, while the parent's stay.
 */
#ifndef HELPERS_LIMIT_H
#define HELPERS_LIMIT_H

#include <stddef.h>

/*
 * This process must be allowed to lock that many bytes, else the case is
 * untested.  A limit that is not known is none: the call will tell.
 */
void limit_need_locks(long long bytes);

/*
 * Locks pages, as set-up.  Where that many may not be locked, or nothing may be
 * locked at all, the case is untested; any other failure breaks it.
 */
void limit_lock(void *start, size_t pages);

/* The same, and that a sandbox lets it: also for all that is mapped, and more. */
void limit_need_lockable(long long bytes);
void limit_need_all_lockable(long long more);

/* So many pages are locked beyond a count from before, else the case fails. */
void limit_expect_locked(long long before, long long pages);

/*
 * A child decides the case by run(arg), which gives the errno of the call that
 * counts: what the case reports as observed.
 */
void limit_decide(long (*run)(void *arg), void *arg);

/*
 * In a child: gives up its privileges and may lock that many pages, no more.
 * Cannot: untested.
 */
void limit_locks(size_t pages);

#define LIMIT_LOCKS 16 /* pages to lock: few enough for anybody */

/*
 * Flags that lock memory must map nothing, and give an error of those allowed,
 * for more pages than limit, which is LIMIT_LOCKS or 0; fewer are locked.  A
 * child decides, as above.
 */
void limit_refuses_lock(const char *flags, size_t limit, const char *allowed);

#endif
