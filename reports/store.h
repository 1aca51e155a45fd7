/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REPORTS_STORE_H
#define REPORTS_STORE_H

#include <sqlite3.h>

#include "model.h"

/*
 * Adds the cases of a store to the run: the SQLite database, of schema version
 * 3, that Kyua writes.  Sets when it started and finished, if nothing has.  What
 * cannot be read or trusted ends the program, see input.h.
 */
void store_read(struct report *report, struct run *run, const char *path);
/* A column of the query's row as text, see buffer_clean(); the caller frees. */
char *store_text(sqlite3_stmt *query, int column);

#endif
