/* SPDX-License-Identifier: BSD-2-Clause */
/* Kyua's stores. */
#include <sys/stat.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "buffer.h"
#include "found.h"
#include "input.h"
#include "output.h"
#include "store.h"

#define SCHEMA_VERSION 3

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

/* Stops when SQLite says no; path tells which file. */
static void
check_sqlite(sqlite3 *db, const char *path, int code)
{
	if (code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE)
		input_refuse("%s: not a readable Kyua store: %s", path,
		    sqlite3_errmsg(db));
}

char *
store_text(sqlite3_stmt *query, int column)
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
		text = store_text(query, 0);
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

static void
read_case(struct report *report, struct run *run, sqlite3_stmt *query,
    const char *path)
{
	struct found found;
	char *suite, *program;
	const char *slash;

	suite = store_text(query, COLUMN_SUITE);
	if (strcmp(suite, SUITE) != 0)
		input_refuse(
		    "%s: results of the test suite \"%s\", expected \"%s\"",
		    path, suite, SUITE);
	program = store_text(query, COLUMN_PROGRAM);
	slash = strrchr(program, '/');
	found.program = buffer_copy(slash ? slash + 1 : program);
	found.name = store_text(query, COLUMN_NAME);
	found.type = store_text(query, COLUMN_TYPE);
	found.reason = store_text(query, COLUMN_REASON);
	found.claim = store_text(query, COLUMN_CLAIM);
	found.promiser = store_text(query, COLUMN_PROMISER);
	found.combination = store_text(query, COLUMN_COMBINATION);
	found.description = store_text(query, COLUMN_DESCRIPTION);
	found.out = store_text(query, COLUMN_OUT);
	found.err = store_text(query, COLUMN_ERR);
	found.microseconds = sqlite3_column_int64(query, COLUMN_MICROSECONDS);
	found_add(report, run, &found, path);
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
		input_refuse("%s: an empty file, not a Kyua store", path);
	if (length < sizeof(head) || memcmp(head, magic, sizeof(magic)) != 0)
		input_refuse("%s: not an SQLite file, so no Kyua store", path);
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
		input_refuse("%s: cut short: %lld of %lld bytes", path,
		    (long long)status.st_size, expected);
}

static void
check_schema(sqlite3 *db, const char *path)
{
	char *text;

	text = query_text(db, path, "PRAGMA quick_check(1)");
	if (text == NULL || strcmp(text, "ok") != 0)
		input_refuse("%s: a damaged SQLite file", path);
	free(text);
	text = query_text(db, path,
	    "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name"
	    " IN ('metadata', 'metadatas', 'test_programs', 'test_cases',"
	    " 'test_results', 'test_case_files', 'files')");
	if (text == NULL || strcmp(text, "7") != 0)
		input_refuse("%s: an SQLite file, but no Kyua store", path);
	free(text);
	text = query_text(db, path, "SELECT max(schema_version) FROM metadata");
	if (text == NULL || atoi(text) != SCHEMA_VERSION)
		input_refuse(
		    "%s: a Kyua store of schema version %s, expected %d", path,
		    text ? text : "unknown", SCHEMA_VERSION);
	free(text);
}

void
store_read(struct report *report, struct run *run, const char *path)
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
		input_refuse(
		    "%s: holds no results, as after a run that was killed",
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
