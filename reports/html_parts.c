/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the sections of the page have in common.  Every state is a mark, a word,
 * a tint and a border, so that none of them is needed to read it.
 */
#include "buffer.h"
#include "html.h"

const enum outcome html_columns[OUTCOMES] = { OUTCOME_PASS, OUTCOME_PARTLY,
	OUTCOME_DEVIATES, OUTCOME_FAIL, OUTCOME_SURVEY, OUTCOME_UNSUPPORTED,
	OUTCOME_UNTESTED, OUTCOME_BROKEN, OUTCOME_ABSENT };

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
html_code(FILE *out, const char *text)
{
	fputs("<code>", out);
	html_text(out, text);
	fputs("</code>", out);
}

void
html_badge(FILE *out, enum outcome outcome)
{
	fprintf(out,
	    "<span class=\"badge %s\"><b aria-hidden=true>%s</b> %s</span>",
	    model_outcome(outcome), outcome_mark(outcome),
	    model_outcome(outcome));
}

/* A segmented bar of counts; the numbers stand next to it in words. */
void
html_bar(FILE *out, const size_t *counts)
{
	size_t i;

	fputs("<span class=bar aria-hidden=true>", out);
	for (i = 0; i < OUTCOMES; i++)
		if (counts[html_columns[i]] > 0)
			fprintf(out,
			    "<span class=%s style=\"flex-grow:%zu\"></span>",
			    model_outcome(html_columns[i]),
			    counts[html_columns[i]]);
	fputs("</span>", out);
}

void
html_claim_link(FILE *out, const struct claim *claim)
{
	fprintf(out, "<a href=\"#claim-%s\">", claim->id);
	html_text(out, claim->text);
	fputs("</a>", out);
}

/* A heading for each run where there are several. */
void
html_run_heading(FILE *out, const struct report *report, size_t index)
{
	if (report->nruns == 1)
		return;
	fputs("<h3>", out);
	html_text(out, report->runs[index].name);
	fputs("</h3>\n", out);
}

/* The worst outcome that any system has for the claim. */
enum outcome
html_worst(const struct report *report, size_t claim_index)
{
	enum outcome worst = OUTCOME_ABSENT;
	size_t i;

	for (i = 0; i < report->nruns; i++)
		if (report->runs[i].verdicts[claim_index].outcome < worst)
			worst = report->runs[i].verdicts[claim_index].outcome;
	return worst;
}
