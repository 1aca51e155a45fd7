/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the page share. */
#ifndef REPORTS_HTML_H
#define REPORTS_HTML_H

#include <stdio.h>

#include "model.h"

/* Text of others: escaped, and made visible where it would act. */
void html_text(FILE *out, const char *text);
/* Mark and word of an outcome. */
void html_badge(FILE *out, enum outcome outcome);
/* The mark of a class of cells. */
const char *html_class_mark(enum cell_class class);
/* "FIXED SHARED" for the bits of a combination; "no flag" for none. */
void html_flags(FILE *out, int combination);

/* What turns a case red, if it is known: proofs_find(). */
void html_proofs(FILE *out, const char *id, const struct claim *claim);

/* The grid of 128 tiles of one run, with its legend. */
void html_grid(FILE *out, const struct report *report, size_t run_index);
/* A table of cells for every combination. */
void html_details(FILE *out, const struct report *report);

#endif
