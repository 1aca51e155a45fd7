/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses that MAP_FIXED cannot or need not take: odd ones, page zero, the
 * ends of the user's space and of the integers:
 *
 *	0 |page zero| ... user's space ... |last page| ... HIGH |TOP|
 */
#include <sys/utsname.h>

#include <stdint.h>
#include <string.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/child.h"
#include "helpers/names.h"
#include "helpers/overlay.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/fixed_address.def"
#include "helpers/claims.h"

/* Taken literally, or refused: never mapped at another place. */
static void
addr_odd(void)
{
	size_t page = view_page();
	unsigned char *used = area_filled(4), *odd = used + page + 1;
	unsigned char *got;

	overlay_expect_sound();
	got = call_mmap(odd, page, RW, OVERLAY_ANON, -1, 0);
	call_expect("ok|EINVAL");
	if (got == MAP_FAILED) {
		area_expect_kept(used, 0, 4, "the old mapping");
		verdict_observe("EINVAL");
		return;
	}
	verdict_decide(got == odd, "the address asked for, or EINVAL",
	    "mapped there", "mapped elsewhere");
	probe_expect_bytes(odd, page, 0, "the memory asked for");
	area_expect_kept(used, 0, 1, "the page before");
	area_expect_kept(used, 3, 1, "the page after");
	verdict_observe("ok");
}

/* Where pages are larger, programs built for smaller ones ask for these. */
static void
addr_of_smaller_page(void)
{
	size_t page = view_page();

	for (size_t part = page / 2; part >= 512; part /= 2) {
		unsigned char *used = area_filled(3), *got;

		overlay_expect_sound();
		got = call_mmap(
		    used + page + part, part, RW, OVERLAY_ANON, -1, 0);
		call_expect("ok|EINVAL");
		verdict_decide(got == MAP_FAILED || got == used + page + part,
		    "the address asked for, or EINVAL", "that",
		    "mapped elsewhere");
		area_expect_kept(used, 0, 1, "the page before");
		if (got == MAP_FAILED)
			area_expect_kept(used, 1, 2, "the old mapping");
		else
			probe_expect_bytes(got, part, 0, "the part of a page");
		verdict_observe("%s", got == MAP_FAILED ? "EINVAL" : "ok");
	}
}

#define REMAINDER 512

static void
addr_offset_congruent(void)
{
	size_t page = view_page(), length = page - REMAINDER;
	struct object object = object_make(FILE_RW, 2 * page);
	unsigned char *used = area_filled(3);
	unsigned char *odd = used + page + REMAINDER, *got;

	call_mmap_at(used + 2 * page, page, RW, "PRIVATE|FIXED", object.fd, 0);
	probe_expect_pattern(used + 2 * page, page, 0, "the page behind");
	got = call_mmap(odd, length, RW, "PRIVATE|FIXED", object.fd, REMAINDER);
	call_expect("ok|EINVAL");
	if (got == MAP_FAILED) {
		area_expect_kept(used, 0, 2, "the old mapping");
		verdict_observe("EINVAL");
		return;
	}
	verdict_decide(got == odd, "the address asked for", "mapped there",
	    "mapped elsewhere");
	probe_expect_pattern(odd, length, REMAINDER, "the page");
	verdict_observe("ok");
}

/* Page zero is mapped in a child only. The errno, 0 when mapped. */
static long
map_zero(void *arg)
{
	int allowed = view_facts()->can_map_zero;
	unsigned char *got =
	    call_mmap(NULL, view_page(), RW, OVERLAY_ANON, -1, 0);

	(void)arg;
	if (got == MAP_FAILED && allowed == -1)
		verdict_untested("needs to know who may map page zero; here it "
				 "is %s",
		    names_errno(call_last()->error));
	call_expect(allowed == 0 ? "EPERM" : "ok");
	if (got == MAP_FAILED)
		return call_last()->error;
	verdict_decide(
	    got == NULL, "page zero", "mapped page zero", "mapped elsewhere");
	probe_expect_bytes(NULL, view_page(), 0, "page zero");
	probe_expect_store(NULL, "page zero", "ok");
	probe_expect_bytes(NULL, 1, 's', "page zero");
	return 0;
}

static void
addr_zero(void)
{
	long error;

	/* The kernel may have sealed one that it mapped itself. */
	if (area_is_mapped(NULL))
		verdict_untested(
		    "needs a page zero that is not mapped already");
	overlay_expect_sound();
	error = child_ask(map_zero, NULL);
	verdict_observe(
	    "%s", error == 0 ? "page zero mapped" : names_errno((int)error));
}

/* For a claim about the addresses of one processor; it has two names. */
static void
need_x86_64(void)
{
	struct utsname name;

	if (uname(&name) == -1)
		verdict_broken("uname");
	if (sizeof(void *) < 8 ||
	    (strcmp(name.machine, "x86_64") != 0 &&
		strcmp(name.machine, "amd64") != 0))
		verdict_unsupported("claimed for x86-64");
}

/* Half way up: no address at all on most 64 bit processors. */
static void
addr_middle(void)
{
	unsigned char *middle = (unsigned char *)(UINTPTR_MAX / 2 + 1);
	unsigned long long end = view_facts()->max_address;

	if (end > (uintptr_t)middle)
		verdict_unsupported("here this is an address like others");
	if (end == 0 && sizeof(void *) < 8)
		verdict_untested("needs to know where the user's space ends");
	overlay_expect_sound();
	call_mmap(middle, view_page(), RW, OVERLAY_ANON, -1, 0);
	call_expect("ENOMEM");
}

/*
 * The user's space is half of what the processor can address, or what the
 * kernel leaves of that: the end of the half is the power of two at or above
 * the end of the user's space.
 */
static void
addr_last_user_page(void)
{
	size_t page = view_page();
	unsigned long long end = view_facts()->max_address, half = 1;
	unsigned char *last;

	need_x86_64();
	if (end == 0)
		verdict_untested("needs to know where the user's space ends");
	while (half < end)
		half *= 2;
	if (end < half - page)
		verdict_unsupported("the user's space ends at %#llx", end);
	last = (unsigned char *)(uintptr_t)(half - page);
	overlay_expect_sound();
	if (call_has_flags("MAP_", "FIXED_NOREPLACE")) {
		unsigned char *got = call_mmap(last - page, page, RW,
		    "PRIVATE|ANON|FIXED_NOREPLACE", -1, 0);

		call_expect("ok|EEXIST");
		if (got != MAP_FAILED) {
			probe_expect_bytes(got, page, 0, "the page before");
			area_free(got, 1);
		}
	}
	call_mmap(last, page, RW, OVERLAY_ANON, -1, 0);
	call_expect("ENOMEM");
}

/* clang-format off */
static const struct row cases[] = {
	CODE(addr_odd,			FIXED_ADDR_UNALIGNED,		addr_odd),
	CODE(addr_of_smaller_page,	FIXED_ADDR_UNALIGNED,		addr_of_smaller_page),
	CODE(addr_offset_congruent,	FIXED_ADDR_OFFSET_CONGRUENT,	addr_offset_congruent),
	CODE(addr_zero,			FIXED_ADDR_ZERO,		addr_zero),
	CODE(addr_middle,		FIXED_BEYOND_ADDRESS_SPACE,	addr_middle),
	CODE(addr_last_user_page,	FIXED_LAST_USER_PAGE,		addr_last_user_page),
	CALL(addr_high,	FIXED_BEYOND_ADDRESS_SPACE,	HIGH, P(1),  RW,  OVERLAY_ANON, NOTHING, B(0), "ENOMEM", SOUND_ADDR(USED)),
	CALL(addr_wraps, FIXED_WRAPAROUND,		TOP,  P(2),  RW,  OVERLAY_ANON, NOTHING, B(0), "ENOMEM", SOUND_ADDR(USED)),
	CALL(len_wraps,	FIXED_WRAPAROUND,		USED, P(-1), RW,  OVERLAY_ANON, NOTHING, B(0), "ENOMEM", SOUND_LEN(P(1))),
};
/* clang-format on */

SUITE_PROGRAM(cases)
