/* SPDX-License-Identifier: BSD-2-Clause */
#include <sys/types.h>

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "atf-c.h"

struct atf_error {
	const char *text;
};

#define CASES     1024
#define VARIABLES 32

struct atf_tp {
	atf_tc_t *cases[CASES];
	size_t count;
};

/* What the command line set, and the state of the case that runs. */
static char *variables[VARIABLES];
static size_t variable_count;
static const char *result_path;
static char expected[2048];

atf_error_t
atf_no_error(void)
{
	return NULL;
}

atf_error_t
atf_no_memory_error(void)
{
	static struct atf_error error = { "out of memory" };

	return &error;
}

bool
atf_is_error(atf_error_t error)
{
	return error != NULL;
}

/* ----- Cases --------------------------------------------------------------- */

atf_error_t
atf_tc_init(atf_tc_t *tc, const char *ident, void (*head)(atf_tc_t *),
    void (*body)(const atf_tc_t *), void (*cleanup)(const atf_tc_t *),
    const char *const *config)
{
	(void)config;
	*tc = (atf_tc_t){
		.ident = ident, .head = head, .body = body, .cleanup = cleanup
	};
	head(tc);
	return atf_no_error();
}

const char *
atf_tc_get_ident(const atf_tc_t *tc)
{
	return tc->ident;
}

atf_error_t
atf_tc_set_md_var(atf_tc_t *tc, const char *name, const char *format, ...)
{
	char text[2048];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (tc->count == ATF_TEXTS)
		return atf_no_memory_error();
	tc->names[tc->count] = name;
	tc->values[tc->count] = strdup(text);
	return tc->values[tc->count++] != NULL ? atf_no_error()
					       : atf_no_memory_error();
}

const char *
atf_tc_get_config_var_wd(
    const atf_tc_t *tc, const char *name, const char *otherwise)
{
	size_t length = strlen(name);

	(void)tc;
	for (size_t i = 0; i < variable_count; i++)
		if (strncmp(variables[i], name, length) == 0 &&
		    variables[i][length] == '=')
			return variables[i] + length + 1;
	return otherwise;
}

bool
atf_tc_get_config_var_as_bool_wd(
    const atf_tc_t *tc, const char *name, bool otherwise)
{
	const char *text = atf_tc_get_config_var_wd(tc, name, NULL);

	if (text == NULL)
		return otherwise;
	return strcmp(text, "true") == 0 || strcmp(text, "yes") == 0 ||
	    strcmp(text, "1") == 0;
}

long
atf_tc_get_config_var_as_long_wd(
    const atf_tc_t *tc, const char *name, long otherwise)
{
	const char *text = atf_tc_get_config_var_wd(tc, name, NULL);

	return text == NULL ? otherwise : strtol(text, NULL, 10);
}

/* ----- Results -------------------------------------------------------------- */

/* A result is one line, whatever the reason holds. */
static void
write_result(const char *word, const char *reason, int status)
{
	int fd = STDOUT_FILENO;
	char line[4096];
	int length;

	if (reason == NULL)
		length = snprintf(line, sizeof(line), "%s\n", word);
	else
		length = snprintf(line, sizeof(line), "%s: %s\n", word, reason);
	if (length >= (int)sizeof(line))
		length = (int)sizeof(line) - 1;
	for (int i = 0; i < length - 1; i++)
		if (line[i] == '\n')
			line[i] = ' ';
	fflush(NULL);
	if (result_path != NULL)
		fd = open(result_path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (fd == -1 || write(fd, line, (size_t)length) != length) {
		fprintf(stderr, "%s: %s\n", result_path, strerror(errno));
		_exit(EXIT_FAILURE);
	}
	exit(status);
}

void
atf_tc_pass(void)
{
	if (expected[0] != '\0')
		write_result("failed",
		    "Test case was expecting a failure but none were raised",
		    EXIT_FAILURE);
	write_result("passed", NULL, EXIT_SUCCESS);
	abort();
}

void
atf_tc_fail(const char *format, ...)
{
	char reason[2048], text[4096];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(reason, sizeof(reason), format, arguments);
	va_end(arguments);
	if (expected[0] == '\0')
		write_result("failed", reason, EXIT_FAILURE);
	snprintf(text, sizeof(text), "%.1900s: %.2000s", expected, reason);
	write_result("expected_failure", text, EXIT_SUCCESS);
	abort();
}

void
atf_tc_skip(const char *format, ...)
{
	char reason[2048];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(reason, sizeof(reason), format, arguments);
	va_end(arguments);
	write_result("skipped", reason, EXIT_SUCCESS);
	abort();
}

void
atf_tc_expect_fail(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(expected, sizeof(expected), format, arguments);
	va_end(arguments);
}

/* ----- The program ------------------------------------------------------------ */

/* Names and values in turn, to be freed by the caller. */
char **
atf_tp_get_config(const atf_tp_t *tp)
{
	char **config = calloc(2 * variable_count + 1, sizeof(*config));

	(void)tp;
	if (config == NULL)
		return NULL;
	for (size_t i = 0; i < variable_count; i++) {
		size_t length = strcspn(variables[i], "=");

		config[2 * i] = strdup(variables[i]);
		config[2 * i + 1] = strdup(variables[i] + length + 1);
		if (config[2 * i] == NULL || config[2 * i + 1] == NULL) {
			free(config[2 * i]);
			config[2 * i] = NULL;
			atf_utils_free_charpp(config);
			return NULL;
		}
		config[2 * i][length] = '\0';
	}
	return config;
}

void
atf_utils_free_charpp(char **strings)
{
	for (size_t i = 0; strings[i] != NULL; i++)
		free(strings[i]);
	free(strings);
}

atf_error_t
atf_tp_add_tc(atf_tp_t *tp, atf_tc_t *tc)
{
	if (tp->count == CASES)
		return atf_no_memory_error();
	tp->cases[tp->count++] = tc;
	return atf_no_error();
}

static void
list_cases(const atf_tp_t *tp)
{
	printf("Content-Type: application/X-atf-tp; version=\"1\"\n");
	for (size_t i = 0; i < tp->count; i++) {
		const atf_tc_t *tc = tp->cases[i];

		printf("\nident: %s\n", tc->ident);
		for (size_t j = 0; j < tc->count; j++)
			printf("%s: %s\n", tc->names[j], tc->values[j]);
		if (tc->cleanup != NULL)
			printf("has.cleanup: true\n");
	}
}

static int
run_case(const atf_tp_t *tp, const char *program, char *wanted)
{
	char *part = strchr(wanted, ':');

	if (part != NULL)
		*part++ = '\0';
	for (size_t i = 0; i < tp->count; i++) {
		const atf_tc_t *tc = tp->cases[i];

		if (strcmp(tc->ident, wanted) != 0)
			continue;
		if (part != NULL && strcmp(part, "cleanup") == 0) {
			if (tc->cleanup != NULL)
				tc->cleanup(tc);
			return EXIT_SUCCESS;
		}
		tc->body(tc);
		atf_tc_pass();
	}
	fprintf(stderr, "%s: there is no case \"%s\"\n", program, wanted);
	return EXIT_FAILURE;
}

int
atf_tp_main(int argc, char **argv, atf_error_t (*add)(atf_tp_t *tp))
{
	static atf_tp_t tp;
	bool list = false;
	int option;

	while ((option = getopt(argc, argv, "lr:s:v:")) != -1)
		switch (option) {
		case 'l':
			list = true;
			break;
		case 'r':
			result_path = optarg;
			break;
		case 's':
			break;
		case 'v':
			if (strchr(optarg, '=') == NULL ||
			    variable_count == VARIABLES) {
				fprintf(stderr, "%s: bad variable \"%s\"\n",
				    argv[0], optarg);
				return EXIT_FAILURE;
			}
			variables[variable_count++] = optarg;
			break;
		default:
			fprintf(stderr,
			    "usage: %s -l | [-r FILE] [-v NAME=VALUE]... "
			    "CASE[:cleanup]\n",
			    argv[0]);
			return EXIT_FAILURE;
		}
	if (add(&tp) != NULL) {
		fprintf(stderr, "%s: out of memory\n", argv[0]);
		return EXIT_FAILURE;
	}
	if (list) {
		list_cases(&tp);
		return EXIT_SUCCESS;
	}
	if (optind != argc - 1) {
		fprintf(stderr, "%s: one case is needed\n", argv[0]);
		return EXIT_FAILURE;
	}
	return run_case(&tp, argv[0], argv[optind]);
}
