/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * <sys/mman.h>: what it declares.  A wrong declaration is a failing case, not
 * a failing build, so types are compared by _Generic.
 */
#include <sys/types.h>
#include <sys/mman.h>

#include <stddef.h>

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

/* clang-format off */
static const struct row cases[] = {
	CODE(prototypes, PROTOTYPES, prototypes),
};
/* clang-format on */

SUITE_PROGRAM(cases)
