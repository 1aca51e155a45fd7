/* SPDX-License-Identifier: BSD-2-Clause */
#include "platform/mechanism/lines.h"

#include <sys/types.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int
lines_open(struct lines *lines, const char *path)
{
	lines->fd = open(path, O_RDONLY | O_CLOEXEC);
	lines->at = lines->end = 0;
	return lines->fd == -1 ? errno : 0;
}

bool
lines_next(struct lines *lines, char *buf, size_t size)
{
	size_t length = 0;
	bool any = false;

	for (;;) {
		if (lines->at == lines->end) {
			ssize_t got =
			    read(lines->fd, lines->buf, sizeof(lines->buf));

			if (got == -1 && errno == EINTR)
				continue;
			if (got <= 0)
				break;
			lines->at = 0;
			lines->end = (size_t)got;
		}
		any = true;
		if (lines->buf[lines->at] == '\n') {
			lines->at++;
			break;
		}
		if (length + 1 < size)
			buf[length++] = lines->buf[lines->at];
		lines->at++;
	}
	buf[length] = '\0';
	return any;
}

void
lines_close(struct lines *lines)
{
	close(lines->fd);
}

int
lines_first(const char *path, char *buf, size_t size)
{
	struct lines lines;
	int error = lines_open(&lines, path);

	if (error != 0)
		return error;
	if (!lines_next(&lines, buf, size))
		error = ENODATA;
	lines_close(&lines);
	return error;
}

int
lines_number(const char *path, long long *value)
{
	char line[64];
	int error = lines_first(path, line, sizeof(line));

	if (error == 0)
		*value = strtoll(line, NULL, 10);
	return error;
}

/* The number behind "KEY:" in a file of such lines. */
static int
lines_keyed(const char *path, const char *key, long long *value)
{
	char line[256];
	size_t length = strlen(key);
	struct lines lines;
	int error = lines_open(&lines, path);

	if (error != 0)
		return error;
	error = ENOENT;
	while (error != 0 && lines_next(&lines, line, sizeof(line)))
		if (strncmp(line, key, length) == 0 && line[length] == ':') {
			*value = strtoll(line + length + 1, NULL, 10);
			error = 0;
		}
	lines_close(&lines);
	return error;
}

int
lines_kilobytes(const char *path, const char *key, long long *bytes)
{
	int error = lines_keyed(path, key, bytes);

	if (error == 0)
		*bytes *= 1024;
	return error == 0 ? 0 : ENOTSUP;
}

bool
lines_contain(const char *path, const char *text)
{
	char line[8192]; /* a processor has many flags */
	struct lines lines;
	bool found = false;

	if (lines_open(&lines, path) != 0)
		return false;
	while (!found && lines_next(&lines, line, sizeof(line)))
		found = strstr(line, text) != NULL;
	lines_close(&lines);
	return found;
}
