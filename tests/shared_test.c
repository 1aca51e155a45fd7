/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mmap(2), MAP_SHARED and its kin: who sees a store, what it does to the
 * file and its times, what the descriptor must allow, and what becomes of
 * the type.  No msync lies between a store and the look at it unless the
 * claim says so.
 *
 *	   mapped          mapped again        other process
 *	[   page 0   ]    [   page 0   ]      [   page 0   ]
 *	       \_________________|_________________/
 *	                     object     <-- peer: read, write
 */
#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/child.h"
#include "helpers/names.h"
#include "helpers/object.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/shared.def"
#include "helpers/claims.h"

#define BEFORE 1000000000 /* a time well in the past, 2001-09-09 */

/* The first page of an object, which the claim says can be mapped so. */
static volatile unsigned char *
map_page(const struct object *object, int prot, const char *flags)
{
	void *mapped = call_mmap(NULL, view_page(), prot, flags, object->fd, 0);

	call_expect("ok");
	return mapped;
}

/* As map_page(), and every byte of it is loaded: those of the object. */
static volatile unsigned char *
map_filled(const struct object *object, int prot, const char *flags)
{
	volatile unsigned char *mapped = map_page(object, prot, flags);

	probe_expect_pattern(
	    (void *)(uintptr_t)mapped, view_page(), 0, "the mapping");
	return mapped;
}

/* A page of no object, untouched. */
static volatile unsigned char *
map_anonymous(const char *flags)
{
	void *mapped = call_mmap(NULL, view_page(), RW, flags, -1, 0);

	call_expect("ok");
	return mapped;
}

/* What such a page holds but for the first bytes, which were stored to. */
static void
expect_zeros_after(size_t stored, const volatile unsigned char *mapped)
{
	probe_expect_bytes((const void *)(uintptr_t)(mapped + stored),
	    view_page() - stored, 0, "the rest of the page");
}

/* Another byte than the one that is there. */
static unsigned char
other_byte(unsigned char byte)
{
	return (unsigned char)(byte ^ 0x55);
}

/* ----- Who sees a store --------------------------------------------------- */

struct view {
	const struct object *object;    /* mapped anew by the other side, */
	volatile unsigned char *mapped; /* unless it inherited this */
	unsigned char store;            /* put there when told to */
};

enum {
	LOOK,
	STORE,
	SEND_FRAME,
	LEAVE
};

/* The other process: does what it is told. */
static void
look_on(struct child *parent, void *arg)
{
	const struct view *view = arg;
	volatile unsigned char *page = view->mapped;

	if (view->object != NULL)
		page = area_object(view->object, 0, 1, RW, true);
	for (;;) {
		switch (child_hear(parent)) {
		case LOOK:
			child_tell(parent, *page);
			break;
		case STORE:
			*page = view->store;
			child_tell(parent, *page);
			break;
		case SEND_FRAME:
			(void)*page; /* fork need not bring it along */
			child_tell(parent, (long)probe_frame(page));
			break;
		default:
			return;
		}
	}
}

static long
have(struct child *child, long what)
{
	child_tell(child, what);
	return child_hear(child);
}

static unsigned char
have_look(struct child *child)
{
	return (unsigned char)have(child, LOOK);
}

/* The child must see its own store, too. */
static void
have_store(struct child *child, unsigned char byte)
{
	long seen = have(child, STORE);

	verdict_expect(seen == byte, "the child's own store",
	    "the child sees %#lx after its own store", (unsigned long)seen);
}

static void
leave(struct child *child)
{
	child_tell(child, LEAVE);
	child_end(child);
}

/* Whether both processes show one frame; pages may move, so try again. */
static bool
same_frame(struct child *child, const volatile unsigned char *page)
{
	for (int tries = 0; tries < 5; tries++) {
		(void)*page; /* there is a frame */
		if ((unsigned long long)have(child, SEND_FRAME) ==
		    probe_frame(page))
			return true;
	}
	return false;
}

static void
other_process(void)
{
	struct object file = object_make(FILE_RW, view_page());
	unsigned char old = object_pattern(0), new = other_byte(old);
	struct view view = { &file, NULL, old };
	volatile unsigned char *mapped = map_filled(&file, RW, "SHARED");
	struct child child = child_start(look_on, &view);
	unsigned char seen = have_look(&child);

	verdict_expect(seen == old, "the file's byte in both processes",
	    "the other process sees %#x", seen);
	*mapped = new;
	probe_expect_seen("the store", have_look(&child), old, new);
	have_store(&child, old);
	probe_expect_seen("the other process's store", *mapped, new, old);
	leave(&child);
}

/* A private copy of the page shows that frames can differ. */
static void
other_process_frame(void)
{
	struct object file = object_make(FILE_RW, view_page());
	struct view view = { &file, NULL, 0 };
	volatile unsigned char *mapped = map_filled(&file, RW, "SHARED");
	volatile unsigned char *copy = map_filled(&file, RW, "PRIVATE");
	struct child child = child_start(look_on, &view);
	bool same;

	have_look(&child);
	*mapped = 1;
	*copy = 1;
	same = same_frame(&child, copy);
	verdict_expect(!same, "another frame for a private copy", "%s frame",
	    same ? "a private copy in the shared" : "another");
	same = same_frame(&child, mapped);
	verdict_expect(
	    same, "one frame", "%s", same ? "one frame" : "two frames");
	leave(&child);
}

static void
alias(void)
{
	struct object file = object_make(FILE_RW, view_page());
	volatile unsigned char *one = map_filled(&file, RW, "SHARED");
	volatile unsigned char *two = map_filled(&file, RW, "SHARED");

	verdict_expect(one != two, "two addresses", "one address for both");
	for (size_t i = 0; i < view_page(); i += 61) {
		unsigned char old = two[i], new = other_byte(old);

		one[i] = new;
		probe_expect_seen("the first's store", two[i], old, new);
		two[i] = old;
		probe_expect_seen("the second's store", one[i], new, old);
	}
	verdict_observe("stores seen both ways");
}

static void
store_then_read(void)
{
	struct object file = object_make(FILE_RW, view_page());
	volatile unsigned char *mapped = map_page(&file, RW, "SHARED");
	unsigned char old = object_byte(&file, 7);

	verdict_expect(old == object_pattern(7), "the file's byte",
	    "byte %#x before the store", old);
	mapped[7] = other_byte(old);
	probe_expect_seen(
	    "the store", object_byte(&file, 7), old, other_byte(old));
}

static void
write_then_load(void)
{
	struct object file = object_make(FILE_RW, view_page());
	volatile unsigned char *mapped = map_filled(&file, R, "SHARED");
	unsigned char old = mapped[7];

	object_put(&file, 7, other_byte(old));
	probe_expect_seen("what write put", mapped[7], old, other_byte(old));
}

/* ----- Relatives ----------------------------------------------------------- */

static void
child_to_parent(void)
{
	volatile unsigned char *mapped = map_anonymous("SHARED|ANON");
	struct view view = { NULL, mapped, 'c' };
	struct child child;

	child_expect_fork();
	child = child_start(look_on, &view);
	have_store(&child, 'c');
	probe_expect_seen("the child's store", *mapped, 0, 'c');
	*mapped = 'p';
	probe_expect_seen("the parent's store", have_look(&child), 'c', 'p');
	leave(&child);
	expect_zeros_after(1, mapped);
	verdict_observe("stores seen both ways");
}

static long
grandchild(void *arg)
{
	volatile unsigned char *mapped = arg;

	mapped[2] = 'g';
	return mapped[1];
}

/* Between the two generations, so that a late copy would be seen. */
static long
child_with_child(void *arg)
{
	volatile unsigned char *mapped = arg;
	long seen;

	mapped[1] = 'c';
	seen = child_ask(grandchild, arg);
	probe_expect_seen(
	    "the child's store, by its child,", (unsigned char)seen, 0, 'c');
	return mapped[2];
}

static void
three_generations(void)
{
	volatile unsigned char *mapped = map_anonymous("SHARED|ANON");
	long seen;

	*mapped = 'p';
	child_expect_fork();
	seen = child_ask(child_with_child, (void *)(uintptr_t)mapped);
	probe_expect_seen("the grandchild's store, by the child,",
	    (unsigned char)seen, 0, 'g');
	probe_expect_seen("the child's store", mapped[1], 0, 'c');
	probe_expect_seen("the grandchild's store", mapped[2], 0, 'g');
	verdict_expect(mapped[0] == 'p', "the parent's byte", "a byte lost");
	expect_zeros_after(3, mapped);
	verdict_observe("one memory for three generations");
}

/* The program's child: what it prints is what it finds. */
static long
count_in_child(void *arg)
{
	volatile int *counter = arg;
	long found = *counter;

	(*counter)++;
	return call_munmap(arg, sizeof(int)) == 0 && !area_is_mapped(arg)
	    ? found
	    : -1;
}

static void
run_counter_program(const char *flags, int fd)
{
	volatile int *counter = call_mmap(NULL, sizeof(int), RW, flags, fd, 0);
	char output[100];
	long in_child;

	call_expect("ok");
	*counter = 1;
	child_expect_fork();
	in_child = child_ask(count_in_child, (void *)(uintptr_t)counter);
	snprintf(output, sizeof(output),
	    "Child started, value = %ld, In parent, value = %d", in_child,
	    *counter);
	verdict_expect(
	    strcmp(output, "Child started, value = 1, In parent, value = 2") ==
		0,
	    "Child started, value = 1, In parent, value = 2", "%s", output);
	expect_zeros_after(sizeof(int), (volatile unsigned char *)counter);
	verdict_observe("%s", output);
}

static void
counter_anonymous(void)
{
	run_counter_program("SHARED|ANON", -1);
}

static void
counter_devzero(void)
{
	struct object zero = object_make(DEVZERO, 0);

	run_counter_program("SHARED", zero.fd);
}

/* The frames of an anonymous page on both sides of a fork. */
static void
expect_frames(const char *flags, bool shared_after_store)
{
	volatile unsigned char *mapped = map_anonymous(flags);
	struct view view = { NULL, mapped, 'c' };
	struct child child;
	bool same;

	*mapped = 'p';
	child_expect_fork();
	child = child_start(look_on, &view);
	same = same_frame(&child, mapped);
	verdict_expect(same, "one frame after fork", "%s after fork",
	    same ? "one frame" : "two frames");
	have_store(&child, 'c');
	same = same_frame(&child, mapped);
	verdict_expect(same == shared_after_store,
	    shared_after_store ? "one frame after the store"
			       : "two frames after the store",
	    "%s after the store", same ? "one frame" : "two frames");
	leave(&child);
	expect_zeros_after(1, mapped);
	verdict_observe(
	    "one frame after fork, %s after the store", same ? "one" : "two");
}

static void
fork_frames_shared(void)
{
	expect_frames("SHARED|ANON", true);
}

static void
fork_frames_private(void)
{
	expect_frames("PRIVATE|ANON", false);
}

static long
store_in_both(void *arg)
{
	volatile unsigned char **pages = arg;

	*pages[0] = 'c';
	*pages[1] = 'c';
	return *pages[0] == 'c' && *pages[1] == 'c';
}

static void
expect_types(volatile unsigned char *shared, volatile unsigned char *private)
{
	volatile unsigned char *pages[2] = { shared, private };
	long kept;

	*shared = 'p';
	*private = 'p';
	child_expect_fork();
	kept = child_ask(store_in_both, pages);
	verdict_expect(kept == 1, "the child's own stores", "%s by the child",
	    kept == 1 ? "seen" : "not seen");
	probe_expect_seen(
	    "the child's store in shared memory", *shared, 'p', 'c');
	probe_expect_unseen(
	    "the child's store in private memory", *private, 'p', 'c');
}

static void
types_after_fork(void)
{
	struct object file = object_make(FILE_RW, view_page());
	volatile unsigned char *shared, *private;

	expect_types(
	    map_filled(&file, RW, "SHARED"), map_filled(&file, RW, "PRIVATE"));
	shared = map_anonymous("SHARED|ANON");
	private = map_anonymous("PRIVATE|ANON");
	expect_types(shared, private);
	expect_zeros_after(1, shared);
	expect_zeros_after(1, private);
	verdict_observe("both types kept, file and anonymous");
}

/* ----- What the descriptor allows -------------------------------------------- */

/* Root's privilege must not matter either: modes are not looked at. */
static void
read_by_readonly(void)
{
	struct object file = object_make(FILE_RO, view_page());
	volatile unsigned char *mapped = map_filled(&file, R, "SHARED");

	probe_expect_store(mapped, "the mapping", "SIGSEGV|SIGBUS");
	verdict_observe("the file's bytes");
}

/* Every descriptor of the file is closed but the peer, which may write. */
static void
upgrade_by_mprotect(void)
{
	struct object file = object_make(FILE_RO, view_page());
	struct object sound = object_make(FILE_RW, view_page());
	void *page = (void *)(uintptr_t)map_filled(&sound, R, "SHARED");

	call_mprotect(page, view_page(), RW);
	call_expect("ok");
	probe_expect_store(page, "a mapping open for writing", "ok");
	page = (void *)(uintptr_t)map_filled(&file, R, "SHARED");
	call_mprotect(page, view_page(), RW);
	call_expect("EACCES");
	object_close(&file);
	call_mprotect(page, view_page(), RW);
	call_expect("EACCES");
	probe_expect_store(page, "the mapping", "SIGSEGV|SIGBUS");
	probe_expect_load(page, "the mapping", "ok");
	verdict_observe("EACCES");
}

/* ----- Times -------------------------------------------------------------------- */

static struct stat
status_of(const struct object *file)
{
	struct stat status;

	if (fstat(file->peer, &status) == -1)
		verdict_broken("fstat");
	return status;
}

/* The access time before the other, or relatime would let it be. */
static void
back_date(const struct object *file)
{
	struct timespec times[2] = { { BEFORE - 100, 0 }, { BEFORE, 0 } };
	struct stat status;

	do {
		if (futimens(file->peer, times) == -1)
			verdict_broken("futimens");
		status = status_of(file);
	} while (
	    (status.st_mtime != BEFORE || status.st_atime != BEFORE - 100) &&
	    verdict_again("the times of a file of this case"));
}

static void
expect_in_file(const struct object *file, unsigned char byte)
{
	unsigned char seen = object_byte(file, 0);

	verdict_expect(seen == byte, "the store in the file and no other",
	    "the file's first byte is %#x", seen);
}

static void
expect_mtime(const struct object *file, bool marked)
{
	bool is_marked = status_of(file).st_mtime != BEFORE;

	verdict_expect(is_marked == marked, marked ? "marked" : "not marked",
	    "modification time %s", is_marked ? "marked" : "not marked");
}

/*
 * The times back-dated, and an msync that leaves them so: what earlier stores
 * have to mark is marked.  Some systems mark it when they please.
 */
static void
settle_times(
    const struct object *file, volatile unsigned char *mapped, const char *how)
{
	do {
		back_date(file);
		call_msync((void *)(uintptr_t)mapped, view_page(), how);
		call_expect("ok");
	} while (status_of(file).st_mtime != BEFORE &&
	    verdict_again("the times of a file of this case"));
}

/* A store after the back-dating, and the msync that ends the interval. */
static void
expect_marked_by_store(
    const struct object *file, volatile unsigned char *mapped, const char *how)
{
	settle_times(file, mapped, how);
	*mapped = 's';
	call_msync((void *)(uintptr_t)mapped, view_page(), how);
	call_expect("ok");
	expect_mtime(file, true);
	expect_in_file(file, 's');
}

static void
mtime_after_sync(void)
{
	struct object file = object_make(FILE_LINKED, view_page());

	expect_marked_by_store(&file, map_page(&file, W, "SHARED"), "SYNC");
	verdict_observe("modification time marked");
}

static void
mtime_after_async(void)
{
	struct object file = object_make(FILE_LINKED, view_page());

	expect_marked_by_store(&file, map_page(&file, W, "SHARED"), "ASYNC");
	verdict_observe("modification time marked");
}

/* The page has been dirty and clean before. */
static void
mtime_of_second_store(void)
{
	struct object file = object_make(FILE_LINKED, view_page());
	volatile unsigned char *mapped = map_page(&file, RW, "SHARED");

	*mapped = 1;
	call_msync((void *)(uintptr_t)mapped, view_page(), "SYNC");
	call_expect("ok");
	expect_in_file(&file, 1);
	expect_marked_by_store(&file, mapped, "SYNC");
	verdict_observe("modification time marked");
}

/* The page is in place, for reading, when the store comes. */
static void
mtime_of_store_after_load(void)
{
	struct object file = object_make(FILE_LINKED, view_page());

	expect_marked_by_store(&file, map_filled(&file, RW, "SHARED"), "SYNC");
	verdict_observe("modification time marked");
}

static void
mtime_at_store(void)
{
	struct object file = object_make(FILE_LINKED, view_page());
	volatile unsigned char *mapped = map_page(&file, RW, "SHARED");

	back_date(&file);
	*mapped = 1;
	expect_mtime(&file, true);
	expect_in_file(&file, 1);
	verdict_observe("modification time marked");
}

/* Whether read, at least, marks the access time of files here. */
static bool
is_marked_by_read(const struct object *file)
{
	back_date(file);
	object_byte(file, 0);
	return status_of(file).st_atime != BEFORE - 100;
}

/*
 * What mounts say of themselves decides whether times are to be marked.
 * Where they say nothing, read tells.
 */
static void
atime_at_access(void)
{
	struct object file = object_make(FILE_RW, view_page());
	bool wanted = true, known, marked;

	known = plat_marks_atime(directories_path(), &wanted) == 0;
	if (!known)
		wanted = is_marked_by_read(&file);
	if (!wanted)
		verdict_untested("needs a mount that marks access times");
	back_date(&file);
	map_filled(&file, R, "SHARED");
	marked = status_of(&file).st_atime != BEFORE - 100;
	verdict_expect(marked, "marked", "access time %s",
	    marked ? "marked" : "not marked");
}

static void
mtime_of_private_store(void)
{
	struct object file = object_make(FILE_RW, view_page());
	volatile unsigned char *mapped = map_filled(&file, RW, "PRIVATE");
	unsigned char old = *mapped, new = other_byte(old);
	void *page = (void *)(uintptr_t)mapped;

	back_date(&file);
	*mapped = new;
	call_msync(page, view_page(), "SYNC");
	call_expect("ok");
	probe_expect_seen("the store", *mapped, old, new);
	area_free(page, 1);
	expect_mtime(&file, false);
	expect_in_file(&file, old);
	verdict_observe("modification time not marked");
}

/* ----- The end of file ------------------------------------------------------------ */

static void
store_past_end(void)
{
	size_t page = view_page();
	struct object file = object_make(FILE_RW, page + page / 2);
	unsigned char *mapped =
	    call_mmap(NULL, 2 * page, RW, "SHARED", file.fd, 0);
	off_t length;

	call_expect("ok");
	probe_expect_store(mapped + 2 * page - 1, "the page's end", "ok");
	call_msync(mapped, 2 * page, "SYNC");
	call_expect("ok");
	probe_expect_pattern(mapped, page + page / 2, 0, "the mapping");
	area_free(mapped, 2);
	length = status_of(&file).st_size;
	verdict_expect(length == (off_t)(page + page / 2),
	    "the file's length unchanged", "the file's length %s",
	    length == (off_t)(page + page / 2) ? "unchanged" : "changed");
}

/* ----- Further types ------------------------------------------------------------------ */

/* Accepted, it must behave as one of the two types throughout. */
static void
both_types(void)
{
	struct object file = object_make(FILE_RW, view_page());
	volatile unsigned char *shared = area_object(&file, 0, 1, R, true);
	volatile unsigned char *mapped;
	unsigned char old = *shared, new = other_byte(old);
	unsigned char own, others, in_file;

	mapped = call_mmap(NULL, view_page(), RW, "SHARED|PRIVATE", file.fd, 0);
	call_expect("ok|EINVAL");
	if (!call_last()->ok)
		return;
	*mapped = new;
	own = *mapped;
	others = *shared;
	in_file = object_byte(&file, 0);
	verdict_expect(
	    own == new &&others == in_file && (others == new || others == old),
	    "one of the types", "accepted as %s",
	    own != new || others != in_file ? "neither"
		: others == new             ? "shared"
					    : "private");
}

static void
type_missing(void)
{
	struct object file = object_make(FILE_RW, view_page());

	map_filled(&file, RW, "SHARED");
	map_filled(&file, RW, "PRIVATE");
	call_mmap(NULL, view_page(), RW, "", file.fd, 0);
	call_expect("EINVAL");
}

/* ----- Objects in shared memory ----------------------------------------------------------- */

/* Undefined by the standard, so done where a crash or a hang harms nobody. */
static long
use_old_mutex(void *arg)
{
	return pthread_mutex_trylock(arg);
}

static void
mutex_after_last_mapping(void)
{
	struct object file = object_make(FILE_RW, view_page());
	void *mapped = (void *)(uintptr_t)map_filled(&file, RW, "SHARED");
	unsigned char copy[sizeof(pthread_mutex_t)];
	pthread_mutexattr_t attributes;
	struct child_status status;
	bool kept;
	long error;

	pthread_mutexattr_init(&attributes);
	if (pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED) !=
	    0)
		verdict_unsupported("no mutexes shared by processes");
	verdict_set_up(pthread_mutex_init(mapped, &attributes) == 0, "a mutex");
	memcpy(copy, mapped, sizeof(copy));
	area_free(mapped, 1);
	mapped = (void *)(uintptr_t)map_page(&file, RW, "SHARED");
	kept = memcmp(copy, mapped, sizeof(copy)) == 0;
	verdict_expect(kept, "the mutex's bytes kept", "the mutex's bytes %s",
	    kept ? "kept" : "changed");
	error = child_try(use_old_mutex, mapped, &status);
	if (!status.exited)
		verdict_observe("bytes kept, trylock raises %s",
		    names_signal(status.signo));
	else
		verdict_observe("bytes kept, trylock gives %s",
		    error == 0 ? "the lock" : names_errno((int)error));
}

/*
 * ----- Races: what is one step, seen in the middle ------------------------------------------
 *
 * Both sides are at it until each outcome was seen, for some rounds at least;
 * after so many more it will not be seen.
 */
#define PATIENCE 1000

struct resizing {
	const struct object *object;
	off_t small, large;
	volatile unsigned char *stop; /* shared by both processes */
};

/* The file to one of its sizes, by its other descriptor. */
static void
resize(const struct resizing *resizing, bool large)
{
	off_t size = large ? resizing->large : resizing->small;

	call_begin("ftruncate(shm, %jd", (intmax_t)size);
	call_made(ftruncate(resizing->object->peer, size) != -1,
	    "ftruncate(shm, %jd)", (intmax_t)size);
	call_expect("ok");
}

static void
keep_resizing(struct child *parent, void *arg)
{
	const struct resizing *resizing = arg;

	child_tell(parent, 0);
	for (bool large = true; *resizing->stop == 0; large = !large) {
		resize(resizing, large);
		sched_yield();
	}
}

/* What a mapping shows; the size may be any of the two by then. */
static void
expect_first_page(const struct object *shm)
{
	size_t page = view_page();
	unsigned char *mapped =
	    call_mmap(NULL, 4 * page, R, "SHARED", shm->fd, 0);

	call_expect("ok");
	probe_expect_pattern(mapped, page, 0, "the first page");
	area_free(mapped, 4);
}

/* Sizes in between, or bytes lost on the way, would be half a step. */
static void
shm_resized_under_mmap(void)
{
	size_t page = view_page();
	struct object shm = object_make(SHM, page);
	struct resizing resizing = { &shm, (off_t)page, (off_t)(4 * page),
		area_shared(1) };
	struct child child = child_start(keep_resizing, &resizing);
	long rounds = verdict_rounds(300), seen[2] = { 0, 0 };

	child_hear(&child);
	for (long i = 0; i < rounds ||
	     (i < rounds + 100 * PATIENCE && (seen[0] == 0 || seen[1] == 0));
	     i++) {
		off_t size = status_of(&shm).st_size;

		verdict_expect(size == resizing.small || size == resizing.large,
		    "one of the two sizes", "a size of %jd bytes",
		    (intmax_t)size);
		seen[size == resizing.large]++;
		expect_first_page(&shm);
		if (seen[size != resizing.large] == 0)
			sched_yield();
	}
	*resizing.stop = 1;
	child_end(&child);
	if (seen[0] == 0 || seen[1] == 0)
		verdict_untested("needs a processor for each of two processes");
	verdict_observe("one of the two sizes, always");
}

/* The name's maker gives 0, the other -EEXIST. */
static long
make_name(const char *name)
{
	int fd = call_shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);

	return fd == -1 ? -errno : 0;
}

struct race {
	char name[64];
	volatile unsigned char *go; /* shared by both processes */
};

/* Who gives the sign is first more often than not. */
static void
start_race(const struct race *race, bool gives_sign)
{
	if (gives_sign)
		*race->go = 1;
	while (*race->go == 0)
		sched_yield();
}

static void
race_for_name(struct child *parent, void *arg)
{
	struct race *race = arg;
	bool gives_sign = child_hear(parent) != 0;

	child_tell(parent, 0);
	start_race(race, gives_sign);
	child_tell(parent, make_name(race->name));
}

/* 0: ours, 1: theirs.  The name is gone when this returns or ends the case. */
static int
winner_of(struct race *race, bool child_gives_sign)
{
	struct child child;
	long theirs, ours;

	object_unique_name(race->name, sizeof(race->name));
	*race->go = 0;
	child = child_start(race_for_name, race);
	child_tell(&child, child_gives_sign);
	child_hear(&child);
	start_race(race, !child_gives_sign);
	ours = make_name(race->name);
	theirs = child_hear(&child);
	shm_unlink(race->name);
	child_end(&child);
	verdict_expect((ours == 0 && theirs == -EEXIST) ||
		(ours == -EEXIST && theirs == 0),
	    "one maker", "%s and %s",
	    ours == 0 ? "ok" : names_errno((int)-ours),
	    theirs == 0 ? "ok" : names_errno((int)-theirs));
	return ours != 0;
}

static void
shm_one_maker(void)
{
	struct race race = { .go = area_shared(1) };
	struct object sound = object_make(SHM, view_page());
	long rounds = verdict_rounds(10), won[2] = { 0, 0 };

	object_end(&sound);
	for (long i = 0; i < rounds ||
	     (i < rounds + PATIENCE && (won[0] == 0 || won[1] == 0));
	     i++)
		won[winner_of(&race, i % 2 != 0)]++;
	if (won[0] == 0 || won[1] == 0)
		verdict_untested(
		    "needs each of two processes to be first once");
	verdict_observe("one maker");
}

/* clang-format off */
static const struct row cases[] = {
	CODE_DIRS(other_process, SHARED_VISIBLE_TO_OTHER_PROCESS, other_process),
	CODE_DIRS(other_process_frame, SHARED_SAME_PHYSICAL_PAGE, other_process_frame),
	CODE_DIRS(alias, SHARED_ALIASES_COHERENT, alias),
	CODE_DIRS(store_then_read, SHARED_WRITE_REACHES_READ, store_then_read),
	CODE_DIRS(write_then_load, SHARED_SEES_WRITE, write_then_load),
	CODE(child_to_parent, SHARED_ANON_CHILD_TO_PARENT, child_to_parent),
	CODE(three_generations, SHARED_NO_COW, three_generations),
	CODE(counter_anonymous, PROGRAM_FORK_COUNTER, counter_anonymous),
	CODE(counter_devzero, PROGRAM_FORK_COUNTER, counter_devzero),
	CODE(fork_frames_shared, FORK_SHARED_SAME_PHYSICAL_PAGE, fork_frames_shared),
	CODE(fork_frames_private, FORK_PRIVATE_SAME_PAGE_UNTIL_WRITE, fork_frames_private),
	CODE_DIRS(types_after_fork, TYPE_KEPT_ACROSS_FORK, types_after_fork),
	CODE_DIRS(read_by_readonly, SHARED_READ_OF_RDONLY_FD, read_by_readonly),
	CODE_DIRS(upgrade_by_mprotect, SHARED_MPROTECT_UPGRADE, upgrade_by_mprotect),
	CODE_DIRS(mtime_after_sync, SHARED_MTIME_AFTER_MSYNC, mtime_after_sync),
	CODE_DIRS(mtime_after_async, SHARED_MTIME_AFTER_MSYNC, mtime_after_async),
	CODE_DIRS(mtime_of_second_store, SHARED_MTIME_AFTER_MSYNC, mtime_of_second_store),
	CODE_DIRS(mtime_of_store_after_load, SHARED_MTIME_AFTER_MSYNC, mtime_of_store_after_load),
	CODE_DIRS(mtime_at_store, SHARED_MTIME_AT_FIRST_WRITE, mtime_at_store),
	CODE_DIRS(atime_at_access, MAP_MARKS_ATIME, atime_at_access),
	CODE_DIRS(mtime_of_private_store, PRIVATE_WRITE_LEAVES_MTIME, mtime_of_private_store),
	CODE_DIRS(store_past_end, SHARED_PAST_EOF_DOES_NOT_EXTEND, store_past_end),
	CODE_DIRS(both_types, SHARED_AND_PRIVATE_ON_FILE, both_types),
	CODE_DIRS(type_missing, FILE_NEEDS_TYPE, type_missing),
	CODE_DIRS(mutex_after_last_mapping, SHARED_SYNC_OBJECTS_UNDEFINED, mutex_after_last_mapping),
	CODE(shm_resized_under_mmap, SHM_ATOMIC_FD_OPERATIONS, shm_resized_under_mmap),
	CODE(shm_one_maker, SHM_ONE_MAKER, shm_one_maker),
};
/* clang-format on */

SUITE_PROGRAM(cases)
