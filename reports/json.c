/* SPDX-License-Identifier: BSD-2-Clause */
/* The report as JSON: schema/report.schema.json says what it holds. */
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "output.h"

static void
put_string(FILE *out, const char *text)
{
	const char *start;
	unsigned long code;

	putc('"', out);
	for (;;) {
		start = text;
		code = buffer_next(&text);
		if (code == 0)
			break;
		if (code == '"' || code == '\\')
			fprintf(out, "\\%c", (int)code);
		else if (code == '\n')
			fputs("\\n", out);
		else if (code == '\t')
			fputs("\\t", out);
		else if (buffer_acts(code))
			fprintf(out, "\\u%04lx", code);
		else
			fwrite(start, 1, (size_t)(text - start), out);
	}
	putc('"', out);
}

/* NULL text is null. */
static void
put_member(FILE *out, const char *name, const char *text)
{
	fprintf(out, "\"%s\": ", name);
	if (text == NULL)
		fputs("null", out);
	else
		put_string(out, text);
}

static void
put_strings(FILE *out, const char *name, const struct strings *strings)
{
	size_t i;

	fprintf(out, "\"%s\": [", name);
	for (i = 0; i < strings->count; i++) {
		if (i > 0)
			fputs(", ", out);
		put_string(out, strings->items[i]);
	}
	putc(']', out);
}

static void
put_pairs(FILE *out, const char *name, const struct pairs *pairs)
{
	size_t i;

	fprintf(out, "   \"%s\": [", name);
	for (i = 0; i < pairs->count; i++) {
		fputs(i > 0 ? ",\n    {" : "\n    {", out);
		put_member(out, "name", pairs->items[i].name);
		fputs(", ", out);
		put_member(out, "value", pairs->items[i].value);
		putc('}', out);
	}
	fputs("],\n", out);
}

static void
put_counts(FILE *out, const char *name, const size_t *counts)
{
	int i;

	fprintf(out, "   \"%s\": {", name);
	for (i = 0; i < OUTCOMES; i++)
		fprintf(out, "%s\"%s\": %zu", i > 0 ? ", " : "",
		    model_outcome((enum outcome)i), counts[i]);
	fputs("},\n", out);
}

static void
put_programs(FILE *out, const struct run *run)
{
	const struct program *program;
	size_t i;

	fputs("   \"programs\": [", out);
	for (i = 0; i < run->nprograms; i++) {
		program = &run->programs[i];
		fputs(i > 0 ? ",\n    {" : "\n    {", out);
		put_member(out, "name", program->name);
		fprintf(out, ", \"cases\": %zu, \"status\": ", program->cases);
		if (program->status < 0)
			fputs("null}", out);
		else
			fprintf(out, "%ld}", program->status);
	}
	fputs("],\n", out);
}

static void
put_cell(FILE *out, const struct report *report, const struct cell *cell)
{
	putc('{', out);
	put_member(out, "object", report->objects.items[cell->object]);
	fputs(", ", out);
	put_member(
	    out, "protection", report->protections.items[cell->protection]);
	fputs(", ", out);
	put_member(out, "placement", cell->placement);
	fputs(", ", out);
	put_member(out, "length", cell->length);
	fputs(", ", out);
	put_member(out, "offset", cell->offset);
	fputs(", ", out);
	put_member(out, "result", cell->result);
	fputs(", ", out);
	put_member(out, "class", model_class(cell->class));
	fputs(", ", out);
	put_member(out, "observed", cell->observed);
	putc('}', out);
}

static void
put_proofs(FILE *out, const struct result *result)
{
	const struct proofs *proofs = proofs_find(result->id, result->claim);
	size_t i;

	fputs("\"faults\": [", out);
	for (i = 0; i < proofs->count; i++)
		fprintf(out, "%s\"%s\"", i > 0 ? ", " : "",
		    proofs->faults[i]->name);
	putc(']', out);
}

static void
put_case(FILE *out, const struct report *report, const struct result *result)
{
	char letters[sizeof(LETTERS)];
	size_t i;

	fputs("    {", out);
	put_member(out, "id", result->id);
	fputs(", ", out);
	put_member(out, "program", result->program);
	fputs(", ", out);
	put_member(out, "claim", result->claim ? result->claim->id : NULL);
	fputs(", ", out);
	put_member(out, "promiser",
	    *result->promiser != '\0' ? result->promiser : NULL);
	fputs(", ", out);
	put_member(out, "survey", result->survey);
	fputs(", ", out);
	put_member(out, "combination",
	    result->combination < 0
		? NULL
		: model_letters(result->combination, letters));
	fputs(",\n     ", out);
	put_member(out, "description", result->description);
	fputs(",\n     ", out);
	put_member(out, "outcome", model_outcome(result->outcome));
	fputs(", ", out);
	put_member(out, "reason", result->reason);
	fprintf(out, ", \"seconds\": %lld.%06lld",
	    result->microseconds / 1000000, result->microseconds % 1000000);
	fputs(",\n     ", out);
	put_proofs(out, result);
	fputs(",\n     ", out);
	put_strings(out, "observed", &result->observed);
	/* What a passing case said is in observed and in cells. */
	if (result->outcome != OUTCOME_PASS &&
	    result->outcome != OUTCOME_SURVEY) {
		fputs(",\n     ", out);
		put_member(out, "stdout", result->out);
		fputs(",\n     ", out);
		put_member(out, "stderr", result->err);
	}
	if (result->ncells > 0) {
		fputs(",\n     \"cells\": [", out);
		for (i = 0; i < result->ncells; i++) {
			fputs(i > 0 ? ",\n      " : "\n      ", out);
			put_cell(out, report, &result->cells[i]);
		}
		putc(']', out);
	}
	putc('}', out);
}

static void
put_tile(FILE *out, const struct tile *tile, int combination)
{
	char letters[sizeof(LETTERS)];
	int i;

	fputs("    {", out);
	put_member(out, "combination", model_letters(combination, letters));
	fputs(", ", out);
	put_member(out, "outcome",
	    model_outcome(
		tile->result ? tile->result->outcome : OUTCOME_ABSENT));
	fprintf(
	    out, ", \"ok\": %zu, \"refused\": %zu", tile->ok, tile->refused);
	for (i = 0; i < CLASSES; i++)
		fprintf(out, ", \"%s\": %zu", model_class((enum cell_class)i),
		    tile->classes[i]);
	putc('}', out);
}

static void
put_run(FILE *out, const struct report *report, const struct run *run)
{
	size_t i;

	fputs("  {\n   ", out);
	put_member(out, "name", run->name);
	fputs(",\n   ", out);
	put_member(out, "base", model_base(run));
	fputs(",\n   ", out);
	put_member(out, "state", model_state(run->state));
	fputs(",\n   ", out);
	put_member(out, "commit", run->commit);
	fputs(",\n   ", out);
	put_member(out, "started", run->started);
	fputs(",\n   ", out);
	put_member(out, "finished", run->finished);
	fputs(",\n   ", out);
	put_strings(out, "missing", &run->missing);
	fputs(",\n", out);
	put_counts(out, "cases_by_outcome", run->counts);
	put_counts(out, "claims_by_outcome", run->claim_counts);
	put_pairs(out, "facts", &run->facts);
	put_pairs(out, "flags", &run->flags);
	put_programs(out, run);
	fputs("   \"combinations\": [", out);
	for (i = 0; i < COMBINATIONS; i++) {
		fputs(i > 0 ? ",\n" : "\n", out);
		put_tile(out, &run->tiles[i], (int)i);
	}
	fputs("],\n   \"cases\": [", out);
	for (i = 0; i < run->nresults; i++) {
		fputs(i > 0 ? ",\n" : "\n", out);
		put_case(out, report, &run->results[i]);
	}
	fputs("]\n  }", out);
}

static void
put_verdict(FILE *out, const struct verdict *verdict)
{
	struct strings list;
	size_t i;

	fputs("    {", out);
	put_member(out, "outcome", model_outcome(verdict->outcome));
	fputs(", ", out);
	list = model_observed(verdict);
	put_strings(out, "observed", &list);
	strings_free(&list);
	fputs(", ", out);
	list = model_lacking(verdict);
	put_strings(out, "lacking", &list);
	strings_free(&list);
	fputs(", \"cases\": [", out);
	for (i = 0; i < verdict->ncases; i++) {
		if (i > 0)
			fputs(", ", out);
		put_string(out, verdict->cases[i]->id);
	}
	fputs("]}", out);
}

static void
put_claim(FILE *out, const struct report *report, size_t index)
{
	const struct claim *claim = &report->claims[index];
	char *topic = claims_topic(claim);
	size_t i;

	fputs("  {", out);
	put_member(out, "id", claim->id);
	fputs(", ", out);
	put_member(out, "topic", topic);
	fputs(", ", out);
	put_member(out, "requirement", model_requirement(claim->requirement));
	fputs(", ", out);
	put_member(out, "promiser", claim->promiser);
	fputs(",\n   ", out);
	put_member(out, "source", claim->source->name);
	fputs(", ", out);
	put_member(out, "source_key", claim->source->key);
	fputs(", ", out);
	put_member(out, "section", claim->section);
	fputs(",\n   ", out);
	put_member(out, "text", claim->text);
	fprintf(out, ", \"differs\": %s,\n   \"results\": [\n",
	    model_differs(report, index) ? "true" : "false");
	for (i = 0; i < report->nruns; i++) {
		if (i > 0)
			fputs(",\n", out);
		put_verdict(out, &report->runs[i].verdicts[index]);
	}
	fputs("]}", out);
	free(topic);
}

static void
put_faults(FILE *out)
{
	const struct fault *fault;
	size_t i;

	fputs(" \"faults\": [", out);
	for (i = 0; (fault = proofs_fault(i)) != NULL; i++) {
		fputs(i > 0 ? ",\n  {" : "\n  {", out);
		put_member(out, "name", fault->name);
		fputs(", ", out);
		put_member(out, "defect", fault->sentence);
		putc('}', out);
	}
	fputs("],\n", out);
}

/* What claims stand on. */
static void
put_sources(FILE *out)
{
	size_t count, i;
	const struct source *sources = claims_sources(&count);

	fputs(" \"sources\": [", out);
	for (i = 0; i < count; i++) {
		fputs(i > 0 ? ",\n  {" : "\n  {", out);
		put_member(out, "key", sources[i].key);
		fputs(", ", out);
		put_member(out, "name", sources[i].name);
		fputs(", ", out);
		put_member(out, "author", sources[i].author);
		fputs(",\n   ", out);
		put_member(out, "title", sources[i].title);
		fputs(", ", out);
		put_member(out, "edition", sources[i].edition);
		fputs(", ", out);
		put_member(out, "date", sources[i].date);
		fputs(",\n   ", out);
		put_member(out, "address", sources[i].address);
		putc('}', out);
	}
	fputs("],\n", out);
}

void
json_write(FILE *out, const struct report *report)
{
	size_t i;

	fputs("{\n \"schema_version\": 3,\n \"suite\": \"" SUITE "\",\n"
	      " \"runs\": [",
	    out);
	for (i = 0; i < report->nruns; i++) {
		fputs(i > 0 ? ",\n" : "\n", out);
		put_run(out, report, &report->runs[i]);
	}
	fputs("],\n", out);
	put_faults(out);
	put_sources(out);
	fputs(" \"claims\": [", out);
	for (i = 0; i < report->nclaims; i++) {
		fputs(i > 0 ? ",\n" : "\n", out);
		put_claim(out, report, i);
	}
	fputs("]\n}\n", out);
}
