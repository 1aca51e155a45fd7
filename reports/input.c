/* SPDX-License-Identifier: BSD-2-Clause */
/* Files as text, and the words for those that cannot be read. */
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "input.h"
#include "output.h"

void
input_refuse(const char *format, ...)
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

char *
input_file(const char *path)
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

char *
input_optional(const char *path)
{
	struct stat status;

	if (stat(path, &status) == -1 && errno == ENOENT)
		return NULL;
	return input_file(path);
}

char *
input_after(char *text, const char *prefix)
{
	size_t length = strlen(prefix);

	return strncmp(text, prefix, length) == 0 ? text + length : NULL;
}
