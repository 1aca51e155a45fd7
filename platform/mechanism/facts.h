/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PLATFORM_FACTS_H
#define PLATFORM_FACTS_H

#include "platform/platform.h"

/* What every system tells, the page size and its limits; the rest is unknown. */
void facts_start(struct plat_facts *facts);

#endif
