/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs one case of a test program as Kyua would, and tells it in lines on
 * standard output, so that a shell without any utility can run the suite and
 * a serial line is enough to bring its results home:
 *
 *	@@case PROGRAM:CASE
 *	@@out TEXT		a line of the case's standard output
 *	@@out- TEXT		the same without a newline at its end
 *	@@err TEXT, @@err- TEXT	likewise of its standard error
 *	@@took MICROSECONDS
 *	@@lines NUMBER		of @@out and @@err, so that a loss is noticed
 *	@@result TEXT		ATF's result, or "broken: WHY"
 *
 * TEXT is ASCII: every other byte, and the backslash, is \ooo.
 */
#include <sys/types.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Seconds: Kyua's own limit, and then for SIGKILL to end a process. */
#ifndef PATIENCE
#define PATIENCE 60
#endif
#ifndef KILL_PATIENCE
#define KILL_PATIENCE 10
#endif
#define OUTPUT_MAX  (64L << 20) /* bytes of one case */
#define LINE_SIZE   4096        /* a longer one is cut with "-" */
#define RESULT_SIZE 4096
#define OPTIONS     64

/* One of the two streams of a case. */
struct stream {
	const char *word;
	int fd; /* -1: at its end */
	char line[LINE_SIZE];
	size_t length;
};

/* How a part of a case ended. */
struct ending {
	int status; /* as waitpid() has it */
	bool late;
	bool endless;
	bool stuck; /* it survived SIGKILL: the kernel never gave it back */
};

static const char *program; /* path */
static const char *name;    /* last component of it */
static char *settings[OPTIONS];
static size_t nsettings;
static char *launcher[OPTIONS]; /* words that start the program */
static size_t nlauncher;
static int wakeup[2];                 /* a byte for each signal */
static volatile sig_atomic_t stopped; /* by this signal */
static long lines;                    /* of output, of this case */

static void
die(const char *what)
{
	fprintf(stderr, "runcase: %s: %s\n", what, strerror(errno));
	exit(3);
}

/* ----- Lines --------------------------------------------------------------- */

static void
print_text(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)text[i];

		if ((c >= ' ' && c < 0x7f && c != '\\') || c == '\t')
			putchar(c);
		else
			printf("\\%03o", c);
	}
}

static void
print_line(const char *word, const char *text, size_t length)
{
	printf("@@%s ", word);
	print_text(text, length);
	putchar('\n');
}

static void
end_line(struct stream *stream, bool newline)
{
	char word[8];

	snprintf(word, sizeof(word), "%s%s", stream->word, newline ? "" : "-");
	print_line(word, stream->line, stream->length);
	lines++;
	stream->length = 0;
}

static void
take(struct stream *stream, const char *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (bytes[i] == '\n') {
			end_line(stream, true);
			continue;
		}
		if (stream->length == sizeof(stream->line))
			end_line(stream, false);
		stream->line[stream->length++] = bytes[i];
	}
}

/* ----- Time ---------------------------------------------------------------- */

static long long
microseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

static void
print_now(const char *word)
{
	time_t now = time(NULL);
	struct tm parts;
	char text[64];

	if (gmtime_r(&now, &parts) != NULL &&
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts) > 0)
		printf("@@run %s %s\n", word, text);
}

/* ----- The work directory ---------------------------------------------------- */

/* Removes what the case left; a mount or a file marked append-only stays. */
static void
remove_tree(const char *path)
{
	struct stat status;
	struct dirent *entry;
	DIR *directory;
	char *below;

	if (lstat(path, &status) == 0 && S_ISDIR(status.st_mode) &&
	    (directory = opendir(path)) != NULL) {
		while ((entry = readdir(directory)) != NULL) {
			size_t size = strlen(path) + strlen(entry->d_name) + 2;

			if (strcmp(entry->d_name, ".") == 0 ||
			    strcmp(entry->d_name, "..") == 0 ||
			    (below = malloc(size)) == NULL)
				continue;
			snprintf(below, size, "%s/%s", path, entry->d_name);
			remove_tree(below);
			free(below);
		}
		closedir(directory);
	}
	remove(path);
}

/*
 * The work directory's path, absolute: fresh, in the first place that can be
 * written, or else the current one (false).
 */
static bool
make_work(char *work)
{
	const char *places[] = { getenv("TMPDIR"), "/tmp", "." };
	char path[PATH_MAX];

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (places[i] == NULL || places[i][0] == '\0')
			continue;
		snprintf(path, sizeof(path), "%s/mmapcheck.XXXXXX", places[i]);
		if (mkdtemp(path) == NULL)
			continue;
		if (realpath(path, work) != NULL)
			return true;
		rmdir(path);
	}
	if (getcwd(work, PATH_MAX) == NULL)
		die("the current directory");
	return false;
}

/* ----- The case ---------------------------------------------------------------- */

static void
on_signal(int signo)
{
	int saved = errno;

	if (signo != SIGCHLD)
		stopped = signo;
	/* A full pipe wakes as well. */
	if (write(wakeup[1], "", 1) == -1)
		errno = saved;
	errno = saved;
}

static void
catch_signals(void)
{
	static const int signals[] = { SIGCHLD, SIGHUP, SIGINT, SIGTERM };
	struct sigaction action;

	if (pipe(wakeup) == -1)
		die("pipe");
	for (int i = 0; i < 2; i++)
		fcntl(wakeup[i], F_SETFL, O_NONBLOCK);
	memset(&action, 0, sizeof(action));
	action.sa_handler = on_signal;
	/* Or stdio would drop lines that a slow reader has yet to take. */
	action.sa_flags = SA_RESTART;
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &action, NULL);
}

/* What Kyua sets for a case; the limits it leaves alone. */
static void
set_environment(const char *work)
{
	static const char *const unset[] = { "LANG", "LC_ALL", "LC_COLLATE",
		"LC_CTYPE", "LC_MESSAGES", "LC_MONETARY", "LC_NUMERIC",
		"LC_TIME" };

	for (size_t i = 0; i < sizeof(unset) / sizeof(unset[0]); i++)
		unsetenv(unset[i]);
	setenv("HOME", work, 1);
	setenv("TMPDIR", work, 1);
	setenv("TZ", "UTC", 1);
	setenv("__RUNNING_INSIDE_ATF_RUN", "internally-set", 1);
	umask(022);
}

/* In the child: becomes the program. result: the file's path, or NULL. */
static void
become_program(const char *wanted, const char *work, const char *result,
    const int out[2], const int err[2])
{
	char *arguments[3 * OPTIONS + 9];
	char absolute[PATH_MAX];
	size_t count = 0;
	int in[2];

	setsid();
	if (realpath(program, absolute) == NULL || chdir(work) == -1)
		_exit(127);
	/* Reads as empty; there may be no /dev/null. */
	if (pipe(in) == -1 || dup2(in[0], STDIN_FILENO) == -1 ||
	    dup2(out[1], STDOUT_FILENO) == -1 ||
	    dup2(err[1], STDERR_FILENO) == -1)
		_exit(127);
	for (int fd = STDERR_FILENO + 1; fd < 64; fd++)
		close(fd);
	set_environment(work);
	for (size_t i = 0; i < nlauncher; i++)
		arguments[count++] = launcher[i];
	arguments[count++] = absolute;
	if (result != NULL) {
		arguments[count++] = (char *)(uintptr_t) "-r";
		arguments[count++] = (char *)(uintptr_t)result;
	}
	for (size_t i = 0; i < nsettings; i++) {
		arguments[count++] = (char *)(uintptr_t) "-v";
		arguments[count++] = settings[i];
	}
	arguments[count++] = (char *)(uintptr_t)wanted;
	arguments[count] = NULL;
	execvp(arguments[0], arguments);
	fprintf(stderr, "%s: %s\n", arguments[0], strerror(errno));
	_exit(127);
}

/* Takes what is there; false when both streams are at their end. */
static bool
listen_once(struct stream *streams, int timeout, long *budget)
{
	struct pollfd fds[3];
	char bytes[65536];
	bool open = false;

	for (int i = 0; i < 2; i++)
		fds[i] = (struct pollfd){ streams[i].fd, POLLIN, 0 };
	fds[2] = (struct pollfd){ wakeup[0], POLLIN, 0 };
	if (poll(fds, 3, timeout) == -1 && errno != EINTR)
		die("poll");
	for (int i = 0; i < 2; i++) {
		ssize_t got;

		if (streams[i].fd == -1)
			continue;
		got = read(streams[i].fd, bytes, sizeof(bytes));
		if (got > 0) {
			take(&streams[i], bytes, (size_t)got);
			*budget -= got;
		} else if (got == 0) {
			close(streams[i].fd);
			streams[i].fd = -1;
		}
		open = open || got > 0;
	}
	return open;
}

/* Ends the child; false when the kernel holds it for good. */
static bool
end_child(pid_t child, int *status)
{
	long long deadline = microseconds() + KILL_PATIENCE * 1000000LL;
	long long left = 1;
	char bytes[64];

	kill(-child, SIGKILL);
	kill(child, SIGKILL);
	while (left > 0) {
		struct pollfd fd = { wakeup[0], POLLIN, 0 };

		if (waitpid(child, status, WNOHANG) == child)
			return true;
		left = deadline - microseconds();
		/* SIGCHLD wakes. */
		poll(&fd, 1, left > 0 ? (int)(left / 1000) + 1 : 0);
		while (read(wakeup[0], bytes, sizeof(bytes)) > 0)
			continue;
	}
	return false;
}

/* Runs "CASE" or "CASE:cleanup" to its end. */
static struct ending
run_part(const char *wanted, const char *work, const char *result)
{
	static struct stream streams[2];
	struct ending ending = { 0, false, false, false };
	long long deadline = microseconds() + PATIENCE * 1000000LL;
	long budget = OUTPUT_MAX;
	int out[2], err[2];
	bool ended = false;
	char bytes[64];
	pid_t child;

	if (pipe(out) == -1 || pipe(err) == -1)
		die("pipe");
	fflush(NULL);
	child = fork();
	if (child == -1)
		die("fork");
	if (child == 0)
		become_program(wanted, work, result, out, err);
	close(out[1]);
	close(err[1]);
	streams[0] = (struct stream){ .word = "out", .fd = out[0] };
	streams[1] = (struct stream){ .word = "err", .fd = err[0] };
	for (int i = 0; i < 2; i++)
		fcntl(streams[i].fd, F_SETFL, O_NONBLOCK);
	while (!ended) {
		long long left = deadline - microseconds();

		listen_once(
		    streams, left > 0 ? (int)(left / 1000) + 1 : 0, &budget);
		while (read(wakeup[0], bytes, sizeof(bytes)) > 0)
			continue;
		ended = waitpid(child, &ending.status, WNOHANG) == child;
		if (ended || (left > 0 && budget > 0 && stopped == 0))
			continue;
		ending.endless = budget <= 0;
		ending.late = !ending.endless;
		ending.stuck = !end_child(child, &ending.status);
		ended = true;
	}
	/* What it started and left running ends with it. */
	kill(-child, SIGKILL);
	while (budget > 0 && listen_once(streams, 0, &budget))
		continue;
	for (int i = 0; i < 2; i++) {
		if (streams[i].length > 0)
			end_line(&streams[i], false);
		if (streams[i].fd != -1)
			close(streams[i].fd);
	}
	return ending;
}

/* ----- The result ------------------------------------------------------------------ */

static bool
starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* The only line of the result file, "" when there is none. */
static void
read_result(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "r");
	size_t length = 0;

	if (file != NULL) {
		length = fread(text, 1, size - 1, file);
		fclose(file);
	}
	text[length] = '\0';
	if (length > 0 && text[length - 1] == '\n')
		text[--length] = '\0';
}

/* A result counts only with the exit status that belongs to it. */
static bool
is_sound(const char *result, int status)
{
	if (strcmp(result, "passed") == 0 || starts_with(result, "skipped: ") ||
	    starts_with(result, "expected_failure: "))
		return status == EXIT_SUCCESS;
	return (starts_with(result, "failed: ") ||
		   starts_with(result, "broken: ")) &&
	    status == EXIT_FAILURE;
}

static void
judge(const struct ending *ending, const char *path, char *text, size_t size)
{
	char result[RESULT_SIZE];

	if (ending->stuck) {
		snprintf(text, size,
		    "failed: the system never gave the case back: it "
		    "survives SIGKILL");
		return;
	}
	read_result(path, result, sizeof(result));
	if (ending->late)
		snprintf(text, size, "broken: Test case timed out");
	else if (ending->endless)
		snprintf(text, size, "broken: Test case printed without end");
	else if (WIFSIGNALED(ending->status))
		snprintf(text, size, "broken: Test program received signal %d",
		    WTERMSIG(ending->status));
	else if (is_sound(result, WEXITSTATUS(ending->status)))
		snprintf(text, size, "%s", result);
	else if (result[0] == '\0')
		snprintf(text, size,
		    "broken: Premature exit; the program exited with "
		    "status %d and wrote no result",
		    WEXITSTATUS(ending->status));
	else
		snprintf(text, size,
		    "broken: exit status %d does not go with the "
		    "result \"%.2000s\"",
		    WEXITSTATUS(ending->status), result);
}

static void
run_case(char *wanted, bool clean)
{
	char work[PATH_MAX], result[PATH_MAX + 32], part[256];
	char text[RESULT_SIZE + 64];
	struct ending ending;
	long long before, took;
	bool made = make_work(work);

	printf("@@case %s:%s\n", name, wanted);
	fflush(stdout);
	/* In the work directory's place when there is none. */
	snprintf(result, sizeof(result), "%s%s", work,
	    made ? ".result" : "/mmapcheck.result");
	unlink(result);
	before = microseconds();
	ending = run_part(wanted, work, result);
	judge(&ending, result, text, sizeof(text));
	if (clean && stopped == 0 && !ending.stuck) {
		snprintf(part, sizeof(part), "%.200s:cleanup", wanted);
		ending = run_part(part, work, NULL);
		if (ending.late || ending.endless || ending.status != 0)
			snprintf(text, sizeof(text),
			    "broken: Test case cleanup did not terminate "
			    "successfully");
	}
	took = microseconds() - before;
	/* What is held may be a file in it, and who asks for that hangs, too. */
	if (!ending.stuck) {
		unlink(result);
		if (made)
			remove_tree(work);
	}
	if (stopped != 0)
		return;
	printf("@@took %lld\n", took);
	printf("@@lines %ld\n", lines);
	print_line("result", text, strlen(text));
}

/* ----- The run ------------------------------------------------------------------------ */

static void
print_value(const char *key, const char *value)
{
	printf("@@run %s ", key);
	print_text(value, strlen(value));
	putchar('\n');
}

static void
print_head(void)
{
	struct utsname system;

	if (uname(&system) == -1)
		die("uname");
	print_now("started");
	print_value("os", system.sysname);
	print_value("release", system.release);
	print_value("version", system.version);
	print_value("arch", system.machine);
	printf("@@run user %ld\n", (long)geteuid());
}

static int
usage(void)
{
	fprintf(stderr,
	    "usage: runcase [-c] [-v NAME=VALUE]... [-x LAUNCHER] PROGRAM CASE\n"
	    "       runcase -b | -e\n");
	return 3;
}

int
main(int argc, char **argv)
{
	bool clean = false;
	int option;

	while ((option = getopt(argc, argv, "bcev:x:")) != -1)
		switch (option) {
		case 'b':
			print_head();
			return 0;
		case 'c':
			clean = true;
			break;
		case 'e':
			print_now("finished");
			return 0;
		case 'v':
			if (nsettings == OPTIONS)
				return usage();
			settings[nsettings++] = optarg;
			break;
		case 'x':
			for (char *word = strtok(optarg, " ");
			     word != NULL && nlauncher < OPTIONS;
			     word = strtok(NULL, " "))
				launcher[nlauncher++] = word;
			break;
		default:
			return usage();
		}
	if (argc - optind != 2)
		return usage();
	program = argv[optind];
	name = strrchr(program, '/');
	name = name != NULL ? name + 1 : program;
	catch_signals();
	run_case(argv[optind + 1], clean);
	if (stopped != 0) {
		signal(stopped, SIG_DFL);
		raise(stopped);
	}
	return fflush(stdout) == 0 ? 0 : 3;
}
