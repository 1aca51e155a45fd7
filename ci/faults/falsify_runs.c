/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs: each is a process group of its own in a fresh directory, with a time
 * limit, so that a fault which makes a case hang or crash costs that run only.
 */
#include <sys/types.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "falsify.h"

/* Seconds that a run has to say what hangs: a dozen ticks of its own. */
#define GRACE 4.0

struct job *jobs;
size_t job_count;
size_t run_count;
bool exclusive_too;
long parallel = 2;

struct slot {
	pid_t pid;
	struct job *job;
	double start;
	char directory[PATH_MAX];
	bool warned;
	bool killed;
};

static char scratch[PATH_MAX];
static volatile sig_atomic_t stopped; /* by that signal */

static int
remove_entry(
    const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status;
	(void)type;
	(void)walk;
	return remove(path);
}

static void
clean_up(void)
{
	if (scratch[0] != '\0')
		nftw(scratch, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

void
make_scratch(void)
{
	const char *place = getenv("TMPDIR");

	snprintf(scratch, sizeof(scratch), "%s/mmapcheck.XXXXXX",
	    place != NULL ? place : "/tmp");
	if (mkdtemp(scratch) == NULL)
		complain(EXIT_OUTPUT, "%s: %s", scratch, strerror(errno));
	atexit(clean_up);
}

/* ----- One run -------------------------------------------------------------- */

static void
become_run(const struct job *job, const char *directory)
{
	struct rlimit core;
	char path[PATH_MAX + 128], nth[24];
	int null = open("/dev/null", O_RDWR);
	int said;

	setpgid(0, 0);
	/* Cases about core files raise it again. */
	getrlimit(RLIMIT_CORE, &core);
	core.rlim_cur = 0;
	setrlimit(RLIMIT_CORE, &core);
	if (chdir(directory) == -1 || null == -1)
		_exit(126);
	said = open("said", O_WRONLY | O_CREAT, 0600);
	dup2(null, 0);
	dup2(said, 1);
	dup2(null, 2);
	close(said);
	snprintf(path, sizeof(path), "%s/trace", directory);
	if (job->nth != 0) {
		snprintf(nth, sizeof(nth), "%zu", job->nth);
		setenv("MMAPCHECK_FAULT_NTH", nth, 1);
	}
	if (job->defect != NULL)
		setenv("MMAPCHECK_FAULT", job->defect->row->name, 1);
	else if (!job->bare)
		setenv("MMAPCHECK_FAULT_TRACE", path, 1);
	if (job->test->foreign)
		setenv("MMAPCHECK_FOREIGN", job->test->lacks, 1);
	if (!job->bare) {
		snprintf(path, sizeof(path), "%s/%s", root, LIBRARY);
		setenv("LD_PRELOAD", path, 1);
	}
	mkdir("work", 0700);
	if (chdir("work") == -1)
		_exit(126);
	snprintf(path, sizeof(path), "%s/%s/%s", root,
	    job->defect != NULL && job->defect->row->call == FAULT_HEADER
		? SPOILED
		: "tests",
	    job->test->program);
	execl(path, path, "-r", "../result", "-v",
	    exclusive_too ? "exclusive=true" : "exclusive=false",
	    job->test->name, (char *)NULL);
	_exit(126);
}

/* What Kyua would call after a case that may change settings. */
static void
restore_settings(const struct slot *slot)
{
	char command[3 * PATH_MAX];

	snprintf(command, sizeof(command),
	    "cd '%s/work' && '%s/tests/%s' -v exclusive=true '%s:cleanup' "
	    ">/dev/null 2>&1",
	    slot->directory, root, slot->job->test->program,
	    slot->job->test->name);
	if (system(command) == -1)
		complain(EXIT_USAGE, "sh: %s", strerror(errno));
}

static void
start_run(struct slot *slot, struct job *job)
{
	static unsigned long made;

	snprintf(slot->directory, sizeof(slot->directory), "%.*s/%lu",
	    (int)sizeof(slot->directory) - 24, scratch, made++);
	if (mkdir(slot->directory, 0700) == -1)
		complain(
		    EXIT_OUTPUT, "%s: %s", slot->directory, strerror(errno));
	slot->job = job;
	slot->warned = slot->killed = false;
	slot->start = now();
	run_count++;
	slot->pid = fork();
	if (slot->pid == 0)
		become_run(job, slot->directory);
	if (slot->pid == -1)
		complain(EXIT_USAGE, "fork: %s", strerror(errno));
}

/* The flag or function that a case lacks here, by its result; "": none. */
static void
note_lack(struct test *test, const char *result)
{
	char name[sizeof(test->lacks)];

	if (sscanf(result, "skipped: unsupported: %*s does not define %47s",
		name) == 1 ||
	    sscanf(result, "skipped: unsupported: %*s has no %47s", name) == 1)
		strcpy(test->lacks, name);
}

/* The result file that ATF wrote. */
static enum colour
read_result(struct job *job, const char *directory)
{
	static const char others[] = "skipped: untested: others";
	char path[PATH_MAX + 16], text[128] = "";
	FILE *file;

	snprintf(path, sizeof(path), "%s/result", directory);
	file = fopen(path, "r");
	if (file == NULL)
		return CRASHED;
	if (fgets(text, sizeof(text), file) == NULL)
		text[0] = '\0';
	fclose(file);
	job->disturbed = strncmp(text, others, sizeof(others) - 1) == 0;
	if (job->bare)
		note_lack(job->test, text);
	if (strncmp(text, "passed", 6) == 0)
		return GREEN;
	if (strncmp(text, "expected_failure", 16) == 0)
		return KNOWN;
	if (strncmp(text, "skipped", 7) == 0)
		return SKIPPED;
	if (strncmp(text, "broken: ", 8) == 0)
		return BROKEN;
	return strncmp(text, "failed", 6) == 0 ? RED : CRASHED;
}

static enum fault_call
call_of(const char *name)
{
	for (int i = 0; i < FAULT_CALLS; i++)
		if (strcmp(call_names[i], name) == 0)
			return (enum fault_call)i;
	return FAULT_CALLS;
}

static void
add_call(struct test *test, struct touch touch)
{
	if (test->call_count % 64 == 0)
		test->calls =
		    grow(test->calls, test->call_count + 64, sizeof(touch));
	test->calls[test->call_count++] = touch;
}

/* A trace line that is not yet in the case's list joins it. */
static void
read_trace(struct test *test, const char *directory)
{
	char path[PATH_MAX + 16], name[32];
	unsigned flags, traits;
	int error;
	FILE *file;

	test->call_count = 0;
	snprintf(path, sizeof(path), "%s/trace", directory);
	file = fopen(path, "r");
	while (file != NULL &&
	    fscanf(file, "%31s %x %d %x", name, &flags, &error, &traits) == 4) {
		struct touch touch = { call_of(name), (int)flags, error,
			(int)traits };
		size_t i;

		if (touch.call < FAULT_FORK)
			add_call(test, touch);
		for (i = 0; i < test->touch_count; i++)
			if (memcmp(&test->touches[i], &touch, sizeof(touch)) ==
			    0)
				break;
		if (i < test->touch_count)
			continue;
		test->touches =
		    grow(test->touches, test->touch_count + 1, sizeof(touch));
		test->touches[test->touch_count++] = touch;
	}
	if (file != NULL)
		fclose(file);
}

/* What a survey observed, line by line; "" if the case is none. */
static char *
read_observation(const char *directory)
{
	char path[PATH_MAX + 16], line[1024];
	char *lines = grow(NULL, 1, 1);
	size_t length = 0;
	bool survey = false;
	FILE *file;

	snprintf(path, sizeof(path), "%s/said", directory);
	file = fopen(path, "r");
	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		size_t more = strlen(line);

		survey |= strncmp(line, "survey: ", 8) == 0;
		if (strncmp(line, "observed: ", 10) != 0)
			continue;
		lines = grow(lines, length + more + 1, 1);
		memcpy(lines + length, line, more);
		length += more;
	}
	lines[survey ? length : 0] = '\0';
	if (file != NULL)
		fclose(file);
	return lines;
}

/* A run without a fault tells how long one takes, and what a survey sees. */
static void
note_baseline(const struct slot *slot)
{
	struct test *test = slot->job->test;
	double seconds = now() - slot->start;
	char *observation = read_observation(slot->directory);

	if (test->seconds < seconds)
		test->seconds = seconds;
	if (test->observation == NULL) {
		test->observation = observation;
		test->survey = observation[0] != '\0';
		return;
	}
	test->varies |= strcmp(test->observation, observation) != 0;
	free(observation);
}

static enum colour
compare_observation(const struct slot *slot)
{
	const struct test *test = slot->job->test;
	char *observation;
	bool same;

	if (!test->survey || test->varies)
		return GREEN;
	observation = read_observation(slot->directory);
	same = strcmp(test->observation, observation) == 0;
	free(observation);
	return same ? GREEN : OTHERWISE;
}

bool
is_red(enum colour colour)
{
	return colour == RED || colour == OTHERWISE;
}

bool
is_broken(enum colour colour)
{
	return colour == CRASHED || colour == HUNG || colour == BROKEN;
}

/* Of several runs of a pair, the one that says most. */
static enum colour
better(enum colour one, enum colour other)
{
	if (is_red(one) || is_red(other))
		return is_red(one) ? one : other;
	return is_broken(one) ? one : other;
}

static void
note_result(struct job *job, enum colour colour)
{
	job->colour = job->again ? better(job->colour, colour) : colour;
	if (job->defect != NULL && job->colour == RED)
		job->test->steady += !job->defect->row->unsteady;
}

static void
finish_run(struct slot *slot, int status)
{
	struct job *job = slot->job;
	enum colour colour;

	job->disturbed = false;
	kill(-slot->pid, SIGKILL);
	if (slot->killed)
		colour = HUNG;
	else if (WIFSIGNALED(status))
		colour = CRASHED;
	else
		colour = read_result(job, slot->directory);
	if (job->defect == NULL && !job->bare)
		read_trace(job->test, slot->directory);
	if (job->defect == NULL)
		note_baseline(slot);
	else if (colour == GREEN)
		colour = compare_observation(slot);
	if (exclusive_too && job->test->exclusive)
		restore_settings(slot);
	nftw(slot->directory, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	slot->pid = 0;
	job->done = true;
	job->late = slot->warned;
	note_result(job, colour);
}

/*
 * The alarms by which the case counts its own time come early, and fast, so
 * that it can still say which call does not return.
 */
static void
kill_late(struct slot *slots)
{
	double time = now();

	for (long i = 0; i < parallel; i++) {
		struct slot *slot = &slots[i];

		if (slot->pid <= 0 || slot->killed)
			continue;
		if (time > slot->start + slot->job->limit) {
			slot->warned = true;
			kill(-slot->pid, SIGALRM);
		}
		if (time > slot->start + slot->job->limit + GRACE) {
			slot->killed = true;
			kill(-slot->pid, SIGKILL);
		}
	}
}

static void
note_stop(int signo)
{
	stopped = signo;
}

/* Nothing may stay behind: neither runs nor their directories. */
static void
stop(const struct slot *slots)
{
	for (long i = 0; i < parallel; i++)
		if (slots[i].pid > 0) {
			kill(-slots[i].pid, SIGKILL);
			kill(slots[i].pid, SIGKILL);
			waitpid(slots[i].pid, NULL, 0);
		}
	exit(128 + stopped);
}

void
catch_stops(void)
{
	static const int signals[] = { SIGHUP, SIGINT, SIGTERM };
	struct sigaction action = { .sa_handler = note_stop };

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &action, NULL);
}

/* Waits for the end of one run, with an eye on the clock. */
static void
reap(struct slot *slots)
{
	struct timespec moment = { 0, 250000000 };
	sigset_t child;
	int status;
	pid_t pid;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	while ((pid = waitpid(-1, &status, WNOHANG)) == 0) {
		sigtimedwait(&child, NULL, &moment);
		if (stopped != 0)
			stop(slots);
		kill_late(slots);
	}
	for (long i = 0; i < parallel; i++)
		if (slots[i].pid == pid)
			finish_run(&slots[i], status);
}

/* The next job that is still worth its time; NULL: none. */
static struct job *
next_job(size_t *next)
{
	for (; *next < job_count; (*next)++) {
		struct job *job = &jobs[*next];

		if (!job->done &&
		    (job->defect == NULL || !first_only ||
			job->test->steady == 0))
			return job;
	}
	return NULL;
}

/* A case that may change settings runs while nothing else does. */
static bool
may_start(const struct slot *slots, const struct job *job)
{
	for (long i = 0; i < parallel; i++)
		if (slots[i].pid != 0 && exclusive_too &&
		    (job->test->exclusive || slots[i].job->test->exclusive))
			return false;
	return true;
}

void
run_jobs(const char *what)
{
	struct slot *slots = calloc((size_t)parallel, sizeof(*slots));
	bool tell = isatty(STDERR_FILENO);
	size_t next = 0, busy = 0;

	if (slots == NULL)
		complain(EXIT_USAGE, "out of memory");
	for (;;) {
		for (long i = 0; i < parallel; i++) {
			struct job *job;

			if (slots[i].pid != 0 ||
			    (job = next_job(&next)) == NULL ||
			    !may_start(slots, job))
				continue;
			next++;
			start_run(&slots[i], job);
			busy++;
		}
		if (busy == 0)
			break;
		reap(slots);
		busy = 0;
		for (long i = 0; i < parallel; i++)
			busy += slots[i].pid != 0;
		if (tell)
			fprintf(stderr, "\r%s: %zu of %zu", what, next - busy,
			    job_count);
	}
	if (tell)
		fprintf(stderr, "\r\033[K");
	free(slots);
}

void
add_job(struct test *test, struct defect *defect, bool bare)
{
	if (job_count % 1024 == 0)
		jobs = grow(jobs, job_count + 1024, sizeof(*jobs));
	jobs[job_count++] = (struct job){ .test = test,
		.defect = defect,
		.bare = bare,
		.limit = (double)limit };
}
