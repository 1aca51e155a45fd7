/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hands the outcome of a case to ATF, in the words that reports know.
 */
#ifndef HELPERS_RESULT_H
#define HELPERS_RESULT_H

#include "verdict.h"

/* Finds out where results go: the arguments of main(). */
void result_begin(int argc, char **argv);

/* The outcome of the case of that name. */
void result_deliver(const struct outcome *outcome, const char *name)
    __attribute__((noreturn));

/*
 * ATF has no word for this, but Kyua reads "broken" in its result files: so
 * nobody counts as a failure what decides nothing.
 */
void result_broken(const char *what, ...)
    __attribute__((format(printf, 1, 2), noreturn));

#endif
