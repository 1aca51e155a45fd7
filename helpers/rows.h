/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The test program: a table of rows becomes one ATF case each.
 */
#ifndef HELPERS_ROWS_H
#define HELPERS_ROWS_H

#include <stddef.h>

#include "child.h"
#include "row.h"

/* main() of a test program with the given rows (and images). */
int rows_main(int argc, char **argv, const char *file, const struct row *cases,
    size_t count, const struct child_image *images);

#define SUITE_PROGRAM(cases) SUITE_PROGRAM_IMAGES(cases, NULL)
#define SUITE_PROGRAM_IMAGES(cases, images)                      \
	int main(int argc, char **argv)                          \
	{                                                        \
		return rows_main(argc, argv, __FILE__, cases,    \
		    sizeof(cases) / sizeof((cases)[0]), images); \
	}

/*
 * A case without claim (the matrix): name, X-combination, description, body.
 * Adds them to the program that rows_main_combinations() runs.
 */
struct combination {
	const char *name;
	const char *combination;
	const char *description;
	void (*run)(size_t index);
};
int rows_main_combinations(int argc, char **argv, const char *file,
    const struct combination *cases, size_t count);

#endif
