/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REPORTS_FOUND_H
#define REPORTS_FOUND_H

#include "model.h"

/* A case as it was found, before anything is made of it. */
struct found {
	char *program;
	char *name;
	char *type; /* Kyua's word for the result */
	char *reason;
	char *claim;
	char *promiser;
	char *combination;
	char *description;
	char *out;
	char *err;
	long long microseconds;
};

/*
 * Adds to the run what was found in the file or directory at path.  The strings
 * are the result's afterwards, or freed.  What makes no sense ends the program,
 * see input.h.
 */
void found_add(struct report *report, struct run *run, struct found *found,
    const char *path);
/* The run's program of that name, which is made when there is none yet. */
struct program *found_program(struct run *run, const char *name);
/* Adds a fact that was found elsewhere than in the output of a case. */
void found_fact(struct run *run, const char *name, const char *value);

#endif
