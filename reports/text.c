/* SPDX-License-Identifier: BSD-2-Clause */
/* The report on a terminal: worst first, one line for each case. */
#include <sys/ioctl.h>

#include <langinfo.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "buffer.h"
#include "output.h"

#define WIDTH 100 /* when nothing says how wide the output is */

struct text {
	FILE *out;
	bool colour;
	bool utf8;
	size_t width;
};

/* Marks tell outcomes apart without colour; ASCII for plain locales. */
static const struct {
	const char *mark, *ascii, *colour;
} outcome_style[OUTCOMES] = {
	[OUTCOME_FAIL] = { "✗", "X", "\033[1;31m" },
	[OUTCOME_BROKEN] = { "!", "!", "\033[1;33m" },
	[OUTCOME_DEVIATES] = { "≠", "D", "\033[35m" },
	[OUTCOME_UNTESTED] = { "?", "?", "\033[36m" },
	[OUTCOME_PARTLY] = { "±", "~", "\033[34m" },
	[OUTCOME_SURVEY] = { "○", "o", "\033[36m" },
	[OUTCOME_PASS] = { "✓", "+", "\033[32m" },
	[OUTCOME_UNSUPPORTED] = { "–", "-", "\033[2m" },
	[OUTCOME_ABSENT] = { "·", ".", "\033[2m" },
};

static const struct {
	const char *mark, *ascii, *colour;
} class_style[CLASSES + 1] = {
	[CLASS_FINDING] = { "✗", "X", "\033[1;31m" },
	[CLASS_DEVIATION] = { "≠", "D", "\033[35m" },
	[CLASS_EXTENSION] = { "+", "+", "\033[36m" },
	[CLASS_PORTABLE] = { "●", "P", "\033[32m" },
	[CLASS_UNTESTED] = { "?", "?", "\033[2m" },
	[CLASSES] = { "·", ".", "\033[2m" },
};

/* Text of others, made harmless to a terminal and to the locale. */
static void
put(const struct text *text, const char *string)
{
	const char *start;
	unsigned long code;

	for (;;) {
		start = string;
		code = buffer_next(&string);
		if (code == 0)
			break;
		if (code == '\n' || code == '\t')
			putc(' ', text->out);
		else if (buffer_acts(code) && code < 0x20)
			fprintf(text->out, "^%c", (int)code + '@');
		else if (buffer_acts(code) || (code > 0x7f && !text->utf8))
			fprintf(text->out, "\\u%04lx", code);
		else
			fwrite(start, 1, (size_t)(string - start), text->out);
	}
}

static void
put_colour(const struct text *text, const char *colour)
{
	if (text->colour)
		fputs(colour, text->out);
}

static void
put_mark(const struct text *text, enum outcome outcome)
{
	put_colour(text, outcome_style[outcome].colour);
	fputs(text->utf8 ? outcome_style[outcome].mark
			 : outcome_style[outcome].ascii,
	    text->out);
	put_colour(text, "\033[0m");
}

static void
put_heading(const struct text *text, const char *heading)
{
	putc('\n', text->out);
	put_colour(text, "\033[1m");
	fputs(heading, text->out);
	put_colour(text, "\033[0m");
}

/* "5 pass  1 fail ..." in the order readers look for them. */
static void
put_counts(const struct text *text, const size_t *counts, const char *what)
{
	static const enum outcome order[OUTCOMES] = { OUTCOME_PASS,
		OUTCOME_FAIL, OUTCOME_DEVIATES, OUTCOME_SURVEY, OUTCOME_PARTLY,
		OUTCOME_UNSUPPORTED, OUTCOME_UNTESTED, OUTCOME_BROKEN,
		OUTCOME_ABSENT };
	size_t i, total = 0;

	for (i = 0; i < OUTCOMES; i++)
		total += counts[i];
	fprintf(text->out, "  %5zu %s", total, what);
	for (i = 0; i < OUTCOMES; i++) {
		/* Only claims can hold partly or lack a case. */
		if ((order[i] == OUTCOME_PARTLY ||
			order[i] == OUTCOME_ABSENT) &&
		    counts[order[i]] == 0)
			continue;
		if (counts[order[i]] > 0)
			put_colour(text, outcome_style[order[i]].colour);
		fprintf(text->out, "  %zu %s", counts[order[i]],
		    model_outcome(order[i]));
		put_colour(text, "\033[0m");
	}
	putc('\n', text->out);
}

static void
put_header(const struct text *text, const struct run *run)
{
	static const char *const states[] = { "PARTIAL", "complete",
		"a bare store" };
	size_t i;

	put_colour(text, "\033[1m");
	fputs(SUITE " ", text->out);
	put(text, model_fact(run, "suite.version"));
	fputs("   ", text->out);
	put(text, run->name);
	put_colour(text, "\033[0m");
	fputs("   ", text->out);
	put(text, model_fact(run, "system.libc"));
	fputs("   ", text->out);
	put(text, run->started ? run->started : "");
	fprintf(text->out, "   %s\n", states[run->state]);
	put_counts(text, run->counts, "cases: ");
	put_counts(text, run->claim_counts, "claims:");
	for (i = 0; i < run->missing.count; i++) {
		fputs("  incomplete: ", text->out);
		put(text, run->missing.items[i]);
		putc('\n', text->out);
	}
}

/* Claims with such a requirement, by outcome. */
static void
put_grid(const struct text *text, const struct run *run, const char *heading,
    const enum requirement *requirements, size_t count)
{
	static const enum outcome columns[OUTCOMES] = { OUTCOME_PASS,
		OUTCOME_PARTLY, OUTCOME_DEVIATES, OUTCOME_FAIL, OUTCOME_SURVEY,
		OUTCOME_UNSUPPORTED, OUTCOME_UNTESTED, OUTCOME_BROKEN,
		OUTCOME_ABSENT };
	size_t i, j, n;
	int width;

	put_heading(text, heading);
	fputs("\n  claims        ", text->out);
	for (j = 0; j < OUTCOMES; j++)
		fprintf(text->out, "%*s",
		    columns[j] == OUTCOME_UNSUPPORTED ? 13 : 9,
		    model_outcome(columns[j]));
	putc('\n', text->out);
	for (i = 0; i < count; i++) {
		fprintf(
		    text->out, "  %-14s", model_requirement(requirements[i]));
		for (j = 0; j < OUTCOMES; j++) {
			width = columns[j] == OUTCOME_UNSUPPORTED ? 13 : 9;
			n = run->grid[requirements[i]][columns[j]];
			if (n > 0)
				put_colour(
				    text, outcome_style[columns[j]].colour);
			if (n > 0)
				fprintf(text->out, "%*zu", width, n);
			else
				fprintf(text->out, "%*s", width, ".");
			put_colour(text, "\033[0m");
		}
		putc('\n', text->out);
	}
}

/* What somebody answers for, and apart from it what nobody does. */
static void
put_promises(const struct text *text, const struct run *run)
{
	static const enum requirement promises[] = { REQUIREMENT_SHALL,
		REQUIREMENT_SHOULD, REQUIREMENT_DOCUMENTED };
	static const enum requirement others[] = { REQUIREMENT_MAY,
		REQUIREMENT_UNSPECIFIED, REQUIREMENT_IMPLEMENTED,
		REQUIREMENT_FOLKLORE };

	put_grid(text, run, "PROMISES", promises,
	    sizeof(promises) / sizeof(promises[0]));
	put_grid(text, run, "NOT PROMISED", others,
	    sizeof(others) / sizeof(others[0]));
}

/* What is seen where nobody promises anything. */
static void
put_survey(const struct text *text, const struct run *run)
{
	const struct result *result;
	size_t i, j;

	if (run->counts[OUTCOME_SURVEY] == 0)
		return;
	put_heading(text, "SURVEY");
	fprintf(text->out, " %zu\n", run->counts[OUTCOME_SURVEY]);
	for (i = 0; i < run->nresults; i++) {
		result = run->sorted[i];
		if (result->outcome != OUTCOME_SURVEY)
			continue;
		fputs("  ", text->out);
		put_mark(text, OUTCOME_SURVEY);
		putc(' ', text->out);
		put(text, result->id);
		fprintf(text->out, "   %s  ",
		    result->claim != NULL ? result->claim->id : "");
		put(text, result->survey);
		fputs("\n      ", text->out);
		for (j = 0; j < result->observed.count; j++) {
			fputs(j > 0 ? "; " : "", text->out);
			put(text, result->observed.items[j]);
		}
		putc('\n', text->out);
	}
}

static void
put_subject(const struct text *text, const struct result *result)
{
	char letters[sizeof(LETTERS)];

	if (result->claim != NULL)
		fprintf(text->out, "%s  %s, %s %s", result->claim->id,
		    model_requirement(result->claim->requirement),
		    result->claim->source->name, result->claim->section);
	else if (result->combination >= 0)
		fprintf(text->out, "flags %s",
		    model_letters(result->combination, letters));
}

/* Each case with its full reason and all that is needed to look closer. */
static void
put_failures(const struct text *text, const struct run *run,
    enum outcome outcome, const char *heading)
{
	const struct result **selected;
	size_t count, i;

	selected = model_select(run, outcome, &count);
	if (count > 0) {
		put_heading(text, heading);
		fprintf(text->out, " %zu\n", count);
	}
	for (i = 0; i < count; i++) {
		fputs("  ", text->out);
		put_mark(text, outcome);
		putc(' ', text->out);
		put(text, selected[i]->id);
		fputs("   ", text->out);
		put_subject(text, selected[i]);
		fputs("\n      ", text->out);
		put(text, selected[i]->reason);
		putc('\n', text->out);
		/* Its reason tells all that is to be found. */
		if (outcome == OUTCOME_DEVIATES)
			continue;
		fputs("      kyua debug tests/", text->out);
		put(text, selected[i]->id);
		putc('\n', text->out);
	}
	free(selected);
}

/* Writes a word, on a new line when this one is full. */
static void
put_wrapped(const struct text *text, const char *word, size_t *column)
{
	size_t length = strlen(word) + 1;

	if (*column + length > text->width) {
		fputs("\n       ", text->out);
		*column = 7;
	}
	putc(' ', text->out);
	put(text, word);
	*column += length;
}

/* Cases grouped by the reason they share. */
static void
put_groups(const struct text *text, const struct run *run, enum outcome outcome,
    const char *heading)
{
	const struct result **selected;
	size_t count, i, j, column;

	selected = model_select(run, outcome, &count);
	if (count > 0) {
		put_heading(text, heading);
		fprintf(text->out, " %zu\n", count);
	}
	for (i = 0; i < count; i = j) {
		for (j = i + 1; j < count; j++)
			if (strcmp(selected[i]->reason, selected[j]->reason) !=
			    0)
				break;
		fputs("  ", text->out);
		put_mark(text, outcome);
		fprintf(text->out, " %zu  ", j - i);
		put(text, model_reason(selected[i]));
		fputs("\n       ", text->out);
		for (column = 7; i < j; i++)
			put_wrapped(text, selected[i]->id, &column);
		putc('\n', text->out);
	}
	free(selected);
}

/* A case that went wrong otherwise than by a finding says so. */
static void
put_tile(const struct text *text, const struct tile *tile)
{
	enum cell_class class = model_tile_class(tile);

	if (tile->result != NULL && tile->result->outcome != OUTCOME_PASS &&
	    class != CLASS_FINDING) {
		put_mark(text, tile->result->outcome);
		return;
	}
	put_colour(text, class_style[class].colour);
	fputs(text->utf8 ? class_style[class].mark : class_style[class].ascii,
	    text->out);
	put_colour(text, "\033[0m");
}

/*
 * The matrix as 8 rows of 16: rows by POPULATE, NORESERVE, HUGETLB, columns
 * by type, ANONYMOUS and FIXED; a mark is the class of the tile.
 */
static void
put_matrix(const struct text *text, const struct run *run)
{
	static const char *const rows[] = { "", "O", "N", "ON", "H", "OH", "NH",
		"ONH" };
	size_t sums[CLASSES] = { 0 }, ok = 0, refused = 0, i, j;
	const struct tile *tile;

	for (i = 0; i < COMBINATIONS; i++) {
		ok += run->tiles[i].ok;
		refused += run->tiles[i].refused;
		for (j = 0; j < CLASSES; j++)
			sums[j] += run->tiles[i].classes[j];
	}
	if (ok + refused == 0)
		return;
	put_heading(text, "FLAGS");
	fprintf(text->out,
	    " %zu combinations, %zu cells: %zu ok, %zu refused\n",
	    COMBINATIONS - run->absent_combinations,
	    ok + refused + sums[CLASS_UNTESTED], ok, refused);
	fputs("        neither     S           P           SP\n"
	      "        f  F  a  A  (f, F: without, with FIXED; a, A likewise"
	      " ANONYMOUS)\n",
	    text->out);
	for (i = 0; i < 8; i++) {
		fprintf(text->out, "  %-4s", rows[i]);
		for (j = 0; j < 16; j++) {
			/* LETTERS is FSPAONH: F is bit 0, A bit 3. */
			tile = &run->tiles[(j & 1) | (j & 2) << 2 |
			    (j & 12) >> 1 | i << 4];
			fputs(j % 4 == 0 ? "  " : " ", text->out);
			put_tile(text, tile);
		}
		putc('\n', text->out);
	}
	fputs("  cells:", text->out);
	for (i = 0; i < CLASSES; i++) {
		fputs("  ", text->out);
		put_colour(text, class_style[i].colour);
		fputs(text->utf8 ? class_style[i].mark : class_style[i].ascii,
		    text->out);
		put_colour(text, "\033[0m");
		fprintf(text->out, " %zu %s", sums[i],
		    model_class((enum cell_class)i));
	}
	putc('\n', text->out);
}

/* Claims on which the systems disagree, one mark for each system. */
static void
put_differences(const struct text *text, const struct report *report)
{
	size_t i, j, count = 0;

	for (i = 0; i < report->nclaims; i++)
		count += model_differs(report, i);
	put_heading(text, "SYSTEMS DIFFER");
	fprintf(text->out, " on %zu of %zu claims\n", count, report->nclaims);
	for (j = 0; j < report->nruns; j++) {
		fprintf(text->out, "  %zu: ", j + 1);
		put(text, report->runs[j].name);
		putc('\n', text->out);
	}
	for (i = 0; i < report->nclaims; i++) {
		if (!model_differs(report, i))
			continue;
		fputs("  ", text->out);
		for (j = 0; j < report->nruns; j++) {
			put_mark(text, report->runs[j].verdicts[i].outcome);
			putc(' ', text->out);
		}
		fprintf(text->out, " %s  ", report->claims[i].id);
		put(text, report->claims[i].text);
		putc('\n', text->out);
	}
}

static size_t
find_width(FILE *out)
{
	const char *columns = getenv("COLUMNS");
	long width = columns != NULL ? strtol(columns, NULL, 10) : 0;
	struct winsize size;

	if (!isatty(fileno(out)))
		return WIDTH;
	if (width <= 0 && ioctl(fileno(out), TIOCGWINSZ, &size) == 0)
		width = size.ws_col;
	return width >= 40 ? (size_t)width : WIDTH;
}

void
text_write(FILE *out, const struct report *report)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");
	struct text text;
	size_t i;

	text.out = out;
	text.colour = isatty(fileno(out)) &&
	    (no_color == NULL || *no_color == '\0') &&
	    (term == NULL || strcmp(term, "dumb") != 0);
	text.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	text.width = find_width(out);
	for (i = 0; i < report->nruns; i++) {
		if (i > 0)
			putc('\n', out);
		put_header(&text, &report->runs[i]);
		put_promises(&text, &report->runs[i]);
		put_failures(&text, &report->runs[i], OUTCOME_FAIL, "FAIL");
		put_failures(&text, &report->runs[i], OUTCOME_BROKEN, "BROKEN");
		put_failures(
		    &text, &report->runs[i], OUTCOME_DEVIATES, "DEVIATES");
		put_survey(&text, &report->runs[i]);
		put_groups(
		    &text, &report->runs[i], OUTCOME_UNTESTED, "UNTESTED");
		put_groups(&text, &report->runs[i], OUTCOME_UNSUPPORTED,
		    "UNSUPPORTED");
		put_matrix(&text, &report->runs[i]);
	}
	if (report->nruns > 1)
		put_differences(&text, report);
}
