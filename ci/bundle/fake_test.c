/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A test program for ci/bundle.bats, on the bundle's part of ATF: its cases
 * end in every way that a case can.
 */
#include <sys/types.h>
#include <sys/stat.h>

#include <atf-c.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
passes(void)
{
	printf("observed: all is well\n");
}

static void
fails(void)
{
	fprintf(stderr, "more of it\n");
	atf_tc_fail("a call = EINVAL\nallowed ok");
}

static void
broken_set_up(void)
{
	atf_tc_fail("set-up: no room");
}

static void
skips(void)
{
	atf_tc_skip("unsupported: no such flag");
}

static void
known(void)
{
	atf_tc_expect_fail("a reason [a source]");
	atf_tc_fail("as ever");
}

static void
known_no_more(void)
{
	atf_tc_expect_fail("a reason [a source]");
}

static void
crashes(void)
{
	printf("so far");
	fflush(stdout);
	raise(SIGSEGV);
}

/* As the suite does it, only sooner. */
static void
hangs(void)
{
	alarm(1);
	for (;;)
		pause();
}

static void
exits(void)
{
	_exit(0);
}

static void
bytes(void)
{
	for (int i = 0; i < 256; i++)
		putchar(i);
	printf("\\101 @@result passed\n@@result passed\n\n \ttail");
	for (int i = 0; i < 5000; i++)
		putc('x', stderr);
}

/* The pipe of its output stays open with the child. */
static void
leaves_child(void)
{
	if (fork() == 0) {
		signal(SIGHUP, SIG_IGN);
		sleep(600);
		_exit(0);
	}
	printf("left one\n");
}

/* Files, a directory, and something in it. */
static void
litters(void)
{
	char text[512];

	if (mkdir("below", 0755) == -1 || symlink("/", "below/link") == -1 ||
	    getcwd(text, sizeof(text)) == NULL || getenv("HOME") == NULL ||
	    strcmp(text, getenv("HOME")) != 0)
		atf_tc_fail("the work directory is not as it should be");
	printf("%s\n", text);
}

static void
waits(void)
{
	for (;;)
		pause();
}

static const struct {
	const char *name;
	const char *claim;
	void (*run)(void);
} cases[] = {
	{ "passes", "FIXTURE_HOLDS", passes },
	{ "fails", "FIXTURE_SECOND", fails },
	{ "broken_set_up", "FIXTURE_SECOND", broken_set_up },
	{ "skips", "FIXTURE_OPEN", skips },
	{ "known", "FIXTURE_MANUAL", known },
	{ "known_no_more", "FIXTURE_MANUAL", known_no_more },
	{ "crashes", "FIXTURE_SAYING", crashes },
	{ "hangs", "FIXTURE_SAYING", hangs },
	{ "exits", "FIXTURE_SAYING", exits },
	{ "bytes", "FIXTURE_HOLDS", bytes },
	{ "leaves_child", "FIXTURE_HOLDS", leaves_child },
	{ "litters", "FIXTURE_HOLDS", litters },
	{ "waits", "FIXTURE_HOLDS", waits },
};
#define CASES (sizeof(cases) / sizeof(cases[0]))

static size_t
row_of(const char *name)
{
	for (size_t i = 0; i < CASES; i++)
		if (strcmp(cases[i].name, name) == 0)
			return i;
	abort();
}

static void
head(atf_tc_t *tc)
{
	size_t row = row_of(atf_tc_get_ident(tc));

	atf_tc_set_md_var(tc, "descr", "What %s does.", cases[row].name);
	atf_tc_set_md_var(tc, "X-claim", "%s", cases[row].claim);
}

static void
body(const atf_tc_t *tc)
{
	printf("word: %s\n", atf_tc_get_config_var_wd(tc, "word", "none"));
	cases[row_of(atf_tc_get_ident(tc))].run();
}

static void
cleanup(const atf_tc_t *tc)
{
	printf("cleaned up after %s\n", atf_tc_get_ident(tc));
}

/* A variable makes all cases have a cleanup part, another one spoils -l. */
static atf_error_t
add_cases(atf_tp_t *tp)
{
	static atf_tc_t added[CASES];
	char **config = atf_tp_get_config(tp);
	bool clean = false;

	for (size_t i = 0; config[i] != NULL; i += 2) {
		clean = clean || strcmp(config[i], "clean") == 0;
		if (strcmp(config[i], "unlisted") == 0)
			abort();
	}
	atf_utils_free_charpp(config);
	for (size_t i = 0; i < CASES; i++) {
		atf_tc_init(&added[i], cases[i].name, head, body,
		    clean ? cleanup : NULL, NULL);
		atf_tp_add_tc(tp, &added[i]);
	}
	return atf_no_error();
}

int
main(int argc, char **argv)
{
	return atf_tp_main(argc, argv, add_cases);
}
