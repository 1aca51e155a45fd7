/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * /dev/zero as anonymous memory, the way of systems without MAP_ANONYMOUS:
 * in what a mapping of it equals an anonymous one, in what it does not, how
 * the kernel lists either, and what else can or cannot take its place.
 */
#include <sys/types.h>

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/child.h"
#include "helpers/names.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/devzero.def"
#include "helpers/claims.h"

/* Zeros, as the device and anonymous memory give them. */
static unsigned char *
map(size_t pages, const char *flags, int fd)
{
	return probe_map_blank(pages * view_page(), flags, fd);
}

static long
store_b(void *memory)
{
	memset(memory, 'b', view_page());
	return 0;
}

/* Zeros, a copy on write of its own, and zeros again in the next mapping. */
static void
private_as_anon(void)
{
	struct object zero = object_make(DEVZERO, 0);
	size_t size = 2 * view_page();
	unsigned char *memory = map(2, "PRIVATE", zero.fd), *next;

	memset(memory, 'a', size);
	child_ask(store_b, memory);
	probe_expect_bytes(memory, size, 'a', "after a child's stores");
	next = map(2, "PRIVATE", zero.fd);
	object_end(&zero);
	probe_expect_bytes(memory, size, 'a', "with the device closed");
	probe_expect_bytes(next, size, 0, "the next mapping");
	verdict_observe("zeros, private");
}

/* Counts in one int, as a parent and its child that share it do. */
static long
count(void *counter)
{
	long before = *(volatile int *)counter;

	++*(volatile int *)counter;
	return before;
}

static void
expect_counter(const char *flags, int fd)
{
	volatile int *counter = (volatile int *)(void *)map(1, flags, fd);
	long seen;
	int end;

	*counter = 1;
	seen = child_ask(count, (void *)(uintptr_t)counter);
	end = *counter;
	verdict_expect(seen == 1, "1", "the child starts with %ld", seen);
	verdict_expect(end == 2, "2", "the parent ends with %d", end);
}

static void
shared_as_anon(void)
{
	struct object zero = object_make(DEVZERO, 0);

	expect_counter("SHARED|ANON", -1);
	expect_counter("SHARED", zero.fd);
	verdict_observe("both count to 2");
}

static void
shared_calls(void)
{
	struct object zero = object_make(DEVZERO, 0);
	unsigned char *one = map(2, "SHARED", zero.fd);
	unsigned char *other = map(2, "SHARED", zero.fd);

	memset(one, 'o', 2 * view_page());
	probe_expect_bytes(other, 2 * view_page(), 0, "the other mapping");
	memset(other, 'x', 2 * view_page());
	probe_expect_bytes(one, 2 * view_page(), 'o', "the one mapping");
}

/* The same two pages from the start, to show that it is the offset. */
static void
shared_offset(void)
{
	struct object zero = object_make(DEVZERO, 0);
	size_t page = view_page();
	unsigned char *memory;

	map(1, "SHARED", zero.fd);
	memory = call_map(page, RW, "SHARED", zero.fd, (off_t)page);
	probe_expect_load(memory, "the page at offset 1 page", "SIGBUS");
	verdict_observe("SIGBUS");
}

/*
 * ----- How the kernel lists them --------------------------------------------
 */

static void
private_listed(void)
{
	struct object zero = object_make(DEVZERO, 0);
	unsigned char *memory;
	const char *listed;

	/* Kept apart from its neighbours, with which it may merge. */
	memory = area_reserve(3) + view_page();
	call_mmap_at(memory, view_page(), RW, "PRIVATE|ANON|FIXED", -1, 0);
	probe_expect_bytes(memory, view_page(), 0, "the mapping");
	listed = view_object(memory);
	verdict_expect(*listed == '\0', "\"\"",
	    "MAP_ANONYMOUS is listed as \"%s\"", listed);
	memory = map(1, "PRIVATE", zero.fd);
	listed = view_object(memory);
	verdict_expect(strcmp(listed, "/dev/zero") == 0, "\"/dev/zero\"",
	    "/dev/zero is listed as \"%s\"", listed);
}

static void
shared_anon_listed(void)
{
	const char *listed = view_object(map(1, "SHARED|ANON", -1));

	verdict_expect(strcmp(listed, "/dev/zero (deleted)") == 0,
	    "\"/dev/zero (deleted)\"", "listed as \"%s\"", listed);
}

/*
 * ----- In its place ---------------------------------------------------------
 */

/* /dev/full reads as zeros, too, but has no mmap. */
static void
full(void)
{
	int fd = open("/dev/full", O_RDWR | O_CLOEXEC);
	struct object zero;
	char byte = 'x';

	if (fd == -1 && (errno == ENOENT || errno == ENXIO))
		verdict_unsupported("there is no /dev/full");
	if (fd == -1)
		verdict_untested("opening /dev/full: %s", names_errno(errno));
	zero = object_make(DEVZERO, 0);
	verdict_set_up(read(fd, &byte, 1) == 1 && byte == 0,
	    "/dev/full does not read as zeros");
	map(1, "PRIVATE", zero.fd);
	call_mmap(NULL, view_page(), RW, "PRIVATE", fd, 0);
	call_expect("ENODEV");
}

/* What has no name, or none any more; NULL: cannot be made here. */
static const char *
make_nameless(int *fd, char *why, size_t size)
{
	struct object shm;

	if (view_find_function("memfd_create") != NULL) {
		*fd = call_memfd_create("mmapcheck", "CLOEXEC");
		call_expect("ok|ENOSYS|EPERM|EACCES|EMFILE|ENFILE");
		if (*fd != -1) {
			call_name_fd(*fd, object_name(MEMFD));
			return "memfd_create";
		}
		snprintf(why, size, "memfd_create: %s",
		    names_errno(call_last()->error));
	}
	if (!object_try(SHM, 0, &shm, why, size))
		return NULL;
	*fd = shm.peer;
	call_name_fd(*fd, object_name(SHM));
	return "shm_open";
}

/* A third way is enough: no device, no flag, no name, but zeros. */
static void
third_way(void)
{
	size_t size = 2 * view_page();
	char why[64];
	int fd;
	const char *way = make_nameless(&fd, why, sizeof(why));
	bool sized;

	if (way == NULL)
		verdict_untested("%s", why);
	call_begin("ftruncate(%s, %zu", way, size);
	sized = ftruncate(fd, (off_t)size) == 0;
	call_made(sized, "ftruncate(%s, %zu)", way, size);
	call_expect("ok");
	map(2, "SHARED", fd);
	verdict_expect(false, "no third way",
	    "%s gives zero-filled memory without a name", way);
}

/* clang-format off */
static const struct row cases[] = {
	/*   name               claim                    addr len   prot flags     object      off   allowed */
	CALL(shared_read_only,  DEVZERO_RDONLY_SHARED_WRITE, ANY, P(1), RW, "SHARED",  DEVZERO_RO, B(0), "EACCES", SOUND_FLAGS("PRIVATE")),
	CALL(private_write_only, DEVZERO_WRONLY,         ANY, P(1), RW,  "PRIVATE", DEVZERO_WO, B(0), "EACCES", SOUND_OBJECT(DEVZERO)),
	CALL(null_private,      DEVNULL_DEVFULL_NOT_ZERO, ANY, P(1), RW, "PRIVATE", DEVNULL,    B(0), "ENODEV", SOUND_OBJECT(DEVZERO)),
	CALL(null_shared,       DEVNULL_DEVFULL_NOT_ZERO, ANY, P(1), RW, "SHARED",  DEVNULL,    B(0), "ENODEV", SOUND_OBJECT(DEVZERO)),

	CODE(full,              DEVNULL_DEVFULL_NOT_ZERO, full),
	CODE(private_as_anon,   DEVZERO_PRIVATE_IS_ANON, private_as_anon),
	CODE(shared_as_anon,    DEVZERO_SHARED_IS_SHARED_ANON, shared_as_anon),
	CODE(shared_calls,      DEVZERO_SHARED_CALLS_DISTINCT, shared_calls),
	CODE(shared_offset,     DEVZERO_SHARED_OFFSET,   shared_offset),
	CODE(private_listed,    DEVZERO_PRIVATE_LISTED,  private_listed),
	CODE(shared_anon_listed, ANON_SHARED_LISTED_AS_DEVZERO, shared_anon_listed),
	CODE(third_way,         ANON_TWO_WAYS_ONLY,      third_way),
};
/* clang-format on */

SUITE_PROGRAM(cases)
