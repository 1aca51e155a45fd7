/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A file has other doors than its mappings: write, copy_file_range, sendfile,
 * splice, fallocate, direct I/O, lseek.  What comes in by one is seen at the
 * others.  A mapping is read before, so that its pages are there, and stale if
 * nobody sees to them.
 */
#include <sys/types.h>

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/child.h"
#include "helpers/object.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/file_doors.def"
#include "helpers/claims.h"

#define STORED 'S'

/* A new file's pages, all of which were read. */
static unsigned char *
map_seen(struct object *file, size_t pages, int prot)
{
	size_t length = pages * view_page();
	unsigned char *mapped;

	*file = object_make(FILE_RW, length);
	mapped = call_map(length, prot, "SHARED", file->fd, 0);
	probe_expect_pattern(mapped, length, 0, "the mapping");
	return mapped;
}

/* A new file that is one hole. */
static unsigned char *
map_hole(struct object *file, size_t pages)
{
	size_t length = pages * view_page();

	*file = object_make(FILE_EMPTY, 0);
	object_resize(file, length);
	return call_map(length, RW, "SHARED", file->fd, 0);
}

/* A call of this name was made: not known to the file system is no failure. */
static void
expect_made(const char *name, bool ok)
{
	call_made(ok, "%s(file)", name);
	if (!ok && (errno == EOPNOTSUPP || errno == ENOSYS))
		verdict_unsupported("%s = %s", call_last()->text,
		    names_errno(call_last()->error));
	call_expect("ok");
}

static void
write_at(const struct object *file, const void *from, size_t length, off_t at)
{
	ssize_t wrote;

	call_begin("pwrite(file, memory, %zu, %jd", length, (intmax_t)at);
	wrote = pwrite(file->peer, from, length, at);
	call_made(wrote != -1, "pwrite(file, memory, %zu, %jd)", length,
	    (intmax_t)at);
	call_expect("ok");
	verdict_expect(wrote == (ssize_t)length, "all bytes written",
	    "%zd of %zu bytes written", wrote, length);
}

/*
 * ----- write -----------------------------------------------------------------
 */

static void
written_across_pages(void)
{
	size_t page = view_page();
	struct object file;
	unsigned char *mapped = map_seen(&file, 4, R);
	unsigned char *from = area_anon(2, RW);

	memset(from, STORED, 2 * page);
	write_at(&file, from, 20, (off_t)page - 10);
	write_at(&file, from, page, (off_t)(2 * page));
	probe_expect_pattern(mapped, page - 10, 0, "what is before it");
	probe_expect_bytes(mapped + page - 10, 20, STORED, "what was written");
	probe_expect_pattern(
	    mapped + page + 10, page - 10, (off_t)page + 10, "what is between");
	probe_expect_bytes(
	    mapped + 2 * page, page, STORED, "the page that was written");
	probe_expect_pattern(
	    mapped + 3 * page, page, (off_t)(3 * page), "the page behind it");
}

struct reader {
	const struct object *file;
	int rounds;
};

static void
read_on(struct child *parent, void *arg)
{
	const struct object *file = ((struct reader *)arg)->file;
	unsigned char *mapped =
	    probe_map_pattern(2 * view_page(), R, "SHARED", file->fd);
	volatile unsigned char *seen = mapped + view_page() - 1;

	child_tell(parent, 0);
	for (int i = ((struct reader *)arg)->rounds; i > 0; i--) {
		child_hear(parent);
		child_tell(parent, seen[0] << 8 | seen[1]);
	}
}

/* Two bytes, each of a page of its own, are those that were written last. */
static void
written_then_read_elsewhere(void)
{
	struct object file = object_make(FILE_RW, 2 * view_page());
	struct reader reader = { &file, 20 };
	struct child child = child_start(read_on, &reader);

	child_hear(&child);
	for (int i = 1; i <= reader.rounds; i++) {
		unsigned char bytes[2] = { (unsigned char)i,
			(unsigned char)(i + 100) };
		long seen;

		write_at(&file, bytes, 2, (off_t)view_page() - 1);
		child_tell(&child, 1);
		seen = child_hear(&child);
		verdict_expect(seen == (bytes[0] << 8 | bytes[1]),
		    "the bytes of each write", "bytes of another time");
	}
	child_end(&child);
	verdict_observe("the bytes of each write");
}

static void
written_from_own_page(void)
{
	size_t page = view_page(), half = page / 2;
	struct object file;
	unsigned char *mapped = map_seen(&file, 1, RW);

	write_at(&file, mapped, page, 0);
	probe_expect_pattern(mapped, page, 0, "the page written to itself");
	write_at(&file, mapped + half, half, 0);
	probe_expect_pattern(mapped, half, (off_t)half, "the first half");
	probe_expect_pattern(mapped + half, half, (off_t)half, "the second");
}

/*
 * ----- From another file -----------------------------------------------------
 */

/* The first page of the source came to the second of four. */
static void
expect_arrived(const unsigned char *mapped)
{
	size_t page = view_page();

	probe_expect_pattern(mapped, page, 0, "the page before it");
	probe_expect_pattern(mapped + page, page, 0, "the page that came");
	probe_expect_pattern(mapped + 2 * page, 2 * page, (off_t)(2 * page),
	    "the pages behind it");
	verdict_observe("the source's bytes, and the rest as it was");
}

static void
copied(void)
{
	ssize_t (*call)(int, off_t *, int, off_t *, size_t, unsigned) =
	    (ssize_t(*)(int, off_t *, int, off_t *, size_t,
		unsigned))view_function("copy_file_range");
	struct object source = object_make(FILE_RW, view_page()), file;
	unsigned char *mapped = map_seen(&file, 4, R);
	off_t in = 0, out = (off_t)view_page();
	ssize_t got;

	call_begin("copy_file_range(source, file");
	got = call(source.peer, &in, file.peer, &out, view_page(), 0);
	expect_made("copy_file_range", got == (ssize_t)view_page());
	expect_arrived(mapped);
}

static void
sent(void)
{
	ssize_t (*call)(int, int, off_t *, size_t) =
	    (ssize_t(*)(int, int, off_t *, size_t))view_function("sendfile");
	struct object source, file;
	unsigned char *mapped;
	ssize_t got;

	/* Without that name it is a function of other arguments. */
	call_flags("SPLICE_F_", "MOVE");
	source = object_make(FILE_RW, view_page());
	mapped = map_seen(&file, 4, R);
	verdict_set_up(lseek(file.peer, (off_t)view_page(), SEEK_SET) != -1 &&
		lseek(source.peer, 0, SEEK_SET) != -1,
	    "lseek");
	call_begin("sendfile(file, source");
	got = call(file.peer, source.peer, NULL, view_page());
	expect_made("sendfile", got == (ssize_t)view_page());
	expect_arrived(mapped);
}

static void
spliced(void)
{
	ssize_t (*call)(int, off_t *, int, off_t *, size_t, unsigned) =
	    (ssize_t(*)(int, off_t *, int, off_t *, size_t,
		unsigned))view_function("splice");
	int flags = call_flags("SPLICE_F_", "MOVE");
	struct object pipe = object_make(PIPE_READ, 0), file;
	unsigned char *mapped = map_seen(&file, 4, R);
	off_t out = (off_t)view_page();
	ssize_t got;

	verdict_set_up(
	    write(pipe.peer, mapped, view_page()) == (ssize_t)view_page(),
	    "a page written to a pipe");
	call_begin("splice(pipe, file");
	got =
	    call(pipe.fd, NULL, file.peer, &out, view_page(), (unsigned)flags);
	expect_made("splice", got == (ssize_t)view_page());
	expect_arrived(mapped);
}

/*
 * ----- fallocate -------------------------------------------------------------
 */

/* The second page, which may be no block of the file system. */
static void
allocate(const struct object *file, const char *flags)
{
	const char *names[] = { "fallocate64", "fallocate" };
	bool wide = view_find_function(names[0]) != NULL;
	int (*call)(int, int, off_t, off_t) =
	    (int (*)(int, int, off_t, off_t))view_function(names[wide ? 0 : 1]);
	int value = call_flags("FALLOC_FL_", flags);
	int got;

	if ((size_t)object_status(file).st_blksize > view_page())
		verdict_unsupported("a block is larger than a page here");
	call_begin("fallocate(%s, file", flags);
	got = call(file->peer, value, (off_t)view_page(), (off_t)view_page());
	expect_made("fallocate", got == 0);
}

static void
expect_zeroed(const char *flags)
{
	size_t page = view_page();
	struct object file;
	unsigned char *mapped = map_seen(&file, 4, RW);

	allocate(&file, flags);
	probe_expect_pattern(mapped, page, 0, "the page before it");
	probe_expect_bytes(mapped + page, page, 0, "the page made zero");
	probe_expect_pattern(mapped + 2 * page, 2 * page, (off_t)(2 * page),
	    "the pages behind it");
	probe_expect_store(mapped + page, "the page made zero", "ok");
	mapped[page] = STORED;
	probe_expect_byte(object_byte(&file, (off_t)page), STORED,
	    "the file's byte that was stored");
	verdict_observe("zeros, which take stores");
}

static void
punched(void)
{
	expect_zeroed("PUNCH_HOLE|KEEP_SIZE");
}

static void
zeroed(void)
{
	expect_zeroed("ZERO_RANGE|KEEP_SIZE");
}

static void
collapsed(void)
{
	size_t page = view_page();
	struct object file;
	unsigned char *mapped = map_seen(&file, 4, R);

	allocate(&file, "COLLAPSE_RANGE");
	probe_expect_pattern(mapped, page, 0, "the page before it");
	probe_expect_pattern(mapped + page, 2 * page, (off_t)(2 * page),
	    "the pages that moved up");
	probe_expect_load(mapped + 3 * page, "the page past the end", "SIGBUS");
	verdict_observe("the pages that moved up");
}

/*
 * ----- Direct I/O ------------------------------------------------------------
 */

/* From now on the peer's transfers are direct. */
static void
make_direct(const struct object *file)
{
	int flags = call_flags("O_", "DIRECT");

	if (fcntl(file->peer, F_SETFL, O_RDWR | flags) == -1)
		verdict_unsupported("no direct transfers in this file system");
}

static void
written_directly(void)
{
	size_t page = view_page();
	struct object file;
	unsigned char *mapped = map_seen(&file, 4, R);
	unsigned char *from = area_anon(1, RW);

	memset(from, STORED, page);
	make_direct(&file);
	write_at(&file, from, page, (off_t)page);
	probe_expect_pattern(mapped, page, 0, "the page before it");
	probe_expect_bytes(mapped + page, page, STORED, "what was written");
	probe_expect_pattern(mapped + 2 * page, 2 * page, (off_t)(2 * page),
	    "the pages behind it");
}

static void
read_directly(void)
{
	static const char *const when[] = { "before msync", "after msync" };
	size_t page = view_page();
	struct object file;
	unsigned char *mapped = map_seen(&file, 2, RW);
	unsigned char *into = area_anon(1, RW);

	make_direct(&file);
	for (size_t i = 0; i < 2; i++) {
		ssize_t got;

		mapped[page + i] = STORED;
		if (i == 1) {
			call_msync(mapped, 2 * page, "SYNC");
			call_expect("ok");
		}
		call_begin("pread(file, memory, %zu, %zu", page, page);
		got = pread(file.peer, into, page, (off_t)page);
		expect_made("pread", got == (ssize_t)page);
		probe_expect_bytes(into, i + 1, STORED, when[i]);
		probe_expect_pattern(into + i + 1, page - i - 1,
		    (off_t)(page + i) + 1, "the rest of the page");
	}
	verdict_observe("what was stored, before and after msync");
}

/*
 * ----- Holes -----------------------------------------------------------------
 */

static off_t
seek(const struct object *file, off_t from, const char *what)
{
	int whence = call_flags("SEEK_", what);
	off_t found;

	call_begin("lseek(file, %jd, SEEK_%s", (intmax_t)from, what);
	found = lseek(file->peer, from, whence);
	call_made(
	    found != -1, "lseek(file, %jd, SEEK_%s)", (intmax_t)from, what);
	return found;
}

static void
hole_stored_to_is_data(void)
{
	off_t at = (off_t)(32 * view_page()), found;
	struct object file;
	unsigned char *mapped = map_hole(&file, 64);

	if (seek(&file, 0, "DATA") != -1 || errno != ENXIO)
		verdict_unsupported("the file system does not tell holes");
	mapped[at] = STORED;
	for (int i = 0; i < 2; i++) {
		found = seek(&file, 0, "DATA");
		call_expect("ok");
		verdict_either(found <= at, "data up to what was stored",
		    "data behind what was stored only");
		found = seek(&file, at, "HOLE");
		call_expect("ok");
		verdict_either(found > at, "the hole is behind it",
		    "what was stored is a hole");
		call_msync(mapped + at, view_page(), "SYNC");
		call_expect("ok");
	}
	probe_expect_bytes(mapped + at, 1, STORED, "what was stored");
	verdict_observe("data");
}

static void
hole_filled(void)
{
	size_t page = view_page();
	struct object file;
	unsigned char *mapped = map_hole(&file, 3);

	probe_expect_bytes(mapped, 3 * page, 0, "the hole");
	mapped[page] = STORED;
	call_begin("fsync(file");
	expect_made("fsync", fsync(file.peer) == 0);
	probe_expect_byte(object_byte(&file, (off_t)page), STORED,
	    "the file's byte that was stored");
	for (size_t i = 0; i < 3; i += 2) {
		probe_expect_byte(object_byte(&file, (off_t)(i * page)), 0,
		    "the file's byte beside it");
		probe_expect_bytes(
		    mapped + i * page, page, 0, "the page beside it");
	}
	probe_expect_bytes(mapped + page, 1, STORED, "what was stored");
	probe_expect_bytes(
	    mapped + page + 1, page - 1, 0, "the rest of the page");
}

/*
 * ----- Writers at the same time ----------------------------------------------
 */

#define WRITERS 4

struct writer {
	volatile unsigned char *mapped;
	size_t first;
};

static void
store_often(struct child *parent, void *arg)
{
	const struct writer *writer = arg;

	child_tell(parent, 0);
	child_hear(parent);
	for (int round = 100; round >= 0; round--)
		for (size_t i = writer->first; i < view_page(); i += WRITERS)
			writer->mapped[i] = (unsigned char)('a' +
			    writer->first + (size_t)round);
}

static void
writers_at_once(void)
{
	struct object file;
	unsigned char *mapped = map_seen(&file, 1, RW);
	struct writer writers[WRITERS];
	struct child children[WRITERS];

	for (size_t i = 0; i < WRITERS; i++) {
		writers[i] = (struct writer){ mapped, i };
		children[i] = child_start(store_often, &writers[i]);
	}
	for (size_t i = 0; i < WRITERS; i++)
		child_hear(&children[i]);
	for (size_t i = 0; i < WRITERS; i++)
		child_tell(&children[i], 1);
	for (size_t i = 0; i < WRITERS; i++)
		child_end(&children[i]);
	for (size_t i = 0; i < view_page(); i++)
		probe_expect_byte(mapped[i], (unsigned char)('a' + i % WRITERS),
		    "a writer's byte");
	probe_expect_byte(object_byte(&file, WRITERS - 1), 'a' + WRITERS - 1,
	    "the file's byte");
	verdict_observe("every store");
}

/* clang-format off */
static const struct row cases[] = {
	CODE_DIRS(written_across_pages, DOOR_WRITE_ACROSS_PAGES, written_across_pages),
	CODE_DIRS(written_then_read_elsewhere, DOOR_WRITE_SEEN_ELSEWHERE, written_then_read_elsewhere),
	CODE_DIRS(written_from_own_page, DOOR_WRITE_OF_OWN_PAGE, written_from_own_page),
	CODE_DIRS(copied, DOOR_COPY_FILE_RANGE, copied),
	CODE_DIRS(sent, DOOR_SENDFILE, sent),
	CODE_DIRS(spliced, DOOR_SPLICE, spliced),
	CODE_DIRS(punched, DOOR_PUNCH_HOLE, punched),
	CODE_DIRS(zeroed, DOOR_ZERO_RANGE, zeroed),
	CODE_DIRS(collapsed, DOOR_COLLAPSE_RANGE, collapsed),
	CODE_DIRS(written_directly, DOOR_DIRECT_WRITE, written_directly),
	CODE_DIRS(read_directly, DOOR_DIRECT_READ, read_directly),
	CODE_DIRS(hole_stored_to_is_data, DOOR_SEEK_DATA, hole_stored_to_is_data),
	CODE_DIRS(hole_filled, HOLE_TAKES_STORES, hole_filled),
	CODE_DIRS(writers_at_once, WRITERS_AT_ONCE, writers_at_once),
};
/* clang-format on */

SUITE_PROGRAM(cases)
