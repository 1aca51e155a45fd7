/* SPDX-License-Identifier: BSD-2-Clause */
#include <sys/types.h>
#include <sys/resource.h>

#include <stdint.h>

#include "area.h"
#include "names.h"
#include "touch.h"
#include "verdict.h"
#include "view.h"

/* Page faults of this process served without input until now. */
static long
faults(void)
{
	struct rusage usage;

	if (getrusage(RUSAGE_SELF, &usage) == -1)
		verdict_broken("getrusage");
	return usage.ru_minflt;
}

static void
need_counted_faults(void)
{
	static bool counted;
	volatile unsigned char *fresh;
	long before;

	if (counted)
		return;
	fresh = area_anon(1, RW);
	faults();
	before = faults();
	*fresh = 's';
	counted = faults() > before;
	area_free((void *)(uintptr_t)fresh, 1);
	if (!counted)
		verdict_untested("page faults are not counted here");
}

long
touch_faults(unsigned char *start, size_t pages, bool store)
{
	size_t page = view_page();
	volatile unsigned char *byte = start;
	long before;

	need_counted_faults();
	/* The first call may fault itself. */
	faults();
	before = faults();
	for (size_t i = 0; i < pages; i++) {
		if (store)
			byte[i * page] = 's';
		else
			(void)byte[i * page];
	}
	return faults() - before;
}
