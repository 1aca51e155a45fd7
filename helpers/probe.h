/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Touching memory to learn what it is: a value, or which signal.  Everything
 * happens in this process and thread, by way of guard_try().
 */
#ifndef HELPERS_PROBE_H
#define HELPERS_PROBE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guard.h"

/* Loads a byte; *value (may be NULL) is set when nothing was raised. */
struct guard_signal probe_load(const volatile void *addr, unsigned char *value);

/* Stores a byte. */
struct guard_signal probe_store(volatile void *addr, unsigned char value);

/*
 * Puts code that only returns to addr, which must be writable and have
 * PROBE_CODE bytes of room, for probe_jump().  False: not known for this
 * processor.
 */
#define PROBE_CODE 64
bool probe_plant(void *addr);

/* Calls what probe_plant() put at addr. */
struct guard_signal probe_jump(const void *addr);

/* "ok", "SIGSEGV/ACCERR"; static buffers, four in turn. */
const char *probe_name(struct guard_signal fault);

/*
 * Whether an access is in a set such as "ok", "SIGSEGV", "SIGBUS|SIGSEGV",
 * "SIGSEGV/ACCERR" (with the si_code).
 */
bool probe_allows(const char *allowed, struct guard_signal fault);

/*
 * The access to addr must end as allowed says (see probe_allows()), and a
 * signal must name addr's page as si_addr (POSIX.1-2024 <signal.h>, si_addr
 * of SIGSEGV and SIGBUS), else the case fails.  what names the place in
 * words ("the page past the mapping").
 */
void probe_expect_load(
    const volatile void *addr, const char *what, const char *allowed);
void probe_expect_store(
    volatile void *addr, const char *what, const char *allowed);

/*
 * All length bytes from addr must be value, else the case fails; a signal
 * fails it as well.  what names the place in words.
 */
void probe_expect_bytes(
    const void *addr, size_t length, unsigned char value, const char *what);

/* The first and the last byte of new memory must be 0, else the case fails. */
void probe_expect_zeros(const void *addr, size_t length);

/* call_map() for reading and writing, and probe_expect_zeros() of it. */
unsigned char *probe_map_zeros(
    size_t length, const char *flags, int fd, off_t offset);

/* As probe_map_zeros() from offset 0, and every byte of it, which touches it. */
unsigned char *probe_map_blank(size_t length, const char *flags, int fd);

/*
 * A mapping that a program goes on with: call_map() at any address, and that
 * anonymous memory is zero, and memory of PROT_NONE not accessible.
 */
unsigned char *probe_map(
    size_t length, int prot, const char *flags, int fd, off_t offset);

/* A byte that was stored elsewhere must be what was found; what names it. */
void probe_expect_byte(unsigned char got, unsigned char want, const char *what);

/*
 * The last call must have succeeded, and what it gave is new memory: zero
 * throughout, and writable at its start.
 */
void probe_expect_new(unsigned char *addr, size_t length);

/* call_mmap() for reading and writing, and that. */
unsigned char *probe_map_new(size_t length, const char *flags);

/*
 * As probe_expect_bytes(), for the bytes that object.h puts into an object
 * from that offset on.
 */
void probe_expect_pattern(
    const void *addr, size_t length, off_t offset, const char *what);

/*
 * All length bytes of a new mapping must be what was mapped: zeros, or from its
 * start on what object.h puts into an object.
 */
void probe_expect_contents(const void *addr, size_t length, bool of_object);

/* The last call must have mapped a page of an object, from offset 0. */
void probe_expect_page(const void *addr);

/* call_map() of a descriptor from offset 0, and probe_expect_pattern() of it. */
unsigned char *probe_map_pattern(
    size_t length, int prot, const char *flags, int fd);

/*
 * What became of a store when looked at from elsewhere: got is the byte found
 * there, before the one from before the store.  It must have been seen, or
 * it must not, else the case fails.  whose names the store ("the child's
 * store").
 */
void probe_expect_seen(const char *whose, unsigned char got,
    unsigned char before, unsigned char stored);
void probe_expect_unseen(const char *whose, unsigned char got,
    unsigned char before, unsigned char stored);

/*
 * The physical frame behind addr, which must have been touched.  Where it
 * cannot be seen, the case ends as untested.  A page may move to another
 * frame at any time, so one difference says little.
 */
unsigned long long probe_frame(const volatile void *addr);

/*
 * Whether the page at addr, which is touched, has the frame that other(arg)
 * tells; NULL: arg is the other page.  Asked five times, as pages move.
 */
bool probe_same_frame(const volatile void *addr,
    unsigned long long (*other)(void *arg), void *arg);

/* A byte that is not that one. */
unsigned char probe_other_byte(unsigned char byte);

/* The byte at addr, read as the rest of a body reads: see guard.h. */
unsigned char probe_byte(const volatile void *addr);

#endif
