/* SPDX-License-Identifier: BSD-2-Clause */
/* Claims by systems: all by topic, those on which systems differ, the survey. */
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "html.h"

/* A cell of a table of claims; where html_columns become rows, it says whose. */
static void
open_verdict(FILE *out, const struct report *report, size_t run, size_t claim)
{
	if (report->nruns == 1) {
		fputs("<td>", out);
	} else {
		fputs("<td data-of=\"", out);
		html_text(out, report->runs[run].name);
		fputs("\">", out);
	}
	html_badge(out, report->runs[run].verdicts[claim].outcome);
}

/* What one system says about a claim. */
static void
put_verdict(FILE *out, const struct verdict *verdict)
{
	struct strings list;
	size_t i;

	list = model_observed(verdict);
	for (i = 0; i < list.count; i++) {
		fputs(i > 0 ? "<br>" : "<div class=observed>", out);
		html_text(out, list.items[i]);
	}
	fputs(list.count > 0 ? "</div>" : "", out);
	strings_free(&list);
	for (i = 0; i < verdict->ncases; i++) {
		if (*verdict->cases[i]->reason == '\0')
			continue;
		fputs("<div class=reason>", out);
		html_text(out, verdict->cases[i]->reason);
		fputs("</div>", out);
	}
	fputs("</td>", out);
}

#define SHOWN 3 /* further ones are in the JSON */

void
html_proofs(FILE *out, const char *id, const struct claim *claim)
{
	const struct proofs *proofs = proofs_find(id, claim);
	size_t i;

	if (proofs->count == 0)
		return;
	fputs("<div class=proof>turns red when:", out);
	for (i = 0; i < proofs->count && i < SHOWN; i++) {
		putc(' ', out);
		html_text(out, proofs->faults[i]->sentence);
		fprintf(out, " <code>%s</code>", proofs->faults[i]->name);
	}
	if (proofs->count > SHOWN)
		fprintf(out, " and %zu more", proofs->count - SHOWN);
	fputs("</div>", out);
}

/* Of its cases, the one that most faults turn red. */
static void
put_proofs(FILE *out, const struct strings *cases, const struct claim *claim)
{
	const char *best = NULL;
	size_t i, most = 0;

	for (i = 0; i < cases->count; i++) {
		const struct proofs *proofs =
		    proofs_find(cases->items[i], claim);

		if (proofs->count > most) {
			most = proofs->count;
			best = cases->items[i];
		}
	}
	if (best != NULL)
		html_proofs(out, best, claim);
}

/* The source as cited, and where it can be looked up. */
static void
put_source(FILE *out, const struct claim *claim)
{
	const struct source *source = claim->source;
	const char *const parts[] = { source->author, source->title,
		source->edition, source->date };
	const char *between = "";
	size_t i;

	fputs(source->address[0] != '\0' ? "<a href=\"" : "<span", out);
	html_text(out, source->address);
	fputs(source->address[0] != '\0' ? "\" title=\"" : " title=\"", out);
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (parts[i][0] != '\0') {
			fputs(between, out);
			html_text(out, parts[i]);
			between = ", ";
		}
	fputs("\">", out);
	html_text(out, source->name);
	fputs(source->address[0] != '\0' ? "</a> " : "</span> ", out);
	html_text(out, claim->section);
}

static void
put_claim(FILE *out, const struct report *report, size_t index)
{
	const struct claim *claim = &report->claims[index];
	struct strings cases = { NULL, 0 };
	const struct verdict *verdict;
	char *promise = claims_promise(claim);
	size_t i, j;

	fprintf(out, "<tr id=\"claim-%s\" class=\"o-%s\"><th scope=row>",
	    claim->id, model_outcome(html_worst(report, index)));
	html_text(out, claim->text);
	fprintf(out, "<div class=ids><code>%s</code>", claim->id);
	for (i = 0; i < report->nruns; i++) {
		verdict = &report->runs[i].verdicts[index];
		for (j = 0; j < verdict->ncases; j++)
			strings_intern(&cases, verdict->cases[j]->id);
	}
	for (i = 0; i < cases.count; i++) {
		putc(' ', out);
		html_text(out, cases.items[i]);
	}
	fputs("</div>", out);
	put_proofs(out, &cases, claim);
	strings_free(&cases);
	fprintf(out, "</th><td class=source><b>%s</b> ",
	    model_requirement(claim->requirement));
	put_source(out, claim);
	fprintf(out, "<div class=promiser>%s</div></td>", promise);
	free(promise);
	for (i = 0; i < report->nruns; i++) {
		open_verdict(out, report, i, index);
		put_verdict(out, &report->runs[i].verdicts[index]);
	}
	fputs("</tr>\n", out);
}

/* More than two systems do not fit beside each other without scrolling. */
static void
put_claims_table(FILE *out, const struct report *report, const char *caption,
    const char *kind)
{
	size_t i;

	fputs("<div class=scroll tabindex=0 role=region aria-label=\"", out);
	html_text(out, caption);
	fprintf(out, "\">\n<table class=\"claims%s%s\"><caption class=hidden>",
	    report->nruns > 2 ? " many" : "", kind);
	html_text(out, caption);
	fputs("</caption>\n<thead><tr><th scope=col>claim</th>"
	      "<th scope=col class=source>source</th>",
	    out);
	for (i = 0; i < report->nruns; i++) {
		fputs("<th scope=col class=verdict>", out);
		if (report->nruns == 1)
			fputs("here", out);
		else
			html_text(out, report->runs[i].name);
		fputs("</th>", out);
	}
	fputs("</tr></thead>\n<tbody>\n", out);
}

/* Boxes that hide rows by outcome; nothing is lost where they do nothing. */
static void
put_filter(FILE *out, const struct report *report)
{
	size_t counts[OUTCOMES] = { 0 }, i;

	for (i = 0; i < report->nclaims; i++)
		counts[html_worst(report, i)]++;
	fputs("<fieldset class=filter><legend>Show</legend>", out);
	for (i = 0; i < OUTCOMES; i++) {
		if (counts[html_columns[i]] == 0)
			continue;
		fprintf(out, "<label><input type=checkbox id=show-%s checked> ",
		    model_outcome(html_columns[i]));
		html_badge(out, html_columns[i]);
		fprintf(out, " %zu</label>", counts[html_columns[i]]);
	}
	fputs("</fieldset>\n", out);
}

/* The claims of one topic: those from first whose file is the same. */
static size_t
put_topic(FILE *out, const struct report *report, size_t first)
{
	char *topic = claims_topic(&report->claims[first]);
	size_t counts[OUTCOMES] = { 0 }, end, i;

	for (end = first; end < report->nclaims; end++) {
		if (strcmp(report->claims[end].file,
			report->claims[first].file) != 0)
			break;
		counts[html_worst(report, end)]++;
	}
	fputs("<section class=topic id=\"topic-", out);
	html_text(out, topic);
	fputs("\">\n<h3>", out);
	html_text(out, topic);
	fprintf(out, " <small>%zu</small>", end - first);
	html_bar(out, counts);
	fputs("</h3>\n", out);
	put_claims_table(out, report, topic, "");
	for (i = first; i < end; i++)
		put_claim(out, report, i);
	fputs("</tbody></table></div>\n</section>\n", out);
	free(topic);
	return end;
}

static void
put_topic_links(FILE *out, const struct report *report)
{
	const char *file = "";
	char *topic;
	size_t i;

	fputs("<p class=topics>", out);
	for (i = 0; i < report->nclaims; i++) {
		if (strcmp(report->claims[i].file, file) == 0)
			continue;
		file = report->claims[i].file;
		topic = claims_topic(&report->claims[i]);
		fputs("<a href=\"#topic-", out);
		html_text(out, topic);
		fputs("\">", out);
		html_text(out, topic);
		fputs("</a> ", out);
		free(topic);
	}
	fputs("</p>\n", out);
}

void
html_claims(FILE *out, const struct report *report)
{
	size_t i;

	fputs("<section id=claims>\n<h2>Claims</h2>\n", out);
	put_filter(out, report);
	put_topic_links(out, report);
	for (i = 0; i < report->nclaims;)
		i = put_topic(out, report, i);
	fputs("</section>\n", out);
}

/* The claims on which systems differ: a reader of several wants them first. */
void
html_differences(FILE *out, const struct report *report)
{
	const struct claim *claim;
	size_t i, j, count = 0;
	bool same;

	for (i = 0; i < report->nclaims; i++)
		count += model_differs(report, i);
	fprintf(out,
	    "<section id=differences>\n<h2>Systems differ</h2>\n"
	    "<p>On %zu of %zu claims. What was observed is told here where the"
	    " outcomes are the same, and else where the link leads.</p>\n",
	    count, report->nclaims);
	put_claims_table(
	    out, report, "Claims on which systems differ", " brief");
	for (i = 0; i < report->nclaims; i++) {
		if (!model_differs(report, i))
			continue;
		claim = &report->claims[i];
		fputs("<tr><th scope=row>", out);
		html_claim_link(out, claim);
		fprintf(out, "</th><td class=source><b>%s</b></td>",
		    model_requirement(claim->requirement));
		for (j = 0, same = true; j < report->nruns; j++)
			same = same &&
			    report->runs[j].verdicts[i].outcome ==
				report->runs[0].verdicts[i].outcome;
		for (j = 0; j < report->nruns; j++) {
			open_verdict(out, report, j, i);
			if (same)
				put_verdict(out, &report->runs[j].verdicts[i]);
			else
				fputs("</td>", out);
		}
		fputs("</tr>\n", out);
	}
	fputs("</tbody></table></div>\n</section>\n", out);
}

static bool
is_surveyed(const struct report *report, size_t claim_index)
{
	size_t i;

	for (i = 0; i < report->nruns; i++)
		if (report->runs[i].verdicts[claim_index].outcome ==
		    OUTCOME_SURVEY)
			return true;
	return false;
}

/* What each system does where nobody promises anything, or another does. */
void
html_survey(FILE *out, const struct report *report)
{
	const struct claim *claim;
	char *promise;
	size_t i, j, count = 0;

	for (i = 0; i < report->nclaims; i++)
		count += is_surveyed(report, i);
	fputs("<section id=survey>\n<h2>Survey</h2>\n"
	      "<p>What was seen where the standard leaves it open, or another"
	      " system promises it: nothing is kept here, and nothing"
	      " broken.</p>\n",
	    out);
	if (count > 0)
		put_claims_table(out, report, "Survey", " brief");
	for (i = 0; i < report->nclaims; i++) {
		if (!is_surveyed(report, i))
			continue;
		claim = &report->claims[i];
		promise = claims_promise(claim);
		fputs("<tr><th scope=row>", out);
		html_claim_link(out, claim);
		fprintf(out,
		    "</th><td class=source><b>%s</b>"
		    "<div class=promiser>%s</div></td>",
		    model_requirement(claim->requirement), promise);
		free(promise);
		for (j = 0; j < report->nruns; j++) {
			open_verdict(out, report, j, i);
			put_verdict(out, &report->runs[j].verdicts[i]);
		}
		fputs("</tr>\n", out);
	}
	fputs(
	    count > 0 ? "</tbody></table></div>\n" : "<p>Nothing.</p>\n", out);
	fputs("</section>\n", out);
}
