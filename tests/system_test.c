/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The system that the suite runs on: what it is, which flags it defines, and
 * how its kernel lists mappings.  identity and flags print what they find, in
 * lines that the reports read, so that a bare Kyua store tells which system
 * it came from.
 */
#include <sys/types.h>
#include <sys/mman.h>
#include <sys/utsname.h>

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/child.h"
#include "helpers/names.h"
#include "helpers/object.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/system.def"
#include "helpers/claims.h"

/* ----- identity ---------------------------------------------------------- */

static void
print_fact(const char *name, const char *value, void *arg)
{
	(void)arg;
	printf("fact\t%s\t%s\n", name, value);
}

static void
print_number(const char *name, long long value)
{
	if (value == -1)
		printf("fact\t%s\tunknown\n", name);
	else if (value == LLONG_MAX)
		printf("fact\t%s\tunlimited\n", name);
	else
		printf("fact\t%s\t%lld\n", name, value);
}

/* A fact that is text, or not known here. */
static void
print_text(const char *name, bool (*tell)(char *text, size_t size))
{
	char text[256];

	print_fact(name, tell(text, sizeof(text)) ? text : "unknown", NULL);
}

static void
print_filesystem(const char *name, const char *directory)
{
	char text[64];
	bool known = directory != NULL &&
	    directories_find_filesystem(directory, text, sizeof(text));

	print_fact(name, known ? text : "unknown", NULL);
}

static void
print_system(void)
{
	struct utsname name;
	char abi[32];

	if (uname(&name) == -1)
		verdict_broken("uname");
	snprintf(abi, sizeof(abi), "%zu-bit, %zu-bit off_t", 8 * sizeof(void *),
	    8 * sizeof(off_t));
	print_fact("suite.version", MMAPCHECK_VERSION, NULL);
	print_fact("suite.platform", view_system(), NULL);
	print_fact("system.os", name.sysname, NULL);
	print_fact("system.release", name.release, NULL);
	print_fact("system.version", name.version, NULL);
	print_fact("system.arch", name.machine, NULL);
	print_fact("system.abi", abi, NULL);
	print_text("system.libc", view_libc);
	print_fact("system.compiler", __VERSION__, NULL);
	print_text("emulator", view_emulator);
	if (view_emulator_version()[0] != '\0')
		print_fact("emulator_version", view_emulator_version(), NULL);
	print_text("container", view_container);
}

/* 0 means that it cannot be told. */
static void
print_address(const char *name, unsigned long long value)
{
	if (value == 0)
		print_fact(name, "unknown", NULL);
	else
		printf("fact\t%s\t%llu\n", name, value);
}

/* Those that have their member's name. */
#define NUMBER(fact) print_number(#fact, view_facts()->fact)

static void
print_facts(void)
{
	print_number("user", (long long)geteuid());
	NUMBER(page_size);
	NUMBER(hugetlb);
	NUMBER(huge_page_size);
	NUMBER(huge_pages_total);
	NUMBER(huge_pages_free);
	NUMBER(huge_pages_extra);
	NUMBER(overcommit);
	NUMBER(ram_bytes);
	NUMBER(swap_bytes);
	NUMBER(rlimit_as);
	NUMBER(rlimit_data);
	NUMBER(rlimit_memlock);
	NUMBER(can_lock_memory);
	NUMBER(can_raise_limits);
	NUMBER(can_map_zero);
	NUMBER(can_see_frames);
	NUMBER(can_change_settings);
	NUMBER(aslr);
	NUMBER(wx);
	NUMBER(min_address);
	print_address("max_address", view_facts()->max_address);
	NUMBER(map_count_max);
	print_filesystem("fs.work", directories_path());
	print_filesystem("fs.shm", directories_shm());
	view_describe(print_fact, NULL);
}

/*
 * The page size is the fact that everything else is counted in, so it is the
 * one that is checked:
 *
 *	mprotect(p, 1)		|=
 *	memory			|    page 0     |    page 1     |
 *	loses its protection	 as a whole      not at all
 */
static void
identity(void)
{
	size_t page = view_page();
	unsigned char *area = area_anon(2, RW);

	print_system();
	print_facts();
	call_mprotect(area, 1, NONE);
	call_expect("ok");
	probe_expect_load(
	    area + page - 1, "the last byte of page 0", "SIGSEGV|SIGBUS");
	probe_expect_load(area + page, "the first byte of page 1", "ok");
	call_munmap(area, 1);
	call_expect("ok");
	verdict_decide(!area_is_mapped(area + page - 1), "page 0 unmapped",
	    "the last byte of page 0 is unmapped",
	    "the last byte of page 0 is mapped");
	probe_expect_load(area + page, "the first byte of page 1", "ok");
	verdict_observe("pages of %zu bytes", page);
}

/* Programs cut addresses and offsets to pages by a mask. */
static void
page_size_as_mask(void)
{
	size_t page = view_page();

	verdict_expect(page > 0 && (page & (page - 1)) == 0, "a power of two",
	    "a page size of %zu", page);
}

/* ----- flags ------------------------------------------------------------- */

/*
 * A mapping has one type, so that the two need not be bits: it is enough that
 * they are two.
 */
static bool
are_types(int one, int other)
{
	return one == MAP_PRIVATE && other == MAP_SHARED && one != other;
}

/* All that platform/flags.list names. */
static void
print_flags(void)
{
	const char *name;
	long long value;

	for (size_t i = 0; (name = view_flag_name(i)) != NULL; i++)
		if (view_find_flag(name, &value))
			printf("flag\t%s\t%#llx\n", name,
			    (unsigned long long)value);
		else
			printf("flag\t%s\tabsent\n", name);
}

static void
flags(void)
{
	static const struct {
		const char *name;
		int value;
	} bits[] = { { "PROT_READ", PROT_READ }, { "PROT_WRITE", PROT_WRITE },
		{ "PROT_EXEC", PROT_EXEC }, { "MAP_SHARED", MAP_SHARED },
		{ "MAP_PRIVATE", MAP_PRIVATE }, { "MAP_FIXED", MAP_FIXED },
		{ "MAP_ANON", MAP_ANON } };
	const size_t prots = 3, count = sizeof(bits) / sizeof(bits[0]);

	print_flags();
	for (size_t i = 0; i < count; i++) {
		verdict_expect(
		    bits[i].value != 0, "not 0", "%s is 0", bits[i].name);
		for (size_t j = i < prots ? 0 : prots; j < i; j++)
			verdict_expect(
			    are_types(bits[i].value, bits[j].value) ||
				(bits[i].value & bits[j].value) == 0,
			    "no bit in common", "%s and %s share bits",
			    bits[i].name, bits[j].name);
	}
	verdict_observe("distinct bits");
}

static void
mapped_files_option(void)
{
	long option = sysconf(_SC_MAPPED_FILES);
	struct object file = object_make(FILE_RO, view_page());

	verdict_expect(option > 0, "mapped files offered",
	    "sysconf(_SC_MAPPED_FILES) is %ld", option);
	probe_map_pattern(view_page(), R, "PRIVATE", file.fd);
	verdict_observe("offered, and a file can be mapped");
}

static void
page_size_names(void)
{
	unsigned long (*vector)(unsigned long) =
	    (unsigned long (*)(unsigned long))view_find_function("getauxval");
	long sizes[] = { sysconf(_SC_PAGE_SIZE), getpagesize(),
		/* AT_PAGESZ, where there is such a function. */
		vector == NULL ? getpagesize() : (long)vector(6) };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		verdict_expect(sizes[i] == sysconf(_SC_PAGESIZE),
		    "one page size", "%ld and %ld bytes", sysconf(_SC_PAGESIZE),
		    sizes[i]);
	verdict_observe("one page size");
}

/* Their values differ from system to system, and are a date. */
static void
memory_options(void)
{
	static const struct {
		int name;
		bool mandatory;
		const char *text;
	} options[] = {
		{ _SC_MAPPED_FILES, true, "MAPPED_FILES" },
		{ _SC_MEMORY_PROTECTION, true, "MEMORY_PROTECTION" },
		{ _SC_MEMLOCK, false, "MEMLOCK" },
		{ _SC_MEMLOCK_RANGE, false, "MEMLOCK_RANGE" },
		{ _SC_SHARED_MEMORY_OBJECTS, false, "SHARED_MEMORY_OBJECTS" },
		{ _SC_SYNCHRONIZED_IO, false, "SYNCHRONIZED_IO" },
		{ _SC_ADVISORY_INFO, false, "ADVISORY_INFO" },
		{ _SC_TYPED_MEMORY_OBJECTS, false, "TYPED_MEMORY_OBJECTS" },
	};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		long value = sysconf(options[i].name);

		printf("%s\t%ld\n", options[i].text, value);
		verdict_expect(
		    value > 0 || (value == -1 && !options[i].mandatory),
		    options[i].mandatory ? "offered" : "a date or -1",
		    "%s is %ld", options[i].text, value);
	}
	verdict_observe("answered");
}

/*
 * "Can be given" is not "has an effect": a lack of pages or of the right to
 * lock them is no objection to the flag.
 */
static void
flags_of_the_post(void)
{
	static const struct {
		const char *flags;
		const char *allowed;
	} posted[] = {
		{ "PRIVATE|ANONYMOUS", "ok" },
		{ "PRIVATE|ANON|FIXED", "ok" },
		{ "PRIVATE|ANON|LOCKED", "ok|EAGAIN|EPERM" },
		{ "PRIVATE|ANON|NORESERVE", "ok" },
		{ "PRIVATE|ANON|POPULATE", "ok" },
		{ "SHARED|ANON", "ok" },
		{ "PRIVATE|ANON|UNINITIALIZED", "ok" },
		{ "PRIVATE|ANON|HUGETLB", "ok|ENOMEM" },
	};

	for (size_t i = 0; i < sizeof(posted) / sizeof(posted[0]); i++) {
		const char *flags = posted[i].flags;
		bool huge = strstr(flags, "HUGETLB") != NULL;
		unsigned char *at =
		    strstr(flags, "FIXED") != NULL ? area_reserve(1) : NULL;
		unsigned char *mapped =
		    call_mmap(at, view_page(), RW, flags, -1, 0);

		if (huge && view_facts()->huge_page_size == 0 &&
		    !call_last()->ok)
			verdict_unsupported("there are no huge pages");
		call_expect(posted[i].allowed);
		if (mapped != MAP_FAILED && !huge)
			probe_expect_bytes(
			    mapped, view_page(), 0, "the mapping");
	}
	verdict_observe("all accepted");
}

/* ----- the kernel's list ------------------------------------------------- */

/* A system may list no type: then the protection alone decides. */
static void
expect_listed(const void *addr, int prot, bool shared)
{
	static const char *const types[] = { "no type", "private", "shared" };
	struct view_region region = view_region(addr);
	char wanted[48];

	snprintf(wanted, sizeof(wanted), "%s, %s", names_prot(prot),
	    types[shared + 1]);
	verdict_expect(region.prot == prot &&
		(region.shared == -1 || region.shared == shared),
	    wanted, "listed as %s, %s", names_prot(region.prot),
	    types[region.shared + 1]);
}

/* Nothing may be done to the pages on either side. */
static void
expect_neighbours(unsigned char *mapped)
{
	size_t page = view_page();

	expect_listed(mapped - page, NONE, false);
	expect_listed(mapped + page, NONE, false);
}

static void
expect_listed_as_asked(int prot, bool shared)
{
	bool both = (prot & (W | X)) == (W | X);
	unsigned char *place = area_reserve(3) + view_page(), *mapped;

	mapped = call_mmap(place, view_page(), prot,
	    shared ? "SHARED|ANON|FIXED" : "PRIVATE|ANON|FIXED", -1, 0);
	/* W^X systems refuse: POSIX.1-2024 mmap ERRORS ENOTSUP, or EACCES. */
	call_expect(both && view_facts()->wx == 0 ? "ENOTSUP|EACCES" : "ok");
	if (mapped == MAP_FAILED)
		return;
	verdict_decide(mapped == place, "the address asked for", "mapped there",
	    "mapped elsewhere");
	expect_listed(mapped, prot, shared);
	expect_neighbours(mapped);
	call_mprotect(mapped, view_page(), R);
	call_expect("ok");
	expect_listed(mapped, R, shared);
	expect_neighbours(mapped);
	probe_expect_bytes(mapped, view_page(), 0, "the mapping");
	call_mprotect(mapped, view_page(), NONE);
	call_expect("ok");
	expect_listed(mapped, NONE, shared);
}

static void
listed_protections(void)
{
	for (int shared = 0; shared < 2; shared++)
		for (int bits = 0; bits < 8; bits++)
			expect_listed_as_asked((bits & 1 ? R : 0) |
				(bits & 2 ? W : 0) | (bits & 4 ? X : 0),
			    shared != 0);
	verdict_observe("listed as asked");
}

static void
listed_around_mprotect(void)
{
	unsigned char *mapped =
	    call_map(view_page(), NONE, "SHARED|ANON", -1, 0);
	const char *object;

	expect_listed(mapped, NONE, true);
	call_mprotect(mapped, view_page(), RW);
	call_expect("ok");
	expect_listed(mapped, RW, true);
	probe_expect_bytes(mapped, view_page(), 0, "the mapping");
	object = view_object(mapped);
	verdict_expect(strstr(object, "zero") != NULL, "an object called zero",
	    "an object called \"%s\"", object);
	verdict_observe(
	    "---s before, rw-s after, an object called \"%s\"", object);
}

/* ----- randomization ----------------------------------------------------- */

#define RUNS 5

/* A run's choice, as a number of pages. */
static long
chosen_page(const char *argument)
{
	unsigned char *mapped = call_map(view_page(), R, "PRIVATE|ANON", -1, 0);

	(void)argument;
	probe_expect_bytes(mapped, view_page(), 0, "the mapping");
	return (long)((uintptr_t)mapped / view_page());
}

static void
addresses_of_runs(void)
{
	long first;
	bool differs = false;

	if (view_facts()->aslr == 0)
		verdict_untested("needs address space randomization, "
				 "which is off");
	if (view_facts()->aslr == -1)
		verdict_untested("whether addresses are randomized cannot be "
				 "told here");
	first = child_exec("chosen_page", "");
	for (int i = 1; i < RUNS && !differs; i++)
		differs = child_exec("chosen_page", "") != first;
	verdict_expect(differs, "different addresses", "%s in %d runs",
	    differs ? "different addresses" : "the same address", RUNS);
}

/* clang-format off */
static const struct row cases[] = {
	CODE(identity, PAGE_SIZE_IS_THE_UNIT, identity),
	CODE(page_size_as_mask, PAGE_SIZE_POWER_OF_TWO, page_size_as_mask),
	CODE(flags, FLAG_BITS_COMBINE, flags),
	CODE(page_size_names, PAGE_SIZE_NAMES_AGREE, page_size_names),
	CODE(memory_options, MEMORY_OPTIONS_ANSWERED, memory_options),
	CODE(mapped_files_option, POSIX_HAS_MMAP, mapped_files_option),
	CODE(flags_of_the_post, FLAGS_LISTED_BY_POST, flags_of_the_post),
	CODE(listed_protections, MAPS_PERMISSIONS_FOLLOW_PROT, listed_protections),
	CODE(listed_around_mprotect, PROGRAM_MAPS_AROUND_MPROTECT, listed_around_mprotect),
	CODE(addresses_of_runs, ASLR_ADDRESSES_VARY, addresses_of_runs),
};
/* clang-format on */

static const struct child_image images[] = {
	{ "chosen_page", chosen_page },
	{ NULL, NULL },
};

SUITE_PROGRAM_IMAGES(cases, images)
