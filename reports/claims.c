/* SPDX-License-Identifier: BSD-2-Clause */
/* The claims of the suite, compiled in. */
#include <string.h>

#include "buffer.h"

/* The tests of the report tool build it with a list of their own. */
#ifndef CLAIMS_FILE
#define CLAIMS_FILE "tests/claims.def"
#endif

static const struct claim table[] = {
/* __FILE__ is the file of the entry, not this one: it gives the topic. */
#define CLAIM(id, requirement, promiser, source, section, text)             \
	{ #id, REQUIREMENT_##requirement, #promiser, source, section, text, \
		__FILE__ },
#include CLAIMS_FILE
#undef CLAIM
	{ NULL, REQUIREMENTS, NULL, NULL, NULL, NULL, NULL }
};

const struct claim *
claims_table(size_t *count)
{
	*count = sizeof(table) / sizeof(table[0]) - 1;
	return table;
}

char *
claims_topic(const struct claim *claim)
{
	const char *slash = strrchr(claim->file, '/');
	char *topic = buffer_copy(slash ? slash + 1 : claim->file);
	char *dot = strrchr(topic, '.');

	if (dot != NULL)
		*dot = '\0';
	return topic;
}
