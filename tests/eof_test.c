/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mmap(2) and the end of file: what the last page shows behind it, what lies
 * past it, and what a change of the file's size does to a mapping.
 *
 *	        |--- page 0 ---|--- page 1 ---|
 *	file    |bytes, then end ]
 *	mapping |bytes  | zeros |SIGBUS        |
 */
#include <sys/types.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/child.h"
#include "helpers/object.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/eof.def"
#include "helpers/claims.h"

/* A shared mapping of the first pages of a file, made by the call. */
static unsigned char *
map_shared(const struct object *file, size_t pages)
{
	unsigned char *mapped =
	    call_map(pages * view_page(), RW, "SHARED", file->fd, 0);

	return mapped;
}

/* A page that another of the mapping follows. */
static void
unmap(unsigned char *page)
{
	call_munmap(page, view_page());
	call_expect("ok");
	area_expect_gone(page, "the page");
}

static void
past_the_end(void)
{
	size_t page = view_page();
	struct object file = object_make(FILE_RW, page);
	unsigned char *mapped = map_shared(&file, 10);

	probe_expect_pattern(mapped, page, 0, "the file's page");
	probe_expect_load(mapped + 9 * page, "a page past the end", "SIGBUS");
	mapped = call_map(page, RW, "SHARED", file.fd, (off_t)(2 * page));
	probe_expect_load(mapped, "a mapping past the end", "SIGBUS");
	verdict_observe("ok");
}

/* The file was longer, so that left-over bytes would show. */
static void
tail_after_shrinking(void)
{
	size_t page = view_page();
	struct object file = object_make(FILE_RW, page);
	unsigned char *mapped;

	if (ftruncate(file.peer, 100) == -1)
		verdict_broken("ftruncate of a file that is not mapped");
	mapped = map_shared(&file, 1);
	probe_expect_pattern(mapped, 100, 0, "the file's bytes");
	probe_expect_bytes(
	    mapped + 100, page - 100, 0, "the tail of the last page");
}

static void
tail_stored_then_grown(void)
{
	size_t page = view_page();
	struct object file = object_make(FILE_RW, 100);
	unsigned char *mapped = map_shared(&file, 1);
	unsigned char seen;

	mapped[200] = 't';
	probe_expect_pattern(mapped, 100, 0, "the file's bytes");
	call_msync(mapped, page, "SYNC");
	call_expect("ok");
	object_resize(&file, page);
	seen = object_byte(&file, 200);
	verdict_decide(seen == 0, "0 in the grown file",
	    "the stored byte is not in the grown file",
	    "the stored byte is in the grown file");
}

/*
 * Whoever writes the page back may clear its tail, so one try decides nothing
 * where the byte is gone; where it is shown, it is.
 */
static void
tail_stored_then_mapped_again(void)
{
	struct object file = object_make(FILE_RW, 100);
	bool shown = false;

	for (int i = 0; i < 20 && !shown; i++) {
		unsigned char *mapped = map_shared(&file, 2);

		mapped[200] = 't';
		unmap(mapped);
		mapped = map_shared(&file, 2);
		probe_expect_pattern(mapped, 100, 0, "the file's bytes");
		shown = mapped[200] != 0;
		unmap(mapped);
	}
	verdict_decide(!shown, "zeros", "what was stored is not shown",
	    "what was stored is shown");
}

static void
page_past_the_end(void)
{
	static const char *const types[] = { "SHARED", "PRIVATE" };
	size_t page = view_page();
	struct object file = object_make(FILE_RW, page);

	for (size_t i = 0; i < 2; i++) {
		unsigned char *mapped =
		    call_map(2 * page, RW, types[i], file.fd, 0);

		probe_expect_store(mapped, "the file's page", "ok");
		probe_expect_pattern(
		    mapped + 1, page - 1, 1, "the rest of the file's page");
		probe_expect_load(
		    mapped + page, "the page past the end", "SIGBUS");
		probe_expect_store(
		    mapped + page, "the page past the end", "SIGBUS");
	}
	verdict_observe("SIGBUS");
}

static void
signal_past_the_end(void)
{
	size_t page = view_page();
	struct object file = object_make(FILE_RW, page);
	unsigned char *mapped = map_shared(&file, 2);
	unsigned char *touched = mapped + page + page / 2;
	struct guard_signal fault = probe_load(touched, NULL);

	verdict_expect(probe_allows("SIGBUS/ADRERR", fault), "SIGBUS/ADRERR",
	    "%s", probe_name(fault));
	verdict_expect(fault.addr / page == (uintptr_t)touched / page,
	    "si_addr on the page touched", "si_addr elsewhere");
	verdict_observe("%s", probe_name(fault));
}

static void
empty_file(void)
{
	struct object file = object_make(FILE_EMPTY, 0);
	unsigned char *mapped = map_shared(&file, 1);

	probe_expect_load(mapped, "an empty file", "SIGBUS");
	probe_expect_store(mapped, "an empty file", "SIGBUS");
}

/* Long enough that a size which is looked at would show. */
static void
empty_file_long(void)
{
	size_t length = (size_t)10 << 20;
	struct object file = object_make(FILE_EMPTY, 0);
	unsigned char *mapped = call_map(length, RW, "SHARED", file.fd, 0);

	probe_expect_load(mapped, "an empty file", "SIGBUS");
	probe_expect_load(mapped + length - 1, "its last byte", "SIGBUS");
	verdict_observe("SIGBUS");
}

/*
 * POSIX leaves open whether the pages become accessible; what must not be is
 * that they show anything but the file, or another signal.
 */
static void
grown_into_the_mapping(void)
{
	size_t page = view_page();
	struct object file = object_make(FILE_RW, page);
	unsigned char *mapped = map_shared(&file, 2);
	struct guard_signal before = probe_load(mapped + page, NULL);
	struct guard_signal after;
	unsigned char value = 0xff;

	verdict_expect(probe_allows("SIGBUS", before), "SIGBUS before growth",
	    "%s before growth", probe_name(before));
	object_resize(&file, 2 * page);
	object_put(&file, (off_t)page, 'g');
	after = probe_load(mapped + page, &value);
	verdict_expect(probe_allows("ok|SIGBUS", after), "ok|SIGBUS",
	    "%s after growth", probe_name(after));
	if (after.signo == 0)
		verdict_expect(value == 'g', "the file's new byte",
		    "byte %#x after growth", value);
	verdict_observe(
	    after.signo == 0 ? "the new bytes are shown" : "SIGBUS as before");
}

static void
shrunk_below_the_mapping(void)
{
	size_t page = view_page();
	struct object file = object_make(FILE_RW, 2 * page);
	unsigned char *mapped = map_shared(&file, 2);

	probe_expect_pattern(mapped, 2 * page, 0, "the mapping");
	object_resize(&file, page);
	probe_expect_pattern(mapped, page, 0, "the page that is left");
	probe_expect_load(mapped + page, "the page cut off", "SIGBUS");
	probe_expect_store(mapped + page, "the page cut off", "SIGBUS");
}

static void
shrink_and_grow(const struct object *file)
{
	object_resize(file, 100);
	object_resize(file, view_page());
}

/* What the mapping shows is open; what read gives is not. */
static void
shrunk_and_grown(void)
{
	size_t page = view_page();
	struct object file = object_make(FILE_RW, page);
	unsigned char *mapped = map_shared(&file, 1);

	probe_expect_pattern(mapped, page, 0, "the mapping");
	shrink_and_grow(&file);
	probe_expect_pattern(mapped, 100, 0, "the part that is left");
	probe_expect_bytes(mapped + 100, page - 100, 0, "the part cut off");
}

static void
shrunk_and_grown_read(void)
{
	size_t page = view_page(), stale = 0;
	struct object file = object_make(FILE_RW, page);
	unsigned char *mapped = map_shared(&file, 1);
	unsigned char left;

	memset(mapped, 'm', page);
	shrink_and_grow(&file);
	for (size_t i = 100; i < page; i++)
		stale += object_byte(&file, (off_t)i) != 0;
	left = object_byte(&file, 99);
	verdict_expect(
	    left == 'm', "the byte that is left", "byte 99 is %#x", left);
	verdict_expect(stale == 0, "zeros", "%zu of %zu bytes cut off are back",
	    stale, page - 100);
	verdict_observe("zeros");
}

static void
shrunk_tail(void)
{
	size_t page = view_page();
	struct object file = object_make(FILE_RW, page);
	unsigned char *mapped = map_shared(&file, 1);

	memset(mapped, 'm', page);
	object_resize(&file, 100);
	probe_expect_bytes(mapped, 100, 'm', "the part that is left");
	probe_expect_bytes(mapped + 100, page - 100, 0, "the part cut off");
}

static void
grown_under_two_views(void)
{
	size_t page = view_page();
	struct object file = object_make(FILE_RW, page);
	unsigned char *one = map_shared(&file, 2);
	unsigned char *other = map_shared(&file, 2);

	probe_expect_load(one + page, "the page past the end", "SIGBUS");
	probe_expect_pattern(other, page, 0, "the other mapping");
	object_resize(&file, 2 * page);
	object_put(&file, (off_t)page, 'g');
	probe_expect_bytes(one + page, 1, 'g', "the new byte");
	probe_expect_store(one + page + 1, "the new page", "ok");
	one[page + 1] = 's';
	probe_expect_bytes(other + page, 1, 'g', "the new byte, seen twice");
	probe_expect_bytes(other + page + 1, 1, 's', "what the other stored");
	probe_expect_byte(object_byte(&file, (off_t)page + 1), 's',
	    "the file's byte that was stored");
	verdict_observe("one file, seen twice");
}

static long
touch_past_end(void *arg)
{
	probe_expect_load(arg, "the child's page past the end", "SIGBUS");
	return 1;
}

static void
forked_past_end(void)
{
	size_t page = view_page();
	struct object file = object_make(FILE_RW, page);
	unsigned char *mapped =
	    call_map(page, RW, "SHARED", file.fd, (off_t)(8 * page));

	probe_expect_load(mapped, "the page past the end", "SIGBUS");
	child_expect_fork();
	child_ask(touch_past_end, mapped);
	probe_expect_load(mapped, "the parent's page past the end", "SIGBUS");
}

/* ----- System calls on a page that is gone -------------------------------- */

struct mover {
	const char *name;
	ssize_t (*move)(int fd, void *at, size_t length);
};

static ssize_t
move_readv(int fd, void *at, size_t length)
{
	struct iovec part = { at, length };

	return readv(fd, &part, 1);
}

static ssize_t
move_recv(int fd, void *at, size_t length)
{
	return recv(fd, at, length, 0);
}

static ssize_t
move_read(int fd, void *at, size_t length)
{
	return read(fd, at, length);
}

static ssize_t
move_write(int fd, void *at, size_t length)
{
	return write(fd, at, length);
}

#define MOVED 8 /* bytes */

static ssize_t
move(const struct mover *mover, int fd, unsigned char *at, size_t length,
    const char *what)
{
	ssize_t moved;

	call_begin("%s(socket, %s, %zu", mover->name, what, length);
	moved = mover->move(fd, at, length);
	call_made(
	    moved != -1, "%s(socket, %s, %zu)", mover->name, what, length);
	return moved;
}

/* The same before the page is cut off, and after it; then across the end. */
static void
expect_efault(const struct mover *mover)
{
	size_t page = view_page();
	struct object file = object_make(FILE_RW, 2 * page);
	unsigned char *mapped = map_shared(&file, 2);
	int ends[2];
	ssize_t moved;

	verdict_set_up(
	    socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "socketpair");
	verdict_set_up(
	    send(ends[1], "0123456789012345678901234567", 28, 0) == 28, "send");
	move(mover, ends[0], mapped + page, MOVED, "a page");
	call_expect("ok");
	object_resize(&file, page);
	move(mover, ends[0], mapped + page, MOVED, "the page cut off");
	call_expect("EFAULT");
	moved = move(mover, ends[0], mapped + page - MOVED, 2 * MOVED,
	    "the end of the file");
	verdict_expect(moved == MOVED || (moved == -1 && errno == EFAULT),
	    "the bytes before the end, or EFAULT", "%zd bytes", moved);
	move(mover, ends[0], mapped, 1, "the page that is left");
	call_expect("ok");
	probe_expect_load(mapped + page, "the page cut off", "SIGBUS");
	probe_expect_pattern(mapped + 1, page - 1 - MOVED, 1,
	    "the rest of the page that is left");
	close(ends[0]);
	close(ends[1]);
	verdict_observe("EFAULT, and no signal");
}

static void
read_into_cut_page(void)
{
	expect_efault(&(struct mover){ "read", move_read });
}

static void
readv_into_cut_page(void)
{
	expect_efault(&(struct mover){ "readv", move_readv });
}

static void
recv_into_cut_page(void)
{
	expect_efault(&(struct mover){ "recv", move_recv });
}

static void
write_from_cut_page(void)
{
	expect_efault(&(struct mover){ "write", move_write });
}

static void
expect_mapped_past_end(enum object_kind kind)
{
	size_t page = view_page();
	struct object object = object_make(kind, page);
	void *mapped = map_shared(&object, 1);

	probe_expect_pattern(mapped, page, 0, "the first page");
	mapped = call_map(page, R, "SHARED", object.fd, (off_t)page * 1000);
	probe_expect_load(mapped, "the page past the end", "SIGBUS");
}

static void
offset_past_file(void)
{
	expect_mapped_past_end(FILE_RW);
}

static void
offset_past_shm(void)
{
	expect_mapped_past_end(SHM);
}

/* clang-format off */
static const struct row cases[] = {
	CODE_DIRS(past_the_end, MAP_BEYOND_EOF_SUCCEEDS, past_the_end),
	CODE_DIRS(tail_after_shrinking, EOF_PARTIAL_PAGE_ZERO, tail_after_shrinking),
	CODE_DIRS(tail_stored_then_grown, EOF_TAIL_NOT_WRITTEN, tail_stored_then_grown),
	CODE_DIRS(tail_stored_then_mapped_again, EOF_TAIL_ZERO_IN_LATER_MAPPING, tail_stored_then_mapped_again),
	CODE_DIRS(page_past_the_end, EOF_WHOLE_PAGE_SIGBUS, page_past_the_end),
	CODE_DIRS(signal_past_the_end, EOF_SIGBUS_CODE, signal_past_the_end),
	CODE_DIRS(empty_file, EMPTY_FILE_MAPS, empty_file),
	CODE_DIRS(grown_into_the_mapping, GROW_MAKES_PAGES_REACHABLE, grown_into_the_mapping),
	CODE_DIRS(shrunk_below_the_mapping, SHRINK_DISCARDS_PAGES, shrunk_below_the_mapping),
	CODE_DIRS(shrunk_and_grown, SHRINK_ZEROES_TAIL, shrunk_and_grown),
	CODE_DIRS(shrunk_and_grown_read, SHRUNK_FILE_READS_ZEROS, shrunk_and_grown_read),
	CODE_DIRS(empty_file_long, EMPTY_FILE_MAPS, empty_file_long),
	CODE_DIRS(shrunk_tail, SHRUNK_TAIL_SHOWS_ZEROS, shrunk_tail),
	CODE_DIRS(grown_under_two_views, GROWN_PART_IS_ONE, grown_under_two_views),
	CODE_DIRS(forked_past_end, FORK_PAST_END, forked_past_end),
	CODE_DIRS(read_into_cut_page, READ_INTO_CUT_PAGE, read_into_cut_page),
	CODE_DIRS(readv_into_cut_page, READV_INTO_CUT_PAGE, readv_into_cut_page),
	CODE_DIRS(recv_into_cut_page, RECV_INTO_CUT_PAGE, recv_into_cut_page),
	CODE_DIRS(write_from_cut_page, WRITE_FROM_CUT_PAGE, write_from_cut_page),
	CODE_DIRS(offset_past_file, MAP_BEYOND_EOF_SUCCEEDS, offset_past_file),
	CODE(offset_past_shm, MAP_BEYOND_EOF_SUCCEEDS, offset_past_shm),
};
/* clang-format on */

SUITE_PROGRAM(cases)
