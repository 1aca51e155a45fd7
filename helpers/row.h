/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A row: one case of a test program.  Either a single mmap call with what is
 * allowed to become of it, or a body.
 */
#ifndef HELPERS_ROW_H
#define HELPERS_ROW_H

#include <stdbool.h>

#include "claim.h"
#include "object.h"

/* A length or an offset; the page size is known only at run time. */
struct row_size {
	long pages;
	long bytes;
};
#define P(n)           \
	{              \
		(n), 0 \
	}
#define B(n)           \
	{              \
		0, (n) \
	}
#define PB(n, b)         \
	{                \
		(n), (b) \
	}

/* Where a row's call asks to map. */
enum row_where {
	ANY,  /* NULL: the system chooses */
	FREE, /* the first page of 16 that were free a moment ago */
	USED, /* the second of four filled, private, writable pages */
	ODD,  /* one byte past USED */
	HIGH, /* view_high() */
	TOP   /* the last page of the integer range */
};

struct row_call {
	enum row_where addr;
	struct row_size len;
	int prot;
	const char *flags; /* see call.h */
	enum object_kind object;
	struct row_size off;
};

/* The one argument in which a row's sound call differs from its own. */
enum row_sound {
	SOUND_NONE,
	SOUND_IS_ADDR,
	SOUND_IS_LEN,
	SOUND_IS_PROT,
	SOUND_IS_FLAGS,
	SOUND_IS_OBJECT,
	SOUND_IS_OFF
};

struct row {
	const char *name;
	const struct claim *claim;
	void (*run)(void);  /* NULL: the row's call is the case */
	bool per_directory; /* run once in each configured directory */
	bool exclusive;     /* changes kernel-wide settings */
	bool settings;      /* may change them if they do not suit */
	struct row_call call;
	const char *allowed; /* see call_expect() */
	enum row_sound differs;
	struct row_call sound;
};

/*
 * One mmap call and its allowed results.  A row that allows no success names
 * the sound call, which differs in one argument and must succeed: only then
 * is the errno that argument's.  After an errno that POSIX.1-2024 mmap
 * (DESCRIPTION, last paragraphs) says changes nothing, the USED pages are
 * checked; after success the new pages' contents and protection are probed.
 * A sound call that is refused, or gives other memory, fails the case, too.
 */
#define CALL(n, c, a, l, p, f, o, s, allow, ...)                            \
	{                                                                   \
		.name = #n, .claim = &claims[CLAIM_##c],                    \
		.call = { a, l, p, f, o, s }, .allowed = allow, __VA_ARGS__ \
	}
#define SOUND_ADDR(a)   .differs = SOUND_IS_ADDR, .sound = { .addr = a }
#define SOUND_LEN(l)    .differs = SOUND_IS_LEN, .sound = { .len = l }
#define SOUND_PROT(p)   .differs = SOUND_IS_PROT, .sound = { .prot = p }
#define SOUND_FLAGS(f)  .differs = SOUND_IS_FLAGS, .sound = { .flags = f }
#define SOUND_OBJECT(o) .differs = SOUND_IS_OBJECT, .sound = { .object = o }
#define SOUND_OFF(s)    .differs = SOUND_IS_OFF, .sound = { .off = s }
/* For a row that allows "ok" and needs no sound call. */
#define NO_SOUND .differs = SOUND_NONE

/* A body decides. */
#define CODE(n, c, body)                                             \
	{                                                            \
		.name = #n, .claim = &claims[CLAIM_##c], .run = body \
	}

/*
 * As CODE, for a claim whose answer may depend on the file system: the body
 * runs once in each directory of the configuration variable "dirs", default
 * the work directory and the directory of shared memory objects. Objects that
 * are regular files are made there.  A deviation may hold in one of them.
 */
#define CODE_DIRS(n, c, body)                                         \
	{                                                             \
		.name = #n, .claim = &claims[CLAIM_##c], .run = body, \
		.per_directory = true                                 \
	}

/*
 * As CODE, for a body that changes kernel-wide settings. Runs only when the
 * configuration variable "exclusive" is true; the program must be declared
 * is_exclusive in tests/Kyuafile.
 */
#define EXCLUSIVE(n, c, body)                                         \
	{                                                             \
		.name = #n, .claim = &claims[CLAIM_##c], .run = body, \
		.exclusive = true                                     \
	}

/*
 * As CODE, for a body that settles a claim wherever kernel-wide settings suit
 * it, and may make them suit (settings_need(), settings_may_change()) when
 * the configuration variable "exclusive" is true.  Same rule for Kyuafile.
 */
#define SETTINGS(n, c, body)                                          \
	{                                                             \
		.name = #n, .claim = &claims[CLAIM_##c], .run = body, \
		.settings = true                                      \
	}

/* The body of a row that is one call. */
void row_run(const struct row *row);

#endif
