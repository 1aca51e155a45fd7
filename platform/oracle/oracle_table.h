/* SPDX-License-Identifier: BSD-2-Clause */
/* The oracles by name. */
#ifndef ORACLE_TABLE_H
#define ORACLE_TABLE_H

#include "platform/oracle/oracle.h"

/*
 * The oracle of a system by its plat_name() or plat_emulator(), or
 * "portable"; NULL when it has none.
 */
oracle_function *oracle_for(const char *system);

#endif
