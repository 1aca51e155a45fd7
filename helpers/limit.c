/* SPDX-License-Identifier: BSD-2-Clause */
#include <sys/types.h>
#include <sys/mman.h>

#include <errno.h>

#include "area.h"
#include "call.h"
#include "child.h"
#include "limit.h"
#include "names.h"
#include "probe.h"
#include "verdict.h"
#include "view.h"

void
limit_need_locks(long long bytes)
{
	const struct plat_facts *facts = view_facts();

	if (facts->can_lock_memory != 1 && facts->rlimit_memlock >= 0 &&
	    facts->rlimit_memlock < bytes)
		verdict_untested("needs RLIMIT_MEMLOCK of %lld bytes or the "
				 "privilege to lock memory",
		    bytes);
}

/* A sandbox may refuse what the system has; that is no verdict on it. */
static void
need_permission(int result)
{
	if (result == -1 && (errno == EPERM || errno == ENOSYS))
		verdict_untested("needs to be allowed to lock memory: %s",
		    names_errno(errno));
}

void
limit_lock(void *start, size_t pages)
{
	int result;

	limit_need_locks((long long)(pages * view_page()));
	result = mlock(start, pages * view_page());
	need_permission(result);
	if (result == -1)
		verdict_broken("mlock");
}

void
limit_need_lockable(long long bytes)
{
	unsigned char *page = area_anon(1, RW);

	limit_need_locks(bytes);
	need_permission(mlock(page, view_page()));
	area_free(page, 1);
}

void
limit_need_all_lockable(long long more)
{
	long long size;

	if (view_find_address_space(&size))
		limit_need_locks(size + more);
	else if (view_facts()->can_lock_memory != 1)
		verdict_untested("needs to know what it would lock");
	need_permission(mlockall(MCL_CURRENT));
	munlockall();
}

void
limit_expect_locked(long long before, long long pages)
{
	long long more =
	    (view_locked_bytes() - before) / (long long)view_page();

	verdict_expect(more == pages, "exactly the locked pages counted",
	    "%lld pages counted as locked, not %lld", more, pages);
}

void
limit_decide(long (*run)(void *arg), void *arg)
{
	int error = (int)child_ask(run, arg);

	verdict_observe("%s", error == 0 ? "ok" : names_errno(error));
}

void
limit_locks(size_t pages)
{
	long long bytes = (long long)(pages * view_page()), most;

	child_drop_privileges();
	child_limit(PLAT_LIMIT_MEMLOCK, bytes);
	if (view_locks_freely() == 1)
		verdict_untested("needs a process whose locks are limited");
	most = view_lock_limit();
	if (most != -1 && most < bytes)
		verdict_untested(
		    "needs %zu pages of hard RLIMIT_MEMLOCK", pages);
}

struct locked_call {
	const char *flags;
	size_t limit; /* pages */
	const char *allowed;
};

static long
lock_beyond(void *arg)
{
	const struct locked_call *locked = arg;
	size_t length = 2 * LIMIT_LOCKS * view_page();
	void *place;

	/* Names a missing flag before any privilege is given up. */
	call_flags("MAP_", locked->flags);
	limit_locks(locked->limit);
	if (locked->limit > 0)
		probe_map_new(length / 4, locked->flags);
	probe_map_new(length, "PRIVATE|ANON");
	place = area_vacant(2 * LIMIT_LOCKS);
	call_mmap(place, length, RW, locked->flags, -1, 0);
	call_expect(locked->allowed);
	verdict_either(!area_is_mapped(place), "nothing mapped",
	    "the failed call mapped something");
	return call_last()->error;
}

void
limit_refuses_lock(const char *flags, size_t limit, const char *allowed)
{
	struct locked_call locked = { flags, limit, allowed };

	limit_decide(lock_beyond, &locked);
}
