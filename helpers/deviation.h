/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Failures that platform/known/ lists.  A case that is listed must fail as the
 * list says: it then deviates; and one that passes has a deviation that was
 * not seen, which is a failure.
 */
#ifndef HELPERS_DEVIATION_H
#define HELPERS_DEVIATION_H

#include "verdict.h"

/* In the words of a verdict on a row's sound call (row.h). */
#define DEVIATION_SOUND_CALL "the sound call"

/*
 * Sets the known deviation of a round of that case, in directories_path(), or
 * makes it a failure.  What was not decided is never one.
 */
void deviation_apply(struct outcome *outcome, const char *name);

#endif
