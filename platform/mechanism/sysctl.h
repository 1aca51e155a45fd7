/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel's numbers by name, sysctlbyname(3). */
#ifndef PLATFORM_SYSCTL_H
#define PLATFORM_SYSCTL_H

#include <stddef.h>

/* A number of whatever width; ENOTSUP: there is none of that name. */
int sysctl_number(const char *name, long long *value);

/* What sysctl -n prints for a number, -1 if there is none of that name. */
long long sysctl_or_unknown(const char *name);

/* Sets one that is an int. */
int sysctl_set(const char *name, int value);

/* plat_describe(): those numbers that there are, as "SYSTEM.NAME". */
void sysctl_describe(const char *system, const char *const *names, size_t count,
    void (*emit)(const char *name, const char *value, void *arg), void *arg);

#endif
