/* SPDX-License-Identifier: BSD-2-Clause */
/* The claims of the suite, compiled in. */
#include <string.h>

#include "buffer.h"

/* The tests of the report tool build it with a list of their own. */
#ifndef CLAIMS_FILE
#define CLAIMS_FILE "reports/claims.inc"
#endif
#ifndef SOURCES_FILE
#define SOURCES_FILE "tests/sources.def"
#endif
#ifndef RETIRED_FILE
#define RETIRED_FILE "tests/claims.retired.def"
#endif

/* The promisers that claims name, as words of the data. */
#define POSIX     "posix"
#define LINUX     "linux"
#define FREEBSD   "freebsd"
#define NETBSD    "netbsd"
#define OPENBSD   "openbsd"
#define DRAGONFLY "dragonfly"
#define MACOS     "macos"
#define PEOPLE    "people"

/* And as readers write them. */
static const struct {
	const char *word, *name;
} promisers[] = { { POSIX, "POSIX" }, { LINUX, "Linux" },
	{ FREEBSD, "FreeBSD" }, { NETBSD, "NetBSD" }, { OPENBSD, "OpenBSD" },
	{ DRAGONFLY, "DragonFly" }, { MACOS, "macOS" }, { PEOPLE, "people" } };

enum {
#define SOURCE(key, name, author, title, edition, date, address) SOURCE_##key,
#include SOURCES_FILE
#undef SOURCE
	SOURCES
};

static const struct source sources[] = {
#define SOURCE(key, name, author, title, edition, date, address) \
	{ #key, name, author, title, edition, date, address },
#include SOURCES_FILE
#undef SOURCE
};

static const struct claim table[] = {
/* __FILE__ is the file of the entry, not this one: it gives the topic. */
#define CLAIM(id, requirement, promiser, source, section, text)                \
	{ #id, REQUIREMENT_##requirement, promiser, &sources[SOURCE_##source], \
		section, text, __FILE__ },
#include CLAIMS_FILE
#undef CLAIM
	{ NULL, REQUIREMENTS, NULL, NULL, NULL, NULL, NULL }
};

static const char *const retired[] = {
#define RETIRED(id, why) #id,
#include RETIRED_FILE
#undef RETIRED
	NULL
};

bool
claims_retired(const char *id)
{
	size_t i;

	for (i = 0; retired[i] != NULL; i++)
		if (strcmp(retired[i], id) == 0)
			return true;
	return false;
}

char *
claims_promise(const struct claim *claim)
{
	const char *name = claim->promiser;
	size_t i;

	for (i = 0; i < sizeof(promisers) / sizeof(promisers[0]); i++)
		if (strcmp(promisers[i].word, claim->promiser) == 0)
			name = promisers[i].name;
	switch (claim->requirement) {
	case REQUIREMENT_MAY:
	case REQUIREMENT_UNSPECIFIED:
		return buffer_format("left open by %s", name);
	case REQUIREMENT_IMPLEMENTED:
		return buffer_format("as %s does it", name);
	case REQUIREMENT_FOLKLORE:
		return buffer_format("said by %s", name);
	default:
		return buffer_format("promised by %s", name);
	}
}

const struct source *
claims_sources(size_t *count)
{
	*count = SOURCES;
	return sources;
}

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
