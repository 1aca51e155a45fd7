/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What ci/bench compares the suite with: as many cases as the program's name
 * says (NAME.COUNT_test), each of which passes without doing anything.
 */
#include <sys/types.h>

#include <atf-c.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where ATF_TP_ADD_TCS() in <atf-c.h> ends up; no header declares it. */
int atf_tp_main(int argc, char **argv, atf_error_t (*add)(atf_tp_t *));

static int count;

static void
head(atf_tc_t *tc)
{
	atf_tc_set_md_var(tc, "descr", "Does nothing.");
}

static void
body(const atf_tc_t *tc)
{
	(void)tc;
}

static atf_error_t
add_cases(atf_tp_t *tp)
{
	char **config = atf_tp_get_config(tp);
	atf_tc_t *cases = calloc((size_t)count, sizeof(*cases));
	atf_error_t error = atf_no_error();

	if (config == NULL || cases == NULL)
		return atf_no_memory_error();
	for (int i = 0; i < count && !atf_is_error(error); i++) {
		char name[16];

		snprintf(name, sizeof(name), "empty%d", i);
		error = atf_tc_init(&cases[i], strdup(name), head, body, NULL,
		    (const char *const *)config);
		if (!atf_is_error(error))
			error = atf_tp_add_tc(tp, &cases[i]);
	}
	return error;
}

int
main(int argc, char **argv)
{
	const char *dot = strrchr(argv[0], '.');

	count = dot == NULL ? 0 : atoi(dot + 1);
	if (count <= 0) {
		fprintf(
		    stderr, "empty_test: %s: not NAME.COUNT_test\n", argv[0]);
		return 2;
	}
	return atf_tp_main(argc, argv, add_cases);
}
