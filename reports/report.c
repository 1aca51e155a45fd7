/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes a report on runs of the suite: reads all, then writes all. */
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buffer.h"
#include "output.h"
#include "run.h"

static const struct {
	const char *name;
	void (*write)(FILE *, const struct report *);
} formats[] = {
	{ "text", text_write },
	{ "json", json_write },
	{ "html", html_write },
};

static void
print_usage(FILE *out)
{
	fputs("usage: report [-o FILE] text|json|html RUN...\n"
	      "       report -h\n",
	    out);
}

static void
print_help(void)
{
	print_usage(stdout);
	fputs("\n"
	      "Writes a report on runs of " SUITE ".  RUN is a directory made"
	      " by collect, or the\n"
	      "store of a plain \"kyua test\".  Several runs become columns"
	      " of one report.\n"
	      "\n"
	      "  text  what a terminal shows: worst first\n"
	      "  json  all data, see reports/schema/report.schema.json\n"
	      "  html  one page that needs nothing else\n"
	      "\n"
	      "  -o FILE  write to FILE, which appears complete or not at"
	      " all; default:\n"
	      "           standard output\n"
	      "\n"
	      "Exit status:\n"
	      "  0  every case passes, deviates as listed, is a survey, or"
	      " could not be\n"
	      "     decided here\n"
	      "  1  a case fails or is broken\n"
	      "  2  a run is incomplete: interrupted, or without a case for"
	      " some claim\n"
	      "  3  bad usage, or a run that cannot be read or trusted\n"
	      "  4  the report cannot be written\n"
	      "With 3 and 4 no report is left behind; 2 goes before 1.\n"
	      "\n"
	      "NO_COLOR, if set, keeps the text plain; COLUMNS sets its"
	      " width on a terminal.\n",
	    stdout);
}

/* The file being written, for the signal handler and the exits. */
static char *temporary;

static void
remove_temporary(void)
{
	if (temporary != NULL)
		unlink(temporary);
}

static void
handle_signal(int signal_number)
{
	remove_temporary();
	signal(signal_number, SIG_DFL);
	raise(signal_number);
}

static FILE *
open_temporary(const char *path)
{
	static const int signals[] = { SIGHUP, SIGINT, SIGTERM };
	char *name = buffer_format("%s.XXXXXX", path);
	mode_t mask;
	FILE *out;
	size_t i;
	int fd;

	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		signal(signals[i], handle_signal);
	fd = mkstemp(name);
	if (fd == -1)
		err(STATUS_WRITE, "%s", path);
	temporary = name;
	atexit(remove_temporary);
	/* mkstemp is for secrets; a report has the usual permissions. */
	mask = umask(0);
	umask(mask);
	if (fchmod(fd, 0666 & ~mask) == -1 || (out = fdopen(fd, "w")) == NULL)
		err(STATUS_WRITE, "%s", path);
	return out;
}

static void
write_report(size_t format, const struct report *report, const char *path)
{
	struct stat status;
	FILE *out = stdout;
	bool rename_it = false;
	char *name;

	/* A device such as /dev/full or a pipe cannot be replaced. */
	if (path != NULL && stat(path, &status) == 0 &&
	    !S_ISREG(status.st_mode)) {
		out = fopen(path, "w");
		if (out == NULL)
			err(STATUS_WRITE, "%s", path);
	} else if (path != NULL) {
		out = open_temporary(path);
		rename_it = true;
	}
	formats[format].write(out, report);
	if (fflush(out) == EOF || ferror(out) || fclose(out) == EOF)
		err(STATUS_WRITE, "%s", path ? path : "standard output");
	if (!rename_it)
		return;
	if (rename(temporary, path) == -1)
		err(STATUS_WRITE, "%s", path);
	name = temporary;
	temporary = NULL;
	free(name);
}

static enum status
judge_runs(const struct report *report)
{
	enum status status = STATUS_CLEAN;
	size_t i;

	for (i = 0; i < report->nruns; i++) {
		if (report->runs[i].missing.count > 0)
			return STATUS_INCOMPLETE;
		if (report->runs[i].counts[OUTCOME_FAIL] > 0 ||
		    report->runs[i].counts[OUTCOME_BROKEN] > 0)
			status = STATUS_FAILED;
	}
	return status;
}

int
main(int argc, char *argv[])
{
	struct report report = { 0 };
	const char *path = NULL;
	enum status status;
	size_t format;
	int option;

	/* Only the character set: numbers look alike everywhere. */
	setlocale(LC_CTYPE, "");
	/* Let writing fail instead: that says why, and cleans up. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	while ((option = getopt(argc, argv, "ho:")) != -1) {
		switch (option) {
		case 'h':
			print_help();
			return STATUS_CLEAN;
		case 'o':
			path = optarg;
			break;
		default:
			print_usage(stderr);
			return STATUS_INPUT;
		}
	}
	argc -= optind;
	argv += optind;
	if (argc < 2) {
		print_usage(stderr);
		return STATUS_INPUT;
	}
	for (format = 0; format < sizeof(formats) / sizeof(formats[0]);
	     format++)
		if (strcmp(argv[0], formats[format].name) == 0)
			break;
	if (format == sizeof(formats) / sizeof(formats[0]))
		errx(STATUS_INPUT, "no format \"%s\": text, json or html",
		    argv[0]);
	report.claims = claims_table(&report.nclaims);
	while (*++argv != NULL)
		run_read(&report, *argv);
	model_finish(&report);
	write_report(format, &report, path);
	status = judge_runs(&report);
	model_free(&report);
	return status;
}
