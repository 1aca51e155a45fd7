/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a process may forbid itself, for good, and what it may be granted beyond
 * what it asks for.  Children try it, and it ends with them.
 *
 *	PR_SET_MDWE		no code from what was written
 *	pkey_mprotect(2)	a key beside the protection
 *	mseal(2)		no change of the mapping any more
 *	READ_IMPLIES_EXEC	code from whatever can be read
 */
#include <sys/types.h>

#include <errno.h>
#include <string.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/child.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/policy.def"
#include "helpers/claims.h"

static const char denied[] = "SIGSEGV|SIGBUS";

/* ----- PR_SET_MDWE ------------------------------------------------------- */

/* Linux 6.3 brought it; a C library's headers may be older. */
#define SET_MDWE 65

static bool
set_mdwe(unsigned long bits)
{
	int (*call)(int, ...) = (int (*)(int, ...))view_function("prctl");
	bool ok;

	call_begin("prctl(PR_SET_MDWE, %lu, 0, 0, 0", bits);
	ok = call(SET_MDWE, bits, 0UL, 0UL, 0UL) == 0;
	return call_made(ok, "prctl(PR_SET_MDWE, %lu, 0, 0, 0)", bits);
}

/* For this process, which is a child. */
static void
forbid(void)
{
	if (view_facts()->wx == 0)
		verdict_untested("needs a system that grants W and X at once");
	if (!set_mdwe(1) && errno == EINVAL)
		verdict_unsupported("no PR_SET_MDWE");
	call_expect("ok");
}

static long
ask_wx(void *arg)
{
	size_t page = view_page();
	unsigned char *start = area_filled(1);

	(void)arg;
	forbid();
	call_mmap(NULL, page, RWX, "PRIVATE|ANON", -1, 0);
	call_expect("EACCES");
	call_mprotect(start, page, RWX);
	call_expect("EACCES");
	area_expect_kept(start, 0, 1, "the page");
	start = call_map_page(RX, "PRIVATE|ANON", -1);
	call_mprotect(start, page, RWX);
	call_expect("EACCES");
	probe_expect_bytes(start, page, 0, "what can be executed");
	probe_expect_store(start, "what can be executed", denied);
	probe_map_new(page, "PRIVATE|ANON");
	return 0;
}

static void
mdwe_wx(void)
{
	child_ask(ask_wx, NULL);
	verdict_observe("EACCES");
}

static long
ask_gain(void *arg)
{
	size_t page = view_page();
	unsigned char *start = area_filled(1), *code;

	(void)arg;
	code = area_anon(1, RX);
	forbid();
	call_mprotect(start, page, RX);
	call_expect("EACCES");
	area_expect_kept(start, 0, 1, "the page");
	call_mprotect(start, page, R);
	call_expect("ok");
	call_mprotect(start, page, RX);
	call_expect("EACCES");
	probe_expect_load(start, "the page", "ok");
	call_mprotect(code, page, RX);
	call_expect("ok");
	call_mprotect(code, page, X);
	call_expect("ok");
	return 0;
}

static void
mdwe_gain(void)
{
	child_ask(ask_gain, NULL);
	verdict_observe("EACCES");
}

static long
ask_under_parent(void *arg)
{
	(void)arg;
	call_mmap(NULL, view_page(), RWX, "PRIVATE|ANON", -1, 0);
	call_expect("EACCES");
	return 0;
}

static long
ask_back(void *arg)
{
	(void)arg;
	forbid();
	set_mdwe(0);
	call_expect("EPERM");
	call_mmap(NULL, view_page(), RWX, "PRIVATE|ANON", -1, 0);
	call_expect("EACCES");
	return child_ask(ask_under_parent, NULL);
}

static void
mdwe_for_good(void)
{
	child_ask(ask_back, NULL);
	verdict_observe("kept, and passed on");
}

/* ----- Keys -------------------------------------------------------------- */

static void
pkey_none(void)
{
	size_t page = view_page();
	unsigned char *start = area_filled(3);

	call_pkey_mprotect(start + page, 1, R, -1);
	call_expect("ok");
	probe_expect_store(start, "the page before", "ok");
	probe_expect_store(start + page, "the page", denied);
	probe_expect_store(start + 2 * page - 1, "the page's end", denied);
	probe_expect_load(start + page, "the page", "ok");
	probe_expect_store(start + 2 * page, "the page behind", "ok");
	call_pkey_mprotect(start + page, page, RW, -1);
	call_expect("ok");
	probe_expect_store(start + page, "the page made writable", "ok");
	verdict_observe("as mprotect");
}

/* Processors have 16 keys, or 32. */
static void
pkey_unallocated(void)
{
	size_t page = view_page();
	unsigned char *start = area_filled(1);
	static const int keys[] = { 15, 31, 1000 };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		call_pkey_mprotect(start, page, R, keys[i]);
		call_expect("EINVAL");
		area_expect_kept(start, 0, 1, "the page");
	}
	call_pkey_mprotect(start, page, R, -1);
	call_expect("ok");
	probe_expect_store(start, "the page made read-only", denied);
	verdict_observe("EINVAL");
}

/* ----- mseal ------------------------------------------------------------- */

static void
seal(unsigned char *start, size_t pages)
{
	call_mseal(start, pages * view_page(), 0);
	call_expect("ok");
}

/* The same calls on a page beside it. */
static void
expect_changeable(unsigned char *start)
{
	size_t page = view_page();

	call_mprotect(start, page, R);
	call_expect("ok");
	call_mmap_at(start, page, RW, "PRIVATE|ANON|FIXED", -1, 0);
	call_munmap(start, page);
	call_expect("ok");
}

static long
ask_sealed(void *arg)
{
	size_t page = view_page();
	unsigned char *start = area_filled(4), *sealed = start + page;

	(void)arg;
	seal(sealed, 2);
	call_munmap(sealed, page);
	call_expect("EPERM");
	call_mprotect(sealed, page, R);
	call_expect("EPERM");
	call_mremap(sealed, 2 * page, page, "", NULL);
	call_expect("EPERM");
	call_mmap(sealed, page, RW, "PRIVATE|ANON|FIXED", -1, 0);
	call_expect("EPERM");
	area_expect_kept(start, 1, 2, "the sealed pages");
	expect_changeable(start);
	expect_changeable(start + 3 * page);
	return 0;
}

static void
seal_refuses(void)
{
	child_ask(ask_sealed, NULL);
	verdict_observe("EPERM");
}

static long
ask_access(void *arg)
{
	size_t page = view_page();
	unsigned char *start = area_filled(2);

	(void)arg;
	seal(start, 2);
	seal(start, 1);
	area_expect_kept(start, 0, 2, "the sealed pages");
	start = area_anon(1, R);
	seal(start, 1);
	probe_expect_bytes(start, page, 0, "the sealed page");
	probe_expect_store(start, "the sealed page", denied);
	return 0;
}

static void
seal_keeps_access(void)
{
	child_ask(ask_access, NULL);
	verdict_observe("as before");
}

static long
ask_partly_sealed(void *arg)
{
	size_t page = view_page();

	(void)arg;
	for (size_t i = 0; i < 3; i++) {
		unsigned char *start = area_filled(3);

		seal(start + i * page, 1);
		call_munmap(start, 3 * page);
		call_expect("EPERM");
		area_expect_kept(start, 0, 3, "the pages");
	}
	return 0;
}

static void
partly_sealed(void)
{
	child_ask(ask_partly_sealed, NULL);
	verdict_observe("as before");
}

static long
ask_errors(void *arg)
{
	size_t page = view_page();
	unsigned char *start = area_filled(4);

	(void)arg;
	call_mseal(start + 1, page, 0);
	call_expect("EINVAL");
	call_mseal(start, page, 1);
	call_expect("EINVAL");
	area_free(start + 2 * page, 1);
	call_mseal(start, 4 * page, 0);
	call_expect("ENOMEM");
	area_expect_gone(start + 2 * page, "the page that was not mapped");
	expect_changeable(start);
	expect_changeable(start + 3 * page);
	seal(start + page, 1);
	call_munmap(start + page, page);
	call_expect("EPERM");
	return 0;
}

static void
seal_errors(void)
{
	child_ask(ask_errors, NULL);
	verdict_observe("EINVAL and ENOMEM, and nothing sealed");
}

/* ----- READ_IMPLIES_EXEC ------------------------------------------------- */

#define READ_IMPLIES_EXEC 0x0400000 /* <linux/personality.h> */

static void
expect_executable(const unsigned char *start, const char *what)
{
	int prot = view_protection(start);

	verdict_expect((prot & RX) == RX, "RX", "%s: listed as %s", what,
	    names_prot(prot));
}

static long
ask_implied(void *arg)
{
	int (*call)(unsigned long) =
	    (int (*)(unsigned long))view_function("personality");
	size_t page = view_page();
	unsigned char *start = area_anon(1, NONE), *writable;
	int persona = call(0xffffffff);

	(void)arg;
	if (view_facts()->wx == 0)
		verdict_untested("needs a system that grants W and X at once");
	if (persona == -1 || call((unsigned)persona | READ_IMPLIES_EXEC) == -1)
		verdict_unsupported("no personality of that kind");
	expect_executable(call_map_page(R, "PRIVATE|ANON", -1), "of mmap");
	writable = call_map_page(RW, "PRIVATE|ANON", -1);
	probe_expect_store(writable, "the page", "ok");
	expect_executable(writable, "of mmap, writable");
	call_mprotect(start, page, R);
	call_expect("ok");
	expect_executable(start, "of mprotect");
	return 0;
}

static void
read_implies_exec(void)
{
	child_ask(ask_implied, NULL);
	verdict_observe("executable");
}

/* clang-format off */
static const struct row cases[] = {
	CODE(mdwe_wx, MDWE_REFUSES_WX, mdwe_wx),
	CODE(mdwe_gain, MDWE_REFUSES_GAIN, mdwe_gain),
	CODE(mdwe_for_good, MDWE_FOR_GOOD, mdwe_for_good),
	CODE(pkey_none, PKEY_MINUS_ONE_IS_MPROTECT, pkey_none),
	CODE(pkey_unallocated, PKEY_UNALLOCATED_EINVAL, pkey_unallocated),
	CODE(seal_refuses, MSEAL_REFUSES_CHANGES, seal_refuses),
	CODE(seal_keeps_access, MSEAL_KEEPS_ACCESS, seal_keeps_access),
	CODE(partly_sealed, MSEAL_ALL_OR_NOTHING, partly_sealed),
	CODE(seal_errors, MSEAL_ERRORS, seal_errors),
	CODE(read_implies_exec, READ_IMPLIES_EXEC_GRANTED, read_implies_exec),
};
/* clang-format on */

SUITE_PROGRAM(cases)
