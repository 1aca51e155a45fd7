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

#include "platform/mechanism/facts.h"
#include "platform/mechanism/trial.h"
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

/* Nobody has described the system: what this process finds out itself. */
#define ANSWERS_FACTS                             \
	void plat_facts(struct plat_facts *facts) \
	{                                         \
		facts_start(facts);               \
		facts->can_change_settings = 0;   \
		facts->wx = trial_wx();           \
	}

/* What the settings are about, where nobody knows their names. */
#define ANSWERS_SETTING_NAME                                      \
	const char *plat_setting_name(enum plat_setting setting)  \
	{                                                         \
		static const char *const names[PLAT_SETTINGS] = { \
			"overcommit mode", "huge page pool",      \
			"huge page surplus", "open files limit"   \
		};                                                \
		return names[setting];                            \
	}

#define ANSWERS_NO_DESCRIPTION                                \
	void plat_describe(absent_emit_type *emit, void *arg) \
	{                                                     \
		(void)emit;                                   \
		(void)arg;                                    \
	}
#define ANSWERS_NO_FUNCTION                                 \
	plat_function_type *plat_function(const char *name) \
	{                                                   \
		(void)name;                                 \
		return NULL;                                \
	}

typedef void absent_emit_type(const char *, const char *, void *);
typedef int absent_region_type(const struct plat_region *, void *);
typedef int absent_usage_type(
    const struct plat_region *, const struct plat_usage *, void *);

/* clang-format off */
#define ABSENT_facts           ANSWERS_FACTS
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
#define ABSENT_setting_name    ANSWERS_SETTING_NAME
#define ABSENT_set_setting     ANSWERS_2(ENOTSUP, plat_set_setting, enum plat_setting, long long)

#define NONE_emulator          ANSWERS_TEXT("none", plat_emulator)
#define NONE_container         ANSWERS_TEXT("none", plat_container)
#define NONE_huge_pool         ANSWERS_2(ENOENT, plat_huge_pool, size_t, struct plat_huge_pool *)
#define NONE_describe          ANSWERS_NO_DESCRIPTION
#define NONE_function          ANSWERS_NO_FUNCTION
#define NONE_shm_dir           const char *plat_shm_dir(void) { return NULL; }
/* clang-format on */

#endif
