/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a test program says what it tests: a table of rows, one ATF case each,
 * and the verdicts that a row's body may reach.
 *
 *	static const struct row cases[] = {
 *		CALL(len_zero, LENGTH_ZERO, ANY, B(0), RW, "PRIVATE|ANON",
 *		    NOTHING, B(0), "EINVAL", SOUND_LEN(P(1))),
 *		CODE(replaces_overlap, FIXED_REPLACES_OVERLAP,
 *		    replaces_overlap),
 *	};
 *	SUITE_PROGRAM(cases)
 *
 * A verdict ends the body: the functions below that reach one do not return.
 * They may be called in children made by child.h, too: the child ends, and
 * the verdict is the parent's.  Outcomes: pass, fail, deviates (a failure that
 * platform/known/ lists), unsupported (a fact about the system), untested (a
 * fact about this run), broken (the suite or its environment).
 */
#ifndef HELPERS_SUITE_H
#define HELPERS_SUITE_H

#include <sys/types.h>
#include <sys/mman.h>

#include <stdbool.h>
#include <stddef.h>

#include "claim.h"
#include "object.h"
#include "view.h"

/*
 * ----- Rows ---------------------------------------------------------------
 */

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

/* Protections as rows and bodies write them. */
#define NONE PROT_NONE
#define R    PROT_READ
#define W    PROT_WRITE
#define X    PROT_EXEC
#define RW   (PROT_READ | PROT_WRITE)
#define RX   (PROT_READ | PROT_EXEC)
#define RWX  (PROT_READ | PROT_WRITE | PROT_EXEC)

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

/* Work for a fresh image of the program, started by child_exec(). */
struct child_image {
	const char *name;
	long (*run)(const char *argument); /* its result is the answer */
};

/* main() of a test program with the given rows (and images). */
int rows_main(int argc, char **argv, const char *file, const struct row *cases,
    size_t count, const struct child_image *images);

#define SUITE_PROGRAM(cases) SUITE_PROGRAM_IMAGES(cases, NULL)
#define SUITE_PROGRAM_IMAGES(cases, images)                      \
	int main(int argc, char **argv)                          \
	{                                                        \
		return rows_main(argc, argv, __FILE__, cases,    \
		    sizeof(cases) / sizeof((cases)[0]), images); \
	}

/*
 * ----- Verdicts -------------------------------------------------------------
 */

/*
 * The judgement of a body: what was observed must be allowed.  observed is a
 * format for the observation in words that do not change from run to run (no
 * addresses); the last one that held is what the case reports as observed.
 * Not holding: the case fails with
 *	CALL: OBSERVED, allowed ALLOWED [SOURCE SECTION, CLAIM]
 * where CALL is the last call made through call.h.  In a survey (a claim that
 * is UNSPECIFIED or MAY, or that another system promises) it passes all the
 * same, and what was observed is on record.
 */
void verdict_expect(bool holds, const char *allowed, const char *observed, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * As verdict_expect(false, ...) about something other than the last call's
 * result: "SUBJECT: OBSERVED, allowed ALLOWED [...]".  NULL: the last call.
 */
void verdict_fail(const char *subject, const char *allowed,
    const char *observed) __attribute__((noreturn));

/*
 * As verdict_expect() where there are two ways to put it: held, which is what
 * is allowed, or otherwise.
 */
void verdict_either(bool holds, const char *held, const char *otherwise);

/* The same where allowed says more, or less, than held. */
void verdict_decide(
    bool holds, const char *allowed, const char *held, const char *otherwise);

/* Sets what the case reports as observed; for surveys. No verdict. */
void verdict_observe(const char *observed, ...)
    __attribute__((format(printf, 1, 2)));

/* Something the case builds on must hold, else the case is broken. */
void verdict_set_up(bool holds, const char *what, ...)
    __attribute__((format(printf, 2, 3)));

/* As verdict_set_up(false, ...), with errno's name added. */
void verdict_broken(const char *what, ...)
    __attribute__((format(printf, 1, 2), noreturn));

/* This system does not have what the claim is about. */
void verdict_unsupported(const char *what, ...)
    __attribute__((format(printf, 1, 2), noreturn));

/* This run cannot decide the claim; what names what it would take. */
void verdict_untested(const char *what, ...)
    __attribute__((format(printf, 1, 2), noreturn));

/*
 * ----- What a body may ask ---------------------------------------------------
 */

/* The bytes of a struct row_size. */
long long rows_bytes(struct row_size size);

/* Directory for this round's regular files, and its file system's name. */
const char *directories_path(void);
const char *directories_filesystem(void);

/* Where shm_open(3) objects are files; NULL: nowhere. */
const char *directories_shm(void);

/* The name of any directory's file system ("ext4"); false: not known here. */
bool directories_find_filesystem(const char *path, char *name, size_t size);

/*
 * How often a body should try that looks for something rare: base times the
 * configuration variable "effort" (default 1, a whole number from 1 on).  Such a
 * body fails by what it saw, so more rounds never raise the odds of a false
 * alarm, which are 0; they lower those of a pass that a defect slipped
 * through.  What must have been seen for a pass (both sides of a race) and was
 * not ends it as untested.
 */
long verdict_rounds(long base);

/*
 * For what others on the machine can change (free space, the overcommit mode,
 * a file's times): a body that found it moved by somebody else, so that what
 * it saw decides nothing, starts over while this says true.  After 20 times the
 * case ends as untested: what names the thing that moved.
 */
bool verdict_again(const char *what);

/*
 * Changes a kernel-wide setting for the rest of an EXCLUSIVE or SETTINGS
 * body; it is restored on every path: a process of its own session waits for
 * the end of this one, however it comes, and Kyua's cleanup part does it
 * again.  Cannot be changed: untested.
 */
void settings_change(enum plat_setting setting, long long value);

/* Restores every changed setting now, for one that may hurt others. */
void settings_restore(void);

/* A setting's value now; cannot be told: untested, or false. */
long long settings_value(enum plat_setting setting);
bool settings_find(enum plat_setting setting, long long *value);

/* Whether settings_change() may be called: "exclusive" is true. */
bool settings_may_change(void);

/*
 * The setting must have that value: it has, or is changed to it where that is
 * allowed, else the case is untested.
 */
void settings_need(enum plat_setting setting, long long value);

/*
 * ----- For the other helpers ---------------------------------------------------
 */

/* The claim that the running case decides; NULL in a case without one. */
const struct claim *verdict_claim(void);

/* Absolute path of the running test program. */
const char *program_path(void);

/*
 * What test programs are started by, configuration variable "launcher": an
 * emulator such as qemu-aarch64, where the kernel does not know to.  NULL:
 * nothing.
 */
const char *program_launcher(void);

/* Kinds of verdict. A pass has no text. */
enum verdict {
	VERDICT_PASS,
	VERDICT_FAIL,
	VERDICT_UNSUPPORTED,
	VERDICT_UNTESTED,
	VERDICT_BROKEN
};

/*
 * Ends the body with a verdict; observed (may be NULL) is matched against
 * the known deviation's observation.  In a thread of the body it ends the
 * case.
 */
void verdict_end(enum verdict verdict, const char *observed, const char *text)
    __attribute__((noreturn));

/*
 * In a child: verdicts go to this function, which must not return.  NULL:
 * back to normal.
 */
void verdict_redirect(void (*taker)(
    enum verdict verdict, const char *observed, const char *text));

/*
 * A case without rows (the matrix): name, X-combination, description, body.
 * Adds them to the program that rows_main_combinations() runs.
 */
struct combination {
	const char *name;
	const char *combination;
	const char *description;
	void (*run)(size_t index);
};
int rows_main_combinations(int argc, char **argv, const char *file,
    const struct combination *cases, size_t count);

#endif
