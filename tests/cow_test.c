/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copy-on-write: after fork a private page is one for parent and child until
 * either stores, whatever the page was like when it was shared, whoever else
 * holds on to it, and whatever other threads do meanwhile.
 *
 *	parent	[ p ]--fork--[ p | q ]
 *	child	       \-----[ p | c ]
 */
#include <sys/types.h>
#include <sys/uio.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/child.h"
#include "helpers/names.h"
#include "helpers/object.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/cow.def"
#include "helpers/claims.h"

#define PAGES 3 /* the one in the middle is stored to */

/*
 * ----- Pages that were read-only when shared --------------------------------
 */

/* Pages that cannot be written, and the byte that the middle one begins with. */
struct unwritable {
	unsigned char *start, *middle;
	unsigned char byte;
};

/* Stored to and then made read-only; or of a file, and never written. */
static struct unwritable
map_unwritable(const struct object *file)
{
	size_t page = view_page();
	struct unwritable pages;

	if (file->kind != NOTHING) {
		pages.start = call_map(PAGES * page, R, "PRIVATE", file->fd, 0);
		probe_expect_pattern(
		    pages.start, PAGES * page, 0, "the mapping");
		pages.byte = object_pattern((off_t)page);
	} else {
		pages.start = call_map(PAGES * page, RW, "PRIVATE|ANON", -1, 0);
		memset(pages.start, 'p', PAGES * page);
		call_mprotect(pages.start, PAGES * page, R);
		call_expect("ok");
		pages.byte = 'p';
	}
	pages.middle = pages.start + page;
	return pages;
}

/* The middle page alone is made writable, and filled. */
static void
store_in_middle(const struct unwritable *pages, unsigned char byte)
{
	call_mprotect(pages->middle, view_page(), RW);
	call_expect("ok");
	probe_expect_store(pages->middle, "the page made writable", "ok");
	memset(pages->middle, byte, view_page());
	probe_expect_bytes(
	    pages->middle, view_page(), byte, "the page stored to");
}

static long
child_stores_in_middle(void *arg)
{
	store_in_middle(arg, 'c');
	return 0;
}

static void
child_made_writable(void)
{
	enum object_kind kinds[] = { NOTHING, FILE_RO };

	for (size_t i = 0; i < 2; i++) {
		struct object file = object_make(
		    kinds[i], kinds[i] == NOTHING ? 0 : PAGES * view_page());
		struct unwritable pages = map_unwritable(&file);

		child_expect_fork();
		child_ask(child_stores_in_middle, &pages);
		probe_expect_unseen(
		    "the child's store", *pages.middle, pages.byte, 'c');
		/* Also once the page is written here. */
		call_mprotect(pages.middle, view_page(), RW);
		call_expect("ok");
		pages.middle[1] = 'q';
		probe_expect_unseen(
		    "the child's store", *pages.middle, pages.byte, 'c');
	}
	verdict_observe("the child's stores not seen");
}

static void
tell_middle(struct child *parent, void *arg)
{
	const struct unwritable *pages = arg;

	child_hear(parent);
	child_tell(parent, *pages->middle);
}

static void
parent_made_writable(void)
{
	enum object_kind kinds[] = { NOTHING, FILE_RO };

	for (size_t i = 0; i < 2; i++) {
		struct object file = object_make(
		    kinds[i], kinds[i] == NOTHING ? 0 : PAGES * view_page());
		struct unwritable pages = map_unwritable(&file);
		struct child child;
		unsigned char seen;

		child_expect_fork();
		child = child_start(tell_middle, &pages);
		store_in_middle(&pages, 'q');
		child_tell(&child, 1);
		seen = (unsigned char)child_hear(&child);
		child_end(&child);
		probe_expect_unseen(
		    "the parent's store", seen, pages.byte, 'q');
	}
	verdict_observe("the parent's stores not seen");
}

/*
 * ----- Pages that were only loaded from -------------------------------------
 */

/* All of them are one page of zeros, until somebody stores. */
static long
store_and_look_around(void *arg)
{
	unsigned char *start = arg;
	size_t page = view_page();

	memset(start + page, 'c', page);
	probe_expect_bytes(start, page, 0, "the page before the child's store");
	probe_expect_bytes(
	    start + 2 * page, page, 0, "the page behind the child's store");
	probe_expect_bytes(start + page, page, 'c', "the child's page");
	return 0;
}

static void
after_loads(void)
{
	size_t page = view_page();
	unsigned char *start =
	    probe_map_blank(PAGES * page, "PRIVATE|ANON", -1);

	child_expect_fork();
	child_ask(store_and_look_around, start);
	probe_expect_bytes(
	    start, PAGES * page, 0, "memory that a child stored to");
	memset(start + page, 'q', page);
	probe_expect_bytes(start, page, 0, "the page before the store");
	probe_expect_bytes(start + 2 * page, page, 0, "the page behind it");
	verdict_observe("each sees its own stores alone");
}

/*
 * ----- Generations ----------------------------------------------------------
 */

static long
grandchild(void *arg)
{
	volatile unsigned char *byte = arg;

	probe_expect_byte(*byte, 'c', "what the grandchild inherited");
	*byte = 'g';
	return *byte;
}

static long
child_of_two(void *arg)
{
	volatile unsigned char *byte = arg;

	probe_expect_byte(*byte, 'p', "what the child inherited");
	*byte = 'c';
	probe_expect_byte((unsigned char)child_ask(grandchild, arg), 'g',
	    "the grandchild's own store");
	probe_expect_unseen("the grandchild's store", *byte, 'c', 'g');
	return *byte;
}

static void
generations(void)
{
	volatile unsigned char *byte =
	    probe_map_blank(view_page(), "PRIVATE|ANON", -1);

	*byte = 'p';
	child_expect_fork();
	probe_expect_byte(
	    (unsigned char)child_ask(child_of_two, (void *)(uintptr_t)byte),
	    'c', "the child's own store");
	probe_expect_unseen("a child's store", *byte, 'p', 'c');
	verdict_observe("each sees its own stores");
}

/*
 * ----- Pages that somebody else holds on to ---------------------------------
 */

typedef ssize_t vmsplice_function(
    int fd, const struct iovec *pages, size_t count, unsigned flags);

/* The page goes into a pipe as it is, and out of this process. */
static void
keep_in_pipe(struct child *parent, void *arg)
{
	vmsplice_function *splice =
	    (vmsplice_function *)view_function("vmsplice");
	struct iovec page = { arg, view_page() };
	unsigned char read_back[64];
	int ends[2];

	if (pipe(ends) == -1)
		verdict_broken("pipe");
	if (splice(ends[1], &page, 1, 0) != (ssize_t)view_page())
		verdict_untested("needs vmsplice: %s", names_errno(errno));
	area_free(arg, 1);
	child_tell(parent, 1);
	child_hear(parent);
	if (read(ends[0], read_back, sizeof(read_back)) != sizeof(read_back))
		verdict_broken("read from the pipe");
	child_tell(parent, read_back[sizeof(read_back) - 1]);
}

static void
kept_in_pipe(void)
{
	unsigned char *page = probe_map_blank(view_page(), "PRIVATE|ANON", -1);
	struct child child;
	unsigned char seen;

	view_function("vmsplice");
	memset(page, 'p', view_page());
	child_expect_fork();
	child = child_start(keep_in_pipe, page);
	child_hear(&child);
	memset(page, 'q', view_page());
	child_tell(&child, 1);
	seen = (unsigned char)child_hear(&child);
	child_end(&child);
	probe_expect_unseen("the parent's store", seen, 'p', 'q');
	verdict_observe("the parent's store not seen");
}

/* A page is written to where it can be read by its peer, and then changed. */
static void
expect_written_as_was(enum object_kind kind)
{
	struct object to = object_make(kind, 0);
	unsigned char *page = probe_map_blank(view_page(), "PRIVATE|ANON", -1);
	unsigned char got[64];
	size_t left = view_page();

	memset(page, 'p', view_page());
	call_begin("write(%s, memory, %zu", object_name(kind), left);
	call_made(write(to.fd, page, left) == (ssize_t)left,
	    "write(%s, memory, %zu)", object_name(kind), left);
	call_expect("ok");
	memset(page, 'q', view_page());
	while (left > 0) {
		ssize_t count = read(to.peer, got, sizeof(got));

		if (count <= 0)
			verdict_broken("read of what was written");
		probe_expect_bytes(got, (size_t)count, 'p', "what was written");
		left -= (size_t)count;
	}
}

static void
written_then_changed(void)
{
	expect_written_as_was(PIPE_WRITE);
	expect_written_as_was(SOCKET);
	verdict_observe("what memory held when it was written");
}

/* Where it may be forced; not so everywhere. */
static void
force_byte(void *addr, unsigned char byte)
{
	int memory = open("/proc/self/mem", O_RDWR | O_CLOEXEC);

	if (memory == -1)
		verdict_untested(
		    "needs /proc/self/mem: %s", names_errno(errno));
	call_begin("pwrite(/proc/self/mem, ");
	if (!call_made(pwrite(memory, &byte, 1, (off_t)(uintptr_t)addr) == 1,
		"pwrite(/proc/self/mem, %p, 1)", addr))
		verdict_untested("needs a kernel that forces stores: %s",
		    names_errno(errno));
	close(memory);
}

static void
forced_store(void)
{
	struct object file = object_make(FILE_RW, view_page());
	unsigned char *mapped = call_map_page(R, "PRIVATE", file.fd);
	unsigned char *beside = call_map_page(R, "PRIVATE", file.fd);
	unsigned char old = object_pattern(0), new = probe_other_byte(old);

	probe_expect_byte(*beside, old, "the file's byte");
	force_byte(mapped, new);
	probe_expect_seen("the forced store", *mapped, old, new);
	probe_expect_unseen(
	    "the forced store, by another mapping,", *beside, old, new);
	probe_expect_unseen(
	    "the forced store, in the file,", object_byte(&file, 0), old, new);
	probe_expect_store(mapped, "the mapping", "SIGSEGV");
	verdict_observe("seen in the mapping alone");
}

/*
 * ----- Threads --------------------------------------------------------------
 */

#define THREADS 2
#define WORDS   32 /* pages of each thread, a word in each */
#define FORKS   3  /* for each mapping */
#define ROUNDS  4  /* mappings, whose pages are touched for the first time */

static struct {
	unsigned char *start;
	volatile bool stop, lost;
	volatile int at_work;
} work;

static volatile uint32_t *
word_of(size_t thread, size_t i)
{
	return (volatile uint32_t *)(void *)(work.start +
	    (thread * WORDS + i) * view_page());
}

/* Stores to its pages, and expects its last store there. */
static void *
store_and_check(void *arg)
{
	size_t thread = (size_t)(uintptr_t)arg;
	uint32_t seen[WORDS] = { 0 }, next = (uint32_t)(thread + 1) << 28;
	bool first = true;

	while (!work.stop) {
		for (size_t i = 0; i < WORDS; i++) {
			volatile uint32_t *word = word_of(thread, i);

			if (*word != seen[i])
				work.lost = true;
			*word = seen[i] = ++next;
		}
		if (first)
			__atomic_add_fetch(&work.at_work, 1, __ATOMIC_SEQ_CST);
		first = false;
	}
	return NULL;
}

/* The child's stores are in all pages. */
static long
store_everywhere(void *arg)
{
	(void)arg;
	for (size_t thread = 0; thread < THREADS; thread++)
		for (size_t i = 0; i < WORDS; i++)
			*word_of(thread, i) = 0xffffffff;
	return 0;
}

/* Threads that just began touch new pages while this one forks. */
static void
fork_among_threads(void)
{
	size_t length = THREADS * WORDS * view_page();
	pthread_t threads[THREADS];

	work.start = call_map(length, RW, "PRIVATE|ANON", -1, 0);
	work.stop = false;
	work.at_work = 0;
	for (size_t i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, store_and_check,
			(void *)(uintptr_t)i) != 0)
			verdict_untested("needs %d more threads", THREADS);
	for (int i = 0; i < FORKS && !work.lost; i++)
		child_ask(store_everywhere, NULL);
	while (work.at_work < THREADS)
		sched_yield();
	if (!work.lost)
		child_ask(store_everywhere, NULL);
	work.stop = true;
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	area_free(work.start, THREADS * WORDS);
}

static void
threads_store_meanwhile(void)
{
	child_expect_fork();
	for (long i = verdict_rounds(ROUNDS); i > 0 && !work.lost; i--)
		fork_among_threads();
	verdict_decide(!work.lost, "each thread's last store", "no store lost",
	    "a thread's store lost, or another in its place");
}

/* clang-format off */
static const struct row cases[] = {
	CODE_DIRS(child_made_writable, COW_CHILD_MAKES_WRITABLE, child_made_writable),
	CODE_DIRS(parent_made_writable, COW_PARENT_MAKES_WRITABLE, parent_made_writable),
	CODE(after_loads, COW_AFTER_LOADS, after_loads),
	CODE(generations, COW_GENERATIONS, generations),
	CODE(kept_in_pipe, COW_PAGE_IN_PIPE, kept_in_pipe),
	CODE(written_then_changed, COW_WRITTEN_PAGE, written_then_changed),
	CODE_DIRS(forced_store, COW_FORCED_STORE, forced_store),
	CODE(threads_store_meanwhile, FORK_KEEPS_THREADS_STORES, threads_store_meanwhile),
};
/* clang-format on */

SUITE_PROGRAM(cases)
