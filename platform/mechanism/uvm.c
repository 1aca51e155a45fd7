/* SPDX-License-Identifier: BSD-2-Clause */
#include "platform/mechanism/uvm.h"

#include <sys/param.h>
#include <sys/types.h>
#include <sys/sysctl.h>

#ifdef __NetBSD__
#include <uvm/uvm_extern.h>
#include <uvm/uvm_param.h>
#define COUNTS VM_UVMEXP2
typedef struct uvmexp_sysctl counts_type;
#else
#include <uvm/uvmexp.h>
#define COUNTS VM_UVMEXP
typedef struct uvmexp counts_type;
#endif

long long
uvm_swap_size(void)
{
	int name[] = { CTL_VM, COUNTS };
	counts_type counts;
	size_t size = sizeof(counts);

	if (sysctl(name, 2, &counts, &size, NULL, 0) == -1)
		return -1;
	return (long long)counts.swpages * counts.pagesize;
}
