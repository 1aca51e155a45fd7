/* SPDX-License-Identifier: BSD-2-Clause */
#include "platform/mechanism/facts.h"

#include <sys/types.h>
#include <sys/time.h>
#include <sys/resource.h>

#include <limits.h>
#include <unistd.h>

/* A soft limit; LLONG_MAX: unlimited, -1: it cannot be told. */
static long long
soft_limit(int resource)
{
	struct rlimit now;

	if (getrlimit(resource, &now) == -1)
		return -1;
	return now.rlim_cur == RLIM_INFINITY ? LLONG_MAX
					     : (long long)now.rlim_cur;
}

void
facts_start(struct plat_facts *facts)
{
	*facts = (struct plat_facts){
		.page_size = sysconf(_SC_PAGESIZE),
		.hugetlb = -1,
		.huge_page_size = -1,
		.huge_pages_total = -1,
		.huge_pages_free = -1,
		.huge_pages_extra = -1,
		.overcommit = -1,
		.ram_bytes = -1,
		.swap_bytes = -1,
		.commit_limit = -1,
		.rlimit_as = -1,
		.rlimit_data = soft_limit(RLIMIT_DATA),
		.rlimit_memlock = -1,
		.can_lock_memory = -1,
		.can_raise_limits = -1,
		.can_map_zero = -1,
		.can_see_frames = -1,
		.can_change_settings = -1,
		.aslr = -1,
		.wx = -1,
		.min_address = -1,
		.map_count_max = -1,
		.max_address = 0,
	};
#ifdef RLIMIT_AS
	facts->rlimit_as = soft_limit(RLIMIT_AS);
#endif
#ifdef RLIMIT_MEMLOCK
	facts->rlimit_memlock = soft_limit(RLIMIT_MEMLOCK);
#endif
}
