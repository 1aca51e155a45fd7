/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The address space as a list of struct kinfo_vmentry, which FreeBSD, NetBSD
 * and OpenBSD give by sysctl(3).  They share its name and what is declared
 * below; how it is asked for and what else it tells is the shim's.
 */
#ifndef PLATFORM_KINFO_H
#define PLATFORM_KINFO_H

#include <sys/param.h>
#include <sys/types.h>
#include <sys/sysctl.h>
#ifdef __FreeBSD__
#include <sys/user.h>
#endif

#include <stdbool.h>
#include <stddef.h>

#include "platform/platform.h"

#ifdef KVE_PROT_READ /* OpenBSD */
#define KVME_PROT_READ  KVE_PROT_READ
#define KVME_PROT_WRITE KVE_PROT_WRITE
#define KVME_PROT_EXEC  KVE_PROT_EXEC
#endif

/*
 * ----- What the shim tells -----------------------------------------------
 */

/* Calls visit for each region in rising order until it returns nonzero. */
int kinfo_visit(
    int (*visit)(const struct kinfo_vmentry *entry, void *arg), void *arg);

/* The rest of a region; its addresses and its protection are there. */
void kinfo_finish_region(
    struct plat_region *region, const struct kinfo_vmentry *entry);

/* The rest of what is counted; the pages' size and the locks are there. */
void kinfo_finish_usage(
    struct plat_usage *usage, const struct kinfo_vmentry *entry);

/*
 * ----- What the shim may use ---------------------------------------------
 */

/* Whether the program locked the region, as mlock(2) does. */
bool kinfo_is_locked(const struct kinfo_vmentry *entry);

/* A flag of an entry, and its word with a space before it. */
struct kinfo_word {
	unsigned int flag;
	const char *word;
};

/* Writes first to buf, of size bytes, and the words of those flags that are set. */
void kinfo_spell(char *buf, size_t size, const char *first, unsigned int flags,
    const struct kinfo_word *words, size_t count);

#endif
