/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * shm_open: what it gives, whom it lets in, which names it knows, and what the
 * object does that it opened.
 */
#include <sys/types.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/child.h"
#include "helpers/limit.h"
#include "helpers/names.h"
#include "helpers/object.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/shm_open.def"
#include "helpers/claims.h"

#define CREATE (O_RDWR | O_CREAT | O_EXCL)

/*
 * Names are taken away by object_unique_name(), whatever becomes of a case.
 * Those that are no name of it are unlinked before anything is judged.
 */
static char name[64];

/* Another descriptor of the object, by the call under test. */
static int
open_again(int oflag)
{
	int fd = call_shm_open(name, oflag, 0);

	call_expect("ok");
	call_name_fd(fd, object_name(SHM));
	return fd;
}

static void
choose_name(void)
{
	object_need(SHM);
	object_unique_name(name, sizeof(name));
}

/* A new object without bytes, for a child by its parent's name. */
static int
make_by_name(mode_t mode)
{
	int fd = call_shm_open(name, CREATE, mode);

	call_expect("ok");
	call_name_fd(fd, object_name(SHM));
	return fd;
}

static int
make_empty(mode_t mode)
{
	choose_name();
	return make_by_name(mode);
}

/* A page, whose first byte is 's'. */
static void
store(int fd)
{
	unsigned char *mapped;

	verdict_set_up(ftruncate(fd, (off_t)view_page()) == 0, "ftruncate");
	mapped = call_map_page(RW, "SHARED", fd);
	probe_expect_store(mapped, "the new object", "ok");
	*mapped = 's';
	area_unmap(mapped, view_page());
}

static int
make_stored(mode_t mode)
{
	int fd = make_empty(mode);

	store(fd);
	return fd;
}

static struct stat
status_of(int fd)
{
	struct stat status;

	verdict_set_up(fstat(fd, &status) == 0, "fstat");
	return status;
}

static void
expect_size(int fd, off_t size)
{
	off_t found = status_of(fd).st_size;

	verdict_expect(found == size, "the size asked for",
	    "a size of %jd bytes in place of %jd", (intmax_t)found,
	    (intmax_t)size);
}

static void
expect_mode(int fd, mode_t mode)
{
	mode_t found = status_of(fd).st_mode & 0777;

	verdict_expect(found == mode, "the permissions asked for",
	    "%#o in place of %#o", (unsigned)found, (unsigned)mode);
}

static void
expect_first_byte(int fd, const char *what)
{
	unsigned char *mapped = call_map_page(R, "SHARED", fd);

	probe_expect_load(mapped, what, "ok");
	probe_expect_byte(*mapped, 's', what);
}

static int
resize(int fd, size_t pages)
{
	off_t size = (off_t)(pages * view_page());
	int result;

	call_begin("ftruncate(shared memory object, %zu pages", pages);
	result = ftruncate(fd, size);
	call_made(
	    result == 0, "ftruncate(shared memory object, %zu pages)", pages);
	return result;
}

/* ----- The descriptor ------------------------------------------------------ */

static void
closed_by_exec(void)
{
	int fd = make_empty(0600);
	int again = open_again(O_RDONLY);

	verdict_expect((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0, "FD_CLOEXEC",
	    "a new object's descriptor lacks FD_CLOEXEC");
	verdict_decide((fcntl(again, F_GETFD) & FD_CLOEXEC) != 0, "FD_CLOEXEC",
	    "FD_CLOEXEC is set", "FD_CLOEXEC is not set");
}

static void
lowest_descriptor(void)
{
	int free_one, got;

	make_empty(0600);
	free_one = dup(STDERR_FILENO);
	verdict_set_up(free_one != -1 && close(free_one) == 0, "dup");
	got = open_again(O_RDWR);
	verdict_decide(got == free_one, "the lowest number",
	    "the lowest number", "another number");
}

static void
description_of_its_own(void)
{
	int one = make_empty(0600);
	int other = open_again(O_RDWR);
	int flags = fcntl(one, F_GETFL);

	verdict_set_up(flags != -1 && (flags & O_NONBLOCK) == 0 &&
		fcntl(one, F_SETFL, flags | O_NONBLOCK) == 0 &&
		(fcntl(one, F_GETFL) & O_NONBLOCK) != 0,
	    "a flag of an open file description");
	verdict_either((fcntl(other, F_GETFL) & O_NONBLOCK) == 0,
	    "a description of its own", "a description shared with another");
}

static long
open_with_none_left(void *unused)
{
	struct rlimit limit;
	int first = open_again(O_RDWR);
	long error;

	(void)unused;
	verdict_set_up(getrlimit(RLIMIT_NOFILE, &limit) == 0, "getrlimit");
	/* All lower numbers are in use, and this one is free from here on. */
	limit.rlim_cur = (rlim_t)first;
	close(first);
	verdict_set_up(setrlimit(RLIMIT_NOFILE, &limit) == 0, "setrlimit");
	call_shm_open(name, O_RDWR, 0);
	call_expect("EMFILE");
	error = call_last()->error;
	limit.rlim_cur++;
	verdict_set_up(limit.rlim_cur > limit.rlim_max ||
		setrlimit(RLIMIT_NOFILE, &limit) == 0,
	    "setrlimit");
	open_again(O_RDWR);
	return error;
}

static void
no_descriptor_left(void)
{
	make_empty(0600);
	limit_decide(open_with_none_left, NULL);
}

/* ----- Whose it is, and who is let in ---------------------------------------- */

static void
mode_less_umask(void)
{
	mode_t mask = umask(027);
	int fd = make_empty(0666);

	umask(mask);
	expect_mode(fd, 0640);
	verdict_observe("0666 less 027");
}

/* The effective user is another than the real one where that can be. */
static long
make_as_other(void *unused)
{
	uid_t other = 65534;

	(void)unused;
	if (geteuid() == 0)
		verdict_set_up(seteuid(other) == 0, "seteuid");
	return status_of(make_by_name(0600)).st_uid == geteuid();
}

static void
owned_by_maker(void)
{
	choose_name();
	verdict_either(child_ask(make_as_other, NULL) == 1,
	    "the effective user's", "another user's");
}

static void
mode_not_for_maker(void)
{
	int fd = make_empty(0);
	unsigned char *mapped;

	resize(fd, 1);
	call_expect("ok");
	mapped = call_map_page(RW, "SHARED", fd);
	probe_expect_store(mapped, "the object", "ok");
	expect_mode(fd, 0);
	verdict_observe("read and written in spite of its mode");
}

static void
mode_changed(void)
{
	int fd = make_empty(0600);

	expect_mode(fd, 0600);
	call_begin("fchmod(shared memory object, 0400");
	call_made(fchmod(fd, 0400) == 0, "fchmod(shared memory object, 0400)");
	call_expect("ok");
	expect_mode(fd, 0400);
	call_begin("fchown(shared memory object, its owner, -1");
	call_made(fchown(fd, status_of(fd).st_uid, (gid_t)-1) == 0,
	    "fchown(shared memory object, its owner, -1)");
	call_expect("ok");
	verdict_observe("changed");
}

/* Reading is granted, so what is refused is the writing. */
static long
open_denied(void *arg)
{
	const int *oflag = arg;
	int made, error;

	child_drop_privileges();
	made = make_by_name(0400);
	store(made);
	expect_first_byte(open_again(O_RDONLY), "the object, by its owner");
	call_shm_open(name, *oflag, 0);
	error = call_last()->error;
	call_expect("EACCES");
	expect_size(made, (off_t)view_page());
	expect_first_byte(made, "the object that nobody may write");
	return error;
}

static void
denied(void)
{
	int oflag = O_RDWR;

	choose_name();
	limit_decide(open_denied, &oflag);
}

static void
truncation_denied(void)
{
	int oflag = O_RDWR | O_TRUNC;

	choose_name();
	limit_decide(open_denied, &oflag);
}

static long
unlink_others(void *unused)
{
	(void)unused;
	child_drop_privileges();
	call_shm_unlink(name);
	call_expect("EACCES");
	return call_last()->error;
}

static void
unlink_denied(void)
{
	if (geteuid() != 0)
		verdict_untested("needs an object of another user");
	make_stored(0644);
	limit_decide(unlink_others, NULL);
	expect_first_byte(open_again(O_RDONLY), "the object by its name");
	call_shm_unlink(name);
	call_expect("ok");
	verdict_observe("EACCES");
}

/* ----- Other ways to open it -------------------------------------------------- */

static void
truncated(void)
{
	int fd = make_stored(0640);
	struct stat before = status_of(fd), after;
	int again = open_again(O_RDWR | O_TRUNC);

	after = status_of(again);
	verdict_expect(after.st_size == 0, "no bytes", "the bytes are kept");
	verdict_expect(after.st_mode == before.st_mode &&
		after.st_uid == before.st_uid && after.st_gid == before.st_gid,
	    "permissions and owner kept", "other permissions or owner");
	resize(fd, 1);
	call_expect("ok");
	probe_expect_bytes(call_map_page(R, "SHARED", again), view_page(), 0,
	    "the object, with new bytes,");
	verdict_observe("empty, of the same owner and mode");
}

static void
truncated_read_only(void)
{
	int fd = make_stored(0600);

	call_shm_open(name, O_RDONLY | O_TRUNC, 0);
	if (!call_last()->ok)
		verdict_observe("%s", names_errno(call_last()->error));
	else
		verdict_observe(status_of(fd).st_size == 0
			? "it is empty"
			: "it keeps its bytes");
}

static void
exclusive_alone(void)
{
	make_stored(0600);
	call_shm_open(name, O_RDWR | O_EXCL, 0);
	verdict_observe("%s", names_result(call_last()->error));
}

/* What is opened so is good for no mapping. */
static void
write_only(void)
{
	int fd;

	make_stored(0600);
	fd = call_shm_open(name, O_WRONLY, 0);
	if (!call_last()->ok) {
		verdict_observe("%s", names_errno(call_last()->error));
		return;
	}
	call_mmap(NULL, view_page(), W, "SHARED", fd, 0);
	verdict_observe(
	    "opened, and mmap says %s", names_result(call_last()->error));
}

/* ----- Names ------------------------------------------------------------------- */

static long
make_and_leave(void *unused)
{
	int fd = make_by_name(0600);

	(void)unused;
	store(fd);
	return close(fd);
}

static void
outlives_maker(void)
{
	choose_name();
	verdict_set_up(child_ask(make_and_leave, NULL) == 0, "close");
	expect_first_byte(open_again(O_RDWR), "what was closed and unmapped");
	verdict_observe("there, with its bytes");
}

static long
open_and_store(void *unused)
{
	unsigned char *mapped = call_map_page(RW, "SHARED", open_again(O_RDWR));

	(void)unused;
	probe_expect_load(mapped, "the parent's object", "ok");
	probe_expect_byte(*mapped, 's', "the parent's byte");
	probe_expect_store(mapped + 1, "the parent's object", "ok");
	mapped[1] = 'c';
	return 0;
}

static void
name_in_every_process(void)
{
	int fd = make_stored(0600);
	unsigned char *mapped = call_map_page(RW, "SHARED", fd);

	child_ask(open_and_store, NULL);
	probe_expect_load(mapped + 1, "the object", "ok");
	probe_expect_seen("the other process's store", mapped[1], 0, 'c');
	verdict_observe("the same object");
}

static void
name_without_slash(void)
{
	int fd, with;

	choose_name();
	fd = call_shm_open(name + 1, CREATE, 0600);
	if (fd == -1) {
		verdict_observe("%s", names_errno(errno));
		return;
	}
	with = shm_open(name, O_RDWR, 0);
	shm_unlink(name + 1);
	verdict_observe(with != -1 ? "as with a slash" : "another name");
}

/* In front of it stands the name of nothing. */
static void
name_inner_slash(void)
{
	choose_name();
	strcat(name, "/inner");
	call_shm_open(name, CREATE, 0600);
	shm_unlink(name);
	verdict_observe("%s", names_result(call_last()->error));
}

/* So long a name as no file may have, one byte more than that. */
static const char *
long_name(void)
{
	static char longest[NAME_MAX + 3];
	int length;

	choose_name();
	length = snprintf(longest, sizeof(longest), "%s", name);
	memset(longest + length, 'n', sizeof(longest) - 1 - (size_t)length);
	return longest;
}

static void
name_too_long(void)
{
	const char *longest = long_name();

	call_shm_open(longest, CREATE, 0600);
	shm_unlink(longest);
	verdict_observe("%s", names_result(call_last()->error));
}

static void
unlinked_name_too_long(void)
{
	call_shm_unlink(long_name());
	verdict_observe("%s", names_result(call_last()->error));
}

static void
is_file(void)
{
	char path[96];
	struct stat file, object = status_of(make_empty(0600));

	snprintf(path, sizeof(path), "/dev/shm%s", name);
	verdict_either(stat(path, &file) == 0 && file.st_ino == object.st_ino &&
		file.st_dev == object.st_dev,
	    "a file of its name", "no file of its name");
}

/* ----- Its size and its bytes ----------------------------------------------------- */

static void
mapped_while_empty(void)
{
	int fd = make_empty(0600);
	unsigned char *mapped = call_map_page(RW, "SHARED", fd);

	probe_expect_load(mapped, "an object without bytes", "SIGBUS");
	probe_expect_store(mapped, "an object without bytes", "SIGBUS");
	resize(fd, 1);
	call_expect("ok");
	probe_expect_bytes(mapped, view_page(), 0, "the bytes that it got");
	verdict_observe("mapped; SIGBUS until it has bytes");
}

static void
grown_bytes_zero(void)
{
	size_t page = view_page();
	int fd = make_empty(0600);
	unsigned char *mapped;

	resize(fd, 2);
	call_expect("ok");
	mapped = call_map(2 * page, RW, "SHARED", fd, 0);
	probe_expect_bytes(mapped, 2 * page, 0, "the new object");
	memset(mapped, 's', 2 * page);
	verdict_set_up(ftruncate(fd, (off_t)(page / 2)) == 0, "ftruncate");
	resize(fd, 2);
	call_expect("ok");
	probe_expect_bytes(mapped, page / 2, 's', "what was kept");
	probe_expect_bytes(mapped + page / 2, page + page / 2, 0,
	    "what was cut off and came again");
	verdict_observe("zero");
}

static void
resized_again(void)
{
	static const size_t pages[] = { 1, 3, 2, 0, 1 };
	int fd = make_empty(0600);

	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		resize(fd, pages[i]);
		call_expect("ok");
		expect_size(fd, (off_t)(pages[i] * view_page()));
	}
	verdict_observe("each size");
}

static void
resized_read_only(void)
{
	int fd = make_stored(0600);

	resize(open_again(O_RDONLY), 2);
	call_expect("EBADF|EINVAL");
	expect_size(fd, (off_t)view_page());
	expect_first_byte(fd, "the object");
	resize(fd, 2);
	call_expect("ok");
	verdict_observe("refused");
}

static void
read_and_written(void)
{
	int fd = make_empty(0600);
	char got[4] = "";
	ssize_t wrote = write(fd, "wxyz", 4);
	const char *error = wrote == -1 ? names_errno(errno) : NULL;

	if (error != NULL)
		verdict_observe("write: %s", error);
	else if (lseek(fd, 0, SEEK_SET) == 0 && read(fd, got, 4) == 4 &&
	    memcmp(got, "wxyz", 4) == 0 && status_of(fd).st_size == 4)
		verdict_observe("as a file");
	else
		verdict_observe("otherwise than a file");
}

/* clang-format off */
static const struct row cases[] = {
	CODE(closed_by_exec, SHM_CLOSED_BY_EXEC, closed_by_exec),
	CODE(lowest_descriptor, SHM_LOWEST_DESCRIPTOR, lowest_descriptor),
	CODE(description_of_its_own, SHM_DESCRIPTION_OF_ITS_OWN, description_of_its_own),
	CODE(no_descriptor_left, SHM_NO_DESCRIPTOR_LEFT, no_descriptor_left),
	CODE(mode_less_umask, SHM_MODE_LESS_UMASK, mode_less_umask),
	CODE(owned_by_maker, SHM_OWNED_BY_MAKER, owned_by_maker),
	CODE(mode_not_for_maker, SHM_MODE_NOT_FOR_MAKER, mode_not_for_maker),
	CODE(mode_changed, SHM_MODE_CHANGED, mode_changed),
	CODE(denied, SHM_DENIED, denied),
	CODE(truncation_denied, SHM_TRUNC_DENIED, truncation_denied),
	CODE(unlink_denied, SHM_UNLINK_DENIED, unlink_denied),
	CODE(truncated, SHM_TRUNC, truncated),
	CODE(truncated_read_only, SHM_TRUNC_READ_ONLY, truncated_read_only),
	CODE(exclusive_alone, SHM_EXCL_ALONE, exclusive_alone),
	CODE(write_only, SHM_WRITE_ONLY, write_only),
	CODE(outlives_maker, SHM_OUTLIVES_MAKER, outlives_maker),
	CODE(name_in_every_process, SHM_NAME_IN_EVERY_PROCESS, name_in_every_process),
	CODE(name_without_slash, SHM_NAME_WITHOUT_SLASH, name_without_slash),
	CODE(name_inner_slash, SHM_NAME_INNER_SLASH, name_inner_slash),
	CODE(name_too_long, SHM_NAME_TOO_LONG, name_too_long),
	CODE(unlinked_name_too_long, SHM_UNLINK_NAME_TOO_LONG, unlinked_name_too_long),
	CODE(is_file, SHM_IS_FILE, is_file),
	CODE(mapped_while_empty, SHM_EMPTY_MAPPED, mapped_while_empty),
	CODE(grown_bytes_zero, SHM_GROWN_BYTES_ZERO, grown_bytes_zero),
	CODE(resized_again, SHM_RESIZED_AGAIN, resized_again),
	CODE(resized_read_only, SHM_RESIZED_READ_ONLY, resized_read_only),
	CODE(read_and_written, SHM_READ_AND_WRITTEN, read_and_written),
};
/* clang-format on */

SUITE_PROGRAM(cases)
