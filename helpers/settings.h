/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel-wide settings, for EXCLUSIVE and SETTINGS bodies (row.h).  What is
 * changed is restored on every path: a process of its own session waits for
 * the end of this one, however it comes, and Kyua's cleanup part does it
 * again.
 */
#ifndef HELPERS_SETTINGS_H
#define HELPERS_SETTINGS_H

#include <stdbool.h>

#include "platform/platform.h"

/* Changes a setting for the rest of the body. Cannot be changed: untested. */
void settings_change(enum plat_setting setting, long long value);

/* Restores every changed setting now, for one that may hurt others. */
void settings_restore(void);

/* A setting's value now; cannot be told: untested, or false. */
long long settings_value(enum plat_setting setting);
bool settings_find(enum plat_setting setting, long long *value);

/* Whether settings_change() may be called: "exclusive" is true. */
bool settings_may_change(void);

/*
 * The setting must have that value: it has, or is changed to it where that is
 * allowed, else the case is untested.
 */
void settings_need(enum plat_setting setting, long long value);

/*
 * ----- For rows.c ------------------------------------------------------------
 */

/* The configuration variable that allows changes. */
#define SETTINGS_VARIABLE "test_suites.mmapcheck.exclusive"

/* What that variable says: until then nothing may be changed. */
void settings_allow(bool yes);

/* Lets the guard restore; false if it could not. */
bool settings_release(void);

/* Restores what a case that ended otherwise has left. */
void settings_clean_up(void);

#endif
