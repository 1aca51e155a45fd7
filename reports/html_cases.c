/* SPDX-License-Identifier: BSD-2-Clause */
/* Cases by what became of them: failures, deviations, what was not decided. */
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "html.h"

#define LOG_LIMIT 4096 /* bytes shown of a case's output: head and tail */

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
		html_claim_link(out, result->claim);
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
	html_code(out, result->reason);
	fputs("</p>\n", out);
	put_subject(out, result);
	fputs("<p>Again: <code>kyua debug tests/", out);
	html_text(out, result->id);
	fputs("</code></p>\n", out);
	put_log(out, "standard output", result->out);
	put_log(out, "standard error", result->err);
	fputs("</article>\n", out);
}

void
html_failures(FILE *out, const struct report *report)
{
	static const enum outcome bad[] = { OUTCOME_FAIL, OUTCOME_BROKEN };
	const struct result **selected;
	size_t count, total, i, j, k;

	fputs("<section id=failures>\n<h2>Failures</h2>\n", out);
	for (i = 0; i < report->nruns; i++) {
		html_run_heading(out, report, i);
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

void
html_deviations(FILE *out, const struct report *report)
{
	const struct result **selected;
	size_t count, i, j;

	fputs("<section id=deviations>\n<h2>Deviations</h2>\n", out);
	for (i = 0; i < report->nruns; i++) {
		html_run_heading(out, report, i);
		selected =
		    model_select(&report->runs[i], OUTCOME_DEVIATES, &count);
		fputs(count == 0 ? "<p>None.</p>\n" : "<ul class=deviations>\n",
		    out);
		for (j = 0; j < count; j++) {
			fputs("<li>", out);
			html_badge(out, OUTCOME_DEVIATES);
			putc(' ', out);
			html_code(out, selected[j]->id);
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

void
html_undecided(FILE *out, const struct report *report)
{
	size_t i;

	fputs("<section id=undecided>\n<h2>Not decided</h2>\n"
	      "<p><b>Untested</b> is a fact about this run: with what it"
	      " lacked, the case decides. <b>Unsupported</b> is a fact about"
	      " the system: it has no such thing.</p>\n",
	    out);
	for (i = 0; i < report->nruns; i++) {
		html_run_heading(out, report, i);
		fputs("<ul class=groups>\n", out);
		put_groups(out, &report->runs[i], OUTCOME_UNTESTED);
		put_groups(out, &report->runs[i], OUTCOME_UNSUPPORTED);
		fputs("</ul>\n", out);
	}
	fputs("</section>\n", out);
}
