/* SPDX-License-Identifier: BSD-2-Clause */
#include "platform/mechanism/kinfo.h"

#include <sys/mman.h>

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "platform/mechanism/lookup.h"

static void
fill_region(struct plat_region *region, const struct kinfo_vmentry *entry)
{
	*region = (struct plat_region){
		.start = (uintptr_t)entry->kve_start,
		.end = (uintptr_t)entry->kve_end,
	};
	if ((entry->kve_protection & KVME_PROT_READ) != 0)
		region->prot |= PROT_READ;
	if ((entry->kve_protection & KVME_PROT_WRITE) != 0)
		region->prot |= PROT_WRITE;
	if ((entry->kve_protection & KVME_PROT_EXEC) != 0)
		region->prot |= PROT_EXEC;
	kinfo_finish_region(region, entry);
}

bool
kinfo_is_locked(const struct kinfo_vmentry *entry)
{
#ifdef KVME_FLAG_USER_WIRED
	return (entry->kve_flags & KVME_FLAG_USER_WIRED) != 0;
#else
	return entry->kve_wired_count > 0;
#endif
}

static long long
locked_bytes(const struct kinfo_vmentry *entry)
{
	return kinfo_is_locked(entry)
	    ? (long long)(entry->kve_end - entry->kve_start)
	    : 0;
}

static void
fill_usage(struct plat_usage *usage, const struct kinfo_vmentry *entry)
{
	*usage = (struct plat_usage){
		.page_size = sysconf(_SC_PAGESIZE),
		.resident = -1,
		.locked = locked_bytes(entry),
		.dirty = -1,
	};
	kinfo_finish_usage(usage, entry);
}

struct region_visit {
	int (*visit)(const struct plat_region *region, void *arg);
	void *arg;
};

static int
pass_region(const struct kinfo_vmentry *entry, void *arg)
{
	const struct region_visit *to = arg;
	struct plat_region region;

	fill_region(&region, entry);
	return to->visit(&region, to->arg);
}

int
plat_regions(
    int (*visit)(const struct plat_region *region, void *arg), void *arg)
{
	struct region_visit to = { visit, arg };

	return kinfo_visit(pass_region, &to);
}

static int
match_usage(const struct kinfo_vmentry *entry, void *arg)
{
	struct lookup *lookup = arg;
	int stop = lookup_pass(
	    lookup, (uintptr_t)entry->kve_start, (uintptr_t)entry->kve_end);

	if (lookup->found)
		fill_usage(lookup->answer, entry);
	return stop;
}

int
plat_usage(const void *addr, struct plat_usage *usage)
{
	struct lookup lookup = { (uintptr_t)addr, usage, false };

	return lookup_result(&lookup, kinfo_visit(match_usage, &lookup));
}

struct usage_visit {
	int (*visit)(const struct plat_region *region,
	    const struct plat_usage *usage, void *arg);
	void *arg;
};

static int
pass_usage(const struct kinfo_vmentry *entry, void *arg)
{
	const struct usage_visit *to = arg;
	struct plat_region region;
	struct plat_usage usage;

	fill_region(&region, entry);
	fill_usage(&usage, entry);
	return to->visit(&region, &usage, to->arg);
}

int
plat_usages(int (*visit)(const struct plat_region *region,
		const struct plat_usage *usage, void *arg),
    void *arg)
{
	struct usage_visit to = { visit, arg };

	return kinfo_visit(pass_usage, &to);
}

static int
add_locked(const struct kinfo_vmentry *entry, void *arg)
{
	*(long long *)arg += locked_bytes(entry);
	return 0;
}

int
plat_locked(long long *bytes)
{
	long long sum = 0;
	int error = kinfo_visit(add_locked, &sum);

	if (error == 0)
		*bytes = sum;
	return error;
}

void
kinfo_spell(char *buf, size_t size, const char *first, unsigned int flags,
    const struct kinfo_word *words, size_t count)
{
	snprintf(buf, size, "%s", first);
	for (size_t i = 0; i < count; i++)
		if ((flags & words[i].flag) != 0)
			strlcat(buf, words[i].word, size);
}
