/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which defects of a kernel turn which case red, compiled in: the faults with
 * their sentences, and the lines of ci/faults/claims.tsv, of which breaks.inc is
 * made.
 */
#include <stdlib.h>
#include <string.h>

#include "ci/faults/rows.h"
#include "ci/faults/telling.h"

#include "buffer.h"
#include "model.h"

/* The tests of the report tool build it with tables of their own. */
#ifndef FAULTS_FILE
#define FAULTS_FILE "ci/faults/all.def"
#define BREAKS_FILE "breaks.inc"
#endif

#define FAULT(name, sentence, field, ...)    { { #name, sentence }, true },
#define UNSTEADY(name, sentence, field, ...) { { #name, sentence }, false },

static const struct row {
	struct fault fault;
	bool steady;
} rows[] = {
#include FAULTS_FILE
	{ { NULL, NULL }, false }
};

static const struct line {
	const char *fault;
	const char *claims;
	const char *excused; /* cases; NULL: none */
} lines[] = {
#include BREAKS_FILE
	{ NULL, NULL, NULL }
};

/* What was found for a case; many runs ask for the same ones. */
static struct found {
	char *id;
	struct proofs proofs;
} * found;
static size_t nfound;

struct choice {
	const struct row *row;
	int telling;
};

static int
compare(const void *one, const void *other)
{
	const struct choice *a = one, *b = other;

	if (a->row->steady != b->row->steady)
		return a->row->steady ? -1 : 1;
	if (a->telling != b->telling)
		return b->telling - a->telling;
	return a->row < b->row ? -1 : 1;
}

/* A combination of flags has no claim: its case stands for it. */
static bool
breaks(const struct row *row, const char *id, const struct claim *claim,
    size_t *count)
{
	const char *key = claim != NULL ? claim->id : id;
	bool broken = false;
	size_t i;

	*count = 0;
	for (i = 0; lines[i].fault != NULL; i++) {
		if (strcmp(lines[i].fault, row->fault.name) != 0)
			continue;
		++*count;
		if (!telling_matches(lines[i].claims, key))
			continue;
		if (lines[i].excused != NULL &&
		    telling_matches(lines[i].excused, id))
			return false;
		broken = true;
	}
	return broken;
}

static void
find(struct proofs *proofs, const char *id, const struct claim *claim)
{
	static struct choice choices[sizeof(rows) / sizeof(rows[0])];
	size_t i, of_fault, count = 0;

	for (i = 0; rows[i].fault.name != NULL; i++) {
		const struct fault *fault = &rows[i].fault;

		if (!breaks(&rows[i], id, claim, &of_fault))
			continue;
		choices[count].row = &rows[i];
		choices[count++].telling = telling_of(fault->name,
		    fault->sentence, of_fault, claim ? claim->text : id);
	}
	qsort(choices, count, sizeof(choices[0]), compare);
	proofs->faults = buffer_new(count + 1, sizeof(struct fault *));
	proofs->count = count;
	for (i = 0; i < count; i++)
		proofs->faults[i] = &choices[i].row->fault;
}

const struct proofs *
proofs_find(const char *id, const struct claim *claim)
{
	size_t i;

	for (i = 0; i < nfound; i++)
		if (strcmp(found[i].id, id) == 0)
			return &found[i].proofs;
	found = buffer_grow(found, nfound + 1, sizeof(*found));
	found[nfound].id = buffer_copy(id);
	find(&found[nfound].proofs, id, claim);
	return &found[nfound++].proofs;
}

const struct fault *
proofs_fault(size_t index)
{
	return rows[index].fault.name != NULL ? &rows[index].fault : NULL;
}
