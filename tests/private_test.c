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

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/child.h"
#include "helpers/names.h"
#include "helpers/object.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/private.def"
#include "helpers/claims.h"

/* What nobody stored to, from byte first of the page on. */
static void
expect_of_file(const volatile unsigned char *page, size_t first)
{
	probe_expect_pattern((const void *)(uintptr_t)(page + first),
	    view_page() - first, (off_t)first, "the rest of a file's page");
}

/* The first page of an object, and every byte of it is loaded. */
static volatile unsigned char *
map_filled(const struct object *object, int prot)
{
	volatile unsigned char *mapped =
	    call_map_page(prot, "PRIVATE", object->fd);

	expect_of_file(mapped, 0);
	return mapped;
}

#define STEP 61 /* bytes from one store to the next, throughout a page */

static void
store_throughout(volatile unsigned char *page)
{
	for (size_t i = 0; i < view_page(); i += STEP)
		page[i] = probe_other_byte(object_pattern((off_t)i));
}

/* The page shows these stores, and the file between them. */
static void
expect_stored_throughout(const volatile unsigned char *page)
{
	for (size_t i = 0; i < view_page(); i++) {
		unsigned char made = object_pattern((off_t)i);
		unsigned char want =
		    i % STEP == 0 ? probe_other_byte(made) : made;
		unsigned char seen = page[i];

		if (seen != want)
			verdict_expect(false, "its stores in the mapping",
			    "the mapping holds %#x, not %#x, at byte %zu", seen,
			    want, i);
	}
}

/* The bytes of the file must be as made. */
static void
expect_file_as_made(const struct object *file)
{
	for (size_t i = 0; i < file->size; i += STEP) {
		unsigned char made = object_pattern((off_t)i);

		probe_expect_unseen("a private store",
		    object_byte(file, (off_t)i), made, probe_other_byte(made));
	}
}

/*
 * ----- The file -------------------------------------------------------------
 */

static void
stores_and_file(void)
{
	struct object file = object_make(FILE_RW, view_page());
	volatile unsigned char *mapped = call_map_page(RW, "PRIVATE", file.fd);

	store_throughout(mapped);
	expect_stored_throughout(mapped);
	expect_file_as_made(&file);
	area_free((void *)(uintptr_t)mapped, 1);
	expect_file_as_made(&file);
	verdict_observe("the file as it was");
}

static void
msync_after_store(void)
{
	struct object file = object_make(FILE_RW, view_page());
	volatile unsigned char *mapped = call_map_page(RW, "PRIVATE", file.fd);

	store_throughout(mapped);
	call_msync((void *)(uintptr_t)mapped, view_page(), "SYNC");
	call_expect("ok");
	expect_file_as_made(&file);
	expect_stored_throughout(mapped);
	verdict_observe("the file as it was");
}

/* What is unmapped lies before a page that stays. */
static void
mapped_again(void)
{
	size_t page = view_page();
	struct object file = object_make(FILE_RW, 2 * page);
	unsigned char *both =
	    call_mmap(NULL, 2 * page, RW, "PRIVATE", file.fd, 0);
	unsigned char old = object_pattern(0), new = probe_other_byte(old);
	volatile unsigned char *mapped;

	call_expect("ok");
	*both = new;
	expect_of_file(both, 1);
	call_munmap(both, page);
	call_expect("ok");
	area_expect_gone(both, "the page");
	probe_expect_pattern(
	    both + page, page, (off_t)page, "the page behind it");
	mapped = call_map_page(RW, "PRIVATE", file.fd);
	probe_expect_unseen("the earlier store", *mapped, old, new);
	expect_of_file(mapped, 1);
	verdict_observe("the earlier store not seen");
}

static void
store_by_readonly(void)
{
	struct object file = object_make(FILE_RO, view_page());
	volatile unsigned char *mapped = call_map_page(RW, "PRIVATE", file.fd);

	store_throughout(mapped);
	expect_stored_throughout(mapped);
	expect_file_as_made(&file);
	verdict_observe("stored, the file as it was");
}

/*
 * ----- Other mappings -------------------------------------------------------
 */

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
	struct object file = object_make(FILE_RW, view_page());
	volatile unsigned char *shared = area_object(&file, 0, 1, R, true);
	volatile unsigned char *private = area_object(&file, 0, 1, R, false);
	volatile unsigned char *mapped = map_filled(&file, RW);
	unsigned char old = object_pattern(0), new = probe_other_byte(old);
	struct child child = child_start(look_at_both, &file);

	verdict_set_up(*shared == old && *private == old &&
		child_hear(&child) == old && child_hear(&child) == old,
	    "the file's byte in the other mappings");
	*mapped = new;
	verdict_expect(*mapped == new, "the store kept", "the store is lost");
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
	verdict_observe("seen by no other mapping");
}

/*
 * ----- Relatives ------------------------------------------------------------
 */

/* A private page of a file and an anonymous one. */
struct pages {
	volatile unsigned char *of_file, *anonymous;
};

static struct pages
map_both(void)
{
	struct object file = object_make(FILE_RW, view_page());
	struct pages pages = { call_map_page(RW, "PRIVATE", file.fd),
		call_map(view_page(), RW, "PRIVATE|ANON", -1, 0) };

	return pages;
}

static void
put_both(struct pages *pages, unsigned char byte)
{
	*pages->of_file = byte;
	*pages->anonymous = byte;
}

/* Nobody stored to but the first byte of each. */
static void
expect_rest(const struct pages *pages)
{
	expect_of_file(pages->of_file, 1);
	probe_expect_bytes((const void *)(uintptr_t)(pages->anonymous + 1),
	    view_page() - 1, 0, "the rest of an anonymous page");
}

static long
store_in_child(void *arg)
{
	struct pages *pages = arg;

	put_both(pages, 'c');
	return *pages->of_file == 'c' && *pages->anonymous == 'c';
}

/* The child has stored, in pages that hold these bytes for the parent. */
static void
expect_child_store_unseen(
    struct pages *pages, unsigned char of_file, unsigned char anonymous)
{
	child_expect_fork();
	verdict_either(child_ask(store_in_child, pages) == 1,
	    "the child's own stores seen by it",
	    "the child's own stores not seen by it");
	probe_expect_unseen("the child's store in a file's page",
	    *pages->of_file, of_file, 'c');
	probe_expect_unseen("the child's store in an anonymous page",
	    *pages->anonymous, anonymous, 'c');
	expect_rest(pages);
	verdict_observe("the child's store not seen");
}

static void
child_store(void)
{
	struct pages pages = map_both();

	put_both(&pages, 'p');
	expect_child_store_unseen(&pages, 'p', 'p');
}

/* Untouched by the parent: the child's store is the first to either page. */
static void
child_store_first(void)
{
	struct pages pages = map_both();

	expect_child_store_unseen(&pages, object_pattern(0), 0);
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
	child_expect_fork();
	child = child_start(tell_both, &pages);
	put_both(&pages, 'p');
	child_tell(&child, 0);
	probe_expect_unseen("the parent's store in a file's page",
	    (unsigned char)child_hear(&child), 'o', 'p');
	probe_expect_unseen("the parent's store in an anonymous page",
	    (unsigned char)child_hear(&child), 'o', 'p');
	child_end(&child);
	verdict_expect(*pages.of_file == 'p' && *pages.anonymous == 'p',
	    "the parent's own stores", "the parent's store is lost");
	expect_rest(&pages);
	verdict_observe("the parent's store not seen");
}

static void
parent_store_before(void)
{
	struct pages pages = map_both();
	struct child child;

	put_both(&pages, 'p');
	child_expect_fork();
	child = child_start(tell_both, &pages);
	child_tell(&child, 0);
	probe_expect_seen("the parent's store in a file's page",
	    (unsigned char)child_hear(&child), object_pattern(0), 'p');
	probe_expect_seen("the parent's store in an anonymous page",
	    (unsigned char)child_hear(&child), 0, 'p');
	child_end(&child);
	expect_rest(&pages);
	verdict_observe("the parent's store seen");
}

/*
 * ----- What the standard leaves open, and what not --------------------------
 */

static void
file_changes_first(void)
{
	struct object file = object_make(FILE_RW, view_page());
	volatile unsigned char *mapped = call_map_page(RW, "PRIVATE", file.fd);
	unsigned char old = object_pattern(7), new = probe_other_byte(old);
	unsigned char got;

	object_put(&file, 7, new);
	got = mapped[7];
	verdict_expect(got == old || got == new, "the old byte or the new one",
	    "the change of the file %s",
	    got == new       ? "shown"
		: got == old ? "not shown"
			     : "garbled");
}

static void
file_changes_after_store(void)
{
	struct object file = object_make(FILE_RW, view_page());
	volatile unsigned char *mapped = call_map_page(RW, "PRIVATE", file.fd);
	unsigned char old = object_pattern(7), new = probe_other_byte(old);
	unsigned char own, got;

	*mapped = 's';
	object_put(&file, 0, 'f');
	object_put(&file, 7, new);
	own = *mapped;
	got = mapped[7];
	verdict_either(own == 's', "the store kept", "the store lost");
	verdict_expect(got == old || got == new, "the old byte or the new one",
	    "the store kept, the rest of the page %s",
	    got == new       ? "follows the file"
		: got == old ? "does not follow the file"
			     : "garbled");
}

static void
stored_page_cut_off(void)
{
	struct object file = object_make(FILE_RW, view_page());
	volatile unsigned char *mapped = call_map_page(RW, "PRIVATE", file.fd);
	struct guard_signal fault;
	unsigned char seen = 's';

	*mapped = 's';
	object_resize(&file, 0);
	fault = probe_load(mapped, &seen);
	verdict_expect(probe_allows("ok|SIGBUS", fault), "ok|SIGBUS",
	    "load from the page cut off: %s", probe_name(fault));
	verdict_either(seen == 's', "readable, the store kept",
	    "readable, the store lost");
	if (fault.signo != 0)
		verdict_observe("%s", names_signal(fault.signo));
}

/*
 * ----- Frames ---------------------------------------------------------------
 */

static void
frame_of_read_page(void)
{
	struct object file = object_make(FILE_RW, view_page());
	volatile unsigned char *shared = area_object(&file, 0, 1, R, true);
	volatile unsigned char *mapped = map_filled(&file, RW);
	void *page = (void *)(uintptr_t)mapped;

	verdict_set_up(
	    *shared == object_pattern(0), "the file's byte elsewhere");
	verdict_either(
	    probe_same_frame(shared, NULL, page), "one frame", "two frames");
	*mapped = 's';
	verdict_either(!probe_same_frame(shared, NULL, page),
	    "two frames after a store", "still one frame after a store");
	verdict_observe("one frame, two after a store");
}

/*
 * ----- The running program --------------------------------------------------
 */

/*
 * In each of a program's parts.  Of the initialized data whole pages, for exec
 * may copy the last bytes of a file into memory of no file; of the zeroed more
 * than any page and padding.
 */
static const unsigned char constant[64] = { 1 };
static volatile unsigned char initialized[4 << 16] = { 2 };
static volatile unsigned char zeroed[4 << 20];

static bool
is_of_program(const struct view_region *region)
{
	return region->inode != 0 &&
	    (region->object[0] == '\0' ||
		strcmp(region->object, program_path()) == 0);
}

static const char *
type_word(const struct view_region *region)
{
	return region->shared == 1 ? "shared" : "private";
}

/* A region of the program's file, of that protection and private. */
static void
expect_of_program(const struct view_region *region, int prot, const char *what)
{
	bool of_program = is_of_program(region);
	char allowed[64];

	snprintf(allowed, sizeof(allowed), "%s, private, of the program's file",
	    names_prot(prot));
	verdict_expect(
	    region->prot == prot && region->shared != 1 && of_program, allowed,
	    "%s is %s, %s, of %s", what, names_prot(region->prot),
	    type_word(region),
	    of_program ? "the program's file" : "something else");
}

static void
program_text(void)
{
	struct view_region text = view_region((void *)(uintptr_t)program_text);
	int prot = view_protection(constant);

	expect_of_program(&text, RX, "text");
	verdict_expect((prot & W) == 0, "constants that stay so",
	    "a constant can be written");
	verdict_either(
	    (uintptr_t)constant >= text.start && (uintptr_t)constant < text.end,
	    "constants in the text's mapping", "constants in another mapping");
}

static void
program_data(void)
{
	struct view_region text = view_region((void *)(uintptr_t)program_text);
	struct view_region data = view_region(initialized);
	struct view_region bss = view_region(zeroed + sizeof(zeroed) - 1);
	bool anonymous = bss.inode == 0;

	expect_of_program(&data, RW, "data");
	verdict_expect(data.offset != text.offset,
	    "another offset than the text", "the data's offset is the text's");
	verdict_expect(bss.prot == RW && bss.shared != 1 && anonymous,
	    "RW, private, anonymous", "zeroed memory is %s, %s, %s",
	    names_prot(bss.prot), type_word(&bss),
	    anonymous ? "anonymous" : "of a file");
	verdict_either(bss.start >= data.end, "zeroed memory behind the data",
	    "zeroed memory before the data");
	probe_expect_bytes(
	    (const void *)(uintptr_t)(zeroed + sizeof(zeroed) - view_page()),
	    view_page(), 0, "the last page of zeroed memory");
	verdict_observe("data of the file, zeroed anonymous memory behind");
}

/* clang-format off */
static const struct row cases[] = {
	CODE_DIRS(stores_and_file, PRIVATE_NOT_IN_FILE, stores_and_file),
	CODE_DIRS(msync_after_store, PRIVATE_MSYNC_WRITES_NOTHING, msync_after_store),
	CODE_DIRS(mapped_again, PRIVATE_DISCARDED_AT_UNMAP, mapped_again),
	CODE_DIRS(store_by_readonly, PRIVATE_WRITE_ON_RDONLY_FD, store_by_readonly),
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
