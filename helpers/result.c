/* SPDX-License-Identifier: BSD-2-Clause */
#include <sys/types.h>

#include <atf-c.h>

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "platform/platform.h"
#include "program.h"
#include "result.h"

static const char *result_file; /* NULL: standard output */

/* The argument of ATF's option -r; the others' may look like it. */
void
result_begin(int argc, char **argv)
{
	for (int i = 1; i < argc - 1 && argv[i][0] == '-'; i++) {
		if (strncmp(argv[i], "-r", 2) == 0) {
			result_file =
			    argv[i][2] != '\0' ? argv[i] + 2 : argv[i + 1];
			return;
		}
		if (strcmp(argv[i], "-s") == 0 || strcmp(argv[i], "-v") == 0)
			i++;
	}
}

void
result_broken(const char *what, ...)
{
	int fd = result_file != NULL
	    ? open(result_file, O_WRONLY | O_CREAT | O_TRUNC, 0644)
	    : STDOUT_FILENO;
	char text[2048];
	va_list arguments;

	va_start(arguments, what);
	vsnprintf(text, sizeof(text), what, arguments);
	va_end(arguments);
	for (char *at = text; (at = strchr(at, '\n')) != NULL;)
		*at = ' ';
	fflush(NULL);
	if (fd == -1 || dprintf(fd, "broken: set-up: %s\n", text) < 0)
		fprintf(stderr, "%s: %s\n", result_file, text);
	exit(EXIT_FAILURE);
}

/* For readers of the report: a pass that keeps no promise. */
static void
report_survey(void)
{
	const struct claim *claim = verdict_claim();

	if (claim->promiser == POSIX || claim->promiser == PEOPLE)
		printf("survey: the standard leaves it open\n");
	else
		printf("survey: %s promises it\n", claim_promiser_word(claim));
}

void
result_deliver(const struct outcome *outcome, const char *name)
{
	if (outcome->known != NULL)
		atf_tc_expect_fail(
		    "%s [%s]", outcome->known->reason, outcome->known->source);
	switch (outcome->verdict) {
	case VERDICT_PASS:
		if (verdict_is_survey())
			report_survey();
		atf_tc_pass();
	case VERDICT_FAIL:
		fprintf(stderr, "%s\nrerun: kyua debug tests/%s:%s\n",
		    outcome->text, program_name(), name);
		atf_tc_fail("%s", outcome->text);
	case VERDICT_UNSUPPORTED:
		atf_tc_skip("unsupported: %s", outcome->text);
	case VERDICT_UNTESTED:
		atf_tc_skip("untested: %s", outcome->text);
	case VERDICT_BROKEN:
		result_broken("%s", outcome->text);
	}
	abort();
}
