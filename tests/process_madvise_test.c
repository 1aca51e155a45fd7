/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * process_madvise(2): advice to oneself and to another process.
 */
#include <sys/types.h>

#include <errno.h>
#include <unistd.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/child.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/process_madvise.def"
#include "helpers/claims.h"

/* A descriptor of a process. */
static int
open_process(pid_t pid)
{
	int (*call)(pid_t, unsigned) =
	    (int (*)(pid_t, unsigned))view_function("pidfd_open");
	int fd = call(pid, 0);

	if (fd == -1 && errno == ENOSYS)
		verdict_unsupported("pidfd_open = ENOSYS");
	if (fd == -1 && errno == EPERM)
		verdict_untested("needs to be allowed pidfd_open: EPERM");
	if (fd == -1)
		verdict_broken("pidfd_open");
	call_name_fd(fd, pid == getpid() ? "self" : "child");
	return fd;
}

/* That must succeed; a sandbox may refuse the call. */
static ssize_t
advise_cold(int fd, unsigned char *area)
{
	ssize_t bytes =
	    call_process_madvise(fd, area, 2 * view_page(), "COLD", 0);

	if (bytes == -1 && errno == EPERM)
		verdict_untested("needs to be allowed process_madvise: EPERM");
	call_expect("ok");
	return bytes;
}

static void
bytes_told(void)
{
	unsigned char *area = area_filled(2);
	ssize_t bytes = advise_cold(open_process(getpid()), area);

	verdict_expect(bytes == (ssize_t)(2 * view_page()), "all bytes",
	    "%zd bytes of two pages", bytes);
	area_expect_kept(area, 0, 2, "the pages");
	verdict_observe("all bytes");
}

static void
dontneed_self(void)
{
	size_t page = view_page();
	unsigned char *area = area_filled(3);
	int self = open_process(getpid());

	advise_cold(self, area);
	call_process_madvise(self, area, 2 * page, "DONTNEED", 0);
	if (!call_last()->ok && call_last()->error == EINVAL)
		verdict_unsupported("this kernel takes hints only: EINVAL");
	call_expect("ok");
	probe_expect_bytes(area, 2 * page, 0, "the pages");
	area_expect_kept(area, 2, 1, "the page behind them");
	verdict_observe("empty");
}

static void
flags_not_zero(void)
{
	unsigned char *area = area_filled(2);
	int self = open_process(getpid());

	call_process_madvise(self, area, 2 * view_page(), "COLD", 1);
	call_expect("EINVAL");
	advise_cold(self, area);
	verdict_observe("EINVAL");
}

static void
not_open(void)
{
	unsigned char *area = area_filled(2);
	int self = open_process(getpid());

	advise_cold(self, area);
	close(self);
	call_process_madvise(self, area, 2 * view_page(), "COLD", 0);
	call_expect("EBADF");
	verdict_observe("EBADF");
}

static unsigned char *shown;

static void
look_later(struct child *parent, void *unused)
{
	(void)unused;
	child_hear(parent);
	child_tell(parent, area_still_filled(shown, 0, 2));
}

static void
dontneed_child(void)
{
	struct child child;
	bool kept;
	int fd;

	shown = area_filled(2);
	child = child_start(look_later, NULL);
	fd = open_process(child.pid);
	advise_cold(fd, shown);
	call_process_madvise(fd, shown, 2 * view_page(), "DONTNEED", 0);
	call_expect("EINVAL");
	child_tell(&child, 0);
	kept = child_hear(&child) != 0;
	child_end(&child);
	verdict_decide(
	    kept, "kept", "EINVAL, and the child's memory kept", "lost");
}

/* clang-format off */
static const struct row cases[] = {
	CODE(bytes_told, PROCESS_MADVISE_TELLS_BYTES, bytes_told),
	CODE(dontneed_self, PROCESS_MADVISE_ACTS, dontneed_self),
	CODE(flags_not_zero, PROCESS_MADVISE_FLAGS, flags_not_zero),
	CODE(not_open, PROCESS_MADVISE_NO_PROCESS, not_open),
	CODE(dontneed_child, PROCESS_MADVISE_OTHERS_KEPT, dontneed_child),
};
/* clang-format on */

SUITE_PROGRAM(cases)
