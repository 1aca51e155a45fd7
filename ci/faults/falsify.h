/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the parts of falsify share: the cases and the faults, what is known of
 * both, and the runs of one under the other.
 *
 *	falsify.c		the command
 *	falsify_phases.c	without a fault, and under faults
 *	falsify_checks.c	the tables against what was seen
 *	falsify_lists.c		what there is: programs, faults, tables
 *	falsify_runs.c		runs, each a process group with a time limit
 *	falsify_output.c	numbers, tables, JSON, proposals
 */
#ifndef FALSIFY_H
#define FALSIFY_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "faults.h"

#define LIBRARY "ci/faults/libfaults.so"
#define CLAIMS  "ci/faults/claims.tsv"
#define GENERIC "ci/faults/generic.tsv"
#define UNSEEN  "ci/faults/unseen.tsv"
#define SPOILED "ci/faults/spoiled" /* programs built for header_wrong */

enum {
	EXIT_PROVEN,
	EXIT_NOT_PROVEN,
	EXIT_USAGE = 3,
	EXIT_OUTPUT = 4
};

enum colour {
	GREEN,
	KNOWN,
	SKIPPED,
	RED,
	OTHERWISE, /* a survey that observed something else */
	CRASHED,
	HUNG,
	BROKEN
};

/* Which calls a case makes, and how they end: the union of its trace. */
struct touch {
	enum fault_call call;
	int flags;
	int error;
	int traits;
};

struct test {
	char program[64];
	char name[96];
	char claim[96]; /* "": decides a combination of flags */
	char text[512]; /* of the claim */
	bool exclusive; /* its program must not run beside others */
	enum colour baseline;
	double seconds;    /* without a fault */
	char lacks[48];    /* a flag; "": none */
	bool foreign;      /* ... that is given to it, by foreign.h */
	bool survey;       /* cannot fail; its observation may change */
	bool varies;       /* ... and does so by itself */
	char *observation; /* without a fault */
	struct touch *touches;
	size_t touch_count;
	struct touch *calls; /* under test, in their order */
	size_t call_count;
	size_t red;
	size_t steady; /* of these, by faults that are no matter of luck */
	bool wanted;
};

struct defect {
	const struct fault *row;
	const char *unseen; /* why nothing can see it here */
	size_t lines;       /* of claims.tsv */
	size_t runs;
	size_t red;
	bool wanted;
};

/* A line of claims.tsv: what a fault breaks, and who cannot notice it. */
struct breach {
	struct defect *defect;
	char *claim;  /* patterns; of cases of the matrix, too */
	char *excuse; /* patterns of cases, NULL: none */
	char *reason;
	int line;
};

struct job {
	struct test *test;
	struct defect *defect; /* NULL: no fault */
	bool bare;             /* without the library */
	double limit;          /* seconds */
	size_t nth;            /* only that call is spoilt; 0: all */
	bool again;            /* another way of the same pair */
	enum colour colour;    /* of a generic fault: the best of several */
	bool done;
	bool late;      /* its time was up */
	bool disturbed; /* what others do on the machine left it untested */
};

extern struct test *tests;
extern size_t test_count;
extern struct defect *defects;
extern size_t defect_count;
extern struct breach *breaches;
extern size_t breach_count;
extern struct job *jobs;
extern size_t job_count;

/* A line of generic.tsv: who cannot notice a generic fault. */
struct exemption {
	struct defect *defect;
	char *cases; /* patterns */
	char *reason;
	int line;
};

extern char root[PATH_MAX];
extern long limit;         /* of a run, in seconds */
extern bool first_only;    /* a case that is red needs no further fault */
extern bool exclusive_too; /* kernel-wide settings may be changed */
extern bool faults_only;   /* no case is asked about, but those of faults */
extern long parallel;      /* runs at once */
extern size_t run_count;
extern const char *const colour_words[];
extern const char *const *call_names; /* by enum fault_call */

/* Says what is wrong in one line and ends. */
void complain(int status, const char *format, ...)
    __attribute__((format(printf, 2, 3), noreturn));
void *grow(void *array, size_t count, size_t size);
double now(void);

/* Whether a run ended so that the case noticed; that it said nothing. */
bool is_red(enum colour colour);
bool is_broken(enum colour colour);

/* Whether it is put on whichever call a case makes, and names no claim. */
bool is_generic(const struct defect *defect);

/* Whether a case ran without a fault, so that a fault can show. */
bool ran(const struct test *test);

/* What is known to fail here, and what varies by itself, can notice nothing. */
bool can_notice(const struct test *test);

/* ----- falsify_lists.c ---------------------------------------------------- */

void list_defects(void);
void list_tests(void);
void read_tables(void);
struct defect *find_defect(const char *name);
struct test *find_test(const char *id); /* "program:case" */

/* The line by which the fault breaks the case's claim; NULL: none. */
const struct breach *breach_of(
    const struct defect *defect, const struct test *test);

/* The line that says why the case cannot notice it; NULL: none. */
const struct breach *excuse_of(
    const struct defect *defect, const struct test *test);

/* The line by which a case need not notice a generic fault; NULL: none. */
const struct exemption *exemption_of(
    const struct defect *defect, const struct test *test);

/* How telling a proof of the case the fault is. */
int telling(const struct defect *defect, const struct test *test);

/* ----- falsify_phases.c --------------------------------------------------- */

/* The cases without a fault; how many differ with the library, or by luck. */
size_t run_baseline(void);
void repeat_surveys(void);

/* Which faults the cases are run under, of those that could touch them. */
enum scope {
	WHAT_IS_NAMED,   /* and generic ones */
	WHAT_IS_MISSING, /* breaks their claims and does not name them, maybe */
	WHAT_COULD_TOUCH
};
void run_faults(enum scope scope);

/* Each case under one fault that breaks its claim; how many stay green. */
size_t run_proofs(void);

/* ----- falsify_checks.c --------------------------------------------------- */

/* What unseen.tsv says that is not so; of the excuses in claims.tsv. */
size_t check_unseen(void);
size_t check_excuses(void);

/* Cases that do not notice a generic fault, or need not and do. */
size_t check_generic(void);

/* Faults that break no claim, and claims that no fault breaks. */
size_t check_lines(void);
size_t check_claims(void);

/* ----- falsify_runs.c ----------------------------------------------------- */

/* A directory for what the runs leave, gone when falsify ends. */
void make_scratch(void);
void catch_stops(void);

void add_job(struct test *test, struct defect *defect, bool bare);

/* Runs what is not done; what names it for those who watch. */
void run_jobs(const char *what);

/* ----- falsify_output.c --------------------------------------------------- */

void print_json(FILE *out);
void print_table(FILE *out);
void print_fault_line(FILE *out, const struct defect *defect);
void print_unnoticed(FILE *out);
void print_unproven(FILE *out);
void print_duration(FILE *out);
void print_proposals(FILE *out);

/* What print_duration() counts from. */
void begin_clock(void);

/* The last lines; whether the numbers are whole. */
bool print_headlines(FILE *out);

/* The last line where each case had a proof; whether all have. */
bool print_proven(FILE *out);

/* Written beside the target and renamed, so that no half is ever left. */
void write_file(const char *path, void (*print)(FILE *));

#endif
