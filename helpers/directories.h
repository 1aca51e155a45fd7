/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where regular files of a case are made: a claim whose answer may depend on
 * the file system is decided once in each of several directories, by a round
 * of its own.
 */
#ifndef HELPERS_DIRECTORIES_H
#define HELPERS_DIRECTORIES_H

#include <stdbool.h>
#include <stddef.h>

/* Directory for this round's regular files, and its file system's name. */
const char *directories_path(void);
const char *directories_filesystem(void);

/* Where shm_open(3) objects are files; NULL: nowhere. */
const char *directories_shm(void);

/* The name of any directory's file system ("ext4"); false: not known here. */
bool directories_find_filesystem(const char *path, char *name, size_t size);

/*
 * ----- For rounds.c ----------------------------------------------------------
 */

#define DIRECTORIES_MOST 8

/*
 * Splits configured ("DIR DIR"), which is changed and must live on; without a
 * word in it, they are the work directory and that of shared memory objects.
 */
size_t directories_list(
    const char *work, char *configured, const char **directories);

/* Begins a round in that directory. */
void directories_enter(const char *path);

#endif
