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

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/cell.h"
#include "helpers/child.h"
#include "helpers/guard.h"
#include "helpers/names.h"
#include "helpers/object.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define COMBINATIONS (1 << PLAT_ROLES)
#define TWISTS       8
#define TWISTED      2 /* objects that all twists are tried on */
#define CELLS        (CELL_OBJECTS * CELL_PROTS + TWISTED * (TWISTS - 1))

#define CHILD_CELLS 8  /* in one number that a child tells */
#define LIMIT       20 /* seconds; a cell that hangs is named, and ends it */

/* In the order of the roles, which are a combination's bits in the oracles, too. */
static const char letters[PLAT_ROLES + 1] = "FSPAONH";
static const char *const words[PLAT_ROLES] = { "fixed", "shared", "private",
	"anonymous", "populate", "noreserve", "hugetlb" };

static struct {
	char combination[PLAT_ROLES + 1];
	char absent[CELL_OBJECTS][64]; /* why there is none; empty: there is */
	struct cell cells[CELLS];
	size_t count;
	unsigned long class[ORACLE_FINDING + 1];
	unsigned long untested;
	char finding[1152];
	char finding_observed[512];
} matrix;

/*
 * ----- Before the calls ------------------------------------------------------
 */

/* The flags of a combination; one that has none here ends the case. */
static void
choose_flags(unsigned int combination)
{
	size_t i;

	cell_ground.roles = combination;
	for (i = 0; i < PLAT_ROLES; i++) {
		const char *name = view_role((unsigned int)i);

		matrix.combination[i] = '-';
		if ((combination & (1u << i)) == 0)
			continue;
		matrix.combination[i] = letters[i];
		if (name == NULL || !call_has_flags("", name))
			verdict_unsupported("%s has no flag in the role of %s",
			    view_system(), words[i]);
		cell_ground.flags |= call_flags("", name);
		if (cell_ground.flags_text[0] != '\0')
			strcat(cell_ground.flags_text, "|");
		strcat(cell_ground.flags_text, name + strlen("MAP_"));
	}
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
		return directories_shm();
	default:
		return NULL;
	}
}

static void
make_objects(void)
{
	size_t i;

	for (i = 0; i < CELL_OBJECTS; i++) {
		const char *path = path_of(cell_objects[i].kind);

		if (!object_try(cell_objects[i].kind,
			cell_objects[i].bytes ? CELL_OBJECT_SIZE : 0,
			&cell_ground.object[i], matrix.absent[i],
			sizeof(matrix.absent[i])))
			continue;
		if (cell_objects[i].bytes)
			cell_ground.view[i] =
			    area_object(&cell_ground.object[i], 0, 1, RW, true);
		cell_ground.noexec[i] = path != NULL ? view_noexec(path) : -1;
	}
}

static bool
is_absent(const struct cell *cell)
{
	return matrix.absent[cell->object][0] != '\0';
}

/* Whether a twist makes sense in this combination. */
static bool
applies(enum cell_twist twist)
{
	return !cell_has(ORACLE_FIXED) ||
	    (twist != CELL_ADDR_FREE && twist != CELL_ADDR_USED);
}

static void
add_cell(size_t object, size_t prot, enum cell_twist twist)
{
	struct cell *cell = &matrix.cells[matrix.count++];

	cell->object = object;
	cell->prot = prot;
	cell->twist = twist;
	cell->length = cell->span = cell_length();
	if (twist == CELL_LEN_ZERO)
		cell->length = 0;
	else if (twist == CELL_LEN_ODD)
		cell->length--;
	else if (twist == CELL_OFF_PAGE)
		cell->offset = (off_t)view_page();
	else if (twist == CELL_OFF_ODD)
		cell->offset = 1;
}

/* Every object with every protection; two of them with all twists. */
static void
list_cells(void)
{
	size_t object, prot;
	int twist;

	for (object = 0; object < CELL_OBJECTS; object++) {
		for (prot = 0; prot < CELL_PROTS; prot++)
			add_cell(object, prot, CELL_PLAIN);
		if (cell_objects[object].kind != NOTHING &&
		    cell_objects[object].kind != FILE_RW)
			continue;
		for (twist = CELL_PLAIN + 1; twist < TWISTS; twist++)
			if (applies((enum cell_twist)twist))
				add_cell(object, 3, (enum cell_twist)twist);
	}
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
	unsigned char *mark = cell->at + CELL_MARK(index), seen = 0;
	struct guard_signal got;

	if (!cell->loads || !cell->stores)
		return NOT_TRIED;
	got = probe_load(mark, &seen);
	if (got.signo == 0 && seen != cell->parent_byte)
		return LOST;
	if (got.signo == 0)
		got = probe_store(mark + CELL_BY_CHILD, cell->child_byte);
	/* A copy may take a huge page that there is not. */
	if (got.signo == SIGBUS && cell_ground.unit > view_page())
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
		cell->parent_byte = cell_byte(cell, CELL_MARK(i), 0);
		cell->child_byte = (unsigned char)~cell_byte(
		    cell, CELL_MARK(i) + CELL_BY_CHILD, 0);
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
			    : cell_holds(cell, CELL_MARK(j) + CELL_BY_CHILD,
				  cell->child_byte)
			    ? ORACLE_IS_SHARED
			    : ORACLE_IS_PRIVATE;
		}
	}
	child_end(&child);
}

static void
note_backing(uintptr_t start, uintptr_t end, long page_size, void *arg)
{
	const struct batch *batch = arg;
	size_t i;

	for (i = batch->first; i < batch->end; i++) {
		struct cell *cell = &matrix.cells[i];

		if (cell->at != NULL && (uintptr_t)cell->at >= start &&
		    (uintptr_t)cell->at < end)
			cell->seen.seen[ORACLE_BACKING] =
			    page_size > (long)view_page()
			    ? ORACLE_HUGE_PAGES
			    : ORACLE_ORDINARY_PAGES;
	}
}

/*
 * ----- The verdict -------------------------------------------------------------------
 */

static void
print_cell(const struct cell *cell, const char *result, const char *class,
    const char *observed)
{
	const char *placement = cell_has(ORACLE_FIXED) ? "fixed" : "null";
	const char *length = cell->span > view_page() ? "huge" : "page";
	const char *offset = "0";

	switch (cell->twist) {
	case CELL_PLAIN:
		break;
	case CELL_LEN_ZERO:
		length = "0";
		break;
	case CELL_LEN_ODD:
		length = "odd";
		break;
	case CELL_OFF_PAGE:
		offset = "page";
		break;
	case CELL_OFF_ODD:
		offset = "odd";
		break;
	case CELL_ADDR_ODD:
		placement = cell_has(ORACLE_FIXED) ? "fixed-unaligned"
						   : "hint-unaligned";
		break;
	case CELL_ADDR_FREE:
		placement = "hint-free";
		break;
	case CELL_ADDR_USED:
		placement = "hint-used";
		break;
	}
	printf("cell\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", matrix.combination,
	    object_word(cell_objects[cell->object].kind),
	    cell_prots[cell->prot].word, placement, length, offset, result,
	    class, observed);
}

static void
judge(const struct cell *cell)
{
	struct cell_judgement judgement;
	char line[1152];

	cell_judge(cell, &judgement);
	matrix.class[judgement.class]++;
	print_cell(cell, judgement.result, judgement.word, judgement.observed);
	if (judgement.class != ORACLE_FINDING)
		return;
	snprintf(line, sizeof(line), "%s = %s", cell->call, judgement.finding);
	fprintf(stderr, "%s\n", line);
	if (matrix.finding[0] != '\0')
		return;
	memcpy(matrix.finding, line, sizeof(line));
	snprintf(matrix.finding_observed, sizeof(matrix.finding_observed), "%s",
	    judgement.finding);
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
	cell_make_slots(batch->end - batch->first);
	for (i = batch->first; i < batch->end; i++)
		cell_try(matrix.cells, batch->first, i);
	see_sharing(batch);
	if (cell_has(ORACLE_HUGETLB))
		view_backing(note_backing, batch);
	for (i = batch->first; i < batch->end; i++) {
		struct cell *cell = &matrix.cells[i];

		judge(cell);
		cell_free(cell);
	}
	area_free(cell_ground.slots, cell_ground.slot_pages);
	fflush(stdout);
}

/*
 * Cells to hold huge pages for at a time: these are scarce, others test too,
 * and a store in a child takes another one.
 */
static size_t
huge_step(void)
{
	long free = cell_ground.facts.huge_pages_free < 0
	    ? 0
	    : (long)cell_ground.facts.huge_pages_free;

	if (cell_ground.huge_pages_total == 0 && !cell_ground.pool_grows)
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
	for (i = 0; i < CELL_OBJECTS; i++) {
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
	cell_find_facts();
	make_objects();
	list_cells();
	step = matrix.count;
	if (cell_has(ORACLE_HUGETLB) && cell_has(ORACLE_ANONYMOUS))
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
	char description[256];
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
