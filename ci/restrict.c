/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * restrict RESTRICTION... -- COMMAND [ARGUMENT...]
 * restrict -s
 *
 * Becomes COMMAND, for which the system then refuses something, as sandboxes
 * and hardened services make it.  Linux only; no privileges are needed.
 *
 *	mdwe		no page becomes executable that was not before:
 *			Linux PR_SET_MDWE(2const)
 *	CALL=ERRNO	the system call fails so, for memfd_create, mlock or
 *			socketpair, with EPERM or ENOSYS: Linux seccomp(2)
 *
 * With -s it prints a line for each: what holds for it right now.
 *
 * Exit status, when COMMAND did not run: 2 usage, 3 not to be had here; 126
 * and 127 as of env(1).
 */
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Newer than the headers of some systems that have the rest. */
#define SET_MDWE         65
#define GET_MDWE         66
#define MDWE_REFUSE_GAIN 1UL

static const struct call {
	const char *name;
	long number;
	long arguments[4]; /* harmless ones, for -s */
} calls[] = {
	{ "memfd_create", SYS_memfd_create, { 0 } },
	{ "mlock", SYS_mlock, { 0 } },
	{ "socketpair", SYS_socketpair, { -1 } },
};

static const struct {
	const char *name;
	int value;
} errors[] = {
	{ "EPERM", EPERM },
	{ "ENOSYS", ENOSYS },
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
usage(const char *what)
{
	fprintf(stderr,
	    "restrict: %s; usage: restrict [mdwe] [CALL=ERRNO]... -- COMMAND "
	    "[ARGUMENT...] | -s\n",
	    what);
	exit(2);
}

static void
cannot(const char *what)
{
	fprintf(stderr, "restrict: %s: %s\n", what, strerror(errno));
	exit(3);
}

static void
show(void)
{
	for (size_t i = 0; i < COUNT(calls); i++) {
		const struct call *c = &calls[i];
		const char *answer = "allowed";

		errno = 0;
		syscall(c->number, c->arguments[0], c->arguments[1],
		    c->arguments[2], c->arguments[3]);
		for (size_t j = 0; j < COUNT(errors); j++)
			if (errno == errors[j].value)
				answer = errors[j].name;
		printf("%s=%s\n", c->name, answer);
	}
	printf("mdwe=%s\n", prctl(GET_MDWE, 0, 0, 0, 0) > 0 ? "on" : "off");
}

static void
restrict_memory(void)
{
	if (prctl(SET_MDWE, MDWE_REFUSE_GAIN, 0, 0, 0) == -1)
		cannot("mdwe");
}

/*
 * Only this machine's own system calls are meant: programs for another ABI
 * number theirs otherwise, and this is no wall.
 */
static void
restrict_call(const char *text)
{
	const char *value = strchr(text, '=');
	const struct call *call = NULL;
	int error = 0;

	if (value == NULL)
		usage(text);
	for (size_t i = 0; i < COUNT(calls); i++)
		if (strlen(calls[i].name) == (size_t)(value - text) &&
		    strncmp(calls[i].name, text, (size_t)(value - text)) == 0)
			call = &calls[i];
	for (size_t i = 0; i < COUNT(errors); i++)
		if (strcmp(errors[i].name, value + 1) == 0)
			error = errors[i].value;
	if (call == NULL || error == 0)
		usage(text);

	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned int)call->number,
		    0, 1),
		BPF_STMT(BPF_RET | BPF_K,
		    SECCOMP_RET_ERRNO |
			((unsigned int)error & SECCOMP_RET_DATA)),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { COUNT(filter), filter };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == -1)
		cannot(text);
}

int
main(int argc, char **argv)
{
	int i = 1;

	if (argc == 2 && strcmp(argv[1], "-s") == 0) {
		show();
		return (0);
	}
	for (; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "mdwe") == 0)
			restrict_memory();
		else
			restrict_call(argv[i]);
	}
	if (i == 1)
		usage("no RESTRICTION");
	if (i + 1 >= argc)
		usage("no COMMAND");
	execvp(argv[i + 1], &argv[i + 1]);
	fprintf(stderr, "restrict: %s: %s\n", argv[i + 1], strerror(errno));
	return (errno == ENOENT ? 127 : 126);
}
