/* SPDX-License-Identifier: BSD-2-Clause */
/* The address space by /proc/self/maps and smaps, proc_pid_smaps(5). */
#include <sys/mman.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "platform/mechanism/emulator.h"
#include "platform/mechanism/lines.h"
#include "platform/mechanism/lookup.h"
#include "platform/platform.h"

/* One head line of /proc/PID/maps or smaps, proc_pid_maps(5). */
static bool
parse_region(const char *line, struct plat_region *region)
{
	char perms[5];
	int path = 0;

	if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s %llx %*x:%*x %llu %n",
		&region->start, &region->end, perms, &region->offset,
		&region->inode, &path) < 5)
		return false;
	region->prot = (perms[0] == 'r' ? PROT_READ : 0) |
	    (perms[1] == 'w' ? PROT_WRITE : 0) |
	    (perms[2] == 'x' ? PROT_EXEC : 0);
	region->shared = perms[3] == 's';
	region->object[0] = '\0';
	if (path > 0)
		snprintf(region->object, sizeof(region->object), "%.*s",
		    (int)strcspn(line + path, "\n"), line + path);
	return true;
}

int
plat_regions(
    int (*visit)(const struct plat_region *region, void *arg), void *arg)
{
	char line[512];
	struct plat_region region;
	struct lines lines;

	if (lines_open(&lines, "/proc/self/maps") != 0)
		return ENOTSUP;
	while (lines_next(&lines, line, sizeof(line)))
		if (parse_region(line, &region) && visit(&region, arg) != 0)
			break;
	lines_close(&lines);
	return 0;
}

static bool
has_word(const char *words, const char *word)
{
	const char *at = strstr(words, word);

	return at != NULL && (at == words || at[-1] == ' ') &&
	    (at[2] == ' ' || at[2] == '\0');
}

/* One "KEY: VALUE" line of smaps, proc_pid_smaps(5). */
static void
parse_usage(const char *line, struct plat_usage *usage)
{
	long long kilobytes;

	if (sscanf(line, "KernelPageSize: %lld", &kilobytes) == 1)
		usage->page_size = (long)(kilobytes * 1024);
	else if (sscanf(line, "Rss: %lld", &kilobytes) == 1)
		usage->resident = kilobytes * 1024;
	else if (sscanf(line, "Locked: %lld", &kilobytes) == 1)
		usage->locked = kilobytes * 1024;
	else if (sscanf(line, "Shared_Dirty: %lld", &kilobytes) == 1 ||
	    sscanf(line, "Private_Dirty: %lld", &kilobytes) == 1)
		usage->dirty += kilobytes * 1024;
	else if (strncmp(line, "VmFlags: ", 9) == 0)
		snprintf(usage->flags, sizeof(usage->flags), "%.*s",
		    (int)strcspn(line + 9, "\n"), line + 9);
}

static void
finish_usage(struct plat_usage *usage)
{
	usage->noreserve = has_word(usage->flags, "nr");
	usage->accounted = has_word(usage->flags, "ac");
	if (!emulator_counts_pages())
		usage->dirty = -1;
}

/*
 * Whether smaps counts at all: QEMU's user mode, in release 10, writes one of
 * its own that is all zeros.  A page of the stack is in memory.
 */
static bool
smaps_counts(void)
{
	static int counts = -1;
	char line[512];
	struct plat_region region;
	long long kilobytes;
	bool inside = false;
	struct lines lines;

	if (counts != -1 || lines_open(&lines, "/proc/self/smaps") != 0)
		return counts != 0;
	counts = 1;
	while (lines_next(&lines, line, sizeof(line)))
		if (parse_region(line, &region))
			inside = (uintptr_t)line >= region.start &&
			    (uintptr_t)line < region.end;
		else if (inside && sscanf(line, "Rss: %lld", &kilobytes) == 1)
			counts = kilobytes > 0;
	lines_close(&lines);
	return counts != 0;
}

int
plat_usages(int (*visit)(const struct plat_region *region,
		const struct plat_usage *usage, void *arg),
    void *arg)
{
	static const struct plat_usage unknown = {
		.page_size = -1, .resident = -1, .locked = -1
	};
	char line[512];
	struct plat_region region, next;
	struct plat_usage usage = unknown;
	bool inside = false;
	int stop = 0;
	struct lines lines;

	if (!smaps_counts() || lines_open(&lines, "/proc/self/smaps") != 0)
		return ENOTSUP;
	while (stop == 0 && lines_next(&lines, line, sizeof(line))) {
		if (!parse_region(line, &next)) {
			parse_usage(line, &usage);
			continue;
		}
		finish_usage(&usage);
		if (inside)
			stop = visit(&region, &usage, arg);
		region = next;
		usage = unknown;
		inside = true;
	}
	finish_usage(&usage);
	if (stop == 0 && inside)
		visit(&region, &usage, arg);
	lines_close(&lines);
	return 0;
}

static int
match_usage(
    const struct plat_region *region, const struct plat_usage *usage, void *arg)
{
	struct lookup *lookup = arg;
	int stop = lookup_pass(lookup, region->start, region->end);

	if (lookup->found)
		*(struct plat_usage *)lookup->answer = *usage;
	return stop;
}

int
plat_usage(const void *addr, struct plat_usage *usage)
{
	struct lookup lookup = { (uintptr_t)addr, usage, false };

	return lookup_result(&lookup, plat_usages(match_usage, &lookup));
}
