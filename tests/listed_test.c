/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How the kernel lists mappings beyond their protection, which is
 * system_test's: what they are of, and its words for them.
 */
#include <sys/types.h>

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/object.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/listed.def"
#include "helpers/claims.h"

static unsigned char *
map_named(char *path, size_t path_size, size_t pages, off_t first)
{
	size_t page = view_page();
	int fd = object_named_file(path, path_size, (pages + 1) * page);
	unsigned char *mapped =
	    call_map(pages * page, R, "SHARED", fd, first * (off_t)page);

	close(fd);
	return mapped;
}

/* As seen from another mount the path may begin otherwise. */
static void
expect_name(const unsigned char *start, const char *path, const char *suffix)
{
	char end[PATH_MAX];
	const char *object = view_object(start);
	size_t length, all = strlen(object);

	snprintf(end, sizeof(end), "%s%s", strrchr(path, '/'), suffix);
	length = strlen(end);
	verdict_expect(all >= length && strcmp(object + all - length, end) == 0,
	    suffix[0] == '\0' ? "the file's path" : "the path, and (deleted)",
	    "listed with another name");
}

static void
path_and_offset(void)
{
	char path[PATH_MAX];
	unsigned char *mapped = map_named(path, sizeof(path), 2, 1);
	size_t page = view_page();
	struct view_region region = view_region(mapped + page);

	expect_name(mapped, path, "");
	verdict_expect(region.offset + (uintptr_t)mapped - region.start == page,
	    "the offset asked for", "listed with another offset");
	verdict_expect(region.inode != 0, "an inode", "listed without one");
	unlink(path);
	mapped = call_map(page, RW, "PRIVATE|ANON", -1, 0);
	region = view_region(mapped);
	verdict_expect(region.inode == 0, "no inode of anonymous memory",
	    "an inode of anonymous memory");
	verdict_observe("path, offset and inode");
}

static void
deleted(void)
{
	char path[PATH_MAX];
	unsigned char *mapped = map_named(path, sizeof(path), 1, 0);

	expect_name(mapped, path, "");
	verdict_set_up(unlink(path) == 0, "unlink");
	expect_name(mapped, path, " (deleted)");
	probe_expect_pattern(mapped, view_page(), 0, "the file");
	verdict_observe("(deleted)");
}

/* Words that have to be there, and words that must not. */
static void
expect_words(const unsigned char *start, const char *there, const char *absent)
{
	char flags[160];

	snprintf(
	    flags, sizeof(flags), " %s ", view_usage_with_flags(start).flags);
	for (int wanted = 1; wanted >= 0; wanted--) {
		const char *words = wanted ? there : absent;

		for (; *words != '\0'; words += strspn(words, " ")) {
			size_t length = strcspn(words, " ");
			char word[16];

			snprintf(
			    word, sizeof(word), " %.*s ", (int)length, words);
			verdict_expect((strstr(flags, word) != NULL) == wanted,
			    wanted ? "listed" : "not listed", "%s%s", word,
			    wanted ? "is missing" : "is there");
			words += length;
		}
	}
}

static void
flag_words(void)
{
	size_t page = view_page();
	struct object file = object_make(FILE_RO, page);

	expect_words(call_map_page(RW, "PRIVATE|ANON", -1), "rd wr mr mw me",
	    "ex sh gd");
	expect_words(call_map_page(R, "SHARED|ANON", -1), "rd sh mw", "wr ex");
	expect_words(
	    call_map_page(NONE, "PRIVATE|ANON", -1), "mr mw", "rd wr ex sh");
	expect_words(call_map_page(R, "SHARED", file.fd), "rd", "wr mw");
	expect_words(call_map_page(R, "PRIVATE", file.fd), "rd mw", "wr sh");
	expect_words(
	    call_map_page(RW, "PRIVATE|ANON|GROWSDOWN", -1), "rd wr gd", "sh");
	verdict_observe("as mapped");
}

/* clang-format off */
static const struct row cases[] = {
	CODE(path_and_offset, MAPS_PATH_AND_OFFSET, path_and_offset),
	CODE(deleted, MAPS_DELETED_NAMED, deleted),
	CODE(flag_words, SMAPS_FLAGS_FOLLOW_MAPPING, flag_words),
};
/* clang-format on */

SUITE_PROGRAM(cases)
