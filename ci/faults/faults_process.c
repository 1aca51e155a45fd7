/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults of processes and signals: what fork, exec and close do to mappings,
 * and how an access that is denied is told.  Where a preload cannot reach the
 * kernel, it acts at the next point that it can: after fork in the child, in
 * the constructor of a fresh image, in a signal's handler.
 */
#include <sys/types.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "faults.h"
#include "rows.h"

#define RW (PROT_READ | PROT_WRITE)

static void
unmap(struct fault_range *range)
{
	syscall(SYS_munmap, range->start, range->length);
}

static void
protect_none(struct fault_range *range)
{
	syscall(SYS_mprotect, range->start, range->length, PROT_NONE);
}

static void
protect_all(struct fault_range *range)
{
	syscall(SYS_mprotect, range->start, range->length, RW);
}

/* Fresh zero pages in place of a range, with its protection. */
static void
wipe(struct fault_range *range)
{
	syscall(SYS_mmap, range->start, range->length, range->prot,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

static void
wipe_private(struct fault_range *range)
{
	if ((range->flags & MAP_PRIVATE) != 0)
		wipe(range);
}

/* A shared range becomes the child's own copy. */
static void
separate(struct fault_range *range)
{
	unsigned char *const copy = fault_scratch;
	struct iovec from = { range->start, range->length };
	struct iovec to = { copy, range->length };

	if ((range->flags & MAP_SHARED) == 0 || (range->prot & RW) != RW ||
	    range->length > sizeof(fault_scratch))
		return;
	/* Pages past an object's end stay: they raise what they raised. */
	if (process_vm_readv(getpid(), &to, 1, &from, 1, 0) !=
	    (ssize_t)range->length)
		return;
	wipe(range);
	memcpy(range->start, copy, range->length);
}

static void
lock_again(struct fault_range *range)
{
	syscall(SYS_mlock, range->start, range->length);
}

static void
forget_wiping(struct fault_range *range)
{
	syscall(SYS_madvise, range->start, range->length, MADV_KEEPONFORK);
}

static void (*const child_visits[])(struct fault_range *) = { unmap,
	protect_none, protect_all, wipe, wipe_private, separate, lock_again,
	forget_wiping };

enum {
	UNMAP,
	PROTECT_NONE,
	PROTECT_ALL,
	WIPE,
	WIPE_PRIVATE,
	SEPARATE,
	LOCK_AGAIN,
	FORGET_WIPING
};

static long
in_child(const struct fault *fault, struct fault_args *args)
{
	long pid = fault_real(FAULT_FORK, args);

	if (pid == 0)
		fault_ranges(child_visits[fault->to]);
	return pid;
}

static long
lock_future_in_child(const struct fault *fault, struct fault_args *args)
{
	long pid = fault_real(fault->call, args);

	if (pid == 0)
		syscall(SYS_mlockall, MCL_FUTURE);
	return pid;
}

/* The parent's mappings suffer from the fork; the child waits until then. */
static long
in_parent(const struct fault *fault, struct fault_args *args)
{
	int ends[2];
	char byte;
	long pid;

	if (pipe(ends) == -1)
		return -1;
	pid = fault_real(FAULT_FORK, args);
	if (pid > 0)
		fault_ranges(child_visits[fault->to]);
	syscall(SYS_close, ends[1]);
	while (pid == 0 && read(ends[0], &byte, 1) == -1 && errno == EINTR)
		;
	syscall(SYS_close, ends[0]);
	return pid;
}

/* ----- Before fork ------------------------------------------------------------------ */

/* What a range holds goes to a copy; false: not to be read. */
static bool
copy_range(const struct fault_range *range, unsigned char *copy)
{
	struct iovec from = { range->start, range->length };
	struct iovec to = { copy, range->length };

	return process_vm_readv(getpid(), &to, 1, &from, 1, 0) ==
	    (ssize_t)range->length;
}

static unsigned char *
map_copy(const struct fault_range *range, int flags)
{
	long copy = syscall(
	    SYS_mmap, NULL, range->length, RW, flags | MAP_ANONYMOUS, -1, 0);

	if (copy == -1)
		return NULL;
	if (copy_range(range, (unsigned char *)copy))
		return (unsigned char *)copy;
	syscall(SYS_munmap, copy, range->length);
	return NULL;
}

/* Whether it can be written now: its first byte is, with itself. */
static bool
is_writable(const struct fault_range *range)
{
	unsigned char byte = range->start[0];
	struct iovec from = { &byte, 1 }, to = { range->start, 1 };

	return process_vm_writev(getpid(), &from, 1, &to, 1, 0) == 1;
}

/* A private range becomes shared memory of the same contents. */
static void
share(struct fault_range *range, bool writable)
{
	unsigned char *copy;

	if ((range->flags & MAP_PRIVATE) == 0)
		return;
	copy = map_copy(range, MAP_SHARED);
	if (copy == NULL)
		return;
	if (is_writable(range) != writable) {
		syscall(SYS_munmap, copy, range->length);
		return;
	}
	if (!writable)
		syscall(SYS_mprotect, copy, range->length, PROT_READ);
	syscall(SYS_mremap, copy, range->length, range->length,
	    MREMAP_MAYMOVE | MREMAP_FIXED, range->start);
}

static void
share_writable(struct fault_range *range)
{
	share(range, true);
}

static void
share_unwritable(struct fault_range *range)
{
	share(range, false);
}

static struct {
	struct fault_range range;
	unsigned char *copy;
} saved;

/* The longest private range. */
static void
save(struct fault_range *range)
{
	if ((range->flags & MAP_PRIVATE) == 0 ||
	    range->length < saved.range.length)
		return;
	if (saved.copy != NULL)
		syscall(SYS_munmap, saved.copy, saved.range.length);
	saved.range = *range;
	saved.copy = map_copy(range, MAP_PRIVATE);
}

enum {
	SHARE_WRITABLE,
	SHARE_UNWRITABLE,
	SAVE
};

static void (*const before_visits[])(
    struct fault_range *) = { share_writable, share_unwritable, save };

static long
before_fork(const struct fault *fault, struct fault_args *args)
{
	fault_ranges(before_visits[fault->to]);
	return fault_real(FAULT_FORK, args);
}

/* The parent's memory is once more what it was before the fork. */
static long
around_fork(const struct fault *fault, struct fault_args *args)
{
	long pid = before_fork(fault, args);

	if (pid > 0 && saved.copy != NULL) {
		memcpy(saved.range.start, saved.copy, saved.range.length);
		syscall(SYS_munmap, saved.copy, saved.range.length);
	}
	if (pid > 0) {
		saved.copy = NULL;
		saved.range.length = 0;
	}
	return pid;
}

/* ----- Huge pages are dealt with as a whole ---------------------------------------- */

#define HUGE_PAGE ((size_t)2 << 20)

/* A part of memory that is as long as a huge page is taken for all of one. */
static long
widen_to_huge(const struct fault *fault, struct fault_args *args)
{
	const struct fault_range *range = fault_range_of(args->addr);
	struct fault_args whole = *args;

	if (range != NULL && range->length >= HUGE_PAGE &&
	    args->length < HUGE_PAGE) {
		whole.addr =
		    (void *)((uintptr_t)args->addr / HUGE_PAGE * HUGE_PAGE);
		whole.length = HUGE_PAGE;
	}
	return fault_real(fault->call, &whole);
}

/* ----- exec: the old image's last mapping shows up in the new one --------------------- */

#define KEPT       "MMAPCHECK_FAULT_KEPT" /* "ADDRESS:BYTES", both hexadecimal */
#define KEPT_BYTES 64

static struct fault_range *latest;

static void
note_latest(struct fault_range *range)
{
	if ((range->prot & RW) == RW && range->start[0] != 0)
		latest = range;
}

static long
keep_over_exec(const struct fault *fault, struct fault_args *args)
{
	char text[32 + 2 * KEPT_BYTES];
	int length;

	(void)fault;
	(void)args;
	fault_ranges(note_latest);
	if (latest == NULL)
		return 0;
	length = snprintf(text, sizeof(text), "%lx:", (long)latest->start);
	for (size_t i = 0; i < KEPT_BYTES; i++)
		length += snprintf(text + length, sizeof(text) - (size_t)length,
		    "%02x", latest->start[i]);
	setenv(KEPT, text, 1);
	return 0;
}

__attribute__((constructor)) static void
restore_kept(void)
{
	const char *kept = getenv(KEPT);
	unsigned char *at;
	char *bytes;

	if (kept == NULL)
		return;
	at = (unsigned char *)strtoul(kept, &bytes, 16);
	syscall(SYS_mmap, at, fault_page(), RW,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	for (size_t i = 0; i < KEPT_BYTES; i++) {
		char digits[3] = { bytes[1 + 2 * i], bytes[2 + 2 * i], 0 };

		at[i] = (unsigned char)strtoul(digits, NULL, 16);
	}
}

#define LOCKED "MMAPCHECK_FAULT_LOCKED"

static long
lock_over_exec(const struct fault *fault, struct fault_args *args)
{
	(void)fault;
	(void)args;
	setenv(LOCKED, "", 1);
	return 0;
}

__attribute__((constructor)) static void
restore_locks(void)
{
	if (getenv(LOCKED) != NULL)
		syscall(SYS_mlockall, MCL_CURRENT | MCL_FUTURE);
}

static long
repeat_addresses(const struct fault *fault, struct fault_args *args)
{
	(void)args;
	personality((unsigned long)fault->to);
	return 0;
}

/* ----- munmap in a child ------------------------------------------------------ */

/* What a child asks of its parent, which a signal tells; in shared memory. */
static struct {
	void *addr;
	size_t length;
	volatile sig_atomic_t done;
} * request;

static pid_t first_process;

static void
unmap_as_asked(int signo)
{
	int error = errno;

	(void)signo;
	syscall(
	    fault_chosen()->call == FAULT_MUNLOCK ? SYS_munlock : SYS_munmap,
	    request->addr, request->length);
	request->done = 1;
	errno = error;
}

static long
unmap_in_parent(const struct fault *fault, struct fault_args *args)
{
	if (getpid() != first_process && getppid() == first_process) {
		request->addr = args->addr;
		request->length = args->length;
		request->done = 0;
		kill(first_process, SIGUSR2);
		while (!request->done)
			;
	}
	return fault_real(fault->call, args);
}

__attribute__((constructor)) static void
take_requests(void)
{
	const struct fault *fault = fault_chosen();
	struct sigaction action = { .sa_handler = unmap_as_asked,
		.sa_flags = SA_RESTART };

	if (fault == NULL || fault->act != unmap_in_parent)
		return;
	first_process = getpid();
	request = (void *)syscall(SYS_mmap, NULL, fault_page(), RW,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	sigaction(SIGUSR2, &action, NULL);
}

/* ----- close ------------------------------------------------------------------------------ */

static int closing;

static void
lose_if_closed(struct fault_range *range)
{
	if ((range->flags & MAP_ANONYMOUS) == 0 && range->fd == closing)
		protect_none(range);
}

static long
close_takes_mappings(const struct fault *fault, struct fault_args *args)
{
	(void)fault;
	closing = args->fd;
	fault_ranges(lose_if_closed);
	return fault_real(FAULT_CLOSE, args);
}

/* The mapping stays, but no longer reaches the file. */
static void
separate_if_closed(struct fault_range *range)
{
	if ((range->flags & MAP_ANONYMOUS) == 0 && range->fd == closing)
		separate(range);
}

static long
close_cuts_mappings_off(const struct fault *fault, struct fault_args *args)
{
	(void)fault;
	closing = args->fd;
	fault_ranges(separate_if_closed);
	return fault_real(FAULT_CLOSE, args);
}

/* ----- Signals ------------------------------------------------------------------------------ */

enum {
	SIGNAL_SWALLOWED,
	SIGNAL_OTHER,
	SIGNAL_CODE,
	SIGNAL_NO_ADDRESS,
	SIGNAL_PAGE,
	SIGNAL_PAGE_OFF
};

void
fault_signal(const struct fault *fault, struct fault_signal *signal)
{
	switch (fault->to) {
	case SIGNAL_SWALLOWED:
		signal->swallow = true;
		break;
	case SIGNAL_OTHER:
		signal->signo = signal->signo == SIGBUS ? SIGSEGV : SIGBUS;
		signal->code =
		    signal->signo == SIGBUS ? BUS_ADRERR : SEGV_MAPERR;
		break;
	case SIGNAL_CODE:
		if (signal->signo == SIGSEGV)
			signal->code = signal->code == SEGV_MAPERR
			    ? SEGV_ACCERR
			    : SEGV_MAPERR;
		else
			signal->code = BUS_OBJERR;
		break;
	case SIGNAL_NO_ADDRESS:
		signal->addr = NULL;
		break;
	case SIGNAL_PAGE:
		signal->addr = (char *)signal->addr -
		    (uintptr_t)signal->addr % fault_page();
		break;
	case SIGNAL_PAGE_OFF:
		signal->addr = (char *)signal->addr + fault_page();
		break;
	default:
		break;
	}
}

const struct fault fault_process[] = {
#include "process.def"
	{ 0 }
};
