/* SPDX-License-Identifier: BSD-2-Clause */
#include "platform/mechanism/sysctl.h"

#include <sys/param.h>
#include <sys/types.h>
#include <sys/sysctl.h>

#include <errno.h>
#include <stdint.h>
#include <stdio.h>

int
sysctl_number(const char *name, long long *value)
{
	union {
		int8_t byte;
		int32_t word;
		int64_t quad;
	} number;
	size_t size = sizeof(number);

	if (sysctlbyname(name, &number, &size, NULL, 0) == -1)
		return errno == ENOENT ? ENOTSUP : errno;
	if (size == sizeof(number.byte))
		*value = number.byte;
	else if (size == sizeof(number.word))
		*value = number.word;
	else if (size == sizeof(number.quad))
		*value = number.quad;
	else
		return ENOTSUP;
	return 0;
}

long long
sysctl_or_unknown(const char *name)
{
	long long value;

	return sysctl_number(name, &value) == 0 ? value : -1;
}

int
sysctl_set(const char *name, int value)
{
	if (sysctlbyname(name, NULL, NULL, &value, sizeof(value)) == -1)
		return errno;
	return 0;
}

void
sysctl_describe(const char *system, const char *const *names, size_t count,
    void (*emit)(const char *name, const char *value, void *arg), void *arg)
{
	char name[128], value[64];

	for (size_t i = 0; i < count; i++) {
		long long number;

		if (sysctl_number(names[i], &number) != 0)
			continue;
		snprintf(name, sizeof(name), "%s.%s", system, names[i]);
		snprintf(value, sizeof(value), "%lld", number);
		emit(name, value, arg);
	}
}
