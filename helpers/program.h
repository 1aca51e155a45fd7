/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The test program that runs: what it is called, where it is, and what it is
 * started by.
 */
#ifndef HELPERS_PROGRAM_H
#define HELPERS_PROGRAM_H

/* For rows.c: the source and argv[0] of main(). */
void program_begin(const char *source, const char *path);

/* For rows.c: configuration variable "launcher"; NULL: nothing. */
void program_set_launcher(const char *launcher);

/* "fixed_test" */
const char *program_name(void);

/* Absolute path of the running test program. */
const char *program_path(void);

/*
 * What test programs are started by: an emulator such as qemu-aarch64, where
 * the kernel does not know to.  NULL: nothing.
 */
const char *program_launcher(void);

#endif
