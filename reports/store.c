/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading runs.  A store is the SQLite database, schema version 3, that Kyua
 * writes; a run directory holds run.json and, for each program, a store or
 * the plain files of a run without Kyua.
 *
 * What the suite prints for the report to read (facts, flags, cells,
 * observations) comes from the cases' standard output.
 */
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sqlite3.h>

#include "buffer.h"
#include "output.h"
#include "store.h"

#define SCHEMA_VERSION 3
#define RUN_VERSION    1
#define IDENTITY       "system_test:identity"
#define FLAGS          "system_test:flags"

static const char case_query[] =
    "SELECT p.relative_path, p.test_suite_name, c.name,"
    " r.result_type, r.result_reason, r.end_time - r.start_time,"
    " claim.property_value, promiser.property_value,"
    " combination.property_value, description.property_value, out.contents, err.contents"
    " FROM test_cases c JOIN test_programs p USING (test_program_id)"
    " LEFT JOIN test_results r USING (test_case_id)"
    " LEFT JOIN metadatas claim ON claim.metadata_id = c.metadata_id"
    "  AND claim.property_name = 'custom.claim'"
    " LEFT JOIN metadatas promiser"
    "  ON promiser.metadata_id = c.metadata_id"
    "  AND promiser.property_name = 'custom.promiser'"
    " LEFT JOIN metadatas combination"
    "  ON combination.metadata_id = c.metadata_id"
    "  AND combination.property_name = 'custom.combination'"
    " LEFT JOIN metadatas description"
    "  ON description.metadata_id = c.metadata_id"
    "  AND description.property_name = 'description'"
    " LEFT JOIN test_case_files outfile"
    "  ON outfile.test_case_id = c.test_case_id"
    "  AND outfile.file_name = '__STDOUT__'"
    " LEFT JOIN files out ON out.file_id = outfile.file_id"
    " LEFT JOIN test_case_files errfile"
    "  ON errfile.test_case_id = c.test_case_id"
    "  AND errfile.file_name = '__STDERR__'"
    " LEFT JOIN files err ON err.file_id = errfile.file_id"
    " ORDER BY p.relative_path, c.name";

enum column {
	COLUMN_PROGRAM,
	COLUMN_SUITE,
	COLUMN_NAME,
	COLUMN_TYPE,
	COLUMN_REASON,
	COLUMN_MICROSECONDS,
	COLUMN_CLAIM,
	COLUMN_PROMISER,
	COLUMN_COMBINATION,
	COLUMN_DESCRIPTION,
	COLUMN_OUT,
	COLUMN_ERR
};

/* A case as it was found, before anything is made of it. */
struct found {
	char *program;
	char *name;
	char *type; /* Kyua's word for the result */
	char *reason;
	char *claim;
	char *promiser;
	char *combination;
	char *description;
	char *out;
	char *err;
	long long microseconds;
};

/* Ends the program with one line, whatever the input has put into it. */
static _Noreturn void __attribute__((format(printf, 1, 2)))
refuse(const char *format, ...)
{
	va_list ap;
	char line[1024], *c;

	va_start(ap, format);
	vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	for (c = line; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	errx(STATUS_INPUT, "%s", line);
}

/* Stops when SQLite says no; path tells which file. */
static void
check_sqlite(sqlite3 *db, const char *path, int code)
{
	if (code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE)
		refuse("%s: not a readable Kyua store: %s", path,
		    sqlite3_errmsg(db));
}

static char *
column_text(sqlite3_stmt *query, int column)
{
	const void *bytes = sqlite3_column_blob(query, column);

	return buffer_clean(bytes, (size_t)sqlite3_column_bytes(query, column));
}

/* The only value of a query without parameters, or NULL when it has none. */
static char *
query_text(sqlite3 *db, const char *path, const char *sql)
{
	sqlite3_stmt *query;
	char *text = NULL;
	int code;

	check_sqlite(db, path, sqlite3_prepare_v2(db, sql, -1, &query, NULL));
	code = sqlite3_step(query);
	check_sqlite(db, path, code);
	if (code == SQLITE_ROW && sqlite3_column_type(query, 0) != SQLITE_NULL)
		text = column_text(query, 0);
	sqlite3_finalize(query);
	return text;
}

/* "2026-11-22T07:38:00Z" for seconds since the epoch. */
static char *
format_time(long long seconds)
{
	time_t clock = (time_t)seconds;
	struct tm tm;
	char text[sizeof("-2147483648-01-01T00:00:00Z")];

	if (gmtime_r(&clock, &tm) == NULL ||
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		return buffer_copy("");
	return buffer_copy(text);
}

static bool
starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* Replaces the outcome with broken, and says why before the old reason. */
static void
break_result(struct result *result, const char *why)
{
	char *old = result->reason;

	result->outcome = OUTCOME_BROKEN;
	result->reason =
	    *old ? buffer_format("%s: %s", why, old) : buffer_copy(why);
	free(old);
}

/* Kyua's result and the prefix of its reason make the outcome. */
static void
decide_outcome(struct result *result, const char *type, const char *path)
{
	const char *reason = result->reason;

	if (strcmp(type, "passed") == 0)
		result->outcome = OUTCOME_PASS;
	else if (strcmp(type, "expected_failure") == 0)
		result->outcome = OUTCOME_DEVIATES;
	else if (strcmp(type, "broken") == 0)
		result->outcome = OUTCOME_BROKEN;
	else if (strcmp(type, "failed") == 0)
		result->outcome = starts_with(reason, "set-up: ")
		    ? OUTCOME_BROKEN
		    : OUTCOME_FAIL;
	else if (strcmp(type, "skipped") != 0)
		refuse("%s: case %s has the unknown result \"%s\"", path,
		    result->id, type);
	else if (starts_with(reason, "unsupported: "))
		result->outcome = OUTCOME_UNSUPPORTED;
	else
		/* Kyua's own reasons, such as rights, are facts of the run. */
		result->outcome = OUTCOME_UNTESTED;
}

/* Cuts the next field off a tab separated line; NULL when there is none. */
static char *
next_field(char **line)
{
	char *field = *line, *tab;

	if (field == NULL)
		return NULL;
	tab = strchr(field, '\t');
	if (tab != NULL)
		*tab++ = '\0';
	*line = tab;
	return field;
}

/* Reads a cell line behind its first word; false when it is malformed. */
static bool
read_cell(struct report *report, struct result *result, char *line)
{
	enum {
		COMBINATION,
		OBJECT,
		PROTECTION,
		PLACEMENT,
		LENGTH,
		OFFSET,
		RESULT,
		CLASS,
		OBSERVED,
		FIELDS
	};
	char *fields[FIELDS];
	struct cell *cell;
	size_t i;

	for (i = 0; i < FIELDS; i++)
		if ((fields[i] = next_field(&line)) == NULL)
			return false;
	if (line != NULL || model_parse_class(fields[CLASS]) == CLASSES ||
	    model_parse_combination(fields[COMBINATION]) != result->combination)
		return false;
	result->cells =
	    buffer_grow(result->cells, result->ncells, sizeof(*result->cells));
	cell = &result->cells[result->ncells++];
	cell->object = strings_intern(&report->objects, fields[OBJECT]);
	cell->protection =
	    strings_intern(&report->protections, fields[PROTECTION]);
	cell->placement = buffer_copy(fields[PLACEMENT]);
	cell->length = buffer_copy(fields[LENGTH]);
	cell->offset = buffer_copy(fields[OFFSET]);
	cell->result = buffer_copy(fields[RESULT]);
	cell->class = model_parse_class(fields[CLASS]);
	cell->observed = buffer_copy(
	    strcmp(fields[OBSERVED], "-") == 0 ? "" : fields[OBSERVED]);
	return true;
}

/* Reads NAME<TAB>VALUE; absent, if given, is the word for no value. */
static bool
read_pair(struct pairs *pairs, char *line, const char *absent)
{
	char *name = next_field(&line);
	char *value = line;
	struct pair *pair;

	if (*name == '\0' || value == NULL)
		return false;
	pairs->items =
	    buffer_grow(pairs->items, pairs->count, sizeof(*pairs->items));
	pair = &pairs->items[pairs->count++];
	pair->name = buffer_copy(name);
	pair->value = absent != NULL && strcmp(value, absent) == 0
	    ? NULL
	    : buffer_copy(value);
	return true;
}

/*
 * Reads one line of a case's output.  Lines that are not for the report are
 * fine; false means one that is, but cannot be understood.
 */
static bool
read_line(
    struct report *report, struct run *run, struct result *result, char *line)
{
	if (starts_with(line, "observed: "))
		strings_add(&result->observed, line + strlen("observed: "));
	else if (starts_with(line, "survey: ") && result->survey == NULL)
		result->survey = buffer_copy(line + strlen("survey: "));
	else if (starts_with(line, "cell\t"))
		return result->combination >= 0 &&
		    read_cell(report, result, line + strlen("cell\t"));
	else if (starts_with(line, "fact\t") &&
	    strcmp(result->id, IDENTITY) == 0)
		return read_pair(&run->facts, line + strlen("fact\t"), NULL);
	else if (starts_with(line, "flag\t") && strcmp(result->id, FLAGS) == 0)
		return read_pair(
		    &run->flags, line + strlen("flag\t"), "absent");
	return true;
}

static void
read_output(struct report *report, struct run *run, struct result *result)
{
	char *copy = buffer_copy(result->out);
	char *line = copy, *end, *bad = NULL, *why;
	size_t findings = 0, i;

	for (; *line != '\0'; line = end) {
		end = line + strcspn(line, "\n");
		if (*end != '\0')
			*end++ = '\0';
		why = buffer_copy(line);
		if (bad == NULL && !read_line(report, run, result, line))
			bad = why;
		else
			free(why);
	}
	free(copy);
	/* A case that died may have left half a line: it is broken already. */
	if (bad != NULL && result->outcome != OUTCOME_BROKEN) {
		why = buffer_format("unreadable line \"%s\"", bad);
		break_result(result, why);
		free(why);
	}
	free(bad);
	for (i = 0; i < result->ncells; i++)
		findings += result->cells[i].class == CLASS_FINDING;
	if (findings > 0 && result->outcome == OUTCOME_PASS)
		break_result(result, "passes although a cell is a finding");
	if (result->survey != NULL && result->outcome == OUTCOME_PASS)
		result->outcome = OUTCOME_SURVEY;
}

static const struct claim *
find_claim(const struct report *report, const char *id)
{
	size_t i;

	for (i = 0; i < report->nclaims; i++)
		if (strcmp(report->claims[i].id, id) == 0)
			return &report->claims[i];
	return NULL;
}

/* What the case decides: one claim, or one combination of the matrix. */
static void
read_subject(const struct report *report, struct result *result,
    const struct found *found, const char *path)
{
	result->combination = -1;
	if (*found->claim != '\0') {
		result->claim = find_claim(report, found->claim);
		if (result->claim == NULL && !claims_retired(found->claim))
			refuse("%s: case %s: unknown claim \"%s\"", path,
			    result->id, found->claim);
	} else if (*found->combination != '\0') {
		result->combination =
		    model_parse_combination(found->combination);
		if (result->combination < 0)
			refuse("%s: case %s: unknown combination \"%s\"", path,
			    result->id, found->combination);
	} else if (!starts_with(result->name, "__")) {
		/* Kyua's own "__test_cases_list__" has no metadata. */
		refuse("%s: case %s names no claim", path, result->id);
	}
}

static struct program *
find_program(struct run *run, const char *name)
{
	struct program *program;
	size_t i;

	for (i = 0; i < run->nprograms; i++)
		if (strcmp(run->programs[i].name, name) == 0)
			return &run->programs[i];
	run->programs =
	    buffer_grow(run->programs, run->nprograms, sizeof(*run->programs));
	program = &run->programs[run->nprograms++];
	program->name = buffer_copy(name);
	program->status = -1;
	program->cases = 0;
	return program;
}

/* Gives a result the name that its case has now. */
static void
name_result(struct result *result, struct found *found)
{
	char *id = buffer_format("%s:%s", found->program, found->name);
	const char *now = renamed_id(id), *colon = strchr(now, ':');

	result->id = buffer_copy(now);
	result->program = buffer_format("%.*s", (int)(colon - now), now);
	result->name = buffer_copy(colon + 1);
	free(id);
	free(found->program);
	free(found->name);
}

/* Makes a result of what was found; the strings are the result's, or freed. */
static void
add_result(struct report *report, struct run *run, struct found *found,
    const char *path)
{
	struct result *result;

	run->results =
	    buffer_grow(run->results, run->nresults, sizeof(*run->results));
	result = &run->results[run->nresults++];
	memset(result, 0, sizeof(*result));
	find_program(run, found->program)->cases++;
	name_result(result, found);
	result->promiser = found->promiser;
	result->description = found->description;
	result->reason = found->reason;
	result->microseconds = found->microseconds;
	result->out = found->out;
	result->err = found->err;
	read_subject(report, result, found, path);
	decide_outcome(result, found->type, path);
	read_output(report, run, result);
	free(found->type);
	free(found->claim);
	free(found->combination);
}

static void
read_case(struct report *report, struct run *run, sqlite3_stmt *query,
    const char *path)
{
	struct found found;
	char *suite, *program;
	const char *slash;

	suite = column_text(query, COLUMN_SUITE);
	if (strcmp(suite, SUITE) != 0)
		refuse("%s: results of the test suite \"%s\", expected \"%s\"",
		    path, suite, SUITE);
	program = column_text(query, COLUMN_PROGRAM);
	slash = strrchr(program, '/');
	found.program = buffer_copy(slash ? slash + 1 : program);
	found.name = column_text(query, COLUMN_NAME);
	found.type = column_text(query, COLUMN_TYPE);
	found.reason = column_text(query, COLUMN_REASON);
	found.claim = column_text(query, COLUMN_CLAIM);
	found.promiser = column_text(query, COLUMN_PROMISER);
	found.combination = column_text(query, COLUMN_COMBINATION);
	found.description = column_text(query, COLUMN_DESCRIPTION);
	found.out = column_text(query, COLUMN_OUT);
	found.err = column_text(query, COLUMN_ERR);
	found.microseconds = sqlite3_column_int64(query, COLUMN_MICROSECONDS);
	add_result(report, run, &found, path);
	free(suite);
	free(program);
}

/* SQLite opens nearly anything; find out first why that would be wrong. */
static void
check_file(const char *path)
{
	static const char magic[] = "SQLite format 3"; /* with its NUL */
	char head[sizeof(magic)];
	FILE *file = fopen(path, "rb");
	size_t length;

	if (file == NULL)
		err(STATUS_INPUT, "%s", path);
	length = fread(head, 1, sizeof(head), file);
	if (ferror(file))
		err(STATUS_INPUT, "%s", path);
	fclose(file);
	if (length == 0)
		refuse("%s: an empty file, not a Kyua store", path);
	if (length < sizeof(head) || memcmp(head, magic, sizeof(magic)) != 0)
		refuse("%s: not an SQLite file, so no Kyua store", path);
}

/* SQLite reads a last page that is cut short as if zeros followed. */
static void
check_length(sqlite3 *db, const char *path)
{
	char *text = query_text(db, path,
	    "SELECT page_count * page_size"
	    " FROM pragma_page_count(), pragma_page_size()");
	long long expected = text != NULL ? strtoll(text, NULL, 10) : 0;
	struct stat status;

	free(text);
	if (stat(path, &status) == -1)
		err(STATUS_INPUT, "%s", path);
	if ((long long)status.st_size < expected)
		refuse("%s: cut short: %lld of %lld bytes", path,
		    (long long)status.st_size, expected);
}

static void
check_schema(sqlite3 *db, const char *path)
{
	char *text;

	text = query_text(db, path, "PRAGMA quick_check(1)");
	if (text == NULL || strcmp(text, "ok") != 0)
		refuse("%s: a damaged SQLite file", path);
	free(text);
	text = query_text(db, path,
	    "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name"
	    " IN ('metadata', 'metadatas', 'test_programs', 'test_cases',"
	    " 'test_results', 'test_case_files', 'files')");
	if (text == NULL || strcmp(text, "7") != 0)
		refuse("%s: an SQLite file, but no Kyua store", path);
	free(text);
	text = query_text(db, path, "SELECT max(schema_version) FROM metadata");
	if (text == NULL || atoi(text) != SCHEMA_VERSION)
		refuse("%s: a Kyua store of schema version %s, expected %d",
		    path, text ? text : "unknown", SCHEMA_VERSION);
	free(text);
}

static void
read_store(struct report *report, struct run *run, const char *path)
{
	sqlite3 *db;
	sqlite3_stmt *query;
	size_t before = run->nresults;
	char *seconds;
	int code;

	check_file(path);
	code = sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL);
	check_sqlite(db, path, code);
	check_length(db, path);
	check_schema(db, path);
	check_sqlite(
	    db, path, sqlite3_prepare_v2(db, case_query, -1, &query, NULL));
	while ((code = sqlite3_step(query)) == SQLITE_ROW)
		read_case(report, run, query, path);
	check_sqlite(db, path, code);
	sqlite3_finalize(query);
	if (run->nresults == before)
		refuse("%s: holds no results, as after a run that was killed",
		    path);
	if (run->started == NULL) {
		seconds =
		    query_text(db, path, "SELECT max(timestamp) FROM metadata");
		run->started =
		    format_time(seconds ? strtoll(seconds, NULL, 10) : 0);
		free(seconds);
	}
	if (run->finished == NULL) {
		seconds = query_text(db, path,
		    "SELECT max(end_time) / 1000000 FROM test_results");
		run->finished =
		    format_time(seconds ? strtoll(seconds, NULL, 10) : 0);
		free(seconds);
	}
	sqlite3_close(db);
}

/* The whole of a file as text. */
static char *
read_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	char *bytes = NULL, *text;
	size_t count = 0;
	int c;

	if (file == NULL)
		err(STATUS_INPUT, "%s", path);
	while ((c = getc(file)) != EOF) {
		bytes = buffer_grow(bytes, count, 1);
		bytes[count++] = (char)c;
	}
	if (ferror(file))
		err(STATUS_INPUT, "%s", path);
	fclose(file);
	text = buffer_clean(bytes, count);
	free(bytes);
	return text;
}

/*
 * Plain files: out/PROGRAM/list is what the program says of its cases, as
 * atf-test-program(1) lays it out; NAME.result is a case's result as
 * atf-test-case(4) has it, or Kyua's "broken"; NAME.stdout and NAME.stderr are
 * what it printed; times has a line "NAME MICROSECONDS" for each case that
 * ended.  A case without a result did not run.
 */

/* A file as text; NULL when there is none. */
static char *
read_optional(const char *path)
{
	struct stat status;

	if (stat(path, &status) == -1 && errno == ENOENT)
		return NULL;
	return read_file(path);
}

static char *
read_part(const char *directory, const char *name, const char *suffix)
{
	char *path = buffer_format("%s/%s%s", directory, name, suffix);
	char *text = read_optional(path);

	free(path);
	return text;
}

/* Cuts the next line off a text; NULL at its end. */
static char *
next_line(char **text)
{
	char *line = *text, *end;

	if (line == NULL || *line == '\0')
		return NULL;
	end = line + strcspn(line, "\n");
	*text = *end == '\0' ? end : end + 1;
	*end = '\0';
	return line;
}

/* What follows the key on its line in a listing's block, or "". */
static char *
find_property(const char *block, const char *key)
{
	size_t length = strlen(key);
	const char *line = block;

	while (line != NULL && *line != '\0') {
		if (strncmp(line, key, length) == 0 &&
		    strncmp(line + length, ": ", 2) == 0)
			return buffer_clean(line + length + 2,
			    strcspn(line + length + 2, "\n"));
		line = strchr(line, '\n');
		line += line != NULL;
	}
	return buffer_copy("");
}

/* "TYPE" or "TYPE: REASON", on one line. */
static void
split_result(struct found *found, char *text, const char *path)
{
	char *line = next_line(&text), *colon;

	if (line == NULL || *text != '\0')
		refuse("%s: case %s:%s: the result is not one line", path,
		    found->program, found->name);
	colon = strstr(line, ": ");
	found->reason = buffer_copy(colon != NULL ? colon + 2 : "");
	if (colon != NULL)
		*colon = '\0';
	found->type = buffer_copy(line);
}

/* The time of a case, 0 when the file does not tell. */
static long long
find_time(const char *times, const char *name)
{
	size_t length = strlen(name);
	const char *line = times;

	while (line != NULL && *line != '\0') {
		if (strncmp(line, name, length) == 0 && line[length] == ' ')
			return strtoll(line + length, NULL, 10);
		line = strchr(line, '\n');
		line += line != NULL;
	}
	return 0;
}

/* One case, of which the listing has that block ("" for Kyua's own). */
static void
read_plain_case(struct report *report, struct run *run, const char *directory,
    const char *program, const char *name, const char *block)
{
	struct found found = { 0 };
	char *result = read_part(directory, name, ".result");
	char *times;

	if (result == NULL)
		return;
	found.program = buffer_copy(program);
	found.name = buffer_copy(name);
	split_result(&found, result, directory);
	found.claim = find_property(block, "X-claim");
	found.promiser = find_property(block, "X-promiser");
	found.combination = find_property(block, "X-combination");
	found.description = find_property(block, "descr");
	found.out = read_part(directory, name, ".stdout");
	if (found.out == NULL)
		found.out = buffer_copy("");
	found.err = read_part(directory, name, ".stderr");
	if (found.err == NULL)
		found.err = buffer_copy("");
	times = read_part(directory, "times", "");
	found.microseconds = find_time(times, name);
	add_result(report, run, &found, directory);
	free(times);
	free(result);
}

static void
read_plain(struct report *report, struct run *run, const char *directory,
    const char *program)
{
	static const char unlisted[] = "__test_cases_list__";
	char *list = read_part(directory, "list", "");
	char *block = list, *next, *name;

	read_plain_case(report, run, directory, program, unlisted, "");
	while (block != NULL && *block != '\0') {
		next = strstr(block, "\nident: ");
		if (next != NULL)
			*next++ = '\0';
		if (starts_with(block, "ident: ")) {
			name = find_property(block, "ident");
			if (*name == '\0' || strchr(name, '/') != NULL)
				refuse("%s/list: \"%s\" is no case's name",
				    directory, name);
			read_plain_case(
			    report, run, directory, program, name, block);
			free(name);
		}
		block = next;
	}
	free(list);
}

/* A run.json, opened with SQLite's own reader of JSON. */
struct document {
	const char *path;
	sqlite3 *db;
	char *text;
};

/* Runs sql with the document as ?1. */
static sqlite3_stmt *
query_document(const struct document *document, const char *sql)
{
	sqlite3_stmt *query;

	if (sqlite3_prepare_v2(document->db, sql, -1, &query, NULL) !=
		SQLITE_OK ||
	    sqlite3_bind_text(query, 1, document->text, -1, SQLITE_STATIC) !=
		SQLITE_OK)
		refuse("%s: %s", document->path, sqlite3_errmsg(document->db));
	return query;
}

/* The value at a path such as $.state; NULL when it is null or missing. */
static char *
document_text(const struct document *document, const char *where)
{
	sqlite3_stmt *query =
	    query_document(document, "SELECT json_extract(?1, ?2)");
	char *text = NULL;

	sqlite3_bind_text(query, 2, where, -1, SQLITE_STATIC);
	if (sqlite3_step(query) == SQLITE_ROW &&
	    sqlite3_column_type(query, 0) != SQLITE_NULL)
		text = column_text(query, 0);
	sqlite3_finalize(query);
	return text;
}

static void
open_document(struct document *document, const char *path)
{
	sqlite3_stmt *query;
	char *version;

	document->path = path;
	document->text = read_file(path);
	if (sqlite3_open(":memory:", &document->db) != SQLITE_OK)
		errx(
		    STATUS_INPUT, "%s: %s", path, sqlite3_errmsg(document->db));
	query = query_document(document, "SELECT json_valid(?1)");
	if (sqlite3_step(query) != SQLITE_ROW ||
	    sqlite3_column_int(query, 0) != 1)
		refuse("%s: not JSON", path);
	sqlite3_finalize(query);
	version = document_text(document, "$.schema_version");
	if (version == NULL || atoi(version) != RUN_VERSION)
		refuse("%s: schema_version is %s, expected %d", path,
		    version ? version : "missing", RUN_VERSION);
	free(version);
}

static void
read_programs(struct run *run, const struct document *document)
{
	sqlite3_stmt *query = query_document(document,
	    "SELECT json_extract(value, '$.name'),"
	    " ifnull(json_extract(value, '$.status'), -1)"
	    " FROM json_each(?1, '$.programs')");
	struct program *program;
	char *name;

	while (sqlite3_step(query) == SQLITE_ROW) {
		name = column_text(query, 0);
		if (*name == '\0' || strchr(name, '/') != NULL)
			refuse("%s: \"%s\" is no program's name",
			    document->path, name);
		program = find_program(run, name);
		program->status = sqlite3_column_int64(query, 1);
		free(name);
	}
	sqlite3_finalize(query);
	if (run->nprograms == 0)
		refuse("%s: lists no programs", document->path);
}

/* Facts that are not the suite's own, or for a run that did not get so far. */
static void
read_host(struct run *run, const struct document *document)
{
	static const struct {
		const char *where, *fact;
	} facts[] = {
		{ "$.suite.version", "suite.version" },
		{ "$.system.os", "system.os" },
		{ "$.system.release", "system.release" },
		{ "$.system.version", "system.version" },
		{ "$.system.arch", "system.arch" },
		{ "$.target.name", "target" },
	};
	char *value, *line;
	size_t i;

	for (i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		value = document_text(document, facts[i].where);
		if (value == NULL)
			continue;
		if (*model_fact(run, facts[i].fact) == '\0') {
			line = buffer_format("%s\t%s", facts[i].fact, value);
			read_pair(&run->facts, line, NULL);
			free(line);
		}
		free(value);
	}
}

static void
read_directory(struct report *report, struct run *run, const char *path)
{
	struct document document;
	struct stat status;
	char *json = buffer_format("%s/run.json", path);
	char *state, *store, *plain;
	size_t i;

	if (stat(json, &status) == -1 && errno == ENOENT)
		refuse("%s: a directory without run.json", path);
	open_document(&document, json);
	state = document_text(&document, "$.state");
	if (state != NULL && strcmp(state, "complete") == 0)
		run->state = STATE_COMPLETE;
	else if (state != NULL && strcmp(state, "partial") == 0)
		run->state = STATE_PARTIAL;
	else
		refuse("%s: state is neither complete nor partial", json);
	run->commit = document_text(&document, "$.suite.commit");
	run->started = document_text(&document, "$.started");
	run->finished = document_text(&document, "$.finished");
	read_programs(run, &document);
	for (i = 0; i < run->nprograms; i++) {
		store =
		    buffer_format("%s/out/%s.db", path, run->programs[i].name);
		plain = buffer_format("%s/out/%s", path, run->programs[i].name);
		if (stat(store, &status) == 0 || errno != ENOENT)
			read_store(report, run, store);
		else if (stat(plain, &status) == 0)
			read_plain(report, run, plain, run->programs[i].name);
		free(plain);
		free(store);
	}
	read_host(run, &document);
	sqlite3_close(document.db);
	free(document.text);
	free(state);
	free(json);
}

void
store_read(struct report *report, const char *path)
{
	struct stat status;
	struct run *run;
	size_t length;

	report->runs =
	    buffer_grow(report->runs, report->nruns, sizeof(*report->runs));
	run = &report->runs[report->nruns++];
	memset(run, 0, sizeof(*run));
	length = strlen(path);
	while (length > 1 && path[length - 1] == '/')
		length--;
	run->path = buffer_clean(path, length);
	if (stat(path, &status) == -1)
		err(STATUS_INPUT, "%s", path);
	if (S_ISDIR(status.st_mode)) {
		read_directory(report, run, path);
	} else {
		run->state = STATE_STORE;
		read_store(report, run, path);
	}
}
