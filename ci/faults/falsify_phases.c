/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The phases: all cases without a fault, and then under faults.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "falsify.h"

#define TRIES 3 /* of what others on the machine may disturb */

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
 * What was skipped for want of a flag that another system has is run again with
 * that flag.
 */
static size_t
run_foreign_baseline(void)
{
	size_t alarms = 0;

	job_count = 0;
	for (size_t i = 0; i < test_count; i++) {
		struct test *test = &tests[i];

		if (!test->wanted || test->lacks[0] == '\0')
			continue;
		test->foreign = true;
		test->observation = NULL;
		test->touch_count = 0;
		add_job(test, NULL, false);
	}
	run_jobs("with flags of other systems");
	note_baseline();
	for (size_t i = 0; i < job_count; i++) {
		struct test *test = jobs[i].test;

		test->foreign = test->baseline != SKIPPED;
		if (test->baseline == SKIPPED || test->baseline == GREEN)
			continue;
		printf("false alarm: %s:%s %s with %s\n", test->program,
		    test->name, colour_words[jobs[i].colour], test->lacks);
		alarms++;
	}
	return alarms;
}

/*
 * The library without a fault must change nothing; its trace tells what each
 * case does.  Returns the number of differences.
 */
size_t
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
	return alarms + run_foreign_baseline();
}

/* Two looks at the same are not enough to tell chance from change. */
void
repeat_surveys(void)
{
	job_count = 0;
	for (int i = 0; i < 2; i++)
		for (size_t j = 0; j < test_count; j++)
			if (tests[j].wanted && tests[j].survey)
				add_job(&tests[j], NULL, !tests[j].foreign);
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
repeat_alone(bool (*is_due)(const struct job *job))
{
	long together = parallel;

	for (size_t i = 0; i < job_count; i++)
		if (is_due(&jobs[i]))
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

static bool
is_unnoticed(const struct job *job)
{
	return !is_red(job->colour) &&
	    breach_of(job->defect, job->test) != NULL &&
	    excuse_of(job->defect, job->test) == NULL;
}

/* Whether a run of the pair is worth its time. */
static bool
is_due(const struct defect *defect, const struct test *test, enum scope scope)
{
	bool named = breach_of(defect, test) != NULL;

	if (!defect->wanted || !test->wanted || !ran(test) ||
	    !can_touch(defect, test))
		return false;
	switch (scope) {
	case WHAT_IS_MISSING:
		return !named && !is_generic(defect);
	case WHAT_IS_NAMED:
		return named || is_generic(defect);
	default:
		return true;
	}
}

void
run_faults(enum scope scope)
{
	job_count = 0;
	for (size_t i = 0; i < defect_count; i++)
		for (size_t j = 0; j < test_count; j++)
			if (is_due(&defects[i], &tests[j], scope))
				add_fault_job(&tests[j], &defects[i]);
	run_jobs("under faults");
	run_generic_again();
	run_unsupported_again();
	for (int i = 1; i < TRIES; i++)
		repeat_alone(is_unnoticed);
	tally();
}

/* ----- One fault for each case -------------------------------------------- */

/* The faults that break what the case claims, the most telling first. */
struct choice {
	struct defect *defect;
	int telling;
};

static int
compare_choices(const void *one, const void *other)
{
	const struct choice *a = one, *b = other;

	if (a->telling != b->telling)
		return b->telling - a->telling;
	return a->defect < b->defect ? -1 : 1;
}

static size_t
list_choices(const struct test *test, struct choice *choices)
{
	size_t count = 0;

	for (size_t i = 0; i < defect_count; i++)
		if (breach_of(&defects[i], test) != NULL &&
		    excuse_of(&defects[i], test) == NULL &&
		    can_touch(&defects[i], test))
			choices[count++] = (struct choice){ &defects[i],
				telling(&defects[i], test) };
	qsort(choices, count, sizeof(*choices), compare_choices);
	return count;
}

static bool
is_unproven(const struct job *job)
{
	return job->test->red == 0;
}

/* The nth choice of each case that none before has turned red; any left? */
static bool
run_choices(struct choice *choices, size_t nth)
{
	size_t before = job_count;

	for (size_t i = 0; i < test_count; i++) {
		struct test *test = &tests[i];

		if (can_notice(test) && test->red == 0 &&
		    list_choices(test, choices) > nth)
			add_job(test, choices[nth].defect, false);
	}
	run_jobs("under their faults");
	tally();
	return job_count > before;
}

/* What no choice has turned red, by each of them. */
static size_t
print_failed_proofs(void)
{
	size_t missing = 0;

	for (size_t i = 0; i < test_count; i++) {
		const struct test *test = &tests[i];
		bool tried = false;

		if (!can_notice(test) || test->red > 0)
			continue;
		missing++;
		for (size_t j = 0; j < job_count; j++) {
			if (jobs[j].test != test)
				continue;
			printf("%s:%s %s under %s\n", test->program, test->name,
			    colour_words[jobs[j].colour],
			    jobs[j].defect->row->name);
			tried = true;
		}
		if (!tried)
			printf("no fault of %s proves %s:%s\n", CLAIMS,
			    test->program, test->name);
	}
	return missing;
}

size_t
run_proofs(void)
{
	struct choice *choices = grow(NULL, defect_count, sizeof(*choices));
	size_t nth = 0;

	job_count = 0;
	while (run_choices(choices, nth))
		nth++;
	free(choices);
	for (int i = 1; i < TRIES; i++) {
		repeat_alone(is_unproven);
		tally();
	}
	return print_failed_proofs();
}
