/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mmap(2), MAP_PRIVATE: a store makes a copy of the page that nobody else
 * ever sees, and until then the page is the file's own.
 *
 *	 private mapping     shared mapping      file
 *	[ stored | plain ]  [ plain | plain ]  [ plain | plain ]
 *	   own      one frame for all, until somebody stores
 *
 * Also here: the private mappings that make up a running program.
 */
#include <sys/types.h>

#include <errno.h>
#include <stdint.h>
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

/* The first page of an object, which the claim says can be mapped so. */
static volatile unsigned char *
map_page(const struct object *object, int prot)
{
	void *mapped =
	    call_mmap(NULL, suite_page(), prot, "PRIVATE", object->fd, 0);

	call_expect("ok");
	return mapped;
}

/* Another byte than the one that is there. */
static unsigned char
other_byte(unsigned char byte)
{
	return (unsigned char)(byte ^ 0x55);
}

/* Stores in every part of the page; the bytes of the file must be as made. */
static void
store_throughout(volatile unsigned char *page)
{
	for (size_t i = 0; i < suite_page(); i += 61)
		page[i] = other_byte(page[i]);
}

static void
expect_file_as_made(const struct object *file)
{
	for (size_t i = 0; i < file->size; i += 61) {
		unsigned char made = object_pattern((off_t)i);

		probe_expect_unseen("a private store",
		    object_byte(file, (off_t)i), made, other_byte(made));
	}
}

/* ----- The file --------------------------------------------------------- */

static void
stores_and_file(void)
{
	struct object file = object_make(FILE_RW, suite_page());
	volatile unsigned char *mapped = map_page(&file, RW);

	store_throughout(mapped);
	expect_file_as_made(&file);
	area_free((void *)(uintptr_t)mapped, 1);
	expect_file_as_made(&file);
	suite_observe("the file as it was");
}

static void
msync_after_store(void)
{
	struct object file = object_make(FILE_RW, suite_page());
	volatile unsigned char *mapped = map_page(&file, RW);

	store_throughout(mapped);
	call_msync((void *)(uintptr_t)mapped, suite_page(), "SYNC");
	call_expect("ok");
	expect_file_as_made(&file);
	suite_expect(mapped[0] == other_byte(object_pattern(0)),
	    "the mapping keeps its store", "the mapping %s its store",
	    mapped[0] == other_byte(object_pattern(0)) ? "keeps" : "loses");
	suite_observe("the file as it was");
}

static void
mapped_again(void)
{
	struct object file = object_make(FILE_RW, suite_page());
	volatile unsigned char *mapped = map_page(&file, RW);
	unsigned char old = *mapped, new = other_byte(old);

	*mapped = new;
	call_munmap((void *)(uintptr_t)mapped, suite_page());
	call_expect("ok");
	mapped = map_page(&file, RW);
	probe_expect_unseen("the earlier store", *mapped, old, new);
}

static void
store_by_readonly(void)
{
	struct object file = object_make(FILE_RO, suite_page());
	volatile unsigned char *mapped = map_page(&file, RW);
	unsigned char old = *mapped, new = other_byte(old);

	probe_expect_store(mapped, "the mapping", "ok");
	*mapped = new;
	suite_expect(
	    *mapped == new, "the store kept", "the mapping is %#x", *mapped);
	probe_expect_unseen(
	    "the store, by the file,", object_byte(&file, 0), old, new);
	suite_observe("stored, the file as it was");
}

/* Only a wish to read is refused by every system; see errors_test. */
static void
read_by_writeonly(void)
{
	static const char *const types[] = { "PRIVATE", "SHARED" };
	struct object file = object_make(FILE_WO, suite_page());
	struct object sound = object_make(FILE_RW, suite_page());

	map_page(&sound, RW);
	for (size_t i = 0; i < 2; i++) {
		call_mmap(NULL, suite_page(), R, types[i], file.fd, 0);
		call_expect("EACCES");
		call_mmap(NULL, suite_page(), RW, types[i], file.fd, 0);
		call_expect("EACCES");
	}
}

/* ----- Other mappings -------------------------------------------------------- */

/* The other process maps the file itself, both ways. */
static void
look_at_both(struct child *parent, void *arg)
{
	const struct object *file = arg;
	volatile unsigned char *shared = area_object(file, 0, 1, R, true);
	volatile unsigned char *private = area_object(file, 0, 1, R, false);

	do {
		child_tell(parent, *shared);
		child_tell(parent, *private);
	} while (child_hear(parent) != 0);
}

static void
other_mappings(void)
{
	struct object file = object_make(FILE_RW, suite_page());
	volatile unsigned char *shared = area_object(&file, 0, 1, R, true);
	volatile unsigned char *private = area_object(&file, 0, 1, R, false);
	volatile unsigned char *mapped = map_page(&file, RW);
	unsigned char old = *shared, new = other_byte(old);
	struct child child = child_start(look_at_both, &file);

	suite_set_up(*private == old && child_hear(&child) == old &&
		child_hear(&child) == old,
	    "the file's byte in all mappings");
	*mapped = new;
	probe_expect_unseen(
	    "the store, by a shared mapping,", *shared, old, new);
	probe_expect_unseen(
	    "the store, by a private mapping,", *private, old, new);
	child_tell(&child, 1);
	probe_expect_unseen("the store, by another process's shared mapping,",
	    (unsigned char)child_hear(&child), old, new);
	probe_expect_unseen("the store, by another process's private mapping,",
	    (unsigned char)child_hear(&child), old, new);
	child_tell(&child, 0);
	child_end(&child);
	suite_observe("seen by no other mapping");
}

/* ----- Relatives ---------------------------------------------------------------- */

/* A private page of a file and an anonymous one. */
struct pages {
	volatile unsigned char *of_file, *anonymous;
};

static struct pages
map_both(void)
{
	struct object file = object_make(FILE_RW, suite_page());
	struct pages pages = { map_page(&file, RW),
		call_mmap(NULL, suite_page(), RW, "PRIVATE|ANON", -1, 0) };

	call_expect("ok");
	return pages;
}

static void
put_both(struct pages *pages, unsigned char byte)
{
	*pages->of_file = byte;
	*pages->anonymous = byte;
}

static long
store_in_child(void *arg)
{
	put_both(arg, 'c');
	return 0;
}

static void
child_store(void)
{
	struct pages pages = map_both();

	put_both(&pages, 'p');
	child_ask(store_in_child, &pages);
	probe_expect_unseen(
	    "the child's store in a file's page", *pages.of_file, 'p', 'c');
	probe_expect_unseen("the child's store in an anonymous page",
	    *pages.anonymous, 'p', 'c');
	suite_observe("the child's store not seen");
}

/* Untouched by the parent: the child's store is the first to either page. */
static void
child_store_first(void)
{
	struct pages pages = map_both();

	child_ask(store_in_child, &pages);
	probe_expect_unseen("the child's store in a file's page",
	    *pages.of_file, object_pattern(0), 'c');
	probe_expect_unseen(
	    "the child's store in an anonymous page", *pages.anonymous, 0, 'c');
	suite_observe("the child's store not seen");
}

static void
tell_both(struct child *parent, void *arg)
{
	struct pages *pages = arg;

	child_hear(parent);
	child_tell(parent, *pages->of_file);
	child_tell(parent, *pages->anonymous);
}

static void
parent_store(void)
{
	struct pages pages = map_both();
	struct child child;

	put_both(&pages, 'o');
	child = child_start(tell_both, &pages);
	put_both(&pages, 'p');
	child_tell(&child, 0);
	probe_expect_unseen("the parent's store in a file's page",
	    (unsigned char)child_hear(&child), 'o', 'p');
	probe_expect_unseen("the parent's store in an anonymous page",
	    (unsigned char)child_hear(&child), 'o', 'p');
	child_end(&child);
	suite_observe("the parent's store not seen");
}

static void
parent_store_before(void)
{
	struct pages pages = map_both();
	struct child child;

	put_both(&pages, 'p');
	child = child_start(tell_both, &pages);
	child_tell(&child, 0);
	probe_expect_seen("the parent's store in a file's page",
	    (unsigned char)child_hear(&child), object_pattern(0), 'p');
	probe_expect_seen("the parent's store in an anonymous page",
	    (unsigned char)child_hear(&child), 0, 'p');
	child_end(&child);
	suite_observe("the parent's store seen");
}

/* ----- What the standard leaves open, and what not ------------------------------ */

static void
file_changes_first(void)
{
	struct object file = object_make(FILE_RW, suite_page());
	volatile unsigned char *mapped = map_page(&file, RW);
	unsigned char old = object_pattern(7), new = other_byte(old), got;

	object_put(&file, 7, new);
	got = mapped[7];
	suite_expect(got == old || got == new, "the old byte or the new one",
	    "the change of the file %s",
	    got == new       ? "shown"
		: got == old ? "not shown"
			     : "garbled");
}

static void
file_changes_after_store(void)
{
	struct object file = object_make(FILE_RW, suite_page());
	volatile unsigned char *mapped = map_page(&file, RW);
	unsigned char old = object_pattern(7), new = other_byte(old), got;

	*mapped = 's';
	object_put(&file, 0, 'f');
	object_put(&file, 7, new);
	got = mapped[7];
	suite_expect(*mapped == 's', "the store kept", "the store %s",
	    *mapped == 's' ? "kept" : "lost");
	suite_expect(got == old || got == new, "the old byte or the new one",
	    "the store kept, the rest of the page %s",
	    got == new       ? "follows the file"
		: got == old ? "does not follow the file"
			     : "garbled");
}

/* si_addr and the byte are checked whichever way it goes. */
static void
stored_page_cut_off(void)
{
	struct object file = object_make(FILE_RW, suite_page());
	volatile unsigned char *mapped = map_page(&file, RW);
	struct guard_signal fault;

	*mapped = 's';
	if (ftruncate(file.peer, 0) == -1)
		suite_broken("ftruncate");
	probe_expect_load(mapped, "the page cut off", "ok|SIGBUS");
	fault = probe_load(mapped, NULL);
	if (fault.signo == 0)
		suite_expect(*mapped == 's', "the store kept",
		    "readable, the store %s", *mapped == 's' ? "kept" : "lost");
	else
		suite_observe("%s", names_signal(fault.signo));
}

/* ----- Frames ------------------------------------------------------------------------ */

/* Pages may move between two looks, so one agreement decides. */
static bool
same_frame(volatile unsigned char *one, volatile unsigned char *two)
{
	for (int tries = 0; tries < 5; tries++)
		if (probe_frame(one) == probe_frame(two))
			return true;
	return false;
}

static void
frame_of_read_page(void)
{
	struct object file = object_make(FILE_RW, suite_page());
	volatile unsigned char *shared = area_object(&file, 0, 1, R, true);
	volatile unsigned char *mapped = map_page(&file, RW);

	suite_set_up(*shared == *mapped, "the file's byte in both mappings");
	suite_expect(same_frame(shared, mapped), "one frame", "%s",
	    same_frame(shared, mapped) ? "one frame" : "two frames");
	*mapped = 's';
	suite_expect(!same_frame(shared, mapped), "two frames after a store",
	    "one frame, %s after a store",
	    same_frame(shared, mapped) ? "still" : "two");
}

/* ----- The running program ------------------------------------------------------------- */

/* In each of a program's parts; more than any page and padding of .bss. */
static const unsigned char constant[64] = { 1 };
static volatile unsigned char initialized[64] = { 2 };
static volatile unsigned char zeroed[4 << 20];

static struct plat_region
region_of(const volatile void *addr)
{
	struct plat_region region;
	int error = plat_region((const void *)(uintptr_t)addr, &region);

	if (error == ENOTSUP)
		suite_untested("needs the kernel's list of regions");
	suite_set_up(error == 0, "a part of the program is not listed: %s",
	    names_errno(error));
	return region;
}

static bool
is_of_program(const struct plat_region *region)
{
	return region->inode != 0 &&
	    (region->object[0] == '\0' ||
		strcmp(region->object, suite_program_path()) == 0);
}

static const char *
type_word(const struct plat_region *region)
{
	return region->shared == 1 ? "shared" : "private";
}

static void
program_text(void)
{
	struct plat_region text = region_of((void *)(uintptr_t)program_text);
	bool same;

	suite_set_up(
	    (region_of(constant).prot & W) == 0, "a constant can be written");
	suite_expect(
	    text.prot == RX && text.shared != 1 && is_of_program(&text),
	    "RX, private, of the program's file", "text is %s, %s, of %s",
	    names_prot(text.prot), type_word(&text),
	    is_of_program(&text) ? "the program's file" : "something else");
	same =
	    (uintptr_t)constant >= text.start && (uintptr_t)constant < text.end;
	suite_expect(same, "constants in the text's mapping", "constants in %s",
	    same ? "the text's mapping" : "another mapping");
}

static void
program_data(void)
{
	struct plat_region text = region_of((void *)(uintptr_t)program_text);
	struct plat_region data = region_of(initialized);
	struct plat_region bss = region_of(zeroed + sizeof(zeroed) - 1);

	suite_expect(
	    data.prot == RW && data.shared != 1 && is_of_program(&data),
	    "RW, private, of the program's file", "data is %s, %s, of %s",
	    names_prot(data.prot), type_word(&data),
	    is_of_program(&data) ? "the program's file" : "something else");
	suite_expect(data.offset != text.offset, "another offset than the text",
	    "the data's offset is the text's");
	suite_expect(bss.prot == RW && bss.shared != 1 && bss.inode == 0,
	    "RW, private, anonymous", "zeroed memory is %s, %s, %s",
	    names_prot(bss.prot), type_word(&bss),
	    bss.inode == 0 ? "anonymous" : "of a file");
	suite_expect(bss.start >= data.end, "behind the data",
	    "zeroed memory lies %s the data",
	    bss.start >= data.end ? "behind" : "before");
	probe_expect_bytes(
	    (const void *)(uintptr_t)(zeroed + sizeof(zeroed) - suite_page()),
	    suite_page(), 0, "the last page of zeroed memory");
	suite_observe("data of the file, zeroed anonymous memory behind");
}

/* clang-format off */
static const struct suite_case cases[] = {
	CODE_DIRS(stores_and_file, PRIVATE_NOT_IN_FILE, stores_and_file),
	CODE_DIRS(msync_after_store, PRIVATE_MSYNC_WRITES_NOTHING, msync_after_store),
	CODE_DIRS(mapped_again, PRIVATE_DISCARDED_AT_UNMAP, mapped_again),
	CODE_DIRS(store_by_readonly, PRIVATE_WRITE_ON_RDONLY_FD, store_by_readonly),
	CODE_DIRS(read_by_writeonly, WRONLY_FD_EACCES, read_by_writeonly),
	CODE_DIRS(other_mappings, PRIVATE_NOT_SEEN_BY_OTHER_MAPPING, other_mappings),
	CODE_DIRS(child_store, PRIVATE_CHILD_WRITE_HIDDEN, child_store),
	CODE_DIRS(child_store_first, PRIVATE_CHILD_WRITE_HIDDEN, child_store_first),
	CODE_DIRS(parent_store, PRIVATE_PARENT_WRITE_HIDDEN, parent_store),
	CODE_DIRS(parent_store_before, PRIVATE_PARENT_PRIOR_WRITE_SEEN, parent_store_before),
	CODE_DIRS(file_changes_first, PRIVATE_UNTOUCHED_SEES_FILE_CHANGE, file_changes_first),
	CODE_DIRS(file_changes_after_store, PRIVATE_WRITTEN_PAGE_FROZEN, file_changes_after_store),
	CODE_DIRS(stored_page_cut_off, PRIVATE_DIRTY_PAGE_PAST_TRUNCATION, stored_page_cut_off),
	CODE_DIRS(frame_of_read_page, PRIVATE_READER_SHARES_PAGE_CACHE, frame_of_read_page),
	CODE(program_text, PRIVATE_TEXT_MAPPING, program_text),
	CODE(program_data, PRIVATE_DATA_MAPPING, program_data),
};
/* clang-format on */

SUITE_PROGRAM(cases)
