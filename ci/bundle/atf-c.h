/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The part of ATF's C interface that helpers/ use, for bundles: so
 * that test programs can be linked statically, with any C library and for
 * any machine, where no ATF is packaged.  The functions do what atf-c-api(3)
 * says of them, and main() what atf-test-program(1) says.
 */
#ifndef ATF_C_H
#define ATF_C_H

#include <stdbool.h>
#include <stddef.h>

struct atf_error;
typedef struct atf_error *atf_error_t;
typedef struct atf_tc atf_tc_t;
typedef struct atf_tp atf_tp_t;

#define ATF_TEXTS 16

struct atf_tc {
	const char *ident;
	void (*head)(atf_tc_t *);
	void (*body)(const atf_tc_t *);
	void (*cleanup)(const atf_tc_t *);
	const char *names[ATF_TEXTS]; /* metadata, in order */
	char *values[ATF_TEXTS];
	size_t count;
};

atf_error_t atf_no_error(void);
atf_error_t atf_no_memory_error(void);
bool atf_is_error(atf_error_t error);

atf_error_t atf_tc_init(atf_tc_t *tc, const char *ident,
    void (*head)(atf_tc_t *), void (*body)(const atf_tc_t *),
    void (*cleanup)(const atf_tc_t *), const char *const *config);
const char *atf_tc_get_ident(const atf_tc_t *tc);
atf_error_t atf_tc_set_md_var(atf_tc_t *tc, const char *name,
    const char *format, ...) __attribute__((format(printf, 3, 4)));
const char *atf_tc_get_config_var_wd(
    const atf_tc_t *tc, const char *name, const char *otherwise);
bool atf_tc_get_config_var_as_bool_wd(
    const atf_tc_t *tc, const char *name, bool otherwise);
long atf_tc_get_config_var_as_long_wd(
    const atf_tc_t *tc, const char *name, long otherwise);

void atf_tc_pass(void) __attribute__((noreturn));
void atf_tc_fail(const char *format, ...)
    __attribute__((noreturn, format(printf, 1, 2)));
void atf_tc_skip(const char *format, ...)
    __attribute__((noreturn, format(printf, 1, 2)));
void atf_tc_expect_fail(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

char **atf_tp_get_config(const atf_tp_t *tp);
void atf_utils_free_charpp(char **strings);
atf_error_t atf_tp_add_tc(atf_tp_t *tp, atf_tc_t *tc);
int atf_tp_main(int argc, char **argv, atf_error_t (*add)(atf_tp_t *tp));

#endif
