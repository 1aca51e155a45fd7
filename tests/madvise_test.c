/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * madvise(2): advice, or more than that?
 */
#include <sys/types.h>
#include <sys/mman.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/child.h"
#include "helpers/object.h"
#include "helpers/suite.h"

static void
dontneed_on_changed_memory(void)
{
	unsigned char *area = area_filled(2);

	call_madvise(area, 2 * suite_page(), "DONTNEED");
	call_expect("ok");
	suite_expect(area_still_filled(area, 0, 2), "contents as before",
	    "contents %s after MADV_DONTNEED",
	    area_still_filled(area, 0, 2) ? "as before" : "lost");
}

static unsigned char *advised;

/* A bit for each page that holds what it held. */
static long
pages_kept(void *unused)
{
	long kept = 0;

	(void)unused;
	for (size_t page = 0; page < 3; page++)
		kept |= area_still_filled(advised, page, 1) << page;
	return kept;
}

/*
 *	advised  +0       +1       +2
 *	         kept     wiped    kept
 */
static void
wiped_on_fork(void)
{
	long kept;

	advised = area_filled(3);
	call_madvise(advised + suite_page(), suite_page(), "WIPEONFORK");
	call_expect("ok");
	kept = child_ask(pages_kept, NULL);
	suite_expect((kept & 2) == 0, "wiped in the child",
	    "the child reads what the parent wrote");
	suite_expect(kept == 5, "neighbours kept",
	    "the child lost pages beside the range");
	suite_expect(area_still_filled(advised, 0, 3), "kept in the parent",
	    "the parent's memory is wiped");
	suite_observe("wiped in the child, kept in the parent");
}

static void
kept_on_fork_again(void)
{
	long kept;

	advised = area_filled(3);
	call_madvise(advised + suite_page(), suite_page(), "WIPEONFORK");
	call_expect("ok");
	kept = child_ask(pages_kept, NULL);
	suite_expect(kept == 5, "the range wiped", "pages %s in the child",
	    kept == 7 ? "as before" : "lost");
	call_madvise(advised + suite_page(), suite_page(), "KEEPONFORK");
	call_expect("ok");
	kept = child_ask(pages_kept, NULL);
	suite_expect(kept == 7, "all pages as before", "%s pages as before",
	    kept == 7 ? "all" : "not all");
}

/* Who refuses private anonymous memory, too, does not know the advice. */
static void
wipe_other_memory(unsigned char *memory)
{
	call_madvise(area_filled(1), suite_page(), "WIPEONFORK");
	if (!call_last()->ok)
		suite_unsupported("MADV_WIPEONFORK");
	call_madvise(memory, suite_page(), "WIPEONFORK");
	call_expect("EINVAL");
}

static void
wiped_shared(void)
{
	wipe_other_memory(area_shared(1));
}

static void
wiped_file(void)
{
	struct object file = object_make(FILE_RW, suite_page());

	wipe_other_memory(
	    area_object(&file, 0, 1, PROT_READ | PROT_WRITE, false));
}

/* clang-format off */
static const struct suite_case cases[] = {
	CODE(dontneed_on_changed_memory, MADVISE_ADVISES_KERNEL, dontneed_on_changed_memory),
	CODE(wiped_on_fork, MADVISE_WIPEONFORK, wiped_on_fork),
	CODE(kept_on_fork_again, MADVISE_WIPEONFORK, kept_on_fork_again),
	CODE(wiped_shared, MADVISE_WIPEONFORK_PRIVATE_ANON_ONLY, wiped_shared),
	CODE(wiped_file, MADVISE_WIPEONFORK_PRIVATE_ANON_ONLY, wiped_file),
};
/* clang-format on */

SUITE_PROGRAM(cases)
