/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who shares anonymous memory: with MAP_SHARED a process and its children,
 * with MAP_PRIVATE nobody, and processes that are not related in no way.
 *
 *	parent  fork  child       another program
 *	   \___________/              |
 *	   shared memory         other memory
 */
#include <sys/types.h>
#include <sys/ipc.h>
#include <sys/shm.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/child.h"
#include "helpers/names.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/anonymous_sharing.def"
#include "helpers/claims.h"

/* The child reads what its parent stored and answers by a store. */
static void
exchange(struct child *parent, void *arg)
{
	volatile unsigned char *memory = arg;

	child_hear(parent);
	child_tell(parent, memory[0]);
	memory[view_page()] = 'c';
	child_tell(parent, 0);
}

static void
shared_with_child(void)
{
	unsigned char *memory =
	    probe_map_zeros(2 * view_page(), "SHARED|ANON", -1, 0);
	struct child child = child_start(exchange, memory);
	unsigned char byte;
	long seen;

	memory[0] = 'p';
	child_tell(&child, 0);
	seen = child_hear(&child);
	child_hear(&child);
	child_end(&child);
	byte = probe_byte(memory + view_page());
	verdict_expect(seen == 'p', "'p' as the parent stored after the fork",
	    "the child sees %#lx", (unsigned long)seen);
	verdict_expect(byte == 'c', "'c' as the child stored",
	    "the parent sees %#x", byte);
	verdict_observe("shared both ways");
}

static void
expect_distinct(const char *flags)
{
	size_t page = view_page();
	unsigned char *one = probe_map_zeros(2 * page, flags, -1, 0);
	unsigned char *other = probe_map_zeros(2 * page, flags, -1, 0);

	memset(one, 'o', 2 * page);
	probe_expect_bytes(other, 2 * page, 0, "the other mapping");
	memset(other, 'x', 2 * page);
	probe_expect_bytes(one, 2 * page, 'o', "the one mapping");
}

static void
private_calls(void)
{
	expect_distinct("PRIVATE|ANON");
}

static void
shared_calls(void)
{
	expect_distinct("SHARED|ANON");
}

/* The child makes its own, at the parent's length, after the fork. */
static long
map_another(void *arg)
{
	unsigned char *memory = call_map(view_page(), RW, "SHARED|ANON", -1, 0);
	long seen = memory[0];

	(void)arg;
	memory[0] = 'c';
	return seen;
}

static void
shared_calls_of_relatives(void)
{
	unsigned char *memory =
	    probe_map_zeros(view_page(), "SHARED|ANON", -1, 0);
	unsigned char byte;
	long seen;

	memory[0] = 'p';
	seen = child_ask(map_another, NULL);
	byte = probe_byte(memory);
	verdict_expect(seen == 0, "0, its own memory",
	    "a child's new mapping holds %#lx", (unsigned long)seen);
	verdict_expect(
	    byte == 'p', "'p', its own memory", "the parent's holds %#x", byte);
	verdict_observe("distinct");
}

/* Bits of what an unrelated process, asked for an address, could see. */
#define SEES_ADDRESS 1 /* the page is there, with the marker */
#define SEES_ANON    2 /* a new shared anonymous mapping has the marker */
#define SEES_DEVZERO 4 /* a shared mapping of /dev/zero has it */

#define MARKER 0x5c

/* Each way is tried: what could not be mapped was not seen not to share. */
static long
look_for_marker(const char *argument)
{
	unsigned char *there =
	    (unsigned char *)(uintptr_t)strtoull(argument, NULL, 16);
	struct object zero = object_make(DEVZERO, 0);
	unsigned char value = 0;
	long seen = 0;

	if (probe_load(there, &value).signo == 0 && value == MARKER)
		seen |= SEES_ADDRESS;
	there = call_mmap(there, view_page(), RW, "SHARED|ANON", -1, 0);
	call_expect("ok");
	if (there[0] == MARKER)
		seen |= SEES_ANON;
	there = call_map(view_page(), RW, "SHARED", zero.fd, 0);
	if (there[0] == MARKER)
		seen |= SEES_DEVZERO;
	return seen;
}

static void
unrelated_process(void)
{
	unsigned char *memory =
	    probe_map_zeros(view_page(), "SHARED|ANON", -1, 0);
	char address[32];
	long seen;

	memory[0] = MARKER;
	snprintf(address, sizeof(address), "%" PRIxPTR, (uintptr_t)memory);
	seen = child_exec("look-for-marker", address);
	verdict_expect(seen == 0, "none of it", "a fresh program sees%s%s%s%s",
	    (seen & SEES_ADDRESS) != 0 ? " the address" : "",
	    (seen & SEES_ANON) != 0 ? " it by MAP_ANON" : "",
	    (seen & SEES_DEVZERO) != 0 ? " it by /dev/zero" : "",
	    seen == 0 ? " none of it" : "");
}

/*
 * Some kernels list the mappings of a process as files: proc_pid_map_files(5).
 * The errno of opening one, or 0 after a store to it.
 */
static long
store_by_path(const char *path)
{
	int fd = open(path, O_RDWR);
	unsigned char *memory;

	if (fd == -1)
		return errno;
	memory = call_map(view_page(), RW, "SHARED", fd, 0);
	memory[0] = MARKER;
	return 0;
}

/* To be refused is not to share, too; a path that is not there is neither. */
static void
unrelated_process_by_map_files(void)
{
	unsigned char *memory =
	    probe_map_zeros(view_page(), "SHARED|ANON", -1, 0);
	struct view_region region;
	char path[128];
	int error;

	memory[0] = 'a';
	region = view_region(memory);
	snprintf(path, sizeof(path), "/proc/%ld/map_files", (long)getpid());
	if (access(path, F_OK) == -1)
		verdict_unsupported("mappings are not listed as files here");
	snprintf(path + strlen(path), sizeof(path) - strlen(path),
	    "/%" PRIxPTR "-%" PRIxPTR, region.start, region.end);
	error = (int)child_exec("store-by-path", path);
	verdict_decide(probe_byte(memory) == 'a', "'a', not shared",
	    "a store of a fresh program by way of map_files is not seen",
	    "a store of a fresh program by way of map_files is seen");
	if (error == EPERM || error == EACCES)
		verdict_observe(
		    "a fresh program may not open it: %s", names_errno(error));
	else if (error != 0)
		verdict_untested("needs to try the file in map_files: %s",
		    names_errno(error));
}

/* A counter that a child adds to, in memory of either kind. */
static long
count(void *counter)
{
	++*(volatile int *)counter;
	return 0;
}

static void
like_system_v(void)
{
	int *counter =
	    (int *)(void *)probe_map_zeros(view_page(), "SHARED|ANON", -1, 0);
	struct shmid_ds about;
	int id, *segment, ours, theirs;

	id = shmget(IPC_PRIVATE, view_page(), IPC_CREAT | 0600);
	if (id == -1 && errno == ENOSYS)
		verdict_unsupported("this kernel has no System V memory");
	if (id == -1)
		verdict_untested("needs a System V segment to compare with: %s",
		    names_errno(errno));
	segment = shmat(id, NULL, 0);
	/* Some systems attach no segment that is marked for removal. */
	shmctl(id, IPC_RMID, NULL);
	if (segment == (void *)-1)
		verdict_broken("shmat");
	*counter = *segment = 1;
	child_ask(count, counter);
	child_ask(count, segment);
	ours = *counter;
	theirs = *segment;
	verdict_expect(ours == theirs, "the same count",
	    "anonymous %d, System V %d", ours, theirs);
	verdict_expect(ours == 2, "2", "anonymous %d", ours);
	shmdt(segment);
	verdict_set_up(
	    shmctl(id, IPC_STAT, &about) == -1, "the segment is still there");
	call_munmap(counter, view_page());
	call_expect("ok");
	area_expect_gone(counter, "the mapping");
	verdict_observe("the same count, nothing left");
}

static const struct child_image images[] = {
	{ "look-for-marker", look_for_marker },
	{ "store-by-path", store_by_path },
	{ NULL, NULL },
};

/* clang-format off */
static const struct row cases[] = {
	CODE(shared_with_child, ANON_SHARED_SUPPORTED, shared_with_child),
	CODE(private_calls,     ANON_PRIVATE_CALLS_DISTINCT, private_calls),
	CODE(shared_calls,      ANON_SHARED_CALLS_DISTINCT, shared_calls),
	CODE(shared_calls_of_relatives, ANON_SHARED_CALLS_DISTINCT, shared_calls_of_relatives),
	CODE(unrelated_process, ANON_UNRELATED_CANNOT_SHARE, unrelated_process),
	CODE(unrelated_process_by_map_files, ANON_UNRELATED_CANNOT_SHARE, unrelated_process_by_map_files),
	CODE(like_system_v,     ANON_LIKE_SYSV_SHM,   like_system_v),
};
/* clang-format on */

SUITE_PROGRAM_IMAGES(cases, images)
