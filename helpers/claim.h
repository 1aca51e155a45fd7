/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Claims: testable statements, each with a permanent id, a requirement word, a
 * promiser and a source.  Those of a program stand in tests/claims.d/, in the
 * file of its name; the sources in tests/sources.def.  A program has its own
 * by
 *
 *	#define CLAIMS "tests/claims.d/fixed.def"
 *	#include "helpers/claims.h"
 */
#ifndef HELPERS_CLAIM_H
#define HELPERS_CLAIM_H

#include <stdbool.h>

/* Requirement words; their meaning is that of CONTRIBUTING.md, "Words". */
enum claim_requirement {
	SHALL,
	SHOULD,
	MAY,
	UNSPECIFIED,
	DOCUMENTED,
	IMPLEMENTED,
	FOLKLORE
};

/*
 * Who promises a claim.  POSIX binds every system, and what PEOPLE say is
 * asked of every system; the others speak for their own.  On a system that does
 * not promise it, a case is a survey: see verdict_expect().
 */
enum claim_promiser {
	POSIX,
	LINUX,
	FREEBSD,
	NETBSD,
	OPENBSD,
	DRAGONFLY,
	MACOS,
	PEOPLE
};

struct claim {
	const char *id;
	enum claim_requirement requirement;
	const char *requirement_name; /* as above: "SHALL" */
	enum claim_promiser promiser;
	const char *promiser_name; /* "LINUX" */
	const char *source;        /* key of tests/sources.def */
	const char *section;
	const char *text;
};

/* The claim's source as it is cited: "POSIX.1-2024". */
const char *claim_source(const struct claim *claim);

/* The promiser as platform.h would name the system, in a static buffer. */
const char *claim_promiser_word(const struct claim *claim);

/*
 * Whether the claim is nobody's promise here.  What POSIX says and what people
 * say holds for every system.
 */
bool claim_is_survey(const struct claim *claim);

#endif
