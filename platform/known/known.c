/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Known deviations: which line of platform/known covers a case here.
 * known.awk has checked the columns, so they are taken as they are.
 */
#include "platform/platform.h"

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

/*
 * ----- Facts of the when column -------------------------------------------
 *
 * Each writes what is known, or leaves the buffer as it was, which says that
 * nothing is: no condition holds of that.
 */

#define FACT 128

static char emulator_version[FACT];

void
plat_tell_emulator_version(const char *version)
{
	snprintf(emulator_version, sizeof(emulator_version), "%s",
	    version != NULL ? version : "");
}

const char *
plat_emulator_version(void)
{
	return emulator_version;
}

static struct plat_facts
facts(void)
{
	struct plat_facts found;

	plat_facts(&found);
	return found;
}

static void
tell_number(char *buf, long long value)
{
	if (value != -1)
		snprintf(buf, FACT, "%lld", value);
}

static void
tell_boolean(char *buf, int value)
{
	if (value != -1)
		snprintf(buf, FACT, "%s", value ? "yes" : "no");
}

static void
tell_fs(const char *directory, char *buf)
{
	plat_filesystem(directory, buf, FACT);
}

static void
tell_storage(const char *directory, char *buf)
{
	bool yes;

	if (plat_has_storage(directory, &yes) == 0)
		tell_boolean(buf, yes);
}

static void
tell_dax(const char *directory, char *buf)
{
	bool yes;

	if (plat_dax(directory, &yes) == 0)
		tell_boolean(buf, yes);
}

static void
tell_noexec(const char *directory, char *buf)
{
	bool yes;

	if (plat_noexec(directory, &yes) == 0)
		tell_boolean(buf, yes);
}

static void
tell_page(const char *directory, char *buf)
{
	(void)directory;
	tell_number(buf, facts().page_size);
}

static void
tell_min_address(const char *directory, char *buf)
{
	(void)directory;
	tell_number(buf, facts().min_address);
}

static void
tell_arch(const char *directory, char *buf)
{
	struct utsname name;

	(void)directory;
	if (uname(&name) >= 0)
		snprintf(buf, FACT, "%s", name.machine);
}

static void
tell_bits(const char *directory, char *buf)
{
	(void)directory;
	tell_number(buf, 8 * (long long)sizeof(void *));
}

/* The name without the version. */
static void
tell_libc(const char *directory, char *buf)
{
	(void)directory;
	if (plat_libc(buf, FACT) == 0)
		buf[strcspn(buf, " ")] = '\0';
}

static void
tell_libc_version(const char *directory, char *buf)
{
	char text[FACT];
	const char *version;

	(void)directory;
	if (plat_libc(text, sizeof(text)) != 0)
		return;
	version = strchr(text, ' ');
	if (version != NULL)
		snprintf(buf, FACT, "%s", version + 1);
}

static void
tell_emulator(const char *directory, char *buf)
{
	(void)directory;
	plat_emulator(buf, FACT);
}

static void
tell_emulator_version(const char *directory, char *buf)
{
	(void)directory;
	snprintf(buf, FACT, "%s", emulator_version);
}

static void
tell_container(const char *directory, char *buf)
{
	(void)directory;
	plat_container(buf, FACT);
}

static void
tell_privileged(const char *directory, char *buf)
{
	struct plat_facts found = facts();

	(void)directory;
	tell_boolean(buf,
	    found.can_change_settings == 1 ? found.can_lock_memory
					   : found.can_change_settings);
}

static void
tell_overcommit(const char *directory, char *buf)
{
	(void)directory;
	tell_number(buf, facts().overcommit);
}

static void
tell_huge_pages(const char *directory, char *buf)
{
	long pages = facts().huge_pages_free;

	(void)directory;
	if (pages >= 0)
		snprintf(buf, FACT, "%s", pages > 0 ? "some" : "none");
}

static void
tell_thp(const char *directory, char *buf)
{
	(void)directory;
	plat_thp(buf, FACT);
}

static void
tell_posix(const char *directory, char *buf)
{
	(void)directory;
	tell_number(buf, sysconf(_SC_VERSION));
}

static void
tell_aslr(const char *directory, char *buf)
{
	int aslr = facts().aslr;

	(void)directory;
	tell_boolean(buf, aslr > 0 ? 1 : aslr);
}

static void
tell_wx(const char *directory, char *buf)
{
	(void)directory;
	tell_boolean(buf, facts().wx);
}

static const struct {
	const char *key;
	void (*tell)(const char *directory, char *buf);
} keys[] = {
	{ "aslr", tell_aslr },
	{ "arch", tell_arch },
	{ "bits", tell_bits },
	{ "container", tell_container },
	{ "dax", tell_dax },
	{ "emulator", tell_emulator },
	{ "emulator_version", tell_emulator_version },
	{ "fs", tell_fs },
	{ "huge_pages", tell_huge_pages },
	{ "libc", tell_libc },
	{ "libc_version", tell_libc_version },
	{ "min_address", tell_min_address },
	{ "noexec", tell_noexec },
	{ "overcommit", tell_overcommit },
	{ "page", tell_page },
	{ "posix", tell_posix },
	{ "privileged", tell_privileged },
	{ "storage", tell_storage },
	{ "thp", tell_thp },
	{ "wx", tell_wx },
};

/* One condition of the when column, such as "fs=ext4" or "thp!=none". */
static bool
fact_fits(const char *condition, const char *directory)
{
	size_t length = strcspn(condition, "=!<>");
	const char *sign = condition + length;
	char fact[FACT] = "";
	bool given;

	if (strncmp(condition, "boot=", 5) == 0)
		return plat_boot_option(sign + 1, &given) == 0 && given;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strlen(keys[i].key) == length &&
		    memcmp(keys[i].key, condition, length) == 0)
			keys[i].tell(directory, fact);
	if (fact[0] == '\0')
		return false;
	if (length > 8 && memcmp(sign - 8, "_version", 8) == 0)
		return release_fits(fact, sign);
	if (sign[0] == '!')
		return strcmp(fact, sign + 2) != 0;
	return strcmp(fact, sign + 1) == 0;
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
	return fact_fits(condition, directory);
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

/* How many conditions a column has. */
static int
count_conditions(const char *list)
{
	int count = strcmp(list, "*") != 0;

	for (const char *at = list; (at = strchr(at, ',')) != NULL; at++)
		count++;
	return count;
}

/*
 * Whether of two lines that both cover a case the one is the more particular:
 * it names the case, its conditions are more, its words are longer.  The order
 * of the lines means nothing; known.awk refuses two that are alike in all this.
 */
static bool
is_closer(const struct plat_known *one, const struct plat_known *other)
{
	int order = (strchr(one->test, '*') == NULL) -
	    (strchr(other->test, '*') == NULL);

	if (order == 0)
		order = count_conditions(one->versions) +
		    count_conditions(one->when) -
		    count_conditions(other->versions) -
		    count_conditions(other->when);
	if (order == 0)
		order =
		    (int)strlen(one->observed) - (int)strlen(other->observed);
	if (order == 0)
		order = strcmp(one->observed, other->observed);
	if (order == 0)
		order = strcmp(one->when, other->when);
	if (order == 0)
		order = strcmp(one->versions, other->versions);
	return order > 0;
}

static const struct plat_known *
find_known(const char *system, const char *program, const char *name,
    const char *directory, const char *observed)
{
	const struct plat_known *line, *found = NULL;
	char release[128];

	if (plat_release(release, sizeof(release)) != 0)
		release[0] = '\0';
	for (line = known; line->system != NULL; line++) {
		if (strcmp(line->system, system) == 0 &&
		    covers(line->test, program, name) &&
		    all_hold(line->versions, version_holds, release) &&
		    all_hold(line->when, when_holds, directory) &&
		    (observed == NULL || says(observed, line->observed)) &&
		    (found == NULL || is_closer(line, found)))
			found = line;
	}
	return found;
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
