/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program of cases that end in every way that helpers/ can bring about, for
 * ci/verdicts.bats.  They stand on claims in ci/verdict_test.def, which they do
 * not decide.
 */
#include <sys/types.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/child.h"
#include "helpers/guard.h"
#include "helpers/object.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "ci/verdict_test.def"
#include "helpers/claims.h"

/* In place of libc's: one that never returns. */
int
msync(void *addr, size_t length, int flags)
{
	(void)length;
	(void)flags;
	while (addr != NULL)
		pause();
	return -1;
}

/* In place of libc's, too: as if the kernel never gave a process back. */
static bool unkillable;

int
kill(pid_t pid, int signo)
{
	if (unkillable && signo == SIGKILL)
		return 0;
	return (int)syscall(SYS_kill, pid, signo);
}

static volatile unsigned char *
read_only(void)
{
	volatile unsigned char *mapped =
	    call_mmap(NULL, view_page(), R, "PRIVATE|ANON", -1, 0);

	call_expect("ok");
	return mapped;
}

static void
store_in_body(void)
{
	read_only()[5] = 1;
}

static void
load_in_body(void)
{
	volatile unsigned char *mapped =
	    call_mmap(NULL, view_page(), NONE, "PRIVATE|ANON", -1, 0);

	verdict_expect(mapped[7] == 0, "0", "something");
}

static void
store_in_other_memory(void)
{
	volatile unsigned char *other = area_anon(1, R);

	read_only();
	other[0] = 1;
}

static void
store_before_the_act(void)
{
	volatile unsigned char *other = area_anon(1, R);

	other[0] = 1;
}

static long
store_there(void *arg)
{
	*(volatile unsigned char *)arg = 1;
	return 0;
}

static void
store_in_child(void)
{
	child_ask(store_there, (void *)(uintptr_t)(read_only() + 9));
}

static void
store_in_child_that_may_die(void)
{
	struct child_status status;

	child_try(store_there, (void *)(uintptr_t)read_only(), &status);
	verdict_expect(status.signo == SIGSEGV, "SIGSEGV", "another end");
}

static void *
store_there_too(void *arg)
{
	store_there(arg);
	return NULL;
}

static void
store_in_thread(void)
{
	pthread_t thread;

	verdict_set_up(pthread_create(&thread, NULL, store_there_too,
			   (void *)(uintptr_t)(read_only() + 3)) == 0,
	    "no thread");
	pthread_join(thread, NULL);
}

static void
sent_signal(void)
{
	read_only();
	kill(getpid(), SIGSEGV);
}

static void
call_hangs(void)
{
	volatile unsigned char *mapped = read_only();

	guard_limit(1);
	call_msync((void *)(uintptr_t)mapped, view_page(), "SYNC");
}

static long
hang_there(void *arg)
{
	guard_limit(1);
	return call_msync(arg, view_page(), "SYNC");
}

static void
call_hangs_in_child(void)
{
	child_ask(hang_there, (void *)(uintptr_t)read_only());
}

/* As where a fault is raised for ever. */
static void
never_done(volatile void *addr, unsigned char *value)
{
	(void)value;
	msync((void *)(uintptr_t)addr, 0, 0);
}

static void
access_hangs(void)
{
	volatile unsigned char *mapped = read_only();

	guard_limit(1);
	guard_try(never_done, mapped + 6, NULL);
}

static void
own_call_hangs(void)
{
	read_only();
	guard_limit(1);
	call_begin("pause(");
	for (;;)
		pause();
}

/* Goes when its parent has gone. */
static long
survive(void *arg)
{
	pid_t parent = getppid();
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	while (getppid() == parent)
		sleep(1);
	return *(long *)arg;
}

static void
child_survives_all(void)
{
	long answer = 0;

	read_only();
	unkillable = true;
	child_ask(survive, &answer);
}

static void
body_hangs(void)
{
	read_only();
	guard_limit(1);
	for (;;)
		pause();
}

/* A file that can be read no more, before a call under test and after. */
static void
read_before_the_act(void)
{
	struct object file = object_make(FILE_RW, 1);

	close(file.peer);
	object_byte(&file, 0);
}

static void
read_after_the_act(void)
{
	struct object file = object_make(FILE_RW, 1);

	read_only();
	close(file.peer);
	object_byte(&file, 0);
}

static void
read_past_the_end(void)
{
	struct object file = object_make(FILE_RW, 1);

	read_only();
	object_byte(&file, 1);
}

/* More than a limit's time in calls that all return. */
static void
many_calls(void)
{
	volatile unsigned char *mapped = read_only();
	struct timespec start, now;

	guard_limit(1);
	clock_gettime(CLOCK_MONOTONIC, &start);
	do {
		call_mprotect((void *)(uintptr_t)mapped, view_page(), R);
		call_expect("ok");
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while ((now.tv_sec - start.tv_sec) * 10 +
		(now.tv_nsec - start.tv_nsec) / 100000000 <
	    15);
}

static void
die_and_tell_nothing(struct child *child, void *arg)
{
	(void)child;
	(void)arg;
	kill(getpid(), SIGKILL);
}

static void
child_killed(void)
{
	struct child child = child_start(die_and_tell_nothing, NULL);

	read_only();
	child_hear(&child);
}

static void
own_call_refused(void)
{
	call_made(close(-1) != -1, "close(-1)");
	call_expect("ok");
}

static void
fail_and_go(struct child *child, void *arg)
{
	(void)arg;
	child_hear(child);
	verdict_expect(false, "a parent that listens", "words of a child");
}

static void
child_gone_before_it_is_told(void)
{
	struct child child = child_start(fail_and_go, NULL);

	for (;;)
		child_tell(&child, 1);
}

static void
say_and_fail(struct child *child, void *arg)
{
	(void)arg;
	child_tell(child, 1);
	verdict_expect(false, "a parent that listens", "words of a child");
}

static void
child_fails_after_a_number(void)
{
	struct child child = child_start(say_and_fail, NULL);

	child_end(&child);
	verdict_expect(true, "", "nothing");
}

static void
child_left(void)
{
	child_start(fail_and_go, NULL);
	verdict_expect(true, "", "nothing");
}

static void
name_left(void)
{
	char name[64];
	int fd;

	object_need(SHM);
	object_unique_name(name, sizeof(name));
	fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
	verdict_set_up(fd != -1, "no object");
	verdict_expect(false, "no name", "%s", name + 1);
}

static void
contradicted(void)
{
	call_mmap(NULL, 0, RW, "PRIVATE|ANON", -1, 0);
	call_expect("ok");
}

static void
memory_cannot_be_given_back(void)
{
	unsigned char *memory =
	    call_mmap(NULL, view_page(), R, "PRIVATE|ANON", -1, 0);

	call_expect("ok");
	area_free(memory + 1, 1);
}

static void
set_up_cannot_be_given_back(void)
{
	area_free(area_anon(1, R) + 1, 1);
}

static long
map_nothing(const char *allowed)
{
	call_mmap(NULL, 0, RW, "PRIVATE|ANON", -1, 0);
	call_expect(allowed);
	return 7;
}

static void
fails_in_image(void)
{
	child_exec("map-nothing", "ok");
}

static void
passes_in_image(void)
{
	long seven = child_exec("map-nothing", "EINVAL");

	verdict_expect(seven == 7, "7", "%ld", seven);
}

static void
moved_each_time(void)
{
	while (verdict_again("the moon"))
		continue;
}

static void
kept(void)
{
	call_mmap(NULL, view_page(), RW, "PRIVATE|ANON", -1, 0);
	call_expect("ok");
}

/* As if this system's programs had all addresses up to end. */
static uintptr_t
high_below(unsigned long long end)
{
	((struct plat_facts *)(uintptr_t)view_facts())->max_address = end;
	return (uintptr_t)view_high();
}

static void
high_page(void)
{
	uintptr_t page = view_page(), top = UINTPTR_MAX - page + 1;
	uintptr_t low = high_below(top / 4), high = high_below(top);

	verdict_expect(low == top - page, "the last page but one",
	    "another page than the last but one");
	verdict_expect(high == top, "the first page that is no program's",
	    "another page than the first that is no program's");
}

/* clang-format off */
static const struct row cases[] = {
	CODE(store_in_body,           FIXED_EXACT_ADDRESS, store_in_body),
	CODE(load_in_body,            FIXED_EXACT_ADDRESS, load_in_body),
	CODE(store_in_other_memory,   FIXED_EXACT_ADDRESS, store_in_other_memory),
	CODE(store_before_the_act,    FIXED_EXACT_ADDRESS, store_before_the_act),
	CODE(store_in_child,          FIXED_EXACT_ADDRESS, store_in_child),
	CODE(store_in_child_that_may_die, FIXED_EXACT_ADDRESS, store_in_child_that_may_die),
	CODE(store_in_thread,         FIXED_EXACT_ADDRESS, store_in_thread),
	CODE(sent_signal,             FIXED_EXACT_ADDRESS, sent_signal),
	CODE(call_hangs,              FIXED_EXACT_ADDRESS, call_hangs),
	CODE(call_hangs_in_child,     FIXED_EXACT_ADDRESS, call_hangs_in_child),
	CODE(access_hangs,            FIXED_EXACT_ADDRESS, access_hangs),
	CODE(own_call_hangs,          FIXED_EXACT_ADDRESS, own_call_hangs),
	CODE(child_survives_all,      FIXED_EXACT_ADDRESS, child_survives_all),
	CODE(many_calls,              FIXED_EXACT_ADDRESS, many_calls),
	CODE(child_killed,            FIXED_EXACT_ADDRESS, child_killed),
	CODE(body_hangs,              FIXED_EXACT_ADDRESS, body_hangs),
	CODE(read_before_the_act,     FIXED_EXACT_ADDRESS, read_before_the_act),
	CODE(read_after_the_act,      FIXED_EXACT_ADDRESS, read_after_the_act),
	CODE(read_past_the_end,       FIXED_EXACT_ADDRESS, read_past_the_end),
	CODE(own_call_refused,        FIXED_EXACT_ADDRESS, own_call_refused),
	CALL(sound_call_refused,      FIXED_EXACT_ADDRESS, ANY, P(1), RW, "PRIVATE|ANON", NOTHING, B(0), "EINVAL", SOUND_LEN(B(0))),
	CALL(flag_missing,            FIXED_EXACT_ADDRESS, ANY, B(0), RW, "PRIVATE|ANON|NO_SUCH", NOTHING, B(0), "EINVAL", SOUND_FLAGS("PRIVATE|ANON")),
	CODE(child_gone_before_it_is_told, FIXED_EXACT_ADDRESS, child_gone_before_it_is_told),
	CODE(child_fails_after_a_number, FIXED_EXACT_ADDRESS, child_fails_after_a_number),
	CODE(child_left,              FIXED_EXACT_ADDRESS, child_left),
	CODE(high_page,               FIXED_EXACT_ADDRESS, high_page),
	CODE(memory_cannot_be_given_back, FIXED_EXACT_ADDRESS, memory_cannot_be_given_back),
	CODE(set_up_cannot_be_given_back, FIXED_EXACT_ADDRESS, set_up_cannot_be_given_back),
	CODE(fails_in_image,          FIXED_EXACT_ADDRESS, fails_in_image),
	CODE(passes_in_image,         FIXED_EXACT_ADDRESS, passes_in_image),
	CODE(name_left,               FIXED_EXACT_ADDRESS, name_left),
	CODE(moved_each_time,         FIXED_EXACT_ADDRESS, moved_each_time),
	SETTINGS(asks_for_settings,   FIXED_EXACT_ADDRESS, kept),
	CODE(promised_by_all,         FIXED_EXACT_ADDRESS, contradicted),
	CODE(promised_by_another,     FREEBSD_MAP_STACK_LAZY, contradicted),
	CODE(promised_by_nobody,      ANON_BOTH_TYPES,     contradicted),
	CODE(kept_by_another,         FREEBSD_MAP_STACK_LAZY, kept),
	CODE(store_in_survey,         FREEBSD_MAP_STACK_LAZY, store_in_body),
};
/* clang-format on */

static const struct child_image images[] = {
	{ "map-nothing", map_nothing },
	{ NULL, NULL },
};

SUITE_PROGRAM_IMAGES(cases, images)
