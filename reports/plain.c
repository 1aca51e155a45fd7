/* SPDX-License-Identifier: BSD-2-Clause */
/* A run without Kyua: plain files. */
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "found.h"
#include "input.h"
#include "plain.h"

static char *
read_part(const char *directory, const char *name, const char *suffix)
{
	char *path = buffer_format("%s/%s%s", directory, name, suffix);
	char *text = input_optional(path);

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
		input_refuse("%s: case %s:%s: the result is not one line", path,
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
	found_add(report, run, &found, directory);
	free(times);
	free(result);
}

void
plain_read(struct report *report, struct run *run, const char *directory,
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
		if (input_after(block, "ident: ") != NULL) {
			name = find_property(block, "ident");
			if (*name == '\0' || strchr(name, '/') != NULL)
				input_refuse(
				    "%s/list: \"%s\" is no case's name",
				    directory, name);
			read_plain_case(
			    report, run, directory, program, name, block);
			free(name);
		}
		block = next;
	}
	free(list);
}
