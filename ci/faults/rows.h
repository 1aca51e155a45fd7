/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rows of the tables of faults (*.def), each of which is
 *
 *	FAULT(name,
 *	    "What a kernel with this defect does, as a sentence.",
 *	    "where it was seen, or what makes it likely",
 *	    .call = FAULT_MMAP, .act = function, further members)
 *
 * or UNSTEADY of the same, where it may go unseen by luck and so proves no case.
 * Who includes a table defines both first, and takes of a row what it needs: the
 * library all of it, the report tool the name and the sentence.  Those below are
 * rows of which many are alike.
 */
#ifndef ROWS_H
#define ROWS_H

#define NOOP(function, call_, field)                                     \
	FAULT(function##_noop, #function " does nothing and returns 0.", \
	    field, .call = call_, .act = fault_nothing)

#define FAILS(function, call_, error_, field)                                  \
	FAULT(function##_fails_##error_,                                       \
	    #function " always fails with " #error_ ".", field, .call = call_, \
	    .act = fault_fail, .to = error_)

#define ERRNO(function, call_, right, wrong, field)                       \
	FAULT(function##_##right##_as_##wrong,                            \
	    #function " says " #wrong " where " #right " is due.", field, \
	    .call = call_, .act = change_errno, .error = right, .to = wrong)

#define ACCEPTS(function, call_, right, field)                               \
	FAULT(function##_accepts_##right,                                    \
	    #function " says 0, and does nothing, where " #right " is due.", \
	    field, .call = call_, .act = ignore_error, .error = right)

#define MAPS(right, field)                                      \
	FAULT(mmap_accepts_##right,                             \
	    "mmap maps memory where " #right " is due.", field, \
	    .call = FAULT_MMAP, .act = map_all_the_same, .error = right)

/* One advice of madvise is taken for another, or, -1, for none. */
#define ADVICE(name, advice, instead, sentence, field)      \
	FAULT(name, sentence, field, .call = FAULT_MADVISE, \
	    .act = other_advice, .only = advice, .to = instead)

/* Of the kernel's lists of memory. */
#define VIEW(name, files, act_, from_, to_, sentence, field)          \
	FAULT(name, sentence, field, .call = FAULT_VIEW, .act = act_, \
	    .within = files, .from = from_, .to = to_)

/* Of the signal that is only, 0: of any. */
#define SIGNAL(name, how, only_, sentence, field)                         \
	FAULT(name, sentence, field, .call = FAULT_SIGNAL, .only = only_, \
	    .to = how)

#define CHILD(name, how, sentence, field)                                 \
	FAULT(name, sentence, field, .call = FAULT_FORK, .act = in_child, \
	    .to = how)

#endif
