/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs the cases of the suite under the faults of the fault library, and
 * tells which fault turns which case red.  Each run is a process group of
 * its own in a fresh directory, with a time limit, so that a fault which makes
 * a case hang or crash costs that run only.
 *
 * A case counts as red when it fails, crashes or hangs.  A set-up that fails
 * is no proof: it says nothing about what the case judges.
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
};

struct test {
	char program[64];
	char name[96];
	char claim[96];
	enum colour baseline;
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
	bool by_errno;      /* .from is an errno it needs to see */
	const char *unseen; /* why nothing can see it here */
	size_t runs;
	size_t red;
	bool wanted;
};

struct job {
	struct test *test;
	struct defect *defect; /* NULL: no fault */
	bool bare;             /* without the library */
	enum colour colour;
	bool done;
};

struct slot {
	pid_t pid;
	struct job *job;
	struct timespec deadline;
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
static bool first_only; /* a case that is proven needs no further fault */
static long parallel = 2;

static const char *const call_names[FAULT_CALLS] = { "mmap", "munmap",
	"mprotect", "msync", "mlock", "mlock2", "munlock", "mlockall",
	"munlockall", "mincore", "madvise", "posix_madvise", "mremap",
	"remap_file_pages", "shm_open", "shm_unlink", "memfd_create", "fork",
	"exec", "close", "ftruncate", "pread", "write", "fstat", "sysconf",
	"signal", "sbrk", "malloc", "free", "shmat", "dup2", "open", "view",
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
add_test(const char *program, const char *name)
{
	tests = grow(tests, test_count + 1, sizeof(*tests));
	tests[test_count] = (struct test){ 0 };
	snprintf(tests[test_count].program, 64, "%.63s", program);
	snprintf(tests[test_count].name, 96, "%.95s", name);
	test_count++;
}

/* The program's own list: "ident: NAME" and "X-claim: ID". */
static void
list_program(const char *program)
{
	char command[PATH_MAX + 128], line[1024];
	FILE *list;

	snprintf(command, sizeof(command), "'%s/tests/%s' -l", root, program);
	list = popen(command, "r");
	while (list != NULL && fgets(line, sizeof(line), list) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "ident: ", 7) == 0)
			add_test(program, line + 7);
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
			list_program(name);
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
			defects[defect_count++] = (struct defect){ .row = row,
				.by_errno = i == 0 && row->from };
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
	execl(path, path, "-r", "../result", job->test->name, (char *)NULL);
	_exit(126);
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
	clock_gettime(CLOCK_MONOTONIC, &slot->deadline);
	slot->deadline.tv_sec += limit;
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
	if (strncmp(text, "failed: set-up: ", 16) == 0)
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
	unsigned flags;
	int error;
	FILE *file;

	snprintf(path, sizeof(path), "%s/trace", directory);
	file = fopen(path, "r");
	while (file != NULL &&
	    fscanf(file, "%31s %x %d", name, &flags, &error) == 3) {
		struct touch touch = { call_of(name), (int)flags, error };
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
	nftw(slot->directory, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	slot->pid = 0;
	job->done = true;
	if (job->defect != NULL)
		note_result(job);
}

static void
kill_late(struct slot *slots)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	for (long i = 0; i < parallel; i++)
		if (slots[i].pid > 0 && !slots[i].killed &&
		    now.tv_sec > slots[i].deadline.tv_sec) {
			slots[i].killed = true;
			kill(-slots[i].pid, SIGKILL);
			kill(slots[i].pid, SIGKILL);
		}
}

/* Waits for the end of one run, with an eye on the clock. */
static void
reap(struct slot *slots)
{
	struct timespec second = { 1, 0 };
	sigset_t child;
	int status;
	pid_t pid;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	while ((pid = waitpid(-1, &status, WNOHANG)) == 0) {
		sigtimedwait(&child, NULL, &second);
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
	while (*next < job_count) {
		struct job *job = &jobs[(*next)++];

		if (job->defect == NULL || !first_only ||
		    job->test->steady == 0)
			return job;
	}
	return NULL;
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
			    (job = next_job(&next)) == NULL)
				continue;
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
	jobs[job_count++] =
	    (struct job){ .test = test, .defect = defect, .bare = bare };
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
		    (!defect->by_errno || touch->error == row->from))
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
	for (size_t i = 0; i < job_count; i++)
		if (!jobs[i].bare)
			jobs[i].test->baseline = jobs[i].colour;
	for (size_t i = 0; i < job_count; i++) {
		const struct test *test = jobs[i].test;

		if (jobs[i].colour == test->baseline && !is_red(jobs[i].colour))
			continue;
		printf("false alarm: %s:%s %s without a fault (%s)\n",
		    test->program, test->name, colour_words[jobs[i].colour],
		    jobs[i].bare ? "no library" : "library loaded");
		alarms++;
	}
	return alarms;
}

static void
run_all(void)
{
	job_count = 0;
	for (size_t i = 0; i < defect_count; i++)
		for (size_t j = 0; j < test_count; j++)
			if (defects[i].wanted && tests[j].wanted &&
			    ran(&tests[j]) && can_touch(&defects[i], &tests[j]))
				add_job(&tests[j], &defects[i], false);
	run_jobs("under faults");
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

	fprintf(out, "{\n  \"schema_version\": 1,\n  \"faults\": [");
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

/* A fault that fewer cases see tells more of the case that does. */
static const char *
sharpest(const struct test *test)
{
	const struct defect *best = NULL;

	for (size_t i = 0; i < job_count; i++)
		if (jobs[i].test == test && jobs[i].done &&
		    jobs[i].colour == RED &&
		    (best == NULL ||
			(best->row->unsteady &&
			    !jobs[i].defect->row->unsteady) ||
			(best->row->unsteady == jobs[i].defect->row->unsteady &&
			    jobs[i].defect->red < best->red)))
			best = jobs[i].defect;
	return best != NULL ? best->row->name : test->first;
}

static void
print_proofs(FILE *out)
{
	fprintf(out,
	    "# SPDX-License-Identifier: BSD-2-Clause\n"
	    "# case\tfault that turns it red\twhat a kernel with it does; "
	    "written by ci/falsify -w\n");
	for (size_t i = 0; i < test_count; i++) {
		const char *fault =
		    tests[i].red > 0 ? sharpest(&tests[i]) : tests[i].proof;

		if (fault != NULL)
			fprintf(out, "%s:%s\t%s\t%s\n", tests[i].program,
			    tests[i].name, fault,
			    find_defect(fault)->row->defect);
	}
}

static void
print_tables(void)
{
	for (size_t i = 0; i < defect_count; i++) {
		const struct defect *defect = &defects[i];

		if (!defect->wanted)
			continue;
		printf("%-36s %4zu of %4zu cases red%s%s\n", defect->row->name,
		    defect->red, defect->runs,
		    defect->red == 0 && defect->unseen != NULL ? "; " : "",
		    defect->red == 0 && defect->unseen != NULL ? defect->unseen
							       : "");
	}
	for (size_t i = 0; i < test_count; i++)
		if (tests[i].wanted && tests[i].baseline == GREEN &&
		    tests[i].red == 0)
			printf("not proven: %s:%s\n", tests[i].program,
			    tests[i].name);
}

/* The last two lines; whether both numbers are whole. */
static bool
print_headlines(void)
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
	printf("faults detected: %zu of %zu\n", seen, total);
	printf("cases proven able to fail: %zu of %zu\n", proven, cases);
	return seen + excused == total && proven == cases;
}

/* ----- The command ------------------------------------------------------------------------- */

static void
usage(FILE *out)
{
	fprintf(out,
	    "usage: ci/falsify [-fhlpw] [-j N] [-o FILE] [-t SECONDS] "
	    "[FAULT | PROGRAM | PROGRAM:CASE]...\n"
	    "  -f          leave a case alone once a fault turned it red\n"
	    "  -j N        runs at once (default 2)\n"
	    "  -l          list the faults and stop\n"
	    "  -o FILE     JSON (default reports/out/falsify.json)\n"
	    "  -p          run each case under its fault of " PROOFS " only\n"
	    "  -t SECONDS  time limit of a run (default 10)\n"
	    "  -w          write " PROOFS " anew\n"
	    "Exit status: 0 all proven, 1 not all, 3 usage or nothing built, "
	    "4 output.\n"
	    "Any other program can be run under a fault:\n"
	    "  LD_PRELOAD=$PWD/" LIBRARY " MMAPCHECK_FAULT_ANY=1 \\\n"
	    "      MMAPCHECK_FAULT=munmap_noop PROGRAM\n");
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
	const char *output = "reports/out/falsify.json";
	bool proofs = false, write_proofs = false, list = false, whole;
	sigset_t child;
	size_t problems;
	int option;

	while ((option = getopt(argc, argv, "fhj:lo:pt:w")) != -1)
		switch (option) {
		case 'f':
			first_only = true;
			break;
		case 'h':
			usage(stdout);
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
		default:
			usage(stderr);
			return EXIT_USAGE;
		}
	if (getcwd(root, sizeof(root)) == NULL)
		complain(EXIT_USAGE, "getcwd: %s", strerror(errno));
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

	problems = run_baseline(true);
	if (proofs) {
		problems += run_proofs();
		for (size_t i = 0; i < defect_count; i++)
			defects[i].wanted = defects[i].runs > 0;
		whole = print_headlines();
		return problems == 0 && whole ? EXIT_PROVEN : EXIT_NOT_PROVEN;
	}
	run_all();
	mkdir("reports/out", 0777);
	write_file(output, print_json);
	if (write_proofs)
		write_file(PROOFS, print_proofs);
	print_tables();
	whole = print_headlines();
	return problems == 0 && whole ? EXIT_PROVEN : EXIT_NOT_PROVEN;
}
