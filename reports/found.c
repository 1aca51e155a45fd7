/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is made of a case, however its run was stored.  What the suite prints for
 * the report to read (facts, flags, cells, observations) comes from the cases'
 * standard output.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "found.h"
#include "input.h"

#define IDENTITY "system_test:identity"
#define FLAGS    "system_test:flags"

/* Replaces the outcome with broken, and says why before the old reason. */
static void
break_result(struct result *result, const char *why)
{
	char *old = result->reason;

	result->outcome = OUTCOME_BROKEN;
	result->reason =
	    *old ? buffer_format("%s: %s", why, old) : buffer_copy(why);
	free(old);
}

/* Kyua's result and the prefix of its reason make the outcome. */
static void
decide_outcome(struct result *result, const char *type, const char *path)
{
	char *reason = result->reason;

	if (strcmp(type, "passed") == 0)
		result->outcome = OUTCOME_PASS;
	else if (strcmp(type, "expected_failure") == 0)
		result->outcome = OUTCOME_DEVIATES;
	else if (strcmp(type, "broken") == 0)
		result->outcome = OUTCOME_BROKEN;
	else if (strcmp(type, "failed") == 0)
		result->outcome = input_after(reason, "set-up: ") != NULL
		    ? OUTCOME_BROKEN
		    : OUTCOME_FAIL;
	else if (strcmp(type, "skipped") != 0)
		input_refuse("%s: case %s has the unknown result \"%s\"", path,
		    result->id, type);
	else if (input_after(reason, "unsupported: ") != NULL)
		result->outcome = OUTCOME_UNSUPPORTED;
	else
		/* Kyua's own reasons, such as rights, are facts of the run. */
		result->outcome = OUTCOME_UNTESTED;
}

/* Cuts the next field off a tab separated line; NULL when there is none. */
static char *
next_field(char **line)
{
	char *field = *line, *tab;

	if (field == NULL)
		return NULL;
	tab = strchr(field, '\t');
	if (tab != NULL)
		*tab++ = '\0';
	*line = tab;
	return field;
}

/* Reads a cell line behind its first word; false when it is malformed. */
static bool
read_cell(struct report *report, struct result *result, char *line)
{
	enum {
		COMBINATION,
		OBJECT,
		PROTECTION,
		PLACEMENT,
		LENGTH,
		OFFSET,
		RESULT,
		CLASS,
		OBSERVED,
		FIELDS
	};
	char *fields[FIELDS];
	struct cell *cell;
	size_t i;

	for (i = 0; i < FIELDS; i++)
		if ((fields[i] = next_field(&line)) == NULL)
			return false;
	if (line != NULL || model_parse_class(fields[CLASS]) == CLASSES ||
	    model_parse_combination(fields[COMBINATION]) != result->combination)
		return false;
	result->cells =
	    buffer_grow(result->cells, result->ncells, sizeof(*result->cells));
	cell = &result->cells[result->ncells++];
	cell->object = strings_intern(&report->objects, fields[OBJECT]);
	cell->protection =
	    strings_intern(&report->protections, fields[PROTECTION]);
	cell->placement = buffer_copy(fields[PLACEMENT]);
	cell->length = buffer_copy(fields[LENGTH]);
	cell->offset = buffer_copy(fields[OFFSET]);
	cell->result = buffer_copy(fields[RESULT]);
	cell->class = model_parse_class(fields[CLASS]);
	cell->observed = buffer_copy(
	    strcmp(fields[OBSERVED], "-") == 0 ? "" : fields[OBSERVED]);
	return true;
}

/* Adds a pair; value is NULL for none. */
static void
add_pair(struct pairs *pairs, const char *name, const char *value)
{
	struct pair *pair;

	pairs->items =
	    buffer_grow(pairs->items, pairs->count, sizeof(*pairs->items));
	pair = &pairs->items[pairs->count++];
	pair->name = buffer_copy(name);
	pair->value = value != NULL ? buffer_copy(value) : NULL;
}

void
found_fact(struct run *run, const char *name, const char *value)
{
	add_pair(&run->facts, name, value);
}

/* Reads NAME<TAB>VALUE; absent, if given, is the word for no value. */
static bool
read_pair(struct pairs *pairs, char *line, const char *absent)
{
	const char *name = next_field(&line);

	if (*name == '\0' || line == NULL)
		return false;
	if (absent != NULL && strcmp(line, absent) == 0)
		line = NULL;
	add_pair(pairs, name, line);
	return true;
}

/*
 * Reads one line of a case's output.  Lines that are not for the report are
 * fine; false means one that is, but cannot be understood.
 */
static bool
read_line(
    struct report *report, struct run *run, struct result *result, char *line)
{
	char *rest;

	if ((rest = input_after(line, "observed: ")) != NULL)
		strings_add(&result->observed, rest);
	else if (result->survey == NULL &&
	    (rest = input_after(line, "survey: ")) != NULL)
		result->survey = buffer_copy(rest);
	else if ((rest = input_after(line, "cell\t")) != NULL)
		return result->combination >= 0 &&
		    read_cell(report, result, rest);
	else if (strcmp(result->id, IDENTITY) == 0 &&
	    (rest = input_after(line, "fact\t")) != NULL)
		return read_pair(&run->facts, rest, NULL);
	else if (strcmp(result->id, FLAGS) == 0 &&
	    (rest = input_after(line, "flag\t")) != NULL)
		return read_pair(&run->flags, rest, "absent");
	return true;
}

static void
read_output(struct report *report, struct run *run, struct result *result)
{
	char *copy = buffer_copy(result->out);
	char *line = copy, *end, *bad = NULL, *why;
	size_t findings = 0, i;

	for (; *line != '\0'; line = end) {
		end = line + strcspn(line, "\n");
		if (*end != '\0')
			*end++ = '\0';
		why = buffer_copy(line);
		if (bad == NULL && !read_line(report, run, result, line))
			bad = why;
		else
			free(why);
	}
	free(copy);
	/* A case that died may have left half a line: it is broken already. */
	if (bad != NULL && result->outcome != OUTCOME_BROKEN) {
		why = buffer_format("unreadable line \"%s\"", bad);
		break_result(result, why);
		free(why);
	}
	free(bad);
	for (i = 0; i < result->ncells; i++)
		findings += result->cells[i].class == CLASS_FINDING;
	if (findings > 0 && result->outcome == OUTCOME_PASS)
		break_result(result, "passes although a cell is a finding");
	if (result->survey != NULL && result->outcome == OUTCOME_PASS)
		result->outcome = OUTCOME_SURVEY;
}

static const struct claim *
find_claim(const struct report *report, const char *id)
{
	size_t i;

	for (i = 0; i < report->nclaims; i++)
		if (strcmp(report->claims[i].id, id) == 0)
			return &report->claims[i];
	return NULL;
}

/* What the case decides: one claim, or one combination of the matrix. */
static void
read_subject(const struct report *report, struct result *result,
    const struct found *found, const char *path)
{
	result->combination = -1;
	if (*found->claim != '\0') {
		result->claim = find_claim(report, found->claim);
		if (result->claim == NULL && !claims_retired(found->claim))
			input_refuse("%s: case %s: unknown claim \"%s\"", path,
			    result->id, found->claim);
	} else if (*found->combination != '\0') {
		result->combination =
		    model_parse_combination(found->combination);
		if (result->combination < 0)
			input_refuse("%s: case %s: unknown combination \"%s\"",
			    path, result->id, found->combination);
	} else if (input_after(result->name, "__") == NULL) {
		/* Kyua's own "__test_cases_list__" has no metadata. */
		input_refuse("%s: case %s names no claim", path, result->id);
	}
}

struct program *
found_program(struct run *run, const char *name)
{
	struct program *program;
	size_t i;

	for (i = 0; i < run->nprograms; i++)
		if (strcmp(run->programs[i].name, name) == 0)
			return &run->programs[i];
	run->programs =
	    buffer_grow(run->programs, run->nprograms, sizeof(*run->programs));
	program = &run->programs[run->nprograms++];
	program->name = buffer_copy(name);
	program->status = -1;
	program->cases = 0;
	return program;
}

/* Gives a result the name that its case has now. */
static void
name_result(struct result *result, struct found *found)
{
	char *id = buffer_format("%s:%s", found->program, found->name);
	const char *now = renamed_id(id), *colon = strchr(now, ':');

	result->id = buffer_copy(now);
	result->program = buffer_format("%.*s", (int)(colon - now), now);
	result->name = buffer_copy(colon + 1);
	free(id);
	free(found->program);
	free(found->name);
}

void
found_add(struct report *report, struct run *run, struct found *found,
    const char *path)
{
	struct result *result;

	run->results =
	    buffer_grow(run->results, run->nresults, sizeof(*run->results));
	result = &run->results[run->nresults++];
	memset(result, 0, sizeof(*result));
	found_program(run, found->program)->cases++;
	name_result(result, found);
	result->promiser = found->promiser;
	result->description = found->description;
	result->reason = found->reason;
	result->microseconds = found->microseconds;
	result->out = found->out;
	result->err = found->err;
	read_subject(report, result, found, path);
	decide_outcome(result, found->type, path);
	read_output(report, run, result);
	free(found->type);
	free(found->claim);
	free(found->combination);
}
