/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mmap(2), MAP_SHARED: who sees a store, what the descriptor must allow, and
 * what becomes of the type.  No msync lies between a store and the look at it
 * unless the claim says so.
 *
 *	   mapped          mapped again        other process
 *	[   page 0   ]    [   page 0   ]      [   page 0   ]
 *	       \_________________|_________________/
 *	                     object     <-- peer: read, write
 */
#include <sys/types.h>

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/child.h"
#include "helpers/names.h"
#include "helpers/object.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/shared.def"
#include "helpers/claims.h"

/* The first page of an object, and every byte of it is loaded. */
static volatile unsigned char *
map_filled(const struct object *object, int prot, const char *flags)
{
	return probe_map_pattern(view_page(), prot, flags, object->fd);
}

/* A page of no object, untouched. */
static volatile unsigned char *
map_anonymous(const char *flags)
{
	return call_map(view_page(), RW, flags, -1, 0);
}

/* What such a page holds but for the first bytes, which were stored to. */
static void
expect_zeros_after(size_t stored, const volatile unsigned char *mapped)
{
	probe_expect_bytes((const void *)(uintptr_t)(mapped + stored),
	    view_page() - stored, 0, "the rest of the page");
}

/*
 * ----- Who sees a store -----------------------------------------------------
 */

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

static unsigned long long
have_frame(void *child)
{
	return (unsigned long long)have(child, SEND_FRAME);
}

/* Whether both processes show one frame. */
static bool
same_frame(struct child *child, const volatile unsigned char *page)
{
	return probe_same_frame(page, have_frame, child);
}

static void
other_process(void)
{
	struct object file = object_make(FILE_RW, view_page());
	unsigned char old = object_pattern(0), new = probe_other_byte(old);
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

	have_look(&child);
	*mapped = 1;
	*copy = 1;
	verdict_either(!same_frame(&child, copy),
	    "another frame for a private copy",
	    "a private copy in the shared frame");
	verdict_either(same_frame(&child, mapped), "one frame", "two frames");
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
		unsigned char old = two[i], new = probe_other_byte(old);

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
	volatile unsigned char *mapped =
	    call_map(view_page(), RW, "SHARED", file.fd, 0);
	unsigned char old = object_byte(&file, 7);

	verdict_expect(old == object_pattern(7), "the file's byte",
	    "byte %#x before the store", old);
	mapped[7] = probe_other_byte(old);
	probe_expect_seen(
	    "the store", object_byte(&file, 7), old, probe_other_byte(old));
}

static void
write_then_load(void)
{
	struct object file = object_make(FILE_RW, view_page());
	volatile unsigned char *mapped = map_filled(&file, R, "SHARED");
	unsigned char old = mapped[7];

	object_put(&file, 7, probe_other_byte(old));
	probe_expect_seen(
	    "what write put", mapped[7], old, probe_other_byte(old));
}

/*
 * ----- Relatives ------------------------------------------------------------
 */

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
	static const char *const words[2] = { "two after the store",
		"one after the store" };
	volatile unsigned char *mapped = map_anonymous(flags);
	struct view view = { NULL, mapped, 'c' };
	struct child child;
	bool shared;

	*mapped = 'p';
	child_expect_fork();
	child = child_start(look_on, &view);
	verdict_either(same_frame(&child, mapped), "one frame after fork",
	    "two frames after fork");
	have_store(&child, 'c');
	shared = same_frame(&child, mapped);
	verdict_expect(shared == shared_after_store, words[shared_after_store],
	    "%s", words[shared]);
	leave(&child);
	expect_zeros_after(1, mapped);
	verdict_observe("one frame after fork, %s", words[shared]);
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

	*shared = 'p';
	*private = 'p';
	child_expect_fork();
	verdict_either(child_ask(store_in_both, pages) == 1,
	    "the child's own stores seen by it",
	    "the child's own stores not seen by it");
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

/*
 * ----- What the descriptor allows -------------------------------------------
 */

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

/*
 * ----- The end of file ------------------------------------------------------
 */

static void
store_past_end(void)
{
	size_t page = view_page();
	struct object file = object_make(FILE_RW, page + page / 2);
	unsigned char *mapped =
	    call_mmap(NULL, 2 * page, RW, "SHARED", file.fd, 0);

	call_expect("ok");
	probe_expect_store(mapped + 2 * page - 1, "the page's end", "ok");
	call_msync(mapped, 2 * page, "SYNC");
	call_expect("ok");
	probe_expect_pattern(mapped, page + page / 2, 0, "the mapping");
	area_free(mapped, 2);
	verdict_either(object_status(&file).st_size == (off_t)(page + page / 2),
	    "the file's length unchanged", "the file's length changed");
}

/*
 * ----- Further types --------------------------------------------------------
 */

/* Accepted, it must behave as one of the two types throughout. */
static void
both_types(void)
{
	struct object file = object_make(FILE_RW, view_page());
	volatile unsigned char *shared = area_object(&file, 0, 1, R, true);
	volatile unsigned char *mapped;
	unsigned char old = *shared, new = probe_other_byte(old);
	unsigned char own, others;
	bool one_type, is_shared, is_private;

	mapped = call_mmap(NULL, view_page(), RW, "SHARED|PRIVATE", file.fd, 0);
	call_expect("ok|EINVAL");
	if (!call_last()->ok)
		return;
	*mapped = new;
	own = *mapped;
	others = *shared;
	one_type = own == new &&others == object_byte(&file, 0);
	is_shared = one_type && others == new;
	is_private = one_type && others == old;
	verdict_expect(is_shared || is_private, "one of the types",
	    "accepted as %s",
	    is_shared        ? "shared"
		: is_private ? "private"
			     : "neither");
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

/*
 * ----- Objects in shared memory ---------------------------------------------
 */

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
	long error;

	pthread_mutexattr_init(&attributes);
	if (pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED) !=
	    0)
		verdict_unsupported("no mutexes shared by processes");
	verdict_set_up(pthread_mutex_init(mapped, &attributes) == 0, "a mutex");
	memcpy(copy, mapped, sizeof(copy));
	area_free(mapped, 1);
	mapped = call_map(view_page(), RW, "SHARED", file.fd, 0);
	verdict_either(memcmp(copy, mapped, sizeof(copy)) == 0,
	    "the mutex's bytes kept", "the mutex's bytes changed");
	error = child_try(use_old_mutex, mapped, &status);
	if (!status.exited)
		verdict_observe("bytes kept, trylock raises %s",
		    names_signal(status.signo));
	else
		verdict_observe("bytes kept, trylock gives %s",
		    error == 0 ? "the lock" : names_errno((int)error));
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
	CODE_DIRS(store_past_end, SHARED_PAST_EOF_DOES_NOT_EXTEND, store_past_end),
	CODE_DIRS(both_types, SHARED_AND_PRIVATE_ON_FILE, both_types),
	CODE_DIRS(type_missing, FILE_NEEDS_TYPE, type_missing),
	CODE_DIRS(mutex_after_last_mapping, SHARED_SYNC_OBJECTS_UNDEFINED, mutex_after_last_mapping),
};
/* clang-format on */

SUITE_PROGRAM(cases)
