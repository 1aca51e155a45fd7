/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The things that can be mapped.  Objects that hold bytes are filled with a
 * pattern that is never zero and differs from page to page.  Nothing has a
 * name any more by the time object_make() returns, so a killed case leaves
 * no file and no shared memory object behind.  One kind keeps its name where
 * Kyua removes it: not every system writes back a file without a name.
 */
#ifndef HELPERS_OBJECT_H
#define HELPERS_OBJECT_H

#include <sys/types.h>
#include <sys/stat.h>

#include <stdbool.h>
#include <stddef.h>

enum object_kind {
	NOTHING,     /* fd -1 */
	CLOSED,      /* a descriptor number that is not open */
	FILE_RW,     /* regular file, opened O_RDWR */
	FILE_RO,     /* O_RDONLY */
	FILE_WO,     /* O_WRONLY */
	FILE_APPEND, /* O_RDWR | O_APPEND */
	FILE_EMPTY,  /* O_RDWR, no bytes */
	FILE_LINKED, /* O_RDWR, with a name while in Kyua's work directory */
	DEVZERO,     /* /dev/zero, O_RDWR */
	DEVZERO_RO,
	DEVZERO_WO,
	DEVNULL, /* /dev/null, O_RDWR */
	SHM,     /* POSIX shared memory object, O_RDWR */
	SHM_RO,
	MEMFD,      /* memfd_create() */
	MEMFD_HUGE, /* memfd_create(MFD_HUGETLB), default size, not filled */
	DIRECTORY,  /* O_RDONLY */
	PIPE_READ,  /* the end to read from */
	PIPE_WRITE,
	FIFO,   /* O_RDWR where possible, else the end to read from */
	SOCKET, /* a local stream socket */
	OBJECT_KINDS
};

struct object {
	enum object_kind kind;
	int fd;      /* opened as the kind says; -1: nothing */
	int peer;    /* O_RDWR on the same bytes, or a pipe's other end; -1 */
	size_t size; /* bytes it holds */
};

/*
 * Makes an object of a kind with size bytes (0 for what has no size), regular
 * files in directories_path().  Where it cannot be made, the case ends: as
 * unsupported for want of a function or a device that the system does not
 * have; as untested where this run is denied it (EPERM, EROFS, ENOSPC, EMFILE
 * ...) or its directory or device is not there; as broken by any other errno.
 */
struct object object_make(enum object_kind kind, size_t size);

/*
 * As object_make() for a case that can do without: false, and why not in words
 * ("memfd_create: EPERM").  Any other errno breaks the case all the same.
 */
bool object_try(enum object_kind kind, size_t size, struct object *object,
    char *why, size_t why_size);

/*
 * Ends the case as object_make() would, where objects of the kind with a few
 * pages cannot be made: for bodies that make their own.
 */
void object_need(enum object_kind kind);

/* Closes what it holds open. The bytes live on in mappings only. */
void object_end(struct object *object);

/*
 * Gives a file or a shared memory object another size by its peer, as the act
 * under test: must be "ok".
 */
void object_resize(const struct object *object, size_t size);

/* Closes the descriptor to map by; the peer stays open. */
void object_close(struct object *object);

/* Whether every byte of it reads as zero. */
bool object_is_zeros(enum object_kind kind);

/* What a message calls the kind: "file read-only", "/dev/zero". */
const char *object_name(enum object_kind kind);

/* The word for a table: "file-ro", "devzero". */
const char *object_word(enum object_kind kind);

/* The byte of the pattern at an offset; never 0. */
unsigned char object_pattern(off_t offset);

/*
 * The byte that pread(2) finds at offset by way of the peer, and one put there
 * by pwrite(2).  Moving no byte fails the case once a call under test was
 * made, unless storage is full; before it ends as object_make() would.
 */
unsigned char object_byte(const struct object *object, off_t offset);
void object_put(const struct object *object, off_t offset, unsigned char byte);

/* What fstat(2) says of it, by way of the peer. */
struct stat object_status(const struct object *object);

/*
 * Writes an object's bytes to storage and asks that none stay in memory. The
 * system may keep them, and has to where there is no storage.
 */
void object_uncache(const struct object *object);

/*
 * Marks a file as one that can only be appended to, or takes the mark away.
 * Not allowed: untested; no such mark in its file system: unsupported.
 */
void object_mark_append_only(const struct object *file, bool on);

/*
 * A regular file that keeps its name: path is filled in.  Only in Kyua's
 * work directory, which Kyua removes: for claims about names.
 */
int object_named_file(char *path, size_t path_size, size_t size);

/*
 * A shared memory object's name that nobody else uses, never one
 * used before.  When the body ends, however it ends, no object has one of the
 * last 16 any more.
 */
void object_unique_name(char *name, size_t size);

/* For rounds.c: removes what has one of those names. */
void object_remove_names(void);

#endif
