/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mmap(2): each errno with each of its causes, one at a time, and what a
 * failure leaves behind: nothing.  Errors of an object's kind are in
 * object_test, those of MAP_FIXED's address in fixed_address_test, those of
 * memory that has been promised in noreserve_test, of huge pages in
 * hugetlb_test.
 */
#include <sys/types.h>

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/child.h"
#include "helpers/names.h"
#include "helpers/object.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/errors.def"
#include "helpers/claims.h"

/* What a case that a child decides reports: its last call's errno. */
static void
decide_in_child(long (*run)(void *arg), void *arg)
{
	int error = (int)child_ask(run, arg);

	verdict_observe("%s", error == 0 ? "ok" : names_errno(error));
}

/* A sound call has succeeded, and what it gave is new memory of ours. */
static void
expect_new(unsigned char *mapped, size_t length)
{
	call_expect("ok");
	probe_expect_bytes(mapped, length, 0, "the new memory");
	probe_expect_store(mapped, "the new memory", "ok");
}

/* ... or a page of the object from offset 0. */
static void
expect_page(const void *mapped)
{
	call_expect("ok");
	probe_expect_pattern(mapped, view_page(), 0, "the object's page");
}

/* ----- MAP_FAILED, and what it leaves behind -------------------------------- */

static void
map_failed(void)
{
	size_t page = view_page();
	void *last = (void *)(UINTPTR_MAX - page + 1);
	void *failed = call_mmap(NULL, page, R, "PRIVATE", -1, 0);
	void *mapped;

	call_expect("EBADF");
	verdict_expect(failed == MAP_FAILED, "MAP_FAILED",
	    "a failure returns %s",
	    failed == MAP_FAILED ? "MAP_FAILED" : "something else");
	/* Nothing can be mapped where it points, not even on request. */
	mapped = call_mmap(last, page, R, "PRIVATE|ANON", -1, 0);
	call_expect("ok");
	probe_expect_bytes(mapped, page, 0, "the new page");
	verdict_expect(
	    (uintptr_t)mapped / page != UINTPTR_MAX / page && mapped != NULL,
	    "another page than MAP_FAILED's", "a success returns %s page",
	    (uintptr_t)mapped / page == UINTPTR_MAX / page ? "MAP_FAILED's"
							   : "another");
	verdict_observe("MAP_FAILED");
}

static void
map_failed_bits(void)
{
	void *failed = call_mmap(NULL, view_page(), R, "PRIVATE", -1, 0);
	bool ones = (uintptr_t)failed == UINTPTR_MAX;

	call_expect("EBADF");
	verdict_expect(ones && failed == MAP_FAILED, "all bits one",
	    "a failure returns %s", ones ? "all bits one" : "something else");
}

struct snapshot {
	long count;
	uintptr_t sum;
};

static int
add_region(const struct plat_region *region, void *arg)
{
	struct snapshot *snapshot = arg;

	snapshot->count++;
	snapshot->sum = (snapshot->sum ^ region->start) * 31;
	snapshot->sum = (snapshot->sum ^ region->end) * 31;
	return 0;
}

static struct snapshot
take_snapshot(void)
{
	struct snapshot snapshot = { 0, 0 };

	plat_regions(add_region, &snapshot);
	return snapshot;
}

/* Stands for more pages than there is room for, and less than all. */
#define LARGE (SIZE_MAX / 2)

static size_t
length_meant(size_t length)
{
	return length == LARGE ? SIZE_MAX - 16 * view_page() + 1 : length;
}

static const struct {
	size_t length;
	const char *flags;
	enum object_kind object;
	off_t offset;
	int prot;
} failures[] = {
	{ 0, "SHARED", FILE_RW, 0, R },
	{ 1, "SHARED", CLOSED, 0, R },
	{ 1, "", FILE_RW, 0, R },
	{ SIZE_MAX, "SHARED", FILE_RW, 0, R },
	{ LARGE, "PRIVATE|ANON", NOTHING, 0, NONE },
	{ 1, "SHARED", FILE_RO, 0, RW },
	{ 1, "PRIVATE", FILE_WO, 0, R },
	{ 1, "SHARED", PIPE_READ, 0, R },
	{ 1, "SHARED", SOCKET, 0, R },
	{ 1, "SHARED", FILE_RW, 1, R },
};
#define FAILURES (sizeof(failures) / sizeof(failures[0]))

/*
 * Every failing call asks for a place that was free a moment ago; the round
 * before the one that counts lets libc take what memory it wants.  Whether a
 * call may succeed after all is for other cases to say, but most fail
 * everywhere.
 */
static void
failures_map_nothing(void)
{
	struct object file = object_make(FILE_RW, view_page());
	struct object objects[FAILURES];
	bool there[FAILURES];
	unsigned failed = 0, tried = 0;
	char why[128];

	for (size_t i = 0; i < FAILURES; i++)
		there[i] = object_try(failures[i].object, view_page(),
		    &objects[i], why, sizeof(why));
	expect_page(call_mmap(area_vacant(4), 1, R, "SHARED", file.fd, 0));
	for (size_t i = 0; i < 2 * FAILURES; i++) {
		size_t k = i % FAILURES, length;
		void *place = area_vacant(4), *mapped;
		struct snapshot before = take_snapshot(), after;
		bool same;

		if (!there[k])
			continue;
		length = length_meant(failures[k].length);
		mapped = call_mmap(place, length, failures[k].prot,
		    failures[k].flags, objects[k].fd, failures[k].offset);
		tried++;
		if (mapped != MAP_FAILED) {
			call_munmap(mapped, length);
			continue;
		}
		failed++;
		after = take_snapshot();
		verdict_expect(!area_is_mapped(place), "nothing mapped",
		    "a failed call mapped something");
		same = before.count == after.count && before.sum == after.sum;
		if (i >= FAILURES)
			verdict_expect(same, "the same regions as before",
			    "%ld regions before, %ld after", before.count,
			    after.count);
	}
	verdict_expect(failed > tried / 2, "more failures than not",
	    "%u of %u calls failed", failed, tried);
	verdict_observe("nothing mapped");
}

static volatile sig_atomic_t signals;

static void
count_signal(int signo)
{
	(void)signo;
	signals++;
}

/*
 * Another process sends a signal for each that was asked for, a moment later,
 * until the case needs none.
 */
static void
send_signals(struct child *child, void *arg)
{
	const volatile long *asked = arg;
	struct pollfd told = { .fd = child->from, .events = POLLIN };
	pid_t parent = getppid();

	for (long sent = 0; poll(&told, 1, 1) == 0;)
		if (sent != *asked) {
			sent = *asked;
			kill(parent, SIGUSR1);
		}
}

/* All that must hold of one mapping's life, whatever comes between. */
static void
map_and_unmap(const struct object *file, size_t length)
{
	unsigned char *mapped =
	    call_mmap(NULL, length, RW, "SHARED", file->fd, 0);
	unsigned char *last = mapped + length - 1;

	call_expect("ok");
	probe_expect_pattern(mapped + 1, 1, 1, "the first page");
	probe_expect_pattern(last, 1, (off_t)length - 1, "the last page");
	probe_expect_store(mapped, "the mapping", "ok");
	call_mprotect(mapped, length, R);
	call_expect("ok");
	probe_expect_store(mapped, "the first page, read-only", "SIGSEGV");
	probe_expect_store(last, "the last page, read-only", "SIGSEGV");
	call_munmap(mapped, length);
	call_expect("ok");
	probe_expect_load(mapped, "the first page, unmapped", "SIGSEGV");
	probe_expect_load(last, "the last page, unmapped", "SIGSEGV");
}

/* Without SA_RESTART, so that an interrupted call would fail. */
static void
signal_storm(void)
{
	struct object file = object_make(FILE_RW, 64 * view_page());
	struct sigaction action = { .sa_handler = count_signal }, old;
	void *shared = area_shared(1);
	volatile long *asked = shared;
	struct child sender = child_start(send_signals, shared);
	long enough = verdict_rounds(40), seen = -1;

	sigemptyset(&action.sa_mask);
	sigaction(SIGUSR1, &action, &old);
	/* As many calls as signals: all of these may come during one. */
	for (long i = 0; (i < enough || signals < enough) && i < 1000 * enough;
	     i++) {
		/* Where signals take longer, an interval lets nothing else run. */
		if (seen != signals) {
			seen = signals;
			*asked += 1;
		}
		map_and_unmap(&file, 64 * view_page());
	}
	child_end(&sender);
	sigaction(SIGUSR1, &old, NULL);
	if (signals < enough)
		verdict_untested("needs %ld signals in good time; %d came",
		    enough, (int)signals);
	verdict_observe("no call interrupted");
}

/* ----- Descriptors and offsets --------------------------------------------------- */

static void
offset_odd(void)
{
	struct object file = object_make(FILE_RW, 2 * view_page());
	unsigned char *mapped;
	size_t odd;
	bool right;

	expect_page(call_mmap(NULL, view_page(), R, "SHARED", file.fd, 0));
	mapped = call_mmap(NULL, view_page(), R, "SHARED", file.fd, 3);
	call_expect("ok|EINVAL");
	if (mapped == MAP_FAILED)
		return;
	odd = (uintptr_t)mapped % view_page();
	right = probe_byte(mapped) == object_pattern(3);
	verdict_expect(odd == 3 && right,
	    "the byte at the offset, at an address as odd",
	    "ok, address %zu bytes into a page, %s", odd,
	    right ? "the byte at the offset" : "another byte");
}

/* POSIX counts from the file's offset maximum, not from what it holds. */
static void
offset_at_maximum(void)
{
	size_t page = view_page();
	struct object file = object_make(FILE_RW, page);
	off_t last = (off_t)(INT64_MAX / (int64_t)page * (int64_t)page);

	expect_page(call_mmap(NULL, 2 * page, R, "SHARED", file.fd, 0));
	call_mmap(NULL, 2 * page, R, "SHARED", file.fd, last);
	call_expect("EOVERFLOW");
}

/* Judged when the mark is gone again, as nothing else takes it away. */
static void
append_only_file(void)
{
	size_t page = view_page();
	struct object file = object_make(FILE_RW, page);
	unsigned char *copy;
	int error;

	expect_page(call_mmap(NULL, page, RW, "SHARED", file.fd, 0));
	error = plat_set_append_only(file.peer, true);
	if (error == EPERM)
		verdict_untested("needs to mark a file append-only");
	if (error != 0)
		verdict_unsupported("no file of %s is append-only: %s",
		    directories_filesystem(), names_errno(error));
	copy = call_mmap(NULL, page, RW, "PRIVATE", file.fd, 0);
	error = call_last()->error;
	call_mmap(NULL, page, RW, "SHARED", file.fd, 0);
	verdict_set_up(plat_set_append_only(file.peer, false) == 0,
	    "taking the mark away");
	call_expect("EACCES");
	verdict_expect(error == 0, "ok for a private mapping",
	    "a private mapping: %s", names_errno(error));
	probe_expect_pattern(copy, page, 0, "the private mapping");
	verdict_observe("EACCES");
}

/* ----- Room ------------------------------------------------------------------------- */

/*
 * Multiples of the page size, so that none overflows by rounding.  Most of the
 * integer range may be there; all of it cannot, as the program is in it.
 */
static void
length_too_large(void)
{
	size_t page = view_page();
	size_t lengths[] = { SIZE_MAX - 16 * page + 1,
		SIZE_MAX / 2 + SIZE_MAX / 4 + 1, SIZE_MAX / 2 + 1 };
	unsigned long long end = view_facts()->max_address;

	/* Not known: 32 bits may be there, more are on no processor. */
	if (end == 0 && sizeof(void *) < 8)
		end = UINTPTR_MAX;
	expect_new(call_mmap(NULL, page, RW, "PRIVATE|ANON", -1, 0), page);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		if (i > 0 && lengths[i] < end)
			break;
		call_mmap(NULL, lengths[i], NONE, "PRIVATE|ANON", -1, 0);
		call_expect("ENOMEM");
	}
}

/*
 * Emulators that note something for each page would take minutes over all room.
 * Processor time, as others may run meanwhile.
 */
static void
need_room_at_once(void)
{
#define SAMPLE ((size_t)1 << (sizeof(size_t) < 8 ? 30 : 38))
	clock_t start = clock();
	void *mapped = call_mmap(NULL, SAMPLE, NONE, "PRIVATE|ANON", -1, 0);
	double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;

	if (mapped == MAP_FAILED)
		return;
	call_munmap(mapped, SAMPLE);
	call_expect("ok");
	verdict_expect(!area_is_mapped(mapped), "gone",
	    "what was unmapped is still there");
	if (seconds * (double)(SIZE_MAX / SAMPLE / 65536) > 5)
		verdict_untested("needs a system that gives room at once: %zu "
				 "bytes took %.2f s",
		    SAMPLE, seconds);
}

/*
 * Takes all room there is, in ever smaller pieces that cost no memory: of each
 * length fewer than there are holes.
 */
#define PIECES_MOST 100000

static long
use_up_room(void *unused)
{
	size_t page = view_page(), length = SIZE_MAX / 2 + 1;
	unsigned char *first = area_reserve(1);
	long pieces = 0;
	int error;

	(void)unused;
	need_room_at_once();
	while (length >= page && pieces++ < PIECES_MOST)
		if (call_mmap(NULL, length, NONE, "PRIVATE|ANON", -1, 0) ==
		    MAP_FAILED)
			length /= 2;
	call_expect("ENOMEM");
	error = call_last()->error;
	area_free(first, 1);
	first = call_mmap(NULL, page, NONE, "PRIVATE|ANON", -1, 0);
	call_expect("ok");
	call_mprotect(first, page, RW);
	expect_new(first, page);
	return error;
}

static void
no_room(void)
{
	const struct plat_facts *facts = view_facts();

	if (facts->rlimit_as != -1 && facts->rlimit_as != LLONG_MAX)
		verdict_untested("needs an unlimited RLIMIT_AS");
	decide_in_child(use_up_room, NULL);
}

static void
set_limit(enum plat_limit limit, size_t bytes)
{
	int error = plat_set_limit(limit, (long long)bytes);

	if (error == ENOTSUP)
		verdict_unsupported("%s has no such limit", plat_name());
	if (error == EPERM)
		verdict_untested("needs to set a limit of its own");
	verdict_set_up(error == 0, "setrlimit: %s", names_errno(error));
}

/* The limit lies 64 pages above what the process has. */
static long
exceed_address_space(void *unused)
{
	size_t page = view_page();
	long long now, resident;
	void *mapped;
	int error;

	(void)unused;
	if (plat_process_size(&now, &resident) != 0)
		verdict_untested("needs the size of this process");
	set_limit(PLAT_LIMIT_AS, (size_t)now + 64 * page);
	mapped = call_mmap(NULL, 48 * page, RW, "PRIVATE|ANON", -1, 0);
	expect_new(mapped, 48 * page);
	call_mmap(NULL, 48 * page, RW, "PRIVATE|ANON", -1, 0);
	call_expect("ENOMEM");
	error = call_last()->error;
	call_munmap(mapped, 47 * page);
	call_expect("ok");
	mapped = call_mmap(NULL, 47 * page, RW, "PRIVATE|ANON", -1, 0);
	expect_new(mapped, 47 * page);
	return error;
}

static void
limit_of_address_space(void)
{
	decide_in_child(exceed_address_space, NULL);
}

/* No room for data at all: a page of it may already be too much. */
static long
exceed_data(void *unused)
{
	struct object file = object_make(FILE_RW, 64 * view_page());
	size_t length = 64 * view_page();
	void *mapped;
	int error;

	(void)unused;
	expect_new(call_mmap(NULL, length, RW, "PRIVATE|ANON", -1, 0), length);
	set_limit(PLAT_LIMIT_DATA, view_page());
	call_mmap(NULL, length, RW, "PRIVATE|ANON", -1, 0);
	call_expect("ENOMEM");
	call_mmap(NULL, length, RW, "PRIVATE", file.fd, 0);
	call_expect("ENOMEM");
	error = call_last()->error;
	mapped = call_mmap(NULL, length, R, "PRIVATE|ANON", -1, 0);
	call_expect("ok");
	probe_expect_bytes(mapped, length, 0, "read-only memory");
	expect_new(call_mmap(NULL, length, RW, "SHARED|ANON", -1, 0), length);
	expect_page(call_mmap(NULL, length, RW, "SHARED", file.fd, 0));
	return error;
}

/* What the manual says, without a word on which mappings count. */
static long
exceed_data_by_memory(void *unused)
{
	size_t length = 64 * view_page();

	(void)unused;
	expect_new(call_mmap(NULL, length, RW, "PRIVATE|ANON", -1, 0), length);
	set_limit(PLAT_LIMIT_DATA, view_page());
	call_mmap(NULL, length, RW, "PRIVATE|ANON", -1, 0);
	call_expect("ENOMEM");
	return call_last()->error;
}

static void
limit_of_data_reached(void)
{
	decide_in_child(exceed_data_by_memory, NULL);
}

static void
limit_of_data(void)
{
	decide_in_child(exceed_data, NULL);
}

/* ----- The limit of regions ------------------------------------------------------------ */

#define REGIONS_MOST 100000 /* more would take too long */
#define REGIONS_LEFT 32
#define MARGIN       1024 /* pages, for what else is mapped meanwhile */

/* A limit of bytes must not be met before that of regions. */
static void
need_address_space(size_t bytes)
{
	long long limit = view_facts()->rlimit_as, now, resident;

	if (limit < 0 || limit == LLONG_MAX)
		return;
	if (plat_process_size(&now, &resident) != 0)
		verdict_untested("needs the size of this process");
	if (limit - now < (long long)bytes)
		verdict_untested(
		    "needs %zu bytes more within RLIMIT_AS", bytes);
}

/*
 * A reservation whose pages are inaccessible and readable in turn: no two of
 * them share a region, and so few are left that some dozen calls need them.
 *
 *	[ - | r | - | r | - | r | ... | - ]
 */
static void
use_up_regions(void)
{
	long limit = view_facts()->map_count_max;
	struct snapshot now = take_snapshot();
	unsigned char *pages;
	long count;

	if (limit <= 0 || now.count == 0)
		verdict_untested("needs to know the limit of regions");
	if (limit > REGIONS_MOST)
		verdict_untested("needs a limit of at most %d regions, is %ld",
		    REGIONS_MOST, limit);
	count = limit - now.count - REGIONS_LEFT;
	verdict_set_up(
	    count > 0, "%ld regions of %ld in use", now.count, limit);
	need_address_space((size_t)(count + MARGIN) * view_page());
	pages = area_reserve((size_t)count);
	for (long i = 1; i < count; i += 2) {
		call_mprotect(pages + (size_t)i * view_page(), view_page(), R);
		call_expect("ok");
	}
}

/*
 * Maps pages that no neighbour takes in, until that fails: *mapped is the
 * last one, or NULL.  How many there were.
 */
static long
map_until_failure(void **mapped)
{
	for (long i = 0; i < 8 * REGIONS_LEFT; i++) {
		void *next =
		    call_mmap(NULL, view_page(), RW, "SHARED|ANON", -1, 0);

		if (next == MAP_FAILED)
			return i;
		expect_new(next, view_page());
		*mapped = next;
	}
	verdict_expect(false, "a failure at the limit of regions",
	    "no failure beyond the limit of regions");
	return 0;
}

/* Room for one region must be all that is missing. */
static void
expect_room_after_unmap(void *mapped)
{
	call_munmap(mapped, view_page());
	call_expect("ok");
	mapped = call_mmap(NULL, view_page(), RW, "SHARED|ANON", -1, 0);
	expect_new(mapped, view_page());
}

/* The errno is judged last: it must come from the limit, and from nothing else. */
static long
exceed_regions(void *allowed)
{
	struct call_record failed;
	char observed[32];
	void *mapped = NULL;
	long count;

	use_up_regions();
	count = map_until_failure(&mapped);
	failed = *call_last();
	verdict_expect(count >= REGIONS_LEFT - 3 && count <= REGIONS_LEFT + 3,
	    "as many regions as the system says",
	    "a failure with %ld regions left", REGIONS_LEFT - count);
	expect_room_after_unmap(mapped);
	snprintf(observed, sizeof(observed), "used up: %s",
	    names_errno(failed.error));
	if (!call_allows(allowed, failed.error))
		verdict_fail(failed.text, allowed, observed);
	return failed.error;
}

static void
regions_used_up(void)
{
	char allowed[] = "ENOMEM";

	decide_in_child(exceed_regions, allowed);
}

static void
regions_used_up_emfile(void)
{
	char allowed[] = "EMFILE";

	decide_in_child(exceed_regions, allowed);
}

/* The same change of the whole mapping splits nothing and must work. */
static long
split_at_limit(void *unused)
{
	size_t page = view_page();
	unsigned char *three = area_shared(3);
	void *mapped = NULL;
	int error;

	(void)unused;
	use_up_regions();
	map_until_failure(&mapped);
	call_expect("ENOMEM");
	call_mprotect(three + page, page, R);
	call_expect("ENOMEM");
	error = call_last()->error;
	probe_expect_store(three + page, "the page to be changed", "ok");
	call_mprotect(three, 3 * page, R);
	call_expect("ok");
	probe_expect_store(
	    three + page, "the mapping made read-only", "SIGSEGV");
	return error;
}

static void
split_when_used_up(void)
{
	decide_in_child(split_at_limit, NULL);
}

/* ----- Locked memory ----------------------------------------------------------------------- */

#define LOCK_LIMIT 16 /* pages */

static void
become_limited(size_t pages)
{
	struct plat_facts facts;

	child_drop_privileges();
	set_limit(PLAT_LIMIT_MEMLOCK, pages * view_page());
	plat_facts(&facts);
	if (facts.can_lock_memory == 1)
		verdict_untested("needs a process whose locks are limited");
	if (facts.rlimit_memlock != -1 &&
	    facts.rlimit_memlock < (long long)(pages * view_page()))
		verdict_untested(
		    "needs %zu pages of hard RLIMIT_MEMLOCK", pages);
}

struct locked_call {
	const char *flags;
	size_t limit; /* pages */
	const char *allowed;
};

static long
map_locked_beyond(void *arg)
{
	const struct locked_call *locked = arg;
	size_t length = 2 * LOCK_LIMIT * view_page();
	void *place;

	/* Names a missing flag before any privilege is given up. */
	call_flags("MAP_", locked->flags);
	become_limited(locked->limit);
	if (locked->limit > 0)
		expect_new(
		    call_mmap(NULL, length / 4, RW, locked->flags, -1, 0),
		    length / 4);
	expect_new(call_mmap(NULL, length, RW, "PRIVATE|ANON", -1, 0), length);
	place = area_vacant(2 * LOCK_LIMIT);
	call_mmap(place, length, RW, locked->flags, -1, 0);
	call_expect(locked->allowed);
	verdict_expect(!area_is_mapped(place), "nothing mapped",
	    "the failed call mapped something");
	return call_last()->error;
}

static void
locked_over_limit(void)
{
	struct locked_call locked = { "PRIVATE|ANON|LOCKED", LOCK_LIMIT,
		"EAGAIN" };

	decide_in_child(map_locked_beyond, &locked);
}

static void
locked_limit_zero(void)
{
	struct locked_call locked = { "PRIVATE|ANON|LOCKED", 0, "EPERM" };

	decide_in_child(map_locked_beyond, &locked);
}

static void
wired_over_limit(void)
{
	struct locked_call locked = { "PRIVATE|ANON|WIRED", LOCK_LIMIT,
		"ENOMEM" };

	decide_in_child(map_locked_beyond, &locked);
}

static long
map_beyond_future_lock(void *unused)
{
	size_t page = view_page(), length = 2 * LOCK_LIMIT * page;
	void *mapped;
	int error;

	(void)unused;
	become_limited(LOCK_LIMIT);
	call_mlockall("FUTURE");
	if (!call_last()->ok &&
	    (call_last()->error == ENOSYS || call_last()->error == EPERM))
		verdict_untested("needs mlockall without privilege: %s",
		    names_errno(call_last()->error));
	call_expect("ok");
	mapped =
	    call_mmap(NULL, LOCK_LIMIT / 2 * page, RW, "PRIVATE|ANON", -1, 0);
	expect_new(mapped, LOCK_LIMIT / 2 * page);
	call_mmap(NULL, length, RW, "PRIVATE|ANON", -1, 0);
	call_expect("EAGAIN|ENOMEM");
	error = call_last()->error;
	call_munlockall();
	call_expect("ok");
	expect_new(call_mmap(NULL, length, RW, "PRIVATE|ANON", -1, 0), length);
	return error;
}

static void
future_lock_over_limit(void)
{
	decide_in_child(map_beyond_future_lock, NULL);
}

/* ----- What may be missing ---------------------------------------------------------------------- */

/* What is not refused must do what it says. */
static void
missing_features(void)
{
	size_t page = view_page();
	struct object file = object_make(FILE_RW, page);
	unsigned char *place = area_reserve(1);
	void *mapped;

	for (int i = 0; i < 8; i++) {
		int prot = (i & 1 ? R : 0) | (i & 2 ? W : 0) | (i & 4 ? X : 0);

		mapped = call_mmap(NULL, page, prot, "PRIVATE|ANON", -1, 0);
		call_expect("ok|ENOTSUP");
		if (mapped == MAP_FAILED)
			continue;
		if ((prot & R) != 0)
			probe_expect_bytes(mapped, page, 0, "the mapping");
		else if (prot == NONE)
			probe_expect_load(
			    mapped, "the mapping", "SIGSEGV|SIGBUS");
		if ((prot & W) != 0)
			probe_expect_store(mapped, "the mapping", "ok");
		else
			probe_expect_store(
			    mapped, "the mapping", "SIGSEGV|SIGBUS");
	}
	mapped = call_mmap(place, page, RW, "PRIVATE|ANON|FIXED", -1, 0);
	call_expect("ok|ENOTSUP|EINVAL");
	if (mapped != MAP_FAILED) {
		verdict_expect(mapped == place, "the address asked for",
		    "mapped %s", mapped == place ? "there" : "elsewhere");
		probe_expect_bytes(mapped, page, 0, "the mapping");
		probe_expect_store(mapped, "the mapping", "ok");
	}
	mapped = call_mmap(NULL, page, RW, "PRIVATE", file.fd, 0);
	call_expect("ok|ENOTSUP");
	if (mapped != MAP_FAILED) {
		probe_expect_pattern(mapped, page, 0, "the mapping");
		probe_expect_store(mapped, "the mapping", "ok");
		probe_expect_unseen("the private store, in the file,",
		    object_byte(&file, 0), object_pattern(0), 's');
	}
	verdict_observe("ok or ENOTSUP");
}

/* ----- The order of Linux ---------------------------------------------------------------------------- */

/* A call that would succeed, and the arguments a defect puts in. */
struct attempt {
	enum row_where addr;
	size_t length;
	int prot;
	const char *type, *further, *place, *lock;
	enum object_kind object;
	off_t offset;
};

enum {
	OFFSET = 1,
	OBJECT = 2,
	FURTHER = 4,
	LENGTH = 8,
	PLACE = 16,
	LOCK = 32,
	TYPE = 64,
	PROT = 128
};

struct defect {
	const char *name;
	const char *error; /* when it is the only one */
	unsigned sets;     /* two that set the same cannot meet */
	struct attempt to;
};

static char unknown_type[32];

/* Made before the child gives up what it takes to make them. */
static struct object objects[OBJECT_KINDS];

/* In the order in which do_mmap and its callers look. */
static const struct defect defects[] = {
	{ "offset_odd", "EINVAL", OFFSET, { .offset = 1 } },
	{ "closed", "EBADF", OBJECT, { .object = CLOSED } },
	{ "hugetlb", "EINVAL", FURTHER, { .further = "|HUGETLB" } },
	{ "length_zero", "EINVAL", LENGTH, { .length = 0 } },
	{ "length_wraps", "ENOMEM", LENGTH, { .length = SIZE_MAX } },
	{ "length_large", "ENOMEM", LENGTH, { .length = LARGE } },
	{ "fixed_high", "ENOMEM", PLACE, { .addr = HIGH, .place = "|FIXED" } },
	{ "fixed_odd", "EINVAL", PLACE, { .addr = ODD, .place = "|FIXED" } },
	{ "occupied", "EEXIST", PLACE,
	    { .addr = USED, .place = "|FIXED_NOREPLACE" } },
	{ "locked", "EPERM", LOCK, { .lock = "|LOCKED" } },
	{ "offset_negative", "EOVERFLOW", OFFSET, { .offset = -1 } },
	{ "no_type", "EINVAL", TYPE, { .type = "" } },
	{ "unknown_flag", "EOPNOTSUPP", TYPE, { .type = unknown_type } },
	{ "readonly_written", "EACCES", OBJECT | PROT,
	    { .object = FILE_RO, .prot = RW } },
	{ "writeonly", "EACCES", OBJECT, { .object = FILE_WO } },
	{ "directory", "ENODEV", OBJECT, { .object = DIRECTORY } },
	{ "pipe", "ENODEV", OBJECT, { .object = PIPE_READ } },
	{ "growsdown", "EINVAL", FURTHER, { .further = "|GROWSDOWN" } },
	{ "socket", "ENODEV", OBJECT, { .object = SOCKET } },
};
#define DEFECTS (sizeof(defects) / sizeof(defects[0]))

static void
spoil(struct attempt *attempt, const struct defect *defect)
{
	const struct attempt *to = &defect->to;

	if ((defect->sets & OFFSET) != 0)
		attempt->offset = to->offset;
	if ((defect->sets & OBJECT) != 0)
		attempt->object = to->object;
	if ((defect->sets & FURTHER) != 0)
		attempt->further = to->further;
	if ((defect->sets & LENGTH) != 0)
		attempt->length = to->length;
	if ((defect->sets & LOCK) != 0)
		attempt->lock = to->lock;
	if ((defect->sets & TYPE) != 0)
		attempt->type = to->type;
	if ((defect->sets & PROT) != 0)
		attempt->prot = to->prot;
	if ((defect->sets & PLACE) != 0) {
		attempt->addr = to->addr;
		attempt->place = to->place;
	}
}

/* The call with one defect, or two, or none. */
static void *
try_defects(const struct defect *one, const struct defect *two)
{
	struct attempt attempt = { ANY, 1, R, "SHARED", "", "", "", FILE_RW,
		0 };
	static unsigned char *used;
	uintptr_t addr = 0;
	char flags[128];

	if (one != NULL)
		spoil(&attempt, one);
	if (two != NULL)
		spoil(&attempt, two);
	if (used == NULL)
		used = area_filled(3);
	if (attempt.addr == HIGH)
		addr = (uintptr_t)view_high();
	else if (attempt.addr != ANY)
		addr = (uintptr_t)used + view_page() + (attempt.addr == ODD);
	if (attempt.offset < 0)
		attempt.offset = -(off_t)view_page();
	snprintf(flags, sizeof(flags), "%s%s%s%s", attempt.type,
	    attempt.further, attempt.place, attempt.lock);
	return call_mmap((void *)addr, length_meant(attempt.length),
	    attempt.prot, flags[0] == '|' ? flags + 1 : flags,
	    objects[attempt.object].fd, attempt.offset);
}

/* Why an object cannot be made here; "" if all can. */
static char missing[128];

static bool
can_try(const struct defect *defect)
{
	enum object_kind kind = defect->to.object;

	return (defect->sets & OBJECT) == 0 || objects[kind].kind == kind;
}

static bool
is_first(const struct defect *defect)
{
	return !call_last()->ok &&
	    call_allows(defect->error, call_last()->error);
}

static const char *
result(void)
{
	return call_last()->ok ? "ok" : names_errno(call_last()->error);
}

static long
compare_pairs(void *unused)
{
	long pairs = 0;

	(void)unused;
	snprintf(unknown_type, sizeof(unknown_type), "SHARED_VALIDATE|%#x",
	    call_unknown_flag());
	become_limited(0);
	expect_page(try_defects(NULL, NULL));
	for (size_t i = 0; i < DEFECTS; i++) {
		if (!can_try(&defects[i]))
			continue;
		try_defects(&defects[i], NULL);
		verdict_expect(is_first(&defects[i]), defects[i].error,
		    "%s alone: %s", defects[i].name, result());
	}
	for (size_t i = 0; i < DEFECTS; i++)
		for (size_t j = i + 1; j < DEFECTS; j++) {
			if ((defects[i].sets & defects[j].sets) != 0 ||
			    strcmp(defects[i].error, defects[j].error) == 0 ||
			    !can_try(&defects[i]) || !can_try(&defects[j]))
				continue;
			try_defects(&defects[i], &defects[j]);
			verdict_expect(is_first(&defects[i]), defects[i].error,
			    "%s and %s: %s", defects[i].name, defects[j].name,
			    result());
			pairs++;
		}
	return pairs;
}

static void
order_of_pairs(void)
{
	long pairs;

	objects[FILE_RW] = object_make(FILE_RW, view_page());
	for (size_t i = 0; i < DEFECTS; i++)
		if ((defects[i].sets & OBJECT) != 0 &&
		    !object_try(defects[i].to.object, view_page(),
			&objects[defects[i].to.object], missing,
			sizeof(missing)))
			objects[defects[i].to.object].kind = NOTHING;
	pairs = child_ask(compare_pairs, NULL);
	if (missing[0] != '\0')
		verdict_untested(
		    "%ld pairs in order, the others are missing: %s", pairs,
		    missing);
	verdict_expect(pairs > 80, "more than 80 pairs", "%ld pairs", pairs);
	verdict_observe("%ld pairs in order", pairs);
}

static void
read_by_writeonly(void)
{
	static const char *const types[] = { "PRIVATE", "SHARED" };
	struct object file = object_make(FILE_WO, view_page());
	struct object sound = object_make(FILE_RW, view_page());

	expect_page(call_mmap(NULL, view_page(), RW, "PRIVATE", sound.fd, 0));
	for (size_t i = 0; i < 2; i++) {
		call_mmap(NULL, view_page(), R, types[i], file.fd, 0);
		call_expect("EACCES");
		call_mmap(NULL, view_page(), RW, types[i], file.fd, 0);
		call_expect("EACCES");
	}
}

static void
write_by_readonly(void)
{
	struct object file = object_make(FILE_RO, view_page());
	struct object sound = object_make(FILE_RW, view_page());
	void *mapped = call_mmap(NULL, view_page(), RW, "SHARED", sound.fd, 0);

	expect_page(mapped);
	probe_expect_store(mapped, "a mapping open for writing", "ok");
	call_mmap(NULL, view_page(), RW, "SHARED", file.fd, 0);
	call_expect("EACCES");
	call_mmap(NULL, view_page(), W, "SHARED", file.fd, 0);
	call_expect("EACCES");
}

/* clang-format off */
static const struct row cases[] = {
	CODE(map_failed, MAP_FAILED_ON_FAILURE, map_failed),
	CODE(map_failed_bits, MAP_FAILED_IS_MINUS_ONE, map_failed_bits),
	CODE(failures_map_nothing, FAILED_MMAP_MAKES_NO_MAPPING, failures_map_nothing),
	CODE(signal_storm, MMAP_NEVER_EINTR, signal_storm),
	/*   name                    claim                    addr  len      prot  flags                object   off    allowed */
	CALL(len_zero,               LENGTH_ZERO,             ANY,  B(0),     RW,   "PRIVATE|ANON",      NOTHING, B(0),  "EINVAL",    SOUND_LEN(P(1))),
	CALL(len_zero_of_file,       LENGTH_ZERO,             ANY,  B(0),     R,    "SHARED",            FILE_RW, B(0),  "EINVAL",    SOUND_LEN(P(1))),
	CALL(len_zero_over_mapping,  LENGTH_ZERO,             USED, B(0),     RW,   "PRIVATE|ANON|FIXED", NOTHING, B(0), "EINVAL",    SOUND_LEN(P(1))),
	CALL(len_wraps,              LENGTH_OVERFLOW,         ANY,  B(-1),    RW,   "PRIVATE|ANON",      NOTHING, B(0),  "ENOMEM",    SOUND_LEN(P(1))),
	CALL(len_wraps_to_zero,      LENGTH_OVERFLOW,         ANY,  PB(-1,1), RW,   "PRIVATE|ANON",      NOTHING, B(0),  "ENOMEM",    SOUND_LEN(P(1))),
	CALL(len_wraps_with_file,    LENGTH_OVERFLOW,         ANY,  B(-1),    R,    "SHARED",            FILE_RW, B(0),  "ENOMEM|EOVERFLOW", SOUND_LEN(P(1))),
	CODE(len_too_large, LENGTH_TOO_LARGE, length_too_large),
	CODE(no_room, NO_ROOM_ENOMEM, no_room),
	CALL(descriptor_closed,      FD_NOT_OPEN,             ANY,  P(1),     R,    "PRIVATE",           CLOSED,  B(0),  "EBADF",     SOUND_OBJECT(FILE_RW)),
	CALL(descriptor_none,        FD_NOT_OPEN,             ANY,  P(1),     R,    "SHARED",            NOTHING, B(0),  "EBADF",     SOUND_OBJECT(FILE_RW)),
	CALL(descriptor_closed_over_mapping, FD_NOT_OPEN,     USED, P(1),     R,    "SHARED|FIXED",      CLOSED,  B(0),  "EBADF",     SOUND_OBJECT(FILE_RW)),
	CALL(readonly_written,       SHARED_WRITE_NEEDS_RDWR, ANY,  P(1),     RW,   "SHARED",            FILE_RO, B(0),  "EACCES",    SOUND_PROT(R)),
	CALL(readonly_shm_written,   SHARED_WRITE_NEEDS_RDWR, ANY,  P(1),     RW,   "SHARED",            SHM_RO,  B(0),  "EACCES",    SOUND_OBJECT(SHM)),
	CALL(writeonly_private,      WRONLY_FD_EACCES,        ANY,  P(1),     R,    "PRIVATE",           FILE_WO, B(0),  "EACCES",    SOUND_OBJECT(FILE_RW)),
	CALL(writeonly_private_written, WRONLY_FD_EACCES,     ANY,  P(1),     W,    "PRIVATE",           FILE_WO, B(0),  "EACCES",    SOUND_OBJECT(FILE_RW)),
	CALL(writeonly_shared_written, WRONLY_FD_EACCES,      ANY,  P(1),     W,    "SHARED",            FILE_WO, B(0),  "EACCES",    SOUND_OBJECT(FILE_RW)),
	CALL(writeonly_private_inaccessible, WRONLY_FD_EACCES, ANY, P(1),     NONE, "PRIVATE",           FILE_WO, B(0),  "EACCES",    SOUND_OBJECT(FILE_RW)),
	CALL(writeonly_shared_inaccessible, WRONLY_FD_EACCES, ANY,  P(1),     NONE, "SHARED",            FILE_WO, B(0),  "EACCES",    SOUND_OBJECT(FILE_RW)),
	CALL(offset_negative,        OFFSET_NEGATIVE,         ANY,  P(1),     R,    "SHARED",            FILE_RW, P(-1), "EINVAL|ENXIO|EOVERFLOW", SOUND_OFF(B(0))),
	CODE_DIRS(offset_odd, OFFSET_UNALIGNED, offset_odd),
	CODE_DIRS(offset_at_maximum, OFFSET_PLUS_LENGTH_OVERFLOW, offset_at_maximum),
	CODE_DIRS(append_only_file, APPEND_ONLY_INODE_SHARED, append_only_file),
	CODE(limit_of_address_space, RLIMIT_AS, limit_of_address_space),
	CODE(limit_of_data_reached, RLIMIT_DATA_LIMITS_MMAP, limit_of_data_reached),
	CODE(limit_of_data, RLIMIT_DATA_PRIVATE_WRITABLE, limit_of_data),
	CODE(regions_used_up, MAP_COUNT_LIMIT, regions_used_up),
	CODE(regions_used_up_emfile, ERRNO_EMFILE_FOR_REGIONS, regions_used_up_emfile),
	CODE(split_when_used_up, MPROTECT_SPLIT_AT_MAP_LIMIT, split_when_used_up),
	CODE(locked_over_limit, MAP_LOCKED_OVER_LIMIT, locked_over_limit),
	CODE(locked_limit_zero, MAP_LOCKED_LIMIT_ZERO, locked_limit_zero),
	CODE(wired_over_limit, NETBSD_MAP_WIRED, wired_over_limit),
	CODE(future_lock_over_limit, MLOCKALL_FUTURE_OVER_LIMIT, future_lock_over_limit),
	CODE(missing_features, ENOTSUP_FOR_MISSING_FEATURES, missing_features),
	CODE(order_of_pairs, ERROR_ORDER_LINUX, order_of_pairs),
	CODE_DIRS(read_by_writeonly, WRONLY_FD_EACCES, read_by_writeonly),
	CODE_DIRS(write_by_readonly, SHARED_WRITE_NEEDS_RDWR, write_by_readonly),
};
/* clang-format on */

SUITE_PROGRAM(cases)
