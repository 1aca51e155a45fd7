/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What all oracles share: words for values, sets of them, and the verdict on
 * an observation.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/oracle/oracle.h"

struct word {
	const char *text;
	unsigned long bits;
};

/* Of several words that fit a set, the first is printed. */
/* clang-format off */
static const struct word outcome_words[] = {
	{ "ok",        ORACLE_OK },
	{ "EACCES",    ORACLE_EACCES },
	{ "EAGAIN",    ORACLE_EAGAIN },
	{ "EBADF",     ORACLE_EBADF },
	{ "EEXIST",    ORACLE_EEXIST },
	{ "EFBIG",     ORACLE_EFBIG },
	{ "EINVAL",    ORACLE_EINVAL },
	{ "EMFILE",    ORACLE_EMFILE },
	{ "ENFILE",    ORACLE_ENFILE },
	{ "ENODEV",    ORACLE_ENODEV },
	{ "ENOENT",    ORACLE_ENOENT },
	{ "ENOMEM",    ORACLE_ENOMEM },
	{ "ENOSYS",    ORACLE_ENOSYS },
	{ "ENOTSUP",   ORACLE_ENOTSUP },
	{ "ENXIO",     ORACLE_ENXIO },
	{ "EOVERFLOW", ORACLE_EOVERFLOW },
	{ "EPERM",     ORACLE_EPERM },
	{ "ETXTBSY",   ORACLE_ETXTBSY },
	{ "other",     ORACLE_OTHER },
	{ NULL, 0 }
};

static const struct word old_words[] = {
	{ "kept",     ORACLE_KEPT },
	{ "gone",     ORACLE_GONE },
	{ "replaced", ORACLE_REPLACED },
	{ "changed",  ORACLE_CHANGED },
	{ NULL, 0 }
};

static const struct word place_words[] = {
	{ "exact",     ORACLE_EXACT },
	{ "elsewhere", ORACLE_ELSEWHERE },
	{ NULL, 0 }
};

static const struct word neighbours_words[] = {
	{ "intact",  ORACLE_INTACT },
	{ "damaged", ORACLE_DAMAGED },
	{ NULL, 0 }
};

static const struct word contents_words[] = {
	{ "zero",    ORACLE_ZERO },
	{ "object",  ORACLE_OBJECT_BYTES },
	{ "foreign", ORACLE_FOREIGN_BYTES },
	{ NULL, 0 }
};

static const struct word sharing_words[] = {
	{ "shared",  ORACLE_IS_SHARED },
	{ "private", ORACLE_IS_PRIVATE },
	{ "lost",    ORACLE_IS_LOST },
	{ NULL, 0 }
};

static const struct word reach_words[] = {
	{ "reached",   ORACLE_REACHED },
	{ "untouched", ORACLE_UNTOUCHED },
	{ "one-way",   ORACLE_ONE_WAY },
	{ NULL, 0 }
};

static const struct word residency_words[] = {
	{ "all",  ORACLE_ALL },
	{ "some", ORACLE_SOME },
	{ "none", ORACLE_NONE },
	{ NULL, 0 }
};

static const struct word backing_words[] = {
	{ "huge",     ORACLE_HUGE_PAGES },
	{ "ordinary", ORACLE_ORDINARY_PAGES },
	{ NULL, 0 }
};

/* The bare signal stands for its usual si_code, and for "code not known". */
static const struct word access_words[] = {
	{ "ok",             ORACLE_ACCESS },
	{ "SIGSEGV",        ORACLE_SEGV },
	{ "SIGSEGV",        ORACLE_SEGV_ACCERR },
	{ "SIGSEGV/MAPERR", ORACLE_SEGV_MAPERR },
	{ "SIGSEGV/other",  ORACLE_SEGV_OTHER },
	{ "SIGBUS",         ORACLE_BUS },
	{ "SIGBUS",         ORACLE_BUS_ADRERR },
	{ "SIGBUS/other",   ORACLE_BUS_OTHER },
	{ "lost",           ORACLE_LOST },
	{ NULL, 0 }
};

static const struct {
	const char *name;
	const struct word *words;
} aspects[ORACLE_ASPECTS] = {
	[ORACLE_OUTCOME] =    { "outcome",    outcome_words },
	[ORACLE_PLACE] =      { "place",      place_words },
	[ORACLE_OLD] =        { "old",        old_words },
	[ORACLE_NEIGHBOURS] = { "neighbours", neighbours_words },
	[ORACLE_RESIDENCY] =  { "resident",   residency_words },
	[ORACLE_BACKING] =    { "pages",      backing_words },
	[ORACLE_LOAD] =       { "read",       access_words },
	[ORACLE_CONTENTS] =   { "contents",   contents_words },
	[ORACLE_STORE] =      { "write",      access_words },
	[ORACLE_JUMP] =       { "execute",    access_words },
	[ORACLE_SHARING] =    { "sharing",    sharing_words },
	[ORACLE_REACH] =      { "object",     reach_words },
};

static const struct {
	int error;
	unsigned long bit;
} errors[] = {
	{ 0,         ORACLE_OK },
	{ EACCES,    ORACLE_EACCES },
	{ EAGAIN,    ORACLE_EAGAIN },
	{ EBADF,     ORACLE_EBADF },
	{ EEXIST,    ORACLE_EEXIST },
	{ EFBIG,     ORACLE_EFBIG },
	{ EINVAL,    ORACLE_EINVAL },
	{ EMFILE,    ORACLE_EMFILE },
	{ ENFILE,    ORACLE_ENFILE },
	{ ENODEV,    ORACLE_ENODEV },
	{ ENOENT,    ORACLE_ENOENT },
	{ ENOMEM,    ORACLE_ENOMEM },
	{ ENOSYS,    ORACLE_ENOSYS },
	{ ENOTSUP,   ORACLE_ENOTSUP },
	{ EOPNOTSUPP, ORACLE_ENOTSUP },
	{ ENXIO,     ORACLE_ENXIO },
	{ EOVERFLOW, ORACLE_EOVERFLOW },
	{ EPERM,     ORACLE_EPERM },
	{ ETXTBSY,   ORACLE_ETXTBSY },
};

static const struct {
	const char *system;
	oracle_function *function;
} oracles[] = {
	{ "portable",  oracle_portable },
	{ "linux",     oracle_linux },
	{ "freebsd",   oracle_freebsd },
	{ "netbsd",    oracle_netbsd },
	{ "openbsd",   oracle_openbsd },
	{ "gvisor",    oracle_gvisor },
	{ "qemu-user", oracle_qemu_user },
	{ "uml",       oracle_uml },
};
/* clang-format on */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

oracle_function *
oracle_for(const char *system)
{
	size_t i;

	for (i = 0; i < COUNT(oracles); i++)
		if (strcmp(oracles[i].system, system) == 0)
			return oracles[i].function;
	return NULL;
}

long
oracle_release(const char *text)
{
	long part[3] = { 0, 0, 0 };
	char *end;
	int i;

	for (i = 0; i < 3; i++) {
		if (*text < '0' || *text > '9')
			break;
		part[i] = strtol(text, &end, 10);
		if (part[i] > 999)
			part[i] = 999;
		text = end;
		if (*text != '.')
			break;
		text++;
	}
	if (part[0] == 0 && part[1] == 0)
		return -1;
	return part[0] * 1000000 + part[1] * 1000 + part[2];
}

const char *
oracle_aspect_name(enum oracle_aspect aspect)
{
	return aspects[aspect].name;
}

unsigned long
oracle_outcome(int error)
{
	size_t i;

	for (i = 0; i < COUNT(errors); i++)
		if (errors[i].error == error)
			return errors[i].bit;
	return ORACLE_OTHER;
}

/* Appends text at *used, cut off at the buffer's end. */
static void
append(char *buf, size_t size, size_t *used, const char *text)
{
	size_t length = strlen(text);

	if (size == 0 || *used >= size - 1)
		return;
	if (length > size - 1 - *used)
		length = size - 1 - *used;
	memcpy(buf + *used, text, length);
	*used += length;
	buf[*used] = '\0';
}

char *
oracle_print_set(
    enum oracle_aspect aspect, unsigned long set, char *buf, size_t size)
{
	const struct word *word;
	unsigned long all = 0, left = set;
	size_t used = 0;

	if (size > 0)
		buf[0] = '\0';
	for (word = aspects[aspect].words; word->text != NULL; word++)
		all |= word->bits;
	if ((set & all) == all) {
		append(buf, size, &used, "any");
		return buf;
	}
	for (word = aspects[aspect].words; word->text != NULL; word++) {
		if ((left & word->bits) != word->bits)
			continue;
		left &= ~word->bits;
		if (used > 0)
			append(buf, size, &used, "|");
		append(buf, size, &used, word->text);
	}
	if (used == 0)
		append(buf, size, &used, "none");
	return buf;
}

unsigned long
oracle_parse_word(enum oracle_aspect aspect, const char *text)
{
	const struct word *word;

	for (word = aspects[aspect].words; word->text != NULL; word++)
		if (strcmp(word->text, text) == 0)
			return word->bits;
	return 0;
}

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

static bool
breach_at(struct oracle_breach *breach, enum oracle_aspect aspect,
    unsigned long seen, unsigned long allowed, const char *rule,
    const char *source)
{
	if (breach != NULL) {
		breach->aspect = aspect;
		breach->seen = seen;
		breach->allowed = allowed;
		breach->rule = rule;
		breach->source = source;
	}
	return false;
}

bool
oracle_allows(const struct oracle_answer *answer,
    const struct oracle_observation *observation, struct oracle_breach *breach)
{
	const unsigned long *seen = observation->seen;
	unsigned long outcome = seen[ORACLE_OUTCOME];
	unsigned long allowed, wanted;
	int i;

	allowed = answer->allowed[ORACLE_OUTCOME] | answer->unspecified;
	if ((outcome & allowed) == 0)
		return breach_at(breach, ORACLE_OUTCOME, outcome, allowed,
		    answer->rule[ORACLE_OUTCOME],
		    answer->source[ORACLE_OUTCOME]);
	if ((outcome & answer->allowed[ORACLE_OUTCOME]) == 0)
		return true;
	if (outcome != ORACLE_OK) {
		wanted = ORACLE_ANY;
		if (outcome & answer->keeps)
			wanted = ORACLE_KEPT;
		else if (outcome & answer->loses)
			wanted = ORACLE_GONE;
		if (seen[ORACLE_OLD] != 0 && (seen[ORACLE_OLD] & wanted) == 0)
			return breach_at(breach, ORACLE_OLD, seen[ORACLE_OLD],
			    wanted, answer->failed_rule,
			    answer->source[ORACLE_OUTCOME]);
		return true;
	}
	for (i = ORACLE_OUTCOME + 1; i < ORACLE_ASPECTS; i++)
		if (seen[i] != 0 && (seen[i] & answer->allowed[i]) == 0)
			return breach_at(breach, (enum oracle_aspect)i, seen[i],
			    answer->allowed[i], answer->rule[i],
			    answer->source[i]);
	return true;
}

char *
oracle_print_breach(const struct oracle_observation *observation,
    const struct oracle_breach *breach, char *buf, size_t size)
{
	const char *name = aspects[breach->aspect].name;
	char seen[128], allowed[256], outcome[128];

	oracle_print_set(breach->aspect, breach->seen, seen, sizeof(seen));
	oracle_print_set(
	    breach->aspect, breach->allowed, allowed, sizeof(allowed));
	oracle_print_set(ORACLE_OUTCOME, observation->seen[ORACLE_OUTCOME],
	    outcome, sizeof(outcome));
	if (breach->aspect == ORACLE_OUTCOME)
		snprintf(buf, size, "%s, allowed %s [%s; %s]", seen, allowed,
		    breach->rule, breach->source);
	else
		snprintf(buf, size, "%s with %s=%s, allowed %s=%s [%s; %s]",
		    outcome, name, seen, name, allowed, breach->rule,
		    breach->source);
	return buf;
}

char *
oracle_print_observation(
    const struct oracle_observation *observation, char *buf, size_t size)
{
	char value[128];
	size_t used = 0;
	int i;

	for (i = ORACLE_OUTCOME + 1; i < ORACLE_ASPECTS; i++) {
		if (observation->seen[i] == 0)
			continue;
		oracle_print_set((enum oracle_aspect)i, observation->seen[i],
		    value, sizeof(value));
		if (used > 0)
			append(buf, size, &used, " ");
		append(buf, size, &used, aspects[i].name);
		append(buf, size, &used, "=");
		append(buf, size, &used, value);
	}
	if (used == 0)
		append(buf, size, &used, "-");
	return buf;
}

const char *oracle_class_name(enum oracle_class class)
{
	switch (class) {
	case ORACLE_PORTABLE:
		return "portable";
	case ORACLE_EXTENSION:
		return "extension";
	case ORACLE_DEVIATION:
		return "deviation";
	case ORACLE_FINDING:
		break;
	}
	return "finding";
}

enum oracle_class
oracle_classify(const struct oracle_answer *portable,
    const struct oracle_answer *system,
    const struct oracle_observation *observation, struct oracle_breach *breach)
{
	unsigned long outcome = observation->seen[ORACLE_OUTCOME];
	bool conforms;

	if (system != NULL && !oracle_allows(system, observation, breach))
		return ORACLE_FINDING;
	conforms = oracle_allows(
	    portable, observation, system == NULL ? breach : NULL);
	if (!conforms)
		return system == NULL ? ORACLE_FINDING : ORACLE_DEVIATION;
	if ((outcome & portable->allowed[ORACLE_OUTCOME]) == 0)
		return ORACLE_EXTENSION;
	return ORACLE_PORTABLE;
}
