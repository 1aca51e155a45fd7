/* SPDX-License-Identifier: BSD-2-Clause */
/* Cases that moved to another program, compiled in from tests/renamed.tsv. */
#include <string.h>

#include "model.h"

/* The tests of the report tool build it with a list of their own. */
#ifndef RENAMED_FILE
#define RENAMED_FILE "reports/renamed.inc"
#endif

static const struct {
	const char *old, *now;
} moves[] = {
#include RENAMED_FILE
	{ NULL, NULL },
};

const char *
renamed_id(const char *id)
{
	size_t i, left = sizeof(moves) / sizeof(moves[0]);

	/* One may have moved on; no more often than there are moves. */
	for (i = 0; left > 0 && moves[i].old != NULL;)
		if (strcmp(moves[i].old, id) == 0) {
			id = moves[i].now;
			left--;
			i = 0;
		} else {
			i++;
		}
	return id;
}
