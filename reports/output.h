/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REPORTS_OUTPUT_H
#define REPORTS_OUTPUT_H

#include <stdio.h>

#include "model.h"

/* Exit statuses, as -h documents them. */
enum status {
	STATUS_CLEAN,
	STATUS_FAILED,     /* a case fails or is broken */
	STATUS_INCOMPLETE, /* a run lacks something */
	STATUS_INPUT,      /* bad usage or bad input */
	STATUS_WRITE       /* the report cannot be written */
};

/*
 * One function for each format.  They leave errors on the stream for the
 * caller to see.
 */
void text_write(FILE *out, const struct report *report);
void json_write(FILE *out, const struct report *report);
void html_write(FILE *out, const struct report *report);

#endif
