/* SPDX-License-Identifier: BSD-2-Clause */
/* The first screen: the answer in numbers, and what is not kept. */
#include "html.h"

static const char *const requirement_meaning[REQUIREMENTS] = {
	[REQUIREMENT_SHALL] = "the standard requires it: rely on it where it"
			      " holds",
	[REQUIREMENT_SHOULD] = "the standard advises it",
	[REQUIREMENT_MAY] = "the standard permits it: be ready for both",
	[REQUIREMENT_UNSPECIFIED] = "the standard leaves it open: rely on"
				    " nothing",
	[REQUIREMENT_DOCUMENTED] = "one system's manual promises it: not"
				   " portable",
	[REQUIREMENT_IMPLEMENTED] =
	    "only one system's source says so: a promise"
	    " of nobody",
	[REQUIREMENT_FOLKLORE] = "people say so: here is whether it is true",
};

/*
 * Claims of the requirement that some system of the report makes, and, of
 * those, what holds on every system that makes them.
 */
static size_t
count_made(
    const struct report *report, enum requirement requirement, size_t *holding)
{
	const struct claim *claim;
	enum outcome outcome;
	bool made, holds;
	size_t i, j, count = 0;

	*holding = 0;
	for (i = 0; i < report->nclaims; i++) {
		claim = &report->claims[i];
		if (claim->requirement != requirement)
			continue;
		made = false;
		holds = true;
		for (j = 0; j < report->nruns; j++) {
			if (!model_applies(&report->runs[j], claim))
				continue;
			outcome = report->runs[j].verdicts[i].outcome;
			made = true;
			holds = holds &&
			    (outcome == OUTCOME_PASS ||
				outcome == OUTCOME_PARTLY);
		}
		count += made;
		*holding += made && holds;
	}
	return count;
}

static void
put_missing(FILE *out, const struct report *report)
{
	const struct run *run;
	size_t i, j;

	for (i = 0; i < report->nruns; i++) {
		run = &report->runs[i];
		if (run->missing.count == 0)
			continue;
		fputs("<p class=warning role=note><b>Incomplete:</b> ", out);
		html_text(out, run->name);
		for (j = 0; j < run->missing.count; j++) {
			fputs(j > 0 ? "; " : ": ", out);
			html_text(out, run->missing.items[j]);
		}
		fputs(". No verdict on the whole.</p>\n", out);
	}
}

static void
put_figure(FILE *out, const char *class, size_t number, size_t total,
    const char *words)
{
	fprintf(out,
	    "<li class=%s><span class=figure>%zu<small> of %zu</small></span>"
	    " %s</li>\n",
	    class, number, total, words);
}

/* How many claims of a requirement hold; with the words for one system, or more. */
static void
put_card(FILE *out, const struct report *report, const char *class,
    enum requirement requirement, const char *here, const char *everywhere)
{
	size_t holding, total = count_made(report, requirement, &holding);

	put_figure(
	    out, class, holding, total, report->nruns == 1 ? here : everywhere);
}

/* The answer in numbers; on several systems, what holds on all of them. */
static void
put_cards(FILE *out, const struct report *report)
{
	size_t portable = 0, cells = 0, i, j;
	const struct tile *tile;

	fputs("<ul class=cards>\n", out);
	put_card(out, report, "pass", REQUIREMENT_SHALL,
	    "promises of the standard hold here. <b>A portable program may"
	    " rely on them.</b>",
	    "promises of the standard hold on every system. <b>A portable"
	    " program may rely on them.</b>");
	put_card(out, report, "own", REQUIREMENT_DOCUMENTED,
	    "promises of this system's manual hold here. Other systems need"
	    " not make them.",
	    "promises of these systems' manuals hold wherever they are made."
	    " Other systems need not make them.");
	put_card(out, report, "said", REQUIREMENT_FOLKLORE,
	    "things that people say about mappings are true here.",
	    "things that people say about mappings are true on every"
	    " system.");
	for (i = 0; i < report->nruns; i++) {
		for (j = 0; j < COMBINATIONS; j++) {
			tile = &report->runs[i].tiles[j];
			portable += tile->classes[CLASS_PORTABLE];
			cells += tile->ok + tile->refused;
		}
	}
	put_figure(out, "calls", portable, cells,
	    "calls with every combination of the seven <a"
	    " href=\"#matrix\">flags</a> do what a portable program may"
	    " expect.");
	fputs("</ul>\n", out);
}

/* One row for each system, with its counts of cases. */
static void
put_systems(FILE *out, const struct report *report)
{
	static const char *const states[] = { "partial", "complete",
		"a bare store" };
	const struct run *run;
	size_t i, j;

	fputs("<div class=scroll tabindex=0 role=region"
	      " aria-label=\"Systems\">\n<table class=systems>"
	      "<caption>Cases by outcome</caption>\n"
	      "<thead><tr><th scope=col>system</th><th scope=col>run</th>",
	    out);
	for (j = 0; j < OUTCOMES; j++)
		if (html_columns[j] != OUTCOME_PARTLY &&
		    html_columns[j] != OUTCOME_ABSENT)
			fprintf(out, "<th scope=col class=number>%s</th>",
			    model_outcome(html_columns[j]));
	fputs("<th scope=col class=number>cases</th></tr></thead>\n<tbody>\n",
	    out);
	for (i = 0; i < report->nruns; i++) {
		run = &report->runs[i];
		fputs("<tr><th scope=row>", out);
		html_text(out, run->name);
		fputs("</th><td>", out);
		html_text(out, run->started ? run->started : "");
		fprintf(out, ", %s</td>", states[run->state]);
		for (j = 0; j < OUTCOMES; j++)
			if (html_columns[j] != OUTCOME_PARTLY &&
			    html_columns[j] != OUTCOME_ABSENT)
				fprintf(out, "<td class=\"number %s\">%zu</td>",
				    run->counts[html_columns[j]] > 0
					? model_outcome(html_columns[j])
					: "zero",
				    run->counts[html_columns[j]]);
		fprintf(out, "<td class=number>%zu</td></tr>\n", run->nresults);
	}
	fputs("</tbody></table></div>\n", out);
}

static void
put_counts(FILE *out, const size_t counts[OUTCOMES])
{
	size_t j, n;

	html_bar(out, counts);
	fputs("</td>", out);
	for (j = 0; j < OUTCOMES; j++) {
		n = counts[html_columns[j]];
		fprintf(out, "<td class=\"number %s\">%zu</td>",
		    n > 0 ? model_outcome(html_columns[j]) : "zero", n);
	}
	fputs("</tr>\n", out);
}

/* Requirement by outcome: numbers with a bar, systems below each other. */
static void
put_promises(FILE *out, const struct report *report)
{
	size_t i, j, k, n;

	fputs("<div class=scroll tabindex=0 role=region"
	      " aria-label=\"Claims\">\n<table class=promises><caption>Claims"
	      " by requirement</caption>\n"
	      "<thead><tr><th scope=col>claim</th>"
	      "<th scope=col class=barred>and what it is worth to a portable"
	      " program</th>",
	    out);
	for (j = 0; j < OUTCOMES; j++)
		fprintf(out, "<th scope=col class=number>%s</th>",
		    model_outcome(html_columns[j]));
	fputs("</tr></thead>\n", out);
	for (i = 0; i < REQUIREMENTS; i++) {
		for (j = 0, n = 0; j < OUTCOMES; j++)
			n += report->runs[0].grid[i][j];
		if (n == 0)
			continue;
		fputs("<tbody>\n<tr>", out);
		if (report->nruns == 1) {
			fprintf(out, "<th scope=row>%s</th><td>%s",
			    model_requirement((enum requirement)i),
			    requirement_meaning[i]);
			put_counts(out, report->runs[0].grid[i]);
		} else {
			fprintf(out,
			    "<th scope=rowgroup rowspan=%zu>%s</th>"
			    "<td colspan=%d>%s</td></tr>\n",
			    report->nruns + 1,
			    model_requirement((enum requirement)i),
			    OUTCOMES + 1, requirement_meaning[i]);
			for (k = 0; k < report->nruns; k++) {
				fputs("<tr><td>", out);
				html_text(out, report->runs[k].name);
				put_counts(out, report->runs[k].grid[i]);
			}
		}
		fputs("</tbody>\n", out);
	}
	fputs("</table></div>\n", out);
}

/* The promises of the standard that some system does not keep. */
static void
put_unkept(FILE *out, const struct report *report)
{
	static const enum outcome bad[] = { OUTCOME_FAIL, OUTCOME_DEVIATES };
	size_t count = 0, i, j, k;

	for (i = 0; i < 2; i++) {
		for (j = 0; j < report->nclaims; j++) {
			if (report->claims[j].requirement !=
				REQUIREMENT_SHALL ||
			    html_worst(report, j) != bad[i])
				continue;
			if (count++ == 0)
				fputs("<h3>Promised by the standard, not kept"
				      "</h3>\n<ul class=unkept>\n",
				    out);
			fputs("<li>", out);
			html_badge(out, bad[i]);
			putc(' ', out);
			html_claim_link(out, &report->claims[j]);
			for (k = 0; k < report->nruns; k++) {
				if (report->nruns == 1 ||
				    report->runs[k].verdicts[j].outcome !=
					bad[i])
					continue;
				fputs(" <small>", out);
				html_text(out, report->runs[k].name);
				fputs("</small>", out);
			}
			fputs("</li>\n", out);
		}
	}
	if (count > 0)
		fputs("</ul>\n", out);
}

void
html_answer(FILE *out, const struct report *report)
{
	fputs("<section id=answer>\n<h2>Answer</h2>\n", out);
	put_missing(out, report);
	put_cards(out, report);
	put_systems(out, report);
	put_promises(out, report);
	put_unkept(out, report);
	fputs("</section>\n", out);
}
