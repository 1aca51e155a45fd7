/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mappings and the life of a process: what close, fork, exec, munmap in a
 * relative and the end of the process do to them.
 */
#include <sys/types.h>
#include <sys/statvfs.h>
#include <sys/wait.h>

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/child.h"
#include "helpers/names.h"
#include "helpers/object.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/process.def"
#include "helpers/claims.h"

static void
descriptor_closed(void)
{
	struct object file = object_make(FILE_RW, view_page());
	volatile unsigned char *mapped =
	    call_mmap(NULL, view_page(), RW, "SHARED", file.fd, 0);
	unsigned char seen;

	call_expect("ok");
	call_name_fd(file.fd, NULL);
	call_begin("close(file");
	call_made(close(file.fd) != -1, "close(file)");
	call_expect("ok");
	probe_expect_pattern(
	    (const void *)(uintptr_t)mapped, view_page(), 0, "the mapping");
	probe_expect_store(mapped, "the mapping", "ok");
	*mapped = 0;
	seen = object_byte(&file, 0);
	verdict_expect(seen == 0, "the store in the file",
	    "the file's first byte is %#x", seen);
	verdict_observe("usable, stores reach the file");
}

/* ----- exec --------------------------------------------------------------- */

/* No address of a fresh image holds this by accident. */
static const char mark[32] = "mapped before exec, not after it";

/* 1: the mark is still where the argument says. */
static long
finds_mark(const char *argument)
{
	const char *at = (const char *)(uintptr_t)strtoumax(argument, NULL, 16);

	for (size_t i = 0; i < sizeof(mark); i++) {
		unsigned char value;

		if (probe_load(at + i, &value).signo != 0 ||
		    value != (unsigned char)mark[i])
			return 0;
	}
	return 1;
}

static void
executed(void)
{
	static const char *const flags[] = { "PRIVATE|ANON", "SHARED|ANON" };

	for (size_t i = 0; i < 2; i++) {
		unsigned char *mapped =
		    probe_map_blank(view_page(), flags[i], -1);
		char address[32];
		long found;

		memcpy(mapped, mark, sizeof(mark));
		snprintf(
		    address, sizeof(address), "%" PRIxPTR, (uintptr_t)mapped);
		verdict_either(finds_mark(address) == 1, "the mark before exec",
		    "no mark before exec");
		found = child_exec("finds_mark", address);
		verdict_either(
		    found == 0, "gone after exec", "still mapped after exec");
	}
}

/* ----- fork --------------------------------------------------------------- */

static struct {
	const char *flags;
	enum object_kind object;
	int prot;
	volatile unsigned char *mapped;
	unsigned char first;
} inherited[] = {
	{ "PRIVATE|ANON", NOTHING, RW, NULL, 'p' },
	{ "SHARED|ANON", NOTHING, RW, NULL, 's' },
	{ "PRIVATE", FILE_RW, R, NULL, 0 },
	{ "SHARED", FILE_RW, RW, NULL, 0 },
	{ "PRIVATE|ANON", NOTHING, NONE, NULL, 0 },
};

#define INHERITED (sizeof(inherited) / sizeof(inherited[0]))

static void
map_inherited(void)
{
	for (size_t i = 0; i < INHERITED; i++) {
		struct object object =
		    object_make(inherited[i].object, view_page());

		inherited[i].mapped = call_map(view_page(), inherited[i].prot,
		    inherited[i].flags, object.fd, 0);
		if (object.kind == FILE_RW)
			inherited[i].first = object_pattern(0);
		else if (inherited[i].prot == RW)
			*inherited[i].mapped = inherited[i].first;
	}
}

/* In the child: 0, or the number of the first mapping that differs. */
static long
differs_in_child(void *arg)
{
	(void)arg;
	for (size_t i = 0; i < INHERITED; i++) {
		unsigned char value = 0;
		struct guard_signal load =
		    probe_load(inherited[i].mapped, &value);
		struct guard_signal store =
		    probe_store(inherited[i].mapped, inherited[i].first);

		if ((load.signo == 0) != ((inherited[i].prot & R) != 0) ||
		    (load.signo == 0 && value != inherited[i].first) ||
		    (store.signo == 0) != ((inherited[i].prot & W) != 0))
			return (long)i + 1;
	}
	return 0;
}

static void
forked(void)
{
	long differs;

	map_inherited();
	child_expect_fork();
	differs = child_ask(differs_in_child, NULL);
	if (differs != 0)
		verdict_expect(false, "all mappings as in the parent",
		    "the mapping %s, %s differs in the child",
		    inherited[differs - 1].flags,
		    names_prot(inherited[differs - 1].prot));
	else
		verdict_observe("all mappings as in the parent");
}

/* Uses what the parent mapped: adds one to each byte, gives the sum. */
static long
uses_mappings(void *arg)
{
	long sum = 0;

	(void)arg;
	for (size_t i = 0; i < INHERITED; i++)
		if (inherited[i].prot == RW)
			sum += ++*inherited[i].mapped;
	return sum;
}

static void
used_after_fork(void)
{
	long expected, sum;
	unsigned char shared;

	map_inherited();
	child_expect_fork();
	expected =
	    inherited[0].first + inherited[1].first + inherited[3].first + 3;
	sum = child_ask(uses_mappings, NULL);
	verdict_expect(sum == expected, "the child's additions",
	    "a sum of %ld in the child, %ld expected", sum, expected);
	shared = *inherited[1].mapped;
	verdict_expect(shared == inherited[1].first + 1,
	    "the child's store in shared memory", "shared byte %#x", shared);
	verdict_observe("usable without another mmap");
}

/* The first of two pages. */
static long
unmaps(void *arg)
{
	call_munmap(arg, view_page());
	call_expect("ok");
	probe_expect_bytes(
	    (char *)arg + view_page(), view_page(), 0, "the page behind it");
	return area_is_mapped(arg);
}

static void
unmapped_by_child(void)
{
	static const char *const flags[] = { "PRIVATE|ANON", "SHARED|ANON" };

	for (size_t i = 0; i < 2; i++) {
		unsigned char *mapped =
		    probe_map_blank(2 * view_page(), flags[i], -1);
		unsigned char kept;
		long left;

		*mapped = 'k';
		child_expect_fork();
		left = child_ask(unmaps, mapped);
		verdict_either(
		    left == 0, "unmapped in the child", "mapped in the child");
		probe_expect_load(mapped, "the parent's mapping", "ok");
		kept = probe_byte(mapped);
		verdict_expect(kept == 'k', "the parent's byte",
		    "the parent's byte is %#x", kept);
		probe_expect_bytes(mapped + 1, 2 * view_page() - 1, 0,
		    "the rest of the parent's pages");
		probe_expect_store(mapped, "the parent's mapping", "ok");
	}
	verdict_observe("unmapped in the child alone");
}

/* ----- One address space for two ------------------------------------------ */

typedef int clone_function(
    int (*run)(void *), void *stack, int flags, void *arg, ...);

/* Of four pages it replaces the first, protects the second, unmaps the third. */
static int
changes_pages(void *arg)
{
	size_t page = view_page();
	unsigned char *start = arg;

	call_mmap(start, page, RW, "PRIVATE|ANON|FIXED", -1, 0);
	start[3 * page] = 'v';
	call_mprotect(start + page, page, R);
	call_munmap(start + 2 * page, page);
	return 0;
}

/* By somebody else, in the same memory. */
static void
expect_pages_changed(unsigned char *start)
{
	size_t page = view_page();

	probe_expect_bytes(start, page, 0, "the page mapped there");
	probe_expect_store(start, "the page mapped there", "ok");
	probe_expect_byte(start[3 * page], 'v', "the store there");
	probe_expect_store(start + page, "what was protected there", "SIGSEGV");
	area_expect_gone(start + 2 * page, "what was unmapped there");
	verdict_observe("all of it so here, too");
}

static void *
changes_pages_too(void *start)
{
	changes_pages(start);
	return NULL;
}

static void
changed_by_thread(void)
{
	unsigned char *start = area_filled(4);
	pthread_t thread;
	int error = pthread_create(&thread, NULL, changes_pages_too, start);

	if (error != 0)
		verdict_untested(
		    "needs another thread: %s", names_errno(error));
	pthread_join(thread, NULL);
	expect_pages_changed(start);
}

static void
cloned_with_memory(void)
{
#define STACK 32 /* pages */
	size_t page = view_page();
	clone_function *make = (clone_function *)view_function("clone");
	unsigned char *start = area_filled(4), *stack = area_anon(STACK, RW);
	int status;
	pid_t pid;

	pid = make(changes_pages, stack + STACK * page,
	    call_flags("CLONE_", "VM") | SIGCHLD, start);
	if (pid == -1)
		verdict_untested("needs clone: %s", names_errno(errno));
	while (waitpid(pid, &status, 0) == -1)
		verdict_set_up(errno == EINTR, "the child is gone");
	call_made(status == 0, "clone(VM)");
	expect_pages_changed(start);
}

/* ----- The end ------------------------------------------------------------ */

/* Stores, and is killed before it does anything else. */
static void
stores_and_waits(struct child *parent, void *arg)
{
	struct object *file = arg;
	volatile unsigned char *mapped =
	    call_map(view_page(), RW, "SHARED", file->fd, 0);

	mapped[1] = 0;
	child_tell(parent, 1);
	child_hear(parent);
}

static void
expect_stored(const struct object *file, off_t offset, const char *after)
{
	unsigned char seen = object_byte(file, offset);

	verdict_expect(seen == 0, "the store in the file", "byte %#x after %s",
	    seen, after);
}

static void
unmapped_and_killed(void)
{
	size_t page = view_page();
	struct object file = object_make(FILE_RW, 2 * page);
	unsigned char *mapped =
	    call_mmap(NULL, 2 * page, RW, "SHARED", file.fd, 0);
	struct child_status status;
	struct child child;

	call_expect("ok");
	mapped[0] = 0;
	call_munmap(mapped, page);
	call_expect("ok");
	area_expect_gone(mapped, "the page");
	probe_expect_pattern(
	    mapped + page, page, (off_t)page, "the page behind it");
	expect_stored(&file, 0, "munmap");
	child = child_start(stores_and_waits, &file);
	child_hear(&child);
	kill(child.pid, SIGKILL);
	status = child_end(&child);
	verdict_set_up(status.signo == SIGKILL, "the child was not killed");
	expect_stored(&file, 1, "SIGKILL");
	verdict_observe("the stores are in the file");
}

/*
 * Others may take or free memory of that kind at any time.  A try counts only
 * if all that moved is what the child took: the size is no round number, and
 * what was kept once is confirmed.
 */
#define HELD    ((size_t)293 << 12)
#define CONFIRM 3
#define LOOKS   100 /* at what a look by others at the child can delay */

static unsigned long long
free_bytes(void)
{
	struct statvfs info;

	if (statvfs(directories_shm(), &info) == -1)
		verdict_broken("statvfs");
	if (info.f_blocks == 0)
		verdict_untested(
		    "needs a size of %s, which counts what is free",
		    directories_shm());
	return (unsigned long long)info.f_bfree * info.f_frsize;
}

/* How a mapping of memory goes that nothing else holds. */
struct release {
	bool by_end; /* of its process; else by munmap */
	const char *text;
	const char *released, *kept; /* what is seen */
};

/* Holds memory by nothing but a mapping, until told to let go. */
static void
holds_memory(struct child *parent, void *arg)
{
	const struct release *release = arg;
	struct object shm = object_make(SHM, HELD);
	unsigned char *mapped;

	mapped = call_map(HELD, RW, "SHARED", shm.fd, 0);
	object_end(&shm);
	probe_expect_pattern(mapped, HELD, 0, "the mapping");
	memset(mapped, 'h', HELD);
	child_tell(parent, 1);
	child_hear(parent);
	if (release->by_end)
		return;
	/* Not all at once: the last part is the last reference. */
	call_munmap(mapped, HELD - view_page());
	call_expect("ok");
	call_munmap(mapped + HELD - view_page(), view_page());
	call_expect("ok");
	child_tell(parent, 1);
	child_hear(parent);
}

enum fate {
	RELEASED,
	KEPT,
	DISTURBED
};

/* What is free once it went, as soon as it is not what it was before. */
static unsigned long long
free_after(unsigned long long held)
{
	unsigned long long after = free_bytes();

	for (int i = 0; i < LOOKS && after == held; i++) {
		sched_yield();
		after = free_bytes();
	}
	return after;
}

static enum fate
fate_of_memory(struct release *release)
{
	unsigned long long before = free_bytes(), held, after;
	struct child child = child_start(holds_memory, release);

	child_hear(&child);
	held = free_bytes();
	child_tell(&child, 1);
	if (release->by_end)
		child_end(&child);
	else
		child_hear(&child);
	after = free_after(held);
	if (!release->by_end) {
		child_tell(&child, 1);
		child_end(&child);
	}
	call_made(true, "%s after mmap(NULL, %zu, RW, SHARED, shm, 0)",
	    release->text, HELD);
	if (before < held + HELD)
		return DISTURBED;
	return after == before ? RELEASED : after == held ? KEPT : DISTURBED;
}

static void
expect_released(struct release release)
{
	enum fate fate = DISTURBED;

	object_need(SHM);
	if (directories_shm() == NULL)
		verdict_untested(
		    "needs a file system of shared memory objects");
	for (int kept = 0; kept < CONFIRM && fate != RELEASED;) {
		fate = fate_of_memory(&release);
		if (fate == KEPT)
			kept++;
		else if (fate == DISTURBED)
			verdict_again(
			    "the free space of shared memory objects");
	}
	verdict_decide(fate == RELEASED, "the memory free again",
	    release.released, release.kept);
}

static void
ended_while_mapped(void)
{
	expect_released((struct release){ true, "exit",
	    "the memory free again after the process ended",
	    "the memory still held after the process ended" });
}

/* The process goes on, and has neither a descriptor nor a name of it. */
static void
unmapped_at_last(void)
{
	expect_released((struct release){ false, "munmap",
	    "the memory free again after the last munmap",
	    "the memory still held after the last munmap" });
}

/* clang-format off */
static const struct row cases[] = {
	CODE_DIRS(descriptor_closed, CLOSE_KEEPS_MAPPING, descriptor_closed),
	CODE(executed, EXEC_REMOVES_MAPPINGS, executed),
	CODE(forked, FORK_KEEPS_MAPPINGS, forked),
	CODE(used_after_fork, NO_MMAP_AFTER_FORK_NEEDED, used_after_fork),
	CODE(unmapped_by_child, CHILD_MUNMAP_LEAVES_PARENT, unmapped_by_child),
	CODE(changed_by_thread, THREADS_SHARE_MAPPINGS, changed_by_thread),
	CODE(cloned_with_memory, CLONE_VM_SHARES_MAPPINGS, cloned_with_memory),
	CODE_DIRS(unmapped_and_killed, DIRTY_SHARED_SURVIVES_MUNMAP, unmapped_and_killed),
	CODE(ended_while_mapped, EXIT_RELEASES_SHARED_MEMORY, ended_while_mapped),
	CODE(unmapped_at_last, LAST_MUNMAP_RELEASES_FILE, unmapped_at_last),
};
/* clang-format on */

static const struct child_image images[] = {
	{ "finds_mark", finds_mark },
	{ NULL, NULL },
};

SUITE_PROGRAM_IMAGES(cases, images)
