/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * madvise(2) and fork(2): what a child has, and what it does to its parent.
 */
#include <sys/types.h>

#include <signal.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/child.h"
#include "helpers/object.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/madvise_fork.def"
#include "helpers/claims.h"

#define PAGES 3 /* the middle one is advised */

static unsigned char *area;

/* A bit for each page: it can be read and holds what it held. */
static long
pages_kept(void *unused)
{
	long kept = 0;

	(void)unused;
	for (size_t i = 0; i < PAGES; i++) {
		unsigned char seen;

		if (probe_load(area + i * view_page(), &seen).signo == 0)
			kept |= (long)(seen == area_fill_byte(i)) << i;
	}
	return kept;
}

/* The signal of a load of the middle page, 0: none. */
static long
middle_signal(void *unused)
{
	(void)unused;
	return probe_load(area + view_page(), NULL).signo;
}

static void
missing_in_child(unsigned char *memory)
{
	area = memory;
	area_fill(area, PAGES);
	call_madvise(area + view_page(), view_page(), "DONTFORK");
	call_expect("ok");
	verdict_expect(child_ask(middle_signal, NULL) == SIGSEGV,
	    "not mapped in the child", "mapped in the child");
	verdict_expect(child_ask(pages_kept, NULL) == 5, "its neighbours kept",
	    "the child lost pages beside the range");
	area_expect_kept(area, 0, PAGES, "the parent's memory");
	verdict_observe("not mapped in the child, kept in the parent");
}

static void
dontfork_private(void)
{
	missing_in_child(area_anon(PAGES, RW));
}

static void
dontfork_shared(void)
{
	missing_in_child(area_shared(PAGES));
}

static void
dontfork_file(void)
{
	struct object file = object_make(FILE_RW, PAGES * view_page());

	missing_in_child(area_object(&file, 0, PAGES, RW, true));
}

static void
dofork(void)
{
	missing_in_child(area_anon(PAGES, RW));
	call_madvise(area + view_page(), view_page(), "DOFORK");
	call_expect("ok");
	verdict_decide(child_ask(pages_kept, NULL) == (1 << PAGES) - 1,
	    "all pages kept", "all pages in the child", "pages missing");
}

/* What a child of the child finds where the child has stored. */
static long
stored_and_asked(void *unused)
{
	(void)unused;
	area[0] = 'c';
	return child_byte(area);
}

static void
wiped_in_grandchild(void)
{
	long seen;

	area = call_map_page(RW, "PRIVATE|ANON", -1);
	area_fill(area, 1);
	call_advise(area, view_page(), "WIPEONFORK");
	verdict_expect(child_byte(area) == 0, "wiped in the child",
	    "the child reads what the parent wrote");
	seen = child_ask(stored_and_asked, NULL);
	verdict_expect(seen == 0, "wiped in the grandchild",
	    "%#lx in the grandchild", seen);
	area_expect_kept(area, 0, 1, "the parent's page");
	verdict_observe("wiped in the grandchild, too");
}

/* In a child: whether the page was emptied for it. */
static long
dontneed_here(void *unused)
{
	(void)unused;
	call_madvise(area, view_page(), "DONTNEED");
	call_expect("ok");
	return probe_byte(area);
}

static void
dontneed_in_child(void)
{
	area = area_filled(1);
	verdict_expect(child_ask(dontneed_here, NULL) == 0,
	    "empty in the child", "kept in the child");
	area_expect_kept(area, 0, 1, "the parent's page");
	verdict_observe("empty in the child, kept in the parent");
}

/* In a child that waits until its parent has given the advice. */
static void
look_later(struct child *parent, void *unused)
{
	(void)unused;
	child_hear(parent);
	child_tell(parent, area_still_filled(area, 0, 1));
}

static void
dontneed_in_parent(void)
{
	struct child child;
	bool kept;

	area = area_filled(1);
	child = child_start(look_later, NULL);
	call_madvise(area, view_page(), "DONTNEED");
	call_expect("ok");
	child_tell(&child, 0);
	kept = child_hear(&child) != 0;
	child_end(&child);
	probe_expect_bytes(area, view_page(), 0, "the parent's page");
	verdict_decide(kept, "kept in the child",
	    "empty in the parent, kept in the child", "lost in the child");
}

/* clang-format off */
static const struct row cases[] = {
	CODE(dontfork_private, MADVISE_DONTFORK, dontfork_private),
	CODE(dontfork_shared, MADVISE_DONTFORK, dontfork_shared),
	CODE(dontfork_file, MADVISE_DONTFORK, dontfork_file),
	CODE(dofork, MADVISE_DOFORK, dofork),
	CODE(wiped_in_grandchild, MADVISE_WIPEONFORK_GRANDCHILD, wiped_in_grandchild),
	CODE(dontneed_in_child, MADVISE_DONTNEED_OWN_PAGES_ONLY, dontneed_in_child),
	CODE(dontneed_in_parent, MADVISE_DONTNEED_OWN_PAGES_ONLY, dontneed_in_parent),
};
/* clang-format on */

SUITE_PROGRAM(cases)
