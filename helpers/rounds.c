/* SPDX-License-Identifier: BSD-2-Clause */
#include <sys/types.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "area.h"
#include "call.h"
#include "child.h"
#include "deviation.h"
#include "directories.h"
#include "guard.h"
#include "names.h"
#include "object.h"
#include "result.h"
#include "rounds.h"

/* The round that runs. */
static struct {
	const struct row *row;
	const char *name;
	bool in_work; /* its directory is Kyua's */
} now;

static void
run_body(void)
{
	call_forget();
	guard_start();
	area_cushion();
	if (now.row->run != NULL)
		now.row->run();
	else
		row_run(now.row);
	child_settle();
}

/* The higher decides when a case has several rounds. */
static int
weight(const struct outcome *outcome)
{
	switch (outcome->verdict) {
	case VERDICT_FAIL:
		return outcome->known != NULL ? 3 : 5;
	case VERDICT_BROKEN:
		return 4;
	case VERDICT_PASS:
		return 2;
	case VERDICT_UNTESTED:
		return 1;
	default:
		return 0;
	}
}

static void
report_round(const struct outcome *outcome)
{
	if (outcome->observed[0] == '\0')
		return;
	if (now.row->per_directory)
		printf("observed: %s (%s)\n", outcome->observed,
		    directories_filesystem());
	else
		printf("observed: %s\n", outcome->observed);
}

/* Says where a round was, without the work directory's random name. */
static void
name_place(struct outcome *outcome)
{
	size_t used = strlen(outcome->text);
	char *end = outcome->text + used;

	if (now.in_work)
		snprintf(end, sizeof(outcome->text) - used, " (%s)",
		    directories_filesystem());
	else
		snprintf(end, sizeof(outcome->text) - used, " (%.512s, %s)",
		    directories_path(), directories_filesystem());
}

/* What is to be said of a round that has its verdict. */
static void
finish_round(struct outcome *outcome)
{
	object_remove_names();
	if (!verdict_is_survey())
		deviation_apply(outcome, now.name);
	report_round(outcome);
	if (now.row->per_directory && outcome->verdict != VERDICT_PASS)
		name_place(outcome);
}

/* Another thread than the body's ends the case. */
static void
finish_stray(struct outcome *outcome)
{
	child_abandon();
	finish_round(outcome);
	result_deliver(outcome, now.name);
}

void
rounds_run(struct outcome *worst, const struct row *row, const char *name,
    const char *directories)
{
	char work[PATH_MAX], configured[4 * PATH_MAX];
	const char *list[DIRECTORIES_MOST];
	time_t start = time(NULL);
	size_t count = 1;
	struct outcome outcome;

	now.row = row;
	now.name = name;
	if (getcwd(work, sizeof(work)) == NULL) {
		worst->verdict = VERDICT_BROKEN;
		snprintf(worst->text, sizeof(worst->text), "getcwd: %s",
		    names_errno(errno));
		return;
	}
	list[0] = work;
	if (row->per_directory) {
		snprintf(configured, sizeof(configured), "%s",
		    directories != NULL ? directories : "");
		count = directories_list(work, configured, list);
	}
	for (size_t i = 0; i < count; i++) {
		directories_enter(list[i]);
		now.in_work = list[i] == work;
		if (!verdict_run(&outcome, run_body, finish_stray))
			child_abandon();
		finish_round(&outcome);
		if (i == 0 || weight(&outcome) > weight(worst))
			*worst = outcome;
		/* A hang in every directory would take longer than Kyua waits. */
		if (worst->verdict == VERDICT_FAIL &&
		    time(NULL) - start >= ROUNDS_LIMIT / 2)
			break;
	}
}
