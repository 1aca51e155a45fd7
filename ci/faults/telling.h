/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the lines of claims.tsv come to: which claims a fault breaks, and which of
 * a claim's faults says most of it.  falsify and the report tool share it; it
 * reads nothing and knows no system.
 */
#ifndef TELLING_H
#define TELLING_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Whether text is one of the patterns, which have blanks between them; what one
 * after a '!' matches is out.
 */
bool telling_matches(const char *patterns, const char *text);

/*
 * How much it says of a claim with this text that a fault of this name and
 * sentence turns its case red: more where the two have words in common, errnos
 * above all, and less where the fault breaks much else (lines: of claims.tsv).
 */
int telling_of(
    const char *fault, const char *sentence, size_t lines, const char *text);

#endif
