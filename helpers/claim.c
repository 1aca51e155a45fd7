/* SPDX-License-Identifier: BSD-2-Clause */
#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "claim.h"
#include "platform/platform.h"

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
