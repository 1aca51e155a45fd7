/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program's own claims, from the file that CLAIMS names: CLAIM_ID for each,
 * and the table that rows point into.  To be included once.
 */
#ifndef HELPERS_CLAIMS_H
#define HELPERS_CLAIMS_H

#include "claim.h"

enum {
#define CLAIM(id, requirement, promiser, source, section, text) CLAIM_##id,
#include CLAIMS
#undef CLAIM
};

static const struct claim claims[] = {
#define CLAIM(id, requirement, promiser, source, section, text)         \
	{ #id, requirement, #requirement, promiser, #promiser, #source, \
		section, text },
#include CLAIMS
#undef CLAIM
};

#endif
