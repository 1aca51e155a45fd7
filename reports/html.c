/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The report as one page that needs nothing else: no script, no font, no
 * address.
 */
#include "html.h"
#include "output.h"

/* A string even where that file is yet to be made. */
static const char style[] = ""
#include "style.inc"
    ;

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

static void
put_matrix(FILE *out, const struct report *report)
{
	size_t i;

	fputs("<section id=matrix>\n<h2>Flag matrix</h2>\n", out);
	for (i = 0; i < report->nruns; i++)
		html_grid(out, report, i);
	fputs("</section>\n", out);
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
		html_badge(out, html_columns[i]);
		fprintf(out, "</dt><dd>%s</dd>\n", meanings[html_columns[i]]);
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
			html_code(out, run->commit);
		}
		fputs(", read from ", out);
		html_code(out, model_base(run));
		fputs("</li>\n", out);
	}
	fputs("</ul>\n</section>\n", out);
}

void
html_write(FILE *out, const struct report *report)
{
	put_head(out, report);
	put_header(out, report);
	html_answer(out, report);
	if (report->nruns > 1)
		html_differences(out, report);
	html_failures(out, report);
	put_matrix(out, report);
	html_claims(out, report);
	html_deviations(out, report);
	html_survey(out, report);
	html_undecided(out, report);
	html_values(out, report);
	html_facts(out, report);
	put_method(out, report);
	fputs("<section id=combinations>\n<h2>Every combination</h2>\n", out);
	html_details(out, report);
	fputs("</section>\n</main>\n</body>\n</html>\n", out);
}
