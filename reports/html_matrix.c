/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The flag matrix: a grid of 128 tiles, each a picture of its cells, and a
 * table of cells for every combination.
 */
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "html.h"

#define PITCH 6 /* of the shapes in a tile's picture, which are 5 wide */

static const char *const roles[] = { "FIXED", "SHARED", "PRIVATE", "ANONYMOUS",
	"POPULATE", "NORESERVE", "HUGETLB" };

static const char *
class_mark(enum cell_class which)
{
	static const char *const marks[] = { "✗", "≠", "+", "●", "?", "·" };

	return marks[which];
}

static const char *
class_word(enum cell_class which)
{
	return which == CLASSES ? "absent" : model_class(which);
}

void
html_flags(FILE *out, int combination)
{
	int i;

	if (combination == 0)
		fputs("no flag", out);
	for (i = 0; LETTERS[i] != '\0'; i++)
		if (combination & 1 << i)
			fprintf(out, "%s%s",
			    combination & ((1 << i) - 1) ? " " : "", roles[i]);
}

/* The letters of a combination, those not set as dots. */
static void
put_letters(FILE *out, int combination)
{
	int i;

	fputs("<span class=letters>", out);
	for (i = 0; LETTERS[i] != '\0'; i++) {
		if (combination & 1 << i)
			fprintf(out, "<b>%c</b>", LETTERS[i]);
		else
			fputs("<i>·</i>", out);
	}
	fputs("</span>", out);
}

/* What all cells of one object and protection come to in a picture. */
struct square {
	enum cell_class class; /* the worst */
	bool ok;               /* any */
	bool seen;
};

static struct square *
find_squares(const struct report *report, const struct result *result)
{
	struct square *squares =
	    buffer_new(report->objects.count * report->protections.count,
		sizeof(*squares));
	struct square *square;
	const struct cell *cell;
	size_t i;

	for (i = 0; i < result->ncells; i++) {
		cell = &result->cells[i];
		square = &squares[cell->object * report->protections.count +
		    cell->protection];
		if (!square->seen || cell->class < square->class)
			square->class = cell->class;
		square->ok |= strcmp(cell->result, "ok") == 0;
		square->seen = true;
	}
	return squares;
}

/* Shapes tell the classes apart where colours do not: large for a call that
 * was mapped, flat or small for one refused. */
static const char *const shapes[CLASSES][2] = {
	[CLASS_FINDING] = { "v1l2 1.5l-2 1.5v1h1l1.5-2l1.5 2h1v-1l-2-1.5l2-1.5v-1h-1l-1.5"
			    " 2l-1.5-2z",
	    "v1l2 1.5l-2 1.5v1h1l1.5-2l1.5 2h1v-1l-2-1.5l2-1.5v-1h-1l-1.5"
	    " 2l-1.5-2z" },
	[CLASS_DEVIATION] = { "m0 2h2v1h-2z", "m0 5l2.5-5l2.5 5z" },
	[CLASS_EXTENSION] = { "m0 2h2v1h-2zm3 0h2v1h-2z",
	    "h5v5h-5zm1.3 1.3v2.4h2.4v-2.4z" },
	[CLASS_PORTABLE] = { "m0 2h5v1h-5z", "h5v5h-5z" },
	[CLASS_UNTESTED] = { "m2 2h1v1h-1z", "m2 2h1v1h-1z" },
};

/* All shapes of a kind as one path. */
static void
put_shapes(FILE *out, const struct report *report, const struct square *squares,
    enum cell_class class, bool ok)
{
	const struct square *square;
	size_t x, y, rows = report->protections.count;
	bool open = false;

	for (x = 0; x < report->objects.count; x++) {
		for (y = 0; y < rows; y++) {
			square = &squares[x * rows + y];
			if (!square->seen || square->class != class ||
			    square->ok != ok)
				continue;
			if (!open)
				fprintf(out, "<path class=%s d=\"",
				    model_class(class));
			open = true;
			fprintf(out, "M%zu %zu%s", x * PITCH, y * PITCH,
			    shapes[class][ok]);
		}
	}
	if (open)
		fputs("\"/>", out);
}

static void
put_picture(FILE *out, const struct report *report, const struct result *result)
{
	struct square *squares = find_squares(report, result);
	int class;

	fprintf(out, "<svg viewBox=\"0 0 %zu %zu\" aria-hidden=true>",
	    report->objects.count * PITCH - 1,
	    report->protections.count * PITCH - 1);
	for (class = 0; class < CLASSES; class ++) {
		put_shapes(out, report, squares, (enum cell_class) class, true);
		put_shapes(
		    out, report, squares, (enum cell_class) class, false);
	}
	fputs("</svg>", out);
	free(squares);
}

static void
put_marks(FILE *out, const struct tile *tile)
{
	int i;

	fputs("<span class=marks>", out);
	for (i = 0; i < CLASSES; i++)
		if (tile->classes[i] > 0)
			fprintf(out,
			    "<span class=%s><b aria-hidden=true>%s</b>%zu<span"
			    " class=hidden> %s</span></span> ",
			    model_class((enum cell_class)i),
			    class_mark((enum cell_class)i), tile->classes[i],
			    model_class((enum cell_class)i));
	fputs("</span>", out);
}

static void
put_tile(FILE *out, const struct report *report, const struct run *run,
    int combination)
{
	const struct tile *tile = &run->tiles[combination];
	char letters[sizeof(LETTERS)];

	fprintf(out, "<td class=\"tile %s\"><a href=\"#m-%s\">",
	    class_word(model_tile_class(tile)),
	    model_letters(combination, letters));
	put_letters(out, combination);
	if (tile->result == NULL)
		html_badge(out, OUTCOME_ABSENT);
	else if (tile->result->outcome != OUTCOME_PASS)
		html_badge(out, tile->result->outcome);
	if (tile->result != NULL && tile->result->ncells > 0) {
		put_picture(out, report, tile->result);
		fprintf(out,
		    "<span class=counts><span>%zu ok</span>"
		    "<span>%zu err</span></span>",
		    tile->ok, tile->refused);
		put_marks(out, tile);
	}
	fputs("</a></td>\n", out);
}

static void
put_names(FILE *out, const struct strings *names)
{
	size_t i;

	for (i = 0; i < names->count; i++) {
		fputs(i > 0 ? ", <code>" : "<code>", out);
		html_text(out, names->items[i]);
		fputs("</code>", out);
	}
}

static void
put_legend(FILE *out, const struct report *report)
{
	static const char *const meanings[CLASSES] = {
		[CLASS_FINDING] = "nothing documents it: the case fails",
		[CLASS_DEVIATION] = "documented by the system, against the"
				    " standard",
		[CLASS_EXTENSION] = "the standard is silent, the system"
				    " documents it",
		[CLASS_PORTABLE] = "what a portable program may expect",
		[CLASS_UNTESTED] = "could not be decided in this run",
	};
	static const enum cell_class order[] = { CLASS_PORTABLE,
		CLASS_EXTENSION, CLASS_DEVIATION, CLASS_FINDING,
		CLASS_UNTESTED };
	size_t i;

	fputs("<ul class=legend>\n", out);
	for (i = 0; i < CLASSES; i++)
		fprintf(out,
		    "<li><span class=\"key %s\"><svg viewBox=\"0 0 11 5\""
		    " aria-hidden=true><path class=%s d=\"M0 0%sM6 0%s\"/>"
		    "</svg> %s %s</span> %s</li>\n",
		    model_class(order[i]), model_class(order[i]),
		    shapes[order[i]][1], shapes[order[i]][0],
		    class_mark(order[i]), model_class(order[i]),
		    meanings[order[i]]);
	fputs("</ul>\n<p class=note>Each tile is a combination of "
	      "<b>F</b>IXED <b>S</b>HARED <b>P</b>RIVATE <b>A</b>NONYMOUS "
	      "p<b>O</b>pulate <b>N</b>ORESERVE <b>H</b>UGETLB and shows all"
	      " its calls: large shapes were mapped, flat ones refused. From"
	      " left to right the object is ",
	    out);
	put_names(out, &report->objects);
	fputs("; from top to bottom the protection is ", out);
	put_names(out, &report->protections);
	fputs(". A finding or a deviation gives its tile its border, else the"
	      " more frequent class does; the link leads to a table of the"
	      " calls.</p>\n",
	    out);
}

void
html_grid(FILE *out, const struct report *report, size_t run_index)
{
	static const char *const types[] = { "neither type", "SHARED",
		"PRIVATE", "SHARED PRIVATE" };
	const struct run *run = &report->runs[run_index];
	int row, i;

	if (run_index == 0)
		put_legend(out, report);
	fputs("<div class=scroll tabindex=0 role=region aria-label=\"The"
	      " matrix of flags\">\n<table class=grid><caption>All 128"
	      " combinations of the seven flags on ",
	    out);
	html_text(out, run->name);
	fputs("</caption>\n<thead>\n<tr><td rowspan=3></td>", out);
	for (i = 0; i < 4; i++)
		fprintf(out, "<th colspan=4 scope=colgroup>%s</th>", types[i]);
	fputs("</tr>\n<tr>", out);
	for (i = 0; i < 4; i++)
		fputs("<th colspan=2 scope=colgroup>with a file</th>"
		      "<th colspan=2 scope=colgroup>ANONYMOUS</th>",
		    out);
	fputs("</tr>\n<tr>", out);
	for (i = 0; i < 8; i++)
		fputs("<th scope=col>hint</th><th scope=col>FIXED</th>", out);
	fputs("</tr>\n</thead>\n<tbody>\n", out);
	for (row = 0; row < 8; row++) {
		fputs("<tr><th scope=row>", out);
		if (row == 0)
			fputs("none of<br>O N H", out);
		for (i = 0; i < 3; i++)
			if (row & 1 << i)
				fprintf(out, "%s<br>", roles[4 + i]);
		fputs("</th>\n", out);
		for (i = 0; i < 16; i++)
			/* F is bit 0, S and P bits 1 and 2, A bit 3. */
			put_tile(out, report, run,
			    (i & 1) | (i & 2) << 2 | (i & 12) >> 1 | row << 4);
		fputs("</tr>\n", out);
	}
	fputs("</tbody></table></div>\n", out);
}

static bool
same_cell(const struct cell *a, const struct cell *b)
{
	return a->class == b->class && strcmp(a->result, b->result) == 0 &&
	    strcmp(a->observed, b->observed) == 0;
}

/* The cells of one object and protection. */
struct point {
	const struct cell **cells;
	size_t count;
};

/* Says which of the point's cells this one is: how it differs from the
 * first. */
static void
put_variant(FILE *out, const struct point *point, const struct cell *cell)
{
	const struct cell *first = point->cells[0];
	bool length = strcmp(cell->length, first->length) != 0;
	bool offset = strcmp(cell->offset, first->offset) != 0;

	if (strcmp(cell->placement, first->placement) != 0 ||
	    (!length && !offset)) {
		putc(' ', out);
		html_text(out, cell->placement);
	}
	if (length) {
		fputs(" length ", out);
		html_text(out, cell->length);
	}
	if (offset) {
		fputs(" offset ", out);
		html_text(out, cell->offset);
	}
}

/* The first of the point's cells that equals cell i. */
static size_t
find_first(const struct point *point, size_t i)
{
	size_t j;

	for (j = 0; j < i; j++)
		if (same_cell(point->cells[j], point->cells[i]))
			break;
	return j;
}

/* One cell of the point, and which others equal it unless all do. */
static void
put_group(FILE *out, const struct point *point, size_t first, bool alone)
{
	const struct cell *cell = point->cells[first];
	size_t i;

	fprintf(out, alone ? "<td class=%s><b>%s " : "<div class=%s><b>%s ",
	    model_class(cell->class), class_mark(cell->class));
	html_text(out, cell->result);
	fputs("</b>", out);
	for (i = first; !alone && i < point->count; i++) {
		if (find_first(point, i) != first)
			continue;
		if (i > first)
			putc(',', out);
		put_variant(out, point, point->cells[i]);
	}
	if (*cell->observed != '\0') {
		fputs("<small>", out);
		html_text(out, cell->observed);
		fputs("</small>", out);
	}
	fputs(alone ? "</td>" : "</div>", out);
}

static void
put_point(FILE *out, const struct point *point)
{
	size_t i, groups = 0;

	for (i = 0; i < point->count; i++)
		groups += find_first(point, i) == i;
	if (groups == 1) {
		put_group(out, point, 0, true);
		return;
	}
	fputs(groups == 0 ? "<td>·" : "<td>", out);
	for (i = 0; i < point->count; i++)
		if (find_first(point, i) == i)
			put_group(out, point, i, false);
	fputs("</td>", out);
}

/* Sorts a combination's cells by object and protection; caller frees. */
static struct point *
sort_cells(const struct report *report, const struct result *result)
{
	size_t columns = report->protections.count;
	struct point *points =
	    buffer_new(report->objects.count * columns, sizeof(*points));
	struct point *point;
	const struct cell *cell;
	size_t i;

	for (i = 0; i < result->ncells; i++) {
		cell = &result->cells[i];
		point = &points[cell->object * columns + cell->protection];
		point->cells = buffer_grow(
		    point->cells, point->count, sizeof(*point->cells));
		point->cells[point->count++] = cell;
	}
	return points;
}

static bool
same_variant(const struct cell *a, const struct cell *b)
{
	return strcmp(a->placement, b->placement) == 0 &&
	    strcmp(a->length, b->length) == 0 &&
	    strcmp(a->offset, b->offset) == 0;
}

/* True when two objects answer alike under every protection. */
static bool
same_row(const struct point *a, const struct point *b, size_t columns)
{
	size_t i, j;

	for (i = 0; i < columns; i++) {
		if (a[i].count != b[i].count)
			return false;
		for (j = 0; j < a[i].count; j++)
			if (!same_cell(a[i].cells[j], b[i].cells[j]) ||
			    !same_variant(a[i].cells[j], b[i].cells[j]))
				return false;
	}
	return true;
}

static size_t
find_same_row(const struct point *points, size_t row, size_t columns)
{
	size_t i;

	for (i = 0; i < row; i++)
		if (same_row(
			&points[i * columns], &points[row * columns], columns))
			break;
	return i;
}

/* The rows of a combination's table; objects that answer alike share one. */
static void
put_rows(FILE *out, const struct report *report, const struct result *result)
{
	size_t rows = report->objects.count;
	size_t columns = report->protections.count;
	struct point *points = sort_cells(report, result);
	size_t i, j;

	for (i = 0; i < rows; i++) {
		if (find_same_row(points, i, columns) != i)
			continue;
		fputs("<tr><th scope=row>", out);
		for (j = i; j < rows; j++) {
			if (find_same_row(points, j, columns) != i)
				continue;
			fputs(j > i ? ", " : "", out);
			html_text(out, report->objects.items[j]);
		}
		fputs("</th>", out);
		for (j = 0; j < columns; j++)
			put_point(out, &points[i * columns + j]);
		fputs("</tr>\n", out);
	}
	for (i = 0; i < rows * columns; i++)
		free(points[i].cells);
	free(points);
}

static void
put_cells(FILE *out, const struct report *report, const struct result *result,
    const struct strings *systems)
{
	size_t i;

	fputs(report->nruns == 1 ? "<table class=cells><caption class=hidden>"
				 : "<table class=cells><caption>",
	    out);
	for (i = 0; i < systems->count; i++) {
		if (i > 0)
			fputs(", ", out);
		html_text(out, systems->items[i]);
	}
	fputs("</caption>\n<thead><tr><td></td>", out);
	for (i = 0; i < report->protections.count; i++) {
		fputs("<th scope=col>", out);
		html_text(out, report->protections.items[i]);
		fputs("</th>", out);
	}
	fputs("</tr></thead>\n<tbody>\n", out);
	put_rows(out, report, result);
	fputs("</tbody></table>\n", out);
}

static bool
same_cells(const struct result *a, const struct result *b)
{
	const struct cell *x, *y;
	size_t i;

	if (a == NULL || b == NULL || a->ncells != b->ncells)
		return false;
	for (i = 0; i < a->ncells; i++) {
		x = &a->cells[i];
		y = &b->cells[i];
		if (!same_cell(x, y) || !same_variant(x, y) ||
		    x->object != y->object || x->protection != y->protection)
			return false;
	}
	return true;
}

/* The tables of one combination: systems that agree share one. */
static void
put_combination(FILE *out, const struct report *report, int combination)
{
	const struct result *result, *earlier;
	struct strings systems = { NULL, 0 };
	char letters[sizeof(LETTERS)];
	const char *id = NULL;
	size_t i, j;

	fprintf(out, "<section class=combination id=\"m-%s\">\n<h3>",
	    model_letters(combination, letters));
	put_letters(out, combination);
	putc(' ', out);
	html_flags(out, combination);
	fputs("</h3>\n", out);
	for (i = 0; i < report->nruns; i++) {
		result = report->runs[i].tiles[combination].result;
		if (result != NULL)
			id = result->id;
		fputs("<p>", out);
		html_badge(out, result ? result->outcome : OUTCOME_ABSENT);
		if (report->nruns > 1) {
			putc(' ', out);
			html_text(out, report->runs[i].name);
		}
		if (result != NULL && *result->reason != '\0') {
			fputs(" <code>", out);
			html_text(out, result->reason);
			fputs("</code>", out);
		}
		fputs("</p>\n", out);
	}
	if (id != NULL)
		html_proofs(out, id, NULL);
	for (i = 0; i < report->nruns; i++) {
		result = report->runs[i].tiles[combination].result;
		if (result == NULL || result->ncells == 0)
			continue;
		for (j = 0; j < i; j++) {
			earlier = report->runs[j].tiles[combination].result;
			if (same_cells(earlier, result))
				break;
		}
		if (j < i)
			continue;
		for (j = i; j < report->nruns; j++) {
			earlier = report->runs[j].tiles[combination].result;
			if (same_cells(result, earlier))
				strings_add(&systems, report->runs[j].name);
		}
		fputs("<div class=scroll tabindex=0 role=region"
		      " aria-label=\"Cells\">",
		    out);
		put_cells(out, report, result, &systems);
		fputs("</div>\n", out);
		strings_free(&systems);
	}
	fputs("<p><a href=\"#matrix\">back to the matrix</a></p>\n"
	      "</section>\n",
	    out);
}

void
html_details(FILE *out, const struct report *report)
{
	int i;

	for (i = 0; i < COMBINATIONS; i++)
		put_combination(out, report, i);
}
