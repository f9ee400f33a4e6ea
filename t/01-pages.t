#!/usr/bin/env bash
# shellcheck disable=SC2317
# The manual pages, --help and the options that the programs accept agree.
. t/lab/lib.sh

PATH=$PWD/scripts/bin:$PATH
top=$PWD
export LC_ALL=C
version=$(sed -n 's/^VERSION = //p' Makefile)
cd "$dir" || exit 1

# Each of these functions prints options, one per line, sorted: `-x` and `--name`, or `--name` alone.

in_page() {
	sed -nE 's/^\.It Fl ([A-Za-z]) , Fl Fl ([a-z0-9-]+).*/-\1\n--\2/p; s/^\.It Fl Fl ([a-z0-9-]+).*/--\1/p' "$1" | sort
}

in_synopsis() { sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESCRIPTION/p' "$1" | grep -oE '(Fl|\|) [A-Za-z]( |$)' |
	sed -E 's/.* ?([A-Za-z]) ?$/-\1/' | sort -u; }

in_help() { sed -nE 's/^ +(-[A-Za-z]), (--[a-z0-9-]+).*/\1\n\2/p; s/^ +(--[a-z0-9-]+).*/\1/p' | sort; }

# A program with getopt_long(3) lists all its long options as candidates for an empty name, and reports
# an unknown letter as "invalid option".
taken_by() {
	local letter words
	words=$("$@" --= 2>&1 </dev/null | sed -n 's/.*possibilities: //p')
	grep -oE -- '--[a-z0-9-]+' <<<"$words"
	for letter in {a..z} {A..Z} {0..9}; do
		bounded 5 "$@" "-$letter" 2>&1 </dev/null | grep -q 'invalid option' || printf -- '-%s\n' "$letter"
	done
}

# A shell script's options are read from its source.
taken_by_script() { sed -nE 's/^\t+(-.) \| (--[a-z-]+)\).*/\1\n\2/p; s/^\t+(--[a-z][a-z-]*)\).*/\1/p' "$1"; }

# refused COMMAND...: exits with status 2, nothing on stdout, and at most three lines on stderr: the reason and
# where to read more.
refused() {
	local word=${*: -1}
	"$@" >out 2>err </dev/null
	[ $? -eq 2 ] && [ ! -s out ] && [ "$(wc -l <err)" -le 3 ] && has "${word##*-}" err && has "try '.* --help'" err
}

# known COMMAND... --OPTION: the program does not report the option as unknown; it may report another error.
known() { bounded 5 "$@" </dev/null 2>&1 | grep -q 'unrecognized option'; [ "${PIPESTATUS[1]}" -eq 1 ]; }

# check_program PAGE COMMAND...: checks that hold for every program.
check_program() {
	local page=$top/man/$1 name=${1%.*} taken option
	shift
	"$@" -h >help 2>err
	is "$?$(cat err)" 0 "$name -h exits 0 with nothing on stderr"
	check "$name -h prints the usage on stdout" grep -q '^usage: ' help
	is "$("$@" --help)" "$(cat help)" "$name --help prints the same"
	is "$("$@" -V 2>&1)" "$name $version" "$name -V prints name and version"
	is "$("$@" --version 2>&1)" "$name $version" "$name --version prints the same"
	if [ -e "$top/scripts/bin/$name" ]; then
		taken=$(taken_by_script "$top/scripts/bin/$name" | sort -u)
	else
		taken=$(taken_by "$@" | sort)
	fi
	is "$(in_page "$page")" "$taken" "the page of $name has the options that it accepts"
	is "$(in_help <help)" "$taken" "$name --help has the options that it accepts"
	is "$(printf '%s\n' -h -V "$(in_synopsis "$page")" | sed '/^$/d' | sort)" "$(grep -v '^--' <<<"$taken")" \
		"the SYNOPSIS of $name has its letters except -h and -V"
	for option in $(in_help <help | grep -e "^--"); do
		check "$name knows $option" known "$@" "$option"
	done
	check "$name refuses an unknown option" refused "$@" --no-such-option
	check "$name refuses an unknown letter" refused "$@" -Z
}

check_program dnstap-read.1 dnstap-read
check_program pcap-read.1 pcap-read
check_program dns-gate.1 dns-gate
check_program dnstap-match.1 dnstap-match
check_program ipcache.1 ipcache run
check_program bgp-announce.1 bgp-announce
check_program dnstap-bgp.8 dnstap-bgp
check_program dnstap-bgp-metrics.1 dnstap-bgp-metrics
check_program dnstap-bgp-migrate.1 dnstap-bgp-migrate
check_program dnstap-list.1 dnstap-list
check_program ipcache-serve.1 ipcache-serve
check_program ipcache-sync.1 ipcache-sync
check_program dnstap-list-update.8 dnstap-list-update

refused ipcache && refused ipcache no-such-command
ok $? 'ipcache refuses a missing or unknown command'
is "$(sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESC/s/^\.Cm //p' "$top/man/ipcache.1" | sort)" \
	"$(ipcache -h | grep -oE 'ipcache [a-z]+ \[' | sed 's/ipcache \(.*\) \[/\1/' | sort)" \
	"ipcache(1) has all commands"
while read -r variable; do
	check "dnstap-bgp(8) has $variable" grep -qE "^\.It Ev .*\b$variable\b" "$top/man/dnstap-bgp.8"
done < <(sed -nE 's/^#?([A-Z_]+)=.*/\1/p' "$top/scripts/etc/dnstap-bgp.conf")

# Checks of each page.
for page in "$top"/man/*.[1-8]; do
	name=${page##*/}
	lint=$(mandoc -T lint -W warning "$page" 2>&1)
	is "$lint" '' "mandoc finds no fault in $name"
	for section in NAME DESCRIPTION EXAMPLES 'SEE ALSO'; do
		check "$name has $section" grep -q "^\.Sh $section\$" "$page"
	done
	case $name in
	*.[18])
		check "$name has EXIT STATUS" grep -q '^\.Sh EXIT STATUS$' "$page"
		check "$name has SIGNALS" grep -q '^\.Sh SIGNALS$' "$page"
		;;
	esac
	while read -r other section; do
		[ -e "$top/man/$other.$section" ] || man -w "$section" "$other" >/dev/null 2>&1
		ok $? "$name: $other($section) exists"
	done < <(sed -nE 's/^\.Xr ([^ ]+) ([1-9]).*/\1 \2/p' "$page" | sort -u)
done

# Each promise of a page names the test that proves it: a t/*.t, or a test built by the Makefile.
promised() { sed -n '/^\.Sh PROMISES/,/^\.Sh [^P]/s/^\.It Pa \(t[^ ]*\) Ta .*/\1/p' "$1"; }
for page in dnstap-bgp-security dnstap-bgp-sync; do
	tests=$(promised "$top/man/$page.7")
	check "$page has promises" test "$(wc -l <<<"$tests")" -ge 5
	for test in $tests; do
		case $test in
		t/[0-9][0-9]-*.t | t/unit/test_*.c | t/fuzz/fuzz_*.c) check "$page: $test holds a promise" test -s "$top/$test" ;;
		*) check "$page: $test is a test" false ;;
		esac
	done
done

plan_done
