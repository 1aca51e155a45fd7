/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs the cases of the suite under the faults of the fault library, and
 * tells which fault turns which case red.
 *
 * Red is what Kyua calls failed and is no set-up: the case judged.  A case that
 * cannot fail because nobody promises its claim here, a survey, is red when it
 * observes something else than without a fault.  A case that dies, hangs or
 * cannot set up is broken: it says nothing of what it judges.
 *
 * A run without a fault comes first.  Its trace tells which calls each case
 * makes, and so which faults could touch it; and its duration how long to wait
 * under a fault.  Where nothing but a run out of time speaks for a fault or a
 * case, the run is repeated with the whole limit, so that no slow machine
 * takes slowness for a proof.
 */
#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "falsify.h"

char root[PATH_MAX];
long limit = 10;
bool first_only;

const char *const colour_words[] = { "passed", "known", "skipped", "failed",
	"observed otherwise", "crashed", "hung", "broken" };

const char *const call_names[FAULT_CALLS] = { "mmap", "munmap", "mprotect",
	"msync", "mlock", "mlock2", "munlock", "mlockall", "munlockall",
	"mincore", "madvise", "posix_madvise", "mremap", "remap_file_pages",
	"shm_open", "shm_unlink", "memfd_create", "fork", "exec", "close",
	"ftruncate", "pread", "write", "fstat", "sysconf", "signal", "sbrk",
	"malloc", "free", "shmat", "dup2", "open", "view", "unlink",
	"getrusage", "setrlimit", "prctl", "statvfs", "pwrite", "header",
	"any" };

bool
is_generic(const struct defect *defect)
{
	return defect->row->call == FAULT_TESTED;
}

void
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

double
now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

void *
grow(void *array, size_t count, size_t size)
{
	void *larger = realloc(array, count * size);

	if (larger == NULL)
		complain(EXIT_USAGE, "out of memory");
	return larger;
}

bool
ran(const struct test *test)
{
	return test->baseline == GREEN || test->baseline == KNOWN;
}

/* ----- Which fault could touch which case ----------------------------------- */

/* Ten times as long as without a fault must do, at first. */
static double
short_limit(const struct test *test)
{
	double seconds = 1 + 10 * test->seconds;

	return seconds < (double)limit ? seconds : (double)limit;
}

static bool
can_spoil(const struct fault *row, const struct touch *touch, int needs)
{
	bool named = row->call == FAULT_TESTED
	    ? touch->call < FAULT_FORK && (row->from & 1 << touch->call) != 0
	    : touch->call == row->call;

	return named && (touch->flags & row->with) == row->with &&
	    (touch->flags & row->without) == 0 &&
	    (row->within == 0 || (touch->flags & row->within) != 0) &&
	    (row->only == 0 || touch->flags == row->only) &&
	    (row->error == 0 || touch->error == row->error) &&
	    (touch->traits & needs) == needs;
}

static bool
can_touch(const struct defect *defect, const struct test *test)
{
	const struct fault *row = defect->row;
	char path[PATH_MAX + 128];

	snprintf(path, sizeof(path), "%s/%s/%s", root, SPOILED, test->program);
	if (row->call == FAULT_HEADER)
		return access(path, X_OK) == 0;
	for (size_t i = 0; i < test->touch_count; i++)
		if (can_spoil(row, &test->touches[i], row->needs))
			return true;
	return false;
}

/*
 * Which of the calls that the library would spoil is the last that ended as the
 * fault needs it, from 1; the library cannot know the end.
 */
static size_t
last_call(const struct fault *row, const struct test *test)
{
	size_t number = 0, last = 0;

	for (size_t i = 0; i < test->call_count; i++) {
		const struct touch *call = &test->calls[i];

		number += can_spoil(row, call, row->needs & ~FAULT_RESULTS);
		if (can_spoil(row, call, row->needs))
			last = number;
	}
	return last;
}

/* ----- Without a fault ------------------------------------------------------ */

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
	    is_broken(job->colour);
}

#define TRIES 3 /* of what others on the machine may disturb */

/* What others do on the machine at the moment is no alarm: again. */
static void
repeat_alarms(void)
{
	for (size_t i = 0; i < job_count; i++)
		if (is_alarm(&jobs[i]) || jobs[i].disturbed)
			for (size_t j = 0; j < job_count; j++)
				if (jobs[j].test == jobs[i].test)
					jobs[j].done = false;
	run_jobs("without a fault, again");
	note_baseline();
}

/* Whether its baseline is what others left of it. */
static bool
is_disturbed(const struct test *test)
{
	for (size_t i = 0; i < job_count; i++)
		if (jobs[i].test == test && !jobs[i].bare && jobs[i].disturbed)
			return true;
	return false;
}

/*
 * The library without a fault must change nothing; its trace tells what each
 * case does.  Returns the number of differences.
 */
static size_t
run_baseline(void)
{
	size_t alarms = 0;

	job_count = 0;
	for (size_t i = 0; i < test_count; i++) {
		if (!tests[i].wanted)
			continue;
		add_job(&tests[i], NULL, false);
		add_job(&tests[i], NULL, true);
	}
	run_jobs("without a fault");
	note_baseline();
	for (int i = 1; i < TRIES; i++)
		repeat_alarms();
	for (size_t i = 0; i < job_count; i++) {
		const struct test *test = jobs[i].test;

		if (!is_alarm(&jobs[i]) || jobs[i].disturbed ||
		    is_disturbed(test))
			continue;
		printf("false alarm: %s:%s %s without a fault (%s)\n",
		    test->program, test->name, colour_words[jobs[i].colour],
		    jobs[i].bare ? "no library" : "library loaded");
		alarms++;
	}
	return alarms;
}

/* Two looks at the same are not enough to tell chance from change. */
static void
repeat_surveys(void)
{
	job_count = 0;
	for (int i = 0; i < 2; i++)
		for (size_t j = 0; j < test_count; j++)
			if (tests[j].wanted && tests[j].survey)
				add_job(&tests[j], NULL, true);
	run_jobs("surveys, again");
	for (size_t i = 0; i < test_count; i++)
		if (tests[i].varies)
			printf("varies by itself: %s:%s\n", tests[i].program,
			    tests[i].name);
}

/* ----- Under faults --------------------------------------------------------- */

/* What the runs come to, for each fault and each case. */
static void
tally(void)
{
	for (size_t i = 0; i < defect_count; i++)
		defects[i].runs = defects[i].red = 0;
	for (size_t i = 0; i < test_count; i++)
		tests[i].red = 0;
	for (size_t i = 0; i < job_count; i++) {
		struct job *job = &jobs[i];

		if (!job->done)
			continue;
		job->defect->runs++;
		job->defect->red += is_red(job->colour);
		job->test->red += is_red(job->colour);
	}
}

/* Whether a run in time says the same of the job's fault, and of its case. */
static bool
is_supported(const struct job *job)
{
	bool of_defect = false, of_test = false;

	for (size_t i = 0; i < job_count; i++)
		if (is_red(jobs[i].colour) && !jobs[i].late) {
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

		if (!job->late || job->limit == (double)limit ||
		    is_supported(job))
			continue;
		job->done = false;
		job->limit = (double)limit;
	}
	run_jobs("again, with more time");
}

/*
 * What did not turn red and should has another run with nobody beside it: a
 * neighbour that maps as much as the case does can hide a fault from the
 * system's counters.
 */
static void
repeat_alone(void)
{
	long together = parallel;

	for (size_t i = 0; i < job_count; i++)
		if (!is_red(jobs[i].colour) &&
		    breach_of(jobs[i].defect, jobs[i].test) != NULL &&
		    excuse_of(jobs[i].defect, jobs[i].test) == NULL)
			jobs[i].done = false;
	parallel = 1;
	run_jobs("under their faults, alone");
	parallel = together;
}

static void
add_fault_job(struct test *test, struct defect *defect)
{
	struct job *job;

	add_job(test, defect, false);
	job = &jobs[job_count - 1];
	job->limit = short_limit(test);
	if (is_generic(defect))
		job->nth = last_call(defect->row, test);
}

/* Where the last call tells nothing, all are spoilt. */
static void
run_generic_again(void)
{
	for (size_t i = 0; i < job_count; i++)
		if (jobs[i].nth != 0 && !is_red(jobs[i].colour)) {
			jobs[i].nth = 0;
			jobs[i].again = true;
			jobs[i].done = false;
		}
	run_jobs("under faults of every call");
}

/*
 * Each fault against the cases whose claims it breaks; or against all that it
 * could touch.
 */
static void
run_all(bool everything)
{
	job_count = 0;
	for (size_t i = 0; i < defect_count; i++)
		for (size_t j = 0; j < test_count; j++)
			if (defects[i].wanted && tests[j].wanted &&
			    ran(&tests[j]) &&
			    can_touch(&defects[i], &tests[j]) &&
			    (everything || is_generic(&defects[i]) ||
				breach_of(&defects[i], &tests[j]) != NULL))
				add_fault_job(&tests[j], &defects[i]);
	run_jobs("under faults");
	run_generic_again();
	run_unsupported_again();
	for (int i = 1; i < TRIES; i++)
		repeat_alone();
	tally();
}

/* The fault that proves a case: as listed, or the first that breaks its claim. */
static struct defect *
proof_of(const struct test *test)
{
	if (test->proof != NULL)
		return find_defect(test->proof);
	for (size_t i = 0; i < breach_count; i++) {
		struct defect *defect = breaches[i].defect;

		if (breach_of(defect, test) != NULL &&
		    excuse_of(defect, test) == NULL && can_touch(defect, test))
			return defect;
	}
	return NULL;
}

/* A proof has to break what the case's claim says; how many do not. */
static size_t
check_proofs(void)
{
	size_t wrong = 0;

	for (size_t i = 0; i < test_count; i++) {
		const struct test *test = &tests[i];

		if (!test->wanted || test->proof == NULL)
			continue;
		if (breach_of(find_defect(test->proof), test) != NULL)
			continue;
		printf("%s:%d: %s does not break %s by %s\n", PROOFS,
		    test->proof_line, test->proof,
		    test->claim[0] != '\0' ? test->claim : test->name, CLAIMS);
		wrong++;
	}
	return wrong;
}

/* Each case under the one fault that proves it. */
static size_t
run_proofs(void)
{
	size_t missing = 0;

	job_count = 0;
	for (size_t i = 0; i < test_count; i++) {
		struct test *test = &tests[i];
		struct defect *proof;

		if (!test->wanted || test->baseline != GREEN || test->varies)
			continue;
		proof = proof_of(test);
		if (proof == NULL) {
			printf("no fault proves %s:%s, by %s or %s\n",
			    test->program, test->name, PROOFS, CLAIMS);
			missing++;
			continue;
		}
		add_job(test, proof, false);
	}
	run_jobs("under their faults");
	for (int i = 1; i < TRIES; i++)
		repeat_alone();
	tally();
	for (size_t i = 0; i < job_count; i++) {
		if (!is_red(jobs[i].colour)) {
			printf("%s:%s %s under %s\n", jobs[i].test->program,
			    jobs[i].test->name, colour_words[jobs[i].colour],
			    jobs[i].defect->row->name);
			missing++;
		}
	}
	for (size_t i = 0; i < defect_count; i++)
		defects[i].wanted = defects[i].runs > 0;
	return missing;
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
		    job->test->exclusive || exclusive_too)
			continue;
		printf("%s lists %s, and %s:%s sees it\n", UNSEEN,
		    job->defect->row->name, job->test->program,
		    job->test->name);
		wrong++;
	}
	return wrong;
}

/* ... and so must the excuses in claims.tsv. */
static size_t
check_excuses(void)
{
	size_t wrong = 0;

	for (size_t i = 0; i < job_count; i++) {
		const struct job *job = &jobs[i];
		const struct breach *excuse;

		if (!is_red(job->colour))
			continue;
		excuse = excuse_of(job->defect, job->test);
		if (excuse == NULL)
			continue;
		printf("%s:%d excuses %s:%s, and it notices %s\n", CLAIMS,
		    excuse->line, job->test->program, job->test->name,
		    job->defect->row->name);
		wrong++;
	}
	return wrong;
}

/* Each case notices the generic faults; how many do not, or need not and do. */
static size_t
check_generic(void)
{
	size_t wrong = 0;

	for (size_t i = 0; i < job_count; i++) {
		const struct job *job = &jobs[i];
		const struct exemption *exemption;

		if (!is_generic(job->defect) || job->test->baseline != GREEN ||
		    job->test->varies)
			continue;
		exemption = exemption_of(job->defect, job->test);
		if (is_red(job->colour) == (exemption == NULL))
			continue;
		if (exemption == NULL)
			printf("%s:%s %s under %s\n", job->test->program,
			    job->test->name, colour_words[job->colour],
			    job->defect->row->name);
		else
			printf("%s:%d exempts %s:%s, and it notices %s\n",
			    GENERIC, exemption->line, job->test->program,
			    job->test->name, job->defect->row->name);
		wrong++;
	}
	return wrong;
}

/* Every fault breaks a claim, and every claim is broken by a fault. */
static size_t
check_coverage(void)
{
	size_t missing = 0;

	for (size_t i = 0; i < defect_count; i++) {
		bool named = false;

		for (size_t j = 0; j < breach_count; j++)
			named |= breaches[j].defect == &defects[i];
		if (defects[i].wanted && !named && !is_generic(&defects[i])) {
			printf("%s has no line for %s\n", CLAIMS,
			    defects[i].row->name);
			missing++;
		}
	}
	for (size_t i = 0; i < test_count; i++) {
		bool named = false;

		for (size_t j = 0; j < defect_count && !named; j++)
			named = breach_of(&defects[j], &tests[i]) != NULL;
		if (!named && tests[i].wanted && tests[i].baseline == GREEN) {
			printf("no fault of %s breaks %s (%s:%s)\n", CLAIMS,
			    tests[i].claim[0] != '\0' ? tests[i].claim
						      : "the combination",
			    tests[i].program, tests[i].name);
			missing++;
		}
	}
	return missing;
}

/* ----- The command ---------------------------------------------------------- */

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

static void
usage(FILE *out)
{
	fprintf(out,
	    "usage: ci/falsify [-afhlpwx] [-j N] [-o FILE] [-t SECONDS] "
	    "[FAULT | PROGRAM | PROGRAM:CASE]...\n");
}

static void
help(void)
{
	usage(stdout);
	printf(
	    "Runs each fault against the cases whose claims it breaks, by\n" CLAIMS
	    ", and tells which turn red.\n\n"
	    "  -a          against all cases that it could touch; so it is for "
	    "cases that\n"
	    "              are named, too\n"
	    "  -f          leave a case alone once a fault turned it red\n"
	    "  -h, --help  this text\n"
	    "  -j N        runs at once (default 2)\n"
	    "  -l          list the faults and stop\n"
	    "  -o FILE     JSON (default reports/out/falsify.json); a table in "
	    "words beside it\n"
	    "  -p          run each case under one fault that proves it: as "
	    "listed in\n"
	    "              " PROOFS ", else the first in " CLAIMS "\n"
	    "  -t SECONDS  time limit of a run (default 10)\n"
	    "  -w          print lines to paste into " CLAIMS ": the\n"
	    "              faults that turn a case red and do not name its "
	    "claim yet, the\n"
	    "              most telling first; no file is changed\n"
	    "  -x          cases that change kernel-wide settings, too (as "
	    "root, on a machine\n"
	    "              of your own)\n\n"
	    "A case is red when it fails, or when it is a survey and observes "
	    "something else;\n"
	    "a case that only breaks says nothing.  Faults that nothing can "
	    "see here are listed,\n"
	    "with the reason, in " UNSEEN ".\n"
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
list_faults(void)
{
	for (size_t i = 0; i < defect_count; i++)
		printf("%s\t%s\t%s\t%s\n", defects[i].row->name,
		    call_names[defects[i].row->call], defects[i].row->defect,
		    defects[i].row->field);
}

/* Marks what was named, or all; whether cases were named. */
static bool
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
	return cases;
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

/* Runs and tells; whether all is as it should be. */
static bool
prove(void)
{
	size_t problems = run_baseline();

	repeat_surveys();
	problems += check_proofs();
	problems += run_proofs();
	print_duration(stdout);
	return print_headlines(stdout, false) && problems == 0;
}

static bool
falsify(bool whole, bool everything, const char *output)
{
	size_t problems = run_baseline();

	repeat_surveys();
	run_all(everything);
	mkdir("reports/out", 0777);
	write_file(output, print_json);
	write_table(output);
	for (size_t i = 0; i < defect_count; i++)
		if (defects[i].wanted)
			print_fault_line(stdout, &defects[i]);
	problems += check_unseen() + check_excuses() + check_generic();
	if (whole)
		problems += check_coverage();
	print_unnoticed(stdout);
	print_unproven(stdout);
	print_duration(stdout);
	return print_headlines(stdout, true) && problems == 0;
}

int
main(int argc, char **argv)
{
	static const struct option words[] = {
		{ "help", no_argument, NULL, 'h' }, { 0 }
	};
	const char *output = "reports/out/falsify.json";
	bool everything = false, proofs = false, propose = false, list = false;
	sigset_t child;
	int option;

	begin_clock();
	if (getcwd(root, sizeof(root)) == NULL)
		complain(EXIT_USAGE, "getcwd: %s", strerror(errno));
	while ((option = getopt_long(
		    argc, argv, "afhj:lo:pt:wx", words, NULL)) != -1)
		switch (option) {
		case 'a':
			everything = true;
			break;
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
			propose = true;
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
		list_faults();
		return 0;
	}
	list_tests();
	read_tables();
	everything |= choose(argc - optind, argv + optind) || propose;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	make_scratch();
	catch_stops();

	if (propose) {
		run_baseline();
		repeat_surveys();
		run_all(true);
		print_proposals(stdout);
		return EXIT_PROVEN;
	}
	return (proofs ? prove() : falsify(optind == argc, everything, output))
	    ? EXIT_PROVEN
	    : EXIT_NOT_PROVEN;
}
