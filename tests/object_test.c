/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mmap(2): what can be mapped, what a mapping of it shows, and what is said
 * of what cannot.  Two programs of a blog post on memory mappings are here in
 * our own words: the one that copies a file to its output, and the one that
 * overwrites the first ten bytes of a file.
 */
#include <sys/types.h>
#include <sys/stat.h>

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
#include "helpers/object.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

/* Mapped or copied bytes must be the object's from offset on. */
static void
expect_object_bytes(const unsigned char *bytes, size_t length, off_t offset)
{
	for (size_t i = 0; i < length; i++)
		if (bytes[i] != object_pattern(offset + (off_t)i))
			suite_expect(false, "the object's bytes",
			    "byte %zu of %zu is not the object's", i, length);
	suite_expect(true, "the object's bytes", "the object's bytes");
}

static void
regular_file(void)
{
	size_t length = 3 * suite_page();
	struct object file = object_make(FILE_RW, length);
	unsigned char *mapped =
	    call_mmap(NULL, length, R, "SHARED", file.fd, 0);

	call_expect("ok");
	expect_object_bytes(mapped, length, 0);
}

static long
stores_one(void *arg)
{
	*(volatile unsigned char *)arg = 'c';
	return 0;
}

static void
four_kinds(void)
{
	static const struct {
		const char *flags;
		bool file;
		bool shared;
	} kinds[] = { { "PRIVATE|ANON", false, false },
		{ "SHARED|ANON", false, true }, { "PRIVATE", true, false },
		{ "SHARED", true, true } };

	for (size_t i = 0; i < 4; i++) {
		struct object file = object_make(FILE_RW, suite_page());
		volatile unsigned char *mapped = call_mmap(NULL, suite_page(),
		    RW, kinds[i].flags, kinds[i].file ? file.fd : -1, 0);
		unsigned char first = kinds[i].file ? object_pattern(0) : 0;

		call_expect("ok");
		suite_expect(*mapped == first, "the object's first byte",
		    "first byte %#x", *mapped);
		child_ask(stores_one, (void *)(uintptr_t)mapped);
		suite_expect((*mapped == 'c') == kinds[i].shared,
		    kinds[i].shared ? "the child's store seen"
				    : "the child's store not seen",
		    "the child's store %s",
		    *mapped == 'c' ? "seen" : "not seen");
		suite_expect((object_byte(&file, 0) == 'c') ==
			(kinds[i].file && kinds[i].shared),
		    kinds[i].file && kinds[i].shared ? "the file changed"
						     : "the file unchanged",
		    "the file's byte is %#x", object_byte(&file, 0));
		object_end(&file);
	}
	suite_observe("four kinds, each with its own behaviour");
}

static void
offset_selects_page(void)
{
	size_t page = suite_page();
	struct object file = object_make(FILE_RW, 4 * page);

	for (size_t i = 0; i < 4; i++) {
		unsigned char *mapped = call_mmap(
		    NULL, page, R, "SHARED", file.fd, (off_t)(i * page));

		call_expect("ok");
		expect_object_bytes(mapped, page, (off_t)(i * page));
	}
}

static void
offset_beyond_four_gib(void)
{
	off_t far = (off_t)5 << 30;
	struct object file = object_make(FILE_RW, suite_page());
	unsigned char *mapped;

	if (pwrite(file.peer, "f", 1, far) == -1) {
		if (errno == EFBIG || errno == ENOSPC || errno == EINVAL)
			suite_unsupported("no file of 5 GiB can be made here");
		suite_broken("writing at 5 GiB");
	}
	mapped = call_mmap(NULL, suite_page(), R, "SHARED", file.fd, far);
	call_expect("ok");
	probe_expect_bytes(mapped, 1, 'f', "the byte at 5 GiB");
}

static void
length_odd(void)
{
	size_t page = suite_page();
	struct object file = object_make(FILE_RW, 3 * page);
	unsigned char *mapped =
	    call_mmap(NULL, page + 1, R, "SHARED", file.fd, 0);

	call_expect("ok");
	expect_object_bytes(mapped, 2 * page, 0);
}

static void
append_only_descriptor(void)
{
	size_t page = suite_page();
	struct object file = object_make(FILE_APPEND, page);
	unsigned char *mapped = call_mmap(NULL, page, RW, "SHARED", file.fd, 0);

	call_expect("ok");
	mapped[page / 2] = 0;
	suite_expect(object_byte(&file, (off_t)(page / 2)) == 0,
	    "the store in the middle of the file", "byte %#x in the middle",
	    object_byte(&file, (off_t)(page / 2)));
}

/* Opens a file for writing again while it is mapped. */
static void
expect_writable(const char *path, const char *flags, int prot)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int again;

	if (fd == -1)
		suite_broken("opening %s", path);
	call_mmap(NULL, suite_page(), prot, flags, fd, 0);
	call_expect("ok");
	again = open(path, O_RDWR | O_CLOEXEC);
	suite_expect(again != -1, "open for writing succeeds",
	    "open for writing: %s", again != -1 ? "ok" : names_errno(errno));
	close(again);
	close(fd);
}

static void
denywrite(void)
{
	char path[1024];

	close(object_named_file(path, sizeof(path), suite_page()));
	expect_writable(path, "PRIVATE|DENYWRITE", R);
}

static void
executable_mapping_of_open_file(void)
{
	char path[1024];
	bool noexec;

	close(object_named_file(path, sizeof(path), suite_page()));
	if (plat_noexec(".", &noexec) == 0 && noexec)
		suite_untested("needs a work directory that allows execution");
	expect_writable(path, "PRIVATE", RX);
}

/* Holds a lock on the file until told to end: one's own is no obstacle. */
static void
holds_lock(struct child *parent, void *arg)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (fcntl(*(int *)arg, F_SETLK, &lock) == -1)
		suite_broken("locking a file");
	child_tell(parent, 1);
	child_hear(parent);
}

static void
mandatory_lock(void)
{
	char path[1024];
	int fd = object_named_file(path, sizeof(path), suite_page());
	struct child child;

	if (fchmod(fd, S_ISGID | 0600) == -1)
		suite_broken("fchmod");
	child = child_start(holds_lock, &fd);
	child_hear(&child);
	call_mmap(NULL, suite_page(), RW, "SHARED", fd, 0);
	child_tell(&child, 1);
	child_end(&child);
	call_expect("EAGAIN");
}

static void
file_that_cannot_be_mapped(void)
{
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);

	if (fd == -1)
		suite_unsupported("there is no /proc/self/status");
	call_name_fd(fd, "/proc/self/status");
	call_mmap(NULL, suite_page(), R, "PRIVATE", fd, 0);
	call_expect("ENODEV");
}

/* ----- The blog post's programs --------------------------------------------- */

/* Maps a whole file as the post does: size from fstat, then write(2). */
static void
copy_by_mapping(int in, int out)
{
	struct stat status;
	unsigned char *mapped;

	if (fstat(in, &status) == -1)
		suite_broken("fstat");
	mapped = call_mmap(NULL, (size_t)status.st_size, R, "PRIVATE", in, 0);
	call_expect("ok");
	if (write(out, mapped, (size_t)status.st_size) != status.st_size)
		suite_broken("write");
}

static void
private_cat(void)
{
	size_t size = suite_page() + 100;
	struct object in = object_make(FILE_RO, size);
	struct object out = object_make(FILE_EMPTY, 0);
	unsigned char copy[4096];

	copy_by_mapping(in.fd, out.fd);
	for (off_t at = 0; at < (off_t)size;) {
		ssize_t got = pread(out.peer, copy, sizeof(copy), at);

		suite_expect(got > 0, "a copy of the file's length",
		    "the copy ends at byte %jd", (intmax_t)at);
		expect_object_bytes(copy, (size_t)got, at);
		at += got;
	}
}

static void
private_cat_of_empty_file(void)
{
	struct object in = object_make(FILE_EMPTY, 0);
	struct object out = object_make(FILE_EMPTY, 0);

	copy_by_mapping(in.fd, out.fd);
}

static void
file_steps(void)
{
	size_t size = suite_page() / 2;
	struct object in = object_make(FILE_RO, size);
	struct stat status;
	unsigned char *mapped;

	if (fstat(in.fd, &status) == -1)
		suite_broken("fstat");
	mapped =
	    call_mmap(NULL, (size_t)status.st_size, R, "PRIVATE", in.fd, 0);
	call_expect("ok");
	expect_object_bytes(mapped, size, 0);
}

static const char ten[10] = "ten bytes";

/* The post's second program: ten bytes, after the descriptor is closed. */
static void
overwrite_ten(struct object *file)
{
	char *mapped = call_mmap(NULL, sizeof(ten), RW, "SHARED", file->fd, 0);

	call_expect("ok");
	object_close(file);
	for (size_t i = 0; i < sizeof(ten); i++) {
		struct guard_signal fault =
		    probe_store(mapped + i, (unsigned char)ten[i]);

		suite_expect(fault.signo == 0, "the store succeeds",
		    "the store of byte %zu raised %s", i, probe_name(fault));
	}
}

static void
ten_byte_update(void)
{
	struct object file = object_make(FILE_RW, 100);

	overwrite_ten(&file);
	for (off_t i = 0; i < 100; i++) {
		unsigned char wanted = i < (off_t)sizeof(ten)
		    ? (unsigned char)ten[i]
		    : object_pattern(i);

		suite_expect(object_byte(&file, i) == wanted,
		    "ten new bytes, the rest kept",
		    object_byte(&file, i) == wanted
			? "ten new bytes, the rest kept"
			: "byte %jd is wrong",
		    (intmax_t)i);
	}
}

static void
ten_byte_update_of_short_file(void)
{
	struct object file = object_make(FILE_RW, 5);
	struct stat status;

	overwrite_ten(&file);
	if (fstat(file.peer, &status) == -1)
		suite_broken("fstat");
	suite_expect(status.st_size == sizeof(ten), "a file of ten bytes",
	    "a file of %jd bytes", (intmax_t)status.st_size);
}

/* ----- System calls on mappings ---------------------------------------------- */

static void
read_into_own_page(void)
{
	size_t page = suite_page();
	struct object file = object_make(FILE_RW, page);
	unsigned char *mapped = call_mmap(NULL, page, RW, "SHARED", file.fd, 0);
	ssize_t got;

	call_expect("ok");
	got = pread(file.peer, mapped + page / 2, page / 2, 0);
	suite_expect(got == (ssize_t)(page / 2), "half a page is read",
	    "read gave %zd", got);
	expect_object_bytes(mapped + page / 2, page / 2, 0);
}

static void
write_from_inaccessible(void)
{
	size_t page = suite_page();
	struct object pipe = object_make(PIPE_WRITE, 0);
	struct object file = object_make(FILE_EMPTY, 0);
	void *none = call_mmap(NULL, page, NONE, "PRIVATE|ANON", -1, 0);
	void *past_end;
	ssize_t wrote;

	call_expect("ok");
	wrote = write(pipe.fd, none, 1);
	suite_expect(wrote == -1 && errno == EFAULT, "write fails with EFAULT",
	    "write from PROT_NONE: %s",
	    wrote == -1 ? names_errno(errno) : "ok");
	past_end = call_mmap(NULL, page, RW, "SHARED", file.fd, 0);
	call_expect("ok");
	wrote = write(pipe.fd, past_end, 1);
	suite_expect(wrote == -1 && errno == EFAULT, "write fails with EFAULT",
	    "write from PROT_NONE or past the end of file: %s",
	    wrote == -1 ? names_errno(errno) : "ok");
}

/* clang-format off */
static const struct suite_case cases[] = {
	CODE_DIRS(regular_file, FILE_REGULAR_SUPPORTED, regular_file),
	CODE(four_kinds, FILE_TWO_KINDS, four_kinds),
	/*   name                 claim                 addr len   prot flags      object      off   allowed */
	CALL(directory,           FILE_DIRECTORY,       ANY, P(1), R,   "PRIVATE", DIRECTORY,  B(0), "ok|ENODEV", SOUND_OBJECT(FILE_RO)),
	CALL(pipe,                FILE_PIPE,            ANY, P(1), R,   "PRIVATE", PIPE_READ,  B(0), "ok|ENODEV", SOUND_OBJECT(FILE_RO)),
	CALL(fifo,                FILE_PIPE,            ANY, P(1), R,   "PRIVATE", FIFO,       B(0), "ok|ENODEV", SOUND_OBJECT(FILE_RO)),
	CALL(pipe_executable,     FILE_PIPE_PROT_EXEC,  ANY, P(1), RX,  "PRIVATE", PIPE_READ,  B(0), "ENODEV|EPERM", SOUND_OBJECT(MEMFD)),
	CALL(socket_executable,   FILE_PIPE_PROT_EXEC,  ANY, P(1), RX,  "PRIVATE", SOCKET,     B(0), "ENODEV|EPERM", SOUND_OBJECT(MEMFD)),
	CALL(socket,              FILE_SOCKET,          ANY, P(1), R,   "PRIVATE", SOCKET,     B(0), "ok|ENODEV", SOUND_OBJECT(FILE_RO)),
	CALL(device_shared,       FILE_CHAR_DEVICE,     ANY, P(1), RW,  "SHARED",  DEVNULL,    B(0), "ok|ENODEV", SOUND_OBJECT(FILE_RW)),
	CALL(device_private,      FILE_CHAR_DEVICE,     ANY, P(1), RW,  "PRIVATE", DEVNULL,    B(0), "ok|ENODEV", SOUND_OBJECT(FILE_RW)),
	CALL(directory_eacces,    EACCES_NON_REGULAR,   ANY, P(1), R,   "PRIVATE", DIRECTORY,  B(0), "EACCES", SOUND_OBJECT(FILE_RO)),
	CALL(fifo_eacces,         EACCES_NON_REGULAR,   ANY, P(1), R,   "PRIVATE", FIFO,       B(0), "EACCES", SOUND_OBJECT(FILE_RO)),
	CODE(file_that_cannot_be_mapped, FILE_SPECIAL_FDS, file_that_cannot_be_mapped),
	CODE_DIRS(offset_selects_page, OFFSET_SELECTS_PAGE, offset_selects_page),
	CODE_DIRS(offset_beyond_four_gib, OFFSET_LARGE_SPARSE, offset_beyond_four_gib),
	CODE_DIRS(length_odd, LENGTH_ROUNDS_UP_TO_PAGE, length_odd),
	CODE_DIRS(append_only_descriptor, APPEND_OPEN_MODE_IS_NO_OBSTACLE, append_only_descriptor),
	CODE(denywrite, DENYWRITE_IGNORED, denywrite),
	CODE(mandatory_lock, MANDATORY_LOCK_EAGAIN, mandatory_lock),
	CODE(executable_mapping_of_open_file, RO_MAPPING_NOT_BLOCKING_WRITE, executable_mapping_of_open_file),
	CODE_DIRS(private_cat, PROGRAM_PRIVATE_CAT, private_cat),
	CODE_DIRS(private_cat_of_empty_file, PROGRAM_PRIVATE_CAT_EMPTY_FILE, private_cat_of_empty_file),
	CODE_DIRS(file_steps, PROGRAM_FILE_STEPS, file_steps),
	CODE_DIRS(ten_byte_update, PROGRAM_TEN_BYTE_SHARED_UPDATE, ten_byte_update),
	CODE_DIRS(ten_byte_update_of_short_file, PROGRAM_TEN_BYTE_SHORT_FILE, ten_byte_update_of_short_file),
	CODE_DIRS(read_into_own_page, READ_INTO_OWN_MAPPING, read_into_own_page),
	CODE(write_from_inaccessible, SYSCALL_ON_BAD_MAPPING_EFAULT, write_from_inaccessible),
};
/* clang-format on */

SUITE_PROGRAM(cases)
