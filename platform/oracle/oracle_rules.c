/* SPDX-License-Identifier: BSD-2-Clause */
/* What oracles say their rules with, and rules that several have. */
#include "platform/oracle/oracle_rules.h"

#include <stdbool.h>
#include <stddef.h>

void
oracle_start(
    struct oracle_answer *answer, unsigned long keeps, const char *rule)
{
	int i;

	for (i = 0; i < ORACLE_ASPECTS; i++) {
		answer->allowed[i] = ORACLE_ANY;
		answer->rule[i] = "no rule";
		answer->source[i] = "none";
	}
	answer->allowed[ORACLE_OUTCOME] = 0;
	answer->unspecified = 0;
	answer->keeps = keeps;
	answer->loses = 0;
	answer->failed_rule = rule;
}

bool
oracle_allow(struct oracle_answer *answer, unsigned long outcomes,
    const char *rule, const char *source)
{
	if (answer->allowed[ORACLE_OUTCOME] == 0) {
		answer->rule[ORACLE_OUTCOME] = rule;
		answer->source[ORACLE_OUTCOME] = source;
	}
	answer->allowed[ORACLE_OUTCOME] |= outcomes;
	return true;
}

void
oracle_promise(struct oracle_answer *answer, enum oracle_aspect aspect,
    unsigned long values, const char *rule, const char *source)
{
	answer->allowed[aspect] = values;
	answer->rule[aspect] = rule;
	answer->source[aspect] = source;
}

void
oracle_promise_mapping(struct oracle_answer *answer,
    const struct oracle_request *request, bool shared, bool zero,
    const char *source)
{
	if (request->roles & ORACLE_FIXED) {
		oracle_promise(answer, ORACLE_OLD, ORACLE_REPLACED,
		    "MAP_FIXED replaces what is there", source);
		oracle_promise(answer, ORACLE_PLACE, ORACLE_EXACT,
		    "MAP_FIXED: at exactly that address", source);
	} else if (request->occupied) {
		oracle_promise(answer, ORACLE_OLD, ORACLE_KEPT,
		    "a hint replaces nothing", source);
		oracle_promise(answer, ORACLE_PLACE, ORACLE_ELSEWHERE,
		    "a hint replaces nothing", source);
	}
	oracle_promise(answer, ORACLE_NEIGHBOURS, ORACLE_INTACT,
	    "only pages of the range are replaced", source);
	oracle_promise(answer, ORACLE_CONTENTS,
	    zero ? ORACLE_ZERO : ORACLE_OBJECT_BYTES,
	    zero ? "anonymous memory is zero at first"
		 : "the object's bytes, then zero",
	    source);
	if (shared) {
		oracle_promise(answer, ORACLE_SHARING, ORACLE_IS_SHARED,
		    "MAP_SHARED: other holders see a store", source);
		if (!zero)
			oracle_promise(answer, ORACLE_REACH, ORACLE_REACHED,
			    "MAP_SHARED: a store changes the object", source);
	} else {
		oracle_promise(answer, ORACLE_SHARING, ORACLE_IS_PRIVATE,
		    "MAP_PRIVATE: nobody else sees a store", source);
		if (!zero)
			oracle_promise(answer, ORACLE_REACH, ORACLE_UNTOUCHED,
			    "MAP_PRIVATE: a store does not change the object",
			    source);
	}
	if (zero)
		oracle_promise(answer, ORACLE_REACH, ORACLE_UNTOUCHED,
		    "no object stands behind anonymous memory", source);
}

void
oracle_promise_access(struct oracle_answer *answer,
    const struct oracle_request *request, const struct oracle_access *access)
{
	const char *granted = access->granted_by.rule;
	const char *source = access->granted_by.source;

	if (request->prot == 0)
		oracle_promise(answer, ORACLE_LOAD, access->denied,
		    "PROT_NONE: no access", source);
	else if (request->prot & ORACLE_READ)
		oracle_promise(
		    answer, ORACLE_LOAD, access->load, granted, source);
	else
		oracle_promise(answer, ORACLE_LOAD, access->unreadable,
		    access->unreadable_by.rule, access->unreadable_by.source);
	if (request->prot & ORACLE_WRITE)
		oracle_promise(
		    answer, ORACLE_STORE, access->store, granted, source);
	else
		oracle_promise(answer, ORACLE_STORE, access->denied,
		    access->unwritable_by.rule, access->unwritable_by.source);
	if (request->prot & ORACLE_EXECUTE)
		oracle_promise(
		    answer, ORACLE_JUMP, access->load, granted, source);
}

bool
oracle_is_past_end(const struct oracle_request *request)
{
	return request->object_size >= 0 &&
	    request->offset >= request->object_size;
}

bool
oracle_refuse_store(struct oracle_answer *answer,
    const struct oracle_request *request, const char *source)
{
	if ((request->roles & ORACLE_SHARED) == 0 ||
	    (request->prot & ORACLE_WRITE) == 0 ||
	    (request->open & ORACLE_OPEN_WRITE) != 0)
		return false;
	return oracle_allow(answer, ORACLE_EACCES,
	    "shared and writable on a descriptor not open for writing: EACCES",
	    source);
}

bool
oracle_refuse_mode(struct oracle_answer *answer,
    const struct oracle_request *request, const char *source)
{
	if ((request->prot & ORACLE_READ) &&
	    (request->open & ORACLE_OPEN_READ) == 0)
		return oracle_allow(answer, ORACLE_EACCES,
		    "PROT_READ on a descriptor not open for reading: EACCES",
		    source);
	return oracle_refuse_store(answer, request, source);
}

bool
oracle_refuse_noexec(struct oracle_answer *answer,
    const struct oracle_request *request, const struct oracle_facts *facts,
    const char *source)
{
	if ((request->prot & ORACLE_EXECUTE) == 0)
		return false;
	if (facts->noexec == 1)
		return oracle_allow(answer, ORACLE_EACCES,
		    "PROT_EXEC on a noexec file system: EACCES", source);
	if (facts->noexec < 0)
		answer->allowed[ORACLE_OUTCOME] |= ORACLE_EACCES;
	return false;
}
