/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Shared memory objects and their older relatives, System V segments.
 */
#include <sys/param.h>
#include <sys/types.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/names.h"
#include "helpers/object.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

/*
 * The segment is removed before anything is judged: a verdict must not leave
 * it behind.
 */
static void
segment_at_null_and_in_use(void)
{
	size_t page = suite_page();
	unsigned char *used = area_reserve_aligned(
	    4, SHMLBA > (long)page ? (size_t)SHMLBA : page);
	int id = shmget(IPC_PRIVATE, page, 0600);
	void *chosen, *refused;
	int error;

	if (id == -1 && (errno == ENOSYS || errno == EINVAL))
		suite_unsupported("there are no System V segments");
	if (id == -1)
		suite_broken("shmget");
	area_protect(used, 4, RW);
	used[0] = 'u';
	chosen = shmat(id, NULL, 0);
	refused = shmat(id, used, 0);
	error = refused == (void *)-1 ? errno : 0;
	shmctl(id, IPC_RMID, NULL);
	suite_set_up(chosen != (void *)-1, "shmat at a null address fails");
	suite_expect(refused == (void *)-1 && error == EINVAL, "EINVAL",
	    "shmat at an address in use: %s",
	    refused == (void *)-1 ? names_errno(error) : "ok");
	suite_expect(used[0] == 'u', "the memory in use kept",
	    "the memory in use shows %#x", used[0]);
	shmdt(chosen);
	chosen = call_mmap(NULL, page, RW, "SHARED|ANON", -1, 0);
	call_expect("ok");
	call_mmap(used, page, RW, "SHARED|ANON|FIXED", -1, 0);
	call_expect("ok");
	suite_expect(used[0] == 0, "replaced by MAP_FIXED",
	    "the memory in use shows %#x under MAP_FIXED", used[0]);
	suite_observe("shmat refuses an address in use, MAP_FIXED replaces");
}

/*
 * ----- Names ---------------------------------------------------------------
 *
 * A name is taken away before anything is judged, here, too, and not by the
 * call under test.
 */

#define CREATE (O_RDWR | O_CREAT | O_EXCL)

/* What became of a call, in words. */
static const char *
outcome(int fd, int error)
{
	return fd >= 0 ? "ok" : names_errno(error);
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
		suite_broken("shm_open(%s)", name);
	if (ftruncate(fd, (off_t)suite_page()) == -1) {
		shm_unlink(name);
		suite_broken("ftruncate of a shared memory object");
	}
	return fd;
}

static unsigned char *
map_shared(int fd)
{
	unsigned char *mapped =
	    call_mmap(NULL, suite_page(), RW, "SHARED", fd, 0);

	call_expect("ok");
	return mapped;
}

static void
opened_twice(void)
{
	char name[64];
	int first = make_named(name, sizeof(name));
	int second = call_shm_open(name, O_RDWR, 0);
	int error = errno;
	unsigned char *stored;

	shm_unlink(name);
	suite_expect(second >= 0, "ok", "%s", outcome(second, error));
	stored = map_shared(first);
	*stored = 's';
	suite_expect(*map_shared(second) == 's', "the store seen",
	    "a store by one descriptor is not seen by the other");
	suite_observe("the same object");
}

static void
created_twice(void)
{
	char name[64];
	int first = make_named(name, sizeof(name));
	int again = call_shm_open(name, CREATE, 0600);
	int error = errno;

	close(first);
	shm_unlink(name);
	suite_expect(again == -1 && error == EEXIST, "EEXIST", "%s",
	    outcome(again, error));
}

/* The name was good a moment ago. */
static void
name_missing(void)
{
	char name[64];
	int first = make_named(name, sizeof(name));
	int missing, error;

	close(first);
	shm_unlink(name);
	missing = call_shm_open(name, O_RDWR, 0600);
	error = errno;
	shm_unlink(name);
	suite_expect(missing == -1 && error == ENOENT, "ENOENT", "%s",
	    outcome(missing, error));
}

static void
unlinked_while_mapped(void)
{
	char name[64];
	int fd = make_named(name, sizeof(name));
	unsigned char *mapped;
	int result, error;
	bool failed;

	/* Nothing here may end the case, or the name would stay. */
	mapped = call_mmap(NULL, suite_page(), RW, "SHARED", fd, 0);
	failed = !call_last()->ok || probe_store(mapped, 's').signo != 0;
	result = call_shm_unlink(name);
	error = errno;
	shm_unlink(name);
	suite_set_up(!failed, "a mapping of the object");
	suite_expect(result == 0, "ok", "%s", outcome(result, error));
	probe_expect_load(mapped, "the mapping", "ok");
	suite_expect(*mapped == 's', "the store kept", "the store %s",
	    *mapped == 's' ? "kept" : "lost");
	suite_expect(*map_shared(fd) == 's', "the store in the object",
	    "another mapping does not show the store");
	close(fd);
	probe_expect_store(mapped, "the mapping, its descriptor closed", "ok");
	suite_observe("mapped and open, it lives on");
}

static void
name_used_again(void)
{
	char name[64];
	int old = make_named(name, sizeof(name));
	int result = call_shm_unlink(name);
	int gone = shm_open(name, O_RDWR, 0);
	int gone_error = errno;
	int new = shm_open(name, CREATE, 0600);
	int new_error = errno;
	struct stat status;

	shm_unlink(name);
	suite_expect(result == 0, "ok", "shm_unlink failed");
	suite_expect(gone == -1 && gone_error == ENOENT, "the name gone",
	    "opening the name again: %s", outcome(gone, gone_error));
	suite_expect(new != -1, "a new object", "creating the name again: %s",
	    outcome(new, new_error));
	suite_set_up(fstat(new, &status) == 0, "fstat");
	suite_expect(
	    status.st_size == 0, "an empty object", "the old object's size");
	suite_set_up(fstat(old, &status) == 0, "fstat");
	suite_expect(status.st_size == (off_t)suite_page(), "the old one kept",
	    "the old object's size changed");
	suite_observe("the name gone, then of a new object");
}

static void
unlinked_twice(void)
{
	char name[64];

	close(make_named(name, sizeof(name)));
	suite_set_up(shm_unlink(name) == 0, "shm_unlink of a name");
	call_shm_unlink(name);
	call_expect("ENOENT");
}

/* clang-format off */
static const struct suite_case cases[] = {
	CODE(opened_twice, SHM_SAME_NAME_SAME_OBJECT, opened_twice),
	CODE(created_twice, SHM_EXCL_EXISTING, created_twice),
	CODE(name_missing, SHM_MISSING, name_missing),
	CODE(unlinked_while_mapped, SHM_UNLINK_KEEPS_MAPPING, unlinked_while_mapped),
	CODE(name_used_again, SHM_UNLINKED_NAME_MISSING, name_used_again),
	CODE(unlinked_twice, SHM_UNLINK_MISSING, unlinked_twice),
	CODE(segment_at_null_and_in_use, SHM_ON_SYSV_ANALOGY, segment_at_null_and_in_use),
};
/* clang-format on */

SUITE_PROGRAM(cases)
