/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Core files: what of a process's memory is in them.
 */
#ifndef HELPERS_CORE_H
#define HELPERS_CORE_H

/*
 * A child dumps core into the work directory, with one secret in plain memory
 * and another in the page at hidden: that one is not in the file, else the case
 * fails.  No core file, or one without plain memory: untested.
 */
void core_expect_kept_out(unsigned char *hidden);

#endif
