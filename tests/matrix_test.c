/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The matrix: each combination of seven flags is one case; inside, every
 * object is mapped with every protection, and some with an odd length, offset
 * or address; what can be seen of it is judged twice, by the running system's
 * oracle and by the portable one (platform/oracle/oracle.h).  A combination without
 * MAP_FIXED asks for no address or gives a hint, one with it for the middle of
 *
 *	before | target | after		filled, private, writable
 *
 * so that what it does to the target and to its neighbours can be seen.
 */
#include <sys/types.h>
#include <sys/mman.h>
#include <sys/utsname.h>

#include <ctype.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/child.h"
#include "helpers/guard.h"
#include "helpers/names.h"
#include "helpers/object.h"
#include "helpers/probe.h"
#include "helpers/suite.h"
#include "platform/oracle/oracle.h"

#define COMBINATIONS (1 << PLAT_ROLES)
#define PROTS        5
#define OBJECTS      10
#define TWISTS       8
#define TWISTED      2 /* objects that all twists are tried on */
#define CELLS        (OBJECTS * PROTS + TWISTED * (TWISTS - 1))

/*
 * Places in the first page of a mapping.  Its head is compared with what it
 * should hold; each cell stores at marks of its own, because cells may share
 * their object; the rest is room for code, and the end of the object.
 */
#define HEAD        64
#define MARK(cell)  (128 + (size_t)(cell)*4)
#define BY_CHILD    1 /* from the mark */
#define BY_OBJECT   2
#define CODE_PLACE  1024
#define OBJECT_SIZE (view_page() - 512)

#define FILL        0xee /* in old mappings and their neighbours */
#define TRIES       50   /* when others take huge pages meanwhile */
#define CHILD_CELLS 8    /* in one number that a child tells */
#define LIMIT       20   /* seconds; a cell that hangs is named, and ends it */

static const char letters[PLAT_ROLES + 1] = "FSPAONH";
static const char *const words[PLAT_ROLES] = { "fixed", "shared", "private",
	"anonymous", "populate", "noreserve", "hugetlb" };

/* The roles are the same bits in a combination, here and in the oracles. */
static const enum plat_role roles_in_order[PLAT_ROLES] = { PLAT_FIXED,
	PLAT_SHARED, PLAT_PRIVATE, PLAT_ANONYMOUS, PLAT_POPULATE,
	PLAT_NORESERVE, PLAT_HUGETLB };

/* clang-format off */
static const struct {
	const char *word;
	int prot;
	unsigned int bits;
} prots[PROTS] = {
	{ "NONE", NONE, 0 },
	{ "R",    R,    ORACLE_READ },
	{ "W",    W,    ORACLE_WRITE },
	{ "RW",   RW,   ORACLE_READ | ORACLE_WRITE },
	{ "RWX",  RWX,  ORACLE_READ | ORACLE_WRITE | ORACLE_EXECUTE },
};

#define RDWR (ORACLE_OPEN_READ | ORACLE_OPEN_WRITE)

static const struct {
	enum object_kind kind;
	enum oracle_object object;
	unsigned int open;
	bool bytes;		/* holds a pattern, and has a writable peer */
} objects[OBJECTS] = {
	{ NOTHING,   ORACLE_NOTHING,   0,                 false },
	{ FILE_RW,   ORACLE_FILE,      RDWR,              true },
	{ FILE_RO,   ORACLE_FILE,      ORACLE_OPEN_READ,  true },
	{ FILE_WO,   ORACLE_FILE,      ORACLE_OPEN_WRITE, true },
	{ DEVZERO,   ORACLE_DEVZERO,   RDWR,              false },
	{ SHM,       ORACLE_SHM,       RDWR,              true },
	{ MEMFD,     ORACLE_MEMFD,     RDWR,              true },
	{ DIRECTORY, ORACLE_DIRECTORY, ORACLE_OPEN_READ,  false },
	{ PIPE_READ, ORACLE_PIPE,      ORACLE_OPEN_READ,  false },
	{ SOCKET,    ORACLE_SOCKET,    RDWR,              false },
};
/* clang-format on */

/* In what a cell's call differs from the plain one. */
enum twist {
	PLAIN,
	LEN_ZERO,
	LEN_ODD,  /* ends a byte before the page does */
	OFF_PAGE, /* starts a page further, past the object's end */
	OFF_ODD,
	ADDR_ODD,  /* the target or a free place, missed by a little */
	ADDR_FREE, /* a hint to a free place */
	ADDR_USED  /* a hint to a filled target */
};

struct cell {
	size_t object;
	size_t prot;
	enum twist twist;
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

/* What all cells of a case share. */
static struct {
	unsigned int roles;
	int flags;
	char flags_text[128];
	char combination[PLAT_ROLES + 1];
	struct oracle_facts facts;
	long huge_pages_total; /* -1: not known */
	bool pool_grows;
	size_t unit; /* pages of this size stand behind cells */
	struct object object[OBJECTS];
	char absent[OBJECTS][64]; /* why there is none; empty: there is one */
	int noexec[OBJECTS];
	unsigned char *view[OBJECTS]; /* shared, writable, of the object */
	struct cell cells[CELLS];
	size_t count; /* of cells */
	unsigned char *slots;
	size_t slots_taken;
	bool slot_serves; /* the last one is as it was: for the next, too */
	size_t stride;
	size_t slot_pages;
	unsigned char *resident;
	unsigned long class[ORACLE_FINDING + 1];
	unsigned long untested;
	char finding[1152];
	char finding_observed[512];
} matrix;

static bool
has(unsigned int role)
{
	return (matrix.roles & role) != 0;
}

/*
 * ----- Before the calls ------------------------------------------------------
 */

/* The flags of a combination; one that has none here ends the case. */
static void
choose_flags(unsigned int combination)
{
	size_t i;

	matrix.roles = combination;
	for (i = 0; i < PLAT_ROLES; i++) {
		const char *name = plat_role(roles_in_order[i]);

		matrix.combination[i] = '-';
		if ((combination & (1u << i)) == 0)
			continue;
		matrix.combination[i] = letters[i];
		if (name == NULL || !call_has_flags("", name))
			verdict_unsupported("%s has no flag in the role of %s",
			    plat_name(), words[i]);
		matrix.flags |= call_flags("", name);
		if (matrix.flags_text[0] != '\0')
			strcat(matrix.flags_text, "|");
		strcat(matrix.flags_text, name + strlen("MAP_"));
	}
}

static void
find_facts(void)
{
	static struct utsname name;
	const struct plat_facts *facts = view_facts();
	char release[128];

	matrix.facts = (struct oracle_facts){
		.page_size = (long)view_page(),
		.hugetlb = facts->hugetlb,
		.huge_page_size = facts->huge_page_size,
		.huge_pages_free = facts->huge_pages_free,
		.overcommit = facts->overcommit,
		.can_map_zero = facts->can_map_zero,
		.noexec = -1,
		.wx = facts->wx,
		.release = -1,
		.min_address = facts->min_address,
		.max_address = facts->max_address,
	};
	if (plat_release(release, sizeof(release)) == 0)
		matrix.facts.release = oracle_release(release);
	if (uname(&name) != -1)
		matrix.facts.arch = name.machine;
	matrix.huge_pages_total = facts->huge_pages_total;
	matrix.pool_grows = facts->huge_pages_extra != 0;
	matrix.unit = view_page();
	if (has(ORACLE_HUGETLB) && has(ORACLE_ANONYMOUS) &&
	    facts->huge_page_size < 0)
		verdict_untested(
		    "needs the size of huge pages, which cannot be "
		    "told here");
	if (has(ORACLE_HUGETLB) && facts->huge_page_size > 0)
		matrix.unit = (size_t)facts->huge_page_size;
}

/* The path whose file system decides whether an object may be executed. */
static const char *
path_of(enum object_kind kind)
{
	switch (kind) {
	case FILE_RW:
	case FILE_RO:
	case FILE_WO:
	case DIRECTORY:
		return directories_path();
	case DEVZERO:
		return "/dev/zero";
	case SHM:
		return plat_shm_dir();
	default:
		return NULL;
	}
}

static void
make_objects(void)
{
	size_t i;

	for (i = 0; i < OBJECTS; i++) {
		const char *path = path_of(objects[i].kind);
		bool noexec;

		if (!object_try(objects[i].kind,
			objects[i].bytes ? OBJECT_SIZE : 0, &matrix.object[i],
			matrix.absent[i], sizeof(matrix.absent[i])))
			continue;
		if (objects[i].bytes)
			matrix.view[i] =
			    area_object(&matrix.object[i], 0, 1, RW, true);
		matrix.noexec[i] = -1;
		if (path != NULL && plat_noexec(path, &noexec) == 0)
			matrix.noexec[i] = noexec;
	}
}

static bool
is_absent(const struct cell *cell)
{
	return matrix.absent[cell->object][0] != '\0';
}

static size_t
cell_length(void)
{
	return has(ORACLE_ANONYMOUS) ? matrix.unit : view_page();
}

/*
 * Room for count targets.  Of ordinary pages every other one is a target, so
 * that a neighbour serves two; huge ones lie apart, aligned.
 */
static void
make_slots(size_t count)
{
	size_t page = view_page(), length = cell_length(), unit = matrix.unit;

	matrix.stride = (length + unit - 1) / unit * unit + unit;
	matrix.slot_pages = (count * matrix.stride + unit) / page;
	matrix.slots = area_reserve_aligned(matrix.slot_pages, unit);
	matrix.slots_taken = 0;
	matrix.slot_serves = false;
	if (unit == page)
		area_protect(matrix.slots, matrix.slot_pages, RW);
}

/* The next target, filled, between filled neighbours. */
static unsigned char *
take_slot(void)
{
	size_t page = view_page(), length = cell_length();
	unsigned char *target;

	if (!matrix.slot_serves)
		matrix.slots_taken++;
	target = matrix.slots + (matrix.slots_taken - 1) * matrix.stride +
	    matrix.unit;
	if (matrix.slot_serves)
		return target;
	if (matrix.unit > page)
		area_protect(target - page, length / page + 2, RW);
	target[-(ptrdiff_t)page] = FILL;
	target[-1] = FILL;
	target[0] = FILL;
	target[length - 1] = FILL;
	target[length] = FILL;
	target[length + page - 1] = FILL;
	return target;
}

/* Whether a twist makes sense in this combination. */
static bool
applies(enum twist twist)
{
	return !has(ORACLE_FIXED) || (twist != ADDR_FREE && twist != ADDR_USED);
}

static void
add_cell(size_t object, size_t prot, enum twist twist)
{
	struct cell *cell = &matrix.cells[matrix.count++];

	cell->object = object;
	cell->prot = prot;
	cell->twist = twist;
	cell->length = cell->span = cell_length();
	if (twist == LEN_ZERO)
		cell->length = 0;
	else if (twist == LEN_ODD)
		cell->length--;
	else if (twist == OFF_PAGE)
		cell->offset = (off_t)view_page();
	else if (twist == OFF_ODD)
		cell->offset = 1;
}

/* Every object with every protection; two of them with all twists. */
static void
list_cells(void)
{
	size_t object, prot;
	int twist;

	for (object = 0; object < OBJECTS; object++) {
		for (prot = 0; prot < PROTS; prot++)
			add_cell(object, prot, PLAIN);
		if (objects[object].kind != NOTHING &&
		    objects[object].kind != FILE_RW)
			continue;
		for (twist = PLAIN + 1; twist < TWISTS; twist++)
			if (applies((enum twist)twist))
				add_cell(object, 3, (enum twist)twist);
	}
}

/* The address that a cell asks for. */
static void
choose_address(struct cell *cell)
{
	size_t miss = matrix.unit > view_page() ? view_page() : 1;

	cell->target = cell->address = NULL;
	if (has(ORACLE_FIXED) || cell->twist == ADDR_USED)
		cell->target = cell->address = take_slot();
	else if (cell->twist == ADDR_FREE || cell->twist == ADDR_ODD)
		cell->address = area_vacant(2 * cell->span / view_page());
	if (cell->twist == ADDR_ODD)
		cell->address += miss;
}

static void
fill_request(struct cell *cell)
{
	struct oracle_request *request = &cell->request;

	*request = (struct oracle_request){
		.roles = matrix.roles,
		.object = objects[cell->object].object,
		.open = objects[cell->object].open,
		.object_size = -1,
		.prot = prots[cell->prot].bits,
		.address = (uintptr_t)cell->address,
		.occupied = cell->target != NULL,
		.length = cell->length,
		.offset = cell->offset,
	};
	if (objects[cell->object].bytes)
		request->object_size = (long long)OBJECT_SIZE;
	cell->facts = matrix.facts;
	cell->facts.noexec = matrix.noexec[cell->object];
}

/*
 * ----- The call ----------------------------------------------------------------
 */

/* Whether it can be told how many huge pages a call may take. */
static bool
look_at_pool(struct plat_huge_pool *pool)
{
	return has(ORACLE_HUGETLB) && has(ORACLE_ANONYMOUS) &&
	    !matrix.pool_grows && plat_huge_pool(matrix.unit, pool) == 0;
}

static long long
free_in(const struct plat_huge_pool *pool)
{
	return pool->free - pool->reserved;
}

/*
 * Other processes take and return huge pages meanwhile, and their number is
 * changed, so that an answer fits the facts only when they held before and
 * after it.  False: the call has to be made again.
 */
static bool
fits_pool(struct cell *cell, void *at, const struct plat_huge_pool *before)
{
	long long needed = (long long)(cell->span / matrix.unit);
	bool enough = free_in(before) >= needed;
	struct plat_huge_pool after;

	cell->facts.huge_pages_free = free_in(before);
	if (enough == (at != MAP_FAILED) || !look_at_pool(&after) ||
	    (at == MAP_FAILED && call_last()->error != ENOMEM))
		return true;
	/* Given one too many, unless somebody made or returned one. */
	if (at != MAP_FAILED && (before->total != 0 || after.total != 0))
		cell->facts.huge_pages_free = -1;
	if (at != MAP_FAILED)
		return true;
	if (free_in(&after) >= needed)
		return false;
	cell->facts.huge_pages_free = 0;
	return true;
}

static void *
map(struct cell *cell)
{
	void *at = MAP_FAILED;
	int tries;

	for (tries = 0; tries < TRIES; tries++) {
		struct plat_huge_pool before;
		bool known = look_at_pool(&before);

		at = call_mmap_value(cell->address, cell->length,
		    prots[cell->prot].prot, matrix.flags, matrix.flags_text,
		    matrix.object[cell->object].fd, cell->offset);
		if (!known && matrix.huge_pages_total != 0)
			cell->facts.huge_pages_free = -1;
		if (!known || fits_pool(cell, at, &before))
			break;
		sched_yield();
	}
	snprintf(cell->call, sizeof(cell->call), "%s", call_last()->text);
	cell->seen.seen[ORACLE_OUTCOME] =
	    oracle_outcome(at == MAP_FAILED ? call_last()->error : 0);
	return at;
}

/*
 * ----- What can be seen ----------------------------------------------------------
 */

static bool
holds_fill(const unsigned char *byte)
{
	unsigned char value = 0;

	return probe_load(byte, &value).signo == 0 && value == FILL;
}

/* Nothing else may move in where the target was: it is unmapped later. */
static void
plug(unsigned char *target, size_t length)
{
	/* raw: not the call under test, which the failure line names. */
	void *plug =
	    mmap(target, length, RW, MAP_PRIVATE | MAP_ANON | MAP_FIXED, -1, 0);

	verdict_set_up(plug == target,
	    "the gap that a refused MAP_FIXED left cannot be closed");
	target[0] = FILL;
	target[length - 1] = FILL;
}

/* Whether nothing changed around the target. */
static bool
neighbours_hold(const struct cell *cell)
{
	const unsigned char *start = cell->target, *end = start + cell->span;
	size_t page = view_page();

	return holds_fill(start - page) && holds_fill(start - 1) &&
	    holds_fill(end) && holds_fill(end + page - 1);
}

/* What became of the target when nothing was mapped over it. */
static unsigned long
old_value(const struct cell *cell)
{
	unsigned char *first = cell->target, *last = first + cell->span - 1;

	if (holds_fill(first) && holds_fill(last) &&
	    probe_store(first, FILL).signo == 0 &&
	    probe_store(last, FILL).signo == 0)
		return ORACLE_KEPT;
	if (area_is_mapped(first) || area_is_mapped(last))
		return ORACLE_CHANGED;
	plug(first, cell->span);
	return ORACLE_GONE;
}

static bool
overlaps(const struct cell *cell, const unsigned char *start, size_t size)
{
	return start != NULL && cell->at < start + size &&
	    start < cell->at + cell->span;
}

/* Whether the mapping lies over one that it was not to replace. */
static bool
intrudes(const struct cell *cell, size_t first, size_t index)
{
	size_t i;

	for (i = first; i < index; i++)
		if (overlaps(cell, matrix.cells[i].at, matrix.cells[i].span))
			return true;
	for (i = 0; i < OBJECTS; i++)
		if (overlaps(cell, matrix.view[i], view_page()))
			return true;
	return false;
}

/* Where it was put, and what that did to others. */
static void
see_place(struct cell *cell, size_t first, size_t index)
{
	unsigned long *seen = cell->seen.seen;
	bool over = cell->at != NULL && cell->at == cell->target;
	bool askew = cell->at != NULL && cell->target != NULL && !over;

	if (cell->target != NULL)
		matrix.slot_serves = false;
	if (cell->at != NULL && cell->address != NULL)
		seen[ORACLE_PLACE] =
		    cell->at == cell->address ? ORACLE_EXACT : ORACLE_ELSEWHERE;
	/* Askew, where it was asked for, it covers a part or a neighbour. */
	if (askew && cell->at == cell->address)
		return;
	if (cell->target != NULL && !over)
		seen[ORACLE_OLD] = old_value(cell);
	if (cell->target != NULL)
		seen[ORACLE_NEIGHBOURS] =
		    neighbours_hold(cell) ? ORACLE_INTACT : ORACLE_DAMAGED;
	if (cell->at != NULL && !over)
		seen[ORACLE_NEIGHBOURS] = intrudes(cell, first, index)
		    ? ORACLE_DAMAGED
		    : ORACLE_INTACT;
	if (cell->target != NULL && cell->at == NULL)
		matrix.slot_serves = seen[ORACLE_NEIGHBOURS] == ORACLE_INTACT &&
		    seen[ORACLE_OLD] != ORACLE_CHANGED;
}

/* By the process's translations, or else by what is cached. */
static void
see_residency(struct cell *cell)
{
	size_t pages = cell->span / view_page(), count = 0, i;

	if (plat_mapped(cell->at, pages, matrix.resident) != 0 &&
	    plat_resident(cell->at, pages, matrix.resident) != 0)
		return;
	for (i = 0; i < pages; i++)
		count += matrix.resident[i] != 0;
	cell->seen.seen[ORACLE_RESIDENCY] = count == pages ? ORACLE_ALL
	    : count == 0                                   ? ORACLE_NONE
							   : ORACLE_SOME;
}

static unsigned long
access_value(struct guard_signal fault, const void *addr)
{
	uintptr_t page = view_page();
	bool here = fault.addr / page == (uintptr_t)addr / page;

	if (fault.signo == 0)
		return ORACLE_ACCESS;
	if (fault.signo == SIGSEGV)
		return !here                    ? ORACLE_SEGV_OTHER
		    : fault.code == SEGV_ACCERR ? ORACLE_SEGV_ACCERR
		    : fault.code == SEGV_MAPERR ? ORACLE_SEGV_MAPERR
						: ORACLE_SEGV_OTHER;
	return here && fault.code == BUS_ADRERR ? ORACLE_BUS_ADRERR
						: ORACLE_BUS_OTHER;
}

/* A byte of a cell; what keeps it from being read is another byte. */
static unsigned char
byte_at(const struct cell *cell, size_t offset, unsigned char other)
{
	unsigned char byte = other;

	return probe_load(cell->at + offset, &byte).signo == 0 ? byte : other;
}

static bool
holds(const struct cell *cell, size_t offset, unsigned char byte)
{
	return byte_at(cell, offset, (unsigned char)~byte) == byte;
}

/* The head, the bytes around the object's end, and the last byte. */
static void
see_contents(struct cell *cell)
{
	size_t page = view_page(), i;
	bool zero, pattern = objects[cell->object].bytes;

	zero = holds(cell, page - 1, 0) && holds(cell, OBJECT_SIZE, 0) &&
	    holds(cell, cell->span - 1, 0);
	pattern = pattern && zero &&
	    holds(
		cell, OBJECT_SIZE - 1, object_pattern((off_t)OBJECT_SIZE - 1));
	zero = zero && holds(cell, OBJECT_SIZE - 1, 0);
	for (i = 0; i < HEAD; i++) {
		zero = zero && holds(cell, i, 0);
		pattern = pattern && holds(cell, i, object_pattern((off_t)i));
	}
	cell->seen.seen[ORACLE_CONTENTS] = zero ? ORACLE_ZERO
	    : pattern                           ? ORACLE_OBJECT_BYTES
						: ORACLE_FOREIGN_BYTES;
}

static void
see_access(struct cell *cell, size_t index)
{
	unsigned char *mark = cell->at + MARK(index), old = 0;
	unsigned long *seen = cell->seen.seen;

	seen[ORACLE_LOAD] = access_value(probe_load(mark, &old), mark);
	cell->loads = seen[ORACLE_LOAD] == ORACLE_ACCESS;
	if (cell->loads && (cell->offset == 0 || has(ORACLE_ANONYMOUS)))
		see_contents(cell);
	seen[ORACLE_STORE] =
	    access_value(probe_store(mark, (unsigned char)~old), mark);
	cell->stores = seen[ORACLE_STORE] == ORACLE_ACCESS;
	if (cell->loads && cell->stores &&
	    !holds(cell, MARK(index), (unsigned char)~old))
		seen[ORACLE_STORE] = ORACLE_LOST;
	if (!cell->loads && seen[ORACLE_LOAD] != ORACLE_BUS_ADRERR &&
	    mprotect(cell->at, cell->span, R) == 0 &&
	    probe_load(mark, NULL).signo == 0)
		see_contents(cell);
}

/* Whether mapping and object see each other's stores. */
static void
see_object(struct cell *cell, size_t index)
{
	unsigned char *view = matrix.view[cell->object];
	size_t mark = MARK(index);
	unsigned char before;
	bool out, in;

	if (view == NULL || !cell->loads || cell->offset != 0)
		return;
	before = view[mark + BY_OBJECT];
	out = cell->stores && holds(cell, mark, view[mark]);
	/* A private page that was not stored to may follow the object. */
	if (!cell->stores && !has(ORACLE_SHARED))
		return;
	view[mark + BY_OBJECT] = (unsigned char)~before;
	in = holds(cell, mark + BY_OBJECT, (unsigned char)~before);
	if (!cell->stores)
		out = in;
	cell->seen.seen[ORACLE_REACH] = in && out ? ORACLE_REACHED
	    : in || out                           ? ORACLE_ONE_WAY
						  : ORACLE_UNTOUCHED;
}

static void
see_execution(struct cell *cell)
{
	unsigned char *code = cell->at + CODE_PLACE;

	if ((prots[cell->prot].prot & X) == 0 || !cell->loads ||
	    !cell->stores || !probe_plant(code))
		return;
	cell->seen.seen[ORACLE_JUMP] = access_value(probe_jump(code), code);
}

/* Everything about one cell that its own process can tell. */
static void
try_cell(size_t first, size_t index)
{
	struct cell *cell = &matrix.cells[index];
	void *at;

	guard_limit(LIMIT);
	choose_address(cell);
	fill_request(cell);
	at = map(cell);
	if (at != MAP_FAILED && cell->length > 0) {
		cell->at = at;
		see_residency(cell);
	}
	see_place(cell, first, index);
	if (cell->at == NULL)
		return;
	see_access(cell, index);
	if (cell->target != NULL && cell->at == cell->target)
		cell->seen.seen[ORACLE_OLD] =
		    cell->loads && holds(cell, 0, FILL) ? ORACLE_KEPT
							: ORACLE_REPLACED;
	see_object(cell, index);
	see_execution(cell);
}

/*
 * ----- What another process, and the kernel, can tell -------------------------------
 */

struct batch {
	size_t first;
	size_t end;
};

/* What a child found, two bits for each cell. */
enum {
	NOT_TRIED,
	STORED,
	LOST, /* cannot be used, or does not hold what the parent stored */
	CHILD_BITS = 2,
	CHILD_MASK = (1 << CHILD_BITS) - 1
};

/* The child stores in a cell that its parent stored in. */
static int
use_in_child(const struct cell *cell, size_t index)
{
	unsigned char *mark = cell->at + MARK(index), seen = 0;
	struct guard_signal got;

	if (!cell->loads || !cell->stores)
		return NOT_TRIED;
	got = probe_load(mark, &seen);
	if (got.signo == 0 && seen != cell->parent_byte)
		return LOST;
	if (got.signo == 0)
		got = probe_store(mark + BY_CHILD, cell->child_byte);
	/* A copy may take a huge page that there is not. */
	if (got.signo == SIGBUS && matrix.unit > view_page())
		return NOT_TRIED;
	return got.signo == 0 ? STORED : LOST;
}

static void
store_in_child(struct child *parent, void *arg)
{
	const struct batch *batch = arg;
	size_t i, j;

	for (i = batch->first; i < batch->end; i += CHILD_CELLS) {
		long found = 0;

		for (j = i; j < i + CHILD_CELLS && j < batch->end; j++)
			found |= (long)use_in_child(&matrix.cells[j], j)
			    << CHILD_BITS * (j - i);
		child_tell(parent, found);
	}
}

static void
see_sharing(struct batch *batch)
{
	struct child child;
	bool any = false;
	size_t i, j;

	for (i = batch->first; i < batch->end; i++) {
		struct cell *cell = &matrix.cells[i];

		if (!cell->loads || !cell->stores)
			continue;
		cell->parent_byte = byte_at(cell, MARK(i), 0);
		cell->child_byte =
		    (unsigned char)~byte_at(cell, MARK(i) + BY_CHILD, 0);
		any = true;
	}
	if (!any)
		return;
	guard_limit(LIMIT);
	child = child_start(store_in_child, batch);
	for (i = batch->first; i < batch->end; i += CHILD_CELLS) {
		long found = child_hear(&child);

		for (j = i; j < i + CHILD_CELLS && j < batch->end; j++) {
			struct cell *cell = &matrix.cells[j];
			int in_child =
			    found >> CHILD_BITS * (j - i) & CHILD_MASK;

			if (in_child == NOT_TRIED)
				continue;
			cell->seen.seen[ORACLE_SHARING] = in_child == LOST
			    ? ORACLE_IS_LOST
			    : holds(cell, MARK(j) + BY_CHILD, cell->child_byte)
			    ? ORACLE_IS_SHARED
			    : ORACLE_IS_PRIVATE;
		}
	}
	child_end(&child);
}

static int
note_backing(
    const struct plat_region *region, const struct plat_usage *usage, void *arg)
{
	const struct batch *batch = arg;
	size_t i;

	for (i = batch->first; i < batch->end; i++) {
		struct cell *cell = &matrix.cells[i];

		if (cell->at != NULL && (uintptr_t)cell->at >= region->start &&
		    (uintptr_t)cell->at < region->end && usage->page_size > 0)
			cell->seen.seen[ORACLE_BACKING] =
			    usage->page_size > (long)view_page()
			    ? ORACLE_HUGE_PAGES
			    : ORACLE_ORDINARY_PAGES;
	}
	return 0;
}

/*
 * ----- The verdict -------------------------------------------------------------------
 */

static void
print_cell(const struct cell *cell, const char *result, const char *class,
    const char *observed)
{
	const char *placement = has(ORACLE_FIXED) ? "fixed" : "null";
	const char *length = cell->span > view_page() ? "huge" : "page";
	const char *offset = "0";

	switch (cell->twist) {
	case PLAIN:
		break;
	case LEN_ZERO:
		length = "0";
		break;
	case LEN_ODD:
		length = "odd";
		break;
	case OFF_PAGE:
		offset = "page";
		break;
	case OFF_ODD:
		offset = "odd";
		break;
	case ADDR_ODD:
		placement =
		    has(ORACLE_FIXED) ? "fixed-unaligned" : "hint-unaligned";
		break;
	case ADDR_FREE:
		placement = "hint-free";
		break;
	case ADDR_USED:
		placement = "hint-used";
		break;
	}
	printf("cell\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", matrix.combination,
	    object_word(objects[cell->object].kind), prots[cell->prot].word,
	    placement, length, offset, result, class, observed);
}

/* What stands in for a system's kernel may have rules of its own. */
static oracle_function *
running_oracle(void)
{
	static oracle_function *oracle;
	char emulator[64];

	if (oracle == NULL && plat_emulator(emulator, sizeof(emulator)) == 0)
		oracle = oracle_for(emulator);
	if (oracle == NULL)
		oracle = oracle_for(plat_name());
	return oracle;
}

static void
judge(const struct cell *cell)
{
	oracle_function *oracle = running_oracle();
	struct oracle_answer portable, system;
	struct oracle_breach breach;
	enum oracle_class class;
	char observed[256], got[512], result[32], line[1152];

	oracle_portable(&cell->request, &cell->facts, &portable);
	if (oracle != NULL)
		oracle(&cell->request, &cell->facts, &system);
	class = oracle_classify(
	    &portable, oracle != NULL ? &system : NULL, &cell->seen, &breach);
	matrix.class[class]++;
	oracle_print_set(ORACLE_OUTCOME, cell->seen.seen[ORACLE_OUTCOME],
	    result, sizeof(result));
	oracle_print_observation(&cell->seen, observed, sizeof(observed));
	print_cell(cell, result, oracle_class_name(class), observed);
	if (class != ORACLE_FINDING)
		return;
	oracle_print_breach(&cell->seen, &breach, got, sizeof(got));
	snprintf(line, sizeof(line), "%s = %s", cell->call, got);
	fprintf(stderr, "%s\n", line);
	if (matrix.finding[0] != '\0')
		return;
	memcpy(matrix.finding, line, sizeof(line));
	snprintf(matrix.finding_observed, sizeof(matrix.finding_observed), "%s",
	    got);
}

/* Some systems shift a mapping by an odd offset. */
static void
free_cell(const struct cell *cell)
{
	size_t page = view_page(), shift = (uintptr_t)cell->at % page;
	size_t pages = (cell->span + shift + page - 1) / page;

	if (munmap(cell->at - shift, pages * page) == -1)
		verdict_fail(cell->call, "what munmap can take away",
		    names_errno(errno));
}

/* Cells of one object, so that a hang in one leaves the others' lines. */

static void
run_batch(struct batch *batch)
{
	size_t i;

	if (is_absent(&matrix.cells[batch->first])) {
		for (i = batch->first; i < batch->end; i++)
			print_cell(&matrix.cells[i], "-", "untested",
			    matrix.absent[matrix.cells[i].object]);
		matrix.untested += batch->end - batch->first;
		return;
	}
	make_slots(batch->end - batch->first);
	for (i = batch->first; i < batch->end; i++)
		try_cell(batch->first, i);
	see_sharing(batch);
	if (has(ORACLE_HUGETLB))
		plat_usages(note_backing, batch);
	for (i = batch->first; i < batch->end; i++) {
		struct cell *cell = &matrix.cells[i];

		judge(cell);
		if (cell->at != NULL &&
		    !overlaps(
			cell, matrix.slots, matrix.slot_pages * view_page()))
			free_cell(cell);
	}
	area_free(matrix.slots, matrix.slot_pages);
	fflush(stdout);
}

/*
 * Cells to hold huge pages for at a time: these are scarce, others test too,
 * and a store in a child takes another one.
 */
static size_t
huge_step(void)
{
	long free = matrix.facts.huge_pages_free < 0
	    ? 0
	    : (long)matrix.facts.huge_pages_free;

	if (matrix.huge_pages_total == 0 && !matrix.pool_grows)
		return matrix.count;
	return free < 8 ? 2 : free < 64 ? (size_t)free / 4 : 16;
}

/* The first cell that is not in the batch which begins with that one. */
static size_t
batch_end(size_t first, size_t step)
{
	size_t end = first;

	while (end < matrix.count && end - first < step &&
	    matrix.cells[end].object == matrix.cells[first].object)
		end++;
	return end;
}

/* Why there are none, for each object that there is none of. */
static void
list_absent(char *text, size_t size)
{
	size_t i, used;

	text[0] = '\0';
	for (i = 0; i < OBJECTS; i++) {
		if (matrix.absent[i][0] == '\0')
			continue;
		used = strlen(text);
		snprintf(text + used, size - used, "%s%s", used > 0 ? "; " : "",
		    matrix.absent[i]);
	}
}

static void
run_combination(size_t combination)
{
	struct batch batch;
	char absent[256];
	size_t step;

	choose_flags((unsigned int)combination);
	find_facts();
	make_objects();
	matrix.resident = calloc(matrix.unit / view_page(), 1);
	verdict_set_up(matrix.resident != NULL, "no memory");
	list_cells();
	step = matrix.count;
	if (has(ORACLE_HUGETLB) && has(ORACLE_ANONYMOUS))
		step = huge_step();
	for (batch.first = 0; batch.first < matrix.count;
	     batch.first = batch.end) {
		batch.end = batch_end(batch.first, step);
		run_batch(&batch);
	}
	if (matrix.finding[0] != '\0')
		verdict_end(
		    VERDICT_FAIL, matrix.finding_observed, matrix.finding);
	verdict_observe("%lu portable, %lu extension, %lu deviation",
	    matrix.class[ORACLE_PORTABLE], matrix.class[ORACLE_EXTENSION],
	    matrix.class[ORACLE_DEVIATION]);
	list_absent(absent, sizeof(absent));
	if (absent[0] != '\0')
		printf("untested: %lu cells: %s\n", matrix.untested, absent);
}

/*
 * ----- The cases ---------------------------------------------------------------------
 */

static struct combination cases[COMBINATIONS];
static struct {
	char name[80];
	char combination[PLAT_ROLES + 1];
	char description[200];
} texts[COMBINATIONS];

static void
name_case(unsigned int combination)
{
	char *name = texts[combination].name;
	char flags[128] = "";
	size_t i;

	for (i = 0; i < PLAT_ROLES; i++) {
		bool set = (combination & (1u << i)) != 0;

		texts[combination].combination[i] = set ? letters[i] : '-';
		if (!set)
			continue;
		if (name[0] != '\0') {
			strcat(name, "_");
			strcat(flags, "|");
		}
		strcat(name, words[i]);
		strcat(flags, words[i]);
	}
	if (name[0] == '\0')
		strcat(name, "none");
	for (i = 0; flags[i] != '\0'; i++)
		flags[i] = (char)toupper((unsigned char)flags[i]);
	snprintf(texts[combination].description,
	    sizeof(texts[combination].description),
	    "Each object with each protection and %s: what is refused, and "
	    "what a mapping is, fits the rules",
	    flags[0] != '\0' ? flags : "no flags");
	cases[combination] = (struct combination){
		.name = name,
		.combination = texts[combination].combination,
		.description = texts[combination].description,
		.run = run_combination,
	};
}

int
main(int argc, char **argv)
{
	unsigned int i;

	for (i = 0; i < COMBINATIONS; i++)
		name_case(i);
	return rows_main_combinations(
	    argc, argv, __FILE__, cases, COMBINATIONS);
}
