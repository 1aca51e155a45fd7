/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Known deviations: which line of platform/known covers a case here.
 * platform/known.awk has checked the columns, so they are taken as they are.
 */
#include "platform.h"

#include <sys/utsname.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct plat_known known[] = {
#include "known.inc"
	/* clang-format off */
	{ NULL, NULL, NULL, NULL, NULL, NULL, NULL }
	/* clang-format on */
};

/* One dotted number, or 0 where the text ends; *text moves past it. */
static unsigned long
next_number(const char **text)
{
	unsigned long number = 0;
	char *end;

	if (**text >= '0' && **text <= '9') {
		number = strtoul(*text, &end, 10);
		*text = end;
		if (**text == '.')
			++*text;
	}
	return number;
}

/*
 * Below 0, 0 or above 0 as release is older than, equal to or newer than
 * version.  Only the leading dotted numbers count ("14.0-STABLE" is 14.0),
 * and missing ones are 0 (6.12 equals 6.12.0).
 */
static int
compare_release(const char *release, const char *version)
{
	while (*version >= '0' && *version <= '9') {
		unsigned long a = next_number(&release);
		unsigned long b = next_number(&version);

		if (a != b)
			return a < b ? -1 : 1;
	}
	while (*release >= '0' && *release <= '9') {
		if (next_number(&release) != 0)
			return 1;
	}
	return 0;
}

/* One condition of the versions column, such as ">=6.7". */
static bool
release_fits(const char *release, const char *condition)
{
	size_t sign = strspn(condition, "<>=");
	int order = compare_release(release, condition + sign);
	bool fits = false;

	if (memchr(condition, '=', sign) != NULL)
		fits = order == 0;
	if (condition[0] == '<')
		fits = fits || order < 0;
	if (condition[0] == '>')
		fits = fits || order > 0;
	return fits;
}

/* A boolean as the when column spells it; an unknown one is neither. */
static const char *
yes_or_no(int value)
{
	if (value < 0)
		return "unknown";
	return value ? "yes" : "no";
}

/* Whether what is known here about key is value. */
static bool
fact_is(const char *key, const char *value, const char *directory)
{
	struct plat_facts facts;
	struct utsname name;
	char buf[128] = "unknown";
	bool given;

	if (strcmp(key, "boot") == 0)
		return plat_boot_option(value, &given) == 0 && given;
	plat_facts(&facts);
	if (strcmp(key, "fs") == 0)
		plat_filesystem(directory, buf, sizeof(buf));
	else if (strcmp(key, "page") == 0)
		snprintf(buf, sizeof(buf), "%ld", facts.page_size);
	else if (strcmp(key, "min_address") == 0)
		snprintf(buf, sizeof(buf), "%lld", facts.min_address);
	else if (strcmp(key, "arch") == 0 && uname(&name) >= 0)
		snprintf(buf, sizeof(buf), "%s", name.machine);
	else if (strcmp(key, "bits") == 0)
		snprintf(buf, sizeof(buf), "%zu", 8 * sizeof(void *));
	else if (strcmp(key, "libc") == 0) {
		/* The name without the version. */
		if (plat_libc(buf, sizeof(buf)) == 0)
			buf[strcspn(buf, " ")] = '\0';
	} else if (strcmp(key, "emulator") == 0)
		plat_emulator(buf, sizeof(buf));
	else if (strcmp(key, "container") == 0)
		plat_container(buf, sizeof(buf));
	else if (strcmp(key, "privileged") == 0) {
		int yes = facts.can_change_settings;

		if (yes == 1)
			yes = facts.can_lock_memory;
		snprintf(buf, sizeof(buf), "%s", yes_or_no(yes));
	} else if (strcmp(key, "overcommit") == 0)
		snprintf(buf, sizeof(buf), "%d", facts.overcommit);
	else if (strcmp(key, "huge_pages") == 0) {
		if (facts.huge_pages_free >= 0)
			snprintf(buf, sizeof(buf), "%s",
			    facts.huge_pages_free > 0 ? "some" : "none");
	} else if (strcmp(key, "posix") == 0)
		snprintf(buf, sizeof(buf), "%ld", sysconf(_SC_VERSION));
	else if (strcmp(key, "aslr") == 0)
		snprintf(buf, sizeof(buf), "%s", yes_or_no(facts.aslr));
	return strcmp(buf, value) == 0;
}

/* Whether every condition of a comma list holds; "*" always does. */
static bool
all_hold(const char *list,
    bool (*holds)(const char *condition, const void *arg), const void *arg)
{
	char condition[128];

	if (strcmp(list, "*") == 0)
		return true;
	for (;;) {
		size_t len = strcspn(list, ",");

		snprintf(condition, sizeof(condition), "%.*s", (int)len, list);
		if (!holds(condition, arg))
			return false;
		if (list[len] == '\0')
			return true;
		list += len + 1;
	}
}

static bool
version_holds(const char *condition, const void *release)
{
	return release_fits(release, condition);
}

static bool
when_holds(const char *condition, const void *directory)
{
	char key[128];
	size_t len = strcspn(condition, "=");

	snprintf(key, sizeof(key), "%.*s", (int)len, condition);
	return fact_is(key, condition + len + 1, directory);
}

/* Whether the first column, "program:case" or "program:*", covers the case. */
static bool
covers(const char *test, const char *program, const char *name)
{
	size_t len = strlen(program);

	if (strncmp(test, program, len) != 0 || test[len] != ':')
		return false;
	test += len + 1;
	return strcmp(test, "*") == 0 || strcmp(test, name) == 0;
}

static bool
in_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/*
 * Whether words are in text as whole words: "ok" is in "store: ok", and
 * neither in "book" nor in "ok_alone".
 */
static bool
says(const char *text, const char *words)
{
	size_t length = strlen(words);

	for (const char *at = strstr(text, words); at != NULL;
	     at = strstr(at + 1, words)) {
		bool starts =
		    at == text || !in_word(at[-1]) || !in_word(words[0]);
		bool ends = !in_word(words[length - 1]) || !in_word(at[length]);

		if (starts && ends)
			return true;
	}
	return false;
}

static const struct plat_known *
find_known(const char *system, const char *program, const char *name,
    const char *directory, const char *observed)
{
	const struct plat_known *line;
	char release[128];

	if (plat_release(release, sizeof(release)) != 0)
		release[0] = '\0';
	for (line = known; line->system != NULL; line++) {
		if (strcmp(line->system, system) == 0 &&
		    covers(line->test, program, name) &&
		    all_hold(line->versions, version_holds, release) &&
		    all_hold(line->when, when_holds, directory) &&
		    (observed == NULL || says(observed, line->observed)))
			return line;
	}
	return NULL;
}

const struct plat_known *
plat_known(const char *program, const char *name, const char *directory,
    const char *observed)
{
	const struct plat_known *line;

	line = find_known(plat_name(), program, name, directory, observed);
	if (line == NULL)
		line = find_known("any", program, name, directory, observed);
	return line;
}

const struct plat_known *
plat_known_all(size_t *count)
{
	*count = sizeof(known) / sizeof(known[0]) - 1;
	return known;
}
