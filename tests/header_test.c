/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * <sys/mman.h>: what it declares, and to whom it shows MAP_ANONYMOUS.  A wrong
 * declaration is a failing case, not a failing build, so types are compared by
 * _Generic.
 */
#include <sys/types.h>
#include <sys/mman.h>

#include <stddef.h>
#include <unistd.h>

#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/header.def"
#include "helpers/claims.h"

#define DECLARED(function, type)                                               \
	{                                                                      \
#function, _Generic(&(function), type : true, default : false) \
	}

static void
prototypes(void)
{
	static const struct {
		const char *name;
		bool right;
	} functions[] = {
		DECLARED(mmap, void *(*)(void *, size_t, int, int, int, off_t)),
		DECLARED(munmap, int (*)(void *, size_t)),
		DECLARED(mprotect, int (*)(void *, size_t, int)),
		DECLARED(msync, int (*)(void *, size_t, int)),
		DECLARED(mlock, int (*)(const void *, size_t)),
		DECLARED(munlock, int (*)(const void *, size_t)),
		DECLARED(mlockall, int (*)(int)),
		DECLARED(munlockall, int (*)(void)),
		DECLARED(posix_madvise, int (*)(void *, size_t, int)),
		DECLARED(shm_open, int (*)(const char *, int, mode_t)),
		DECLARED(shm_unlink, int (*)(const char *)),
	};

	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
		verdict_expect(functions[i].right, "the standard's type",
		    "%s has %s type", functions[i].name,
		    functions[i].right ? "the standard's" : "another");
	verdict_observe("the standard's types");
}

/* ----- MAP_ANONYMOUS ----------------------------------------------------- */

static const char *
visible(bool present)
{
	return present ? "defined" : "hidden";
}

/* A page of memory, all of it zeros, by whichever way leads to it. */
static void
expect_memory(const char *flags, int fd, const char *what)
{
	probe_expect_bytes(
	    probe_map_zeros(view_page(), flags, fd, 0), view_page(), 0, what);
}

/* Both names, one value, and either makes the memory. */
static void
both_names(void)
{
	long long shorter, longer;
	bool has_shorter = view_find_flag("MAP_ANON", &shorter);
	bool has_longer = view_find_flag("MAP_ANONYMOUS", &longer);

	verdict_expect(has_shorter && has_longer, "both names defined",
	    "MAP_ANON %s, MAP_ANONYMOUS %s", visible(has_shorter),
	    visible(has_longer));
	verdict_expect(shorter == longer, "one value",
	    "MAP_ANON %#llx, MAP_ANONYMOUS %#llx", shorter, longer);
	expect_memory("PRIVATE|ANONYMOUS", -1, "the memory");
	verdict_observe("both names, one value");
}

/* What a libc shows to a program that asks for POSIX and nothing else. */
static void
standard_program_sees(bool wanted)
{
	long long value;
	bool shorter = view_find_flag_in(PLAT_STANDARD, "MAP_ANON", &value);
	bool longer = view_find_flag_in(PLAT_STANDARD, "MAP_ANONYMOUS", &value);

	verdict_set_up(view_find_flag_in(PLAT_STANDARD, "MAP_FIXED", &value),
	    "MAP_FIXED is hidden as well");
	verdict_expect(shorter == wanted && longer == wanted,
	    wanted ? "both defined" : "both hidden",
	    "under _POSIX_C_SOURCE=202405L MAP_ANON is %s, MAP_ANONYMOUS %s",
	    visible(shorter), visible(longer));
}

#define ISSUE_8 202405L

static void
both_names_in_issue_8(void)
{
	long edition = sysconf(_SC_VERSION);

	if (edition < ISSUE_8)
		verdict_unsupported(
		    "the C library claims POSIX edition %ld, not %ld", edition,
		    ISSUE_8);
	standard_program_sees(true);
}

/* True of the editions before Issue 8. */
static void
extension_only(void)
{
	standard_program_sees(false);
}

static void
hidden_without_bsd_source(void)
{
	long long value;

	verdict_either(view_find_flag_in(PLAT_BSD, "MAP_ANONYMOUS", &value),
	    "defined with _BSD_SOURCE", "hidden with _BSD_SOURCE");
	verdict_either(!view_find_flag_in(PLAT_PLAIN, "MAP_ANONYMOUS", &value),
	    "hidden without any macro", "defined without any macro");
}

/*
 * A header decides, so it passes where one lacks the name, and only if the
 * other way leads to memory there.
 */
static void
bsd_lacks_flag(void)
{
	long long value;
	bool present = view_find_flag("MAP_ANONYMOUS", &value);
	struct object zero;

	verdict_decide(!present, "MAP_ANONYMOUS not defined",
	    "MAP_ANONYMOUS hidden", "MAP_ANONYMOUS defined");
	zero = object_make(DEVZERO, 0);
	expect_memory("PRIVATE", zero.fd, "/dev/zero");
	object_end(&zero);
	verdict_observe("MAP_ANONYMOUS hidden, and /dev/zero gives zeros");
}

/* clang-format off */
static const struct row cases[] = {
	CODE(prototypes, PROTOTYPES, prototypes),
	CODE(both_names, ANON_IN_POSIX, both_names),
	CODE(both_names_in_issue_8, ANON_IN_POSIX, both_names_in_issue_8),
	CODE(extension_only, ANON_NOT_IN_POSIX_2008, extension_only),
	CODE(hidden_without_bsd_source, ANON_NEEDS_BSD_SOURCE, hidden_without_bsd_source),
	CODE(bsd_lacks_flag, ANON_BSD_LACKS_FLAG, bsd_lacks_flag),
};
/* clang-format on */

SUITE_PROGRAM(cases)
