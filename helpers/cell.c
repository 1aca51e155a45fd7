/* SPDX-License-Identifier: BSD-2-Clause */
#include <sys/types.h>
#include <sys/mman.h>
#include <sys/utsname.h>

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "area.h"
#include "call.h"
#include "cell.h"
#include "names.h"
#include "probe.h"
#include "verdict.h"
#include "view.h"

#include "platform/oracle/oracle_table.h"
#include "platform/oracle/oracles.h"

/*
 * Places in the first page of a mapping.  Its head is compared with what it
 * should hold; the marks come after it; the rest is room for code, and the end
 * of the object.
 */
#define HEAD       64
#define BY_OBJECT  2 /* from the mark */
#define CODE_PLACE 1024

#define FILL  0xee /* in old mappings and their neighbours */
#define TRIES 50   /* when others take huge pages meanwhile */
#define LIMIT 20   /* seconds; a cell that hangs is named, and ends it */

/* clang-format off */
const struct cell_prot cell_prots[CELL_PROTS] = {
	{ "NONE", NONE, 0 },
	{ "R",    R,    ORACLE_READ },
	{ "W",    W,    ORACLE_WRITE },
	{ "RW",   RW,   ORACLE_READ | ORACLE_WRITE },
	{ "RWX",  RWX,  ORACLE_READ | ORACLE_WRITE | ORACLE_EXECUTE },
};

#define RDWR (ORACLE_OPEN_READ | ORACLE_OPEN_WRITE)

const struct cell_object cell_objects[CELL_OBJECTS] = {
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

struct cell_ground cell_ground;

bool
cell_has(unsigned int role)
{
	return (cell_ground.roles & role) != 0;
}

void
cell_find_facts(void)
{
	static struct utsname name;
	const struct plat_facts *facts = view_facts();
	char release[128];

	cell_ground.facts = (struct oracle_facts){
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
	if (view_release(release, sizeof(release)))
		cell_ground.facts.release = oracle_release(release);
	if (uname(&name) != -1)
		cell_ground.facts.arch = name.machine;
	cell_ground.huge_pages_total = facts->huge_pages_total;
	cell_ground.pool_grows = facts->huge_pages_extra != 0;
	cell_ground.unit = view_page();
	if (cell_has(ORACLE_HUGETLB) && cell_has(ORACLE_ANONYMOUS) &&
	    facts->huge_page_size < 0)
		verdict_untested("needs the size of huge pages, which cannot "
				 "be told here");
	if (cell_has(ORACLE_HUGETLB) && facts->huge_page_size > 0)
		cell_ground.unit = (size_t)facts->huge_page_size;
}

size_t
cell_length(void)
{
	return cell_has(ORACLE_ANONYMOUS) ? cell_ground.unit : view_page();
}

/*
 * Room for count targets.  Of ordinary pages every other one is a target, so
 * that a neighbour serves two; huge ones lie apart, aligned.
 */
void
cell_make_slots(size_t count)
{
	size_t page = view_page(), length = cell_length(),
	       unit = cell_ground.unit;

	cell_ground.stride = (length + unit - 1) / unit * unit + unit;
	cell_ground.slot_pages = (count * cell_ground.stride + unit) / page;
	cell_ground.slots = area_reserve_aligned(cell_ground.slot_pages, unit);
	cell_ground.slots_taken = 0;
	cell_ground.slot_serves = false;
	if (unit == page)
		area_protect(cell_ground.slots, cell_ground.slot_pages, RW);
}

/* The next target, filled, between filled neighbours. */
static unsigned char *
take_slot(void)
{
	size_t page = view_page(), length = cell_length();
	unsigned char *target;

	if (!cell_ground.slot_serves)
		cell_ground.slots_taken++;
	target = cell_ground.slots +
	    (cell_ground.slots_taken - 1) * cell_ground.stride +
	    cell_ground.unit;
	if (cell_ground.slot_serves)
		return target;
	if (cell_ground.unit > page)
		area_protect(target - page, length / page + 2, RW);
	target[-(ptrdiff_t)page] = FILL;
	target[-1] = FILL;
	target[0] = FILL;
	target[length - 1] = FILL;
	target[length] = FILL;
	target[length + page - 1] = FILL;
	return target;
}

/* The address that a cell asks for. */
static void
choose_address(struct cell *cell)
{
	size_t miss = cell_ground.unit > view_page() ? view_page() : 1;

	cell->target = cell->address = NULL;
	if (cell_has(ORACLE_FIXED) || cell->twist == CELL_ADDR_USED)
		cell->target = cell->address = take_slot();
	else if (cell->twist == CELL_ADDR_FREE || cell->twist == CELL_ADDR_ODD)
		cell->address = area_vacant(2 * cell->span / view_page());
	if (cell->twist == CELL_ADDR_ODD)
		cell->address += miss;
}

static void
fill_request(struct cell *cell)
{
	struct oracle_request *request = &cell->request;

	*request = (struct oracle_request){
		.roles = cell_ground.roles,
		.object = cell_objects[cell->object].object,
		.open = cell_objects[cell->object].open,
		.object_size = -1,
		.prot = cell_prots[cell->prot].bits,
		.address = (uintptr_t)cell->address,
		.occupied = cell->target != NULL,
		.length = cell->length,
		.offset = cell->offset,
	};
	if (cell_objects[cell->object].bytes)
		request->object_size = (long long)CELL_OBJECT_SIZE;
	cell->facts = cell_ground.facts;
	cell->facts.noexec = cell_ground.noexec[cell->object];
}

/*
 * ----- The call ----------------------------------------------------------------
 */

/* Whether it can be told how many huge pages a call may take. */
static bool
look_at_pool(struct view_pool *pool)
{
	return cell_has(ORACLE_HUGETLB) && cell_has(ORACLE_ANONYMOUS) &&
	    !cell_ground.pool_grows && view_find_pool(cell_ground.unit, pool);
}

static long long
free_in(const struct view_pool *pool)
{
	return pool->free - pool->reserved;
}

/*
 * Other processes take and return huge pages meanwhile, and their number is
 * changed, so that an answer fits the facts only when they held before and
 * after it.  False: the call has to be made again.
 */
static bool
fits_pool(struct cell *cell, void *at, const struct view_pool *before)
{
	long long needed = (long long)(cell->span / cell_ground.unit);
	bool enough = free_in(before) >= needed;
	struct view_pool after;

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
		struct view_pool before;
		bool known = look_at_pool(&before);

		at = call_mmap_value(cell->address, cell->length,
		    cell_prots[cell->prot].prot, cell_ground.flags,
		    cell_ground.flags_text, cell_ground.object[cell->object].fd,
		    cell->offset);
		if (!known && cell_ground.huge_pages_total != 0)
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
intrudes(const struct cell *cell, const struct cell *others, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (overlaps(cell, others[i].at, others[i].span))
			return true;
	for (i = 0; i < CELL_OBJECTS; i++)
		if (overlaps(cell, cell_ground.view[i], view_page()))
			return true;
	return false;
}

/* Where it was put, and what that did to others. */
static void
see_place(struct cell *cell, const struct cell *others, size_t count)
{
	unsigned long *seen = cell->seen.seen;
	bool over = cell->at != NULL && cell->at == cell->target;
	bool askew = cell->at != NULL && cell->target != NULL && !over;

	if (cell->target != NULL)
		cell_ground.slot_serves = false;
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
		seen[ORACLE_NEIGHBOURS] = intrudes(cell, others, count)
		    ? ORACLE_DAMAGED
		    : ORACLE_INTACT;
	if (cell->target != NULL && cell->at == NULL)
		cell_ground.slot_serves =
		    seen[ORACLE_NEIGHBOURS] == ORACLE_INTACT &&
		    seen[ORACLE_OLD] != ORACLE_CHANGED;
}

/* By the process's translations, or else by what is cached. */
static void
see_residency(struct cell *cell)
{
	size_t pages = cell->span / view_page(), count;

	if (!view_find_mapped(cell->at, pages, &count) &&
	    !view_find_resident(cell->at, pages, &count))
		return;
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
unsigned char
cell_byte(const struct cell *cell, size_t offset, unsigned char other)
{
	unsigned char byte = other;

	return probe_load(cell->at + offset, &byte).signo == 0 ? byte : other;
}

bool
cell_holds(const struct cell *cell, size_t offset, unsigned char byte)
{
	return cell_byte(cell, offset, (unsigned char)~byte) == byte;
}

/* The head, the bytes around the object's end, and the last byte. */
static void
see_contents(struct cell *cell)
{
	size_t page = view_page(), i;
	bool zero, pattern = cell_objects[cell->object].bytes;

	zero = cell_holds(cell, page - 1, 0) &&
	    cell_holds(cell, CELL_OBJECT_SIZE, 0) &&
	    cell_holds(cell, cell->span - 1, 0);
	pattern = pattern && zero &&
	    cell_holds(cell, CELL_OBJECT_SIZE - 1,
		object_pattern((off_t)CELL_OBJECT_SIZE - 1));
	zero = zero && cell_holds(cell, CELL_OBJECT_SIZE - 1, 0);
	for (i = 0; i < HEAD; i++) {
		zero = zero && cell_holds(cell, i, 0);
		pattern =
		    pattern && cell_holds(cell, i, object_pattern((off_t)i));
	}
	cell->seen.seen[ORACLE_CONTENTS] = zero ? ORACLE_ZERO
	    : pattern                           ? ORACLE_OBJECT_BYTES
						: ORACLE_FOREIGN_BYTES;
}

static void
see_access(struct cell *cell, size_t index)
{
	unsigned char *mark = cell->at + CELL_MARK(index), old = 0;
	unsigned long *seen = cell->seen.seen;

	seen[ORACLE_LOAD] = access_value(probe_load(mark, &old), mark);
	cell->loads = seen[ORACLE_LOAD] == ORACLE_ACCESS;
	if (cell->loads && (cell->offset == 0 || cell_has(ORACLE_ANONYMOUS)))
		see_contents(cell);
	seen[ORACLE_STORE] =
	    access_value(probe_store(mark, (unsigned char)~old), mark);
	cell->stores = seen[ORACLE_STORE] == ORACLE_ACCESS;
	if (cell->loads && cell->stores &&
	    !cell_holds(cell, CELL_MARK(index), (unsigned char)~old))
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
	unsigned char *view = cell_ground.view[cell->object];
	size_t mark = CELL_MARK(index);
	unsigned char before;
	bool out, in;

	if (view == NULL || !cell->loads || cell->offset != 0)
		return;
	before = view[mark + BY_OBJECT];
	out = cell->stores && cell_holds(cell, mark, view[mark]);
	/* A private page that was not stored to may follow the object. */
	if (!cell->stores && !cell_has(ORACLE_SHARED))
		return;
	view[mark + BY_OBJECT] = (unsigned char)~before;
	in = cell_holds(cell, mark + BY_OBJECT, (unsigned char)~before);
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

	if ((cell_prots[cell->prot].prot & X) == 0 || !cell->loads ||
	    !cell->stores || !probe_plant(code))
		return;
	cell->seen.seen[ORACLE_JUMP] = access_value(probe_jump(code), code);
}

/* Everything about one cell that its own process can tell. */
void
cell_try(struct cell *cells, size_t first, size_t index)
{
	struct cell *cell = &cells[index];
	void *at;

	guard_limit(LIMIT);
	choose_address(cell);
	fill_request(cell);
	at = map(cell);
	if (at != MAP_FAILED && cell->length > 0) {
		cell->at = at;
		see_residency(cell);
	}
	see_place(cell, cells + first, index - first);
	if (cell->at == NULL)
		return;
	see_access(cell, index);
	if (cell->target != NULL && cell->at == cell->target)
		cell->seen.seen[ORACLE_OLD] =
		    cell->loads && cell_holds(cell, 0, FILL) ? ORACLE_KEPT
							     : ORACLE_REPLACED;
	see_object(cell, index);
	see_execution(cell);
}

/*
 * ----- The verdict -------------------------------------------------------------------
 */

/* What stands in for a system's kernel may have rules of its own. */
static oracle_function *
running_oracle(void)
{
	static oracle_function *oracle;
	char emulator[64];

	if (oracle == NULL && view_emulator(emulator, sizeof(emulator)))
		oracle = oracle_for(emulator);
	if (oracle == NULL)
		oracle = oracle_for(view_system());
	return oracle;
}

static enum oracle_class
classify(const struct cell *cell, struct oracle_breach *breach)
{
	oracle_function *oracle = running_oracle();
	struct oracle_answer portable, system;

	oracle_portable(&cell->request, &cell->facts, &portable);
	if (oracle != NULL)
		oracle(&cell->request, &cell->facts, &system);
	return oracle_classify(
	    &portable, oracle != NULL ? &system : NULL, &cell->seen, breach);
}

void
cell_judge(const struct cell *cell, struct cell_judgement *judgement)
{
	struct oracle_breach breach;

	judgement->class = classify(cell, &breach);
	judgement->word = oracle_class_name(judgement->class);
	oracle_print_set(ORACLE_OUTCOME, cell->seen.seen[ORACLE_OUTCOME],
	    judgement->result, sizeof(judgement->result));
	oracle_print_observation(
	    &cell->seen, judgement->observed, sizeof(judgement->observed));
	judgement->finding[0] = '\0';
	if (judgement->class == ORACLE_FINDING)
		oracle_print_breach(&cell->seen, &breach, judgement->finding,
		    sizeof(judgement->finding));
}

/* Some systems shift a mapping by an odd offset. */
void
cell_free(const struct cell *cell)
{
	size_t page = view_page(), shift = (uintptr_t)cell->at % page;
	size_t pages = (cell->span + shift + page - 1) / page;

	if (cell->at == NULL ||
	    overlaps(cell, cell_ground.slots, cell_ground.slot_pages * page))
		return;
	if (munmap(cell->at - shift, pages * page) == -1)
		verdict_fail(cell->call, "what munmap can take away",
		    names_errno(errno));
}
