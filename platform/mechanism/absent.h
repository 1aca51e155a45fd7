/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a system cannot tell, or has none of: a shim names the function, and
 * here is what it answers.  A name that a shim leaves out does not link; one
 * that it says twice does not compile.
 */
#ifndef PLATFORM_ABSENT_H
#define PLATFORM_ABSENT_H

#include <errno.h>
#include <stdio.h>

#include "platform/platform.h"

/* plat_NAME() cannot be told here. */
#define ABSENT(name) ABSENT_##name

/* Nothing of the kind is here, and that is known. */
#define NONE(name) NONE_##name

/* A function that answers without a look at its arguments. */
#define ANSWERS_1(answer, name, type) \
	int name(type value)          \
	{                             \
		(void)value;          \
		return answer;        \
	}
#define ANSWERS_2(answer, name, type_1, type_2)  \
	int name(type_1 value_1, type_2 value_2) \
	{                                        \
		(void)value_1;                   \
		(void)value_2;                   \
		return answer;                   \
	}
#define ANSWERS_3(answer, name, type_1, type_2, type_3)          \
	int name(type_1 value_1, type_2 value_2, type_3 value_3) \
	{                                                        \
		(void)value_1;                                   \
		(void)value_2;                                   \
		(void)value_3;                                   \
		return answer;                                   \
	}
#define ANSWERS_TEXT(text, name)                 \
	int name(char *buf, size_t size)         \
	{                                        \
		snprintf(buf, size, "%s", text); \
		return 0;                        \
	}

typedef int absent_region_type(const struct plat_region *, void *);
typedef int absent_usage_type(
    const struct plat_region *, const struct plat_usage *, void *);

/* clang-format off */
#define ABSENT_libc            ANSWERS_2(ENOTSUP, plat_libc, char *, size_t)
#define ABSENT_emulator        ANSWERS_2(ENOTSUP, plat_emulator, char *, size_t)
#define ABSENT_container       ANSWERS_2(ENOTSUP, plat_container, char *, size_t)
#define ABSENT_boot_option     ANSWERS_2(ENOTSUP, plat_boot_option, const char *, bool *)
#define ABSENT_filesystem      ANSWERS_3(ENOTSUP, plat_filesystem, const char *, char *, size_t)
#define ABSENT_noexec          ANSWERS_2(ENOTSUP, plat_noexec, const char *, bool *)
#define ABSENT_mandatory_locks ANSWERS_2(ENOTSUP, plat_mandatory_locks, const char *, bool *)
#define ABSENT_marks_atime     ANSWERS_2(ENOTSUP, plat_marks_atime, const char *, bool *)
#define ABSENT_has_storage     ANSWERS_2(ENOTSUP, plat_has_storage, const char *, bool *)
#define ABSENT_dax             ANSWERS_2(ENOTSUP, plat_dax, const char *, bool *)
#define ABSENT_thp             ANSWERS_2(ENOTSUP, plat_thp, char *, size_t)
#define ABSENT_uncache         ANSWERS_1(ENOTSUP, plat_uncache, int)
#define ABSENT_region          ANSWERS_2(ENOTSUP, plat_region, const void *, struct plat_region *)
#define ABSENT_regions         ANSWERS_2(ENOTSUP, plat_regions, absent_region_type *, void *)
#define ABSENT_usage           ANSWERS_2(ENOTSUP, plat_usage, const void *, struct plat_usage *)
#define ABSENT_usages          ANSWERS_2(ENOTSUP, plat_usages, absent_usage_type *, void *)
#define ABSENT_resident        ANSWERS_3(ENOTSUP, plat_resident, const void *, size_t, unsigned char *)
#define ABSENT_mapped          ANSWERS_3(ENOTSUP, plat_mapped, const void *, size_t, unsigned char *)
#define ABSENT_frame           ANSWERS_2(ENOTSUP, plat_frame, const void *, unsigned long long *)
#define ABSENT_locked          ANSWERS_1(ENOTSUP, plat_locked, long long *)
#define ABSENT_process_size    ANSWERS_2(ENOTSUP, plat_process_size, long long *, long long *)
#define ABSENT_committed       ANSWERS_1(ENOTSUP, plat_committed, long long *)
#define ABSENT_huge_pool       ANSWERS_2(ENOTSUP, plat_huge_pool, size_t, struct plat_huge_pool *)
#define ABSENT_heap            ANSWERS_2(ENOTSUP, plat_heap, uintptr_t *, uintptr_t *)
#define ABSENT_setting         ANSWERS_2(ENOTSUP, plat_setting, enum plat_setting, long long *)
#define ABSENT_set_setting     ANSWERS_2(ENOTSUP, plat_set_setting, enum plat_setting, long long)

#define NONE_emulator          ANSWERS_TEXT("none", plat_emulator)
#define NONE_container         ANSWERS_TEXT("none", plat_container)
#define NONE_huge_pool         ANSWERS_2(ENOENT, plat_huge_pool, size_t, struct plat_huge_pool *)
#define NONE_shm_dir           const char *plat_shm_dir(void) { return NULL; }
/* clang-format on */

#endif
