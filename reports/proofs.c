/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The faults that turn cases red, compiled in: proofs.inc is made of
 * ci/faults/proofs.tsv.
 */
#include <stdlib.h>
#include <string.h>

#include "model.h"

static const struct proof table[] = {
#include "proofs.inc"
	{ NULL, NULL, NULL }
};

static int
compare(const void *id, const void *proof)
{
	return strcmp(id, ((const struct proof *)proof)->id);
}

const struct proof *
proofs_find(const char *id)
{
	return bsearch(id, table, sizeof(table) / sizeof(table[0]) - 1,
	    sizeof(table[0]), compare);
}
