/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The calls under test.  Each function here makes the libc call of its name
 * once, with arguments passed on unchanged, and remembers it, so that a
 * failing case can print it as strace(1) would.  Nothing else in the suite
 * makes a call under test; set-up and observation use area.h and view.h.
 *
 * Flags are text: names of platform/flags.list joined by '|', without the
 * prefix that the function implies ("PRIVATE|ANON" for mmap, "SYNC" for
 * msync, "DONTNEED" for madvise), or numbers ("0x800000"); "" is 0.  A name
 * that this system's headers lack ends the case as unsupported, and so does
 * a function that its libc lacks.
 *
 * Return values and errno are those of the call.
 */
#ifndef HELPERS_CALL_H
#define HELPERS_CALL_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

/* mmap(2), with the flags of MAP_. */
void *call_mmap(void *addr, size_t length, int prot, const char *flags, int fd,
    off_t offset);

/*
 * As call_mmap() wherever the system likes: it must succeed, else the case
 * fails.
 */
void *call_map(
    size_t length, int prot, const char *flags, int fd, off_t offset);

/* As call_map() for one page, from the start of what the descriptor is. */
void *call_map_page(int prot, const char *flags, int fd);

/*
 * As call_mmap() with MAP_FIXED among the flags: it must succeed, and map at
 * addr, else the case fails.
 */
void *call_mmap_at(void *addr, size_t length, int prot, const char *flags,
    int fd, off_t offset);

/* For memory that is mapped, by the flags of MS_, MLOCK_ and MCL_. */
int call_munmap(void *addr, size_t length);
int call_mprotect(void *addr, size_t length, int prot);
int call_pkey_mprotect(void *addr, size_t length, int prot, int key);
int call_mseal(void *addr, size_t length, unsigned long flags);
int call_msync(void *addr, size_t length, const char *flags);
int call_mlock(const void *addr, size_t length);
int call_mlock2(const void *addr, size_t length, const char *flags);
int call_munlock(const void *addr, size_t length);
int call_mlockall(const char *flags);
int call_munlockall(void);

/* A byte of vector for each page, whose lowest bit says that it is there. */
int call_mincore(void *addr, size_t length, unsigned char *vector);

/*
 * Advice is that of MADV_ and POSIX_MADV_.  The second gives its error instead
 * of -1, as posix_madvise(3) does; errno is that, too.
 */
int call_madvise(void *addr, size_t length, const char *advice);
int call_posix_madvise(void *addr, size_t length, const char *advice);

/*
 * call_madvise() of memory that suits an advice that not every kernel knows: it
 * must succeed, and EINVAL is that of one that does not: unsupported.
 */
void call_advise(void *addr, size_t length, const char *advice);

/*
 * Linux: process_madvise(2) of one range of the process that a descriptor of
 * pidfd_open(2) is; the last are its flags.
 */
ssize_t call_process_madvise(
    int pidfd, void *addr, size_t length, const char *advice, unsigned flags);

/*
 * Linux: mremap(2) with the flags of MREMAP_, new_addr counts with FIXED; and
 * other pages of the same object, remap_file_pages(2), without flags.
 */
void *call_mremap(void *old, size_t old_length, size_t new_length,
    const char *flags, void *new_addr);
int call_remap_file_pages(
    void *addr, size_t length, int prot, size_t page_offset);

/* Objects to map; give a descriptor, of memfd_create(2) by the flags of MFD_. */
int call_shm_open(const char *name, int oflag, mode_t mode);
int call_shm_unlink(const char *name);
int call_memfd_create(const char *name, const char *flags);

/*
 * fcntl(2) with F_ADD_SEALS, by the names of F_SEAL_, and with F_GET_SEALS,
 * which gives the set.
 */
int call_seal(int fd, const char *seals);
int call_seals(int fd);

/* Linux: prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, addr, length, name) */
int call_prctl_name(void *addr, size_t length, const char *name);

/* OpenBSD: where mmap(2) of the same arguments would map. */
void *call_mquery(void *addr, size_t length, int prot, const char *flags,
    int fd, off_t offset);

/*
 * As call_mmap() for one of the matrix's combinations or computed flags: the
 * value is passed as it is, text is what a message shows for it.
 */
void *call_mmap_value(void *addr, size_t length, int prot, int flags,
    const char *text, int fd, off_t offset);

/* The value of a flag text with the given prefix ("MAP_"), as above. */
int call_flags(const char *prefix, const char *text);

/* Whether every name of the text is defined here. */
bool call_has_flags(const char *prefix, const char *text);

/*
 * The bits that no MAP_ name of this system's headers uses, as a flag, a type,
 * or a size.
 */
unsigned call_unknown_bits(void);

/*
 * A MAP_ flag that no header here defines, outside the bits that hold the
 * size of huge pages or an alignment.
 */
unsigned call_unknown_flag(void);

/* What the last call was and did. */
struct call_record {
	char text[512]; /* "mmap(NULL, 4096, RW, PRIVATE|ANON, -1, 0)" */
	bool ok;
	int error; /* errno if not ok */
};
const struct call_record *call_last(void);

/* Nonzero while one of the calls above is made, for ci/faults. */
extern volatile int call_under_test;

/*
 * Remembers as the last call one that the body made itself and that the claim
 * is about ("ftruncate(file, 4096)"); errno is its.  Gives ok back; judge by
 * call_expect().
 */
bool call_made(bool ok, const char *text, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Says before such a call that it is going on, so that it fails the case if it
 * never returns: the text lacks the last parenthesis.
 */
void call_begin(const char *text, ...) __attribute__((format(printf, 1, 2)));

/* Forgets the last call, also one that never returned. */
void call_forget(void);

/* Lets messages show fd as name; NULL: as its number again. */
void call_name_fd(int fd, const char *name);

/*
 * The last call's result must be one of a set: "ok", or errno names, joined
 * by '|' ("EINVAL|ENOMEM", "ok|ENOTSUP").
 */
void call_expect(const char *allowed);

/* What was mapped lies at the address asked for, else the case fails. */
void call_expect_at(const void *got, const void *asked);

/* Whether a result (0: ok, else the errno) is in such a set. */
bool call_allows(const char *allowed, int error);

#endif
