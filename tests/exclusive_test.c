/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Claims that take a change of kernel-wide settings to decide.  Off unless
 * -v test_suites.mmapcheck.exclusive=true is given; every setting is put
 * back, also when a case is killed.
 */
#include <sys/types.h>

#include <stddef.h>

#include "helpers/call.h"
#include "helpers/child.h"
#include "helpers/object.h"
#include "helpers/suite.h"

/* ----- Open files of the whole system ------------------------------------- */

enum {
	AT_LIMIT,
	BELOW_LIMIT
};

static void
map_for(const char *flags, int fd, const char *allowed)
{
	call_mmap(NULL, suite_page(), RW, flags, fd, 0);
	call_expect(allowed);
}

/* Unprivileged, as the limit does not hold for others. */
static void
map_when_told(struct child *parent, void *arg)
{
	const struct object *file = arg;

	child_drop_privileges();
	map_for("SHARED|ANON", -1, "ok");
	child_tell(parent, 0);
	child_hear(parent);
	map_for("SHARED|ANON", -1, "ENFILE");
	map_for("PRIVATE|ANON", -1, "ok");
	map_for("SHARED", file->fd, "ok");
	child_tell(parent, AT_LIMIT);
	child_hear(parent);
	map_for("SHARED|ANON", -1, "ok");
	child_tell(parent, BELOW_LIMIT);
}

/* Restored as soon as the child is done: the whole system feels it. */
static void
files_used_up(void)
{
	struct object file = object_make(FILE_RW, suite_page());
	struct child child = child_start(map_when_told, &file);
	long long old;

	child_hear(&child);
	if (plat_setting(PLAT_FILES_MAX, &old) != 0)
		suite_untested("needs to read the limit of open files");
	suite_change(PLAT_FILES_MAX, 1);
	child_tell(&child, 0);
	child_hear(&child);
	suite_change(PLAT_FILES_MAX, old);
	child_tell(&child, 0);
	child_hear(&child);
	child_end(&child);
	suite_observe("ENFILE for shared anonymous memory alone");
}

/* clang-format off */
static const struct suite_case cases[] = {
	EXCLUSIVE(files_used_up, ENFILE_SYSTEM_LIMIT, files_used_up),
};
/* clang-format on */

SUITE_PROGRAM(cases)
