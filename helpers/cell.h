/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One cell of the matrix: a call, what can be seen of its outcome by the process
 * that made it, and the two oracles' judgement of that
 * (platform/oracle/oracle.h, which is pure).
 */
#ifndef HELPERS_CELL_H
#define HELPERS_CELL_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

#include "platform/oracle/oracle.h"
#include "object.h"

#define CELL_PROTS   5
#define CELL_OBJECTS 10

/*
 * Where cell number n stores: each at marks of its own, because cells may
 * share their object.
 */
#define CELL_MARK(n)     (128 + (size_t)(n)*4)
#define CELL_BY_CHILD    1 /* from the mark */
#define CELL_OBJECT_SIZE (view_page() - 512)

struct cell_prot {
	const char *word;
	int prot;
	unsigned int bits; /* for the oracles */
};
extern const struct cell_prot cell_prots[CELL_PROTS];

struct cell_object {
	enum object_kind kind;
	enum oracle_object object;
	unsigned int open; /* for the oracles */
	bool bytes;        /* holds a pattern, and has a writable peer */
};
extern const struct cell_object cell_objects[CELL_OBJECTS];

/* In what a cell's call differs from the plain one. */
enum cell_twist {
	CELL_PLAIN,
	CELL_LEN_ZERO,
	CELL_LEN_ODD,  /* ends a byte before the page does */
	CELL_OFF_PAGE, /* starts a page further, past the object's end */
	CELL_OFF_ODD,
	CELL_ADDR_ODD,  /* the target or a free place, missed by a little */
	CELL_ADDR_FREE, /* a hint to a free place */
	CELL_ADDR_USED  /* a hint to a filled target */
};

struct cell {
	size_t object;
	size_t prot;
	enum cell_twist twist;
	struct oracle_request request;
	struct oracle_facts facts;
	struct oracle_observation seen;
	char call[512];
	unsigned char *at; /* NULL: not mapped */
	size_t length;     /* asked for */
	size_t span;       /* pages that it takes, in bytes */
	off_t offset;
	unsigned char *address; /* asked for */
	unsigned char *target;  /* filled pages; NULL: none */
	bool loads;
	bool stores;
	unsigned char parent_byte; /* what the child has to find */
	unsigned char child_byte;  /* what the child stores */
};

/*
 * What all cells of a case share: the call's flags, the facts, the objects and
 * the targets.  The test fills it before the first cell.
 */
struct cell_ground {
	unsigned int roles; /* bits of enum oracle_role */
	int flags;
	char flags_text[128];
	struct oracle_facts facts;
	long huge_pages_total; /* -1: not known */
	bool pool_grows;
	size_t unit; /* pages of this size stand behind cells */
	struct object object[CELL_OBJECTS];
	int noexec[CELL_OBJECTS];
	unsigned char *view[CELL_OBJECTS]; /* shared, writable, of the object */
	unsigned char *slots;
	size_t slots_taken;
	bool slot_serves; /* the last one is as it was: for the next, too */
	size_t stride;
	size_t slot_pages;
};
extern struct cell_ground cell_ground;

/* Whether the combination has that role. */
bool cell_has(unsigned int role);

/*
 * The facts that the oracles go by, once the roles are set.  A combination that
 * cannot do without the size of huge pages ends as untested where that is not
 * told.
 */
void cell_find_facts(void);

/* The bytes that a plain cell asks for. */
size_t cell_length(void);

/*
 * Room for count targets.  Of ordinary pages every other one is a target, so
 * that a neighbour serves two; huge ones lie apart, aligned.
 */
void cell_make_slots(size_t count);

/*
 * Makes cell number index's call and sees all that its own process can tell;
 * those from first on were tried before and are mapped still.
 */
void cell_try(struct cell *cells, size_t first, size_t index);

/* A byte of a mapped cell; other: it cannot be read. */
unsigned char cell_byte(
    const struct cell *cell, size_t offset, unsigned char other);

/* Whether it can be read and is that. */
bool cell_holds(const struct cell *cell, size_t offset, unsigned char byte);

/* What the oracles say of a cell, and its line in words. */
struct cell_judgement {
	enum oracle_class class;
	const char *word;   /* for the class: "portable" */
	char result[32];    /* "ok", "ENODEV" */
	char observed[256]; /* "contents=zero store=ok", "-" if nothing */
	char finding[512];  /* "" unless the class is ORACLE_FINDING: the first
			       thing that is not allowed, and what is */
};

/* By the portable oracle and the running system's, of what was seen. */
void cell_judge(const struct cell *cell, struct cell_judgement *judgement);

/* Unmaps it, unless it lies among the targets, which go together. */
void cell_free(const struct cell *cell);

#endif
