/* SPDX-License-Identifier: BSD-2-Clause */
/* What NetBSD and OpenBSD count of their memory, which is of one origin. */
#ifndef PLATFORM_UVM_H
#define PLATFORM_UVM_H

/* Bytes of swap space; -1: not told. */
long long uvm_swap_size(void);

#endif
