/* SPDX-License-Identifier: BSD-2-Clause */
#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "claim.h"
#include "platform/platform.h"

const char *
claim_source(const struct claim *claim)
{
	static const struct {
		const char *key, *name;
	} sources[] = {
#define SOURCE(key, name, author, title, edition, date, address) { #key, name },
#include "tests/sources.def"
#undef SOURCE
	};

	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
		if (strcmp(sources[i].key, claim->source) == 0)
			return sources[i].name;
	return claim->source;
}

const char *
claim_promiser_word(const struct claim *claim)
{
	static char word[16];
	size_t i;

	for (i = 0; i < sizeof(word) - 1 && claim->promiser_name[i] != '\0';
	     i++)
		word[i] = (char)tolower((unsigned char)claim->promiser_name[i]);
	word[i] = '\0';
	return word;
}

bool
claim_is_survey(const struct claim *claim)
{
	if (claim->requirement == UNSPECIFIED || claim->requirement == MAY)
		return true;
	return claim->promiser != POSIX && claim->promiser != PEOPLE &&
	    strcmp(claim_promiser_word(claim), plat_name()) != 0;
}
