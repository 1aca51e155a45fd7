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
#include <unistd.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/child.h"
#include "helpers/names.h"
#include "helpers/object.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/object.def"
#include "helpers/claims.h"

/* Mapped or copied bytes must be the object's from offset on. */
static void
expect_object_bytes(const unsigned char *bytes, size_t length, off_t offset)
{
	probe_expect_pattern(bytes, length, offset, "the bytes");
	verdict_observe("the object's bytes");
}

static void
regular_file(void)
{
	size_t length = 3 * view_page();
	struct object file = object_make(FILE_RW, length);

	expect_object_bytes(
	    call_map(length, R, "SHARED", file.fd, 0), length, 0);
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
		struct object file = object_make(FILE_RW, view_page());
		unsigned char *mapped = call_map(view_page(), RW,
		    kinds[i].flags, kinds[i].file ? file.fd : -1, 0);
		unsigned char first = kinds[i].file ? object_pattern(0) : 0;
		unsigned char byte = probe_byte(mapped);

		verdict_expect(byte == first, "the object's first byte",
		    "first byte %#x", byte);
		child_stores(mapped, 'c');
		byte = probe_byte(mapped);
		if (kinds[i].shared)
			probe_expect_seen(
			    "the child's store", byte, first, 'c');
		else
			probe_expect_unseen(
			    "the child's store", byte, first, 'c');
		byte = object_byte(&file, 0);
		if (kinds[i].shared && kinds[i].file)
			probe_expect_seen("the child's store, in the file,",
			    byte, object_pattern(0), 'c');
		else
			probe_expect_unseen("the child's store, in the file,",
			    byte, object_pattern(0), 'c');
		object_end(&file);
	}
	verdict_observe("four kinds, each with its own behaviour");
}

static void
offset_selects_page(void)
{
	size_t page = view_page();
	struct object file = object_make(FILE_RW, 4 * page);

	for (off_t at = 0; at < (off_t)(4 * page); at += (off_t)page)
		expect_object_bytes(
		    call_map(page, R, "SHARED", file.fd, at), page, at);
}

static void
offset_beyond_four_gib(void)
{
	off_t far = (off_t)5 << 30;
	struct object file = object_make(FILE_RW, view_page());

	if (pwrite(file.peer, "f", 1, far) == -1) {
		if (errno == EFBIG || errno == EINVAL)
			verdict_unsupported(
			    "no file of 5 GiB can be made here");
		if (errno == ENOSPC)
			verdict_untested("needs room for a page in %s",
			    directories_filesystem());
		verdict_broken("writing at 5 GiB");
	}
	probe_expect_bytes(call_map(view_page(), R, "SHARED", file.fd, far), 1,
	    'f', "the byte at 5 GiB");
}

static void
length_odd(void)
{
	size_t page = view_page();
	struct object file = object_make(FILE_RW, 3 * page);

	expect_object_bytes(
	    call_map(page + 1, R, "SHARED", file.fd, 0), 2 * page, 0);
}

static void
append_only_descriptor(void)
{
	size_t page = view_page();
	struct object file = object_make(FILE_APPEND, page);
	unsigned char *mapped = call_map(page, RW, "SHARED", file.fd, 0);
	off_t middle = (off_t)(page / 2);

	mapped[middle] = 0;
	probe_expect_seen("the store in the middle of the file",
	    object_byte(&file, middle), object_pattern(middle), 0);
}

/* Holds a lock on the file until told to end: one's own is no obstacle. */
static void
holds_lock(struct child *parent, void *arg)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (fcntl(*(int *)arg, F_SETLK, &lock) == -1)
		verdict_broken("locking a file");
	child_tell(parent, 1);
	child_hear(parent);
}

static void
mandatory_lock(void)
{
	char path[1024];
	int fd = object_named_file(path, sizeof(path), view_page());
	struct child child;

	/* Only a member of the file's group may set the bit. */
	if (fchown(fd, (uid_t)-1, getegid()) == -1 ||
	    fchmod(fd, S_ISGID | 0600) == -1)
		verdict_untested(
		    "needs a file with set-group-ID: %s", names_errno(errno));
	area_free(probe_map_pattern(view_page(), RW, "SHARED", fd), 1);
	child = child_start(holds_lock, &fd);
	child_hear(&child);
	call_mmap(NULL, view_page(), RW, "SHARED", fd, 0);
	child_tell(&child, 1);
	child_end(&child);
	if (call_last()->ok && view_mandatory_locks(".") == 0)
		verdict_untested("needs a file system mounted with mandatory "
				 "locks");
	call_expect("EAGAIN");
}

static void
file_that_cannot_be_mapped(void)
{
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	struct object file;

	if (fd == -1)
		verdict_untested("there is no /proc/self/status");
	file = object_make(FILE_RO, view_page());
	probe_map_pattern(view_page(), R, "PRIVATE", file.fd);
	call_name_fd(fd, "/proc/self/status");
	call_mmap(NULL, view_page(), R, "PRIVATE", fd, 0);
	call_expect("ENODEV");
}

/* ----- The blog post's programs ------------------------------------------ */

/* The size of a file, as the programs ask for it. */
static off_t
size_of(int fd)
{
	struct stat status;

	call_begin("fstat(file");
	call_made(fstat(fd, &status) == 0, "fstat(file)");
	call_expect("ok");
	return status.st_size;
}

/* Maps a whole file as the post does: size from fstat, then write(2). */
static void
copy_by_mapping(int in, int out)
{
	size_t size = (size_t)size_of(in);
	unsigned char *mapped = call_map(size, R, "PRIVATE", in, 0);
	ssize_t wrote;

	call_begin("write(file, the mapping, %zu", size);
	wrote = write(out, mapped, size);
	call_made(wrote != -1, "write(file, the mapping, %zu)", size);
	if (call_allows("ENOSPC", call_last()->error))
		verdict_untested(
		    "needs room for two pages in %s", directories_filesystem());
	call_expect("ok");
	verdict_expect(wrote == (ssize_t)size, "all bytes written",
	    "%zd bytes written", wrote);
}

static void
private_cat(void)
{
	size_t size = view_page() + 100;
	struct object in = object_make(FILE_RO, size);
	struct object out = object_make(FILE_EMPTY, 0);
	unsigned char copy[4096];

	copy_by_mapping(in.fd, out.fd);
	for (off_t at = 0; at < (off_t)size;) {
		ssize_t got = pread(out.peer, copy, sizeof(copy), at);

		verdict_expect(got > 0, "a copy of the file's length",
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
	size_t size = view_page() / 2;
	struct object in = object_make(FILE_RO, size);
	size_t length = (size_t)size_of(in.fd);

	expect_object_bytes(call_map(length, R, "PRIVATE", in.fd, 0), size, 0);
}

static const char ten[10] = "ten bytes";

/* The post's second program: ten bytes, after the descriptor is closed. */
static void
overwrite_ten(struct object *file)
{
	char *mapped = call_map(sizeof(ten), RW, "SHARED", file->fd, 0);

	object_close(file);
	for (size_t i = 0; i < sizeof(ten); i++) {
		struct guard_signal fault =
		    probe_store(mapped + i, (unsigned char)ten[i]);

		verdict_expect(fault.signo == 0, "the store succeeds",
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

		unsigned char byte = object_byte(&file, i);

		verdict_expect(byte == wanted, "ten new bytes, the rest kept",
		    "byte %jd is %#x, not %#x", (intmax_t)i, byte, wanted);
	}
	verdict_observe("ten new bytes, the rest kept");
}

static void
ten_byte_update_of_short_file(void)
{
	struct object file = object_make(FILE_RW, 5);
	off_t size;

	overwrite_ten(&file);
	for (off_t i = 0; i < 5; i++)
		probe_expect_seen("a store below the end of the file",
		    object_byte(&file, i), object_pattern(i),
		    (unsigned char)ten[i]);
	size = size_of(file.peer);
	verdict_expect(size == (off_t)sizeof(ten), "a file of ten bytes",
	    "a file of %jd bytes", (intmax_t)size);
}

/* ----- System calls on mappings ------------------------------------------ */

/* A file, and a mapping of its one page. */
struct own_page {
	struct object file;
	unsigned char *mapped;
};

static void
read_there(struct child *parent, void *arg)
{
	struct own_page *own = arg;
	size_t half = view_page() / 2;
	ssize_t got;

	call_begin("pread(file, its own mapped page, %zu, 0", half);
	got = pread(own->file.peer, own->mapped + half, half, 0);
	call_made(got != -1, "pread(file, its own mapped page, %zu, 0)", half);
	call_expect("ok");
	child_tell(parent, (long)got);
}

/* By a child, which a kernel that waits for itself never gives back. */
static void
read_into_own_page(void)
{
	size_t page = view_page(), half = page / 2;
	struct own_page own = { .file = object_make(FILE_RW, page) };
	struct child child;
	ssize_t got;

	own.mapped = call_map(page, RW, "SHARED", own.file.fd, 0);
	call_made(true, "pread(file, its own mapped page, %zu, 0)", half);
	child = child_start(read_there, &own);
	got = (ssize_t)child_hear(&child);
	child_end(&child);
	verdict_expect(got == (ssize_t)half, "half a page is read",
	    "%zd bytes are read", got);
	expect_object_bytes(own.mapped, half, 0);
	expect_object_bytes(own.mapped + half, half, 0);
}

static void
expect_written(
    int pipe, const void *from, const char *what, const char *allowed)
{
	ssize_t wrote;

	call_begin("write(pipe, %s, 1", what);
	wrote = write(pipe, from, 1);
	call_made(wrote != -1, "write(pipe, %s, 1)", what);
	call_expect(allowed);
}

static void
write_from_inaccessible(void)
{
	size_t page = view_page();
	struct object pipe = object_make(PIPE_WRITE, 0);
	struct object file = object_make(FILE_EMPTY, 0);
	void *none = call_map(page, NONE, "PRIVATE|ANON", -1, 0);
	void *past_end;

	expect_written(pipe.fd, none, "inaccessible memory", "EFAULT");
	call_mprotect(none, page, RW);
	call_expect("ok");
	probe_expect_bytes(none, page, 0, "the memory made accessible");
	expect_written(pipe.fd, none, "the memory made accessible", "ok");
	past_end = call_map(page, RW, "SHARED", file.fd, 0);
	expect_written(pipe.fd, past_end, "a page past the end", "EFAULT");
	probe_expect_load(past_end, "a page past the end", "SIGBUS");
	verdict_observe("EFAULT, and no signal");
}

/* clang-format off */
static const struct row cases[] = {
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
	CODE(mandatory_lock, MANDATORY_LOCK_EAGAIN, mandatory_lock),
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
