/* SPDX-License-Identifier: BSD-2-Clause */
/* Seals of memfds: what each forbids, what it allows, and what is mapped then. */
#include <sys/types.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/object.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/seal.def"
#include "helpers/claims.h"

/* Two pages, the first byte of which is 's'. */
static int
make(void)
{
	int fd;

	object_need(MEMFD);
	fd = call_memfd_create("mmapcheck", "CLOEXEC|ALLOW_SEALING");
	call_expect("ok");
	call_name_fd(fd, object_name(MEMFD));
	verdict_set_up(ftruncate(fd, (off_t)(2 * view_page())) == 0 &&
		pwrite(fd, "s", 1, 0) == 1,
	    "a memfd of two pages");
	return fd;
}

static void
add(int fd, const char *seals)
{
	call_seal(fd, seals);
	call_expect("ok");
}

static int
make_sealed(const char *seals)
{
	int fd = make();

	add(fd, seals);
	return fd;
}

static void
resize(int fd, size_t pages, const char *allowed)
{
	call_begin("ftruncate(memfd, %zu pages", pages);
	call_made(ftruncate(fd, (off_t)(pages * view_page())) == 0,
	    "ftruncate(memfd, %zu pages)", pages);
	call_expect(allowed);
}

/* A byte at that page's start. */
static void
put(int fd, size_t page, const char *allowed)
{
	off_t offset = (off_t)(page * view_page());

	call_begin("pwrite(memfd, one byte of page %zu", page);
	call_made(pwrite(fd, "w", 1, offset) == 1,
	    "pwrite(memfd, one byte of page %zu)", page);
	call_expect(allowed);
}

static void
expect_seals(int fd, const char *seals)
{
	int found = call_seals(fd);
	long long exec = 0;

	call_expect("ok");
	/* A kernel whose memfds cannot be executed adds one that says so. */
	view_find_flag("F_SEAL_EXEC", &exec);
	verdict_expect((found & ~(int)exec) == call_flags("F_SEAL_", seals),
	    seals, "the set is %#x", (unsigned)found);
}

static void
expect_size(int fd, size_t pages)
{
	struct stat status;

	verdict_set_up(fstat(fd, &status) == 0, "fstat");
	verdict_expect(status.st_size == (off_t)(pages * view_page()),
	    "the size of before", "a size of %jd bytes",
	    (intmax_t)status.st_size);
}

static void
expect_byte(int fd, char byte)
{
	char got = 0;

	verdict_set_up(pread(fd, &got, 1, 0) == 1, "pread");
	probe_expect_byte((unsigned char)got, (unsigned char)byte, "the file");
}

/* The same file by a path that opens it. */
static int
open_again(int fd, int oflag)
{
	char path[32];
	int again;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, oflag | O_CLOEXEC);
	if (again == -1)
		verdict_untested("needs %s", "/proc/self/fd");
	return again;
}

static void
refuse_writable(int fd)
{
	call_mmap(NULL, view_page(), RW, "SHARED", fd, 0);
	call_expect("EPERM");
}

/* ----- The set of seals ---------------------------------------------------- */

static void
add_up(void)
{
	int fd = make();

	expect_seals(fd, "");
	add(fd, "SHRINK");
	expect_seals(fd, "SHRINK");
	add(fd, "GROW|WRITE");
	expect_seals(fd, "SHRINK|GROW|WRITE");
	add(fd, "SHRINK");
	expect_seals(fd, "SHRINK|GROW|WRITE");
	verdict_observe("each is told");
}

static void
of_file(void)
{
	int fd = make_sealed("SHRINK"), same = dup(fd);
	int again = open_again(fd, O_RDWR);

	verdict_set_up(same != -1, "dup");
	expect_seals(same, "SHRINK");
	expect_seals(again, "SHRINK");
	add(again, "GROW");
	expect_seals(fd, "SHRINK|GROW");
	resize(again, 1, "EPERM");
	resize(fd, 3, "EPERM");
	verdict_observe("shown and obeyed by each descriptor");
}

static void
ordinary_file(void)
{
	struct object file = object_make(FILE_RW, view_page());

	expect_seals(make(), "");
	call_seals(file.fd);
	call_expect("EINVAL");
}

static void
unknown(void)
{
	int fd = make();

	call_seal(fd, "SHRINK|0x4000");
	call_expect("EINVAL");
	expect_seals(fd, "");
	add(fd, "SHRINK");
	verdict_observe("EINVAL");
}

static void
read_only_descriptor(void)
{
	int fd = make();

	call_seal(open_again(fd, O_RDONLY), "SHRINK");
	call_expect("EPERM");
	expect_seals(fd, "");
	add(open_again(fd, O_RDWR), "SHRINK");
	verdict_observe("EPERM");
}

static void
sealed(void)
{
	int fd = make_sealed("SEAL");

	call_seal(fd, "GROW");
	call_expect("EPERM");
	expect_seals(fd, "SEAL");
	resize(fd, 3, "ok");
	put(fd, 0, "ok");
	call_map_page(RW, "SHARED", fd);
	verdict_observe("no other seal");
}

/* ----- Sizes ------------------------------------------------------------------ */

static void
shrink(void)
{
	int fd = make_sealed("SHRINK");
	unsigned char *mapped = call_map_page(RW, "SHARED", fd);

	resize(fd, 0, "EPERM");
	expect_size(fd, 2);
	probe_expect_load(mapped, "the page", "ok");
	probe_expect_byte(*mapped, 's', "the page");
	resize(fd, 2, "ok");
	resize(fd, 3, "ok");
	verdict_observe("grown, not shrunk");
}

static void
grow(void)
{
	int fd = make_sealed("GROW");

	resize(fd, 3, "EPERM");
	expect_size(fd, 2);
	resize(fd, 2, "ok");
	resize(fd, 1, "ok");
	resize(fd, 2, "EPERM");
	expect_size(fd, 1);
	verdict_observe("shrunk, not grown");
}

static void
grow_by_write(void)
{
	int fd = make_sealed("GROW");

	put(fd, 1, "ok");
	put(fd, 2, "EPERM");
	expect_size(fd, 2);
	verdict_observe("not past the end");
}

/* ----- Contents ---------------------------------------------------------------- */

static void
write_mmap(void)
{
	int fd = make();
	unsigned char *mapped = call_map_page(RW, "SHARED", fd);

	area_unmap(mapped, view_page());
	add(fd, "WRITE");
	refuse_writable(fd);
	mapped = call_map_page(RW, "PRIVATE", fd);
	probe_expect_byte(*mapped, 's', "a private mapping");
	probe_expect_store(mapped, "a private mapping", "ok");
	*mapped = 'p';
	expect_byte(fd, 's');
	verdict_observe("private, not shared");
}

static void
write_fixed(void)
{
	unsigned char *old = area_filled(3);
	size_t page = view_page();
	int fd = make_sealed("WRITE");

	call_mmap_at(old + 2 * page, page, RW, "PRIVATE|FIXED", fd, 0);
	call_mmap(old, page, RW, "SHARED|FIXED", fd, 0);
	call_expect("EPERM");
	area_expect_kept(old, 0, 2, "the memory at its place");
	verdict_observe("refused, and what was there kept");
}

static void
write_read_only_map(void)
{
	int fd = make_sealed("WRITE|SHRINK");
	unsigned char *mapped =
	    call_mmap(NULL, view_page(), R, "SHARED", fd, 0);

	call_expect("ok");
	probe_expect_byte(*mapped, 's', "the mapping");
	call_mprotect(mapped, view_page(), RW);
	call_expect("EACCES|EPERM");
	probe_expect_store(mapped, "the mapping", "SIGSEGV");
	expect_byte(fd, 's');
	resize(fd, 0, "EPERM");
	verdict_observe("read, not written");
}

static void
write_by_write(void)
{
	int fd = make();

	put(fd, 1, "ok");
	add(fd, "WRITE");
	put(fd, 0, "EPERM");
	expect_byte(fd, 's');
	resize(fd, 3, "ok");
	resize(fd, 1, "ok");
	expect_byte(fd, 's');
	verdict_observe("EPERM");
}

static void
write_busy(void)
{
	int fd = make();
	unsigned char *mapped = call_map_page(RW, "SHARED", fd);

	call_seal(fd, "WRITE");
	call_expect("EBUSY");
	expect_seals(fd, "");
	probe_expect_store(mapped, "the mapping", "ok");
	area_unmap(mapped, view_page());
	mapped = call_map_page(RW, "PRIVATE", fd);
	probe_expect_store(mapped, "a private mapping", "ok");
	add(fd, "WRITE");
	verdict_observe("EBUSY while mapped");
}

static void
future_write_keeps(void)
{
	int fd = make();
	unsigned char *mapped = call_map_page(RW, "SHARED", fd);

	add(fd, "FUTURE_WRITE");
	probe_expect_store(mapped, "the mapping of before", "ok");
	*mapped = 'f';
	expect_byte(fd, 'f');
	probe_expect_byte(
	    *(unsigned char *)call_map_page(R, "PRIVATE", fd), 'f', "the file");
	verdict_observe("stored");
}

static void
future_write_refuses(void)
{
	int fd = make_sealed("FUTURE_WRITE");

	put(fd, 0, "EPERM");
	expect_byte(fd, 's');
	call_map_page(RW, "PRIVATE", fd);
	refuse_writable(fd);
	verdict_observe("EPERM");
}

/* The mapping that is made before the seal can be made writable. */
static void
future_write_mprotect(void)
{
	int fd = make();
	unsigned char *before = call_map_page(R, "SHARED", fd), *mapped;

	add(fd, "FUTURE_WRITE");
	mapped = call_map_page(R, "SHARED", fd);
	call_mprotect(mapped, view_page(), RW);
	call_expect("EACCES");
	probe_expect_store(mapped, "the new mapping", "SIGSEGV");
	call_mprotect(before, view_page(), RW);
	call_expect("ok");
	verdict_observe("EACCES");
}

static void
change_mode(int fd, mode_t mode, const char *allowed)
{
	call_begin("fchmod(memfd, %#o", (unsigned)mode);
	call_made(fchmod(fd, mode) == 0, "fchmod(memfd, %#o)", (unsigned)mode);
	call_expect(allowed);
}

/* Linux 6.3 knows it. */
static void
exec(void)
{
	int fd = make();

	change_mode(fd, 0600, "ok");
	call_seal(fd, "0x20"); /* F_SEAL_EXEC, which few headers define */
	if (!call_last()->ok && call_last()->error == EINVAL)
		verdict_unsupported("F_SEAL_EXEC: EINVAL");
	call_expect("ok");
	change_mode(fd, 0700, "EPERM");
	change_mode(fd, 0400, "ok");
	verdict_observe("EPERM");
}

/* clang-format off */
static const struct row cases[] = {
	CODE(add_up, SEALS_ADD_UP, add_up),
	CODE(of_file, SEALS_OF_FILE, of_file),
	CODE_DIRS(ordinary_file, SEALS_ORDINARY_FILE, ordinary_file),
	CODE(unknown, SEAL_UNKNOWN, unknown),
	CODE(read_only_descriptor, SEAL_READ_ONLY_DESCRIPTOR, read_only_descriptor),
	CODE(sealed, SEAL_SEAL, sealed),
	CODE(shrink, SEAL_SHRINK, shrink),
	CODE(grow, SEAL_GROW, grow),
	CODE(grow_by_write, SEAL_GROW_WRITE, grow_by_write),
	CODE(write_mmap, SEAL_WRITE_MMAP, write_mmap),
	CODE(write_fixed, SEAL_WRITE_FIXED, write_fixed),
	CODE(write_read_only_map, SEAL_WRITE_READ_ONLY_MAP, write_read_only_map),
	CODE(write_by_write, SEAL_WRITE_WRITE, write_by_write),
	CODE(write_busy, SEAL_WRITE_BUSY, write_busy),
	CODE(future_write_keeps, SEAL_FUTURE_WRITE_KEEPS, future_write_keeps),
	CODE(future_write_refuses, SEAL_FUTURE_WRITE_REFUSES, future_write_refuses),
	CODE(future_write_mprotect, SEAL_FUTURE_WRITE_MPROTECT, future_write_mprotect),
	CODE(exec, SEAL_EXEC, exec),
};
/* clang-format on */

SUITE_PROGRAM(cases)
