# make              the four programs, in build/
# make check        unit tests, the fuzz targets' corpora, and the tests of whole programs
# make san          the same under AddressSanitizer and UndefinedBehaviorSanitizer; SAN="unit corpora" without the programs
# make cov          the same with coverage; the report is build/cov/html/index.html
# make fuzz         the libFuzzer targets, in build/fuzz (clang); scripts/fuzz runs them
# make install      PREFIX, DESTDIR, SYSCONFDIR and UNITDIR are honoured; APART=yes keeps out of the way of BIND's dnstap-read
# make deb, rpm     a package, in build/
# CFLAGS, CPPFLAGS and LDFLAGS of the caller are used beside the flags for hardening.
# WERROR=1 makes warnings errors, as CI does. scripts/deps installs what each of these needs.

VERSION = 0.2.0
PREFIX = /usr/local
BINDIR = $(PREFIX)/bin
MANDIR = $(PREFIX)/share/man
DOCDIR = $(PREFIX)/share/doc/dnstap-bgp
LISTDIR = $(PREFIX)/share/dnstap-bgp/lists
SYSCONFDIR = /etc
# BIND has a program and a page of this name, too: a package has to put ours elsewhere. It is reached as dnstap-bgp read.
LIBEXECDIR = $(PREFIX)/lib/dnstap-bgp
READDIR = $(if $(APART),$(LIBEXECDIR),$(BINDIR))
READPAGE = $(if $(APART),dnstap-bgp-read,dnstap-read)
UNITDIR = $(PREFIX)/lib/systemd/system
SYSUSERSDIR = $(PREFIX)/lib/sysusers.d

BUILD = build
SAN = check
CFLAGS ?= -O3 -g
JOBS = $(shell nproc 2>/dev/null || echo 2)
PROTOC = protoc-c

# The programs are optimized as a whole, by a gcc that can: a line goes through functions of many files.
LTO = $(if $(findstring clang,$(CC))$(MODE),,-flto=auto -ffat-lto-objects)

# Hardening, before the flags of the caller, who may take it back. FORTIFY needs optimization, and sanitizers have checks
# of their own; a caller may have chosen another level.
FORTIFY = $(if $(findstring _FORTIFY_SOURCE,$(CPPFLAGS) $(CFLAGS))$(MODE),,$(if $(filter-out -O0,$(filter -O%,$(CFLAGS))),-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2))
HARDEN = -fstack-protector-strong -fPIE
HARDEN_LINK = -pie -Wl,-z,relro,-z,now

# MODE is what san, cov and fuzz add to compiling and linking.
ALL_CFLAGS = -std=c11 -Wall -Wextra $(if $(WERROR),-Werror) $(FORTIFY) $(HARDEN) $(CPPFLAGS) $(CFLAGS) $(LTO) $(MODE) -MMD -MP \
	-D_DEFAULT_SOURCE -DVERSION='"$(VERSION)"' -Ilib -I$(BUILD)
LINK_LTO = $(if $(LTO),-fno-lto)
LINK = $(CC) $(HARDEN) $(CFLAGS) $(LINK_LTO) $(MODE) $(HARDEN_LINK) $(LDFLAGS) -o $@ $(sort $^) $(libs_$(@F))

PROGRAMS = dnstap-read dnstap-match ipcache bgp-announce
# What only our own scripts run lies apart, in LIBEXECDIR.
PARTS = dnstap-bgp-config dnstap-bgp-counters dnstap-bgp-db dnstap-bgp-own dnstap-bgp-permit \
	dnstap-bgp-state dnstap-bgp-status dnstap-bgp-top dnstap-bgp-why
# What dnstap-bgp reads itself.
SOURCED = dnstap-bgp-check
SCRIPTS = dnstap-bgp dnstap-bgp-metrics dnstap-bgp-migrate dnstap-list dnstap-list-update ipcache-serve ipcache-sync
TESTS = $(patsubst t/%.c,%,$(wildcard t/test_*.c))
FUZZERS = $(patsubst t/fuzz_%.c,%,$(wildcard t/fuzz_*.c))

all: $(PROGRAMS:%=$(BUILD)/%)

# What each program, unit test and fuzz target is made of, beside its own file.
BASE = mem clock num buf log
libs_sandbox = $(if $(filter Linux,$(shell uname)),-lseccomp)
FILTER = filter in out tap pipe loop stats $(BASE) kind
SESSION = session update attrs addrkind community intern ribout table fsm bgp addr num buf mem
RESOLVED = resolved nat64 dnstap dnstap.pb-c dns answer keys name addr clock num buf mem delay

needs_dnstap-read = sandbox producers share source kind frame $(RESOLVED) hash listener sock out tap pipe loop stats log folder
libs_dnstap-read = -lfstrm -lprotobuf-c -lbsd $(libs_sandbox)
needs_dnstap-match = sandbox matcher memo builder expect explain lists domset pattern list hash file owner answer keys name addr $(FILTER) kind
libs_dnstap-match = -lpcre2-8 -lidn2 -lbsd -lpthread $(libs_sandbox)
CACHE = cache evict tally life guard steps slab heap intern table hash answer route keys name addr
COMMAND = command request reply serial target refusals kind $(CACHE)
# A socket where a program is asked for what it has in memory, and its client.
CONTROL = control talk listener folder sock reply
DIALOG = dialog replies reply
needs_ipcache = run touch db guardfile sandbox intake file owner folder salvage saver store segment record1 ask commands $(DIALOG) $(CONTROL) $(COMMAND) $(FILTER)
libs_ipcache = -ltdb -lbsd -lpthread $(libs_sandbox)
needs_bgp-announce = lookup $(CONTROL) $(DIALOG) sandbox links addrset status answer name dryrun conn sock bgptext $(SESSION) policy peer hash file owner route keys $(FILTER) bgpname utf8
libs_bgp-announce = -lbsd $(libs_sandbox)

needs_test_addr = addr num
needs_test_utf8 = utf8 buf num mem
needs_test_addrkind = addrkind addr num
needs_test_addrset = addrset addr num mem
needs_test_nat64 = nat64 addr num
needs_test_name = name
needs_test_target = target addr name num
needs_test_request = request serial buf num mem
needs_test_reply = reply buf num mem
needs_test_command = $(needs_fuzz_command)
libs_test_command = -lbsd
needs_test_talk = talk commands in out pipe tap log loop $(needs_fuzz_command)
libs_test_talk = -lbsd
needs_test_replies = replies reply out pipe tap log clock buf mem num
needs_test_clock = clock num
needs_test_delay = delay
needs_test_num = num
needs_test_kind = kind
needs_test_hash =
needs_test_mem = mem
needs_test_touch = touch slab mem clock num
libs_test_touch = -lpthread
needs_test_buf = buf mem num
needs_test_keys = keys buf mem num
needs_test_in = in pipe mem
needs_test_out = out tap log clock pipe buf mem num
needs_test_tap = tap log clock pipe buf mem num
needs_test_sandbox = sandbox pipe log clock num
needs_test_loop = loop clock num mem
needs_test_filter = $(FILTER)
libs_test_sandbox = $(libs_sandbox)
needs_test_life = life clock num
needs_test_steps = steps
needs_test_share = share
needs_test_slab = slab mem
needs_test_guard = guard table hash addr num mem
libs_test_guard = -lbsd
needs_test_heap = heap mem
needs_test_tally = tally mem
needs_test_table = table intern hash mem
libs_test_table = -lbsd
needs_test_cache = cache evict tally life guard steps slab heap intern table hash route $(needs_fuzz_answer)
needs_test_evict = $(needs_test_cache)
libs_test_evict = -lbsd
libs_test_cache = -lbsd
needs_test_list = $(needs_fuzz_list)
libs_test_list = $(libs_fuzz_list)
needs_test_pattern = pattern mem
libs_test_pattern = -lpcre2-8
needs_test_domset = $(needs_fuzz_list)
libs_test_domset = $(libs_fuzz_list)
needs_test_explain = explain lists owner in pipe log $(needs_fuzz_list) kind
libs_test_explain = $(libs_fuzz_list)
needs_test_memo = memo hash mem
needs_test_matcher = matcher memo lists owner in pipe log $(needs_fuzz_list) kind
libs_test_matcher = $(libs_fuzz_list)
needs_test_reference = $(needs_fuzz_list)
libs_test_reference = $(libs_fuzz_list)
needs_test_answer = $(needs_fuzz_answer)
needs_test_route = $(needs_fuzz_route)

needs_test_frame = $(needs_fuzz_frame)
libs_test_frame = -lfstrm
needs_test_dnstap = $(RESOLVED)
libs_test_dnstap = -lprotobuf-c
needs_test_resolved = $(RESOLVED)
libs_test_resolved = -lprotobuf-c
needs_test_dns = $(needs_fuzz_dns)
needs_test_producers = producers share source kind frame listener sock folder loop log clock addr num buf mem
libs_test_producers = -lfstrm
needs_fuzz_frame = frame buf num mem
libs_fuzz_frame = -lfstrm
needs_fuzz_dnstap = $(RESOLVED)
libs_fuzz_dnstap = -lprotobuf-c
needs_fuzz_stream = frame $(RESOLVED)
libs_fuzz_stream = -lfstrm -lprotobuf-c
needs_fuzz_dns = dns name addr num buf mem
libs_fuzz_dns = -lresolv

needs_fuzz_list = domset pattern list hash $(needs_fuzz_answer)
libs_fuzz_list = -lpcre2-8 -lidn2 -lbsd
needs_fuzz_matcher = $(needs_test_matcher)
libs_fuzz_matcher = $(libs_fuzz_list)
needs_fuzz_match = $(needs_fuzz_list)
libs_fuzz_match = $(libs_fuzz_list)
needs_test_store = store file owner record1 life segment $(needs_fuzz_answer)
libs_test_store = -ltdb -lbsd
needs_test_restart = owner saver loop log touch store file record1 $(needs_test_cache) segment
libs_test_restart = -ltdb -lbsd -lpthread
needs_test_segment = segment $(needs_fuzz_answer)
needs_fuzz_segment = segment $(needs_test_cache)
libs_fuzz_segment = -lbsd
needs_fuzz_answer = answer keys clock name addr num buf mem
needs_fuzz_route = route keys addr num buf mem
needs_fuzz_command = $(COMMAND) clock num buf mem
libs_fuzz_command = -lbsd

needs_test_bgp = bgpname bgptext bgp community addr num buf mem
needs_test_attrs = attrs addrkind community addr num buf mem
needs_test_policy = policy attrs addrkind community intern table hash route keys addr num buf mem
needs_test_update = update attrs addrkind community intern bgptext ribout table bgp addr num buf mem
needs_test_fsm = fsm
needs_test_ribout = $(needs_fuzz_ribout)
needs_test_session = dryrun bgptext status answer keys name peer file owner $(SESSION) log clock bgpname utf8
needs_test_peer = peer clock addrkind file owner buf mem addr num
needs_test_conn = conn sock loop log clock $(SESSION)
needs_fuzz_bgp = $(needs_test_bgp)
needs_fuzz_attrs = $(needs_test_attrs)
needs_fuzz_fsm = $(SESSION)
needs_fuzz_cache = $(needs_test_cache)
libs_fuzz_cache = -lbsd
needs_fuzz_ribout = ribout table mem
needs_test_lookup = $(needs_fuzz_lookup)
needs_fuzz_lookup = lookup reply ribout table route keys addr num buf mem
needs_bgpsink = bgp community addr clock num buf mem
needs_bgpdelay = $(needs_bgpsink)
needs_measure = clock num
needs_dnstapload = clock num buf mem
needs_answerload = clock num mem
libs_tdbwalk = -ltdb
libs_dnstapload = -lfstrm

.SECONDEXPANSION:
objects = $(patsubst %,$(BUILD)/lib/%.o,$(1))

$(PROGRAMS:%=$(BUILD)/%): LINK_LTO = $(LTO)
$(PROGRAMS:%=$(BUILD)/%): $(BUILD)/%: $(BUILD)/cmd/%.o $$(call objects,$$(needs_$$*))
	$(LINK)

$(TESTS:%=$(BUILD)/%): $(BUILD)/%: $(BUILD)/t/%.o $$(call objects,$$(needs_$$*))
	$(LINK) -lcheck -lsubunit -lm -lrt -lpthread

$(BUILD)/dnstapload $(BUILD)/answerload: $(BUILD)/t/delays.o

$(BUILD)/bgpsink $(BUILD)/bgpdelay $(BUILD)/measure $(BUILD)/dnstapload $(BUILD)/answerload $(BUILD)/tdbwalk $(BUILD)/swap: $(BUILD)/%: $(BUILD)/t/%.o $$(call objects,$$(needs_$$*))
	$(LINK)

# Tests preload them. Built without a sanitizer: the sanitizer's library must be the first one.
$(BUILD)/escapes.so $(BUILD)/powercut.so: $(BUILD)/%.so: t/%.c
	@mkdir -p $(@D)
	$(CC) -std=c11 -Wall -Wextra $(if $(WERROR),-Werror) -O1 -g -fPIC -shared -o $@ $< -lpthread

$(FUZZERS:%=$(BUILD)/replay_%): $(BUILD)/replay_%: $(BUILD)/t/fuzz_%.o $(BUILD)/t/replay.o \
    $(BUILD)/lib/mem.o $$(call objects,$$(needs_fuzz_$$*))
	$(LINK) $(libs_fuzz_$*)

$(FUZZERS:%=$(BUILD)/fuzz_%): $(BUILD)/fuzz_%: $(BUILD)/t/fuzz_%.o $$(call objects,$$(needs_fuzz_$$*))
	$(LINK) $(libs_fuzz_$*) -fsanitize=fuzzer

$(BUILD)/test_reference $(BUILD)/replay_match $(BUILD)/fuzz_match: $(BUILD)/t/reference.o

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c -o $@ $<

$(BUILD)/%.pb-c.c $(BUILD)/%.pb-c.h: proto/%.proto
	@mkdir -p $(@D)
	$(PROTOC) --proto_path=proto --c_out=$(BUILD) $<

$(BUILD)/lib/%.pb-c.o: $(BUILD)/%.pb-c.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c -o $@ $<

$(BUILD)/lib/dnstap.o $(BUILD)/t/fuzz_dnstap.o: $(BUILD)/dnstap.pb-c.h

-include $(wildcard $(BUILD)/*/*.d)

check: all $(BUILD)/bgpsink $(BUILD)/escapes.so $(BUILD)/swap $(BUILD)/powercut.so unit corpora
	BUILD=$(abspath $(BUILD)) prove -j$(JOBS) $(PROVE_FLAGS) t/*.t

unit: $(TESTS:%=$(BUILD)/%)
	@for test in $(TESTS); do $(BUILD)/$$test || exit 1; done

corpora: $(FUZZERS:%=$(BUILD)/replay_%)
	@for target in $(FUZZERS); do $(BUILD)/replay_$$target t/data/corpus/$$target || exit 1; done

san:
	$(MAKE) BUILD=build/san CFLAGS="-O1 -g -fno-omit-frame-pointer" \
	    MODE="-fsanitize=address,undefined -fno-sanitize-recover=all" $(SAN)

cov:
	$(MAKE) BUILD=build/cov CFLAGS="-O0 -g" MODE="--coverage -DUNCONFINED" check
	lcov -q -c -d build/cov -o build/cov/all.info
	lcov -q -r build/cov/all.info '/usr/*' '*/t/*' '*.pb-c.*' -o build/cov/our.info
	genhtml -q -o build/cov/html build/cov/our.info

fuzz:
	$(MAKE) CC=clang BUILD=build/fuzz CFLAGS="-O1 -g" \
	    MODE="-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all" fuzz-targets

fuzz-targets: $(FUZZERS:%=$(BUILD)/fuzz_%)

install: all
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(UNITDIR) $(DESTDIR)$(SYSUSERSDIR) $(DESTDIR)$(DOCDIR) $(DESTDIR)$(LISTDIR)
	install -d $(DESTDIR)$(READDIR) $(DESTDIR)$(LIBEXECDIR)
	install $(BUILD)/dnstap-read $(DESTDIR)$(READDIR)
	install $(patsubst %,$(BUILD)/%,$(filter-out dnstap-read,$(PROGRAMS))) $(SCRIPTS:%=scripts/%) $(DESTDIR)$(BINDIR)
	install $(PARTS:%=scripts/%) $(DESTDIR)$(LIBEXECDIR)
	install -m 644 $(SOURCED:%=scripts/%) $(DESTDIR)$(LIBEXECDIR)
	install -m 644 scripts/lists/*.awk $(DESTDIR)$(LISTDIR)
	for page in man/*.[1-8]; do \
		install -d $(DESTDIR)$(MANDIR)/man$${page##*.} && \
		sed 's/^\.Xr dnstap-read 1/.Xr $(READPAGE) 1/' $$page >$(DESTDIR)$(MANDIR)/man$${page##*.}/$${page##*/} || exit 1; \
	done
	[ $(READPAGE) = dnstap-read ] || mv $(DESTDIR)$(MANDIR)/man1/dnstap-read.1 $(DESTDIR)$(MANDIR)/man1/$(READPAGE).1
	install -m 644 scripts/dnstap-bgp.conf README.md CHANGELOG.md LICENSE scripts/prometheus/dnstap-bgp.rules.yml $(DESTDIR)$(DOCDIR)
	install -m 644 scripts/systemd/dnstap-bgp.sysusers $(DESTDIR)$(SYSUSERSDIR)/dnstap-bgp.conf
	install -m 644 scripts/systemd/netns.conf $(DESTDIR)$(DOCDIR)
	install -d $(DESTDIR)$(SYSCONFDIR)/dnstap-bgp
	for file in dnstap-bgp.conf domains.list; do \
		[ -e $(DESTDIR)$(SYSCONFDIR)/dnstap-bgp/$$file ] || \
		    install -m 644 scripts/$$file $(DESTDIR)$(SYSCONFDIR)/dnstap-bgp || exit 1; \
	done
	install scripts/apparmor/allow-dnstap $(DESTDIR)$(LIBEXECDIR)
	[ -n "$(DESTDIR)" ] || $(LIBEXECDIR)/allow-dnstap add
	for unit in dnstap-bgp-netns.service dnstap-bgp-metrics.service dnstap-bgp-metrics.timer dnstap-list-update@.service dnstap-list-update@.timer \
	    ipcache-sync@.service ipcache-sync@.timer ipcache-follow@.service; do \
		sed 's|@BINDIR@|$(BINDIR)|g; s|@SYSCONFDIR@|$(SYSCONFDIR)|g' scripts/systemd/$$unit \
		    >$(DESTDIR)$(UNITDIR)/$$unit || exit 1; \
	done
	$(call units,,,dnstap-bgp,dnstap-bgp,)
	$(call units,@,@%i,dnstap-bgp-%i,%i, (%i))

# units SUFFIX INSTANCE NAME CONF FOR: the pipeline's units, whose folders are called NAME.
define units
for unit in dnstap-bgp.service dnstap-bgp.socket dnstap-bgp-failed.target; do \
	sed 's|@BINDIR@|$(BINDIR)|g; s|@LIBEXECDIR@|$(LIBEXECDIR)|g; s|@SYSCONFDIR@|$(SYSCONFDIR)|g; s|@UNIT@|dnstap-bgp$(2)|g; \
	    s|@FAILED@|dnstap-bgp-failed$(2)|g; s|@NAME@|$(3)|g; s|@CONF@|$(4)|g; s|@FOR@|$(5)|g' scripts/systemd/$$unit \
	    >$(DESTDIR)$(UNITDIR)/$${unit%.*}$(1).$${unit##*.} || exit 1; \
done
endef

deb rpm:
	scripts/package/build $@

clean:
	rm -rf build

.PHONY: all check unit corpora san cov fuzz fuzz-targets install deb rpm clean
.SECONDARY:
.DELETE_ON_ERROR:
