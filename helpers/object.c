/* SPDX-License-Identifier: BSD-2-Clause */
#include <sys/types.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "call.h"
#include "directories.h"
#include "names.h"
#include "object.h"
#include "platform/platform.h"
#include "verdict.h"
#include "view.h"

#define NEEDED_PAGES 4 /* that a case may fill */

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

static void
make_name(char *name, size_t size)
{
	static unsigned made;
	struct timeval now;

	gettimeofday(&now, NULL);
	snprintf(name, size, "/mmapcheck.%ld.%u.%lx", (long)getpid(), made++,
	    (unsigned long)now.tv_sec * 1000000 + (unsigned long)now.tv_usec);
}

#define NAMES 16
static char names[NAMES][64];
static size_t name_count;

void
object_unique_name(char *name, size_t size)
{
	char *kept = names[name_count++ % NAMES];

	make_name(kept, sizeof(names[0]));
	snprintf(name, size, "%s", kept);
}

void
object_remove_names(void)
{
	for (size_t i = 0; i < name_count && i < NAMES; i++)
		shm_unlink(names[i]);
	name_count = 0;
}

/*
 * ----- What may be in the way ------------------------------------------------
 */

/* Why something cannot be made, and what that makes of the case. */
struct obstacle {
	enum verdict verdict;
	char text[300];
};

/* A fact of the system, of this run, or else a mistake of the suite's. */
static enum verdict
verdict_on(int error)
{
	if (call_allows("EAFNOSUPPORT|ENODEV|ENOSYS|ENOTSUP|ENXIO|EOPNOTSUPP|"
			"EPROTONOSUPPORT",
		error))
		return VERDICT_UNSUPPORTED;
	if (call_allows("EACCES|EDQUOT|EFBIG|EIO|EMFILE|ENFILE|ENOBUFS|ENOMEM|"
			"ENOSPC|EPERM|EROFS",
		error))
		return VERDICT_UNTESTED;
	return VERDICT_BROKEN;
}

static bool stuck(struct obstacle *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

/* Notes the step that failed, and errno; gives false. */
static bool
stuck(struct obstacle *obstacle, const char *step, ...)
{
	int error = errno;
	va_list arguments;
	size_t used;

	obstacle->verdict = verdict_on(error);
	va_start(arguments, step);
	vsnprintf(obstacle->text, sizeof(obstacle->text), step, arguments);
	va_end(arguments);
	used = strlen(obstacle->text);
	snprintf(obstacle->text + used, sizeof(obstacle->text) - used, ": %s",
	    names_errno(error));
	return false;
}

static bool lacks(struct obstacle *, enum verdict, const char *, ...)
    __attribute__((format(printf, 3, 4)));

/* Notes what is not there; gives false. */
static bool
lacks(struct obstacle *obstacle, enum verdict verdict, const char *what, ...)
{
	va_list arguments;

	obstacle->verdict = verdict;
	va_start(arguments, what);
	vsnprintf(obstacle->text, sizeof(obstacle->text), what, arguments);
	va_end(arguments);
	return false;
}

/*
 * ----- Making ------------------------------------------------------------------
 */

static bool
fill(int fd, size_t size, struct obstacle *obstacle)
{
	unsigned char block[4096];

	for (size_t done = 0; done < size;) {
		size_t part =
		    size - done < sizeof(block) ? size - done : sizeof(block);
		ssize_t wrote;

		for (size_t i = 0; i < part; i++)
			block[i] = object_pattern((off_t)(done + i));
		errno = EIO;
		wrote = pwrite(fd, block, part, (off_t)done);
		if (wrote <= 0)
			return stuck(
			    obstacle, "writing %zu bytes to an object", size);
		done += (size_t)wrote;
	}
	return true;
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
object_is_zeros(enum object_kind kind)
{
	return kind == DEVZERO || kind == DEVZERO_RO || kind == DEVZERO_WO ||
	    kind == MEMFD_HUGE;
}

static bool
is_work_directory(const char *directory)
{
	struct stat there, here;

	return stat(directory, &there) == 0 && stat(".", &here) == 0 &&
	    there.st_dev == here.st_dev && there.st_ino == here.st_ino;
}

static int
open_flags(enum object_kind kind)
{
	switch (kind) {
	case FILE_RO:
	case DEVZERO_RO:
	case DIRECTORY:
		return O_RDONLY;
	case FILE_WO:
	case DEVZERO_WO:
		return O_WRONLY;
	case FILE_APPEND:
		return O_RDWR | O_APPEND;
	default:
		return O_RDWR;
	}
}

static bool
make_file(
    const char *directory, struct object *object, struct obstacle *obstacle)
{
	char path[1024];

	snprintf(path, sizeof(path), "%s/mmapcheck.XXXXXX", directory);
	object->peer = mkstemp(path);
	if (object->peer == -1)
		return stuck(obstacle, "creating a file in %s", directory);
	object->fd = open(path, open_flags(object->kind) | O_CLOEXEC);
	if (object->fd == -1)
		stuck(obstacle, "opening %s", path);
	if (object->kind != FILE_LINKED || !is_work_directory(directory))
		unlink(path);
	if (object->kind == FILE_EMPTY)
		object->size = 0;
	return object->fd != -1 && fill(object->peer, object->size, obstacle);
}

static bool
make_shm(struct object *object, struct obstacle *obstacle)
{
	char name[64];

	make_name(name, sizeof(name));
	object->peer = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
	if (object->peer == -1)
		return stuck(obstacle, "shm_open");
	object->fd =
	    shm_open(name, object->kind == SHM_RO ? O_RDONLY : O_RDWR, 0);
	if (object->fd == -1)
		stuck(obstacle, "shm_open again");
	shm_unlink(name);
	if (object->fd == -1)
		return false;
	if (ftruncate(object->peer, (off_t)object->size) == -1)
		return stuck(obstacle, "ftruncate of a shared memory object");
	return fill(object->peer, object->size, obstacle);
}

static bool
make_memfd(struct object *object, struct obstacle *obstacle)
{
	int (*create)(const char *, unsigned) =
	    (int (*)(const char *, unsigned))plat_function("memfd_create");
	bool huge = object->kind == MEMFD_HUGE;
	const char *flags = huge ? "CLOEXEC|HUGETLB" : "CLOEXEC";

	if (create == NULL || !call_has_flags("MFD_", flags))
		return lacks(obstacle, VERDICT_UNSUPPORTED, "%s has no %s",
		    plat_name(), object_name(object->kind));
	object->fd = create("mmapcheck", (unsigned)call_flags("MFD_", flags));
	/* Kernels that do not know the flag. */
	if (object->fd == -1 && huge && errno == EINVAL)
		errno = ENOTSUP;
	if (object->fd == -1)
		return stuck(obstacle, "memfd_create");
	object->peer = dup(object->fd);
	if (object->peer == -1)
		return stuck(obstacle, "dup");
	if (ftruncate(object->fd, (off_t)object->size) == -1)
		return stuck(obstacle, "ftruncate of a memfd");
	return huge || fill(object->peer, object->size, obstacle);
}

static bool
make_open(const char *path, struct object *object, struct obstacle *obstacle)
{
	struct stat status;

	object->fd = open(path, open_flags(object->kind) | O_CLOEXEC);
	if (object->fd == -1 || fstat(object->fd, &status) == -1)
		return stuck(obstacle, "opening %s", path);
	/* In a new root directory anything may have the name. */
	if (object->kind != DIRECTORY && !S_ISCHR(status.st_mode))
		return lacks(
		    obstacle, VERDICT_UNTESTED, "%s is no device here", path);
	return true;
}

static bool
make_pipe(struct object *object, struct obstacle *obstacle)
{
	int ends[2];

	if (object->kind == SOCKET) {
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == -1)
			return stuck(obstacle, "socketpair");
	} else if (pipe(ends) == -1) {
		return stuck(obstacle, "pipe");
	}
	object->fd = ends[object->kind == PIPE_WRITE];
	object->peer = ends[object->kind != PIPE_WRITE];
	return true;
}

static bool
make_fifo(
    const char *directory, struct object *object, struct obstacle *obstacle)
{
	char path[1024], name[64];

	make_name(name, sizeof(name));
	snprintf(path, sizeof(path), "%s%s", directory, name);
	if (mkfifo(path, 0600) == -1)
		return stuck(obstacle, "mkfifo in %s", directory);
	object->fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (object->fd == -1)
		object->fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (object->fd == -1)
		stuck(obstacle, "opening a fifo");
	unlink(path);
	return object->fd != -1;
}

/*
 * The number of a descriptor that was open a moment ago.  None that is opened
 * later may get it: they take the lowest numbers.
 */
#define APART 32

static bool
make_closed(struct object *object, struct obstacle *obstacle)
{
	int ends[2];

	if (pipe(ends) == -1)
		return stuck(obstacle, "pipe");
	object->fd = fcntl(ends[0], F_DUPFD, ends[0] + APART);
	close(ends[0]);
	close(ends[1]);
	if (object->fd == -1)
		return lacks(obstacle, VERDICT_UNTESTED,
		    "needs %d descriptors more", APART);
	close(object->fd);
	return true;
}

static bool
make_in(const char *directory, struct object *object, struct obstacle *obstacle)
{
	const char *needed = place(object->kind);

	if (needed != NULL && access(needed, F_OK) == -1 && errno == ENOENT)
		return lacks(
		    obstacle, VERDICT_UNTESTED, "there is no %s here", needed);
	switch (object->kind) {
	case NOTHING:
		return true;
	case CLOSED:
		return make_closed(object, obstacle);
	case FILE_RW:
	case FILE_RO:
	case FILE_WO:
	case FILE_APPEND:
	case FILE_EMPTY:
	case FILE_LINKED:
		return make_file(directory, object, obstacle);
	case DEVZERO:
	case DEVZERO_RO:
	case DEVZERO_WO:
	case DEVNULL:
		return make_open(needed, object, obstacle);
	case SHM:
	case SHM_RO:
		return make_shm(object, obstacle);
	case MEMFD:
	case MEMFD_HUGE:
		return make_memfd(object, obstacle);
	case DIRECTORY:
		return make_open(directory, object, obstacle);
	case PIPE_READ:
	case PIPE_WRITE:
	case SOCKET:
		return make_pipe(object, obstacle);
	case FIFO:
		return make_fifo(directory, object, obstacle);
	case OBJECT_KINDS:
		break;
	}
	errno = EINVAL;
	return stuck(obstacle, "no such kind of object");
}

static void
give_up(struct object *object, const struct obstacle *obstacle)
{
	object_end(object);
	verdict_end(obstacle->verdict, NULL, obstacle->text);
}

struct object
object_make(enum object_kind kind, size_t size)
{
	struct object object = { kind, -1, -1, size };
	struct obstacle obstacle;

	if (!make_in(directories_path(), &object, &obstacle))
		give_up(&object, &obstacle);
	call_name_fd(object.fd, object_name(kind));
	return object;
}

bool
object_try(enum object_kind kind, size_t size, struct object *object, char *why,
    size_t why_size)
{
	struct obstacle obstacle;

	*object = (struct object){ kind, -1, -1, size };
	if (make_in(directories_path(), object, &obstacle)) {
		call_name_fd(object->fd, object_name(kind));
		return true;
	}
	if (obstacle.verdict == VERDICT_BROKEN)
		give_up(object, &obstacle);
	object_end(object);
	snprintf(why, why_size, "%s", obstacle.text);
	return false;
}

void
object_need(enum object_kind kind)
{
	struct object object = object_make(kind, NEEDED_PAGES * view_page());

	object_end(&object);
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
object_resize(const struct object *object, size_t size)
{
	const char *name = object->kind == SHM ? "shm" : "file";

	call_begin("ftruncate(%s, %zu", name, size);
	call_made(ftruncate(object->peer, (off_t)size) == 0,
	    "ftruncate(%s, %zu)", name, size);
	call_expect("ok");
}

void
object_end(struct object *object)
{
	object_close(object);
	if (object->peer >= 0)
		close(object->peer);
	object->peer = -1;
}

/*
 * An access by a system call that moved no byte.  Once a call under test was
 * made it is one of the ways in which its effect shows.
 */
static void refused(const struct object *, const char *, off_t, ssize_t,
    const char *) __attribute__((noreturn));

static void
refused(const struct object *object, const char *call, off_t offset,
    ssize_t moved, const char *step)
{
	int error = moved == 0 ? EIO : errno;
	struct obstacle obstacle;
	char text[128];

	errno = error;
	stuck(&obstacle, "%s byte %jd of %s", step, (intmax_t)offset,
	    object_name(object->kind));
	if (call_last()->text[0] == '\0' || error == ENOSPC || error == EDQUOT)
		verdict_end(obstacle.verdict, NULL, obstacle.text);
	snprintf(text, sizeof(text), "%s(%s, 1, %jd)", call,
	    object_name(object->kind), (intmax_t)offset);
	verdict_fail(
	    text, "1 byte", moved == 0 ? "0 bytes" : names_errno(error));
}

unsigned char
object_byte(const struct object *object, off_t offset)
{
	unsigned char byte;
	ssize_t moved = pread(object->peer, &byte, 1, offset);

	if (moved != 1)
		refused(object, "pread", offset, moved, "reading");
	return byte;
}

void
object_put(const struct object *object, off_t offset, unsigned char byte)
{
	ssize_t moved = pwrite(object->peer, &byte, 1, offset);

	if (moved != 1)
		refused(object, "pwrite", offset, moved, "writing");
}

struct stat
object_status(const struct object *object)
{
	struct stat status;

	if (fstat(object->peer, &status) == -1)
		verdict_broken("fstat");
	return status;
}

void
object_uncache(const struct object *object)
{
	int error = plat_uncache(object->peer);
	struct obstacle obstacle;

	errno = error;
	if (error == 0 || error == ENOTSUP)
		return;
	stuck(&obstacle, "writing %s back", object_name(object->kind));
	verdict_end(obstacle.verdict, NULL, obstacle.text);
}

void
object_mark_append_only(const struct object *file, bool on)
{
	int error = plat_set_append_only(file->peer, on);

	verdict_set_up(on || error == 0, "taking the mark away");
	if (error == EPERM)
		verdict_untested("needs to mark a file append-only");
	if (error != 0)
		verdict_unsupported("no file of %s is append-only: %s",
		    directories_filesystem(), names_errno(error));
}

int
object_named_file(char *path, size_t path_size, size_t size)
{
	struct object object = { FILE_RW, -1, -1, size };
	struct obstacle obstacle;

	if (getcwd(path, path_size - sizeof("/mmapcheck.XXXXXX")) == NULL)
		verdict_broken("getcwd");
	strcat(path, "/mmapcheck.XXXXXX");
	object.fd = mkstemp(path);
	if (object.fd == -1) {
		stuck(&obstacle, "creating %s", path);
		give_up(&object, &obstacle);
	}
	if (!fill(object.fd, size, &obstacle))
		give_up(&object, &obstacle);
	call_name_fd(object.fd, object_name(FILE_RW));
	return object.fd;
}
