/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a protection allows and denies, and to which pages mprotect(2) gives
 * one:
 *
 *	pages    |    0    |    1    |    2    |    3    |
 *	call               |=========|=		mprotect(p + page, page + 1)
 *	changed             changed   changed
 */
#include <sys/types.h>

#include <signal.h>
#include <stdint.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/names.h"
#include "helpers/object.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/protection.def"
#include "helpers/claims.h"

static void
none_denies_all(void)
{
	static const char *const flags[] = { "PRIVATE|ANON", "SHARED|ANON" };

	for (size_t i = 0; i < 2; i++) {
		unsigned char *mapped =
		    call_map(view_page(), NONE, flags[i], -1, 0);

		probe_expect_load(mapped, "PROT_NONE memory", "SIGSEGV|SIGBUS");
		probe_expect_store(
		    mapped, "PROT_NONE memory", "SIGSEGV|SIGBUS");
		call_mprotect(mapped, view_page(), RW);
		call_expect("ok");
		probe_expect_bytes(mapped, view_page(), 0, "the same memory");
		probe_expect_store(mapped, "the same memory", "ok");
	}
	verdict_observe("neither load nor store");
}

/*
 * The same code is jumped at without and with the right to execute: where mmap
 * never gave it, where mprotect does not, and where it does.
 */
static void
jump_without_exec(void)
{
	unsigned char *mapped =
	    call_mmap(NULL, 2 * view_page(), RW, "PRIVATE|ANON", -1, 0);
	struct guard_signal mapped_so, denied, granted;

	call_expect("ok");
	probe_expect_bytes(mapped, 2 * view_page(), 0, "the mapping");
	if (!probe_plant(mapped))
		verdict_untested("needs code that this processor runs");
	mapped_so = probe_jump(mapped);
	call_mprotect(mapped, view_page(), R);
	call_expect("ok");
	probe_expect_load(mapped, "readable memory", "ok");
	probe_expect_store(mapped, "readable memory", "SIGSEGV");
	denied = probe_jump(mapped);
	call_mprotect(mapped, view_page(), RX);
	if (!call_last()->ok && view_facts()->wx == 0)
		verdict_untested("needs what was stored to be made executable: "
				 "%s",
		    names_errno(call_last()->error));
	call_expect("ok");
	granted = probe_jump(mapped);
	verdict_expect(granted.signo == 0, "ok",
	    "jump to executable memory: %s", probe_name(granted));
	verdict_expect(probe_allows("SIGSEGV", denied), "SIGSEGV",
	    "jump to readable memory: %s", probe_name(denied));
	verdict_expect(probe_allows("SIGSEGV", mapped_so), "SIGSEGV",
	    "jump to readable memory: %s", probe_name(mapped_so));
}

/* Hardware and kernel decide whether code alone can be read. */
static void
exec_only(void)
{
	size_t page = view_page();
	unsigned char *code = area_anon(1, RW);
	struct guard_signal load, jump;

	if (!probe_plant(code))
		verdict_untested("needs code that this processor runs");
	call_mprotect(code, page, X);
	if (!call_last()->ok) {
		verdict_observe("%s", names_errno(call_last()->error));
		return;
	}
	probe_expect_store(code, "code alone", "SIGSEGV|SIGBUS");
	load = probe_load(code, NULL);
	jump = probe_jump(code);
	verdict_observe(
	    "load: %s, jump: %s", probe_name(load), probe_name(jump));
}

/* Which of four readable and writable pages lose the right to be written. */
static void
expect_changed(size_t length, size_t first, size_t count)
{
	unsigned char *pages = area_filled(4);

	call_mprotect(pages + view_page(), length, R);
	call_expect("ok");
	verdict_either(area_still_filled(pages, 0, 4), "the bytes as they were",
	    "other bytes");
	for (size_t i = 0; i < 4; i++) {
		bool changed = i >= first && i < first + count;
		unsigned char *end = pages + (i + 1) * view_page() - 1;

		probe_expect_store(pages + i * view_page(), "a page's start",
		    changed ? "SIGSEGV|SIGBUS" : "ok");
		probe_expect_store(
		    end, "a page's end", changed ? "SIGSEGV|SIGBUS" : "ok");
		probe_expect_load(end, "a page's end", "ok");
	}
	area_free(pages, 4);
}

/* Two pages with different rights, between two others, are one range to it. */
static void
expect_both_changed(void)
{
	size_t page = view_page();
	unsigned char *pages = area_filled(4);

	area_protect(pages + 2 * page, 1, R);
	call_mprotect(pages + page, 2 * page, NONE);
	call_expect("ok");
	probe_expect_store(pages, "the page before both", "ok");
	probe_expect_load(pages + page, "the first of both", "SIGSEGV|SIGBUS");
	probe_expect_load(
	    pages + 2 * page, "the second of both", "SIGSEGV|SIGBUS");
	probe_expect_store(pages + 3 * page, "the page behind both", "ok");
	area_protect(pages + page, 1, R);
	call_mprotect(pages + page, 2 * page, RW);
	call_expect("ok");
	verdict_either(area_still_filled(pages, 1, 2), "the bytes as they were",
	    "other bytes");
	probe_expect_store(pages + page, "the first of both", "ok");
	probe_expect_store(pages + 2 * page, "the second of both", "ok");
	area_free(pages, 4);
}

static void
mprotect_whole_pages(void)
{
	expect_changed(1, 1, 1);
	expect_changed(view_page(), 1, 1);
	expect_changed(view_page() + 1, 1, 2);
	expect_both_changed();
	verdict_observe("whole pages, and no others");
}

/*
 * ----- What the signal tells ------------------------------------------------
 */

static const struct {
	const char *flags;
	enum object_kind object;
} kinds[] = {
	{ "PRIVATE|ANON", NOTHING },
	{ "SHARED|ANON", NOTHING },
	{ "PRIVATE", FILE_RW },
	{ "SHARED", FILE_RW },
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static unsigned char *
map_pages(size_t kind, size_t pages, int prot)
{
	size_t size = pages * view_page();
	struct object object = object_make(kinds[kind].object, size);
	unsigned char *mapped =
	    call_map(size, prot, kinds[kind].flags, object.fd, 0);

	object_end(&object);
	return mapped;
}

static void
expect_contents(size_t kind, const unsigned char *mapped, size_t pages)
{
	probe_expect_contents(
	    mapped, pages * view_page(), kinds[kind].object != NOTHING);
}

/* Before anything was there to be touched, and after; a page is kept out. */
static void
code_of_denied(void)
{
	for (size_t i = 0; i < KINDS; i++) {
		unsigned char *mapped = map_pages(i, 2, NONE);

		probe_expect_load(mapped, "PROT_NONE memory", "SIGSEGV/ACCERR");
		probe_expect_store(
		    mapped, "PROT_NONE memory", "SIGSEGV/ACCERR");
		call_mprotect(mapped, view_page(), R);
		call_expect("ok");
		probe_expect_store(
		    mapped, "untouched PROT_READ memory", "SIGSEGV/ACCERR");
		expect_contents(i, mapped, 1);
		probe_expect_store(
		    mapped, "PROT_READ memory", "SIGSEGV/ACCERR");
		call_mprotect(mapped, view_page(), NONE);
		call_expect("ok");
		probe_expect_load(
		    mapped, "touched PROT_NONE memory", "SIGSEGV/ACCERR");
	}
	verdict_observe("SIGSEGV/ACCERR");
}

/* The page in the middle goes; its neighbours stay and keep others out. */
static void
code_of_unmapped(void)
{
	size_t page = view_page();

	for (size_t i = 0; i < KINDS; i++) {
		unsigned char *mapped = map_pages(i, 3, RW);

		expect_contents(i, mapped, 3);
		call_munmap(mapped + page, page);
		call_expect("ok");
		probe_expect_load(
		    mapped + page, "the page unmapped", "SIGSEGV/MAPERR");
		probe_expect_store(
		    mapped + page, "the page unmapped", "SIGSEGV/MAPERR");
		probe_expect_load(mapped, "the page before it", "ok");
		probe_expect_load(mapped + 2 * page, "the page after it", "ok");
	}
	verdict_observe("SIGSEGV/MAPERR");
}

/* The access must raise the signal and name its byte. */
static void
expect_address(
    const char *verb, uintptr_t addr, int signo, struct guard_signal fault)
{
	uintptr_t page = view_page();
	const char *named = "another page";

	verdict_expect(fault.signo == signo, names_signal(signo), "%s: %s",
	    verb, probe_name(fault));
	if (fault.addr == addr)
		named = "the byte";
	else if (fault.addr == addr / page * page)
		named = "the start of its page";
	else if (fault.addr / page == addr / page)
		named = "another byte of its page";
	verdict_expect(
	    fault.addr == addr, "the byte", "%s: si_addr is %s", verb, named);
}

static void
expect_addresses(unsigned char *start, int signo)
{
	const size_t offsets[] = { 0, 1, view_page() / 2 + 3, view_page() - 1 };

	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		unsigned char *byte = start + offsets[i];

		expect_address(
		    "store", (uintptr_t)byte, signo, probe_store(byte, 's'));
		expect_address(
		    "load", (uintptr_t)byte, signo, probe_load(byte, NULL));
	}
}

/* A page denied, one unmapped, and one past the end of its file. */
static void
address_of_fault(void)
{
	size_t page = view_page();
	struct object file = object_make(FILE_RW, page);
	unsigned char *mapped = map_pages(0, 3, RW);

	call_mprotect(mapped + page, page, NONE);
	call_expect("ok");
	expect_addresses(mapped + page, SIGSEGV);
	call_munmap(mapped + page, page);
	call_expect("ok");
	area_expect_gone(mapped + page, "the page");
	expect_addresses(mapped + page, SIGSEGV);
	probe_expect_store(mapped, "the page before it", "ok");
	probe_expect_store(mapped + 2 * page, "the page after it", "ok");
	mapped = call_map(2 * page, RW, "SHARED", file.fd, 0);
	probe_expect_pattern(mapped, page, 0, "the file's page");
	expect_addresses(mapped + page, SIGBUS);
	verdict_observe("the byte");
}

/* Programs ask so before they touch what they know nothing of. */
static void
msync_of_inaccessible(void)
{
	size_t page = view_page();
	unsigned char *mapped = map_pages(0, 3, NONE);

	call_msync(mapped, 3 * page, "ASYNC");
	call_expect("ok");
	probe_expect_load(mapped, "PROT_NONE memory", "SIGSEGV|SIGBUS");
	call_munmap(mapped + page, page);
	call_expect("ok");
	area_expect_gone(mapped + page, "the page in the middle");
	call_msync(mapped + page, page, "ASYNC");
	call_expect("ENOMEM");
	call_msync(mapped, page, "ASYNC");
	call_expect("ok");
	verdict_observe("ok, and ENOMEM where nothing is mapped");
}

/* ----- A handler that mends --------------------------------------------------- */

#define DENIED 3 /* pages */

static struct {
	unsigned char *start;
	volatile sig_atomic_t entries;
	volatile sig_atomic_t elsewhere;
} mended;

/* The page of the fault, for reading and writing; the access comes again. */
static void
mend(int signo, siginfo_t *info, void *context)
{
	uintptr_t page = view_page(), at = (uintptr_t)info->si_addr;
	uintptr_t offset = at - (uintptr_t)mended.start;

	(void)signo;
	(void)context;
	if (offset >= DENIED * page)
		mended.elsewhere = 1;
	if (++mended.entries > DENIED || mended.elsewhere)
		verdict_fail(NULL, "one signal a page, for that page",
		    mended.elsewhere ? "a signal for another page"
				     : "the same signal again");
	call_mprotect((void *)(at / page * page), page, RW);
	call_expect("ok");
}

static void
handler_mends(void)
{
	size_t page = view_page();
	struct sigaction action = { .sa_sigaction = mend,
		.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER };

	mended.start = call_map(DENIED * page, NONE, "PRIVATE|ANON", -1, 0);
	sigemptyset(&action.sa_mask);
	if (sigaction(SIGSEGV, &action, NULL) == -1 ||
	    sigaction(SIGBUS, &action, NULL) == -1)
		verdict_broken("sigaction");
	for (size_t i = 0; i < DENIED; i++) {
		volatile unsigned char *byte = mended.start + i * page + i;

		*byte = (unsigned char)(*byte + i + 1);
		verdict_expect(*byte == i + 1, "the store of the access",
		    "the byte is %u", *byte);
	}
	verdict_expect(mended.entries == DENIED, "one signal a page",
	    "%d signals for %d pages", (int)mended.entries, DENIED);
	verdict_observe("each access made again, and done");
}

/* clang-format off */
static const struct row cases[] = {
	CODE(none_denies_all, PROT_NONE_DENIES_ALL, none_denies_all),
	CODE(jump_without_exec, PROT_EXEC_NEEDED, jump_without_exec),
	CODE(exec_only, EXEC_ALONE_MAY_READ, exec_only),
	CODE(msync_of_inaccessible, MSYNC_TELLS_MAPPED, msync_of_inaccessible),
	CODE(handler_mends, HANDLER_GRANTS_AND_RETURNS, handler_mends),
	CODE(mprotect_whole_pages, MPROTECT_CHANGES_PROTECTION, mprotect_whole_pages),
	CODE(code_of_denied, SEGV_ACCERR_DENIED, code_of_denied),
	CODE(code_of_unmapped, SEGV_MAPERR_UNMAPPED, code_of_unmapped),
	CODE(address_of_fault, FAULT_ADDRESS_EXACT, address_of_fault),
};
/* clang-format on */

SUITE_PROGRAM(cases)
