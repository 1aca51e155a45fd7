/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls that are handed pages which the process itself could not use so:
 * in place of a signal they fail.  Each page held data before it went bad.
 *
 *	| good | bad | good |
 */
#include <sys/types.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/object.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/bad_pages.def"
#include "helpers/claims.h"

enum bad {
	READ_ONLY,
	READ_ONLY_UNTOUCHED,
	READ_ONLY_FILE,
	INACCESSIBLE,
	UNMAPPED,
	CUT_OFF
};

static const char *const names[] = { "a page made read-only",
	"a read-only page never touched", "a file's read-only page",
	"a page made inaccessible", "an unmapped page",
	"a page that the file lost" };

/* Three pages, the middle one bad; the first is of the byte 'g'. */
static unsigned char *
map_bad(enum bad kind)
{
	size_t page = view_page();
	struct object file = object_make(
	    kind == READ_ONLY_FILE || kind == CUT_OFF ? FILE_RW : NOTHING,
	    kind == READ_ONLY_FILE || kind == CUT_OFF ? 3 * page : 0);
	unsigned char *start;

	if (file.kind == FILE_RW)
		start = call_map(3 * page, RW, "SHARED", file.fd, 0);
	else
		start = call_map(3 * page, RW, "PRIVATE|ANON", -1, 0);
	memset(start, 'g', kind == READ_ONLY_UNTOUCHED ? page : 3 * page);
	if (kind == CUT_OFF) {
		object_resize(&file, page);
	} else if (kind == UNMAPPED) {
		call_munmap(start + page, page);
		call_expect("ok");
	} else {
		call_mprotect(
		    start + page, page, kind == INACCESSIBLE ? NONE : R);
		call_expect("ok");
	}
	return start;
}

static void
expect_read(const struct object *pipe, void *into, const char *what,
    const char *allowed)
{
	ssize_t got;

	if (write(pipe->peer, "d", 1) != 1)
		verdict_broken("write to the pipe");
	call_begin("read(pipe, %s, 1", what);
	got = read(pipe->fd, into, 1);
	call_made(got != -1, "read(pipe, %s, 1)", what);
	call_expect(allowed);
}

static void
expect_write(const struct object *pipe, const void *from, const char *what,
    const char *allowed)
{
	ssize_t put;

	call_begin("write(pipe, %s, 1", what);
	put = write(pipe->fd, from, 1);
	call_made(put != -1, "write(pipe, %s, 1)", what);
	call_expect(allowed);
}

static void
read_into_unwritable(void)
{
	struct object pipe = object_make(PIPE_READ, 0);

	for (enum bad kind = READ_ONLY; kind <= READ_ONLY_FILE; kind++) {
		unsigned char *start = map_bad(kind);
		unsigned char *bad = start + view_page();

		expect_read(&pipe, bad, names[kind], "EFAULT");
		probe_expect_bytes(bad, view_page(),
		    kind == READ_ONLY_UNTOUCHED ? 0 : 'g', names[kind]);
		expect_read(&pipe, start, "a good page", "ok");
		probe_expect_byte(*start, 'd', "what was read");
	}
	verdict_observe("EFAULT, the page as it was");
}

static void
read_into_nowhere(void)
{
	struct object pipe = object_make(PIPE_READ, 0);

	for (enum bad kind = INACCESSIBLE; kind <= CUT_OFF; kind++) {
		unsigned char *start = map_bad(kind);

		expect_read(&pipe, start + view_page(), names[kind], "EFAULT");
		expect_read(&pipe, start, "a good page", "ok");
		probe_expect_byte(*start, 'd', "what was read");
	}
	verdict_observe("EFAULT, and no signal");
}

static void
write_from_unreadable(void)
{
	struct object pipe = object_make(PIPE_WRITE, 0);

	for (enum bad kind = INACCESSIBLE; kind <= CUT_OFF; kind++) {
		unsigned char *start = map_bad(kind);

		expect_write(&pipe, start + view_page(), names[kind], "EFAULT");
		expect_write(&pipe, start, "a good page", "ok");
	}
	verdict_observe("EFAULT, and no signal");
}

/* All that arrives is of the good page. */
static void
write_across(void)
{
#define PART 16 /* bytes on each side of the boundary */
	struct object pipe = object_make(PIPE_WRITE, 0);

	for (enum bad kind = INACCESSIBLE; kind <= CUT_OFF; kind++) {
		unsigned char *start = map_bad(kind);
		unsigned char got[2 * PART] = { 0 };
		ssize_t put;

		call_begin("write(pipe, across %s", names[kind]);
		put = write(pipe.fd, start + view_page() - PART, sizeof(got));
		call_made(put != -1, "write(pipe, across %s)", names[kind]);
		call_expect("ok|EFAULT");
		if (put == -1)
			continue;
		verdict_expect(put <= PART, "no byte of the bad page",
		    "%zd bytes of %d written", put, PART);
		if (read(pipe.peer, got, (size_t)put) != put)
			verdict_broken("read from the pipe");
		probe_expect_bytes(got, (size_t)put, 'g', "what was written");
	}
	verdict_observe("no byte of the bad page");
}

/* clang-format off */
static const struct row cases[] = {
	CODE_DIRS(read_into_unwritable, READ_INTO_UNWRITABLE, read_into_unwritable),
	CODE_DIRS(read_into_nowhere, READ_INTO_NOWHERE, read_into_nowhere),
	CODE_DIRS(write_from_unreadable, WRITE_FROM_UNREADABLE, write_from_unreadable),
	CODE_DIRS(write_across, WRITE_ACROSS_BAD_PAGE, write_across),
};
/* clang-format on */

SUITE_PROGRAM(cases)
