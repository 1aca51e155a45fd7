/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What mappings add to the memory that the system has promised (Linux:
 * Committed_AS), and whether they give it back.  Other processes change the
 * count as well: what is counted is large, hardly touched and gone at once,
 * and a verdict takes several tries that agree.
 */
#ifndef HELPERS_CHARGE_H
#define HELPERS_CHARGE_H

#include <stdbool.h>

#include "object.h"

/*
 * Something that may count: made, looked at, undone.  What make and undo need
 * to know of it, charge_mapping() gives to its own.
 */
struct charge_act {
	void (*make)(struct charge_act *act);
	void (*undo)(struct charge_act *act);
	long long size;       /* bytes that it may count */
	int prot;             /* what to map, as for call_mmap() */
	const char *flags;    /* of that */
	int fd;               /* of that */
	int byte;             /* what start begins with; -1: without access */
	unsigned char *start; /* of its memory; NULL: maps none */
	const struct object *object; /* what it writes to, if it does */
};

/* What became of the count, in bytes more than before. */
struct charge {
	long long made; /* while the act lasted */
	long long left; /* when it was over */
};

#define CHARGE_TRIES 5 /* tries in a row that a verdict takes */

/*
 * Bytes that are a good sample: 1 GiB, or less where memory or address space
 * is short.
 */
long long charge_sample(void);

/*
 * An act that makes a mapping of a sample's size, of the object or, where that
 * is NULL, of nothing.
 */
struct charge_act charge_mapping(
    int prot, const char *flags, const struct object *object);

/* Its second half: takes the mapping away. */
void charge_undo_mapping(struct charge_act *act);

/*
 * After a call that promises size bytes: that there is no room for them is not
 * what is asked here, so the case ends as untested; else it must be "ok".
 */
void charge_need_room(long long size);

/*
 * Whether the act counts as wanted: its whole size while it lasts (true) or
 * nothing, and nothing when it is over.  *charge is what was seen last.
 */
bool charge_counts(struct charge_act *act, bool wanted, struct charge *charge);

/* The verdict on what charge_counts() said, and saw; what names the act. */
void charge_judge(const struct charge_act *act, struct charge charge,
    bool holds, bool wanted, const char *what);

/* Both in one. */
void charge_expect(struct charge_act *act, bool wanted, const char *what);

/* A mapping that must count its whole size. */
void charge_expect_counted(
    int prot, const char *flags, const struct object *object);

/*
 * A mapping that must count nothing.  Where the count does not move for plain
 * private writable memory either, the case ends as untested.
 */
void charge_expect_free(
    int prot, const char *flags, const struct object *object);

#endif
