/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Shared memory objects: their names, their sizes, two processes at one of
 * them; and their older relatives, System V segments.
 */
#include <sys/param.h>
#include <sys/types.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/child.h"
#include "helpers/names.h"
#include "helpers/object.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/shm.def"
#include "helpers/claims.h"

/* A segment of a page; what a system or a run cannot give decides nothing. */
static int
make_segment(void)
{
	int id = shmget(IPC_PRIVATE, view_page(), 0600);

	if (id == -1 && (errno == ENOSYS || errno == EINVAL))
		verdict_unsupported("there are no System V segments");
	if (id == -1 &&
	    (errno == ENOSPC || errno == ENOMEM || errno == EPERM ||
		errno == EACCES))
		verdict_untested(
		    "needs a System V segment: %s", names_errno(errno));
	if (id == -1)
		verdict_broken("shmget");
	return id;
}

/*
 * The segment is removed before anything is judged: a verdict must not leave
 * it behind.
 */
static void
segment_at_null_and_in_use(void)
{
	size_t page = view_page();
	unsigned char *used = area_reserve_aligned(
	    4, SHMLBA > (long)page ? (size_t)SHMLBA : page);
	void *chosen, *refused;
	int id, error;

	area_protect(used, 4, RW);
	used[0] = 'u';
	id = make_segment();
	call_begin("shmat(segment, an address in use, 0");
	refused = shmat(id, used, 0);
	error = refused == (void *)-1 ? errno : 0;
	call_begin("shmat(segment, NULL, 0");
	chosen = shmat(id, NULL, 0);
	call_made(chosen != (void *)-1, "shmat(segment, NULL, 0)");
	shmctl(id, IPC_RMID, NULL);
	call_expect("ok");
	probe_expect_bytes(chosen, page, 0, "the segment");
	probe_expect_store(chosen, "the segment", "ok");
	shmdt(chosen);
	errno = error;
	call_made(
	    refused != (void *)-1, "shmat(segment, an address in use, 0)");
	call_expect("EINVAL");
	verdict_expect(used[0] == 'u', "the memory in use kept",
	    "the memory in use shows %#x", used[0]);
	chosen = call_mmap(NULL, page, RW, "SHARED|ANON", -1, 0);
	call_expect("ok");
	probe_expect_bytes(chosen, page, 0, "the mapping");
	call_mmap_at(used, page, RW, "SHARED|ANON|FIXED", -1, 0);
	probe_expect_bytes(used, page, 0, "what MAP_FIXED replaced");
	verdict_observe("shmat refuses an address in use, MAP_FIXED replaces");
}

/*
 * ----- Names ---------------------------------------------------------------
 *
 * A name is taken away before anything is judged, here, too, and not by the
 * call under test.
 */

#define CREATE (O_RDWR | O_CREAT | O_EXCL)

/* What became of a call that no call.h function made, in words. */
static const char *
outcome(int fd, int error)
{
	return fd >= 0 ? "ok" : names_errno(error);
}

/* Opening a name that was unlinked has given that. */
static void
expect_gone(int fd, int error)
{
	verdict_expect(fd == -1 && error == ENOENT, "the name gone",
	    "opening the name again: %s", outcome(fd, error));
}

/* A new object of one page, by a new name. */
static int
make_named(char *name, size_t size)
{
	int fd;

	object_need(SHM);
	object_unique_name(name, size);
	fd = shm_open(name, CREATE, 0600);
	if (fd == -1)
		verdict_broken("shm_open(%s)", name);
	if (ftruncate(fd, (off_t)view_page()) == -1) {
		shm_unlink(name);
		verdict_broken("ftruncate of a shared memory object");
	}
	call_name_fd(fd, object_name(SHM));
	return fd;
}

static unsigned char *
map_shared(int fd)
{
	return call_map(view_page(), RW, "SHARED", fd, 0);
}

/* Another mapping of the object shows the store to its first byte. */
static void
expect_stored(int fd, const char *whose)
{
	unsigned char *mapped = map_shared(fd);
	unsigned char seen = *mapped;

	probe_expect_seen(whose, seen, 0, 's');
	probe_expect_bytes(
	    mapped + 1, view_page() - 1, 0, "the rest of the object");
}

static void
opened_twice(void)
{
	char name[64];
	int first = make_named(name, sizeof(name));
	int second = call_shm_open(name, O_RDWR, 0);

	shm_unlink(name);
	call_expect("ok");
	call_name_fd(second, object_name(SHM));
	*map_shared(first) = 's';
	expect_stored(second, "a store by the other descriptor");
	verdict_observe("the same object");
}

static void
created_twice(void)
{
	char name[64];
	int first = make_named(name, sizeof(name));

	call_shm_open(name, CREATE, 0600);
	close(first);
	shm_unlink(name);
	call_expect("EEXIST");
}

/* The name was good a moment ago. */
static void
name_missing(void)
{
	char name[64];
	int first = make_named(name, sizeof(name));

	close(first);
	shm_unlink(name);
	call_shm_open(name, O_RDWR, 0600);
	shm_unlink(name);
	call_expect("ENOENT");
}

static void
unlinked_while_mapped(void)
{
	char name[64];
	int fd = make_named(name, sizeof(name));
	unsigned char *mapped =
	    call_mmap(NULL, view_page(), RW, "SHARED", fd, 0);
	struct guard_signal store = { 0, 0, 0 };
	int gone, gone_error;

	/* A verdict takes the name away first, or it would stay. */
	if (call_last()->ok)
		store = probe_store(mapped, 's');
	if (!call_last()->ok || store.signo != 0)
		shm_unlink(name);
	call_expect("ok");
	verdict_expect(store.signo == 0, "ok", "store to the mapping: %s",
	    probe_name(store));
	call_shm_unlink(name);
	gone = shm_open(name, O_RDWR, 0);
	gone_error = errno;
	shm_unlink(name);
	call_expect("ok");
	expect_gone(gone, gone_error);
	probe_expect_load(mapped, "the mapping", "ok");
	probe_expect_seen("the earlier store", *mapped, 0, 's');
	expect_stored(fd, "the earlier store, by another mapping,");
	close(fd);
	probe_expect_store(mapped, "the mapping, its descriptor closed", "ok");
	verdict_observe("mapped and open, it lives on");
}

static void
name_used_again(void)
{
	char name[64];
	int old = make_named(name, sizeof(name));
	int gone, gone_error, new, new_error;
	struct stat status;

	call_shm_unlink(name);
	gone = shm_open(name, O_RDWR, 0);
	gone_error = errno;
	new = shm_open(name, CREATE, 0600);
	new_error = errno;
	shm_unlink(name);
	call_expect("ok");
	expect_gone(gone, gone_error);
	verdict_expect(new != -1, "a new object", "creating the name again: %s",
	    outcome(new, new_error));
	verdict_set_up(fstat(new, &status) == 0, "fstat");
	verdict_expect(
	    status.st_size == 0, "an empty object", "the old object's size");
	verdict_set_up(fstat(old, &status) == 0, "fstat");
	verdict_expect(status.st_size == (off_t)view_page(), "the old one kept",
	    "the old object's size changed");
	verdict_observe("the name gone, then of a new object");
}

/* The first time it was there. */
static void
unlinked_twice(void)
{
	char name[64];

	close(make_named(name, sizeof(name)));
	call_shm_unlink(name);
	if (!call_last()->ok)
		shm_unlink(name);
	call_expect("ok");
	call_shm_unlink(name);
	shm_unlink(name);
	call_expect("ENOENT");
}

/*
 * ----- Races: what is one step, seen in the middle --------------------------
 *
 * Both sides are at it until each outcome was seen, for some rounds at least;
 * after so many more it will not be seen.
 */
#define PATIENCE 1000

struct resizing {
	const struct object *object;
	size_t small, large;
	volatile unsigned char *stop; /* shared by both processes */
};

static void
keep_resizing(struct child *parent, void *arg)
{
	const struct resizing *resizing = arg;

	child_tell(parent, 0);
	for (bool large = true; *resizing->stop == 0; large = !large) {
		object_resize(resizing->object,
		    large ? resizing->large : resizing->small);
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
resized_under_mmap(void)
{
	size_t page = view_page();
	struct object shm = object_make(SHM, page);
	struct resizing resizing = { &shm, page, 4 * page, area_shared(1) };
	struct child child = child_start(keep_resizing, &resizing);
	long rounds = verdict_rounds(300), seen[2] = { 0, 0 };

	child_hear(&child);
	for (long i = 0; i < rounds ||
	     (i < rounds + 100 * PATIENCE && (seen[0] == 0 || seen[1] == 0));
	     i++) {
		size_t size = (size_t)object_status(&shm).st_size;

		verdict_expect(size == resizing.small || size == resizing.large,
		    "one of the two sizes", "a size of %zu bytes", size);
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
one_maker(void)
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
	CODE(opened_twice, SHM_SAME_NAME_SAME_OBJECT, opened_twice),
	CODE(created_twice, SHM_EXCL_EXISTING, created_twice),
	CODE(name_missing, SHM_MISSING, name_missing),
	CODE(unlinked_while_mapped, SHM_UNLINK_KEEPS_MAPPING, unlinked_while_mapped),
	CODE(name_used_again, SHM_UNLINKED_NAME_MISSING, name_used_again),
	CODE(unlinked_twice, SHM_UNLINK_MISSING, unlinked_twice),
	CODE(resized_under_mmap, SHM_ATOMIC_FD_OPERATIONS, resized_under_mmap),
	CODE(one_maker, SHM_ONE_MAKER, one_maker),
	CODE(segment_at_null_and_in_use, SHM_ON_SYSV_ANALOGY, segment_at_null_and_in_use),
};
/* clang-format on */

SUITE_PROGRAM(cases)
