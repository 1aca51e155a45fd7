/* SPDX-License-Identifier: BSD-2-Clause */
#include "claim.h"

const char *
claim_source_name(enum claim_source source)
{
	static const char *const names[] = {
#define SOURCE(key, name, author, title, edition, date, address) name,
#include "tests/sources.def"
#undef SOURCE
	};

	return names[source];
}

const char *
claim_requirement_word(enum claim_requirement requirement)
{
	static const char *const words[] = { "SHALL", "SHOULD", "MAY",
		"UNSPECIFIED", "DOCUMENTED", "IMPLEMENTED", "FOLKLORE" };

	return words[requirement];
}
