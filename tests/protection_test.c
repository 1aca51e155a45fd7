/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a protection allows and denies, and to which pages mprotect(2) gives
 * one:
 *
 *	mprotect(p + page, page + 1)	     |=========|=
 *	pages			   |    0    |    1    |    2    |    3    |
 *	changed			              changed   changed
 */
#include <sys/types.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/names.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

static void
none_denies_all(void)
{
	static const char *const flags[] = { "PRIVATE|ANON", "SHARED|ANON" };

	for (size_t i = 0; i < 2; i++) {
		unsigned char *mapped =
		    call_mmap(NULL, suite_page(), NONE, flags[i], -1, 0);

		call_expect("ok");
		probe_expect_load(mapped, "PROT_NONE memory", "SIGSEGV|SIGBUS");
		probe_expect_store(
		    mapped, "PROT_NONE memory", "SIGSEGV|SIGBUS");
	}
}

/* The same code is jumped at without and with the right to execute. */
static void
jump_without_exec(void)
{
	unsigned char *mapped =
	    call_mmap(NULL, suite_page(), RW, "PRIVATE|ANON", -1, 0);
	struct guard_signal denied, granted;

	call_expect("ok");
	probe_plant(mapped);
	call_mprotect(mapped, suite_page(), R);
	call_expect("ok");
	denied = probe_jump(mapped);
	call_mprotect(mapped, suite_page(), RX);
	if (!call_last()->ok && suite_facts()->wx == 0)
		suite_untested("needs what was stored to be made executable: "
			       "%s",
		    names_errno(call_last()->error));
	call_expect("ok");
	granted = probe_jump(mapped);
	suite_set_up(granted.signo == 0, "the planted code raised %s",
	    probe_name(granted));
	suite_expect(probe_allows("SIGSEGV", denied), "SIGSEGV",
	    "jump to readable memory: %s", probe_name(denied));
}

/* Which of four readable and writable pages lose the right to be written. */
static void
expect_changed(size_t length, size_t first, size_t count)
{
	unsigned char *pages = area_filled(4);

	call_mprotect(pages + suite_page(), length, R);
	call_expect("ok");
	for (size_t i = 0; i < 4; i++) {
		bool changed = i >= first && i < first + count;
		unsigned char *end = pages + (i + 1) * suite_page() - 1;

		probe_expect_store(pages + i * suite_page(), "a page's start",
		    changed ? "SIGSEGV|SIGBUS" : "ok");
		probe_expect_store(
		    end, "a page's end", changed ? "SIGSEGV|SIGBUS" : "ok");
		probe_expect_load(end, "a page's end", "ok");
	}
	area_free(pages, 4);
}

static void
mprotect_whole_pages(void)
{
	expect_changed(1, 1, 1);
	expect_changed(suite_page(), 1, 1);
	expect_changed(suite_page() + 1, 1, 2);
	suite_observe("whole pages, and no others");
}

/* clang-format off */
static const struct suite_case cases[] = {
	CODE(none_denies_all, PROT_NONE_DENIES_ALL, none_denies_all),
	CODE(jump_without_exec, PROT_EXEC_NEEDED, jump_without_exec),
	CODE(mprotect_whole_pages, MPROTECT_CHANGES_PROTECTION, mprotect_whole_pages),
};
/* clang-format on */

SUITE_PROGRAM(cases)
