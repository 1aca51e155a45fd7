/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * To be written.
 */
#include "helpers/suite.h"

/* clang-format off */
static const struct suite_case cases[] = {
	/*   name         claim          addr len   prot flags           object   off   allowed */
	CALL(len_zero,    LEN_ZERO,      ANY, B(0), RW,  "PRIVATE|ANON", NOTHING, B(0), "EINVAL", SOUND_LEN(P(1))),
};
/* clang-format on */

SUITE_PROGRAM(cases)
