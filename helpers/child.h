/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Work in another process.  A verdict reached in a child (verdict.h) becomes
 * the parent's when the parent next tells it something, hears from it or ends
 * it.  A child is guarded as its parent is (guard.h), with a limit of 20
 * seconds.  One that says nothing for 30 seconds is killed: the case is then
 * broken, or fails if not even SIGKILL ends a child that never returned from
 * the kernel.  Children never outlive the case, and each must be ended.
 */
#ifndef HELPERS_CHILD_H
#define HELPERS_CHILD_H

#include <sys/types.h>

#include <stdbool.h>

#include "platform/platform.h"

struct child {
	pid_t pid; /* the other side's process, in the parent */
	int to;    /* descriptors of the two pipes */
	int from;
};

/* How a child ended. */
struct child_status {
	bool exited;
	int value; /* exit status, if exited */
	int signo; /* signal that killed it, if not */
};

/*
 * Forks; the child calls run(child, arg) and exits with 0 after it.  Its
 * struct child talks to the parent.
 */
struct child child_start(
    void (*run)(struct child *child, void *arg), void *arg);

/*
 * For claims about what fork does: it must succeed here and now, else the case
 * fails.  No room for another process: untested.
 */
void child_expect_fork(void);

/* Sends a number to the other side. */
void child_tell(struct child *child, long value);

/* The next number from the other side. */
long child_hear(struct child *child);

/*
 * Waits for the child's end, and closes the pipes.  Numbers that nobody heard
 * are dropped; a verdict is not.
 */
struct child_status child_end(struct child *child);

/*
 * In one go: forks, and gives what run(arg) returned in the child. Its death
 * by a signal that guard.h does not judge breaks the case.
 */
long child_ask(long (*run)(void *arg), void *arg);

/* As child_ask(), for a child that may die: *status tells (may be NULL). */
long child_try(long (*run)(void *arg), void *arg, struct child_status *status);

/* The byte at addr, as a child reads it, and one that a child stores there. */
unsigned char child_byte(const volatile void *addr);
void child_stores(volatile void *addr, unsigned char value);

/*
 * For rounds.c: every child was ended, else the case is broken; and an end to
 * all that were not, when a verdict came first.
 */
void child_settle(void);
void child_abandon(void);

/*
 * In a child: becomes a user without privileges, unless it is one. Cannot:
 * untested.
 */
void child_drop_privileges(void);

/*
 * In a child: a soft limit of its own, in bytes, or the hard limit if that is
 * less.  No such limit here: unsupported; not allowed: untested.
 */
void child_limit(enum plat_limit limit, long long bytes);

/*
 * In a child: becomes the first to be ended when memory runs out. Cannot:
 * untested.
 */
void child_end_first(void);

/* Work for a fresh image of the program. */
struct child_image {
	const char *name;
	long (*run)(const char *argument); /* its result is the answer */
};

/*
 * Runs the image of that name in a fresh execution of this test program, and
 * gives what it returned.
 */
long child_exec(const char *image, const char *argument);

/* The same, of a process that has called first() when it executes the image. */
long child_exec_after(
    void (*first)(void), const char *image, const char *argument);

/*
 * What rows_main() does in that execution, with the arguments after
 * "--image": the program's exit status.
 */
int child_run_image(const struct child_image *images, char **arguments);

#endif
