/* SPDX-License-Identifier: BSD-2-Clause */
#include <ctype.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "telling.h"

static bool
is_one(const char *pattern, const char *text)
{
	return strpbrk(pattern, "*?[") == NULL ? strcmp(pattern, text) == 0
					       : fnmatch(pattern, text, 0) == 0;
}

bool
telling_matches(const char *patterns, const char *text)
{
	char pattern[192];
	bool in = false;

	while (*patterns != '\0') {
		size_t length = strcspn(patterns, " ");
		bool out = patterns[0] == '!';

		snprintf(pattern, sizeof(pattern), "%.*s", (int)(length - out),
		    patterns + out);
		if (is_one(pattern, text)) {
			if (out)
				return false;
			in = true;
		}
		patterns += length;
		patterns += strspn(patterns, " ");
	}
	return in;
}

#define WORD 32

/* The next run of letters and digits; false: there is none. */
static bool
next_word(const char **text, char word[WORD])
{
	const char *start = *text;
	size_t length = 0;

	while (*start != '\0' && !isalnum((unsigned char)*start))
		start++;
	while (isalnum((unsigned char)start[length]))
		length++;
	*text = start + length;
	snprintf(word, WORD, "%.*s", (int)length, start);
	return length > 0;
}

static bool
has_word(const char *text, const char *word)
{
	char other[WORD];

	while (next_word(&text, other))
		if (strcasecmp(other, word) == 0)
			return true;
	return false;
}

static bool
is_errno(const char *word)
{
	size_t capitals = strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");

	return word[0] == 'E' && capitals > 3 && word[capitals] == '\0';
}

/* Words of every other sentence say nothing of the one that they are in. */
static bool
is_common(const char *word)
{
	return strlen(word) < 4 ||
	    has_word("that with where when what which this from have been they "
		     "them than then more most some other another same does "
		     "into gives given says takes taken memory mapping "
		     "mappings mapped page pages",
		word);
}

static int
weight_of(const char *word, const char *text)
{
	if (!has_word(text, word))
		return is_errno(word) ? -2 : 0;
	if (is_errno(word))
		return 12;
	if (is_common(word))
		return 0;
	return strcasecmp(word, "mmap") == 0 ? 1 : 4;
}

int
telling_of(
    const char *fault, const char *sentence, size_t lines, const char *text)
{
	char words[512], word[WORD];
	const char *rest = words;
	int telling = -(int)(lines < 24 ? lines : 24) / 3;

	snprintf(words, sizeof(words), "%s %s", sentence, fault);
	while (next_word(&rest, word)) {
		size_t end = (size_t)(rest - words);
		char before[sizeof(words)];

		/* Each word once; the first one is what it is about. */
		snprintf(before, sizeof(before), "%.*s",
		    (int)(end - strlen(word)), words);
		if (!has_word(before, word))
			telling +=
			    weight_of(word, text) * (before[0] == '\0' ? 2 : 1);
	}
	return telling;
}
