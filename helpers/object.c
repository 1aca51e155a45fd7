/* SPDX-License-Identifier: BSD-2-Clause */
#include <sys/types.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "call.h"
#include "object.h"
#include "suite.h"

static const struct {
	const char *word;
	const char *name;
} kinds[OBJECT_KINDS] = {
	[NOTHING] = { "none", "-1" },
	[CLOSED] = { "closed", "closed descriptor" },
	[FILE_RW] = { "file-rw", "file" },
	[FILE_RO] = { "file-ro", "file read-only" },
	[FILE_WO] = { "file-wo", "file write-only" },
	[FILE_APPEND] = { "file-append", "file append-only" },
	[FILE_EMPTY] = { "file-empty", "empty file" },
	[FILE_LINKED] = { "file-linked", "file" },
	[DEVZERO] = { "devzero", "/dev/zero" },
	[DEVZERO_RO] = { "devzero-ro", "/dev/zero read-only" },
	[DEVZERO_WO] = { "devzero-wo", "/dev/zero write-only" },
	[DEVNULL] = { "devnull", "/dev/null" },
	[SHM] = { "shm", "shm" },
	[SHM_RO] = { "shm-ro", "shm read-only" },
	[MEMFD] = { "memfd", "memfd" },
	[MEMFD_HUGE] = { "memfd-huge", "memfd of huge pages" },
	[DIRECTORY] = { "dir", "directory" },
	[PIPE_READ] = { "pipe", "pipe" },
	[PIPE_WRITE] = { "pipe-w", "pipe write end" },
	[FIFO] = { "fifo", "fifo" },
	[SOCKET] = { "socket", "socket" },
};

const char *
object_name(enum object_kind kind)
{
	return kinds[kind].name;
}

const char *
object_word(enum object_kind kind)
{
	return kinds[kind].word;
}

/* Odd multiplier, so that equal places in two pages differ. */
unsigned char
object_pattern(off_t offset)
{
	return (unsigned char)(1 + (offset % 251 + offset / 256 * 7) % 255);
}

void
object_unique_name(char *name, size_t size)
{
	static unsigned made;
	struct timeval now;

	gettimeofday(&now, NULL);
	snprintf(name, size, "/mmapcheck.%ld.%u.%lx", (long)getpid(), made++,
	    (unsigned long)now.tv_sec * 1000000 + (unsigned long)now.tv_usec);
}

static void
fill(int fd, size_t size)
{
	unsigned char block[4096];

	for (size_t done = 0; done < size;) {
		size_t part =
		    size - done < sizeof(block) ? size - done : sizeof(block);
		ssize_t wrote;

		for (size_t i = 0; i < part; i++)
			block[i] = object_pattern((off_t)(done + i));
		wrote = pwrite(fd, block, part, (off_t)done);
		if (wrote <= 0)
			suite_broken("writing %zu bytes to an object", size);
		done += (size_t)wrote;
	}
}

/* Where objects of the kind have to be; NULL: nowhere. */
static const char *
place(enum object_kind kind)
{
	switch (kind) {
	case DEVZERO:
	case DEVZERO_RO:
	case DEVZERO_WO:
		return "/dev/zero";
	case DEVNULL:
		return "/dev/null";
	case SHM:
	case SHM_RO:
		return plat_shm_dir();
	default:
		return NULL;
	}
}

bool
object_exists(enum object_kind kind)
{
	if (kind == MEMFD || kind == MEMFD_HUGE)
		return plat_function("memfd_create") != NULL;
	return place(kind) == NULL || access(place(kind), F_OK) == 0 ||
	    errno != ENOENT;
}

void
object_need(enum object_kind kind)
{
	if (place(kind) != NULL && !object_exists(kind))
		suite_untested("there is no %s here", place(kind));
}

bool
object_is_zeros(enum object_kind kind)
{
	return kind == DEVZERO || kind == DEVZERO_RO || kind == DEVZERO_WO ||
	    kind == MEMFD_HUGE;
}

/* A further open of the same file before it loses its name. */
static int
open_again(const char *path, int oflag)
{
	int fd = open(path, oflag | O_CLOEXEC);

	if (fd == -1)
		suite_broken("opening %s", path);
	return fd;
}

static bool
is_work_directory(const char *directory)
{
	struct stat there, here;

	return stat(directory, &there) == 0 && stat(".", &here) == 0 &&
	    there.st_dev == here.st_dev && there.st_ino == here.st_ino;
}

static struct object
make_file(const char *directory, enum object_kind kind, size_t size)
{
	struct object object = { kind, -1, -1, size };
	char path[1024];

	snprintf(path, sizeof(path), "%s/mmapcheck.XXXXXX", directory);
	object.peer = mkstemp(path);
	if (object.peer == -1)
		suite_broken("creating a file in %s", directory);
	switch (kind) {
	case FILE_RO:
		object.fd = open_again(path, O_RDONLY);
		break;
	case FILE_WO:
		object.fd = open_again(path, O_WRONLY);
		break;
	case FILE_APPEND:
		object.fd = open_again(path, O_RDWR | O_APPEND);
		break;
	default:
		object.fd = open_again(path, O_RDWR);
		break;
	}
	if (kind != FILE_LINKED || !is_work_directory(directory))
		unlink(path);
	if (kind == FILE_EMPTY)
		object.size = 0;
	fill(object.peer, object.size);
	return object;
}

static struct object
make_shm(enum object_kind kind, size_t size)
{
	struct object object = { kind, -1, -1, size };
	char name[64];

	object_unique_name(name, sizeof(name));
	object.peer = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
	if (object.peer == -1)
		suite_broken("shm_open(%s)", name);
	object.fd = shm_open(name, kind == SHM_RO ? O_RDONLY : O_RDWR, 0);
	shm_unlink(name);
	if (object.fd == -1)
		suite_broken("shm_open(%s) again", name);
	if (ftruncate(object.peer, (off_t)size) == -1)
		suite_broken("ftruncate of a shared memory object");
	fill(object.peer, size);
	return object;
}

static struct object
make_memfd(enum object_kind kind, size_t size)
{
	struct object object = { kind, -1, -1, size };
	int (*create)(const char *, unsigned) =
	    (int (*)(const char *, unsigned))plat_function("memfd_create");
	int flags = call_flags(
	    "MFD_", kind == MEMFD_HUGE ? "CLOEXEC|HUGETLB" : "CLOEXEC");

	if (create == NULL)
		suite_unsupported("%s has no memfd_create", plat_name());
	object.fd = create("mmapcheck", (unsigned)flags);
	if (object.fd == -1 &&
	    (errno == ENOSYS ||
		(kind == MEMFD_HUGE &&
		    (errno == ENODEV || errno == EINVAL ||
			errno == EOPNOTSUPP))))
		suite_unsupported("this kernel makes no %s", object_name(kind));
	if (object.fd == -1)
		suite_broken("memfd_create");
	object.peer = dup(object.fd);
	if (object.peer == -1)
		suite_broken("dup");
	if (ftruncate(object.fd, (off_t)size) == -1)
		suite_broken("ftruncate of a memfd");
	if (kind == MEMFD)
		fill(object.peer, size);
	return object;
}

static struct object
make_device(enum object_kind kind, const char *path, int oflag)
{
	struct object object = { kind, -1, -1, 0 };

	object.fd = open(path, oflag | O_CLOEXEC);
	if (object.fd == -1 && errno == ENXIO)
		suite_unsupported("there is no %s", path);
	if (object.fd == -1)
		suite_broken("opening %s", path);
	return object;
}

static struct object
make_pipe(enum object_kind kind)
{
	struct object object = { kind, -1, -1, 0 };
	int ends[2];

	if (kind == SOCKET) {
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == -1)
			suite_broken("socketpair");
	} else if (pipe(ends) == -1) {
		suite_broken("pipe");
	}
	object.fd = ends[kind == PIPE_WRITE];
	object.peer = ends[kind != PIPE_WRITE];
	return object;
}

static struct object
make_fifo(const char *directory)
{
	struct object object = { FIFO, -1, -1, 0 };
	char path[1024], name[64];

	object_unique_name(name, sizeof(name));
	snprintf(path, sizeof(path), "%s%s", directory, name);
	if (mkfifo(path, 0600) == -1)
		suite_broken("mkfifo(%s)", path);
	object.fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (object.fd == -1)
		object.fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	unlink(path);
	if (object.fd == -1)
		suite_broken("opening a fifo");
	return object;
}

/* The highest number a fresh descriptor got, closed again. */
static struct object
make_closed(void)
{
	struct object object = { CLOSED, -1, -1, 0 };

	object.fd = fcntl(STDIN_FILENO, F_DUPFD, 40);
	if (object.fd == -1)
		object.fd = dup(STDOUT_FILENO);
	if (object.fd == -1)
		suite_broken("dup");
	close(object.fd);
	return object;
}

struct object
object_make_in(const char *directory, enum object_kind kind, size_t size)
{
	struct object object = { kind, -1, -1, 0 };

	object_need(kind);
	switch (kind) {
	case NOTHING:
		return object;
	case CLOSED:
		object = make_closed();
		break;
	case FILE_RW:
	case FILE_RO:
	case FILE_WO:
	case FILE_APPEND:
	case FILE_EMPTY:
	case FILE_LINKED:
		object = make_file(directory, kind, size);
		break;
	case DEVZERO:
		object = make_device(kind, "/dev/zero", O_RDWR);
		break;
	case DEVZERO_RO:
		object = make_device(kind, "/dev/zero", O_RDONLY);
		break;
	case DEVZERO_WO:
		object = make_device(kind, "/dev/zero", O_WRONLY);
		break;
	case DEVNULL:
		object = make_device(kind, "/dev/null", O_RDWR);
		break;
	case SHM:
	case SHM_RO:
		object = make_shm(kind, size);
		break;
	case MEMFD:
	case MEMFD_HUGE:
		object = make_memfd(kind, size);
		break;
	case DIRECTORY:
		object = make_device(kind, directory, O_RDONLY);
		break;
	case PIPE_READ:
	case PIPE_WRITE:
	case SOCKET:
		object = make_pipe(kind);
		break;
	case FIFO:
		object = make_fifo(directory);
		break;
	case OBJECT_KINDS:
		suite_broken("no such kind of object");
	}
	call_name_fd(object.fd, object_name(kind));
	return object;
}

struct object
object_make(enum object_kind kind, size_t size)
{
	return object_make_in(suite_directory(), kind, size);
}

void
object_close(struct object *object)
{
	if (object->fd >= 0 && object->kind != CLOSED)
		close(object->fd);
	call_name_fd(object->fd, NULL);
	object->fd = -1;
}

void
object_end(struct object *object)
{
	object_close(object);
	if (object->peer >= 0)
		close(object->peer);
	object->peer = -1;
}

unsigned char
object_byte(const struct object *object, off_t offset)
{
	unsigned char byte;

	if (pread(object->peer, &byte, 1, offset) != 1)
		suite_broken("reading byte %jd of %s", (intmax_t)offset,
		    object_name(object->kind));
	return byte;
}

void
object_put(const struct object *object, off_t offset, unsigned char byte)
{
	if (pwrite(object->peer, &byte, 1, offset) != 1)
		suite_broken("writing byte %jd of %s", (intmax_t)offset,
		    object_name(object->kind));
}

void
object_uncache(const struct object *object)
{
	int error = plat_uncache(object->peer);

	errno = error;
	if (error != 0 && error != ENOTSUP)
		suite_broken("writing %s back", object_name(object->kind));
}

int
object_named_file(char *path, size_t path_size, size_t size)
{
	int fd;

	if (getcwd(path, path_size - sizeof("/mmapcheck.XXXXXX")) == NULL)
		suite_broken("getcwd");
	strcat(path, "/mmapcheck.XXXXXX");
	fd = mkstemp(path);
	if (fd == -1)
		suite_broken("creating %s", path);
	fill(fd, size);
	call_name_fd(fd, object_name(FILE_RW));
	return fd;
}
