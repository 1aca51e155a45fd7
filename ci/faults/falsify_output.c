/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What comes of the runs: the numbers, the tables both ways, JSON, and lines
 * to paste into claims.tsv.
 */
#include <sys/stat.h>

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "falsify.h"

static double began;

void
begin_clock(void)
{
	began = now();
}

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

void
print_json(FILE *out)
{
	const char *separator = "";
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
		if (!tests[i].wanted)
			continue;
		snprintf(
		    id, sizeof(id), "%s:%s", tests[i].program, tests[i].name);
		fprintf(out, "%s\n    {", separator);
		separator = ",";
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
void
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

/* How narrow a fault is: what all the calls that it spoils are like. */
static int
conditions_of(const struct fault *row)
{
	return (row->with != 0) + (row->without != 0) + (row->within != 0) +
	    (row->only != 0) + (row->needs != 0) + 2 * (row->error != 0);
}

/* ... and how much it says of the claim. */
static int
sharpness(const struct job *job)
{
	return conditions_of(job->defect->row) +
	    telling(job->defect, job->test);
}

static int
compare_sharpness(const void *one, const void *other)
{
	return sharpness(*(const struct job *const *)other) -
	    sharpness(*(const struct job *const *)one);
}

#define PROPOSALS 6

static void
propose_for(FILE *out, const struct test *test)
{
	const struct job **red =
	    grow(NULL, job_count + 1, sizeof(struct job *));
	size_t count = 0;

	for (size_t i = 0; i < job_count; i++)
		if (jobs[i].test == test && is_red(jobs[i].colour) &&
		    !is_generic(jobs[i].defect) &&
		    breach_of(jobs[i].defect, test) == NULL)
			red[count++] = &jobs[i];
	qsort(red, count, sizeof(struct job *), compare_sharpness);
	fprintf(out, "# %s:%s: %s\n", test->program, test->name, test->text);
	for (size_t i = 0; i < count && i < PROPOSALS; i++) {
		const struct fault *row = red[i]->defect->row;

		fprintf(out, "# %s\n%s\t", row->defect, row->name);
		if (test->claim[0] != '\0')
			fprintf(out, "%s\n", test->claim);
		else
			fprintf(out, "%s:%s\n", test->program, test->name);
	}
	if (count > PROPOSALS)
		fprintf(out, "# ... and %zu blunter ones\n", count - PROPOSALS);
	free(red);
}

void
print_proposals(FILE *out)
{
	for (size_t i = 0; i < test_count; i++)
		if (tests[i].wanted && ran(&tests[i]))
			propose_for(out, &tests[i]);
}

void
print_fault_line(FILE *out, const struct defect *defect)
{
	fprintf(out, "%-36s %4zu of %4zu cases red%s%s\n", defect->row->name,
	    defect->red, defect->runs, defect->unseen != NULL ? "; " : "",
	    defect->unseen != NULL ? defect->unseen : "");
}

/* Cases of claims that a fault breaks, and what they said to it. */
struct notices {
	size_t due;
	size_t red;
	size_t excused;
};

/* Of the pair's runs; GREEN where the fault could not even touch the case. */
static enum colour
colour_of(const struct defect *defect, const struct test *test)
{
	for (size_t i = 0; i < job_count; i++)
		if (jobs[i].defect == defect && jobs[i].test == test &&
		    jobs[i].done)
			return jobs[i].colour;
	return GREEN;
}

static struct notices
count_notices(FILE *unnoticed)
{
	struct notices notices = { 0 };

	for (size_t i = 0; i < defect_count; i++)
		for (size_t j = 0; j < test_count; j++) {
			const struct defect *defect = &defects[i];
			const struct test *test = &tests[j];
			enum colour colour;

			if (!defect->wanted || !can_notice(test) ||
			    breach_of(defect, test) == NULL)
				continue;
			if (excuse_of(defect, test) != NULL ||
			    defect->unseen != NULL) {
				notices.excused++;
				continue;
			}
			notices.due++;
			colour = colour_of(defect, test);
			notices.red += is_red(colour);
			if (unnoticed != NULL && !is_red(colour))
				fprintf(unnoticed,
				    "not noticed: %s by %s:%s (%s): %s\n",
				    defect->row->name, test->program,
				    test->name, test->claim,
				    colour_words[colour]);
		}
	return notices;
}

void
print_unproven(FILE *out)
{
	for (size_t i = 0; i < test_count && !faults_only; i++)
		if (can_notice(&tests[i]) && tests[i].red == 0)
			fprintf(out, "not proven: %s:%s\n", tests[i].program,
			    tests[i].name);
}

void
print_duration(FILE *out)
{
	long seconds = (long)(now() - began);

	fprintf(out, "took %ld min %02ld s: %zu runs, %ld at a time\n",
	    seconds / 60, seconds % 60, run_count, parallel);
}

void
print_unnoticed(FILE *out)
{
	count_notices(out);
}

#define BROKEN_MOST 0.02 /* of all that is not green */

/* Whether few enough cases only break. */
static bool
print_broken_share(FILE *out)
{
	size_t red = 0, broken = 0;
	double share;

	for (size_t i = 0; i < job_count; i++) {
		red += jobs[i].done && is_red(jobs[i].colour);
		broken += jobs[i].done && is_broken(jobs[i].colour);
	}
	if (broken == 0)
		return true;
	share = (double)broken / (double)(red + broken);
	fprintf(out, "only broken: %zu of %zu detections (%.1f %%)\n", broken,
	    red + broken, 100 * share);
	return share <= BROKEN_MOST;
}

bool
print_proven(FILE *out)
{
	size_t proven = 0, cases = 0;

	for (size_t i = 0; i < test_count; i++) {
		const struct test *test = &tests[i];

		if (!test->wanted || !ran(test) || test->varies)
			continue;
		cases++;
		proven += test->red > 0 || test->baseline == KNOWN;
	}
	fprintf(out, "cases proven able to fail: %zu of %zu\n", proven, cases);
	return proven == cases;
}

/* Whether the cases that could see the fault are all such as cannot run here. */
static bool
is_without_cases(const struct defect *defect)
{
	size_t cases = 0;

	for (size_t i = 0; i < test_count; i++) {
		if (!tests[i].wanted || breach_of(defect, &tests[i]) == NULL)
			continue;
		if (can_notice(&tests[i]))
			return false;
		cases++;
	}
	return cases > 0;
}

bool
print_headlines(FILE *out)
{
	size_t seen = 0, total = 0, excused = 0, idle = 0;
	struct notices notices = count_notices(NULL);
	bool good;

	for (size_t i = 0; i < defect_count; i++) {
		const struct defect *defect = &defects[i];

		if (!defect->wanted)
			continue;
		total++;
		if (defect->red > 0)
			seen++;
		else if (defect->unseen != NULL)
			excused++;
		else if (is_without_cases(defect))
			idle++;
	}
	good = print_broken_share(out);
	if (excused > 0)
		fprintf(out, "not detected, with a reason in " UNSEEN ": %zu\n",
		    excused);
	if (idle > 0)
		fprintf(out,
		    "not detected, as none of its cases runs here: %zu\n",
		    idle);
	if (notices.excused > 0)
		fprintf(out, "not noticed, with a reason in " CLAIMS ": %zu\n",
		    notices.excused);
	fprintf(out, "faults detected: %zu of %zu\n", seen, total);
	if (!faults_only)
		good &= print_proven(out);
	fprintf(out, "broken claims noticed: %zu of %zu\n", notices.red,
	    notices.due);
	return good && seen + excused + idle == total &&
	    notices.red == notices.due;
}

/* Both ways, in words: which fault turns which cases red, and the reverse. */
void
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
				fprintf(out, "\t%s:%s %s%s\n",
				    jobs[j].test->program, jobs[j].test->name,
				    colour_words[jobs[j].colour],
				    jobs[j].again ? " (by the first calls)"
						  : "");
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
	fprintf(out, "\nWhat only breaks\n\n");
	for (size_t i = 0; i < job_count; i++)
		if (jobs[i].done && is_broken(jobs[i].colour))
			fprintf(out, "%s\t%s:%s %s\n",
			    jobs[i].defect->row->name, jobs[i].test->program,
			    jobs[i].test->name, colour_words[jobs[i].colour]);
	fprintf(out, "\n");
	print_unnoticed(out);
	print_unproven(out);
	print_duration(out);
	print_headlines(out);
}
