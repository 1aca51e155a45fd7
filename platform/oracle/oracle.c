/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The values of all aspects and errors in words, sets of them, and the verdict
 * on an observation.
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
/* clang-format on */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

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

/*
 * Whether the answer allows the observation; if not, *breach (unless NULL)
 * tells the first aspect that leaves it.
 */
static bool
is_allowed(const struct oracle_answer *answer,
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

const char *
oracle_class_name(enum oracle_class which)
{
	switch (which) {
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

	if (system != NULL && !is_allowed(system, observation, breach))
		return ORACLE_FINDING;
	conforms =
	    is_allowed(portable, observation, system == NULL ? breach : NULL);
	if (!conforms)
		return system == NULL ? ORACLE_FINDING : ORACLE_DEVIATION;
	if ((outcome & portable->allowed[ORACLE_OUTCOME]) == 0)
		return ORACLE_EXTENSION;
	return ORACLE_PORTABLE;
}
