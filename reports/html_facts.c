/* SPDX-License-Identifier: BSD-2-Clause */
/* What the runs tell of their systems: the values of flags, and facts. */
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "html.h"

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
void
html_values(FILE *out, const struct report *report)
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

void
html_facts(FILE *out, const struct report *report)
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
