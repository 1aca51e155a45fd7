/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MAP_FIXED in one step: no other thread can come in between, as it can between
 * munmap(2) and mmap(2):
 *
 *	this thread	munmap		      mmap
 *	another			mmap: the page
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/names.h"
#include "helpers/overlay.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/fixed_atomic.def"
#include "helpers/claims.h"

/* One page that two threads of this process care about. */
struct contest {
	unsigned char *page;
	unsigned char old, new; /* what a reader may find there */
	atomic_bool stop;
	atomic_bool lost;    /* the page went to the other thread */
	atomic_bool faulted; /* by fault, which is then set */
	struct guard_signal fault;
	atomic_bool strange; /* neither old nor new */
	long wanted;         /* without which the race was none: */
	atomic_long tries;   /* of the other thread, that came to something */
};

static pthread_t
start_thread(void *(*run)(void *), struct contest *contest)
{
	pthread_t thread;
	int error = pthread_create(&thread, NULL, run, contest);

	if (error != 0)
		verdict_untested(
		    "needs another thread: %s", names_errno(error));
	return thread;
}

/* Maps with and without a hint at the page for as long as it goes on. */
static void *
steal(void *arg)
{
	struct contest *contest = arg;
	bool hint = false;

	while (!contest->stop && !contest->lost) {
		unsigned char *got;

		hint = !hint;
		got = area_near(hint ? contest->page : NULL, 1);
		if (got == contest->page)
			contest->lost = true;
		else if (got != NULL)
			area_drop(got, 1);
		if (got != NULL)
			contest->tries++;
	}
	return NULL;
}

/*
 * Rounds go on until the other thread has had its share of tries, also when
 * both run on one processor; but not for ever.
 */
#define AT_MOST 100 /* times the rounds */

static bool
goes_on(struct contest *contest, long round, long rounds)
{
	if (contest->lost || contest->faulted || contest->strange)
		return false;
	if (round < rounds)
		return true;
	if (contest->tries >= contest->wanted || round >= AT_MOST * rounds)
		return false;
	sched_yield();
	return true;
}

/* The other thread's side of the race has to have been there, too. */
static void
need_both_sides(const struct contest *contest)
{
	long tries = contest->tries;

	if (tries < contest->wanted)
		verdict_untested("needs another thread that runs meanwhile: it "
				 "came to %ld tries, not %ld",
		    tries, contest->wanted);
}

static void
atomic_no_thief(void)
{
	long rounds = verdict_rounds(3000);
	struct contest contest = { .page = area_filled(3) + view_page(),
		.wanted = rounds / 10 };
	pthread_t thread = start_thread(steal, &contest);
	bool replaced = true;

	for (long i = 0; replaced && goes_on(&contest, i, rounds); i++) {
		*contest.page = 'o';
		replaced = call_mmap(contest.page, view_page(), RW,
			       OVERLAY_ANON, -1, 0) == contest.page &&
		    probe_byte(contest.page) == 0;
	}
	contest.stop = true;
	pthread_join(thread, NULL);
	verdict_either(!contest.lost, "never given to another thread",
	    "once given to another thread");
	call_expect("ok");
	verdict_expect(replaced, "a new page each time", "the old page stays");
	need_both_sides(&contest);
	verdict_observe("never given to another thread");
}

/* What comes to something is a byte that is not the one seen last. */
static void *
read_page(void *arg)
{
	struct contest *contest = arg;
	unsigned char last = contest->old;

	while (!contest->stop && !contest->faulted) {
		unsigned char seen = last;
		struct guard_signal fault = probe_load(contest->page, &seen);

		if (fault.signo != 0) {
			contest->fault = fault;
			contest->faulted = true;
		}
		if (seen != contest->old && seen != contest->new)
			contest->strange = true;
		if (seen != last)
			contest->tries++;
		last = seen;
	}
	return NULL;
}

/* Two pages of a file take turns. */
static void
atomic_no_fault(void)
{
	size_t page = view_page();
	struct object object = object_make(FILE_RW, 2 * page);
	long rounds = verdict_rounds(3000);
	struct contest contest = {
		.page = area_object(&object, 0, 1, R, true),
		.old = object_pattern(0),
		.new = object_pattern((off_t)page),
		.wanted = rounds / 100,
	};
	pthread_t thread = start_thread(read_page, &contest);
	bool replaced = true;

	for (long i = 0; replaced && goes_on(&contest, i, rounds); i++) {
		off_t at = (off_t)((i + 1) % 2 * (long)page);
		unsigned char byte = 0;

		replaced = call_mmap(contest.page, page, R, "SHARED|FIXED",
			       object.fd, at) == contest.page &&
		    probe_load(contest.page, &byte).signo == 0 &&
		    byte == object_pattern(at);
	}
	contest.stop = true;
	pthread_join(thread, NULL);
	if (contest.faulted)
		verdict_expect(false, "the old byte or the new one",
		    "a reader saw %s", probe_name(contest.fault));
	verdict_decide(!contest.strange, "the old byte or the new one",
	    "a reader saw old or new bytes only",
	    "a reader saw a byte of neither page");
	call_expect("ok");
	verdict_expect(
	    replaced, "the other page each time", "the same page as before");
	need_both_sides(&contest);
	verdict_observe("a reader saw old or new bytes only");
}

/* Until it is given the page: by hint, then wherever there is room. */
static void *
take(void *arg)
{
	struct contest *contest = arg;

	for (int i = 0; i < 64 && !contest->lost; i++) {
		unsigned char *got =
		    area_near(i == 0 ? contest->page : NULL, 1);

		if (got != contest->page)
			continue;
		memset(got, 't', view_page());
		contest->lost = true;
	}
	return NULL;
}

/* The other thread's step is forced: it comes between the two calls. */
static void
munmap_then_mmap(void)
{
	size_t page = view_page();
	struct contest contest = { .page = area_filled(3) + page };
	unsigned char *again;
	bool lost, still;

	pthread_join(start_thread(take, &contest), NULL);
	lost = contest.lost;
	verdict_either(
	    !lost, "a mapped page not given away", "a mapped page given away");
	call_munmap(contest.page, page);
	call_expect("ok");
	still = area_is_mapped(contest.page);
	verdict_either(!still, "the page unmapped", "the page still mapped");
	pthread_join(start_thread(take, &contest), NULL);
	if (!contest.lost)
		verdict_untested("needs a system that gives a freed range to "
				 "the next thread that asks for it");
	again = call_mmap(contest.page, page, RW, "PRIVATE|ANON", -1, 0);
	call_expect("ok");
	verdict_decide(again != contest.page, "lost to the other thread",
	    "the range lost to the other thread", "the range had again");
	probe_expect_bytes(again, page, 0, "the page had instead");
	probe_expect_bytes(contest.page, page, 't', "the other thread's page");
	verdict_observe("the range lost to the other thread");
}

/* clang-format off */
static const struct row cases[] = {
	CODE(atomic_no_thief,		FIXED_ATOMIC_NO_THIEF,		atomic_no_thief),
	CODE(atomic_no_fault,		FIXED_ATOMIC_NO_FAULT,		atomic_no_fault),
	CODE(munmap_then_mmap,		MUNMAP_THEN_MMAP_NOT_ATOMIC,	munmap_then_mmap),
};
/* clang-format on */

SUITE_PROGRAM(cases)
