/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For the oracles themselves: what they say their rules with, and rules that
 * several systems have.
 */
#ifndef ORACLE_RULES_H
#define ORACLE_RULES_H

#include <stdbool.h>

#include "platform/oracle/oracle.h"

/*
 * An answer that allows nothing yet: no outcome, any value elsewhere.  What
 * becomes of an old mapping when a FIXED request fails: the errors in keeps
 * leave it, by that rule, which the source of the outcome gives.
 */
void oracle_start(
    struct oracle_answer *answer, unsigned long keeps, const char *rule);

/*
 * Adds outcomes that a rule allows; the first rule names itself.  Returns
 * true, so that a check can say "return oracle_allow(...)" for "decided".
 */
bool oracle_allow(struct oracle_answer *answer, unsigned long outcomes,
    const char *rule, const char *source);

/* Promises that, on success, an aspect has one of these values. */
void oracle_promise(struct oracle_answer *answer, enum oracle_aspect aspect,
    unsigned long values, const char *rule, const char *source);

/*
 * The promises that every source makes in its own words: place, old mapping
 * and neighbours of a FIXED request and of a hint, first contents, who sees a
 * store, and whether it reaches the object.  zero: there is no object, or one
 * that always gives zeros.
 */
void oracle_promise_mapping(struct oracle_answer *answer,
    const struct oracle_request *request, bool shared, bool zero,
    const char *source);

/* Why something is so. */
struct oracle_ground {
	const char *rule;
	const char *source;
};

/* What accesses do, and by which rules. */
struct oracle_access {
	unsigned long load;       /* granted; a jump does the same */
	unsigned long store;      /* granted */
	unsigned long denied;     /* not granted */
	unsigned long unreadable; /* a load where only others are granted */
	struct oracle_ground granted_by;
	struct oracle_ground unreadable_by;
	struct oracle_ground unwritable_by;
};

/* Promises what the protection asked for makes of that. */
void oracle_promise_access(struct oracle_answer *answer,
    const struct oracle_request *request, const struct oracle_access *access);

/* Whether the first page lies past the end of the object. */
bool oracle_is_past_end(const struct oracle_request *request);

/*
 * Rules that several systems have, each with its source; as oracle_allow(),
 * these return true where they refuse.
 *
 * A store needs a descriptor open for writing if it is to reach the object.
 */
bool oracle_refuse_store(struct oracle_answer *answer,
    const struct oracle_request *request, const char *source);

/* The same, and reading needs one open for reading. */
bool oracle_refuse_mode(struct oracle_answer *answer,
    const struct oracle_request *request, const char *source);

/* EACCES for execution that the file system refuses. */
bool oracle_refuse_noexec(struct oracle_answer *answer,
    const struct oracle_request *request, const struct oracle_facts *facts,
    const char *source);

#endif
