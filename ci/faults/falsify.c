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
bool faults_only;

const char *const colour_words[] = { "passed", "known", "skipped", "failed",
	"observed otherwise", "crashed", "hung", "broken" };

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

bool
can_notice(const struct test *test)
{
	return test->wanted && test->baseline == GREEN && !test->varies;
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
	    "words beside it;\n"
	    "              not with -p and -w, which write no file\n"
	    "  -p          whether each case can fail: run it under one fault "
	    "that breaks its\n"
	    "              claim, the most telling first, and under the next "
	    "where that shows\n"
	    "              nothing; whether the other lines of its claim are "
	    "true is not looked at\n"
	    "  -t SECONDS  time limit of a run (default 10)\n"
	    "  -w          print lines to paste into " CLAIMS ": the\n"
	    "              faults that turn a case red and do not name its "
	    "claim yet, the\n"
	    "              most telling first; no file is changed\n"
	    "  -x          cases that change kernel-wide settings, too (as "
	    "root, on a machine\n"
	    "              of your own)\n\n"
	    "Of a fault that is named alone, the cases whose claims it "
	    "breaks: whether its lines\n"
	    "are true, and it is detected.  Without names also whether each "
	    "fault has a line,\n"
	    "and each claim a fault.\n\n"
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

/* What is asked for on the command line. */
static struct {
	const char *output; /* NULL: where it is by default */
	bool everything, proofs, propose, list, help;
	bool only_cases; /* were named, and no faults */
	bool whole;      /* nothing is named */
} asked;

/* Whether a fault that is wanted has to do with the case by itself. */
static bool
is_case_of_fault(const struct test *test)
{
	for (size_t i = 0; i < defect_count; i++)
		if (defects[i].wanted &&
		    (is_generic(&defects[i]) ||
			breach_of(&defects[i], test) != NULL))
			return true;
	return false;
}

/* Marks what was named, or all that goes with it; whether cases were named. */
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
	if (faults && asked.proofs)
		complain(EXIT_USAGE, "-p takes cases, and no faults");
	faults_only = faults && !cases && !asked.propose;
	for (size_t i = 0; i < test_count && !cases; i++)
		tests[i].wanted = !faults_only || asked.everything ||
		    is_case_of_fault(&tests[i]);
	asked.only_cases = cases && !faults;
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

static void
read_options(int argc, char **argv)
{
	static const struct option words[] = {
		{ "help", no_argument, NULL, 'h' }, { 0 }
	};
	int option;

	while ((option = getopt_long(
		    argc, argv, "afhj:lo:pt:wx", words, NULL)) != -1)
		switch (option) {
		case 'a':
			asked.everything = true;
			break;
		case 'f':
			first_only = true;
			break;
		case 'h':
			asked.help = true;
			break;
		case 'j':
			parallel = number(optarg, 'j');
			break;
		case 'l':
			asked.list = true;
			break;
		case 'o':
			asked.output = optarg;
			break;
		case 'p':
			asked.proofs = true;
			break;
		case 't':
			limit = number(optarg, 't');
			break;
		case 'w':
			asked.propose = true;
			break;
		case 'x':
			exclusive_too = true;
			break;
		default:
			usage(stderr);
			exit(EXIT_USAGE);
		}
	if (asked.output != NULL && (asked.proofs || asked.propose))
		complain(EXIT_USAGE, "-o: -%c writes no file",
		    asked.propose ? 'w' : 'p');
	asked.whole = optind == argc;
}

/* Each runs and tells; whether all is as it should be. */
static bool
prove(void)
{
	size_t problems = run_baseline();

	repeat_surveys();
	problems += run_proofs();
	print_duration(stdout);
	return print_proven(stdout) && problems == 0;
}

static bool
propose(void)
{
	run_baseline();
	repeat_surveys();
	run_faults(WHAT_IS_MISSING);
	print_proposals(stdout);
	return true;
}

/* Whether the fault is said to break what one of the cases decides. */
static bool
concerns_cases(const struct defect *defect)
{
	for (size_t i = 0; i < test_count; i++)
		if (tests[i].wanted && breach_of(defect, &tests[i]) != NULL)
			return true;
	return false;
}

/* Of all faults, those that tell something of the cases that were named. */
static void
leave_out_others(void)
{
	for (size_t i = 0; i < defect_count; i++)
		if (defects[i].red == 0 && !concerns_cases(&defects[i]))
			defects[i].wanted = false;
}

static bool
falsify(void)
{
	size_t problems = run_baseline();

	repeat_surveys();
	run_faults(asked.everything ? WHAT_COULD_TOUCH : WHAT_IS_NAMED);
	if (asked.only_cases)
		leave_out_others();
	if (asked.output == NULL) {
		asked.output = "reports/out/falsify.json";
		mkdir("reports/out", 0777);
	}
	write_file(asked.output, print_json);
	write_table(asked.output);
	for (size_t i = 0; i < defect_count; i++)
		if (defects[i].wanted)
			print_fault_line(stdout, &defects[i]);
	problems += check_unseen() + check_excuses() + check_generic();
	if (asked.whole || faults_only)
		problems += check_lines();
	if (asked.whole)
		problems += check_claims();
	print_unnoticed(stdout);
	print_unproven(stdout);
	print_duration(stdout);
	return print_headlines(stdout) && problems == 0;
}

int
main(int argc, char **argv)
{
	sigset_t child;
	bool proven;

	begin_clock();
	if (getcwd(root, sizeof(root)) == NULL)
		complain(EXIT_USAGE, "getcwd: %s", strerror(errno));
	read_options(argc, argv);
	if (asked.help) {
		help();
		return EXIT_PROVEN;
	}
	list_defects();
	if (asked.list) {
		list_faults();
		return EXIT_PROVEN;
	}
	list_tests();
	read_tables();
	asked.everything |= choose(argc - optind, argv + optind);

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	make_scratch();
	catch_stops();
	proven = asked.propose ? propose() : asked.proofs ? prove() : falsify();
	return proven ? EXIT_PROVEN : EXIT_NOT_PROVEN;
}
