/* SPDX-License-Identifier: BSD-2-Clause */
#include <err.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "output.h"

void *
buffer_new(size_t count, size_t size)
{
	void *memory = calloc(count ? count : 1, size);

	if (memory == NULL)
		err(STATUS_WRITE, "memory");
	return memory;
}

void *
buffer_grow(void *items, size_t count, size_t size)
{
	/* Full only when count is a power of two (or zero). */
	if ((count & (count - 1)) != 0)
		return items;
	if (count > SIZE_MAX / size / 2)
		errx(STATUS_WRITE, "memory: too much input");
	items = realloc(items, (count ? count * 2 : 1) * size);
	if (items == NULL)
		err(STATUS_WRITE, "memory");
	return items;
}

char *
buffer_copy(const char *text)
{
	size_t size = strlen(text) + 1;

	return memcpy(buffer_new(size, 1), text, size);
}

char *
buffer_format(const char *format, ...)
{
	va_list ap;
	char *text;
	int length;

	va_start(ap, format);
	length = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	if (length < 0)
		errx(STATUS_WRITE, "memory: cannot format");
	text = buffer_new((size_t)length + 1, 1);
	va_start(ap, format);
	vsnprintf(text, (size_t)length + 1, format, ap);
	va_end(ap);
	return text;
}

/* The length of the well-formed UTF-8 sequence at bytes, or 0. */
static size_t
sequence_length(const unsigned char *bytes, size_t left)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t length, i;

	if (bytes[0] == 0)
		return 0;
	if (bytes[0] < 0x80)
		return 1;
	if (bytes[0] >= 0xc2 && bytes[0] <= 0xdf)
		length = 2;
	else if (bytes[0] >= 0xe0 && bytes[0] <= 0xef)
		length = 3;
	else if (bytes[0] >= 0xf0 && bytes[0] <= 0xf4)
		length = 4;
	else
		return 0;
	if (length > left)
		return 0;
	/* No overlong forms, no surrogates, nothing above U+10FFFF. */
	if (bytes[0] == 0xe0)
		low = 0xa0;
	else if (bytes[0] == 0xed)
		high = 0x9f;
	else if (bytes[0] == 0xf0)
		low = 0x90;
	else if (bytes[0] == 0xf4)
		high = 0x8f;
	for (i = 1; i < length; i++) {
		if (bytes[i] < low || bytes[i] > high)
			return 0;
		low = 0x80;
		high = 0xbf;
	}
	return length;
}

char *
buffer_clean(const void *bytes, size_t length)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *in = bytes;
	char *text, *out;
	size_t i, n;

	if (length > SIZE_MAX / 4 - 1)
		errx(STATUS_WRITE, "memory: too much input");
	text = out = buffer_new(length * 4 + 1, 1);
	for (i = 0; i < length; i += n) {
		n = sequence_length(in + i, length - i);
		if (n > 0) {
			memcpy(out, in + i, n);
			out += n;
			continue;
		}
		*out++ = '\\';
		*out++ = 'x';
		*out++ = digits[in[i] >> 4];
		*out++ = digits[in[i] & 15];
		n = 1;
	}
	out = buffer_copy(text);
	free(text);
	return out;
}

void
strings_add(struct strings *strings, const char *text)
{
	strings->items = buffer_grow(
	    strings->items, strings->count, sizeof(*strings->items));
	strings->items[strings->count++] = buffer_copy(text);
}

size_t
strings_intern(struct strings *strings, const char *text)
{
	size_t i;

	for (i = 0; i < strings->count; i++)
		if (strcmp(strings->items[i], text) == 0)
			return i;
	strings_add(strings, text);
	return i;
}

void
strings_free(struct strings *strings)
{
	size_t i;

	for (i = 0; i < strings->count; i++)
		free(strings->items[i]);
	free(strings->items);
	strings->items = NULL;
	strings->count = 0;
}

unsigned long
buffer_next(const char **text)
{
	const unsigned char *in = (const unsigned char *)*text;
	unsigned long code = *in;

	if (code == 0)
		return 0;
	(*text)++;
	if (code < 0x80)
		return code;
	code &= code >= 0xf0 ? 0x07 : code >= 0xe0 ? 0x0f : 0x1f;
	while ((**text & 0xc0) == 0x80)
		code = code << 6 | (*(*text)++ & 0x3f);
	return code;
}

bool
buffer_acts(unsigned long code)
{
	return (code < 0x20 && code != '\n' && code != '\t') ||
	    (code >= 0x7f && code < 0xa0) ||
	    (code >= 0x200e && code <= 0x200f) ||
	    (code >= 0x2028 && code <= 0x202e) ||
	    (code >= 0x2066 && code <= 0x2069);
}
