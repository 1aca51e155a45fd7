/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines of a file, as /proc and /sys have them.  Not with stdio, whose buffers
 * may come from mmap: the memory that a test has just freed would be mapped
 * again by looking at it.
 */
#ifndef PLATFORM_LINES_H
#define PLATFORM_LINES_H

#include <stdbool.h>
#include <stddef.h>

struct lines {
	int fd;
	size_t at, end;
	char buf[4096];
};

int lines_open(struct lines *lines, const char *path);

/* The next line without its end, cut where buf is full; false: no more. */
bool lines_next(struct lines *lines, char *buf, size_t size);

void lines_close(struct lines *lines);

/* The first line of a file, without its end. */
int lines_first(const char *path, char *buf, size_t size);

/* The number that a file begins with. */
int lines_number(const char *path, long long *value);

/* The kilobytes behind "KEY:" in a file of such lines, as bytes. */
int lines_kilobytes(const char *path, const char *key, long long *bytes);

/* Whether a line of the file has that text; false if there is no file. */
bool lines_contain(const char *path, const char *text);

#endif
