/* SPDX-License-Identifier: BSD-2-Clause */
/* The oracles: each is one function, in the file of its name. */
#ifndef ORACLES_H
#define ORACLES_H

#include "platform/oracle/oracle.h"

/* POSIX.1-2024, mmap: what every conforming system does. */
oracle_function oracle_portable;

/* Linux man-pages mmap(2), and mm/mmap.c where the page is silent. */
oracle_function oracle_linux;

/* FreeBSD mmap(2), and sys/vm/vm_mmap.c where the page is silent. */
oracle_function oracle_freebsd;

/* NetBSD mmap(2), and sys/uvm/uvm_mmap.c. */
oracle_function oracle_netbsd;

/* OpenBSD mmap(2), and sys/uvm/uvm_mmap.c. */
oracle_function oracle_openbsd;

/* gVisor, whose rules are those of its source. */
oracle_function oracle_gvisor;

/* QEMU's user mode: Linux, behind the rules of its source. */
oracle_function oracle_qemu_user;

/* User-mode Linux: Linux, but for what its processor cannot do. */
oracle_function oracle_uml;

#endif
