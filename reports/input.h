/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REPORTS_INPUT_H
#define REPORTS_INPUT_H

/* Ends the program with STATUS_INPUT and one line, whatever is in its words. */
_Noreturn void input_refuse(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/*
 * The whole of a file as text, see buffer_clean(); one that cannot be read ends
 * the program.  The caller frees it.
 */
char *input_file(const char *path);
/* Likewise; NULL where there is no such file. */
char *input_optional(const char *path);

/* What follows the prefix; NULL where the text does not begin with it. */
char *input_after(char *text, const char *prefix);

#endif
