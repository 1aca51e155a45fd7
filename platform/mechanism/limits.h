/* SPDX-License-Identifier: BSD-2-Clause */
/* Limits by getrlimit(2); limits.c also has what the contract says of them. */
#ifndef PLATFORM_LIMITS_H
#define PLATFORM_LIMITS_H

/* A soft limit; LLONG_MAX: unlimited, -1: it cannot be told. */
long long limits_soft(int resource);

#endif
