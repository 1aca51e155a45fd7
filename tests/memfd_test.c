/* SPDX-License-Identifier: BSD-2-Clause */
/* memfd_create: its names and flags, and what it makes. */
#include <sys/types.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/names.h"
#include "helpers/object.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/memfd.def"
#include "helpers/claims.h"

#define LONGEST 249 /* bytes of a name */

/* MFD_ flags of Linux 6.3: headers are older than the kernels they run on. */
#define NOEXEC_SEAL "0x8"
#define EXEC        "0x10"

static int
make(const char *name, const char *flags)
{
	int fd;

	object_need(MEMFD);
	fd = call_memfd_create(name, flags);
	call_expect("ok");
	call_name_fd(fd, object_name(MEMFD));
	return fd;
}

static struct stat
status_of(int fd)
{
	return object_status(&(struct object){ MEMFD, fd, fd, 0 });
}

/* Gives it a page. */
static void
grow(int fd)
{
	call_begin("ftruncate(memfd, 1 page");
	call_made(
	    ftruncate(fd, (off_t)view_page()) == 0, "ftruncate(memfd, 1 page)");
	call_expect("ok");
}

static void
empty(void)
{
	int fd = make("mmapcheck", "CLOEXEC");
	unsigned char *mapped, got = 0;

	verdict_expect(status_of(fd).st_size == 0, "no bytes",
	    "it has bytes from the start");
	grow(fd);
	mapped = call_map_page(RW, "SHARED", fd);
	probe_expect_bytes(mapped, view_page(), 0, "its new bytes");
	mapped[0] = 's';
	verdict_expect(pread(fd, &got, 1, 0) == 1 && got == 's',
	    "the store read", "read shows %#x", got);
	verdict_set_up(pwrite(fd, "w", 1, 0) == 1, "pwrite");
	probe_expect_byte(*mapped, 'w', "what was written");
	verdict_observe("empty, then zero");
}

static void
named(void)
{
	int fd = make("mmapcheck name", "CLOEXEC");
	const char *object;

	grow(fd);
	object = view_object(call_map_page(RW, "SHARED", fd));
	verdict_expect(strstr(object, "/memfd:mmapcheck name") == object,
	    "listed by its name", "listed as \"%s\"", object);
	verdict_observe("listed by its name");
}

static void
names_not_shared(void)
{
	int one = make("mmapcheck", "CLOEXEC");
	int other = make("mmapcheck", "CLOEXEC");

	verdict_set_up(ftruncate(one, 1) == 0, "ftruncate");
	verdict_either(status_of(other).st_size == 0, "two files", "one file");
}

static void
closed_by_exec(void)
{
	int with = make("mmapcheck", "CLOEXEC");
	int without = make("mmapcheck", "");

	verdict_expect((fcntl(with, F_GETFD) & FD_CLOEXEC) != 0, "FD_CLOEXEC",
	    "MFD_CLOEXEC leaves FD_CLOEXEC unset");
	verdict_decide((fcntl(without, F_GETFD) & FD_CLOEXEC) == 0,
	    "no FD_CLOEXEC", "as the flag says", "set without the flag");
}

static void
name_too_long(void)
{
	char name[LONGEST + 2];

	memset(name, 'n', LONGEST + 1);
	name[LONGEST] = '\0';
	make(name, "CLOEXEC");
	name[LONGEST] = 'n';
	name[LONGEST + 1] = '\0';
	call_memfd_create(name, "CLOEXEC");
	call_expect("EINVAL");
}

static void
unknown_flag(void)
{
	make("mmapcheck", "CLOEXEC");
	call_memfd_create("mmapcheck", "CLOEXEC|0x8000");
	call_expect("EINVAL");
}

static void
bad_name(void)
{
	int (*call)(const char *, unsigned) =
	    (int (*)(const char *, unsigned))view_function("memfd_create");
	char *nowhere = (char *)area_reserve(1);

	call_begin("memfd_create(an inaccessible name, 0");
	call_made(
	    call(nowhere, 0) != -1, "memfd_create(an inaccessible name, 0)");
	call_expect("EFAULT");
	area_protect(nowhere, 1, RW);
	call_memfd_create(nowhere, "");
	call_expect("ok");
	verdict_observe("EFAULT");
}

/* A kernel whose memfds cannot be executed adds a seal that says so. */
static int
seals_but_exec(int fd)
{
	int seals = call_seals(fd);
	long long exec = 0;

	call_expect("ok");
	view_find_flag("F_SEAL_EXEC", &exec);
	return seals & ~(int)exec;
}

static void
sealable(void)
{
	int fd = make("mmapcheck", "CLOEXEC|ALLOW_SEALING");

	verdict_expect(
	    seals_but_exec(fd) == 0, "no seal", "sealed from the start");
	call_seal(fd, "GROW");
	call_expect("ok");
	verdict_decide(seals_but_exec(fd) == call_flags("F_SEAL_", "GROW"),
	    "the seal that was added", "no seal, then one",
	    "the seal is not told");
}

static void
not_sealable(void)
{
	int fd = make("mmapcheck", "CLOEXEC");

	verdict_expect(seals_but_exec(fd) == call_flags("F_SEAL_", "SEAL"),
	    "F_SEAL_SEAL", "other seals");
	call_seal(fd, "GROW");
	call_expect("EPERM");
	grow(fd);
	verdict_observe("F_SEAL_SEAL");
}

static void
huge_sealable(void)
{
	struct object huge = object_make(MEMFD_HUGE, 0);
	int fd;

	object_end(&huge);
	fd = call_memfd_create("mmapcheck", "CLOEXEC|HUGETLB|ALLOW_SEALING");
	call_expect("ok");
	call_seal(fd, "SHRINK|GROW");
	call_expect("ok");
	verdict_decide(
	    seals_but_exec(fd) == call_flags("F_SEAL_", "SHRINK|GROW"),
	    "the seals that were added", "sealed", "not sealed");
}

static int
change_mode(int fd, mode_t mode)
{
	int result;

	call_begin("fchmod(memfd, %#o", (unsigned)mode);
	result = fchmod(fd, mode);
	call_made(result == 0, "fchmod(memfd, %#o)", (unsigned)mode);
	return result;
}

/* Where the kernel knows the flags. */
static int
make_for_exec(const char *flags)
{
	int fd;

	object_need(MEMFD);
	fd = call_memfd_create("mmapcheck", flags);
	if (fd == -1 && errno == EINVAL)
		verdict_unsupported("%s: EINVAL", flags);
	call_expect("ok");
	return fd;
}

static void
noexec_seal(void)
{
	int fd = make_for_exec("CLOEXEC|" NOEXEC_SEAL);

	verdict_expect((status_of(fd).st_mode & 0111) == 0,
	    "no right to execute", "a right to execute");
	change_mode(fd, 0600);
	call_expect("ok");
	change_mode(fd, 0700);
	call_expect("EPERM");
	verdict_expect((status_of(fd).st_mode & 0777) == 0600,
	    "the mode of before", "another mode");
	verdict_observe("EPERM");
}

static void
exec(void)
{
	int fd = make_for_exec("CLOEXEC|" EXEC);

	verdict_expect((status_of(fd).st_mode & 0111) == 0111,
	    "a right to execute", "no right to execute");
	change_mode(fd, 0600);
	call_expect("ok");
	change_mode(fd, 0700);
	call_expect("ok");
	verdict_decide((status_of(fd).st_mode & 0777) == 0700,
	    "the mode asked for", "may be executed", "another mode");
}

static void
exec_or_not(void)
{
	make_for_exec("CLOEXEC|" EXEC);
	make_for_exec("CLOEXEC|" NOEXEC_SEAL);
	call_memfd_create("mmapcheck", "CLOEXEC|" EXEC "|" NOEXEC_SEAL);
	call_expect("EINVAL");
}

static void
reopened(void)
{
	int fd = make("mmapcheck", "CLOEXEC"), again;
	unsigned char *mapped;
	char path[32];

	grow(fd);
	verdict_set_up(pwrite(fd, "s", 1, 0) == 1, "pwrite");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, O_RDONLY | O_CLOEXEC);
	if (again == -1)
		verdict_untested("needs %s", "/proc/self/fd");
	mapped = call_map_page(R, "SHARED", again);
	probe_expect_byte(*mapped, 's', "its byte, opened again,");
	call_mmap(NULL, view_page(), RW, "SHARED", again, 0);
	call_expect("EACCES");
	call_mprotect(mapped, view_page(), RW);
	call_expect("EACCES");
	call_map_page(RW, "SHARED", fd);
	verdict_observe("EACCES");
}

/* clang-format off */
static const struct row cases[] = {
	CODE(empty, MEMFD_EMPTY, empty),
	CODE(named, MEMFD_NAMED, named),
	CODE(names_not_shared, MEMFD_NAMES_NOT_SHARED, names_not_shared),
	CODE(closed_by_exec, MEMFD_CLOEXEC, closed_by_exec),
	CODE(name_too_long, MEMFD_NAME_TOO_LONG, name_too_long),
	CODE(unknown_flag, MEMFD_UNKNOWN_FLAG, unknown_flag),
	CODE(bad_name, MEMFD_BAD_NAME, bad_name),
	CODE(sealable, MEMFD_SEALABLE, sealable),
	CODE(not_sealable, MEMFD_NOT_SEALABLE, not_sealable),
	CODE(huge_sealable, MEMFD_HUGE_SEALABLE, huge_sealable),
	CODE(noexec_seal, MEMFD_NOEXEC_SEAL, noexec_seal),
	CODE(exec, MEMFD_EXEC, exec),
	CODE(exec_or_not, MEMFD_EXEC_OR_NOT, exec_or_not),
	CODE(reopened, MEMFD_REOPENED, reopened),
};
/* clang-format on */

SUITE_PROGRAM(cases)
