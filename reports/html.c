/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The report as one page that needs nothing else: no script, no font, no
 * address.  Every state is a mark, a word, a tint and a border, so that none
 * of them is needed to read it.
 */
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "html.h"
#include "output.h"

#define LOG_LIMIT 4096 /* bytes shown of a case's output: head and tail */

static const char style[] =
#include "style.inc"
    ;

/* In the order readers look for them. */
static const enum outcome columns[OUTCOMES] = { OUTCOME_PASS, OUTCOME_PARTLY,
	OUTCOME_DEVIATES, OUTCOME_FAIL, OUTCOME_SURVEY, OUTCOME_UNSUPPORTED,
	OUTCOME_UNTESTED, OUTCOME_BROKEN, OUTCOME_ABSENT };

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

static const char *
outcome_mark(enum outcome outcome)
{
	static const char *const marks[OUTCOMES] = {
		[OUTCOME_FAIL] = "✗",
		[OUTCOME_BROKEN] = "!",
		[OUTCOME_DEVIATES] = "≠",
		[OUTCOME_UNTESTED] = "?",
		[OUTCOME_PARTLY] = "±",
		[OUTCOME_SURVEY] = "○",
		[OUTCOME_PASS] = "✓",
		[OUTCOME_UNSUPPORTED] = "–",
		[OUTCOME_ABSENT] = "·",
	};

	return marks[outcome];
}

void
html_text(FILE *out, const char *text)
{
	const char *start;
	unsigned long code;

	for (;;) {
		start = text;
		code = buffer_next(&text);
		if (code == 0)
			break;
		if (code == '&')
			fputs("&amp;", out);
		else if (code == '<')
			fputs("&lt;", out);
		else if (code == '>')
			fputs("&gt;", out);
		else if (code == '"')
			fputs("&quot;", out);
		else if (code == '\'')
			fputs("&#39;", out);
		else if (code == 0x7f)
			fputs("&#x2421;", out);
		else if (buffer_acts(code) && code < 0x20)
			/* Unicode's pictures of control characters. */
			fprintf(out, "&#x%lx;", 0x2400 + code);
		else if (buffer_acts(code))
			fprintf(out, "\\u%04lx", code);
		else
			fwrite(start, 1, (size_t)(text - start), out);
	}
}

void
html_badge(FILE *out, enum outcome outcome)
{
	fprintf(out,
	    "<span class=\"badge %s\"><b aria-hidden=true>%s</b> %s</span>",
	    model_outcome(outcome), outcome_mark(outcome),
	    model_outcome(outcome));
}

static void
put_code(FILE *out, const char *text)
{
	fputs("<code>", out);
	html_text(out, text);
	fputs("</code>", out);
}

/* The worst outcome that any system has for the claim. */
static enum outcome
worst_outcome(const struct report *report, size_t claim_index)
{
	enum outcome worst = OUTCOME_ABSENT;
	size_t i;

	for (i = 0; i < report->nruns; i++)
		if (report->runs[i].verdicts[claim_index].outcome < worst)
			worst = report->runs[i].verdicts[claim_index].outcome;
	return worst;
}

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

/* A segmented bar of counts; the numbers stand next to it in words. */
static void
put_bar(FILE *out, const size_t *counts)
{
	size_t i;

	fputs("<span class=bar aria-hidden=true>", out);
	for (i = 0; i < OUTCOMES; i++)
		if (counts[columns[i]] > 0)
			fprintf(out,
			    "<span class=%s style=\"flex-grow:%zu\"></span>",
			    model_outcome(columns[i]), counts[columns[i]]);
	fputs("</span>", out);
}

static void
put_claim_link(FILE *out, const struct claim *claim)
{
	fprintf(out, "<a href=\"#claim-%s\">", claim->id);
	html_text(out, claim->text);
	fputs("</a>", out);
}

static void
put_head(FILE *out, const struct report *report)
{
	size_t i;

	fputs("<!DOCTYPE html>\n<html lang=en>\n<head>\n"
	      "<meta charset=utf-8>\n"
	      "<meta http-equiv=Content-Security-Policy content=\"default-src"
	      " 'none'; style-src 'unsafe-inline'\">\n"
	      "<meta name=viewport"
	      " content=\"width=device-width, initial-scale=1\">\n"
	      "<meta name=color-scheme content=\"light dark\">\n"
	      "<title>" SUITE ": ",
	    out);
	for (i = 0; i < report->nruns; i++) {
		if (i > 0)
			fputs(", ", out);
		html_text(out, report->runs[i].name);
	}
	if (report->runs[0].started != NULL) {
		fputs(", ", out);
		html_text(out, report->runs[0].started);
	}
	fprintf(out, "</title>\n<style>\n%s</style>\n</head>\n", style);
}

static void
put_header(FILE *out, const struct report *report)
{
	const struct run *run = &report->runs[0];

	fputs("<body>\n<a class=skip href=\"#answer\">Skip to the answer</a>\n"
	      "<header>\n<p class=brand>" SUITE " ",
	    out);
	html_text(out, model_fact(run, "suite.version"));
	fputs("</p>\n<h1>Memory mappings on ", out);
	if (report->nruns == 1)
		html_text(out, run->name);
	else
		fprintf(out, "%zu systems", report->nruns);
	fputs("</h1>\n<p>Which promises hold here, and which of them can a"
	      " portable program rely on?</p>\n",
	    out);
	fputs("<nav aria-label=Sections><a href=\"#answer\">Answer</a>", out);
	if (report->nruns > 1)
		fputs("<a href=\"#differences\">Systems differ</a>", out);
	fputs("<a href=\"#failures\">Failures</a>"
	      "<a href=\"#matrix\">Flag matrix</a>"
	      "<a href=\"#claims\">Claims</a>"
	      "<a href=\"#deviations\">Deviations</a>"
	      "<a href=\"#survey\">Survey</a>"
	      "<a href=\"#undecided\">Not decided</a>"
	      "<a href=\"#flags\">Flags</a>"
	      "<a href=\"#facts\">System</a>"
	      "<a href=\"#method\">Method</a>"
	      "<a href=\"#combinations\">Every combination</a></nav>\n"
	      "</header>\n<main>\n",
	    out);
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
		if (columns[j] != OUTCOME_PARTLY &&
		    columns[j] != OUTCOME_ABSENT)
			fprintf(out, "<th scope=col class=number>%s</th>",
			    model_outcome(columns[j]));
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
			if (columns[j] != OUTCOME_PARTLY &&
			    columns[j] != OUTCOME_ABSENT)
				fprintf(out, "<td class=\"number %s\">%zu</td>",
				    run->counts[columns[j]] > 0
					? model_outcome(columns[j])
					: "zero",
				    run->counts[columns[j]]);
		fprintf(out, "<td class=number>%zu</td></tr>\n", run->nresults);
	}
	fputs("</tbody></table></div>\n", out);
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

static void
put_counts(FILE *out, const size_t counts[OUTCOMES])
{
	size_t j, n;

	put_bar(out, counts);
	fputs("</td>", out);
	for (j = 0; j < OUTCOMES; j++) {
		n = counts[columns[j]];
		fprintf(out, "<td class=\"number %s\">%zu</td>",
		    n > 0 ? model_outcome(columns[j]) : "zero", n);
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
		    model_outcome(columns[j]));
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
			    worst_outcome(report, j) != bad[i])
				continue;
			if (count++ == 0)
				fputs("<h3>Promised by the standard, not kept"
				      "</h3>\n<ul class=unkept>\n",
				    out);
			fputs("<li>", out);
			html_badge(out, bad[i]);
			putc(' ', out);
			put_claim_link(out, &report->claims[j]);
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

static void
put_answer(FILE *out, const struct report *report)
{
	fputs("<section id=answer>\n<h2>Answer</h2>\n", out);
	put_missing(out, report);
	put_cards(out, report);
	put_systems(out, report);
	put_promises(out, report);
	put_unkept(out, report);
	fputs("</section>\n", out);
}

/* A case's output, with its middle left out when it is long. */
static void
put_log(FILE *out, const char *name, const char *log)
{
	size_t length = strlen(log), head, tail;
	char *part;

	if (length == 0)
		return;
	fprintf(out, "<details><summary>%s, %zu bytes</summary><pre>", name,
	    length);
	if (length <= LOG_LIMIT) {
		html_text(out, log);
	} else {
		/* Cut between characters, not inside one. */
		head = LOG_LIMIT / 2;
		while ((log[head] & 0xc0) == 0x80)
			head--;
		tail = length - LOG_LIMIT / 2;
		while ((log[tail] & 0xc0) == 0x80)
			tail++;
		part = buffer_format("%.*s", (int)head, log);
		html_text(out, part);
		free(part);
		fprintf(out, "</pre><p class=note>%zu bytes left out</p><pre>",
		    tail - head);
		html_text(out, log + tail);
	}
	fputs("</pre></details>\n", out);
}

/* The claim or the combination that a case decides, as a link. */
static void
put_subject(FILE *out, const struct result *result)
{
	char letters[sizeof(LETTERS)];

	if (result->claim != NULL) {
		fputs("<p>", out);
		put_claim_link(out, result->claim);
		fprintf(out, " <small>%s, ",
		    model_requirement(result->claim->requirement));
		html_text(out, result->claim->source->name);
		putc(' ', out);
		html_text(out, result->claim->section);
		fputs("</small></p>\n", out);
	} else if (result->combination >= 0) {
		fprintf(out, "<p><a href=\"#m-%s\">",
		    model_letters(result->combination, letters));
		html_flags(out, result->combination);
		fputs("</a></p>\n", out);
	}
}

static void
put_failure(FILE *out, const struct result *result)
{
	fprintf(out, "<article class=\"failure %s\">\n<h4>",
	    model_outcome(result->outcome));
	html_badge(out, result->outcome);
	putc(' ', out);
	html_text(out, result->id);
	fputs("</h4>\n<p class=line>", out);
	put_code(out, result->reason);
	fputs("</p>\n", out);
	put_subject(out, result);
	fputs("<p>Again: <code>kyua debug tests/", out);
	html_text(out, result->id);
	fputs("</code></p>\n", out);
	put_log(out, "standard output", result->out);
	put_log(out, "standard error", result->err);
	fputs("</article>\n", out);
}

/* A heading for each run where there are several. */
static void
put_run_heading(FILE *out, const struct report *report, size_t index)
{
	if (report->nruns == 1)
		return;
	fputs("<h3>", out);
	html_text(out, report->runs[index].name);
	fputs("</h3>\n", out);
}

static void
put_failures(FILE *out, const struct report *report)
{
	static const enum outcome bad[] = { OUTCOME_FAIL, OUTCOME_BROKEN };
	const struct result **selected;
	size_t count, total, i, j, k;

	fputs("<section id=failures>\n<h2>Failures</h2>\n", out);
	for (i = 0; i < report->nruns; i++) {
		put_run_heading(out, report, i);
		total = 0;
		for (j = 0; j < 2; j++) {
			selected =
			    model_select(&report->runs[i], bad[j], &count);
			for (k = 0; k < count; k++)
				put_failure(out, selected[k]);
			total += count;
			free(selected);
		}
		if (total == 0)
			fputs(
			    "<p>No case fails and none is broken.</p>\n", out);
	}
	fputs("</section>\n", out);
}

static void
put_matrix(FILE *out, const struct report *report)
{
	size_t i;

	fputs("<section id=matrix>\n<h2>Flag matrix</h2>\n", out);
	for (i = 0; i < report->nruns; i++)
		html_grid(out, report, i);
	fputs("</section>\n", out);
}

/* A cell of a table of claims; where columns become rows, it says whose. */
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
	    claim->id, model_outcome(worst_outcome(report, index)));
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
		counts[worst_outcome(report, i)]++;
	fputs("<fieldset class=filter><legend>Show</legend>", out);
	for (i = 0; i < OUTCOMES; i++) {
		if (counts[columns[i]] == 0)
			continue;
		fprintf(out, "<label><input type=checkbox id=show-%s checked> ",
		    model_outcome(columns[i]));
		html_badge(out, columns[i]);
		fprintf(out, " %zu</label>", counts[columns[i]]);
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
		counts[worst_outcome(report, end)]++;
	}
	fputs("<section class=topic id=\"topic-", out);
	html_text(out, topic);
	fputs("\">\n<h3>", out);
	html_text(out, topic);
	fprintf(out, " <small>%zu</small>", end - first);
	put_bar(out, counts);
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

/* The claims on which systems differ: a reader of several wants them first. */
static void
put_differences(FILE *out, const struct report *report)
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
		put_claim_link(out, claim);
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

static void
put_claims(FILE *out, const struct report *report)
{
	size_t i;

	fputs("<section id=claims>\n<h2>Claims</h2>\n", out);
	put_filter(out, report);
	put_topic_links(out, report);
	for (i = 0; i < report->nclaims;)
		i = put_topic(out, report, i);
	fputs("</section>\n", out);
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
static void
put_survey(FILE *out, const struct report *report)
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
		put_claim_link(out, claim);
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

static void
put_deviations(FILE *out, const struct report *report)
{
	const struct result **selected;
	size_t count, i, j;

	fputs("<section id=deviations>\n<h2>Deviations</h2>\n", out);
	for (i = 0; i < report->nruns; i++) {
		put_run_heading(out, report, i);
		selected =
		    model_select(&report->runs[i], OUTCOME_DEVIATES, &count);
		fputs(count == 0 ? "<p>None.</p>\n" : "<ul class=deviations>\n",
		    out);
		for (j = 0; j < count; j++) {
			fputs("<li>", out);
			html_badge(out, OUTCOME_DEVIATES);
			putc(' ', out);
			put_code(out, selected[j]->id);
			fputs("<p class=line>", out);
			html_text(out, selected[j]->reason);
			fputs("</p>", out);
			put_subject(out, selected[j]);
			fputs("</li>\n", out);
		}
		fputs(count == 0 ? "" : "</ul>\n", out);
		free(selected);
	}
	fputs("</section>\n", out);
}

/* Cases with that outcome, grouped by the reason they share. */
static void
put_groups(FILE *out, const struct run *run, enum outcome outcome)
{
	const struct result **selected;
	size_t count, i, j;

	selected = model_select(run, outcome, &count);
	for (i = 0; i < count; i = j) {
		for (j = i + 1; j < count; j++)
			if (strcmp(selected[i]->reason, selected[j]->reason) !=
			    0)
				break;
		fputs("<li>", out);
		html_badge(out, outcome);
		fprintf(out, " <b>%zu</b> ", j - i);
		html_text(out, model_reason(selected[i]));
		fputs("<div class=ids>", out);
		for (; i < j; i++) {
			html_text(out, selected[i]->id);
			putc(' ', out);
		}
		fputs("</div></li>\n", out);
	}
	free(selected);
}

static void
put_undecided(FILE *out, const struct report *report)
{
	size_t i;

	fputs("<section id=undecided>\n<h2>Not decided</h2>\n"
	      "<p><b>Untested</b> is a fact about this run: with what it"
	      " lacked, the case decides. <b>Unsupported</b> is a fact about"
	      " the system: it has no such thing.</p>\n",
	    out);
	for (i = 0; i < report->nruns; i++) {
		put_run_heading(out, report, i);
		fputs("<ul class=groups>\n", out);
		put_groups(out, &report->runs[i], OUTCOME_UNTESTED);
		put_groups(out, &report->runs[i], OUTCOME_UNSUPPORTED);
		fputs("</ul>\n", out);
	}
	fputs("</section>\n", out);
}

static const struct pairs *
facts_of(const struct run *run)
{
	return &run->facts;
}

static const struct pairs *
flags_of(const struct run *run)
{
	return &run->flags;
}

/* Every name that some run tells of, in order of first appearance. */
static struct strings
collect_names(const struct report *report,
    const struct pairs *(*pairs_of)(const struct run *))
{
	struct strings names = { NULL, 0 };
	const struct pairs *pairs;
	size_t i, j;

	for (i = 0; i < report->nruns; i++) {
		pairs = pairs_of(&report->runs[i]);
		for (j = 0; j < pairs->count; j++)
			strings_intern(&names, pairs->items[j].name);
	}
	return names;
}

static const struct pair *
find_pair(const struct pairs *pairs, const char *name)
{
	size_t i;

	for (i = 0; i < pairs->count; i++)
		if (strcmp(pairs->items[i].name, name) == 0)
			return &pairs->items[i];
	return NULL;
}

static void
put_pair_heads(FILE *out, const struct report *report)
{
	size_t i;

	for (i = 0; i < report->nruns; i++) {
		fputs("<th scope=col>", out);
		if (report->nruns == 1)
			fputs("here", out);
		else
			html_text(out, report->runs[i].name);
		fputs("</th>", out);
	}
}

/* A row of the tables of facts and of flags; differences are marked. */
static void
put_pair_row(FILE *out, const struct report *report, const char *name,
    const struct pairs *(*pairs_of)(const struct run *), const char *absent)
{
	const struct pair *pair;
	const char *value, *first = NULL;
	size_t i;

	fputs("<tr><th scope=row><code>", out);
	html_text(out, name);
	fputs("</code></th>", out);
	for (i = 0; i < report->nruns; i++) {
		pair = find_pair(pairs_of(&report->runs[i]), name);
		value = pair == NULL      ? "not told"
		    : pair->value == NULL ? absent
					  : pair->value;
		if (first == NULL)
			first = value;
		fputs(pair == NULL || pair->value == NULL ? "<td class=absent>"
							  : "<td>",
		    out);
		if (strcmp(first, value) != 0)
			fputs("<b>≠</b> ", out);
		html_text(out, value);
		fputs("</td>", out);
	}
	fputs("</tr>\n", out);
}

/* The length of "MAP_" in "MAP_FIXED", of "POSIX_MADV_" and the like. */
static size_t
family_length(const char *name)
{
	size_t length = strspn(name, "_");

	if (strncmp(name, "POSIX_", 6) == 0)
		length = 6;
	length += strcspn(name + length, "_");
	return name[length] == '_' ? length + 1 : length;
}

static bool
same_family(const char *a, const char *b)
{
	a += strspn(a, "_");
	b += strspn(b, "_");
	return family_length(a) == family_length(b) &&
	    strncmp(a, b, family_length(a)) == 0;
}

/* One table for each family of flags: MAP_, PROT_, ... */
static void
put_flags(FILE *out, const struct report *report)
{
	struct strings names = collect_names(report, flags_of);
	const char *name, *before = NULL;
	char *family;
	size_t i;

	fputs("<section id=flags>\n<h2>Flags</h2>\n", out);
	if (names.count == 0)
		fputs("<p>No run tells of them.</p>\n", out);
	else
		fprintf(out,
		    "<p>The names that the headers define, and their values."
		    "</p>\n<div class=%s tabindex=0 role=region"
		    " aria-label=\"Flags\">\n",
		    report->nruns > 2 ? "scroll" : "families");
	for (i = 0; i < names.count; i++) {
		name = names.items[i];
		if (before == NULL || !same_family(before, name)) {
			fputs(i > 0 ? "</tbody></table>\n" : "", out);
			fputs("<table class=pairs><caption>", out);
			name += strspn(name, "_");
			family = buffer_format(
			    "%.*s", (int)family_length(name), name);
			html_text(out, family);
			free(family);
			fputs("</caption>\n<thead><tr><th scope=col>name"
			      "</th>",
			    out);
			put_pair_heads(out, report);
			fputs("</tr></thead>\n<tbody>\n", out);
		}
		before = names.items[i];
		put_pair_row(out, report, before, flags_of, "absent");
	}
	fputs(names.count > 0 ? "</tbody></table></div>\n" : "", out);
	fputs("</section>\n", out);
	strings_free(&names);
}

static void
put_facts(FILE *out, const struct report *report)
{
	struct strings names = collect_names(report, facts_of);
	size_t i;

	fputs("<section id=facts>\n<h2>System</h2>\n"
	      "<div class=scroll tabindex=0 role=region aria-label=Facts>\n"
	      "<table class=pairs><caption>Facts found by the run</caption>\n"
	      "<thead><tr><th scope=col>fact</th>",
	    out);
	put_pair_heads(out, report);
	fputs("</tr></thead>\n<tbody>\n", out);
	for (i = 0; i < names.count; i++)
		put_pair_row(out, report, names.items[i], facts_of, "");
	fputs("</tbody></table></div>\n</section>\n", out);
	strings_free(&names);
}

static void
put_method(FILE *out, const struct report *report)
{
	static const char *const meanings[OUTCOMES] = {
		[OUTCOME_PASS] = "seen as claimed",
		[OUTCOME_PARTLY] = "some cases of the claim pass, the others"
				   " are unsupported: their reasons tell what"
				   " is missing",
		[OUTCOME_DEVIATES] = "not as claimed, and expected on this"
				     " system for the reason given",
		[OUTCOME_FAIL] = "not as claimed",
		[OUTCOME_SURVEY] = "what is seen where nobody promises it:"
				   " neither kept nor broken",
		[OUTCOME_UNSUPPORTED] = "the system has no such thing",
		[OUTCOME_UNTESTED] = "this run lacked what the case needs",
		[OUTCOME_BROKEN] = "the suite or its environment went wrong:"
				   " says nothing about the system",
		[OUTCOME_ABSENT] = "no case was seen",
	};
	const struct run *run;
	size_t i;

	fputs("<section id=method>\n<h2>Method</h2>\n"
	      "<p>A claim is one testable statement with a source; each case"
	      " decides one claim, or one combination of the flag matrix. A"
	      " claim's outcome is the worst of its cases, in this order: fail,"
	      " broken, deviates, untested, survey, pass, unsupported.</p>\n"
	      "<dl class=outcomes>\n",
	    out);
	for (i = 0; i < OUTCOMES; i++) {
		fputs("<dt>", out);
		html_badge(out, columns[i]);
		fprintf(out, "</dt><dd>%s</dd>\n", meanings[columns[i]]);
	}
	fputs("</dl>\n<p>A failing line reads: the call, what came of it, what"
	      " is allowed, and in brackets the source and the claim. Run one"
	      " case again with <code>kyua debug"
	      " tests/PROGRAM:CASE</code>.</p>\n<ul>\n",
	    out);
	for (i = 0; i < report->nruns; i++) {
		run = &report->runs[i];
		fputs("<li>", out);
		html_text(out, run->name);
		fputs(": started ", out);
		html_text(out, run->started ? run->started : "?");
		fputs(", finished ", out);
		html_text(out, run->finished ? run->finished : "never");
		if (run->commit != NULL) {
			fputs(", commit ", out);
			put_code(out, run->commit);
		}
		fputs(", read from ", out);
		put_code(out, model_base(run));
		fputs("</li>\n", out);
	}
	fputs("</ul>\n</section>\n", out);
}

void
html_write(FILE *out, const struct report *report)
{
	put_head(out, report);
	put_header(out, report);
	put_answer(out, report);
	if (report->nruns > 1)
		put_differences(out, report);
	put_failures(out, report);
	put_matrix(out, report);
	put_claims(out, report);
	put_deviations(out, report);
	put_survey(out, report);
	put_undecided(out, report);
	put_flags(out, report);
	put_facts(out, report);
	put_method(out, report);
	fputs("<section id=combinations>\n<h2>Every combination</h2>\n", out);
	html_details(out, report);
	fputs("</section>\n</main>\n</body>\n</html>\n", out);
}
