/* SPDX-License-Identifier: BSD-2-Clause */
#include <err.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "output.h"

const char *
model_requirement(enum requirement requirement)
{
	static const char *const words[] = { "SHALL", "SHOULD", "MAY",
		"UNSPECIFIED", "DOCUMENTED", "IMPLEMENTED", "FOLKLORE" };

	return words[requirement];
}

const char *
model_outcome(enum outcome outcome)
{
	static const char *const words[] = { "fail", "broken", "deviates",
		"untested", "partly", "survey", "pass", "unsupported",
		"absent" };

	return words[outcome];
}

static const char *const class_words[] = { "finding", "deviation", "extension",
	"portable", "untested" };

const char *
model_class(enum cell_class which)
{
	return class_words[which];
}

enum cell_class
model_parse_class(const char *word)
{
	int i;

	for (i = 0; i < CLASSES; i++)
		if (strcmp(word, class_words[i]) == 0)
			break;
	return (enum cell_class)i;
}

const char *
model_state(enum run_state state)
{
	static const char *const words[] = { "partial", "complete", "store" };

	return words[state];
}

int
model_parse_combination(const char *letters)
{
	int bits = 0, i;

	for (i = 0; LETTERS[i] != '\0'; i++) {
		if (letters[i] == LETTERS[i])
			bits |= 1 << i;
		else if (letters[i] != '-')
			return -1;
	}
	return letters[i] == '\0' ? bits : -1;
}

const char *
model_letters(int combination, char *buffer)
{
	int i;

	for (i = 0; LETTERS[i] != '\0'; i++)
		buffer[i] = combination & 1 << i ? LETTERS[i] : '-';
	buffer[i] = '\0';
	return buffer;
}

enum cell_class
model_tile_class(const struct tile *tile)
{
	const size_t *n = tile->classes;

	if (n[CLASS_FINDING] > 0)
		return CLASS_FINDING;
	if (n[CLASS_DEVIATION] > 0)
		return CLASS_DEVIATION;
	if (n[CLASS_EXTENSION] + n[CLASS_PORTABLE] > 0)
		return n[CLASS_EXTENSION] > n[CLASS_PORTABLE] ? CLASS_EXTENSION
							      : CLASS_PORTABLE;
	return n[CLASS_UNTESTED] > 0 ? CLASS_UNTESTED : CLASSES;
}

const char *
model_base(const struct run *run)
{
	const char *slash = strrchr(run->path, '/');

	return slash != NULL && slash[1] != '\0' ? slash + 1 : run->path;
}

const char *
model_fact(const struct run *run, const char *name)
{
	size_t i;

	for (i = 0; i < run->facts.count; i++)
		if (strcmp(run->facts.items[i].name, name) == 0)
			return run->facts.items[i].value;
	return "";
}

const char *
model_reason(const struct result *result)
{
	const char *word = model_outcome(result->outcome);
	size_t length = strlen(word);

	if (strncmp(result->reason, word, length) == 0 &&
	    strncmp(result->reason + length, ": ", 2) == 0)
		return result->reason + length + 2;
	return result->reason;
}

static int
compare_ids(const void *a, const void *b)
{
	const struct result *x = a, *y = b;

	return strcmp(x->id, y->id);
}

static int
compare_claims(const void *a, const void *b)
{
	const struct result *const *x = a, *const *y = b;

	/* Entries of one array; those without a claim come first. */
	if ((*x)->claim != (*y)->claim)
		return (uintptr_t)(*x)->claim < (uintptr_t)(*y)->claim ? -1 : 1;
	return strcmp((*x)->id, (*y)->id);
}

static int
compare_reasons(const void *a, const void *b)
{
	const struct result *const *x = a, *const *y = b;
	int order = strcmp((*x)->reason, (*y)->reason);

	return order != 0 ? order : strcmp((*x)->id, (*y)->id);
}

const struct result **
model_select(const struct run *run, enum outcome outcome, size_t *count)
{
	const struct result **selected =
	    buffer_new(run->nresults, sizeof(*selected));
	size_t i;

	*count = 0;
	for (i = 0; i < run->nresults; i++)
		if (run->results[i].outcome == outcome)
			selected[(*count)++] = &run->results[i];
	qsort(selected, *count, sizeof(*selected), compare_reasons);
	return selected;
}

struct strings
model_observed(const struct verdict *verdict)
{
	struct strings observed = { NULL, 0 };
	size_t i, j;

	for (i = 0; i < verdict->ncases; i++)
		for (j = 0; j < verdict->cases[i]->observed.count; j++)
			strings_intern(
			    &observed, verdict->cases[i]->observed.items[j]);
	return observed;
}

struct strings
model_lacking(const struct verdict *verdict)
{
	struct strings lacking = { NULL, 0 };
	size_t i;

	if (verdict->outcome != OUTCOME_PARTLY &&
	    verdict->outcome != OUTCOME_UNSUPPORTED &&
	    verdict->outcome != OUTCOME_UNTESTED)
		return lacking;
	for (i = 0; i < verdict->ncases; i++)
		if (*verdict->cases[i]->reason != '\0')
			strings_intern(&lacking, verdict->cases[i]->reason);
	return lacking;
}

/* What was observed, wherever: the same on another file system is the same. */
static struct strings
observed_anywhere(const struct run *run, const struct verdict *verdict)
{
	const char *const places[] = { model_fact(run, "fs.work"),
		model_fact(run, "fs.shm") };
	struct strings observed = model_observed(verdict), bare = { NULL, 0 };
	size_t i, j, length, tail;

	for (i = 0; i < observed.count; i++) {
		char *text = observed.items[i];

		for (j = 0; j < 2; j++) {
			length = strlen(text);
			tail = strlen(places[j]);
			if (tail > 0 && length > tail + 3 &&
			    text[length - 1] == ')' &&
			    strncmp(text + length - tail - 1, places[j],
				tail) == 0 &&
			    strncmp(text + length - tail - 3, " (", 2) == 0)
				text[length - tail - 3] = '\0';
		}
		strings_intern(&bare, text);
	}
	strings_free(&observed);
	return bare;
}

/* The platform is the suite's word for the system, as promisers are. */
bool
model_applies(const struct run *run, const struct claim *claim)
{
	const char *platform = model_fact(run, "suite.platform");

	return strcmp(claim->promiser, "posix") == 0 ||
	    strcmp(claim->promiser, "people") == 0 ||
	    strcmp(claim->promiser, platform) == 0;
}

/* Whether both runs say the same about the claim. */
static bool
agree(const struct run *a, const struct run *b, size_t claim_index)
{
	const struct verdict *x = &a->verdicts[claim_index];
	const struct verdict *y = &b->verdicts[claim_index];
	struct strings p, q;
	bool same;
	size_t i;

	if (x->outcome != y->outcome)
		return false;
	p = observed_anywhere(a, x);
	q = observed_anywhere(b, y);
	same = p.count == q.count;
	for (i = 0; same && i < p.count; i++)
		same = strcmp(p.items[i], q.items[i]) == 0;
	strings_free(&p);
	strings_free(&q);
	return same;
}

bool
model_differs(const struct report *report, size_t claim_index)
{
	size_t i;

	for (i = 1; i < report->nruns; i++)
		if (!agree(&report->runs[0], &report->runs[i], claim_index))
			return true;
	return false;
}

static enum outcome
worst_outcome(const struct verdict *verdict)
{
	enum outcome worst = OUTCOME_ABSENT;
	bool unsupported = false;
	size_t i;

	for (i = 0; i < verdict->ncases; i++) {
		if (verdict->cases[i]->outcome < worst)
			worst = verdict->cases[i]->outcome;
		if (verdict->cases[i]->outcome == OUTCOME_UNSUPPORTED)
			unsupported = true;
	}
	return worst == OUTCOME_PASS && unsupported ? OUTCOME_PARTLY : worst;
}

static void
decide_claims(const struct report *report, struct run *run)
{
	struct verdict *verdict;
	size_t i, first = 0;

	run->sorted = buffer_new(run->nresults, sizeof(*run->sorted));
	for (i = 0; i < run->nresults; i++)
		run->sorted[i] = &run->results[i];
	qsort(run->sorted, run->nresults, sizeof(*run->sorted), compare_claims);
	while (first < run->nresults && run->sorted[first]->claim == NULL)
		first++;
	run->verdicts = buffer_new(report->nclaims, sizeof(*run->verdicts));
	for (i = 0; i < report->nclaims; i++) {
		verdict = &run->verdicts[i];
		verdict->cases = &run->sorted[first];
		while (first < run->nresults &&
		    run->sorted[first]->claim == &report->claims[i]) {
			verdict->ncases++;
			first++;
		}
		verdict->outcome = worst_outcome(verdict);
		run->claim_counts[verdict->outcome]++;
		run->grid[report->claims[i].requirement][verdict->outcome]++;
	}
}

static void
lay_tiles(struct run *run)
{
	const struct result *result;
	struct tile *tile;
	size_t i, j;

	for (i = 0; i < run->nresults; i++) {
		result = &run->results[i];
		if (result->combination < 0)
			continue;
		tile = &run->tiles[result->combination];
		if (tile->result != NULL)
			errx(STATUS_INPUT,
			    "%s: %s and %s decide the same combination",
			    run->path, tile->result->id, result->id);
		tile->result = result;
		for (j = 0; j < result->ncells; j++) {
			tile->classes[result->cells[j].class]++;
			if (result->cells[j].class == CLASS_UNTESTED)
				continue;
			if (strcmp(result->cells[j].result, "ok") == 0)
				tile->ok++;
			else
				tile->refused++;
		}
	}
	for (i = 0; i < COMBINATIONS; i++)
		run->absent_combinations += run->tiles[i].result == NULL;
}

static void
add_missing(struct run *run, char *why)
{
	strings_add(&run->missing, why);
	free(why);
}

/* "claims without a case: 3 (A, B, C)"; names a few of many. */
static char *
list_absent(const struct report *report, const struct run *run)
{
	size_t count = run->claim_counts[OUTCOME_ABSENT], i, named = 0;
	char *text = buffer_format("claims without a case: %zu (", count);
	char *longer;

	for (i = 0; i < report->nclaims && named < 5; i++) {
		if (run->verdicts[i].outcome != OUTCOME_ABSENT)
			continue;
		longer = buffer_format("%s%s%s", text, named > 0 ? ", " : "",
		    report->claims[i].id);
		free(text);
		text = longer;
		named++;
	}
	longer = buffer_format("%s%s)", text, named < count ? ", ..." : "");
	free(text);
	return longer;
}

/* Says what an incomplete run lacks. */
static void
find_missing(const struct report *report, struct run *run)
{
	const struct program *program;
	size_t i;

	if (run->state == STATE_PARTIAL)
		strings_add(&run->missing, "the run did not reach its end");
	for (i = 0; i < run->nprograms; i++) {
		program = &run->programs[i];
		if (program->cases == 0)
			add_missing(run,
			    buffer_format("%s has no results", program->name));
	}
	if (run->claim_counts[OUTCOME_ABSENT] > 0)
		add_missing(run, list_absent(report, run));
	if (run->absent_combinations > 0)
		add_missing(run,
		    buffer_format("flag combinations without a case: %zu",
			run->absent_combinations));
}

static char *
system_name(const struct run *run)
{
	const char *os = model_fact(run, "system.os");
	const char *emulator = model_fact(run, "emulator");
	bool inside = *emulator != '\0' && strcmp(emulator, "none") != 0 &&
	    strcmp(emulator, "no") != 0 && strcmp(emulator, "unknown") != 0;

	if (*os == '\0')
		return buffer_copy("unnamed system");
	return buffer_format("%s %s %s%s%s", os,
	    model_fact(run, "system.release"), model_fact(run, "system.arch"),
	    inside ? " " : "", inside ? emulator : "");
}

/* Whether a name is another run's as well. */
static bool
is_shared(const struct strings *names, size_t own)
{
	size_t i;

	for (i = 0; i < names->count; i++)
		if (i != own && strcmp(names->items[i], names->items[own]) == 0)
			return true;
	return false;
}

/* Equal systems are told apart by the driver's target, then by a number. */
static void
name_runs(struct report *report)
{
	struct strings systems = { NULL, 0 }, names = { NULL, 0 };
	const char *target;
	char *name;
	size_t i, j, same;

	for (i = 0; i < report->nruns; i++) {
		name = system_name(&report->runs[i]);
		strings_add(&systems, name);
		free(name);
	}
	for (i = 0; i < report->nruns; i++) {
		target = model_fact(&report->runs[i], "target");
		name = *target != '\0' && is_shared(&systems, i)
		    ? buffer_format("%s, %s", systems.items[i], target)
		    : buffer_copy(systems.items[i]);
		strings_add(&names, name);
		for (j = 0, same = 1; j < i; j++)
			same += strcmp(names.items[j], name) == 0;
		report->runs[i].name = same == 1
		    ? buffer_copy(name)
		    : buffer_format("%s (%zu)", name, same);
		free(name);
	}
	strings_free(&systems);
	strings_free(&names);
}

void
model_finish(struct report *report)
{
	struct run *run;
	size_t i, j;

	for (i = 0; i < report->nruns; i++) {
		run = &report->runs[i];
		qsort(run->results, run->nresults, sizeof(*run->results),
		    compare_ids);
		for (j = 0; j < run->nresults; j++) {
			run->counts[run->results[j].outcome]++;
			if (j > 0 &&
			    compare_ids(
				&run->results[j - 1], &run->results[j]) == 0)
				errx(STATUS_INPUT, "%s: case %s occurs twice",
				    run->path, run->results[j].id);
		}
		decide_claims(report, run);
		lay_tiles(run);
		find_missing(report, run);
	}
	name_runs(report);
}

static void
free_pairs(struct pairs *pairs)
{
	size_t i;

	for (i = 0; i < pairs->count; i++) {
		free(pairs->items[i].name);
		free(pairs->items[i].value);
	}
	free(pairs->items);
}

static void
free_result(struct result *result)
{
	struct cell *cell;
	size_t i;

	for (i = 0; i < result->ncells; i++) {
		cell = &result->cells[i];
		free(cell->placement);
		free(cell->length);
		free(cell->offset);
		free(cell->result);
		free(cell->observed);
	}
	free(result->cells);
	strings_free(&result->observed);
	free(result->program);
	free(result->name);
	free(result->id);
	free(result->description);
	free(result->promiser);
	free(result->survey);
	free(result->reason);
	free(result->out);
	free(result->err);
}

static void
free_run(struct run *run)
{
	size_t i;

	for (i = 0; i < run->nresults; i++)
		free_result(&run->results[i]);
	for (i = 0; i < run->nprograms; i++)
		free(run->programs[i].name);
	free_pairs(&run->facts);
	free_pairs(&run->flags);
	strings_free(&run->missing);
	free(run->results);
	free(run->programs);
	free(run->sorted);
	free(run->verdicts);
	free(run->path);
	free(run->name);
	free(run->commit);
	free(run->started);
	free(run->finished);
}

void
model_free(struct report *report)
{
	size_t i;

	for (i = 0; i < report->nruns; i++)
		free_run(&report->runs[i]);
	free(report->runs);
	strings_free(&report->objects);
	strings_free(&report->protections);
}
