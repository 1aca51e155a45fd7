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

#define BEFORE 1000000000 /* a time well in the past, 2001-09-09 */

/* The first page of an object, which the claim says can be mapped so. */
static volatile unsigned char *
map_page(const struct object *object, int prot, const char *flags)
{
	void *mapped =
	    call_mmap(NULL, suite_page(), prot, flags, object->fd, 0);

	call_expect("ok");
	return mapped;
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
	for (int tries = 0; tries < 5; tries++)
		if ((unsigned long long)have(child, SEND_FRAME) ==
		    probe_frame(page))
			return true;
	return false;
}

static void
other_process(void)
{
	struct object file = object_make(FILE_RW, suite_page());
	unsigned char old = object_byte(&file, 0), new = other_byte(old);
	struct view view = { &file, NULL, old };
	volatile unsigned char *mapped = map_page(&file, RW, "SHARED");
	struct child child = child_start(look_on, &view);

	suite_set_up(have(&child, LOOK) == old, "the other process maps");
	*mapped = new;
	probe_expect_seen(
	    "the store", (unsigned char)have(&child, LOOK), old, new);
	have(&child, STORE);
	probe_expect_seen("the other process's store", *mapped, new, old);
	leave(&child);
}

/* A private copy of the page shows that frames can differ. */
static void
other_process_frame(void)
{
	struct object file = object_make(FILE_RW, suite_page());
	struct view view = { &file, NULL, 0 };
	volatile unsigned char *mapped = map_page(&file, RW, "SHARED");
	volatile unsigned char *copy = map_page(&file, RW, "PRIVATE");
	struct child child = child_start(look_on, &view);

	have(&child, LOOK);
	*mapped = 1;
	*copy = 1;
	suite_set_up(!same_frame(&child, copy), "a copy has its own frame");
	suite_expect(same_frame(&child, mapped), "one frame", "%s",
	    same_frame(&child, mapped) ? "one frame" : "two frames");
	leave(&child);
}

static void
alias(void)
{
	struct object file = object_make(FILE_RW, suite_page());
	volatile unsigned char *one = map_page(&file, RW, "SHARED");
	volatile unsigned char *two = map_page(&file, RW, "SHARED");

	suite_expect(one != two, "two addresses", "one address for both");
	for (size_t i = 0; i < suite_page(); i += 61) {
		unsigned char old = two[i], new = other_byte(old);

		one[i] = new;
		probe_expect_seen("the first's store", two[i], old, new);
		two[i] = old;
		probe_expect_seen("the second's store", one[i], new, old);
	}
	suite_observe("stores seen both ways");
}

static void
store_then_read(void)
{
	struct object file = object_make(FILE_RW, suite_page());
	volatile unsigned char *mapped = map_page(&file, RW, "SHARED");
	unsigned char old = object_byte(&file, 7);

	mapped[7] = other_byte(old);
	probe_expect_seen(
	    "the store", object_byte(&file, 7), old, other_byte(old));
}

static void
write_then_load(void)
{
	struct object file = object_make(FILE_RW, suite_page());
	volatile unsigned char *mapped = map_page(&file, R, "SHARED");
	unsigned char old = mapped[7];

	object_put(&file, 7, other_byte(old));
	probe_expect_seen("what write put", mapped[7], old, other_byte(old));
}

/* ----- Relatives ----------------------------------------------------------- */

static void
child_to_parent(void)
{
	volatile unsigned char *mapped =
	    call_mmap(NULL, suite_page(), RW, "SHARED|ANON", -1, 0);
	struct view view = { NULL, mapped, 'c' };
	struct child child;

	call_expect("ok");
	child = child_start(look_on, &view);
	have(&child, STORE);
	probe_expect_seen("the child's store", *mapped, 0, 'c');
	*mapped = 'p';
	probe_expect_seen(
	    "the parent's store", (unsigned char)have(&child, LOOK), 'c', 'p');
	leave(&child);
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
	unsigned char *mapped =
	    call_mmap(NULL, suite_page(), RW, "SHARED|ANON", -1, 0);
	long seen;

	call_expect("ok");
	*(volatile unsigned char *)mapped = 'p';
	seen = child_ask(child_with_child, mapped);
	probe_expect_seen("the grandchild's store, by the child,",
	    (unsigned char)seen, 0, 'g');
	probe_expect_seen("the child's store", mapped[1], 0, 'c');
	probe_expect_seen("the grandchild's store", mapped[2], 0, 'g');
	suite_observe("one memory for three generations");
}

/* The program's child: what it prints is what it finds. */
static long
count_in_child(void *arg)
{
	volatile int *counter = arg;
	long found = *counter;

	(*counter)++;
	return munmap(arg, sizeof(int)) == 0 ? found : -1;
}

static void
run_counter_program(const char *flags, int fd)
{
	volatile int *counter = call_mmap(NULL, sizeof(int), RW, flags, fd, 0);
	char output[100];
	long in_child;

	call_expect("ok");
	*counter = 1;
	in_child = child_ask(count_in_child, (void *)(uintptr_t)counter);
	snprintf(output, sizeof(output),
	    "Child started, value = %ld, In parent, value = %d", in_child,
	    *counter);
	suite_expect(strcmp(output,
			 "Child started, value = 1, In parent, value = 2") == 0,
	    "Child started, value = 1, In parent, value = 2", "%s", output);
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
	volatile unsigned char *mapped =
	    call_mmap(NULL, suite_page(), RW, flags, -1, 0);
	struct view view = { NULL, mapped, 'c' };
	struct child child;

	call_expect("ok");
	*mapped = 'p';
	child = child_start(look_on, &view);
	suite_expect(same_frame(&child, mapped), "one frame after fork", "%s",
	    same_frame(&child, mapped) ? "one frame after fork"
				       : "two frames after fork");
	have(&child, STORE);
	suite_expect(same_frame(&child, mapped) == shared_after_store,
	    shared_after_store ? "one frame after the store"
			       : "two frames after the store",
	    "%s",
	    same_frame(&child, mapped) ? "one frame after the store"
				       : "two frames after the store");
	leave(&child);
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
	return 0;
}

static void
expect_types(volatile unsigned char *shared, volatile unsigned char *private)
{
	volatile unsigned char *pages[2] = { shared, private };

	*shared = 'p';
	*private = 'p';
	child_ask(store_in_both, pages);
	probe_expect_seen(
	    "the child's store in shared memory", *shared, 'p', 'c');
	probe_expect_unseen(
	    "the child's store in private memory", *private, 'p', 'c');
}

static void
types_after_fork(void)
{
	struct object file = object_make(FILE_RW, suite_page());
	volatile unsigned char *shared, *private;

	expect_types(
	    map_page(&file, RW, "SHARED"), map_page(&file, RW, "PRIVATE"));
	shared = call_mmap(NULL, suite_page(), RW, "SHARED|ANON", -1, 0);
	call_expect("ok");
	private = call_mmap(NULL, suite_page(), RW, "PRIVATE|ANON", -1, 0);
	call_expect("ok");
	expect_types(shared, private);
	suite_observe("both types kept, file and anonymous");
}

/* ----- What the descriptor allows -------------------------------------------- */

/* Root's privilege must not matter either: modes are not looked at. */
static void
write_by_readonly(void)
{
	struct object file = object_make(FILE_RO, suite_page());
	struct object sound = object_make(FILE_RW, suite_page());

	map_page(&sound, RW, "SHARED");
	call_mmap(NULL, suite_page(), RW, "SHARED", file.fd, 0);
	call_expect("EACCES");
	call_mmap(NULL, suite_page(), W, "SHARED", file.fd, 0);
	call_expect("EACCES");
}

static void
read_by_readonly(void)
{
	struct object file = object_make(FILE_RO, suite_page());
	volatile unsigned char *mapped = map_page(&file, R, "SHARED");

	probe_expect_store(mapped, "the mapping", "SIGSEGV|SIGBUS");
	suite_expect(*mapped == object_pattern(0), "the file's byte", "%s",
	    *mapped == object_pattern(0) ? "the file's byte" : "another byte");
}

/* Every descriptor of the file is closed but the peer, which may write. */
static void
upgrade_by_mprotect(void)
{
	struct object file = object_make(FILE_RO, suite_page());
	struct object sound = object_make(FILE_RW, suite_page());
	void *page = (void *)(uintptr_t)map_page(&sound, R, "SHARED");

	suite_set_up(call_mprotect(page, suite_page(), RW) == 0,
	    "mprotect of a mapping by a writable descriptor");
	page = (void *)(uintptr_t)map_page(&file, R, "SHARED");
	call_mprotect(page, suite_page(), RW);
	call_expect("EACCES");
	object_close(&file);
	call_mprotect(page, suite_page(), RW);
	call_expect("EACCES");
	probe_expect_store(page, "the mapping", "SIGSEGV|SIGBUS");
	suite_observe("EACCES");
}

/* ----- Times -------------------------------------------------------------------- */

static struct stat
status_of(const struct object *file)
{
	struct stat status;

	if (fstat(file->peer, &status) == -1)
		suite_broken("fstat");
	return status;
}

/* The access time before the other, or relatime would let it be. */
static void
back_date(const struct object *file)
{
	struct timespec times[2] = { { BEFORE - 100, 0 }, { BEFORE, 0 } };

	if (futimens(file->peer, times) == -1)
		suite_broken("futimens");
	suite_set_up(status_of(file).st_mtime == BEFORE &&
		status_of(file).st_atime == BEFORE - 100,
	    "back-dated times");
}

static void
expect_mtime(const struct object *file, bool marked)
{
	bool is_marked = status_of(file).st_mtime != BEFORE;

	suite_expect(is_marked == marked, marked ? "marked" : "not marked",
	    "modification time %s", is_marked ? "marked" : "not marked");
}

/* A store after the back-dating, and the msync that ends the interval. */
static void
expect_marked_by_store(
    const struct object *file, volatile unsigned char *mapped, const char *how)
{
	void *page = (void *)(uintptr_t)mapped;

	back_date(file);
	suite_set_up(
	    call_msync(page, suite_page(), how) == 0, "msync of a clean page");
	suite_set_up(status_of(file).st_mtime == BEFORE,
	    "msync without a store leaves the times");
	*mapped = 's';
	call_msync(page, suite_page(), how);
	call_expect("ok");
	expect_mtime(file, true);
}

static void
mtime_after_sync(void)
{
	struct object file = object_make(FILE_LINKED, suite_page());

	expect_marked_by_store(&file, map_page(&file, W, "SHARED"), "SYNC");
}

static void
mtime_after_async(void)
{
	struct object file = object_make(FILE_LINKED, suite_page());

	expect_marked_by_store(&file, map_page(&file, W, "SHARED"), "ASYNC");
}

/* The page has been dirty and clean before. */
static void
mtime_of_second_store(void)
{
	struct object file = object_make(FILE_LINKED, suite_page());
	volatile unsigned char *mapped = map_page(&file, RW, "SHARED");

	*mapped = 1;
	suite_set_up(
	    call_msync((void *)(uintptr_t)mapped, suite_page(), "SYNC") == 0,
	    "msync");
	expect_marked_by_store(&file, mapped, "SYNC");
}

/* The page is in place, for reading, when the store comes. */
static void
mtime_of_store_after_load(void)
{
	struct object file = object_make(FILE_LINKED, suite_page());
	volatile unsigned char *mapped = map_page(&file, RW, "SHARED");

	suite_set_up(*mapped == object_pattern(0), "a load");
	expect_marked_by_store(&file, mapped, "SYNC");
}

static void
mtime_at_store(void)
{
	struct object file = object_make(FILE_LINKED, suite_page());
	volatile unsigned char *mapped = map_page(&file, RW, "SHARED");

	back_date(&file);
	*mapped = 1;
	expect_mtime(&file, true);
}

/* read tells whether this mount marks access times at all. */
static void
atime_at_access(void)
{
	struct object file = object_make(FILE_RW, suite_page());
	volatile unsigned char *mapped;
	bool marked;

	back_date(&file);
	object_byte(&file, 0);
	if (status_of(&file).st_atime == BEFORE - 100)
		suite_untested("needs a mount that marks access times");
	back_date(&file);
	mapped = map_page(&file, R, "SHARED");
	suite_set_up(*mapped == object_pattern(0), "a load");
	marked = status_of(&file).st_atime != BEFORE - 100;
	suite_expect(marked, "marked", "access time %s",
	    marked ? "marked" : "not marked");
}

static void
mtime_of_private_store(void)
{
	struct object file = object_make(FILE_RW, suite_page());
	volatile unsigned char *mapped = map_page(&file, RW, "PRIVATE");
	void *page = (void *)(uintptr_t)mapped;

	back_date(&file);
	*mapped = other_byte(*mapped);
	suite_set_up(call_msync(page, suite_page(), "SYNC") == 0, "msync");
	area_free(page, 1);
	expect_mtime(&file, false);
}

/* ----- The end of file ------------------------------------------------------------ */

static void
store_past_end(void)
{
	size_t page = suite_page();
	struct object file = object_make(FILE_RW, page + page / 2);
	unsigned char *mapped =
	    call_mmap(NULL, 2 * page, RW, "SHARED", file.fd, 0);

	call_expect("ok");
	probe_expect_store(mapped + 2 * page - 1, "the page's end", "ok");
	suite_set_up(call_msync(mapped, 2 * page, "SYNC") == 0, "msync");
	area_free(mapped, 2);
	suite_expect((size_t)status_of(&file).st_size == page + page / 2,
	    "the file's length unchanged", "the file's length %s",
	    (size_t)status_of(&file).st_size == page + page / 2 ? "unchanged"
								: "changed");
}

/* ----- Further types ------------------------------------------------------------------ */

static void
validate_unknown(void)
{
	struct object file = object_make(FILE_RW, suite_page());
	char flags[64];

	map_page(&file, RW, "SHARED_VALIDATE");
	snprintf(
	    flags, sizeof(flags), "SHARED_VALIDATE|%#x", call_unknown_flag());
	call_mmap(NULL, suite_page(), RW, flags, file.fd, 0);
	call_expect("EOPNOTSUPP");
}

static void
validate_plain(void)
{
	struct object file = object_make(FILE_RW, suite_page());
	volatile unsigned char *mapped =
	    map_page(&file, RW, "SHARED_VALIDATE|POPULATE|NORESERVE");
	unsigned char old = *mapped;
	struct plat_region region;

	if (plat_region((void *)(uintptr_t)mapped, &region) == 0)
		suite_expect(region.shared == 1, "listed as shared",
		    "listed as %s", region.shared ? "shared" : "private");
	*mapped = other_byte(old);
	probe_expect_seen(
	    "the store", object_byte(&file, 0), old, other_byte(old));
}

/* Accepted, it must behave as one of the two types throughout. */
static void
both_types(void)
{
	struct object file = object_make(FILE_RW, suite_page());
	volatile unsigned char *shared = area_object(&file, 0, 1, R, true);
	volatile unsigned char *mapped;
	unsigned char old = *shared, new = other_byte(old);

	mapped =
	    call_mmap(NULL, suite_page(), RW, "SHARED|PRIVATE", file.fd, 0);
	call_expect("ok|EINVAL");
	if (!call_last()->ok)
		return;
	*mapped = new;
	suite_expect(*mapped == new &&*shared == object_byte(&file, 0) &&
		(*shared == new || *shared == old),
	    "one of the types", "accepted as %s",
	    *mapped != new || *shared != object_byte(&file, 0) ? "neither"
		: *shared == new                               ? "shared"
							       : "private");
}

static void
type_missing(void)
{
	struct object file = object_make(FILE_RW, suite_page());

	map_page(&file, RW, "SHARED");
	map_page(&file, RW, "PRIVATE");
	call_mmap(NULL, suite_page(), RW, "", file.fd, 0);
	call_expect("EINVAL");
}

/*
 * What MAP_SYNC meets depends on the file system, so that a run that cannot
 * name it decides nothing.
 */
static struct object
file_of_known_filesystem(void)
{
	if (strcmp(suite_filesystem(), "unknown") == 0)
		suite_untested("needs the name of the file system");
	return object_make(FILE_RW, suite_page());
}

static void
sync_validated(void)
{
	struct object file = file_of_known_filesystem();

	map_page(&file, RW, "SHARED_VALIDATE");
	call_mmap(NULL, suite_page(), RW, "SHARED_VALIDATE|SYNC", file.fd, 0);
	call_expect("EOPNOTSUPP");
}

static void
sync_shared(void)
{
	struct object file = file_of_known_filesystem();
	volatile unsigned char *mapped = map_page(&file, RW, "SHARED|SYNC");
	unsigned char old = *mapped;

	*mapped = other_byte(old);
	probe_expect_seen(
	    "the store", object_byte(&file, 0), old, other_byte(old));
}

static void
sync_private(void)
{
	struct object file = file_of_known_filesystem();
	volatile unsigned char *mapped = map_page(&file, RW, "PRIVATE|SYNC");
	unsigned char old = *mapped;

	*mapped = other_byte(old);
	probe_expect_unseen(
	    "the store", object_byte(&file, 0), old, other_byte(old));
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
	struct object file = object_make(FILE_RW, suite_page());
	void *mapped = (void *)(uintptr_t)map_page(&file, RW, "SHARED");
	unsigned char copy[sizeof(pthread_mutex_t)];
	pthread_mutexattr_t attributes;
	struct child_status status;
	long error;

	pthread_mutexattr_init(&attributes);
	if (pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED) !=
	    0)
		suite_unsupported("no mutexes shared by processes");
	suite_set_up(pthread_mutex_init(mapped, &attributes) == 0, "a mutex");
	memcpy(copy, mapped, sizeof(copy));
	area_free(mapped, 1);
	mapped = (void *)(uintptr_t)map_page(&file, RW, "SHARED");
	suite_expect(memcmp(copy, mapped, sizeof(copy)) == 0,
	    "the mutex's bytes kept", "the mutex's bytes changed");
	error = child_try(use_old_mutex, mapped, &status);
	if (!status.exited)
		suite_observe("bytes kept, trylock raises %s",
		    names_signal(status.signo));
	else
		suite_observe("bytes kept, trylock gives %s",
		    error == 0 ? "the lock" : names_errno((int)error));
}

struct sizes {
	const struct object *object;
	off_t small, large;
};

/* Ends with the parent's leave. */
static void
keep_resizing(struct child *parent, void *arg)
{
	const struct sizes *sizes = arg;

	child_tell(parent, 0);
	for (long i = suite_rounds(300); i > 0; i--)
		if (ftruncate(sizes->object->peer,
			i % 2 == 0 ? sizes->large : sizes->small) == -1)
			suite_broken("ftruncate");
	child_tell(parent, 1);
}

/* Sizes in between, or a mapping refused, would be half a step. */
static void
shm_resized_under_mmap(void)
{
	size_t page = suite_page();
	struct object shm = object_make(SHM, page);
	struct sizes sizes = { &shm, (off_t)page, (off_t)(4 * page) };
	struct child child = child_start(keep_resizing, &sizes);
	long seen[2] = { 0, 0 };

	child_hear(&child);
	for (long i = suite_rounds(300); i > 0; i--) {
		struct stat status;
		unsigned char byte;
		unsigned char *mapped;

		if (fstat(shm.fd, &status) == -1)
			suite_broken("fstat");
		suite_expect(status.st_size == sizes.small ||
			status.st_size == sizes.large,
		    "one of the two sizes", "a size of %jd bytes",
		    (intmax_t)status.st_size);
		seen[status.st_size == sizes.large]++;
		mapped = call_mmap(NULL, 4 * page, R, "SHARED", shm.fd, 0);
		call_expect("ok");
		suite_expect(probe_load(mapped, &byte).signo == 0 &&
			byte == object_pattern(0),
		    "the first page as it was", "the first page lost");
		area_free(mapped, 4);
	}
	child_hear(&child);
	child_end(&child);
	suite_observe("one of the two sizes, always");
}

/* As many openers as rounds; the name has one maker each. */
static long
make_name(void *arg)
{
	int fd = call_shm_open(arg, O_RDWR | O_CREAT | O_EXCL, 0600);

	return fd == -1 ? -errno : 0;
}

static void
race_for_name(struct child *parent, void *arg)
{
	child_tell(parent, 0);
	child_hear(parent);
	child_tell(parent, make_name(arg));
}

static void
shm_one_maker(void)
{
	object_need(SHM);
	for (long i = suite_rounds(5); i > 0; i--) {
		char name[64];
		struct child child;
		long theirs, ours;

		object_unique_name(name, sizeof(name));
		child = child_start(race_for_name, name);
		child_hear(&child);
		child_tell(&child, 0);
		ours = make_name(name);
		theirs = child_hear(&child);
		child_end(&child);
		shm_unlink(name);
		suite_expect((ours == 0 && theirs == -EEXIST) ||
			(ours == -EEXIST && theirs == 0),
		    "one maker", "%s and %s",
		    ours == 0 ? "ok" : names_errno((int)-ours),
		    theirs == 0 ? "ok" : names_errno((int)-theirs));
	}
	suite_observe("one maker");
}

/* clang-format off */
static const struct suite_case cases[] = {
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
	CODE_DIRS(write_by_readonly, SHARED_WRITE_NEEDS_RDWR, write_by_readonly),
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
	CODE_DIRS(validate_unknown, VALIDATE_REJECTS_UNKNOWN, validate_unknown),
	CODE_DIRS(validate_plain, VALIDATE_PLAIN_IS_SHARED, validate_plain),
	CODE_DIRS(both_types, SHARED_AND_PRIVATE_ON_FILE, both_types),
	CODE_DIRS(type_missing, FILE_NEEDS_TYPE, type_missing),
	CODE_DIRS(sync_validated, MAP_SYNC_VALIDATE_NOT_DAX, sync_validated),
	CODE_DIRS(sync_shared, MAP_SYNC_IGNORED_WITH_SHARED, sync_shared),
	CODE_DIRS(sync_private, MAP_SYNC_WITH_PRIVATE, sync_private),
	CODE_DIRS(mutex_after_last_mapping, SHARED_SYNC_OBJECTS_UNDEFINED, mutex_after_last_mapping),
	CODE(shm_resized_under_mmap, SHM_ATOMIC_FD_OPERATIONS, shm_resized_under_mmap),
	CODE(shm_one_maker, SHM_ATOMIC_FD_OPERATIONS, shm_one_maker),
};
/* clang-format on */

SUITE_PROGRAM(cases)
