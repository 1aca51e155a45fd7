/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs a case to its outcome: its body once, or once in each directory where
 * the answer may depend on the file system.
 */
#ifndef HELPERS_ROUNDS_H
#define HELPERS_ROUNDS_H

#include "row.h"
#include "verdict.h"

/* Seconds for a call or an access; a body has twice as many. */
#define ROUNDS_LIMIT 25

/*
 * All rounds of a row by that name; the heaviest outcome stays.  directories
 * is the configuration variable "dirs", NULL: the default.
 */
void rounds_run(struct outcome *worst, const struct row *row, const char *name,
    const char *directories);

#endif
