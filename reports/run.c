/* SPDX-License-Identifier: BSD-2-Clause */
/* A run directory, as collect makes it, or a store alone. */
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "found.h"
#include "input.h"
#include "output.h"
#include "plain.h"
#include "run.h"
#include "store.h"

#define RUN_VERSION 1

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
		input_refuse(
		    "%s: %s", document->path, sqlite3_errmsg(document->db));
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
		text = store_text(query, 0);
	sqlite3_finalize(query);
	return text;
}

static void
open_document(struct document *document, const char *path)
{
	sqlite3_stmt *query;
	char *version;

	document->path = path;
	document->text = input_file(path);
	if (sqlite3_open(":memory:", &document->db) != SQLITE_OK)
		errx(
		    STATUS_INPUT, "%s: %s", path, sqlite3_errmsg(document->db));
	query = query_document(document, "SELECT json_valid(?1)");
	if (sqlite3_step(query) != SQLITE_ROW ||
	    sqlite3_column_int(query, 0) != 1)
		input_refuse("%s: not JSON", path);
	sqlite3_finalize(query);
	version = document_text(document, "$.schema_version");
	if (version == NULL || atoi(version) != RUN_VERSION)
		input_refuse("%s: schema_version is %s, expected %d", path,
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
		name = store_text(query, 0);
		if (*name == '\0' || strchr(name, '/') != NULL)
			input_refuse("%s: \"%s\" is no program's name",
			    document->path, name);
		program = found_program(run, name);
		program->status = sqlite3_column_int64(query, 1);
		free(name);
	}
	sqlite3_finalize(query);
	if (run->nprograms == 0)
		input_refuse("%s: lists no programs", document->path);
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
	char *value;
	size_t i;

	for (i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		value = document_text(document, facts[i].where);
		if (value == NULL)
			continue;
		if (*model_fact(run, facts[i].fact) == '\0')
			found_fact(run, facts[i].fact, value);
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
		input_refuse("%s: a directory without run.json", path);
	open_document(&document, json);
	state = document_text(&document, "$.state");
	if (state != NULL && strcmp(state, "complete") == 0)
		run->state = STATE_COMPLETE;
	else if (state != NULL && strcmp(state, "partial") == 0)
		run->state = STATE_PARTIAL;
	else
		input_refuse("%s: state is neither complete nor partial", json);
	run->commit = document_text(&document, "$.suite.commit");
	run->started = document_text(&document, "$.started");
	run->finished = document_text(&document, "$.finished");
	read_programs(run, &document);
	for (i = 0; i < run->nprograms; i++) {
		store =
		    buffer_format("%s/out/%s.db", path, run->programs[i].name);
		plain = buffer_format("%s/out/%s", path, run->programs[i].name);
		if (stat(store, &status) == 0 || errno != ENOENT)
			store_read(report, run, store);
		else if (stat(plain, &status) == 0)
			plain_read(report, run, plain, run->programs[i].name);
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
run_read(struct report *report, const char *path)
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
		store_read(report, run, path);
	}
}
