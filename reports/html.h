/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the page share. */
#ifndef REPORTS_HTML_H
#define REPORTS_HTML_H

#include <stdio.h>

#include "model.h"

/* Outcomes in the order readers look for them. */
extern const enum outcome html_columns[OUTCOMES];

/* Text of others: escaped, and made visible where it would act. */
void html_text(FILE *out, const char *text);
/* Text of others as code. */
void html_code(FILE *out, const char *text);
/* Mark and word of an outcome. */
void html_badge(FILE *out, enum outcome outcome);
/* A segmented bar of counts; the numbers stand next to it in words. */
void html_bar(FILE *out, const size_t *counts);
/* The claim's text, which leads to where it is told of. */
void html_claim_link(FILE *out, const struct claim *claim);
/* A heading for each run where there are several. */
void html_run_heading(FILE *out, const struct report *report, size_t index);
/* The worst outcome that any system has for the claim. */
enum outcome html_worst(const struct report *report, size_t claim_index);
/* "FIXED SHARED" for the bits of a combination; "no flag" for none. */
void html_flags(FILE *out, int combination);
/* What turns a case red, if it is known: proofs_find(). */
void html_proofs(FILE *out, const char *id, const struct claim *claim);

/* Sections of the page, each with its heading and its anchor. */
void html_answer(FILE *out, const struct report *report);
void html_differences(FILE *out, const struct report *report);
void html_failures(FILE *out, const struct report *report);
void html_claims(FILE *out, const struct report *report);
void html_deviations(FILE *out, const struct report *report);
void html_survey(FILE *out, const struct report *report);
void html_undecided(FILE *out, const struct report *report);
void html_values(FILE *out, const struct report *report);
void html_facts(FILE *out, const struct report *report);

/* The grid of 128 tiles of one run, with its legend. */
void html_grid(FILE *out, const struct report *report, size_t run_index);
/* A table of cells for every combination. */
void html_details(FILE *out, const struct report *report);

#endif
