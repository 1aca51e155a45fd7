/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REPORTS_RUN_H
#define REPORTS_RUN_H

#include "model.h"

/*
 * Adds the run at path to the report: a run directory that collect made, or
 * a bare store as "kyua test" leaves it.  Input that cannot be read or
 * trusted ends the program with STATUS_INPUT and a line that says why.
 */
void run_read(struct report *report, const char *path);

#endif
