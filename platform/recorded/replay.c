/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * replay FILE...: what real kernels did, against what their oracle allows.
 *
 * Reads matrices recorded on real systems and asks, for each observation, the
 * oracle of the system it was made on and the portable one.  An observation
 * that the system's oracle forbids is printed as one complete line.  The last
 * line counts observations, their classes and mispredictions.
 *
 * A file is facts, then rows of these columns:
 *	object		what the descriptor was, several joined by commas;
 *			"o-path" was opened with O_PATH; files, shm and memfd
 *			held one page ("file-empty" none, "memfd-huge" one
 *			huge page)
 *	placement	"null" (no address), "huge" (MAP_FIXED at a huge page
 *			aligned address over an inaccessible mapping), "page"
 *			(one page further)
 *	combinations	patterns over FSPAONH (FIXED, SHARED, PRIVATE,
 *			ANONYMOUS, POPULATE, NORESERVE, HUGETLB): a letter
 *			means set, "-" not set, "." either; those that no row
 *			names do not exist there (a flag is missing)
 *	NONE R W RW RWX	what happened with that protection, length one page,
 *			offset 0; a quotation mark repeats the field before it
 * The outcome comes first, then aspects that could be seen, in the words of
 * oracle_parse_word(): "old", what became of the mapping under MAP_FIXED;
 * "sharing" and "pages", as the kernel lists the mapping; "resident", by
 * mincore() before any access; "read" and "write", one access each.
 *
 * Or, instead: the defects put into a sound request (one page of a file,
 * PROT_READ, MAP_PRIVATE, no address), and the outcome.  Two defects of one
 * argument are left out.
 *
 * Exit status: 0 no misprediction, 1 some, 2 a file cannot be used.
 */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/oracle/oracle.h"
#include "platform/oracle/oracle_table.h"
#include "platform/oracle/oracles.h"

#define RELEASES         8
#define FIELDS           8 /* objects, placement, combinations, five protections */
#define PROTS            5
#define LINE             8192
#define RECORDED_ADDRESS 0x40000000ull /* aligned to any huge page */

static const char role_letters[ORACLE_ROLES + 1] = "FSPAONH";

/* clang-format off */
static const struct {
	const char *word;
	unsigned int bits;
} prots[PROTS] = {
	{ "NONE", 0 },
	{ "R",    ORACLE_READ },
	{ "W",    ORACLE_WRITE },
	{ "RW",   ORACLE_READ | ORACLE_WRITE },
	{ "RWX",  ORACLE_READ | ORACLE_WRITE | ORACLE_EXECUTE },
};

#define RDWR (ORACLE_OPEN_READ | ORACLE_OPEN_WRITE)

/* Size: in pages, HUGE for one huge page, -1 for none. */
#define HUGE (-2)
static const struct {
	const char *word;
	enum oracle_object object;
	unsigned int open;
	int size;
} objects[] = {
	{ "none",        ORACLE_NOTHING,   0,                 -1 },
	{ "o-path",      ORACLE_FILE,      ORACLE_OPEN_PATH,  1 },
	{ "file-rw",     ORACLE_FILE,      RDWR,              1 },
	{ "file-ro",     ORACLE_FILE,      ORACLE_OPEN_READ,  1 },
	{ "file-wo",     ORACLE_FILE,      ORACLE_OPEN_WRITE, 1 },
	{ "file-append", ORACLE_FILE,      RDWR,              1 },
	{ "file-empty",  ORACLE_FILE,      RDWR,              0 },
	{ "devzero",     ORACLE_DEVZERO,   RDWR,              -1 },
	{ "devnull",     ORACLE_DEVNULL,   RDWR,              -1 },
	{ "shm",         ORACLE_SHM,       RDWR,              1 },
	{ "shm-ro",      ORACLE_SHM,       ORACLE_OPEN_READ,  1 },
	{ "memfd",       ORACLE_MEMFD,     RDWR,              1 },
	{ "memfd-huge",  ORACLE_HUGE_FILE, RDWR,              HUGE },
	{ "dir",         ORACLE_DIRECTORY, ORACLE_OPEN_READ,  -1 },
	{ "pipe",        ORACLE_PIPE,      ORACLE_OPEN_READ,  -1 },
	{ "pipe-w",      ORACLE_PIPE,      ORACLE_OPEN_WRITE, -1 },
	{ "fifo",        ORACLE_FIFO,      RDWR,              -1 },
	{ "socket",      ORACLE_SOCKET,    RDWR,              -1 },
};
/* clang-format on */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The file being read, and what its facts say. */
struct recording {
	const char *path;
	int line;
	bool bad;
	char system[32];
	char arch[32];
	char release[RELEASES][32];
	size_t releases;
	struct oracle_facts facts;
	oracle_function *oracle;
};

static struct {
	unsigned long rows;
	unsigned long wrong;
	unsigned long class[ORACLE_FINDING + 1];
} total;

static void complain(struct recording *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

static void
complain(struct recording *recording, const char *what, ...)
{
	va_list arguments;

	fflush(stdout);
	fprintf(stderr, "replay: %s: ", recording->path);
	if (recording->line > 0)
		fprintf(stderr, "line %d: ", recording->line);
	va_start(arguments, what);
	vfprintf(stderr, what, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	recording->bad = true;
}

/* Cuts the next field off; NULL when there is none left. */
static char *
cut(char **rest, const char *separators)
{
	char *field = *rest;

	if (field == NULL)
		return NULL;
	*rest = strpbrk(field, separators);
	if (*rest != NULL)
		*(*rest)++ = '\0';
	return field;
}

/* "FSP....": each place its letter, '-' or '.' for either. */
static bool
matches(const char *pattern, unsigned int roles)
{
	int i;

	for (i = 0; i < ORACLE_ROLES; i++) {
		char is = (roles & (1u << i)) ? role_letters[i] : '-';

		if (pattern[i] != '.' && pattern[i] != is)
			return false;
	}
	return true;
}

static bool
is_pattern(const char *pattern)
{
	int i;

	if (strlen(pattern) != ORACLE_ROLES)
		return false;
	for (i = 0; i < ORACLE_ROLES; i++)
		if (pattern[i] != '.' && pattern[i] != '-' &&
		    pattern[i] != role_letters[i])
			return false;
	return true;
}

static void
take_fact(struct recording *recording, char *rest)
{
	const char *name = cut(&rest, "\t");
	char *value = rest;
	struct oracle_facts *facts = &recording->facts;

	if (value == NULL) {
		complain(recording, "fact without a value");
		return;
	}
	if (strcmp(name, "system") == 0) {
		snprintf(
		    recording->system, sizeof(recording->system), "%s", value);
		recording->oracle = oracle_for(value);
		if (recording->oracle == NULL)
			complain(recording, "no oracle for \"%s\"", value);
	} else if (strcmp(name, "arch") == 0) {
		snprintf(recording->arch, sizeof(recording->arch), "%s", value);
		facts->arch = recording->arch;
	} else if (strcmp(name, "release") == 0) {
		char *word;

		while ((word = cut(&value, " ")) != NULL) {
			if (recording->releases == RELEASES ||
			    oracle_release(word) < 0) {
				complain(recording, "bad release %s", word);
				return;
			}
			snprintf(recording->release[recording->releases++],
			    sizeof(recording->release[0]), "%s", word);
		}
	} else if (strcmp(name, "page_size") == 0)
		facts->page_size = strtol(value, NULL, 10);
	else if (strcmp(name, "hugetlb") == 0)
		facts->hugetlb = (int)strtol(value, NULL, 10);
	else if (strcmp(name, "huge_page_size") == 0)
		facts->huge_page_size = strtoll(value, NULL, 10);
	else if (strcmp(name, "huge_pages_free") == 0)
		facts->huge_pages_free = strtoll(value, NULL, 10);
	else if (strcmp(name, "max_address") == 0)
		facts->max_address = strtoull(value, NULL, 10);
	else if (strcmp(name, "overcommit") == 0)
		facts->overcommit = (int)strtol(value, NULL, 10);
	else
		complain(recording, "unknown fact \"%s\"", name);
}

/* "ok old=replaced read=SIGSEGV"; false: not understood. */
static bool
parse_observation(char *text, struct oracle_observation *observation)
{
	char *word = cut(&text, " ");
	int i;

	memset(observation, 0, sizeof(*observation));
	observation->seen[ORACLE_OUTCOME] =
	    oracle_parse_word(ORACLE_OUTCOME, word);
	if (observation->seen[ORACLE_OUTCOME] == 0)
		return false;
	while ((word = cut(&text, " ")) != NULL) {
		char *value = strchr(word, '=');

		if (value == NULL)
			return false;
		*value++ = '\0';
		for (i = ORACLE_OUTCOME + 1; i < ORACLE_ASPECTS; i++)
			if (strcmp(word,
				oracle_aspect_name((enum oracle_aspect)i)) == 0)
				break;
		if (i == ORACLE_ASPECTS)
			return false;
		observation->seen[i] =
		    oracle_parse_word((enum oracle_aspect)i, value);
		if (observation->seen[i] == 0)
			return false;
	}
	return true;
}

/* The request that was made where an object and a placement say so. */
static void
fill_request(const struct recording *recording, size_t object,
    const char *placement, struct oracle_request *request)
{
	long long page = recording->facts.page_size;

	memset(request, 0, sizeof(*request));
	request->object = objects[object].object;
	request->open = objects[object].open;
	if (objects[object].size == HUGE)
		request->object_size = recording->facts.huge_page_size;
	else if (objects[object].size < 0)
		request->object_size = -1;
	else
		request->object_size = objects[object].size * page;
	request->length = (unsigned long long)page;
	if (strcmp(placement, "null") == 0)
		return;
	request->occupied = true;
	request->address = RECORDED_ADDRESS;
	if (strcmp(placement, "page") == 0)
		request->address += (unsigned long long)page;
}

static void
judge(struct recording *recording, size_t release, const char *object,
    const char *placement, const char *prot,
    const struct oracle_request *request,
    const struct oracle_observation *observation)
{
	struct oracle_answer portable, system;
	struct oracle_breach breach;
	enum oracle_class class;
	char combination[ORACLE_ROLES + 1], text[512];
	int i;

	recording->facts.release = oracle_release(recording->release[release]);
	oracle_portable(request, &recording->facts, &portable);
	recording->oracle(request, &recording->facts, &system);
	class = oracle_classify(&portable, &system, observation, &breach);
	total.rows++;
	total.class[class]++;
	if (class != ORACLE_FINDING)
		return;
	total.wrong++;
	for (i = 0; i < ORACLE_ROLES; i++)
		combination[i] =
		    (request->roles & (1u << i)) ? role_letters[i] : '-';
	combination[ORACLE_ROLES] = '\0';
	printf("%s:%d: %s %s, %s, %s, %s, %s = %s\n", recording->path,
	    recording->line, recording->system, recording->release[release],
	    combination, object, prot, placement,
	    oracle_print_breach(observation, &breach, text, sizeof(text)));
}

/* One row: objects x combinations, and what happened by protection. */
static void
replay_row(struct recording *recording, char *line)
{
	char *field[FIELDS], *word;
	struct oracle_observation seen[PROTS];
	struct oracle_request request;
	unsigned int roles;
	size_t i, object, release;

	for (i = 0; i < FIELDS; i++) {
		field[i] = cut(&line, "\t");
		if (field[i] == NULL) {
			complain(recording, "%d fields wanted", FIELDS);
			return;
		}
	}
	for (i = 0; i < PROTS; i++) {
		if (i > 0 && strcmp(field[3 + i], "\"") == 0)
			seen[i] = seen[i - 1];
		else if (!parse_observation(field[3 + i], &seen[i])) {
			complain(
			    recording, "%s: no observation", prots[i].word);
			return;
		}
	}
	while ((word = cut(&field[0], ",")) != NULL) {
		for (object = 0; object < COUNT(objects); object++)
			if (strcmp(objects[object].word, word) == 0)
				break;
		if (object == COUNT(objects)) {
			complain(recording, "unknown object \"%s\"", word);
			return;
		}
		fill_request(recording, object, field[1], &request);
		for (roles = 0; roles < 1u << ORACLE_ROLES; roles++) {
			char *pattern = field[2];
			bool meant = false;

			while (!meant && *pattern != '\0') {
				meant = matches(pattern, roles);
				pattern += strcspn(pattern, " ");
				pattern += *pattern == ' ';
			}
			if (!meant)
				continue;
			request.roles = roles;
			for (i = 0; i < PROTS; i++) {
				request.prot = prots[i].bits;
				for (release = 0; release < recording->releases;
				     release++)
					judge(recording, release, word,
					    field[1], prots[i].word, &request,
					    &seen[i]);
			}
		}
	}
}

static void
put_object(struct oracle_request *request, enum oracle_object object)
{
	/* A descriptor that is not open stays so. */
	if (request->object != ORACLE_CLOSED)
		request->object = object;
	request->open = ORACLE_OPEN_READ;
}

/*
 * A defect put into a request that is sound: one page of a file for reading,
 * private, no address.
 */
static bool
add_defect(const struct recording *recording, const char *defect,
    struct oracle_request *request)
{
	unsigned long long page =
	    (unsigned long long)recording->facts.page_size;

	if (strcmp(defect, "offset-unaligned") == 0)
		request->offset += 1;
	else if (strcmp(defect, "offset-overflow") == 0)
		request->offset += LLONG_MAX - (long long)page + 1;
	else if (strcmp(defect, "offset-negative") == 0)
		request->offset -= (long long)page;
	else if (strcmp(defect, "fd-not-open") == 0)
		request->object = ORACLE_CLOSED;
	else if (strcmp(defect, "hugetlb-on-plain-file") == 0)
		request->roles |= ORACLE_HUGETLB;
	else if (strcmp(defect, "length-zero") == 0)
		request->length = 0;
	else if (strcmp(defect, "length-overflow") == 0)
		request->length = ULLONG_MAX;
	else if (strcmp(defect, "length-too-big") == 0)
		request->length = ULLONG_MAX / page / 2 * page;
	else if (strcmp(defect, "fixed-unaligned") == 0) {
		request->roles |= ORACLE_FIXED;
		request->address = RECORDED_ADDRESS + 1;
	} else if (strcmp(defect, "fixed-too-high") == 0) {
		request->roles |= ORACLE_FIXED;
		request->address = recording->facts.max_address;
	} else if (strcmp(defect, "no-type") == 0)
		request->roles &= ~(ORACLE_SHARED | ORACLE_PRIVATE);
	else if (strcmp(defect, "ro-fd-shared-write") == 0) {
		request->roles &= ~ORACLE_PRIVATE;
		request->roles |= ORACLE_SHARED;
		request->prot |= ORACLE_WRITE;
		request->open = ORACLE_OPEN_READ;
	} else if (strcmp(defect, "wronly-fd") == 0)
		request->open = ORACLE_OPEN_WRITE;
	else if (strcmp(defect, "directory") == 0)
		put_object(request, ORACLE_DIRECTORY);
	else if (strcmp(defect, "pipe") == 0)
		put_object(request, ORACLE_PIPE);
	else if (strcmp(defect, "pipe-prot-exec") == 0) {
		put_object(request, ORACLE_PIPE);
		request->prot |= ORACLE_EXECUTE;
	} else
		return false;
	return true;
}

/* One row: a sound request with one or two defects, and the outcome. */
static void
replay_defects(struct recording *recording, char *line)
{
	struct oracle_request request = {
		.roles = ORACLE_PRIVATE,
		.object = ORACLE_FILE,
		.open = RDWR,
		.object_size = recording->facts.page_size,
		.prot = ORACLE_READ,
		.length = (unsigned long long)recording->facts.page_size,
	};
	struct oracle_observation seen = { { 0 } };
	char *defects = cut(&line, "\t"), *defect, name[LINE];
	size_t release;

	snprintf(name, sizeof(name), "%s", defects);
	if (line != NULL)
		seen.seen[ORACLE_OUTCOME] =
		    oracle_parse_word(ORACLE_OUTCOME, line);
	if (seen.seen[ORACLE_OUTCOME] == 0) {
		complain(recording, "no outcome");
		return;
	}
	while ((defect = cut(&defects, ",")) != NULL)
		if (!add_defect(recording, defect, &request)) {
			complain(recording, "unknown defect \"%s\"", defect);
			return;
		}
	for (release = 0; release < recording->releases; release++)
		judge(
		    recording, release, name, "defects", "R", &request, &seen);
}

/* Every pattern of the combinations field must be one. */
static bool
has_patterns(const char *line)
{
	char copy[LINE], *rest = copy, *patterns, *pattern;

	snprintf(copy, sizeof(copy), "%s", line);
	cut(&rest, "\t");
	cut(&rest, "\t");
	patterns = cut(&rest, "\t");
	if (patterns == NULL)
		return false;
	while ((pattern = cut(&patterns, " ")) != NULL)
		if (!is_pattern(pattern))
			return false;
	return true;
}

static bool
replay_file(const char *path)
{
	static char line[LINE];
	struct recording recording = {
		.path = path,
		.facts = {
			.hugetlb = -1,
			.huge_page_size = -1,
			.huge_pages_free = -1,
			.overcommit = -1,
			.can_map_zero = -1,
			.wx = 1,
			.min_address = -1,
		},
	};
	bool rows = false, defects = false;
	FILE *file = fopen(path, "r");

	if (file == NULL) {
		fprintf(stderr, "replay: %s: %s\n", path, strerror(errno));
		return false;
	}
	while (!recording.bad && fgets(line, sizeof(line), file) != NULL) {
		size_t length = strcspn(line, "\n");

		recording.line++;
		if (line[length] != '\n') {
			complain(&recording, "line cut off");
			break;
		}
		line[length] = '\0';
		if (line[0] == '#')
			continue;
		if (strncmp(line, "fact\t", 5) == 0)
			take_fact(&recording, line + 5);
		else if (strncmp(line, "object\t", 7) == 0)
			rows = true;
		else if (strncmp(line, "defects\t", 8) == 0)
			rows = defects = true;
		else if (!rows || recording.oracle == NULL ||
		    recording.facts.page_size <= 0 || recording.releases == 0)
			complain(&recording, "row before the facts");
		else if (defects)
			replay_defects(&recording, line);
		else if (!has_patterns(line))
			complain(&recording, "no combination of FSPAONH");
		else
			replay_row(&recording, line);
	}
	if (ferror(file))
		complain(&recording, "%s", strerror(errno));
	else if (!recording.bad && !rows)
		complain(&recording, "no rows");
	fclose(file);
	return !recording.bad;
}

int
main(int argc, char **argv)
{
	int i;

	if (argc < 2) {
		fprintf(stderr, "usage: replay FILE...\n");
		return 2;
	}
	for (i = 1; i < argc; i++)
		if (!replay_file(argv[i]))
			return 2;
	printf("%lu observations: %lu portable, %lu extension, %lu "
	       "deviation; %lu mispredicted\n",
	    total.rows, total.class[ORACLE_PORTABLE],
	    total.class[ORACLE_EXTENSION], total.class[ORACLE_DEVIATION],
	    total.wrong);
	return total.wrong > 0;
}
