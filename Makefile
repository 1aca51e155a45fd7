# SPDX-License-Identifier: BSD-2-Clause
# One makefile for GNU make and bmake; no configure step.
#
#	make suite	the test programs, for "kyua test"
#	make tools	the report tool (needs SQLite)
#	make		both
#	make report	run the suite, write reports/out/index.html
#	make published	the page of the published runs, in reports/out/published
#	make check	the project's own gates, as TAP (needs ci/with-deps)
#	make lint	those that read the sources only
#	make claims	every claim has a case
#	make replay	recorded matrices against the oracles
#	make bench	how long the suite takes, and work on it
#	make bundle	programs and a runner for systems without Kyua
#	make new NAME=... CLAIM=...	a claim, its case and its fault to begin with
#	make lists	tests/Kyuafile, after a program was added
#	make install	the test programs, for "kyua test -k"
#	make clean
#
# Any part can be given on the command line; a cross build runs nothing that
# it built:
#	make CC=... ATF_CPPFLAGS=... ATF_LIBS=... suite
.POSIX:

VERSION = 0.1

CC = cc
# The system that the compiler makes programs for, or else this one.
PLATFORM != { echo | $(CC) -dM -E - 2>/dev/null; \
	uname -s | tr 'A-Z' 'a-z' | sed 's/^/uname /'; } | sed -n \
	-e 's/^.define __linux__ .*/linux/p' \
	-e 's/^.define __FreeBSD__ .*/freebsd/p' \
	-e 's/^.define __NetBSD__ .*/netbsd/p' \
	-e 's/^.define __OpenBSD__ .*/openbsd/p' \
	-e 's/^.define __DragonFly__ .*/dragonfly/p' \
	-e 's/^uname //p' | sed 1q
AR = ar
CFLAGS = -O2 -g
WARN = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wwrite-strings -Wpointer-arith -Wcast-qual -Wundef
# Page zero can be mapped, so a null pointer may be read on purpose.
STD = -std=c11 -fno-delete-null-pointer-checks
# Several may build in one tree: what is made appears whole.
NEW = $@.$$$$
DONE = && mv $(NEW) $@ || { rm -f $(NEW) $(NEW).d; exit 1; }
# The compiler says what an object is made of; read at the end.
DEPEND = -MMD -MP -MT $@ -MF $(NEW).d
DEPENDED = && mv $(NEW).d $@.d $(DONE)
# The union of what the systems ask for; none minds the others' names.
FEATURES = -D_GNU_SOURCE -D_BSD_SOURCE -D_DEFAULT_SOURCE -D_NETBSD_SOURCE \
	-D__BSD_VISIBLE=1 -D__EXTENSIONS__ -D_FILE_OFFSET_BITS=64
ATF_CPPFLAGS != pkg-config --cflags atf-c 2>/dev/null || true
# FreeBSD's base system keeps the library private.
ATF_LIBS != if [ -e /usr/lib/libprivateatf-c.so ]; then \
	echo -lprivateatf-c; else echo -latf-c; fi
# ATF_LIBS=ci/bundle/atf-c.o is what stands in its place, and is made here.
ATF_OBJECT != for word in $(ATF_LIBS); do \
	case $$word in *.o) echo $$word ;; esac; done
SQLITE_CPPFLAGS =
SQLITE_LIBS = -lsqlite3
LIBS = -lpthread
# Lets a preloaded fault library see which calls are under test.
EXPORT = -rdynamic
DESTDIR =
PREFIX = /usr/local
TESTSDIR = $(PREFIX)/tests/mmapcheck

COMPILE = $(CC) $(STD) -I. $(WARN) $(FEATURES) \
	-DMMAPCHECK_VERSION='"$(VERSION)"' $(CPPFLAGS) $(ATF_CPPFLAGS) \
	$(CFLAGS)

# What there is says the tree.
TESTS != ls tests/*_test.c | sed 's/\.c$$//'
TEST_OBJECTS != ls tests/*_test.c | sed 's/c$$/o/'
HELPERS != ls helpers/*.c | sed 's/c$$/o/'
WORLDS = platform/mechanism/world_bsd.o platform/mechanism/world_plain.o \
	platform/mechanism/world_standard.o
# The head of a shim names the mechanisms that answer for it.
MECHANISMS != sed -n '/^ \* mechanisms:/,/^ \*\//s/^ \* \(mechanisms:\)*//p' \
	platform/shim/$(PLATFORM).c | tr -s ' ' '\n' | \
	sed -n 's|..*|platform/mechanism/&.o|p'
SHIM = platform/shim/$(PLATFORM).o $(MECHANISMS) $(WORLDS) \
	platform/known/known.o
ORACLES != ls platform/oracle/*.c | sed 's/c$$/o/'
LIBRARY = helpers/libmmapcheck.a
MEMBERS = $(HELPERS) $(SHIM) $(ORACLES)
# Another PLATFORM, or a file that is gone, is another library.
CHANGED != { echo '$(MEMBERS)' > helpers/members.inc.$$$$ && \
	if cmp -s helpers/members.inc.$$$$ helpers/members.inc; then \
	rm helpers/members.inc.$$$$; \
	else mv helpers/members.inc.$$$$ helpers/members.inc; fi; \
	} 2>/dev/null || true

all: suite tools

suite: $(TESTS)

tools: reports/report

REPORT != ls reports/*.c ci/faults/telling.c | \
	grep -v -e /claims -e /proofs -e /renamed | sed 's/c$$/o/'
TABLES = reports/claims.o reports/proofs.o reports/renamed.o
FIXTURE = reports/claims_fixture.o reports/proofs_fixture.o \
	reports/renamed_fixture.o

reports/report: $(REPORT) $(TABLES)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $(NEW) $(REPORT) $(TABLES) \
	    $(SQLITE_LIBS) $(DONE)

# The same tool with a few claims and faults of its own, for reports/report-fixture.bash.
reports/report_fixture: $(REPORT) $(FIXTURE)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $(NEW) $(REPORT) $(FIXTURE) \
	    $(SQLITE_LIBS) $(DONE)

reports/run.o: reports/run.c
reports/store.o: reports/store.c
reports/run.o reports/store.o:
	$(COMPILE) $(SQLITE_CPPFLAGS) $(DEPEND) -c -o $(NEW) $(@:.o=.c) \
	    $(DEPENDED)

reports/claims_fixture.o: reports/claims.c
	$(COMPILE) '-DCLAIMS_FILE="reports/fixtures/claims.def"' \
	    '-DRETIRED_FILE="reports/fixtures/retired.def"' \
	    '-DSOURCES_FILE="reports/fixtures/sources.def"' $(DEPEND) \
	    -c -o $(NEW) reports/claims.c $(DEPENDED)

# All claims of all programs.
reports/claims.o: reports/claims.inc
reports/claims.inc: tests/claims.d
	ls tests/claims.d/*.def | sed 's/.*/#include "&"/' > $(NEW) $(DONE)

reports/proofs_fixture.o: reports/proofs.c reports/fixtures/breaks.inc
	$(COMPILE) '-DFAULTS_FILE="reports/fixtures/faults.def"' \
	    '-DBREAKS_FILE="reports/fixtures/breaks.inc"' $(DEPEND) \
	    -c -o $(NEW) reports/proofs.c $(DEPENDED)

# Which fault breaks which claims.
reports/proofs.o: reports/breaks.inc
reports/breaks.inc: ci/faults/claims.tsv reports/breaks.awk
	awk -f reports/breaks.awk ci/faults/claims.tsv > $(NEW) $(DONE)
reports/fixtures/breaks.inc: reports/fixtures/breaks.tsv reports/breaks.awk
	awk -f reports/breaks.awk reports/fixtures/breaks.tsv > $(NEW) $(DONE)

# What old runs call a case.
reports/renamed.o: reports/renamed.inc
reports/renamed.inc: tests/renamed.tsv reports/renamed.awk
	awk -f reports/renamed.awk tests/renamed.tsv > $(NEW) $(DONE)
reports/renamed_fixture.o: reports/renamed.c reports/fixtures/renamed.inc
	$(COMPILE) '-DRENAMED_FILE="reports/fixtures/renamed.inc"' $(DEPEND) \
	    -c -o $(NEW) reports/renamed.c $(DEPENDED)
reports/fixtures/renamed.inc: reports/fixtures/renamed.tsv reports/renamed.awk
	awk -f reports/renamed.awk reports/fixtures/renamed.tsv > $(NEW) $(DONE)

reports/html.o: reports/style.inc
reports/style.inc: reports/report.css
	sed -e '/SPDX/d' -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/.*/"&\\n"/' \
	    reports/report.css > $(NEW) $(DONE)

# The run's outcome is in the report, not in the status of make: that is for
# "make check".
report: all
	mkdir -p reports/out
	run=$$(reports/collect) || [ $$? -le 2 ] || exit 1; \
	reports/report -o reports/out/index.html html "$$run" || \
	    [ $$? -le 2 ] || exit 1; \
	reports/report text "$$run" || [ $$? -le 2 ] || exit 1; \
	echo "reports/out/index.html"

# What can be made of the published runs is not kept with them.
published: tools
	reports/show-published

.SUFFIXES: .c .o .po

.c.o:
	$(COMPILE) $(DEPEND) -c -o $(NEW) $< $(DEPENDED)

.o:
	$(CC) $(CFLAGS) $(LDFLAGS) $(EXPORT) -o $(NEW) $< $(LIBRARY) \
	    $(ATF_LIBS) $(LIBS) $(DONE)

$(LIBRARY): $(MEMBERS) helpers/members.inc
	$(AR) rcs $(NEW) $(MEMBERS) $(DONE)

$(TESTS): $(LIBRARY) $(ATF_OBJECT)

# Named here, they are no intermediate files, which make would remove.
objects: $(TEST_OBJECTS)

platform/mechanism/flags.o $(WORLDS): platform/mechanism/flags.inc
$(WORLDS): platform/mechanism/world.c platform/mechanism/world.h

# Without the feature macros of the suite; glibc warns of _BSD_SOURCE.
WORLD = $(CC) -I. $(WARN) $(CPPFLAGS) $(CFLAGS) -c platform/mechanism/world.c

platform/mechanism/world_bsd.o:
	$(WORLD) -std=c11 -w -D_BSD_SOURCE -DWORLD=world_bsd -o $(NEW) $(DONE)
platform/mechanism/world_plain.o:
	$(WORLD) -std=gnu11 -DWORLD=world_plain -o $(NEW) $(DONE)
platform/mechanism/world_standard.o:
	$(WORLD) -std=c11 -D_POSIX_C_SOURCE=202405L -DWORLD=world_standard \
	    -o $(NEW) $(DONE)

platform/mechanism/flags.inc: platform/flags.list platform/mechanism/flags.awk
	awk -f platform/mechanism/flags.awk platform/flags.list > $(NEW) $(DONE)

KNOWN != ls platform/known/*.tsv

platform/known/known.o: platform/known/known.inc
platform/known/known.inc: platform/known/known.awk $(KNOWN)
	awk -f platform/known/known.awk $(KNOWN) > $(NEW) $(DONE)

# Recorded matrices against the oracles, on any machine.
RECORDED != ls platform/recorded/*.tsv | grep -v /freebsd-deviations

replay: platform/recorded/replay
	platform/recorded/replay $(RECORDED)

platform/recorded/replay: platform/recorded/replay.o $(ORACLES)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $(NEW) platform/recorded/replay.o \
	    $(ORACLES) $(DONE)

# Injected defects, Linux only: a library to preload and what runs it.
FAULTS != ls ci/faults/library*.c ci/faults/faults_*.c | sed 's/c$$/po/'
SPOIL = $(CC) -std=c11 $(WARN) -D_GNU_SOURCE $(CPPFLAGS) $(CFLAGS)

# The programs that judge the header, built against a spoilt one.
SPOILED = ci/faults/spoiled/header_test ci/faults/spoiled/system_test

faults: ci/faults/libfaults.so ci/faults/falsify $(SPOILED)

SPOILED_OBJECTS = ci/faults/spoiled/flags.o ci/faults/spoiled/world.o

$(SPOILED): $(LIBRARY) $(SPOILED_OBJECTS) $(TEST_OBJECTS)
	$(COMPILE) -Ici/faults/spoiled $(LDFLAGS) $(EXPORT) -o $(NEW) \
	    tests/$$(basename $@).c $(SPOILED_OBJECTS) $(LIBRARY) \
	    $(ATF_LIBS) $(LIBS) $(DONE)

ci/faults/spoiled/world.o: platform/mechanism/world.c \
	    platform/mechanism/world.h platform/mechanism/flags.inc \
	    ci/faults/spoiled/sys/mman.h
	$(CC) -Ici/faults/spoiled -I. $(WARN) $(CPPFLAGS) $(CFLAGS) -std=c11 \
	    -D_POSIX_C_SOURCE=202405L -DWORLD=world_standard \
	    -c platform/mechanism/world.c -o $(NEW) $(DONE)

ci/faults/spoiled/flags.o: platform/mechanism/flags.c \
	    platform/mechanism/flags.inc platform/platform.h \
	    platform/mechanism/world.h ci/faults/spoiled/sys/mman.h
	$(COMPILE) -Ici/faults/spoiled -c platform/mechanism/flags.c \
	    -o $(NEW) $(DONE)

.c.po:
	$(SPOIL) -I. -fPIC $(DEPEND) -c -o $(NEW) $< $(DEPENDED)

ci/faults/libfaults.so: $(FAULTS)
	$(CC) -shared $(CFLAGS) $(LDFLAGS) -o $(NEW) $(FAULTS) -ldl $(DONE)

FALSIFY != ls ci/faults/falsify*.c | sed 's/c$$/o/'

ci/faults/falsify: $(FALSIFY) ci/faults/telling.o
	$(CC) $(CFLAGS) $(LDFLAGS) -o $(NEW) $(FALSIFY) ci/faults/telling.o \
	    -ldl $(DONE)

falsify: suite faults
	ci/falsify

# Linux only: takes system calls away from a program.
ci/restrict: ci/restrict.c
	$(SPOIL) $(LDFLAGS) -o $(NEW) ci/restrict.c $(DONE)

lint: platform/mechanism/flags.inc platform/known/known.inc \
    reports/breaks.inc reports/style.inc
	ci/lint

claims: suite
	ci/claims

# One TAP stream, and a summary; what is not in it was not checked.
check: all platform/recorded/replay faults ci/verdict_test ci/bundle/runcase
	ci/check

bench: suite ci/empty_test
	MAKE='$(MAKE)' ci/bench

ci/empty_test: ci/empty_test.c
	$(COMPILE) $(LDFLAGS) -o $(NEW) ci/empty_test.c $(ATF_LIBS) $(DONE)

ci/verdict_test: ci/verdict_test.o $(LIBRARY) $(ATF_OBJECT)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $(NEW) ci/verdict_test.o $(LIBRARY) \
	    $(ATF_LIBS) $(LIBS) $(DONE)

# What ci/bundle/build makes in a copy of the sources; not for this tree.
bundled: ci/bundle/runcase
	$(MAKE) ci/bundle/atf-c.o
	$(MAKE) suite

ci/bundle/runcase: ci/bundle/runcase.c
	$(COMPILE) $(LDFLAGS) -o $(NEW) ci/bundle/runcase.c $(DONE)

ci/bundle/atf-c.o: ci/bundle/atf-c.h

# make bundle CC=musl-gcc; the compiler gives the name.
NAME =
bundle:
	MAKE='$(MAKE)' ci/bundle/build -n '$(NAME)' CC='$(CC)' AR='$(AR)' \
	    CFLAGS='$(CFLAGS)'

# A claim with its case; NAME as below.
CLAIM =
TOPIC =
REQUIREMENT =
PROMISER =
SOURCE =
SECTION =
FAULT =
new:
	@ci/new -e

# Which programs there are, and which must run alone.
lists:
	ci/lists tests > $(NEW) && mv $(NEW) tests/Kyuafile

install: suite
	mkdir -p $(DESTDIR)$(TESTSDIR)/tests
	cp Kyuafile $(DESTDIR)$(TESTSDIR)/
	cp tests/Kyuafile $(TESTS) $(DESTDIR)$(TESTSDIR)/tests/

.PHONY: all new suite objects tools published faults falsify replay lint \
	claims check bench bundle bundled lists install clean

clean:
	rm -rf ci/bundle/out
	find . -name .git -prune -o -type f \( -name '*.o' \
	    -o -name '*.po' -o -name '*o.d' -o -name '*.inc' \
	    -o -name '*.[ao].[0-9]*' -o -name '*.po.[0-9]*' \
	    -o -name '*.inc.[0-9]*' -o -name '*_test.[0-9]*' \) \
	    -exec rm -f {} +
	rm -f tests/*_test $(LIBRARY) $(SPOILED) ci/bundle/runcase \
	    platform/recorded/replay ci/empty_test ci/verdict_test \
	    ci/restrict ci/faults/falsify ci/faults/libfaults.so \
	    reports/report reports/report_fixture

DEPENDENCIES != find . \( -name .git -o -name out \) -prune -o \
	-type f -name '*o.d' -print
-include $(DEPENDENCIES)
