/* SPDX-License-Identifier: BSD-2-Clause */
#include <sys/types.h>

#include <atf-c.h>

#include <ctype.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "claim.h"
#include "guard.h"
#include "platform/platform.h"
#include "program.h"
#include "result.h"
#include "rounds.h"
#include "rows.h"
#include "settings.h"
#include "verdict.h"

#define TIMEOUT    "60" /* seconds; a hang costs one case */
#define EFFORT_MAX 100000

/* What the program consists of. */
static struct {
	const struct row *rows;
	const struct combination *combinations;
	size_t count;
	size_t first, last; /* to tell ATF of */
} table;

static const char *
row_name(size_t row)
{
	return table.combinations != NULL ? table.combinations[row].name
					  : table.rows[row].name;
}

/* The row of an ATF case: its place in the table. */
static size_t
row_of(const atf_tc_t *tc)
{
	const char *name = atf_tc_get_ident(tc);

	for (size_t i = 0; i < table.count; i++)
		if (strcmp(name, row_name(i)) == 0)
			return i;
	abort();
}

/*
 * ----- Configuration ---------------------------------------------------------
 */

/* No rounds at all would be a pass without the act. */
static long
effort_of(const char *text)
{
	char *end;
	long effort = strtol(text, &end, 10);

	if (!isdigit((unsigned char)text[0]) || *end != '\0' || effort < 1 ||
	    effort > EFFORT_MAX)
		result_broken("the variable effort is \"%s\", not a "
			      "whole number from 1 to %d",
		    text, EFFORT_MAX);
	return effort;
}

/* As ATF spells a boolean; its own answer to another word is a failure. */
static bool
is_yes(const char *variable, const char *text)
{
	static const char *const words[][2] = { { "no", "yes" },
		{ "false", "true" }, { "0", "1" } };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		for (int yes = 0; yes < 2; yes++)
			if (strcasecmp(text, words[i][yes]) == 0)
				return yes == 1;
	result_broken("the variable %s is \"%s\", neither true nor false",
	    variable, text);
}

static void
configure(const atf_tc_t *tc, const struct claim *claim)
{
	long effort = effort_of(atf_tc_get_config_var_wd(tc, "effort", "1"));

	verdict_begin(claim, claim != NULL && claim_is_survey(claim), effort);
	program_set_launcher(atf_tc_get_config_var_wd(tc, "launcher", NULL));
	plat_tell_emulator_version(
	    atf_tc_get_config_var_wd(tc, "emulator_version", NULL));
	/* A verdict from a child that is gone is read, not died of. */
	signal(SIGPIPE, SIG_IGN);
	/* A file that grows past a limit is refused, not died of. */
	signal(SIGXFSZ, SIG_IGN);
	guard_limit(ROUNDS_LIMIT);
}

static void
run_rounds(struct outcome *outcome, const atf_tc_t *tc, const struct row *row)
{
	rounds_run(outcome, row, atf_tc_get_ident(tc),
	    atf_tc_get_config_var_wd(tc, "dirs", NULL));
}

/*
 * ----- Cases of rows ----------------------------------------------------------
 */

static void
case_head(atf_tc_t *tc)
{
	const struct claim *claim = table.rows[row_of(tc)].claim;

	atf_tc_set_md_var(tc, "descr", "%s", claim->text);
	atf_tc_set_md_var(tc, "X-claim", "%s", claim->id);
	atf_tc_set_md_var(tc, "X-requirement", "%s", claim->requirement_name);
	atf_tc_set_md_var(tc, "X-promiser", "%s", claim_promiser_word(claim));
	atf_tc_set_md_var(tc, "timeout", TIMEOUT);
}

static void
case_body(const atf_tc_t *tc)
{
	const struct row *row = &table.rows[row_of(tc)];
	struct outcome outcome;
	bool may_change = false;

	configure(tc, row->claim);
	if (row->exclusive || row->settings)
		may_change = is_yes("exclusive",
		    atf_tc_get_config_var_wd(tc, "exclusive", "false"));
	settings_allow(may_change);
	if (row->exclusive && !may_change)
		atf_tc_skip("untested: changes kernel-wide settings; needs "
			    "-v %s=true",
		    SETTINGS_VARIABLE);
	run_rounds(&outcome, tc, row);
	if (!settings_release() &&
	    (outcome.verdict != VERDICT_FAIL || outcome.known != NULL)) {
		outcome.verdict = VERDICT_BROKEN;
		snprintf(outcome.text, sizeof(outcome.text),
		    "a kernel-wide setting is not restored");
	}
	result_deliver(&outcome, row->name);
}

static void
case_clean_up(const atf_tc_t *tc)
{
	(void)tc;
	settings_clean_up();
}

/* Only a run that may change settings pays for cleanup parts. */
static bool
needs_clean_up(const struct row *row, char *const *config)
{
	if (row->exclusive || row->settings)
		for (; config[0] != NULL; config += 2)
			if (strcmp(config[0], "exclusive") == 0)
				return true;
	return false;
}

/*
 * ----- Cases of combinations ----------------------------------------------------
 */

static void
combination_head(atf_tc_t *tc)
{
	const struct combination *row = &table.combinations[row_of(tc)];

	atf_tc_set_md_var(tc, "descr", "%s", row->description);
	atf_tc_set_md_var(tc, "X-combination", "%s", row->combination);
	atf_tc_set_md_var(tc, "timeout", TIMEOUT);
}

static size_t combination_index;

static void
run_combination(void)
{
	table.combinations[combination_index].run(combination_index);
}

static void
combination_body(const atf_tc_t *tc)
{
	struct row row = { .run = run_combination };
	struct outcome outcome;

	configure(tc, NULL);
	combination_index = row_of(tc);
	run_rounds(&outcome, tc, &row);
	result_deliver(&outcome, row_name(combination_index));
}

/*
 * ----- The program --------------------------------------------------------------
 */

int atf_tp_main(int, char **, atf_error_t (*)(atf_tp_t *));

/*
 * The rows that this execution is about: all of them for a list, and one to
 * run it, for describing the others takes longer than most bodies.
 */
static void
choose_rows(int argc, char **argv)
{
	const char *wanted = argv[argc - 1];
	size_t length = strcspn(wanted, ":");

	table.first = 0;
	table.last = table.count;
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "-l") == 0)
			return;
	for (size_t i = 0; i < table.count; i++)
		if (strlen(row_name(i)) == length &&
		    memcmp(row_name(i), wanted, length) == 0) {
			table.first = i;
			table.last = i + 1;
		}
}

static atf_error_t
add_rows(atf_tp_t *tp)
{
	bool matrix = table.combinations != NULL;
	atf_tc_t *cases = calloc(table.count, sizeof(*cases));
	char **config = atf_tp_get_config(tp);
	atf_error_t error = atf_no_error();

	if (cases == NULL || config == NULL)
		return atf_no_memory_error();
	for (size_t i = table.first; i < table.last && !atf_is_error(error);
	     i++) {
		error = atf_tc_init(&cases[i], row_name(i),
		    matrix ? combination_head : case_head,
		    matrix ? combination_body : case_body,
		    !matrix && needs_clean_up(&table.rows[i], config)
			? case_clean_up
			: NULL,
		    (const char *const *)config);
		if (!atf_is_error(error))
			error = atf_tp_add_tc(tp, &cases[i]);
	}
	atf_utils_free_charpp(config);
	return error;
}

static int
run_program(int argc, char **argv)
{
	result_begin(argc, argv);
	choose_rows(argc, argv);
	return atf_tp_main(argc, argv, add_rows);
}

/* The claim of that id, which one of the rows decides; NULL: none. */
static const struct claim *
find_claim(const char *id)
{
	for (size_t i = 0; i < table.count; i++)
		if (strcmp(table.rows[i].claim->id, id) == 0)
			return table.rows[i].claim;
	return NULL;
}

int
rows_main(int argc, char **argv, const char *file, const struct row *cases,
    size_t count, const struct child_image *images)
{
	program_begin(file, argv[0]);
	table.rows = cases;
	table.count = count;
	if (argc == 6 && strcmp(argv[1], "--image") == 0) {
		verdict_begin(find_claim(argv[5]), false, 1);
		return child_run_image(images, argv + 2);
	}
	return run_program(argc, argv);
}

int
rows_main_combinations(int argc, char **argv, const char *file,
    const struct combination *cases, size_t count)
{
	program_begin(file, argv[0]);
	table.combinations = cases;
	table.count = count;
	return run_program(argc, argv);
}
