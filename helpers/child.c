/* SPDX-License-Identifier: BSD-2-Clause */
#include <sys/types.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "area.h"
#include "call.h"
#include "child.h"
#include "guard.h"
#include "names.h"
#include "program.h"
#include "verdict.h"
#include "view.h"

#define PATIENCE 30 /* seconds without a word from a child */
#define LIMIT    20 /* seconds for a call or an access in a child */
#define DYING    5  /* seconds that a killed child may take to go */

/* What travels over the pipes. */
struct message {
	bool is_verdict;
	long value; /* a number, or the verdict */
	char observed[256];
	char text[1024];
};

/* In a child: the way to its parent. */
static int parent_fd = -1;

/* Those that were started and not yet ended. */
#define CHILDREN 64
static struct child children[CHILDREN];
static size_t child_count;

static void
forget(pid_t pid)
{
	for (size_t i = 0; i < child_count; i++)
		if (children[i].pid == pid) {
			children[i] = children[--child_count];
			return;
		}
}

static bool
write_all(int fd, const void *data, size_t size)
{
	const char *bytes = data;

	while (size > 0) {
		ssize_t wrote = write(fd, bytes, size);

		if (wrote == -1 && errno == EINTR)
			continue;
		if (wrote <= 0)
			return false;
		bytes += wrote;
		size -= (size_t)wrote;
	}
	return true;
}

static time_t
seconds_now(void)
{
	struct timespec now;

	if (clock_gettime(CLOCK_MONOTONIC, &now) == -1)
		verdict_broken("clock_gettime");
	return now.tv_sec;
}

/*
 * 1: all read; 0: the other side is gone; -1: it is silent.  Signals, such as
 * that of guard_limit(), do not make the wait longer.
 */
static int
read_all(int fd, void *data, size_t size)
{
	time_t end = seconds_now() + PATIENCE;
	char *bytes = data;

	while (size > 0) {
		struct pollfd wait = { fd, POLLIN, 0 };
		time_t left = end - seconds_now();
		int ready = poll(&wait, 1, left > 0 ? (int)left * 1000 : 0);
		ssize_t got;

		if (ready == -1 && errno == EINTR)
			continue;
		if (ready == 0)
			return -1;
		got = read(fd, bytes, size);
		if (got == -1 && errno == EINTR)
			continue;
		if (got <= 0)
			return 0;
		bytes += got;
		size -= (size_t)got;
	}
	return 1;
}

static void
send_verdict(enum verdict verdict, const char *observed, const char *text)
{
	struct message message = { .is_verdict = true, .value = verdict };

	snprintf(message.observed, sizeof(message.observed), "%s",
	    observed != NULL ? observed : "");
	snprintf(message.text, sizeof(message.text), "%s", text);
	write_all(parent_fd, &message, sizeof(message));
	_exit(0);
}

/* A child may crash on purpose: no core, and no waiting for ever. */
static void
become_child(int to_parent)
{
	struct rlimit none = { 0, 0 };

	parent_fd = to_parent;
	/* An end of a sibling's pipe would keep it from ending. */
	for (; child_count > 0; child_count--) {
		close(children[child_count - 1].to);
		close(children[child_count - 1].from);
	}
	setrlimit(RLIMIT_CORE, &none);
	verdict_redirect(send_verdict);
	guard_limit(LIMIT);
}

struct child
child_start(void (*run)(struct child *child, void *arg), void *arg)
{
	struct child child;
	int down[2], up[2];

	verdict_set_up(child_count < CHILDREN, "too many children");
	if (pipe(down) == -1 || pipe(up) == -1)
		verdict_broken("pipe");
	fflush(NULL);
	child.pid = fork();
	if (child.pid == -1)
		verdict_broken("fork");
	if (child.pid == 0) {
		close(down[1]);
		close(up[0]);
		child.to = up[1];
		child.from = down[0];
		become_child(child.to);
		run(&child, arg);
		_exit(0);
	}
	close(down[0]);
	close(up[1]);
	child.to = down[1];
	child.from = up[0];
	children[child_count++] = child;
	return child;
}

void
child_expect_fork(void)
{
	pid_t pid;

	fflush(NULL);
	call_begin("fork()");
	pid = fork();
	if (pid == 0)
		_exit(0);
	call_made(pid != -1, "fork()");
	if (pid == -1 && (errno == EAGAIN || errno == ENOMEM))
		verdict_untested(
		    "needs room for another process: %s", names_errno(errno));
	call_expect("ok");
	while (waitpid(pid, NULL, 0) == -1 && errno == EINTR)
		continue;
}

/* Passes a verdict on, else gives the number. */
static long
open_message(const struct message *message)
{
	if (message->is_verdict)
		verdict_end((enum verdict)message->value, message->observed,
		    message->text);
	return message->value;
}

/* The verdict among the words that nobody has heard yet, if there is one. */
static bool
last_words(int fd, struct message *message)
{
	while (read_all(fd, message, sizeof(*message)) == 1)
		if (message->is_verdict)
			return true;
	return false;
}

void
child_tell(struct child *child, long value)
{
	struct message message = { .value = value };

	if (write_all(child->to, &message, sizeof(message)))
		return;
	if (child->pid > 0 && last_words(child->from, &message))
		open_message(&message);
	verdict_broken("the other process is gone");
}

/*
 * Whether the process ends within that many seconds; *status is then set.
 * Nothing but asking again tells of an end with a limit on the wait; most are
 * about to come.
 */
static bool
wait_for_end(pid_t pid, int seconds, int *status)
{
	time_t end = seconds_now() + seconds;
	pid_t gone = 0;

	for (int i = 0; gone == 0 && (i < 100 || seconds_now() <= end); i++) {
		gone = waitpid(pid, status, WNOHANG);
		if (gone == 0 && i < 100)
			sched_yield();
		else if (gone == 0)
			poll(NULL, 0, 1);
	}
	return gone == pid;
}

/* Whether the process goes when it is killed. */
static bool
kill_child(const struct child *child)
{
	int status;

	kill(child->pid, SIGKILL);
	return wait_for_end(child->pid, DYING, &status);
}

/* A wait status, in our words. */
static struct child_status
open_status(int status)
{
	struct child_status opened = { false, -1, 0 };

	if (WIFEXITED(status)) {
		opened.exited = true;
		opened.value = WEXITSTATUS(status);
	} else if (WIFSIGNALED(status)) {
		opened.signo = WTERMSIG(status);
	}
	return opened;
}

/* For a child that has ended without the word that is due. */
static void
judge_end(struct child *child)
{
	struct child_status ended = { true, 0, 0 };
	int status;

	if (child->pid > 0 && wait_for_end(child->pid, DYING, &status)) {
		ended = open_status(status);
		forget(child->pid);
	}
	verdict_set_up(false, "the other process ended %s%s",
	    ended.exited ? "unexpectedly" : "by ",
	    ended.exited ? "" : names_signal(ended.signo));
}

/* Silence is no verdict, unless the kernel does not give the child back. */
static void
judge_silence(struct child *child)
{
	char observed[64];
	bool gone = child->pid <= 0 || kill_child(child);

	forget(child->pid);
	snprintf(observed, sizeof(observed),
	    "the other process said nothing for %d s%s", PATIENCE,
	    gone ? "" : " and survives SIGKILL");
	verdict_set_up(!gone, "%s", observed);
	verdict_fail(call_last()->text[0] != '\0' ? call_last()->text : NULL,
	    "a return", observed);
}

long
child_hear(struct child *child)
{
	struct message message;

	switch (read_all(child->from, &message, sizeof(message))) {
	case 1:
		return open_message(&message);
	case 0:
		judge_end(child);
		break;
	default:
		judge_silence(child);
		break;
	}
	return -1;
}

struct child_status
child_end(struct child *child)
{
	struct message message;
	int got, status;
	bool ended;

	close(child->to);
	do
		got = read_all(child->from, &message, sizeof(message));
	while (got == 1 && !message.is_verdict);
	if (got == -1)
		judge_silence(child);
	ended = wait_for_end(child->pid, got == 1 ? DYING : PATIENCE, &status);
	if (!ended && got != 1)
		judge_silence(child);
	close(child->from);
	if (ended)
		forget(child->pid);
	if (got == 1)
		open_message(&message);
	return open_status(status);
}

void
child_settle(void)
{
	verdict_set_up(
	    child_count == 0, "%zu children were not ended", child_count);
}

void
child_abandon(void)
{
	while (child_count > 0) {
		struct child child = children[--child_count];

		kill_child(&child);
		close(child.to);
		close(child.from);
	}
}

struct question {
	long (*run)(void *arg);
	void *arg;
	bool may_die;
};

static void
answer(struct child *child, void *arg)
{
	struct question *question = arg;

	if (question->may_die)
		guard_let_die();
	child_tell(child, question->run(question->arg));
}

static long
ask(struct question *question, struct child_status *status)
{
	struct child child = child_start(answer, question);
	struct message message;
	int got = read_all(child.from, &message, sizeof(message));

	if (got == -1)
		judge_silence(&child);
	*status = child_end(&child);
	return got == 1 ? open_message(&message) : -1;
}

long
child_try(long (*run)(void *arg), void *arg, struct child_status *status)
{
	struct question question = { run, arg, true };
	struct child_status ignored;

	return ask(&question, status != NULL ? status : &ignored);
}

long
child_ask(long (*run)(void *arg), void *arg)
{
	struct question question = { run, arg, false };
	struct child_status status;
	long value = ask(&question, &status);

	verdict_set_up(status.exited && status.value == 0,
	    "a child ended by %s",
	    status.exited ? "itself" : names_signal(status.signo));
	return value;
}

struct byte_there {
	volatile unsigned char *addr;
	unsigned char value;
};

static long
store_byte(void *arg)
{
	const struct byte_there *there = arg;

	*there->addr = there->value;
	return 0;
}

void
child_stores(volatile void *addr, unsigned char value)
{
	struct byte_there there = { addr, value };

	child_ask(store_byte, &there);
}

static long
load_byte(void *addr)
{
	return *(volatile unsigned char *)addr;
}

unsigned char
child_byte(const volatile void *addr)
{
	return (unsigned char)child_ask(load_byte, (void *)(uintptr_t)addr);
}

/* 65534: nobody, or no user at all. */
void
child_drop_privileges(void)
{
	if (geteuid() != 0)
		return;
	if (setgroups(0, NULL) == -1 || setgid(65534) == -1 ||
	    setuid(65534) == -1)
		verdict_untested("needs to become an unprivileged user: %s",
		    names_errno(errno));
}

void
child_limit(enum plat_limit limit, long long bytes)
{
	int error = plat_set_limit(limit, bytes);

	if (error == ENOTSUP)
		verdict_unsupported("%s has no such limit", view_system());
	if (error == EPERM)
		verdict_untested("needs to set a limit of its own");
	verdict_set_up(error == 0, "setrlimit: %s", names_errno(error));
}

void
child_end_first(void)
{
	int error = plat_end_first();

	if (error != 0)
		verdict_untested(
		    "needs to be the first to go: %s", names_errno(error));
}

#define LAUNCHER_WORDS 16 /* a program and its options */

struct image {
	const char *name;
	const char *argument;
	void (*first)(void);
};

static void
execute(struct child *child, void *arg)
{
	struct image *image = arg;
	const char *path = program_path(), *launcher = program_launcher();
	const char *arguments[LAUNCHER_WORDS + 7];
	const struct claim *claim = verdict_claim();
	char fd[16], words[1024];
	size_t count = 0;

	if (image->first != NULL)
		image->first();
	snprintf(fd, sizeof(fd), "%d", child->to);
	snprintf(words, sizeof(words), "%s", launcher != NULL ? launcher : "");
	for (char *word = strtok(words, " ");
	     word != NULL && count < LAUNCHER_WORDS; word = strtok(NULL, " "))
		arguments[count++] = word;
	arguments[count++] = path;
	arguments[count++] = "--image";
	arguments[count++] = image->name;
	arguments[count++] = image->argument;
	arguments[count++] = fd;
	arguments[count++] = claim != NULL ? claim->id : "";
	arguments[count] = NULL;
	execvp(arguments[0], (char **)(uintptr_t)arguments);
	verdict_broken("exec of %s", arguments[0]);
}

long
child_exec(const char *image, const char *argument)
{
	return child_exec_after(NULL, image, argument);
}

long
child_exec_after(void (*first)(void), const char *image, const char *argument)
{
	struct image wanted = { image, argument, first };
	struct child child = child_start(execute, &wanted);
	long value = child_hear(&child);

	child_end(&child);
	return value;
}

int
child_run_image(const struct child_image *images, char **arguments)
{
	struct child parent = { 0, atoi(arguments[2]), -1 };

	for (; images != NULL && images->name != NULL; images++)
		if (strcmp(images->name, arguments[0]) == 0) {
			guard_start();
			area_cushion();
			become_child(parent.to);
			child_tell(&parent, images->run(arguments[1]));
			return 0;
		}
	return 2;
}
