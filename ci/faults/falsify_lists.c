/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What there is: the programs' own lists of cases, the library's tables of
 * faults, and the tables beside it that say what has to come of both.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "falsify.h"
#include "telling.h"

struct test *tests;
const char *const *call_names;
size_t test_count;
struct defect *defects;
size_t defect_count;
struct breach *breaches;
size_t breach_count;
static struct exemption *exemptions;
static size_t exemption_count;

/* ----- Cases ---------------------------------------------------------------- */

static void
add_test(const char *program, const char *name, bool exclusive)
{
	tests = grow(tests, test_count + 1, sizeof(*tests));
	tests[test_count] = (struct test){ 0 };
	snprintf(tests[test_count].program, 64, "%.63s", program);
	snprintf(tests[test_count].name, 96, "%.95s", name);
	tests[test_count].exclusive = exclusive;
	test_count++;
}

/* The program's own list: "ident: NAME", "descr: TEXT" and "X-claim: ID". */
static void
list_program(const char *program, bool exclusive)
{
	char command[PATH_MAX + 128], line[1024];
	FILE *list;

	snprintf(command, sizeof(command), "'%s/tests/%s' -l", root, program);
	list = popen(command, "r");
	while (list != NULL && fgets(line, sizeof(line), list) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "ident: ", 7) == 0)
			add_test(program, line + 7, exclusive);
		else if (strncmp(line, "descr: ", 7) == 0 && test_count > 0)
			snprintf(tests[test_count - 1].text, 512, "%.511s",
			    line + 7);
		else if (strncmp(line, "X-claim: ", 9) == 0 && test_count > 0)
			snprintf(
			    tests[test_count - 1].claim, 96, "%.95s", line + 9);
	}
	if (list == NULL || pclose(list) != 0)
		complain(
		    EXIT_USAGE, "tests/%s cannot be listed; run make", program);
}

void
list_tests(void)
{
	char path[PATH_MAX + 32], line[256], name[64];
	FILE *file;

	snprintf(path, sizeof(path), "%s/tests/Kyuafile", root);
	file = fopen(path, "r");
	if (file == NULL)
		complain(EXIT_USAGE, "tests/Kyuafile: %s", strerror(errno));
	while (fgets(line, sizeof(line), file) != NULL)
		if (sscanf(line, "atf_test_program{name=\"%63[^\"]\"", name) ==
		    1)
			list_program(
			    name, strstr(line, "is_exclusive=true") != NULL);
	fclose(file);
}

struct test *
find_test(const char *id)
{
	for (size_t i = 0; i < test_count; i++) {
		size_t length = strlen(tests[i].program);

		if (strncmp(id, tests[i].program, length) == 0 &&
		    id[length] == ':' &&
		    strcmp(id + length + 1, tests[i].name) == 0)
			return &tests[i];
	}
	return NULL;
}

/* ----- Faults --------------------------------------------------------------- */

void
list_defects(void)
{
	const struct fault *const *tables;
	char path[PATH_MAX + 32];
	void *library;

	snprintf(path, sizeof(path), "%s/%s", root, LIBRARY);
	library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (library == NULL)
		complain(EXIT_USAGE, "%s; run make faults", dlerror());
	tables = dlsym(library, "fault_tables");
	call_names = dlsym(library, "fault_call_names");
	if (tables == NULL || call_names == NULL)
		complain(EXIT_USAGE, "%s has no faults", path);
	for (; *tables != NULL; tables++)
		for (const struct fault *row = *tables; row->name != NULL;
		     row++) {
			defects =
			    grow(defects, defect_count + 1, sizeof(*defects));
			defects[defect_count++] = (struct defect){ .row = row };
		}
}

struct defect *
find_defect(const char *name)
{
	for (size_t i = 0; i < defect_count; i++)
		if (strcmp(defects[i].row->name, name) == 0)
			return &defects[i];
	return NULL;
}

/* ----- Tables --------------------------------------------------------------- */

#define COLUMNS 4

/* Two or more columns between tabs, '#' comments; what a line lacks is NULL. */
static void
read_lines(const char *name, void (*put)(char **columns, int number))
{
	char path[PATH_MAX + 64], line[1024];
	int number = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", root, name);
	file = fopen(path, "r");
	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		char *columns[COLUMNS] = { NULL };
		char *rest = line;
		size_t count = 0;

		number++;
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '#' || line[0] == '\0')
			continue;
		if (strchr(line, '\r') != NULL)
			complain(EXIT_USAGE, "%s:%d: a carriage return", name,
			    number);
		while (rest != NULL && count < COLUMNS)
			columns[count++] = strsep(&rest, "\t");
		for (size_t i = 0; i < count; i++)
			if (columns[i][0] == '\0')
				count = 0;
		if (count < 2 || rest != NULL)
			complain(EXIT_USAGE, "%s:%d: not %s columns", name,
			    number, rest != NULL ? "so many" : "two");
		put(columns, number);
	}
	if (file != NULL)
		fclose(file);
}

static struct defect *
defect_in(const char *table, const char *name, int number)
{
	struct defect *defect = find_defect(name);

	if (defect == NULL)
		complain(EXIT_USAGE, "%s:%d: there is no fault %s", table,
		    number, name);
	return defect;
}

static void
put_unseen(char **columns, int number)
{
	struct defect *defect = defect_in(UNSEEN, columns[0], number);

	defect->unseen = strdup(columns[1]);
}

static bool
matches_id(const char *patterns, const struct test *test)
{
	char id[192];

	snprintf(id, sizeof(id), "%s:%s", test->program, test->name);
	return telling_matches(patterns, id);
}

/* A combination of flags has no claim: its case stands for it. */
static bool
matches_claim(const char *patterns, const struct test *test)
{
	if (test->claim[0] == '\0')
		return matches_id(patterns, test);
	return telling_matches(patterns, test->claim);
}

static bool
is_excused(const struct breach *breach, const struct test *test)
{
	return breach->excuse != NULL && matches_claim(breach->claim, test) &&
	    matches_id(breach->excuse, test);
}

/* Whether two columns are the same, or both missing. */
static bool
are_same(const char *one, const char *other)
{
	if (one == NULL || other == NULL)
		return one == other;
	return strcmp(one, other) == 0;
}

static void
refuse_double(const struct breach *breach)
{
	for (size_t i = 0; i < breach_count; i++)
		if (breaches[i].defect == breach->defect &&
		    are_same(breaches[i].claim, breach->claim) &&
		    are_same(breaches[i].excuse, breach->excuse))
			complain(EXIT_USAGE, "%s:%d: the same as line %d",
			    CLAIMS, breach->line, breaches[i].line);
}

static void
put_breach(char **columns, int number)
{
	struct breach breach = { .defect =
				     defect_in(CLAIMS, columns[0], number),
		.claim = strdup(columns[1]),
		.line = number };
	size_t of_claim = 0, excused = 0;

	if (columns[2] != NULL && columns[3] == NULL)
		complain(EXIT_USAGE, "%s:%d: no reason", CLAIMS, number);
	if (columns[2] != NULL) {
		breach.excuse = strdup(columns[2]);
		breach.reason = strdup(columns[3]);
	}
	for (size_t i = 0; i < test_count; i++) {
		of_claim += matches_claim(breach.claim, &tests[i]);
		excused += is_excused(&breach, &tests[i]);
	}
	if (of_claim == 0)
		complain(EXIT_USAGE, "%s:%d: there is no claim %s", CLAIMS,
		    number, breach.claim);
	if (breach.excuse != NULL && excused == 0)
		complain(EXIT_USAGE, "%s:%d: there is no case %s of it", CLAIMS,
		    number, breach.excuse);
	refuse_double(&breach);
	breaches = grow(breaches, breach_count + 1, sizeof(*breaches));
	breaches[breach_count++] = breach;
	breach.defect->lines++;
}

static void
put_exemption(char **columns, int number)
{
	struct exemption exemption = { .defect = defect_in(
					   GENERIC, columns[0], number),
		.cases = strdup(columns[1]),
		.line = number };
	size_t exempt = 0;

	if (!is_generic(exemption.defect))
		complain(EXIT_USAGE, "%s:%d: %s is not generic", GENERIC,
		    number, columns[0]);
	if (columns[2] == NULL)
		complain(EXIT_USAGE, "%s:%d: no reason", GENERIC, number);
	exemption.reason = strdup(columns[2]);
	for (size_t i = 0; i < test_count; i++)
		exempt += matches_id(exemption.cases, &tests[i]);
	if (exempt == 0)
		complain(EXIT_USAGE, "%s:%d: there is no case %s", GENERIC,
		    number, columns[1]);
	exemptions = grow(exemptions, exemption_count + 1, sizeof(exemption));
	exemptions[exemption_count++] = exemption;
}

void
read_tables(void)
{
	read_lines(GENERIC, put_exemption);
	read_lines(UNSEEN, put_unseen);
	read_lines(CLAIMS, put_breach);
}

const struct breach *
breach_of(const struct defect *defect, const struct test *test)
{
	for (size_t i = 0; i < breach_count; i++)
		if (breaches[i].defect == defect &&
		    matches_claim(breaches[i].claim, test))
			return &breaches[i];
	return NULL;
}

const struct breach *
excuse_of(const struct defect *defect, const struct test *test)
{
	for (size_t i = 0; i < breach_count; i++)
		if (breaches[i].defect == defect &&
		    is_excused(&breaches[i], test))
			return &breaches[i];
	return NULL;
}

const struct exemption *
exemption_of(const struct defect *defect, const struct test *test)
{
	for (size_t i = 0; i < exemption_count; i++)
		if (exemptions[i].defect == defect &&
		    matches_id(exemptions[i].cases, test))
			return &exemptions[i];
	return NULL;
}

#define HARDLY 64 /* less than any fault else */

int
telling(const struct defect *defect, const struct test *test)
{
	const struct fault *row = defect->row;
	int much = telling_of(row->name, row->defect, defect->lines,
	    test->claim[0] != '\0' ? test->text : test->name);

	return defect->unseen != NULL || row->unsteady ? much - HARDLY : much;
}
