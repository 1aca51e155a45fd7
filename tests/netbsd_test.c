/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What NetBSD's manual says of flags of its own: MAP_TRYFIXED and MAP_WIRED.
 * A case whose flag is missing here is unsupported.
 */
#include <stdint.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/limit.h"
#include "helpers/place.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/netbsd.def"
#include "helpers/claims.h"

#define TRYFIXED "PRIVATE|ANON|TRYFIXED"

/* Some systems define the name as 0. */
static void
tryfixed(void)
{
	size_t page = view_page();
	unsigned char *used, *got;

	if (call_flags("MAP_", "TRYFIXED") == 0)
		verdict_unsupported("MAP_TRYFIXED is 0 on %s", view_system());
	used = area_filled(3);
	place_expect_exact(TRYFIXED);
	got = call_mmap(used + page, page, RW, TRYFIXED, -1, 0);
	call_expect("ok");
	verdict_either(got + page <= used || got >= used + 3 * page,
	    "beside the pages in use", "over pages in use");
	place_expect_usable(got, page);
	verdict_either(area_still_filled(used, 0, 3), "the pages in use kept",
	    "the pages in use changed");
	verdict_observe("there when free, elsewhere when not");
}

/* Below all that is mapped, where the system places nothing by itself. */
static void
tryfixed_low(void)
{
	size_t page = view_page();
	uintptr_t at = (uintptr_t)1 << 28, end = (uintptr_t)1 << 31;
	unsigned char *got;

	if (call_flags("MAP_", "TRYFIXED") == 0)
		verdict_unsupported("MAP_TRYFIXED is 0 on %s", view_system());
	while (at < end && area_is_mapped((void *)at))
		at += (uintptr_t)1 << 24;
	if (at >= end)
		verdict_untested("needs a free page below 2 GiB");
	got = call_mmap((void *)at, page, RW, TRYFIXED, -1, 0);
	call_expect("ok");
	verdict_either((uintptr_t)got == at, "at the address", "elsewhere");
	place_expect_usable(got, page);
	verdict_observe("at the address");
}

static void
wired_locks(void)
{
	size_t length = 4 * view_page();
	long long before;

	call_flags("MAP_", "WIRED");
	limit_need_locks((long long)length);
	before = view_locked_bytes();
	probe_map_new(length, "PRIVATE|ANON|WIRED");
	verdict_either(view_locked_bytes() == before + (long long)length,
	    "all of it locked", "not locked");
}

static void
wired_over_limit(void)
{
	limit_refuses_lock("PRIVATE|ANON|WIRED", LIMIT_LOCKS, "ENOMEM");
}

/* clang-format off */
static const struct row cases[] = {
	CODE(tryfixed, NETBSD_MAP_TRYFIXED, tryfixed),
	CODE(tryfixed_low, NETBSD_TRYFIXED_LOW, tryfixed_low),
	CODE(wired_locks, NETBSD_WIRED_LOCKS, wired_locks),
	CODE(wired_over_limit, NETBSD_MAP_WIRED, wired_over_limit),
};
/* clang-format on */

SUITE_PROGRAM(cases)
