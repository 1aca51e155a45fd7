/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What portable programs do with files and other processes by way of mappings.
 * Each case is such a program from end to end, as in portable_test.c.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/child.h"
#include "helpers/names.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/portable_files.def"
#include "helpers/claims.h"

#define ANON "PRIVATE|ANON"

/*
 * ----- Files -----------------------------------------------------------------
 */

/* A range of a file, by read, must be what the object was filled with. */
static void
expect_in_file(const struct object *object, size_t from, size_t to)
{
	unsigned char *buffer = area_anon(to / view_page() + 1, RW);
	ssize_t got;

	call_begin("pread(file, ..., %zu, %zu", to - from, from);
	got = pread(object->peer, buffer, to - from, (off_t)from);
	call_made(got != -1, "pread(file, ..., %zu, %zu)", to - from, from);
	call_expect("ok");
	verdict_expect(got == (ssize_t)(to - from), "all bytes asked for",
	    "%zd bytes", got);
	probe_expect_pattern(
	    buffer, to - from, (off_t)from, "the file, by read");
	area_free(buffer, to / view_page() + 1);
}

/* The sum of a file's bytes by way of a mapping; its size from fstat. */
static unsigned long
sum_by_mapping(int fd)
{
	size_t page = view_page(), size, tail;
	struct stat status;
	unsigned long sum = 0;
	unsigned char *bytes;

	call_begin("fstat(file");
	call_made(fstat(fd, &status) == 0, "fstat(file)");
	call_expect("ok");
	size = (size_t)status.st_size;
	if (size == 0)
		return 0;
	bytes = probe_map(size, R, "SHARED", fd, 0);
	for (size_t i = 0; i < size; i++)
		sum += bytes[i];
	tail = (page - size % page) % page;
	if (tail > 0)
		probe_expect_bytes(
		    bytes + size, tail, 0, "the page's rest past the end");
	area_unmap(bytes, size);
	return sum;
}

static void
file_of_any_size(void)
{
	size_t page = view_page();
	size_t sizes[] = { 0, 1, page - 1, page, page + 1, 3 * page };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct object object = object_make(FILE_RW, sizes[i]);
		unsigned long want = 0, sum = sum_by_mapping(object.fd);

		for (size_t j = 0; j < sizes[i]; j++)
			want += object_pattern((off_t)j);
		verdict_expect(sum == want, "the file's bytes",
		    "other bytes in a file of %zu", sizes[i]);
		object_end(&object);
	}
	verdict_observe("all bytes of 6 sizes");
}

static void
piece_at_any_offset(void)
{
	size_t page = view_page(), length = page + 7;
	struct object object = object_make(FILE_RW, 5 * page);
	off_t offsets[] = { 0, 1, (off_t)page - 1, (off_t)page,
		(off_t)(2 * page) + 5, (off_t)(4 * page) - 7 };

	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		size_t before = (size_t)offsets[i] % page;
		unsigned char *start = probe_map(before + length, R, "SHARED",
		    object.fd, offsets[i] - (off_t)before);

		probe_expect_pattern(
		    start + before, length, offsets[i], "the piece");
		area_unmap(start, before + length);
	}
	verdict_observe("the piece at 6 offsets");
}

static void
update_by_mapping(void)
{
	size_t page = view_page(), size = 2 * page + 10;
	struct object object = object_make(FILE_RW, size);
	off_t places[] = { 0, (off_t)page - 1, (off_t)size - 1 };
	unsigned char *bytes = probe_map(size, RW, "SHARED", object.fd, 0);

	for (int i = 0; i < 3; i++)
		bytes[places[i]] = 'u';
	call_msync(bytes, size, "SYNC");
	call_expect("ok");
	for (int i = 0; i < 3; i++)
		probe_expect_byte(object_byte(&object, places[i]), 'u',
		    "an updated byte, by read");
	expect_in_file(&object, 1, page - 1);
	expect_in_file(&object, page, size - 1);
	area_unmap(bytes, size);
	probe_expect_byte(object_byte(&object, places[2]), 'u',
	    "an updated byte, after munmap");
	verdict_observe("updated");
}

static void
copy_by_mappings(void)
{
	size_t page = view_page(), size = 3 * page + 11;
	struct object from = object_make(FILE_RO, size);
	struct object to = object_make(FILE_EMPTY, 0);
	unsigned char *source, *target;

	object_resize(&to, size);
	source = probe_map(size, R, "PRIVATE", from.fd, 0);
	target = probe_map(size, RW, "SHARED", to.fd, 0);
	memcpy(target, source, size);
	call_msync(target, size, "SYNC");
	call_expect("ok");
	area_unmap(source, size);
	area_unmap(target, size);
	expect_in_file(&to, 0, size);
	verdict_observe("copied");
}

static void
scratch_copy(void)
{
	size_t page = view_page(), size = 2 * page;
	struct object object = object_make(FILE_RW, size);
	unsigned char *copy = probe_map(size, RW, "PRIVATE", object.fd, 0);

	probe_expect_pattern(copy, size, 0, "the copy");
	memset(copy + 1, 'e', page);
	probe_expect_bytes(copy + 1, page, 'e', "the edited part");
	probe_expect_pattern(
	    copy + 1 + page, page - 1, (off_t)page + 1, "the part not edited");
	area_unmap(copy, size);
	copy = probe_map(size, R, "SHARED", object.fd, 0);
	probe_expect_pattern(copy, size, 0, "the file");
	verdict_observe("edits stay in the copy");
}

/*
 *	reserved   [ 0 ][ 1 ][ 2 ][ 3 ]
 *	mapped     [ 0 ]			a file of one page
 *	grown      [ 0 ][ 1 ][ 2 ]
 */
static void
grow_beside(void)
{
	size_t page = view_page();
	struct object object = object_make(FILE_RW, page);
	unsigned char *start = probe_map(4 * page, NONE, ANON, -1, 0);

	call_mmap_at(start, page, RW, "SHARED|FIXED", object.fd, 0);
	probe_expect_store(start, "the file's page", "ok");
	start[0] = 'f';
	object_resize(&object, 3 * page);
	call_mmap_at(
	    start + page, 2 * page, RW, "SHARED|FIXED", object.fd, (off_t)page);
	probe_expect_byte(start[0], 'f', "the old part");
	probe_expect_store(start + page, "the new part", "ok");
	start[page] = 0;
	probe_expect_pattern(start + 1, page - 1, 1, "the old part");
	probe_expect_bytes(start + page, 2 * page, 0, "the new part");
	memset(start + page - 2, 'g', 4);
	start[3 * page - 1] = 'l';
	call_msync(start, 3 * page, "SYNC");
	call_expect("ok");
	for (off_t i = -2; i < 2; i++)
		probe_expect_byte(object_byte(&object, (off_t)page + i), 'g',
		    "a store across the seam, in the file");
	probe_expect_byte(object_byte(&object, (off_t)(3 * page) - 1), 'l',
	    "the last byte, in the file");
	area_unmap(start, 4 * page);
	verdict_observe("grown beside the old part");
}

static void
unlink_while_mapped(void)
{
	size_t page = view_page();
	char path[PATH_MAX];
	int fd = object_named_file(path, sizeof(path), 2 * page);
	unsigned char *bytes = probe_map(2 * page, RW, "SHARED", fd, 0);

	close(fd);
	call_begin("unlink(the mapped file");
	call_made(unlink(path) == 0, "unlink(the mapped file)");
	call_expect("ok");
	call_begin("open(the file's name");
	call_made(open(path, O_RDONLY) != -1, "open(the file's name)");
	call_expect("ENOENT");
	probe_expect_pattern(bytes, 2 * page, 0, "the file without a name");
	memset(bytes, 'n', 2 * page);
	call_msync(bytes, 2 * page, "SYNC");
	call_expect("ok");
	probe_expect_bytes(bytes, 2 * page, 'n', "the bytes stored");
	area_unmap(bytes, 2 * page);
	verdict_observe("the file kept without a name");
}

/*
 * ----- Other processes -----------------------------------------------------------
 */

/* Doubles each byte that the parent put there. */
static long
double_bytes(void *arg)
{
	unsigned char *bytes = arg;
	long sum = 0;

	for (size_t i = 0; i < 2 * view_page(); i++) {
		sum += bytes[i];
		bytes[i] = (unsigned char)(2 * bytes[i]);
	}
	return sum;
}

static void
share_over_fork(void)
{
	size_t page = view_page(), size = 2 * page;
	unsigned char *bytes = probe_map(size, RW, "SHARED|ANON", -1, 0);
	long sum;

	memset(bytes, 21, size);
	sum = child_ask(double_bytes, bytes);
	verdict_either(sum == 21 * (long)size,
	    "the child saw the parent's bytes", "the child saw other bytes");
	probe_expect_bytes(bytes, size, 42, "the child's bytes");
	area_unmap(bytes, size);
	verdict_observe("each sees what the other stored");
}

/* Another execution: what it is told is a name. */
static long
answer_in_file(const char *path)
{
	size_t size = 2 * view_page();
	unsigned char *bytes;
	int fd, question;

	call_begin("open(the other program's file");
	fd = open(path, O_RDWR);
	call_made(fd != -1, "open(the other program's file)");
	call_expect("ok");
	bytes = probe_map(size, RW, "SHARED", fd, 0);
	question = bytes[size - 1];
	memset(bytes, question + 1, size);
	return question;
}

static void
share_by_name(void)
{
	size_t size = 2 * view_page();
	char path[PATH_MAX];
	int fd = object_named_file(path, sizeof(path), size);
	unsigned char *bytes = probe_map(size, RW, "SHARED", fd, 0);
	long seen;

	close(fd);
	bytes[size - 1] = 'q';
	seen = child_exec("answer_in_file", path);
	unlink(path);
	probe_expect_byte(
	    (unsigned char)seen, 'q', "this program's store, in the other");
	probe_expect_bytes(bytes, size, 'q' + 1, "the other program's bytes");
	area_unmap(bytes, size);
	verdict_observe("each sees what the other stored");
}

/* What two processes may only use in turn. */
struct guarded {
	pthread_mutex_t mutex;
	long value;
};

/* Takes the mutex, holds it until it hears from the parent, gives it back. */
static void
hold_mutex(struct child *child, void *arg)
{
	struct guarded *guarded = arg;

	int error;

	call_begin("pthread_mutex_lock(a mutex in shared memory");
	error = pthread_mutex_lock(&guarded->mutex);
	call_made(error == 0, "pthread_mutex_lock(a mutex in shared memory)");
	child_tell(child, error);
	child_hear(child);
	guarded->value = 42;
	call_begin("pthread_mutex_unlock(a mutex in shared memory");
	error = pthread_mutex_unlock(&guarded->mutex);
	call_made(error == 0, "pthread_mutex_unlock(a mutex in shared memory)");
	child_tell(child, error);
}

static void
shared_mutex(void)
{
	struct guarded *guarded;
	pthread_mutexattr_t attributes;
	struct child child;
	long value;
	int error;

	pthread_mutexattr_init(&attributes);
	error =
	    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	guarded = (void *)probe_map(sizeof(*guarded), RW, "SHARED|ANON", -1, 0);
	if (error == 0)
		error = pthread_mutex_init(&guarded->mutex, &attributes);
	if (error == ENOTSUP || error == ENOSYS)
		verdict_unsupported("mutexes are not shared between processes: "
				    "%s",
		    names_errno(error));
	verdict_expect(
	    error == 0, "ok", "pthread_mutex_init: %s", names_errno(error));
	call_forget();
	child = child_start(hold_mutex, guarded);
	error = (int)child_hear(&child);
	verdict_expect(error == 0, "ok", "the child's pthread_mutex_lock: %s",
	    names_errno(error));
	error = pthread_mutex_trylock(&guarded->mutex);
	verdict_expect(error == EBUSY, "EBUSY while the child holds it",
	    "pthread_mutex_trylock: %s", names_result(error));
	child_tell(&child, 0);
	error = (int)child_hear(&child);
	verdict_expect(error == 0, "ok", "the child's pthread_mutex_unlock: %s",
	    names_errno(error));
	child_end(&child);
	error = pthread_mutex_trylock(&guarded->mutex);
	verdict_expect(error == 0, "ok when the child gave it back",
	    "pthread_mutex_trylock: %s", names_result(error));
	value = guarded->value;
	verdict_either(value == 42, "the child's value seen",
	    "the child's value not seen");
	area_unmap(guarded, sizeof(*guarded));
	verdict_observe("one process at a time");
}

/* clang-format off */
static const struct row cases[] = {
	CODE_DIRS(file_of_any_size,	PORTABLE_FILE_OF_ANY_SIZE,	file_of_any_size),
	CODE_DIRS(piece_at_any_offset,	PORTABLE_PIECE_AT_ANY_OFFSET,	piece_at_any_offset),
	CODE_DIRS(update_by_mapping,	PORTABLE_UPDATE_BY_MAPPING,	update_by_mapping),
	CODE_DIRS(copy_by_mappings,	PORTABLE_COPY_BY_MAPPINGS,	copy_by_mappings),
	CODE_DIRS(scratch_copy,		PORTABLE_SCRATCH_COPY,		scratch_copy),
	CODE_DIRS(grow_beside,		PORTABLE_GROW_BESIDE,		grow_beside),
	CODE(unlink_while_mapped,	PORTABLE_UNLINK_WHILE_MAPPED,	unlink_while_mapped),

	CODE(share_over_fork,		PORTABLE_SHARE_OVER_FORK,	share_over_fork),
	CODE(share_by_name,		PORTABLE_SHARE_BY_NAME,		share_by_name),
	CODE(shared_mutex,		PORTABLE_SHARED_MUTEX,		shared_mutex),
};
/* clang-format on */

static const struct child_image images[] = {
	{ "answer_in_file", answer_in_file },
	{ NULL, NULL },
};

SUITE_PROGRAM_IMAGES(cases, images)
