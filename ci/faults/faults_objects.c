/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults of objects that are mapped: their names, owners, sizes and seals. */
#include <sys/types.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "faults.h"
#include "rows.h"

/* ----- Shared memory objects ------------------------------------------------ */

static int
really_open(const struct fault_args *args, int oflag)
{
	struct fault_args other = *args;

	other.prot = oflag;
	return (int)fault_real(FAULT_SHM_OPEN, &other);
}

static void
really_close(int fd)
{
	syscall(SYS_close, fd);
}

static long
open_for_exec(const struct fault *fault, struct fault_args *args)
{
	int fd = (int)fault_real(fault->call, args);

	if (fd != -1)
		syscall(SYS_fcntl, fd, F_SETFD, 0L);
	return fd;
}

static long
moved_to(int fd, int from)
{
	long moved;

	if (fd == -1)
		return -1;
	moved = syscall(SYS_fcntl, from, F_DUPFD_CLOEXEC, 40L);
	really_close(fd);
	return moved;
}

static long
open_high(const struct fault *fault, struct fault_args *args)
{
	int fd = (int)fault_real(fault->call, args);

	return moved_to(fd, fd);
}

/* The last name's description is kept for the next who asks for it. */
static long
open_duplicate(const struct fault *fault, struct fault_args *args)
{
	static char known[64];
	static int kept = -1;
	int fd = (int)fault_real(fault->call, args);

	if (fd == -1)
		return -1;
	if (kept != -1 && strcmp(known, args->name) == 0)
		return moved_to(fd, kept);
	snprintf(known, sizeof(known), "%s", args->name);
	kept = fd;
	return fd;
}

static long
open_with_mode(struct fault_args *args, mode_t mode)
{
	int fd = really_open(args, args->prot);

	if (fd != -1 && (args->prot & O_CREAT) != 0)
		syscall(SYS_fchmod, fd, mode);
	return fd;
}

static long
open_private(const struct fault *fault, struct fault_args *args)
{
	(void)fault;
	return open_with_mode(args, 0600);
}

static long
open_unmasked(const struct fault *fault, struct fault_args *args)
{
	(void)fault;
	return open_with_mode(args, args->mode);
}

static long
open_read_only(const struct fault *fault, struct fault_args *args)
{
	(void)fault;
	return really_open(args, (args->prot & ~O_ACCMODE) | O_RDONLY);
}

static long
open_untruncated(const struct fault *fault, struct fault_args *args)
{
	(void)fault;
	return really_open(args, args->prot & ~O_TRUNC);
}

static bool
is_refused(const struct fault *fault, int result)
{
	return result == -1 && errno == fault->error;
}

static long
open_denied(const struct fault *fault, struct fault_args *args)
{
	int fd = (int)fault_real(fault->call, args);

	return is_refused(fault, fd) ? really_open(args, O_RDONLY) : fd;
}

/* Who may read it can give himself the right to empty it. */
static long
empty_and_fail(const struct fault *fault, struct fault_args *args)
{
	int fd = (int)fault_real(fault->call, args);
	int reader, writer;
	struct stat status;
	struct fault_args ask = { .buffer = &status };

	if (!is_refused(fault, fd) || (args->prot & O_TRUNC) == 0)
		return fd;
	reader = really_open(args, O_RDONLY);
	ask.fd = reader;
	if (fault_real(FAULT_FSTAT, &ask) == 0) {
		syscall(SYS_fchmod, reader, 0600);
		writer = really_open(args, O_RDWR | O_TRUNC);
		syscall(SYS_fchmod, reader, status.st_mode & 07777);
		really_close(writer);
	}
	really_close(reader);
	errno = fault->error;
	return -1;
}

static long
refuse_write_only(const struct fault *fault, struct fault_args *args)
{
	return (args->prot & O_ACCMODE) == O_WRONLY
	    ? fault_fail(fault, args)
	    : fault_real(fault->call, args);
}

static long
need_slash(const struct fault *fault, struct fault_args *args)
{
	return args->name[0] != '/' ? fault_fail(fault, args)
				    : fault_real(fault->call, args);
}

static long
open_unlisted(const struct fault *fault, struct fault_args *args)
{
	struct fault_args gone = { .name = args->name };
	int fd = (int)fault_real(fault->call, args);

	if (fd != -1)
		fault_real(FAULT_SHM_UNLINK, &gone);
	return fd;
}

static long
owner_wrong(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);
	struct stat *status = args->buffer;

	if (result == 0)
		status->st_uid++;
	return result;
}

static long
resize_once(const struct fault *fault, struct fault_args *args)
{
	struct stat status;
	struct fault_args ask = { .fd = args->fd, .buffer = &status };

	return fault_real(FAULT_FSTAT, &ask) == 0 && status.st_size != 0
	    ? fault_fail(fault, args)
	    : fault_real(fault->call, args);
}

static long
accept_refused(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);

	return is_refused(fault, (int)result) ? 0 : result;
}

/* ----- Memfds ----------------------------------------------------------------- */

static long
memfd_with_bytes(const struct fault *fault, struct fault_args *args)
{
	struct fault_args size = { .offset = (off_t)fault_page() };

	size.fd = (int)fault_real(fault->call, args);
	if (size.fd != -1)
		fault_real(FAULT_FTRUNCATE, &size);
	return size.fd;
}

static long
memfd_unnamed(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;

	other.name = "";
	return fault_real(fault->call, &other);
}

static long
memfd_again(const struct fault *fault, struct fault_args *args)
{
	static int kept = -1;
	int fd = (int)fault_real(fault->call, args);

	if (fd != -1 && kept != -1)
		return moved_to(fd, kept);
	kept = fd;
	return fd;
}

static long
memfd_without_exec(const struct fault *fault, struct fault_args *args)
{
	int fd = (int)fault_real(fault->call, args);

	if (fd != -1)
		syscall(SYS_fchmod, fd, 0666);
	return fd;
}

/* ----- Seals --------------------------------------------------------------------- */

static long
seal_write_instead(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;

	other.flags ^= F_SEAL_FUTURE_WRITE | F_SEAL_WRITE;
	return fault_real(fault->call, &other);
}

static long
tell_last_seals(const struct fault *fault, struct fault_args *args)
{
	static long added;
	long result = fault_real(fault->call, args);

	if (result == 0 && args->prot == F_ADD_SEALS)
		added = args->flags;
	return result > 0 && args->prot == F_GET_SEALS ? added : result;
}

static long
tell_own_seals(const struct fault *fault, struct fault_args *args)
{
	static long added[64];
	long result = fault_real(fault->call, args);

	if (args->fd < 0 || args->fd >= 64 || result == -1)
		return result;
	if (args->prot == F_ADD_SEALS)
		added[args->fd] |= args->flags;
	return args->prot == F_GET_SEALS ? added[args->fd] : result;
}

static long
refuse_sealed(const struct fault *fault, struct fault_args *args)
{
	long seals = syscall(SYS_fcntl, args->fd, F_GET_SEALS, 0L);

	return seals != -1 && (seals & F_SEAL_WRITE) != 0
	    ? fault_fail(fault, args)
	    : fault_real(fault->call, args);
}

const struct fault fault_objects[] = {
#include "objects.def"
	{ 0 }
};
