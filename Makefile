# make              build the programs, in build/
# make check        run unit tests, the fuzz targets' corpora, and the tests of whole programs
# make unit         run the unit tests
# make san          run check under AddressSanitizer and UBSan; SAN="unit corpora" runs only these
# make cov          run check with coverage; the report is build/cov/html/index.html
# make fuzz         build the libFuzzer targets, in build/fuzz (clang); scripts/fuzz runs them
# make install      install below PREFIX [/usr/local]; see below for the variables
# make uninstall    remove the installed files; a changed configuration is kept
# make deb, rpm     build a package, in build/
# make clean        remove build/
#
# Variables of install and uninstall: PREFIX, DESTDIR, SYSCONFDIR [/etc], UNITDIR, ZSHDIR; APART=yes installs dnstap-read
# where it does not collide with that of BIND. CFLAGS, CPPFLAGS and LDFLAGS are added to the hardening flags.
# WERROR=1 turns warnings into errors. scripts/deps installs the packages that each target needs.

VERSION = 0.2.0
PREFIX = /usr/local
SYSCONFDIR = /etc
UNITDIR = $(PREFIX)/lib/systemd/system

BUILD = build
CFLAGS ?= -O3 -g

# gcc optimizes each program as a whole, because a line passes through functions of many files.
LTO = $(if $(findstring clang,$(CC))$(MODE),,-flto=auto -ffat-lto-objects)

# Hardening comes before the caller's flags, which may override it. FORTIFY needs optimization; sanitizers replace it.
FORTIFY = $(if $(findstring _FORTIFY_SOURCE,$(CPPFLAGS) $(CFLAGS))$(MODE),,$(if $(filter-out -O0,$(filter -O%,$(CFLAGS))),-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2))
HARDEN = -fstack-protector-strong -fPIE
HARDEN_LINK = -pie -Wl,-z,relro,-z,now

# MODE: flags of san, cov and fuzz for compiling and linking.
ALL_CFLAGS = -std=c11 -Wall -Wextra $(if $(WERROR),-Werror) $(FORTIFY) $(HARDEN) $(CPPFLAGS) $(CFLAGS) $(LTO) $(MODE) -MMD -MP \
	-D_DEFAULT_SOURCE -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64 -DVERSION='"$(VERSION)"' -Ilib -I$(BUILD)
LINK_LTO = $(if $(LTO),-fno-lto)
LINK = $(CC) $(HARDEN) $(CFLAGS) $(LINK_LTO) $(MODE) $(HARDEN_LINK) -Wl,--as-needed $(LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^)

# Each folder of lib with the folders that it may use, in linking order. scripts/layers compares the #include lines.
below_base = base
below_line = line $(below_base)
below_io = io $(below_line)
below_control = control $(below_io)
below_dns = dns $(below_line)
below_answers = answers dns $(below_io)
below_dnstap = dnstap $(below_answers)
below_packet = packet $(below_answers)
below_match = match $(below_io)
below_convert = convert $(below_match)
below_cache = cache $(below_line)
below_store = store cache $(below_io)
below_ipcache = ipcache store cache $(below_control)
below_bgp = bgp $(below_control)
FOLDERS = $(patsubst below_%,%,$(filter below_%,$(.VARIABLES)))

libs_base = -lbsd -lpthread
libs_io = $(if $(filter Linux,$(shell uname)),-lseccomp)
libs_dnstap = -lfstrm -lprotobuf-c
libs_packet = -lpcap
libs_match = -lpcre2-8 -lidn2
libs_store = -ltdb
libs_convert = -lyaml

# The folder of a program or test whose name is not that of a module in lib.
folder_of_dnstap-read = dnstap
folder_of_pcap-read = packet
folder_of_dns-gate = packet
folder_of_dnstap-match = match
folder_of_ipcache = ipcache
folder_of_bgp-announce = bgp
folder_of_dnstap-list-decode = convert
folder_of_restart = store
folder_of_reference = match
folder_of_stream = dnstap

PROGRAMS = dnstap-read pcap-read dns-gate dnstap-match ipcache bgp-announce dnstap-list-decode
TOOLS = bgpsink bgpdelay measure dnstapload answerload tdbwalk firstconn barrierdelay acceptall
TESTS = $(patsubst t/unit/%.c,%,$(wildcard t/unit/test_*.c))
FUZZERS = $(patsubst t/fuzz/fuzz_%.c,%,$(wildcard t/fuzz/fuzz_*.c))

all: $(PROGRAMS:%=$(BUILD)/%)

.SECONDEXPANSION:
# $(call below,NAME): the folders that a program, or a test of lib/*/NAME.c, is linked with. $(call archives,NAME) are their
# archives, and $(call libs,NAME) their libraries.
below = $(below_$(or $(folder_of_$1),$(notdir $(patsubst %/,%,$(dir $(firstword $(wildcard lib/*/$1.[ch]))))),$(error $1 has no folder)))
archives = $(patsubst %,$(BUILD)/lib/%.a,$(call below,$1))
objects = $(patsubst %.c,$(BUILD)/%.o,$(wildcard lib/$1/*.c))
libs = $(foreach folder,$(call below,$1),$(libs_$(folder)))

$(FOLDERS:%=$(BUILD)/lib/%.a): $(BUILD)/lib/%.a: $$(call objects,$$*)
	@rm -f $@
	$(AR) rcs $@ $^
$(BUILD)/lib/dnstap.a: $(BUILD)/lib/dnstap/dnstap.pb-c.o

$(PROGRAMS:%=$(BUILD)/%): LINK_LTO = $(LTO)
$(PROGRAMS:%=$(BUILD)/%): $(BUILD)/%: $(BUILD)/cmd/%.o $$(call archives,$$*)
	$(LINK) $(call libs,$*)

$(TESTS:%=$(BUILD)/%): $(BUILD)/test_%: $(BUILD)/t/unit/test_%.o $$(call archives,$$*)
	$(LINK) $(call libs,$*) -lcheck -lsubunit -lm -lrt

$(TOOLS:%=$(BUILD)/%): $(BUILD)/%: $(BUILD)/t/bench/%.o $(BUILD)/t/bench/delays.o $(patsubst %,$(BUILD)/lib/%.a,bgp packet $(below_dnstap))
	$(LINK) $(libs_base) $(libs_dnstap) $(libs_store)
$(BUILD)/swap: $(BUILD)/t/lab/swap.o
	$(LINK)

# Preloaded by tests. Built without a sanitizer, whose library must be the first one.
$(BUILD)/escapes.so $(BUILD)/powercut.so: $(BUILD)/%.so: t/lab/%.c
	@mkdir -p $(@D)
	$(CC) -std=c11 -Wall -Wextra $(if $(WERROR),-Werror) -O1 -g -fPIC -shared -o $@ $< -lpthread

$(FUZZERS:%=$(BUILD)/replay_%): $(BUILD)/replay_%: $(BUILD)/t/fuzz/fuzz_%.o $(BUILD)/t/fuzz/replay.o $$(call archives,$$*)
	$(LINK) $(call libs,$*) -lresolv
$(FUZZERS:%=$(BUILD)/fuzz_%): $(BUILD)/fuzz_%: $(BUILD)/t/fuzz/fuzz_%.o $$(call archives,$$*)
	$(LINK) $(call libs,$*) -lresolv -fsanitize=fuzzer
$(BUILD)/test_reference $(BUILD)/replay_reference $(BUILD)/fuzz_reference: $(BUILD)/t/lab/reference.o

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c -o $@ $<
$(BUILD)/t/%.o: ALL_CFLAGS += -It

$(BUILD)/%.pb-c.c $(BUILD)/%.pb-c.h: proto/%.proto
	@mkdir -p $(@D)
	protoc-c --proto_path=proto --c_out=$(BUILD) $<
$(BUILD)/lib/dnstap/%.pb-c.o: $(BUILD)/%.pb-c.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c -o $@ $<
$(BUILD)/lib/dnstap/dnstap.o $(BUILD)/t/fuzz/fuzz_dnstap.o: $(BUILD)/dnstap.pb-c.h

-include $(wildcard $(BUILD)/cmd/*.d $(BUILD)/lib/*/*.d $(BUILD)/t/*/*.d)

check: all $(BUILD)/bgpsink $(BUILD)/swap $(BUILD)/escapes.so $(BUILD)/powercut.so unit corpora
	BUILD=$(abspath $(BUILD)) prove -j$$(nproc) $(PROVE_FLAGS) t/*.t

unit: $(TESTS:%=$(BUILD)/%)
	@for test in $(TESTS); do $(EMULATOR) $(BUILD)/$$test || exit 1; done

corpora: $(FUZZERS:%=$(BUILD)/replay_%)
	@for target in $(FUZZERS); do $(EMULATOR) $(BUILD)/replay_$$target t/data/corpus/$$target || exit 1; done

san:
	$(MAKE) BUILD=build/san CFLAGS="-O1 -g -fno-omit-frame-pointer" \
	    MODE="-fsanitize=address,undefined -fno-sanitize-recover=all" $(or $(SAN),check)

cov:
	$(MAKE) BUILD=build/cov CFLAGS="-O0 -g" MODE="--coverage -DUNCONFINED" check
	lcov -q -c -d build/cov -o build/cov/all.info
	lcov -q -r build/cov/all.info '/usr/*' '*/t/*' '*.pb-c.*' -o build/cov/our.info
	genhtml -q -o build/cov/html build/cov/our.info

fuzz:
	$(MAKE) CC=clang BUILD=build/fuzz CFLAGS="-O1 -g" \
	    MODE="-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all" fuzz-targets

fuzz-targets: $(FUZZERS:%=$(BUILD)/fuzz_%)

PLACES = PREFIX='$(PREFIX)' DESTDIR='$(DESTDIR)' SYSCONFDIR='$(SYSCONFDIR)' UNITDIR='$(UNITDIR)' ZSHDIR='$(ZSHDIR)'

install: all
	BUILD='$(BUILD)' EMULATOR='$(EMULATOR)' APART='$(APART)' $(PLACES) scripts/package/install

uninstall:
	@$(PLACES) scripts/package/uninstall

help:
	@sed -n '/^#/!q; s/^# \{0,1\}//p' Makefile

deb rpm:
	scripts/package/build $@

clean:
	rm -rf build

.PHONY: all check unit corpora san cov fuzz fuzz-targets install uninstall help deb rpm clean
.SECONDARY .DELETE_ON_ERROR:
