/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs the cases of the suite under the faults of the fault library, and
 * tells which fault turns which case red.  Each run is a process group of
 * its own in a fresh directory, with a time limit, so that a fault which makes
 * a case hang or crash costs that run only.
 *
 * A case counts as red when it fails, crashes or hangs.  A set-up that fails
 * is no proof: it says nothing about what the case judges.
 *
 * A run without a fault comes first.  Its trace tells which calls each case
 * makes, and so which faults could touch it; and its duration how long to wait
 * under a fault.  Where nothing but a run out of time speaks for a fault or a
 * case, the run is repeated with the whole limit, so that no slow machine
 * takes slowness for a proof.
 */
#include <sys/types.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <ctype.h>
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "faults.h"

#define LIBRARY "ci/faults/libfaults.so"
#define PROOFS  "ci/faults/proofs.tsv"
#define UNSEEN  "ci/faults/unseen.tsv"
#define SPOILED "ci/faults/spoiled" /* programs built for header_wrong */

enum {
	EXIT_PROVEN,
	EXIT_NOT_PROVEN,
	EXIT_USAGE = 3,
	EXIT_OUTPUT = 4
};

enum colour {
	GREEN,
	KNOWN,
	SKIPPED,
	RED,
	CRASHED,
	HUNG,
	BROKEN
};
static const char *const colour_words[] = { "passed", "known", "skipped",
	"failed", "crashed", "hung", "broken" };

/* Which calls a case makes, and how they end: the union of its trace. */
struct touch {
	enum fault_call call;
	int flags;
	int error;
	int traits;
};

struct test {
	char program[64];
	char name[96];
	char claim[96];
	char text[512]; /* of the claim */
	bool exclusive; /* its program must not run beside others */
	enum colour baseline;
	double seconds; /* without a fault */
	struct touch *touches;
	size_t touch_count;
	const char *proof; /* fault named in proofs.tsv */
	char first[96];    /* first fault that turned it red */
	size_t red;
	size_t steady; /* of these, by faults that are no matter of luck */
	bool wanted;
};

struct defect {
	const struct fault *row;
	const char *unseen; /* why nothing can see it here */
	size_t runs;
	size_t red;
	bool wanted;
};

struct job {
	struct test *test;
	struct defect *defect; /* NULL: no fault */
	bool bare;             /* without the library */
	double limit;          /* seconds */
	enum colour colour;
	bool done;
};

struct slot {
	pid_t pid;
	struct job *job;
	double start;
	char directory[PATH_MAX];
	bool killed;
};

static struct test *tests;
static size_t test_count;
static struct defect *defects;
static size_t defect_count;
static struct job *jobs;
static size_t job_count;

static char root[PATH_MAX];
static char scratch[PATH_MAX];
static long limit = 10;
static bool first_only;    /* a case that is proven needs no further fault */
static bool exclusive_too; /* kernel-wide settings may be changed */
static long parallel = 2;
static size_t run_count;
static double began;
static volatile sig_atomic_t stopped; /* by that signal */

static const char *const call_names[FAULT_CALLS] = { "mmap", "munmap",
	"mprotect", "msync", "mlock", "mlock2", "munlock", "mlockall",
	"munlockall", "mincore", "madvise", "posix_madvise", "mremap",
	"remap_file_pages", "shm_open", "shm_unlink", "memfd_create", "fork",
	"exec", "close", "ftruncate", "pread", "write", "fstat", "sysconf",
	"signal", "sbrk", "malloc", "free", "shmat", "dup2", "open", "view",
	"unlink", "getrusage", "setrlimit", "prctl", "statvfs", "pwrite",
	"header" };

static void complain(int, const char *, ...)
    __attribute__((format(printf, 2, 3), noreturn));

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

static void
complain(int status, const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "falsify: ");
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, "\n");
	exit(status);
}

static double
now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void *
grow(void *array, size_t count, size_t size)
{
	void *larger = realloc(array, count * size);

	if (larger == NULL)
		complain(EXIT_USAGE, "out of memory");
	return larger;
}

/* ----- What there is ---------------------------------------------------------- */

static void
add_test(const char *program, const char *name, bool exclusive)
{
	tests = grow(tests, test_count + 1, sizeof(*tests));
	tests[test_count] = (struct test){ 0 };
	snprintf(tests[test_count].program, 64, "%.63s", program);
	snprintf(tests[test_count].name, 96, "%.95s", name);
	tests[test_count].exclusive = exclusive;
	test_count++;
}

/* The program's own list: "ident: NAME", "descr: TEXT" and "X-claim: ID". */
static void
list_program(const char *program, bool exclusive)
{
	char command[PATH_MAX + 128], line[1024];
	FILE *list;

	snprintf(command, sizeof(command), "'%s/tests/%s' -l", root, program);
	list = popen(command, "r");
	while (list != NULL && fgets(line, sizeof(line), list) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "ident: ", 7) == 0)
			add_test(program, line + 7, exclusive);
		else if (strncmp(line, "descr: ", 7) == 0 && test_count > 0)
			snprintf(tests[test_count - 1].text, 512, "%.511s",
			    line + 7);
		else if (strncmp(line, "X-claim: ", 9) == 0 && test_count > 0)
			snprintf(
			    tests[test_count - 1].claim, 96, "%.95s", line + 9);
	}
	if (list == NULL || pclose(list) != 0)
		complain(
		    EXIT_USAGE, "tests/%s cannot be listed; run make", program);
}

static void
list_tests(void)
{
	char path[PATH_MAX + 32], line[256], name[64];
	FILE *file;

	snprintf(path, sizeof(path), "%s/tests/Kyuafile", root);
	file = fopen(path, "r");
	if (file == NULL)
		complain(EXIT_USAGE, "tests/Kyuafile: %s", strerror(errno));
	while (fgets(line, sizeof(line), file) != NULL)
		if (sscanf(line, "atf_test_program{name=\"%63[^\"]\"", name) ==
		    1)
			list_program(
			    name, strstr(line, "is_exclusive=true") != NULL);
	fclose(file);
}

/* Faults of results come last: they are blunt, and touch nearly every case. */
static void
list_defects(void)
{
	static const char *const tables[] = { "fault_process", "fault_files",
		"fault_view", "fault_placement", "fault_memory",
		"fault_results" };
	char path[PATH_MAX + 32];
	void *library;

	snprintf(path, sizeof(path), "%s/%s", root, LIBRARY);
	library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (library == NULL)
		complain(EXIT_USAGE, "%s; run make faults", dlerror());
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		const struct fault *row = dlsym(library, tables[i]);

		for (; row != NULL && row->name != NULL; row++) {
			defects =
			    grow(defects, defect_count + 1, sizeof(*defects));
			defects[defect_count++] = (struct defect){ .row = row };
		}
	}
}

static struct defect *
find_defect(const char *name)
{
	for (size_t i = 0; i < defect_count; i++)
		if (strcmp(defects[i].row->name, name) == 0)
			return &defects[i];
	return NULL;
}

/* "program:case" */
static struct test *
find_test(const char *id)
{
	for (size_t i = 0; i < test_count; i++) {
		size_t length = strlen(tests[i].program);

		if (strncmp(id, tests[i].program, length) == 0 &&
		    id[length] == ':' &&
		    strcmp(id + length + 1, tests[i].name) == 0)
			return &tests[i];
	}
	return NULL;
}

/*
 * At least two columns, '#' comments; calls put(first, second, line number).
 */
static void
read_pairs(const char *name, void (*put)(const char *, const char *, int))
{
	char path[PATH_MAX + 64], line[1024];
	int number = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", root, name);
	file = fopen(path, "r");
	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		char *tab;

		number++;
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '#' || line[0] == '\0')
			continue;
		tab = strchr(line, '\t');
		if (tab == NULL || tab[1] == '\0')
			complain(
			    EXIT_USAGE, "%s:%d: not two columns", name, number);
		*tab = '\0';
		tab[1 + strcspn(tab + 1, "\t")] = '\0';
		put(line, tab + 1, number);
	}
	if (file != NULL)
		fclose(file);
}

static void
put_proof(const char *id, const char *fault, int number)
{
	struct test *test = find_test(id);
	struct defect *defect = find_defect(fault);

	if (test == NULL)
		complain(EXIT_USAGE, "%s:%d: there is no case %s", PROOFS,
		    number, id);
	if (defect == NULL)
		complain(EXIT_USAGE, "%s:%d: there is no fault %s", PROOFS,
		    number, fault);
	test->proof = defect->row->name;
}

static void
put_unseen(const char *fault, const char *reason, int number)
{
	struct defect *defect = find_defect(fault);

	if (defect == NULL)
		complain(EXIT_USAGE, "%s:%d: there is no fault %s", UNSEEN,
		    number, fault);
	defect->unseen = strdup(reason);
}

/* ----- One run ------------------------------------------------------------------- */

static void
become_run(const struct job *job, const char *directory)
{
	struct rlimit no_core = { 0, 0 };
	char path[PATH_MAX + 128];
	int null = open("/dev/null", O_RDWR);

	setpgid(0, 0);
	setrlimit(RLIMIT_CORE, &no_core);
	if (chdir(directory) == -1 || null == -1)
		_exit(126);
	dup2(null, 0);
	dup2(null, 1);
	dup2(null, 2);
	snprintf(path, sizeof(path), "%s/trace", directory);
	if (job->defect != NULL)
		setenv("MMAPCHECK_FAULT", job->defect->row->name, 1);
	else if (!job->bare)
		setenv("MMAPCHECK_FAULT_TRACE", path, 1);
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
	slot->killed = false;
	slot->start = now();
	run_count++;
	slot->pid = fork();
	if (slot->pid == 0)
		become_run(job, slot->directory);
	if (slot->pid == -1)
		complain(EXIT_USAGE, "fork: %s", strerror(errno));
}

/* The result file that ATF wrote. */
static enum colour
read_result(const char *directory)
{
	char path[PATH_MAX + 16], text[64] = "";
	FILE *file;

	snprintf(path, sizeof(path), "%s/result", directory);
	file = fopen(path, "r");
	if (file == NULL)
		return CRASHED;
	if (fgets(text, sizeof(text), file) == NULL)
		text[0] = '\0';
	fclose(file);
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

/* A trace line that is not yet in the case's list joins it. */
static void
read_trace(struct test *test, const char *directory)
{
	char path[PATH_MAX + 16], name[32];
	unsigned flags, traits;
	int error;
	FILE *file;

	snprintf(path, sizeof(path), "%s/trace", directory);
	file = fopen(path, "r");
	while (file != NULL &&
	    fscanf(file, "%31s %x %d %x", name, &flags, &error, &traits) == 4) {
		struct touch touch = { call_of(name), (int)flags, error,
			(int)traits };
		size_t i;

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

static bool
is_red(enum colour colour)
{
	return colour == RED || colour == CRASHED || colour == HUNG;
}

/* A run without a fault says how long one takes. */
static void
note_duration(const struct slot *slot)
{
	double seconds = now() - slot->start;

	if (slot->job->test->seconds < seconds)
		slot->job->test->seconds = seconds;
}

static void
note_result(const struct job *job)
{
	job->defect->runs++;
	if (!is_red(job->colour))
		return;
	job->defect->red++;
	job->test->steady += job->colour == RED && !job->defect->row->unsteady;
	if (job->test->red++ == 0)
		snprintf(job->test->first, 96, "%s", job->defect->row->name);
}

static void
finish_run(struct slot *slot, int status)
{
	struct job *job = slot->job;

	kill(-slot->pid, SIGKILL);
	if (slot->killed)
		job->colour = HUNG;
	else if (WIFSIGNALED(status))
		job->colour = CRASHED;
	else
		job->colour = read_result(slot->directory);
	if (job->defect == NULL && !job->bare)
		read_trace(job->test, slot->directory);
	if (exclusive_too && job->test->exclusive)
		restore_settings(slot);
	nftw(slot->directory, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	slot->pid = 0;
	job->done = true;
	if (job->defect != NULL)
		note_result(job);
	else
		note_duration(slot);
}

static void
kill_late(struct slot *slots)
{
	double time = now();

	for (long i = 0; i < parallel; i++)
		if (slots[i].pid > 0 && !slots[i].killed &&
		    time > slots[i].start + slots[i].job->limit) {
			slots[i].killed = true;
			kill(-slots[i].pid, SIGKILL);
			kill(slots[i].pid, SIGKILL);
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

static void
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

static void
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

static void
add_job(struct test *test, struct defect *defect, bool bare)
{
	if (job_count % 1024 == 0)
		jobs = grow(jobs, job_count + 1024, sizeof(*jobs));
	jobs[job_count++] = (struct job){ .test = test,
		.defect = defect,
		.bare = bare,
		.limit = (double)limit };
}

/* Ten times as long as without a fault must do, at first. */
static double
short_limit(const struct test *test)
{
	double seconds = 1 + 10 * test->seconds;

	return seconds < (double)limit ? seconds : (double)limit;
}

/* ----- Which fault could touch which case ------------------------------------------ */

static bool
can_touch(const struct defect *defect, const struct test *test)
{
	const struct fault *row = defect->row;
	char path[PATH_MAX + 128];

	snprintf(path, sizeof(path), "%s/%s/%s", root, SPOILED, test->program);
	if (row->call == FAULT_HEADER)
		return access(path, X_OK) == 0;
	for (size_t i = 0; i < test->touch_count; i++) {
		const struct touch *touch = &test->touches[i];

		if (touch->call == row->call &&
		    (touch->flags & row->with) == row->with &&
		    (touch->flags & row->without) == 0 &&
		    (row->within == 0 || (touch->flags & row->within) != 0) &&
		    (row->only == 0 || touch->flags == row->only) &&
		    (row->error == 0 || touch->error == row->error) &&
		    (touch->traits & row->needs) == row->needs)
			return true;
	}
	return false;
}

static bool
ran(const struct test *test)
{
	return test->baseline == GREEN || test->baseline == KNOWN;
}

/* ----- The phases ---------------------------------------------------------------------- */

static void
note_baseline(void)
{
	for (size_t i = 0; i < job_count; i++)
		if (!jobs[i].bare)
			jobs[i].test->baseline = jobs[i].colour;
}

static bool
is_alarm(const struct job *job)
{
	return job->colour != job->test->baseline || is_red(job->colour) ||
	    job->colour == BROKEN;
}

/* What others do on the machine at the moment is no alarm: once again. */
static void
repeat_alarms(void)
{
	for (size_t i = 0; i < job_count; i++)
		if (is_alarm(&jobs[i]))
			for (size_t j = 0; j < job_count; j++)
				if (jobs[j].test == jobs[i].test)
					jobs[j].done = false;
	run_jobs("without a fault, again");
}

/*
 * The library without a fault must change nothing; its trace tells what each
 * case does.  Returns the number of differences.
 */
static size_t
run_baseline(bool compare)
{
	size_t alarms = 0;

	job_count = 0;
	for (size_t i = 0; i < test_count; i++) {
		if (!tests[i].wanted)
			continue;
		add_job(&tests[i], NULL, false);
		if (compare)
			add_job(&tests[i], NULL, true);
	}
	run_jobs("without a fault");
	note_baseline();
	repeat_alarms();
	note_baseline();
	for (size_t i = 0; i < job_count; i++) {
		const struct test *test = jobs[i].test;

		if (!is_alarm(&jobs[i]))
			continue;
		printf("false alarm: %s:%s %s without a fault (%s)\n",
		    test->program, test->name, colour_words[jobs[i].colour],
		    jobs[i].bare ? "no library" : "library loaded");
		alarms++;
	}
	return alarms;
}

/* Whether another red run says the same of the job's fault, and of its case. */
static bool
is_supported(const struct job *job)
{
	bool of_defect = false, of_test = false;

	for (size_t i = 0; i < job_count; i++)
		if (is_red(jobs[i].colour) && jobs[i].colour != HUNG) {
			of_defect |= jobs[i].defect == job->defect;
			of_test |= jobs[i].test == job->test;
		}
	return of_defect && of_test;
}

static void
run_unsupported_again(void)
{
	for (size_t i = 0; i < job_count; i++) {
		struct job *job = &jobs[i];

		if (job->colour != HUNG || job->limit == (double)limit ||
		    is_supported(job))
			continue;
		job->defect->runs--;
		job->defect->red--;
		job->test->red--;
		job->done = false;
		job->limit = (double)limit;
	}
	run_jobs("again, with more time");
}

static void
run_all(void)
{
	job_count = 0;
	for (size_t i = 0; i < defect_count; i++)
		for (size_t j = 0; j < test_count; j++)
			if (defects[i].wanted && tests[j].wanted &&
			    ran(&tests[j]) &&
			    can_touch(&defects[i], &tests[j])) {
				add_job(&tests[j], &defects[i], false);
				jobs[job_count - 1].limit =
				    short_limit(&tests[j]);
			}
	run_jobs("under faults");
	run_unsupported_again();
}

/* What unseen.tsv says must be true; returns how much of it is not. */
static size_t
check_unseen(void)
{
	size_t wrong = 0;

	for (size_t i = 0; i < job_count; i++) {
		const struct job *job = &jobs[i];

		/* What depends on kernel-wide settings may differ elsewhere. */
		if (job->defect->unseen == NULL || !is_red(job->colour) ||
		    job->test->exclusive)
			continue;
		printf("%s lists %s, and %s:%s sees it\n", UNSEEN,
		    job->defect->row->name, job->test->program,
		    job->test->name);
		wrong++;
	}
	return wrong;
}

/*
 * What did not turn red has another run with nobody beside it: a neighbour that
 * maps as much as the case does can hide a fault from the system's counters.
 */
static void
repeat_alone(void)
{
	long together = parallel;

	for (size_t i = 0; i < job_count; i++)
		if (!is_red(jobs[i].colour)) {
			jobs[i].defect->runs--;
			jobs[i].done = false;
		}
	parallel = 1;
	run_jobs("under their faults, alone");
	parallel = together;
}

/* Each case under the one fault that proofs.tsv names for it. */
static size_t
run_proofs(void)
{
	size_t missing = 0;

	job_count = 0;
	for (size_t i = 0; i < test_count; i++) {
		struct test *test = &tests[i];

		if (!test->wanted || test->baseline != GREEN)
			continue;
		if (test->proof == NULL) {
			printf("no fault is named for %s:%s in %s\n",
			    test->program, test->name, PROOFS);
			missing++;
			continue;
		}
		add_job(test, find_defect(test->proof), false);
	}
	run_jobs("under their faults");
	repeat_alone();
	for (size_t i = 0; i < job_count; i++) {
		if (!is_red(jobs[i].colour)) {
			printf("%s:%s %s under %s\n", jobs[i].test->program,
			    jobs[i].test->name, colour_words[jobs[i].colour],
			    jobs[i].defect->row->name);
			missing++;
		}
	}
	return missing;
}

/* ----- Output ----------------------------------------------------------------------------- */

static void
print_json_text(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text != '\0'; text++) {
		unsigned char byte = (unsigned char)*text;

		if (byte == '"' || byte == '\\')
			fprintf(out, "\\%c", byte);
		else if (iscntrl(byte))
			fprintf(out, "\\u%04x", byte);
		else
			fputc(byte, out);
	}
	fputc('"', out);
}

static void
print_member(FILE *out, const char *name, const char *text)
{
	fprintf(out, "\"%s\": ", name);
	print_json_text(out, text);
}

/* Names of the other side that a red run joins; by pointer comparison. */
static void
print_red(FILE *out, const struct defect *defect, const struct test *test)
{
	bool first = true;
	char id[192];

	fprintf(out, "[");
	for (size_t i = 0; i < job_count; i++) {
		const struct job *job = &jobs[i];

		if (!job->done || !is_red(job->colour) ||
		    (defect != NULL && job->defect != defect) ||
		    (test != NULL && job->test != test))
			continue;
		snprintf(id, sizeof(id), "%s:%s", job->test->program,
		    job->test->name);
		fprintf(out, "%s", first ? "" : ", ");
		print_json_text(
		    out, defect != NULL ? id : job->defect->row->name);
		first = false;
	}
	fprintf(out, "]");
}

static void
print_json(FILE *out)
{
	char id[192];

	fprintf(out,
	    "{\n  \"schema_version\": 1,\n  \"seconds\": %.0f,\n"
	    "  \"runs\": %zu,\n  \"faults\": [",
	    now() - began, run_count);
	for (size_t i = 0; i < defect_count; i++) {
		fprintf(out, "%s\n    {", i == 0 ? "" : ",");
		print_member(out, "name", defects[i].row->name);
		fprintf(out, ", ");
		print_member(out, "call", call_names[defects[i].row->call]);
		fprintf(out, ", ");
		print_member(out, "defect", defects[i].row->defect);
		fprintf(out, ", ");
		print_member(out, "field", defects[i].row->field);
		fprintf(out, ", \"runs\": %zu, ", defects[i].runs);
		if (defects[i].unseen != NULL) {
			print_member(out, "unseen", defects[i].unseen);
			fprintf(out, ", ");
		}
		fprintf(out, "\"cases\": ");
		print_red(out, &defects[i], NULL);
		fprintf(out, "}");
	}
	fprintf(out, "\n  ],\n  \"cases\": [");
	for (size_t i = 0; i < test_count; i++) {
		snprintf(
		    id, sizeof(id), "%s:%s", tests[i].program, tests[i].name);
		fprintf(out, "%s\n    {", i == 0 ? "" : ",");
		print_member(out, "case", id);
		fprintf(out, ", ");
		print_member(out, "claim", tests[i].claim);
		fprintf(out, ", ");
		print_member(out, "baseline", colour_words[tests[i].baseline]);
		fprintf(out, ", \"faults\": ");
		print_red(out, NULL, &tests[i]);
		fprintf(out, "}");
	}
	fprintf(out, "\n  ]\n}\n");
}

/* Written beside the target and renamed, so that no half is ever left. */
static void
write_file(const char *path, void (*print)(FILE *))
{
	char draft[PATH_MAX + 8];
	FILE *out;

	snprintf(draft, sizeof(draft), "%s.new", path);
	out = fopen(draft, "w");
	if (out == NULL)
		complain(EXIT_OUTPUT, "%s: %s", draft, strerror(errno));
	print(out);
	if (fflush(out) != 0 || ferror(out) || fclose(out) != 0 ||
	    rename(draft, path) == -1) {
		int error = errno;

		unlink(draft);
		complain(EXIT_OUTPUT, "%s: %s", path, strerror(error));
	}
}

static bool
mentions(const char *text, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = text; (at = strstr(at, word)) != NULL; at++)
		if ((at == text ||
			(!isalnum((unsigned char)at[-1]) && at[-1] != '_')) &&
		    !isalnum((unsigned char)at[length]) && at[length] != '_')
			return true;
	return false;
}

/*
 * How much a red run tells of its claim: that the case itself judged, by no
 * luck; that the claim names the fault's errno; that it names the call; and
 * then how few others see the fault.
 */
static double
sharpness(const struct job *job)
{
	const struct fault *row = job->defect->row;
	const char *text = job->test->text;
	double sharp = 1.0 / (double)(1 + job->defect->red);

	if (job->colour == RED && !row->unsteady)
		sharp += 8;
	if (row->error != 0 && mentions(text, strerrorname_np(row->error)))
		sharp += 4;
	if (mentions(text, call_names[row->call]))
		sharp += 2;
	return sharp;
}

/* The line that is there stays while it is true. */
static const char *
choose_proof(const struct test *test)
{
	const struct job *best = NULL;
	const char *kept = test->proof;

	for (size_t i = 0; i < job_count; i++) {
		const struct job *job = &jobs[i];

		if (job->test != test || !job->done)
			continue;
		if (job->defect->row->name == test->proof) {
			if (job->colour == RED)
				return test->proof;
			kept = NULL;
		}
		if (is_red(job->colour) &&
		    (best == NULL || sharpness(job) > sharpness(best)))
			best = job;
	}
	if (kept != NULL && !find_defect(kept)->wanted)
		return kept;
	return best != NULL ? best->defect->row->name : kept;
}

static void
print_proofs(FILE *out)
{
	fprintf(out,
	    "# SPDX-License-Identifier: BSD-2-Clause\n"
	    "# case\tfault that turns it red\twhat a kernel with it does; "
	    "written by ci/falsify -w\n");
	for (size_t i = 0; i < test_count; i++) {
		const char *fault = choose_proof(&tests[i]);

		if (fault != NULL)
			fprintf(out, "%s:%s\t%s\t%s\n", tests[i].program,
			    tests[i].name, fault,
			    find_defect(fault)->row->defect);
	}
}

static void
print_fault_line(FILE *out, const struct defect *defect)
{
	fprintf(out, "%-36s %4zu of %4zu cases red%s%s\n", defect->row->name,
	    defect->red, defect->runs, defect->unseen != NULL ? "; " : "",
	    defect->unseen != NULL ? defect->unseen : "");
}

static void
print_unproven(FILE *out)
{
	for (size_t i = 0; i < test_count; i++)
		if (tests[i].wanted && tests[i].baseline == GREEN &&
		    tests[i].red == 0)
			fprintf(out, "not proven: %s:%s\n", tests[i].program,
			    tests[i].name);
}

static void
print_duration(FILE *out)
{
	long seconds = (long)(now() - began);

	fprintf(out, "took %ld min %02ld s: %zu runs, %ld at a time\n",
	    seconds / 60, seconds % 60, run_count, parallel);
}

/* The last two lines; whether both numbers are whole. */
static bool
print_headlines(FILE *out)
{
	size_t seen = 0, total = 0, proven = 0, cases = 0, excused = 0;

	for (size_t i = 0; i < defect_count; i++) {
		total += defects[i].wanted;
		seen += defects[i].wanted && defects[i].red > 0;
		excused += defects[i].wanted && defects[i].red == 0 &&
		    defects[i].unseen != NULL;
	}
	for (size_t i = 0; i < test_count; i++) {
		cases += tests[i].wanted && ran(&tests[i]);
		proven += tests[i].wanted && ran(&tests[i]) &&
		    (tests[i].red > 0 || tests[i].baseline == KNOWN);
	}
	if (excused > 0)
		fprintf(out, "not detected, with a reason in " UNSEEN ": %zu\n",
		    excused);
	fprintf(out, "faults detected: %zu of %zu\n", seen, total);
	fprintf(out, "cases proven able to fail: %zu of %zu\n", proven, cases);
	return seen + excused == total && proven == cases;
}

/* Both ways, in words: which fault turns which cases red, and the reverse. */
static void
print_table(FILE *out)
{
	fprintf(out, "Each fault, and the cases that it turns red\n\n");
	for (size_t i = 0; i < defect_count; i++) {
		if (!defects[i].wanted)
			continue;
		print_fault_line(out, &defects[i]);
		for (size_t j = 0; j < job_count; j++)
			if (jobs[j].defect == &defects[i] && jobs[j].done &&
			    is_red(jobs[j].colour))
				fprintf(out, "\t%s:%s %s\n",
				    jobs[j].test->program, jobs[j].test->name,
				    colour_words[jobs[j].colour]);
	}
	fprintf(out, "\nEach case, and the faults that turn it red\n\n");
	for (size_t i = 0; i < test_count; i++) {
		if (!tests[i].wanted || !ran(&tests[i]))
			continue;
		fprintf(out, "%s:%s\n", tests[i].program, tests[i].name);
		for (size_t j = 0; j < job_count; j++)
			if (jobs[j].test == &tests[i] && jobs[j].done &&
			    is_red(jobs[j].colour))
				fprintf(
				    out, "\t%s\n", jobs[j].defect->row->name);
	}
	fprintf(out, "\n");
	print_unproven(out);
	print_duration(out);
	print_headlines(out);
}

/* Beside the JSON, as FILE.txt for FILE.json. */
static void
write_table(const char *output)
{
	char path[PATH_MAX];
	size_t length = strlen(output);

	if (length > 5 && strcmp(output + length - 5, ".json") == 0)
		length -= 5;
	snprintf(path, sizeof(path), "%.*s.txt", (int)length, output);
	write_file(path, print_table);
}

/* ----- The command ------------------------------------------------------------------------- */

static void
usage(FILE *out)
{
	fprintf(out,
	    "usage: ci/falsify [-fhlpwx] [-j N] [-o FILE] [-t SECONDS] "
	    "[FAULT | PROGRAM | PROGRAM:CASE]...\n");
}

static void
help(void)
{
	usage(stdout);
	printf(
	    "Runs each fault against the cases that it could touch, and tells "
	    "which turn red.\n\n"
	    "  -f          leave a case alone once a fault turned it red\n"
	    "  -h, --help  this text\n"
	    "  -j N        runs at once (default 2)\n"
	    "  -l          list the faults and stop\n"
	    "  -o FILE     JSON (default reports/out/falsify.json); a table in "
	    "words beside it\n"
	    "  -p          run each case under its fault of " PROOFS " only\n"
	    "  -t SECONDS  time limit of a run (default 10)\n"
	    "  -w          write " PROOFS " anew: lines that are true stay, "
	    "others are chosen\n"
	    "  -x          cases that change kernel-wide settings, too (as "
	    "root, on a machine\n"
	    "              of your own)\n\n"
	    "Faults that nothing can see here are listed, with the reason, in " UNSEEN
	    ".\n"
	    "Exit status: 0 all proven, 1 not all, 3 usage or nothing built, "
	    "4 output.\n\n"
	    "Any other program can be run under a fault, for instance of the "
	    "Linux Test Project\n"
	    "or of the Open POSIX Test Suite:\n\n"
	    "  LD_PRELOAD=%s/" LIBRARY " MMAPCHECK_FAULT_ANY=1 \\\n"
	    "      MMAPCHECK_FAULT=munmap_noop PROGRAM\n\n"
	    "The program's own calls are spoilt then, not those that its "
	    "libraries make for\n"
	    "themselves.  Further variables: MMAPCHECK_FAULT_NTH=N spoils the "
	    "Nth such call only,\n"
	    "MMAPCHECK_FAULT_FLAGS=0x22 calls with exactly these flags, and "
	    "MMAPCHECK_FAULT_TRACE=FILE\n"
	    "lists the calls that could have been.  A program that stays green "
	    "does not look.\n",
	    root);
}

static void
choose(int count, char **names)
{
	bool faults = false, cases = false;

	for (int i = 0; i < count; i++) {
		struct defect *defect = find_defect(names[i]);
		bool found = false;

		if (defect != NULL) {
			defect->wanted = faults = found = true;
			continue;
		}
		for (size_t j = 0; j < test_count; j++)
			if (strcmp(tests[j].program, names[i]) == 0 ||
			    &tests[j] == find_test(names[i]))
				tests[j].wanted = cases = found = true;
		if (!found)
			complain(EXIT_USAGE, "%s is neither a fault nor a case",
			    names[i]);
	}
	for (size_t i = 0; i < defect_count && !faults; i++)
		defects[i].wanted = true;
	for (size_t i = 0; i < test_count && !cases; i++)
		tests[i].wanted = true;
}

static long
number(const char *text, char option)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (*end != '\0' || value < 1 || value > 1000)
		complain(EXIT_USAGE, "-%c: \"%s\" is no number from 1 to 1000",
		    option, text);
	return value;
}

int
main(int argc, char **argv)
{
	static const struct option words[] = {
		{ "help", no_argument, NULL, 'h' }, { 0 }
	};
	const char *output = "reports/out/falsify.json";
	bool proofs = false, write_proofs = false, list = false, whole;
	sigset_t child;
	size_t problems;
	int option;

	began = now();
	if (getcwd(root, sizeof(root)) == NULL)
		complain(EXIT_USAGE, "getcwd: %s", strerror(errno));
	while ((option = getopt_long(
		    argc, argv, "fhj:lo:pt:wx", words, NULL)) != -1)
		switch (option) {
		case 'f':
			first_only = true;
			break;
		case 'h':
			help();
			return 0;
		case 'j':
			parallel = number(optarg, 'j');
			break;
		case 'l':
			list = true;
			break;
		case 'o':
			output = optarg;
			break;
		case 'p':
			proofs = true;
			break;
		case 't':
			limit = number(optarg, 't');
			break;
		case 'w':
			write_proofs = true;
			break;
		case 'x':
			exclusive_too = true;
			break;
		default:
			usage(stderr);
			return EXIT_USAGE;
		}
	list_defects();
	if (list) {
		for (size_t i = 0; i < defect_count; i++)
			printf("%s\t%s\t%s\t%s\n", defects[i].row->name,
			    call_names[defects[i].row->call],
			    defects[i].row->defect, defects[i].row->field);
		return 0;
	}
	list_tests();
	read_pairs(PROOFS, put_proof);
	read_pairs(UNSEEN, put_unseen);
	choose(argc - optind, argv + optind);

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	snprintf(scratch, sizeof(scratch), "%s/mmapcheck.XXXXXX",
	    getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp");
	if (mkdtemp(scratch) == NULL)
		complain(EXIT_OUTPUT, "%s: %s", scratch, strerror(errno));
	atexit(clean_up);
	catch_stops();

	problems = run_baseline(true);
	if (proofs) {
		problems += run_proofs();
		for (size_t i = 0; i < defect_count; i++)
			defects[i].wanted = defects[i].runs > 0;
		print_duration(stdout);
		whole = print_headlines(stdout);
		return problems == 0 && whole ? EXIT_PROVEN : EXIT_NOT_PROVEN;
	}
	run_all();
	mkdir("reports/out", 0777);
	write_file(output, print_json);
	write_table(output);
	if (write_proofs)
		write_file(PROOFS, print_proofs);
	for (size_t i = 0; i < defect_count; i++)
		if (defects[i].wanted)
			print_fault_line(stdout, &defects[i]);
	problems += check_unseen();
	print_unproven(stdout);
	print_duration(stdout);
	whole = print_headlines(stdout);
	return problems == 0 && whole ? EXIT_PROVEN : EXIT_NOT_PROVEN;
}
