/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REPORTS_PLAIN_H
#define REPORTS_PLAIN_H

#include "model.h"

/*
 * Plain files: out/PROGRAM/list is what the program says of its cases, as
 * atf-test-program(1) lays it out; NAME.result is a case's result as
 * atf-test-case(4) has it, or Kyua's "broken"; NAME.stdout and NAME.stderr are
 * what it printed; times has a line "NAME MICROSECONDS" for each case that
 * ended.  A case without a result did not run.
 *
 * Adds the cases of the program in that directory to the run.  What makes no
 * sense ends the program, see input.h.
 */
void plain_read(struct report *report, struct run *run, const char *directory,
    const char *program);

#endif
