/* SPDX-License-Identifier: BSD-2-Clause */
/* Huge pages of Linux, Documentation/admin-guide/mm/hugetlbpage.rst. */
#ifndef PLATFORM_HUGEPAGES_H
#define PLATFORM_HUGEPAGES_H

#include "platform/platform.h"

/* Fills the members hugetlb and huge_...; what is not told stays. */
void hugepages_facts(struct plat_facts *facts);

#endif
