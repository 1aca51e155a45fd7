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
 * Something that may count: made, looked at, undone.  start is where its
 * memory is, NULL for what maps none; byte what that must begin with, -1 for
 * memory without access.
 */
struct charge_act {
	void (*make)(struct charge_act *act);
	void (*undo)(struct charge_act *act);
	long long size;
	int prot;
	const char *flags;
	int fd;
	int byte;
	unsigned char *start;
	const struct object *object;
};

/* What became of the count: while the act lasted, and when it was over. */
struct charge {
	long long made;
	long long left;
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
