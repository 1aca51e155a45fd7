/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a report is about: claims, and runs of the suite on systems.  run.c
 * fills this model, text.c, json.c and html.c write it.
 *
 * All strings are valid UTF-8 without NUL (see buffer_clean); the order of
 * every array depends on the input alone, so that equal input gives equal
 * bytes.
 */
#ifndef REPORTS_MODEL_H
#define REPORTS_MODEL_H

#include <stdbool.h>
#include <stddef.h>

#define SUITE        "mmapcheck"
#define LETTERS      "FSPAONH" /* the seven roles of the flag matrix, in order */
#define COMBINATIONS 128

enum requirement {
	REQUIREMENT_SHALL,
	REQUIREMENT_SHOULD,
	REQUIREMENT_MAY,
	REQUIREMENT_UNSPECIFIED,
	REQUIREMENT_DOCUMENTED,
	REQUIREMENT_IMPLEMENTED,
	REQUIREMENT_FOLKLORE,
	REQUIREMENTS
};

/* Worst first: a claim's outcome is the worst of its cases. */
enum outcome {
	OUTCOME_FAIL,
	OUTCOME_BROKEN,
	OUTCOME_DEVIATES,
	OUTCOME_UNTESTED,
	OUTCOME_PARTLY, /* claims only: some cases pass, some unsupported */
	OUTCOME_SURVEY, /* what is seen where nobody promises it */
	OUTCOME_PASS,
	OUTCOME_UNSUPPORTED,
	OUTCOME_ABSENT, /* no case was seen */
	OUTCOMES
};

/* Worst first. */
enum cell_class {
	CLASS_FINDING,
	CLASS_DEVIATION,
	CLASS_EXTENSION,
	CLASS_PORTABLE,
	CLASS_UNTESTED,
	CLASSES
};

/* What claims stand on; strings that are not known are empty. */
struct source {
	const char *key;
	const char *name; /* as cited */
	const char *author;
	const char *title;
	const char *edition;
	const char *date;
	const char *address; /* ends in "/": somewhere below it */
};

struct claim {
	const char *id;
	enum requirement requirement;
	const char *promiser; /* "posix", "linux", "people" */
	const struct source *source;
	const char *section;
	const char *text;
	const char *file; /* the .def file that states it: its topic */
};

/* A growing list of strings. */
struct strings {
	char **items;
	size_t count;
};

/* A fact or a flag, as the system program printed it. */
struct pair {
	char *name;
	char *value; /* NULL: the flag is absent */
};

struct pairs {
	struct pair *items;
	size_t count;
};

/* One point of the flag matrix. */
struct cell {
	size_t object; /* in the report's lists */
	size_t protection;
	char *placement;
	char *length;
	char *offset;
	char *result; /* "ok" or the name of an errno */
	enum cell_class class;
	char *observed; /* "" when nothing was */
};

/* One case in one run. */
struct result {
	char *program;
	char *name;
	char *id; /* program:name */
	char *description;
	const struct claim *claim; /* NULL: none, or one that is retired */
	char *promiser;            /* as the suite named it, or "" */
	int combination;           /* bits in the order of LETTERS, or -1 */
	enum outcome outcome;
	char *survey; /* why the claim is nobody's promise here; NULL: it is */
	char *reason; /* "" when it passed */
	struct strings observed;
	char *out;
	char *err;
	long long microseconds;
	struct cell *cells;
	size_t ncells;
};

struct program {
	char *name;
	long status;  /* exit status of Kyua, or -1: it did not finish */
	size_t cases; /* cases found in its store */
};

/* What the cases of one claim say together in one run. */
struct verdict {
	enum outcome outcome;
	struct result **cases;
	size_t ncases;
};

/* What the cells of one combination say together in one run. */
struct tile {
	const struct result *result; /* NULL: absent */
	size_t ok;
	size_t refused;
	size_t classes[CLASSES];
};

enum run_state {
	STATE_PARTIAL,
	STATE_COMPLETE,
	STATE_STORE /* a bare store: Kyua commits it only at the end */
};

struct run {
	char *path; /* as given */
	char *name; /* unique in the report: "Linux 6.1.0 x86_64" */
	enum run_state state;
	char *commit;
	char *started; /* 2026-11-22T07:38:00Z */
	char *finished;
	struct pairs facts;
	struct pairs flags;
	struct program *programs;
	size_t nprograms;
	struct result *results; /* by id */
	size_t nresults;
	struct result **sorted;   /* by claim, then id */
	struct verdict *verdicts; /* one for each claim */
	struct tile tiles[COMBINATIONS];
	struct strings
	    missing; /* why the run is incomplete; empty: it is not */
	size_t counts[OUTCOMES];       /* cases */
	size_t claim_counts[OUTCOMES]; /* claims */
	size_t absent_combinations;
	size_t grid[REQUIREMENTS][OUTCOMES]; /* claims */
};

struct report {
	const struct claim *claims;
	size_t nclaims;
	struct run *runs;
	size_t nruns;
	struct strings objects;     /* of all cells, as first seen */
	struct strings protections; /* likewise */
};

/* claims.c: the claims compiled in, and their sources; set *count. */
const struct claim *claims_table(size_t *count);
const struct source *claims_sources(size_t *count);
/* True of the id of a claim that the suite had once. */
bool claims_retired(const char *id);
/* Who is behind a claim: "promised by Linux", "left open by POSIX" ... */
char *claims_promise(const struct claim *claim);
/* The topic of a claim: the name of its file without directory and suffix. */
char *claims_topic(const struct claim *claim);

/* A defect of a kernel that cases were seen to detect. */
struct fault {
	const char *name;
	const char *sentence; /* what a kernel with it does */
};

/* Those under which a case turns red, the steady and most telling first. */
struct proofs {
	const struct fault **faults;
	size_t count;
};

/*
 * proofs.c: of the case with this id, which decides the claim, or a combination
 * of flags if claim is NULL; none may be known.
 */
const struct proofs *proofs_find(const char *id, const struct claim *claim);
/* The fault of that index; NULL: there are no more. */
const struct fault *proofs_fault(size_t index);

/* renamed.c: what a case of that id, from whichever run, is called now. */
const char *renamed_id(const char *id);

/* The words used in every format. */
const char *model_requirement(enum requirement requirement);
const char *model_outcome(enum outcome outcome);
const char *model_class(enum cell_class which);
const char *model_state(enum run_state state);

/* "portable" and the like back to its class; CLASSES when unknown. */
enum cell_class model_parse_class(const char *word);
/* "-S-AO--" to bits; -1 when malformed. */
int model_parse_combination(const char *letters);
/* Bits to "-S-AO--" in buffer, which holds 8 bytes; returns it. */
const char *model_letters(int combination, char *buffer);
/*
 * The class of a tile: that of a finding or a deviation if it has one, else the
 * more frequent of the others; CLASSES when it has no cell.
 */
enum cell_class model_tile_class(const struct tile *tile);

/* The last component of the run's path: where it lies is nobody's business. */
const char *model_base(const struct run *run);
/* The value of a fact, or "" when the run does not tell. */
const char *model_fact(const struct run *run, const char *name);
/* A result's reason without the word that is its outcome's own. */
const char *model_reason(const struct result *result);
/* The run's results with that outcome, by reason, then id; caller frees. */
const struct result **model_select(
    const struct run *run, enum outcome outcome, size_t *count);
/* True when the claim is made on the run's system, by whomever. */
bool model_applies(const struct run *run, const struct claim *claim);
/* True when not all runs of the report say the same about the claim. */
bool model_differs(const struct report *report, size_t claim_index);
/* What a claim's cases observed: distinct texts, in order; caller frees. */
struct strings model_observed(const struct verdict *verdict);
/* What is missing where a claim holds only partly or was not decided. */
struct strings model_lacking(const struct verdict *verdict);

/* Derives all that follows from the results; called once, after reading. */
void model_finish(struct report *report);
void model_free(struct report *report);

#endif
