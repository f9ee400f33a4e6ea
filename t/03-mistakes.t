#!/usr/bin/env bash
# shellcheck disable=SC2317
# Mistakes that users make: each gives one line with the object, the problem and the remedy.
. t/lab/lib.sh
. t/lab/lab.sh

err=$dir/err
show=$err
PATH=$PWD/scripts/bin:$PATH
capture=$PWD/t/data/unbound.fstrm
cases=$PWD/t/data/mistakes
cp "$capture" "$dir/capture"
cd "$dir" || exit 1

# mistake STATUS LINE COMMAND...: the command, with the file `input` (if there is one) as stdin, exits with STATUS and
# prints one line on stderr that LINE matches as a whole.
mistake() {
	local status=$1 line=$2 input=/dev/null
	shift 2
	[ ! -e input ] || input=input
	bounded 20 "$@" <"$input" >out 2>"$err"
	is "$?:$(wc -l <"$err")" "$status:1" "$*: status $status and one line"
	like "$(cat "$err")" "^$line\$" "$*: the line names the problem and the remedy"
	rm -f input
}

# --- Input that is not dnstap ---

gzip -k capture
bzip2 -k capture
xz -k capture
printf '\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\xff\xff\0\0\x01\0\0\0' >capture.pcap
printf '\x0a\x0d\x0d\x0a\x1c\0\0\0\x4d\x3c\x2b\x1a\x01\0\0\0' >capture.pcapng
/usr/bin/dnstap-read capture >bind.txt
/usr/bin/dnstap-read -y capture >bind.yaml
dnstap-read capture >answers
: >nothing
bind="output of BIND's dnstap-read; use dnstap-bgp read on the dnstap file"
mistake 2 'dnstap-read: capture.gz: compressed with gzip; use zcat FILE \| dnstap-read' dnstap-read capture.gz
mistake 2 'dnstap-read: capture.bz2: compressed with bzip2; use bzcat FILE \| dnstap-read' dnstap-read capture.bz2
mistake 2 'dnstap-read: capture.xz: compressed with xz; use xzcat FILE \| dnstap-read' dnstap-read capture.xz
mistake 2 'dnstap-read: capture.pcap: pcap: DNS packets, not dnstap; use pcap-read' dnstap-read capture.pcap
mistake 2 'dnstap-read: capture.pcapng: pcapng: DNS packets, not dnstap; use pcap-read' dnstap-read capture.pcapng
mistake 2 "dnstap-read: bind.txt: $bind" dnstap-read bind.txt
mistake 2 "dnstap-read: bind.yaml: $bind" dnstap-read bind.yaml
mistake 2 'dnstap-read: answers: text, not dnstap; pass answer lines to dnstap-match' dnstap-read answers
mistake 0 'dnstap-read: nothing: empty file; does the resolver write to this file\?' dnstap-read nothing
cp capture.gz input
mistake 2 'dnstap-read: stdin: compressed with gzip; use zcat FILE \| dnstap-read' dnstap-read

# Connections: the message names the client.
start dnstap-read -l 127.0.0.1:6000 -l '[::1]:6001' -u tap.sock >out 2>"$err"
reader=$started
within 10 test -S tap.sock
from='dnstap-read: 127.0.0.1:6000: 127.0.0.1:[0-9]+: connection closed:'
openssl s_client -connect 127.0.0.1:6000 </dev/null >/dev/null 2>&1
check 'TLS on the TCP port is reported with the client address' \
	within 5 has "^$from TLS; decrypt it with stunnel, see dnstap-bgp\(8\)\$" "$err"
curl -s 127.0.0.1:6000 >/dev/null
check 'HTTP on the TCP port is reported with the client address' within 5 has "^$from HTTP; only resolvers that send dnstap may connect here\$" "$err"
perl -MIO::Socket::IP -e 'my $s = IO::Socket::IP->new("[::1]:6001") or die; syswrite $s, "\x16\x03\x01\0\1\1"; sysread $s, my $x, 1'
check 'an IPv6 client is reported with its address' within 5 has '^dnstap-read: \[::1\]:6001: \[::1\]:[0-9]+: connection closed: TLS; ' "$err"
perl -MIO::Socket::UNIX -e 'my $s = IO::Socket::UNIX->new("tap.sock") or die; syswrite $s, "\x16\x03\x01\0\1\1"; sysread $s, my $x, 1'
check 'a client of a unix socket is reported with the socket' within 5 has '^dnstap-read: tap.sock: connection closed: TLS; ' "$err"
cat >dnsdist.conf <<'C'
setSecurityPollSuffix("")
setLocal("127.0.0.1:5300")
logger = newRemoteLogger("127.0.0.1:6000")
addAction(AllRule(), RemoteLogAction(logger))
addAction(AllRule(), SpoofAction("192.0.2.1"))
C
start dnsdist --supervised -C dnsdist.conf >dnsdist.log 2>&1
dnsdist_logs() {
	lab_ask 5300 www.example.org A
	has "^$from PowerDNS protobuf, not dnstap; use newFrameStreamTcpLogger\$" "$err"
}
check "newRemoteLogger of dnsdist is recognized" within 20 dnsdist_logs
stop "$reader"

# --- Sockets ---

mistake 2 'dnstap-read: no/d.sock: folder no: No such file or directory; create it' dnstap-read -u no/d.sock
mistake 2 'dnstap-read: /no/d.sock: folder /no: No such file or directory; create it' dnstap-read -u /no/d.sock
mistake 2 'dnstap-read: s: group unbnd: no such group; list the groups with getent group' dnstap-read -u s -g unbnd

# --- Lists ---

cp "$cases/utf16.list" .
gzip -c "$cases/utf16.list" >packed.list
mistake 2 'dnstap-match: utf16.list: UTF-16; convert it with iconv -f UTF-16 -t UTF-8' dnstap-match -c utf16.list
mistake 2 'dnstap-match: packed.list: compressed with gzip; unpack it with zcat' dnstap-match -c packed.list
mistake 2 'dnstap-match: capture: a dnstap stream; .*' dnstap-match -c capture
iconv -f UTF-16 -t UTF-8 utf16.list >utf8.list
dnstap-match -c utf8.list 2>"$err"
is "$?:$(cat "$err")" 0: 'the list is good after the conversion that the message names'
printf '%s\n' good.example https://www.example.org/ >urls.list
dnstap-match -c urls.list 2>"$err"
is "$?:$(cat "$err")" "1:dnstap-match: urls.list:2: 'https://www.example.org/': not a domain name
dnstap-match: urls.list: the malformed lines look like URLs; dnstap-list urls converts them" 'a URL in a list'
printf '%s\n' good.example 'example.org##.ad' >adblock.list
dnstap-match -c adblock.list 2>"$err"
is "$?:$(cat "$err")" "1:dnstap-match: adblock.list:2: 'example.org##.ad': a comment needs a space before its #
dnstap-match: adblock.list: the malformed lines look like AdBlock; dnstap-list adblock converts them" 'an AdBlock rule in a list'
seq -f '192.0.2.1 h%g.example' 50000 >hosts.list
printf '%s\n' a..b good.example >>hosts.list
dnstap-match -c hosts.list 2>"$err"
is "$?:$(wc -l <"$err")" 1:13 'ten bad lines of a kind are reported'
is "$(grep -c "hosts.list:[0-9]*: '192.0.2.1 h[0-9]*.example': more than one word\$" "$err")" 10 'each bad line is reported with its line number'
check 'a bad line of another kind is reported also' has "^dnstap-match: hosts.list:50001: 'a..b': empty label in name\$" "$err"
is "$(tail -n 2 "$err")" 'dnstap-match: hosts.list: 49,990 more lines: more than one word
dnstap-match: hosts.list: looks like a hosts file: dnstap-list hosts hosts.list' 'the last lines count the rest and name the format'
dnstap-match --max-warnings 0 -c hosts.list 2>"$err"
is "$?:$(cat "$err")" 1: '--max-warnings 0 reports none'
dnstap-match --max-warnings 60000 -c hosts.list 2>"$err"
is "$?:$(wc -l <"$err")" 1:50002 'a large --max-warnings reports all'
mistake 2 "dnstap-match: --max-warnings x: not a number; try 'dnstap-match --help'" dnstap-match --max-warnings x hosts.list

# A start and a reload report the list once each, although the following retag reads it also. The retag is complete when
# it has deleted the pairs that no list matches.
{ echo good.example; seq -f '192.0.2.1 h%g.example' 12; } >bad.list
cat >pipeline.conf <<C
SOCKET=$dir/tap.sock
LISTS=$dir/bad.list
DB=$dir/cache.tdb
AS=64512
ROUTER_ID=192.0.2.10
NEXT_HOPS=192.0.2.10
PEERS=127.0.0.1,port=1790
CACHE_OPTIONS='-a any'
C
unlisted() { echo "$(date +%s).000000 198.51.100.7 60 unlisted.example"; }
kept() { ipcache export -f cache.tdb | grep -q unlisted; }
retagged() { ! kept; }
reported() { [ "$(grep -c 'bad.list:[0-9]' "$err")" -eq "$1" ]; }
unlisted | ipcache import -f cache.tdb -a any
start dnstap-bgp -c "$dir/pipeline.conf" 2>"$err" >out
pipeline=$started
check 'a pipeline applies its list to the cache at startup' within 20 retagged
check 'ten bad lines are reported at startup' reported 10
unlisted | ipcache import -f cache.tdb -a any
check 'an answer that matches no list is in the cache' kept
# catches_hup: dnstap-match has a handler for SIGHUP; it ignores SIGHUP until it has read its lists.
catches_hup() {
	local match
	match=$(pgrep -o -f "^dnstap-match .*$dir/bad.list") && grep -qE '^SigCgt:.*[13579bdf]$' "/proc/$match/status"
}
within 10 catches_hup
kill -HUP "$pipeline"
check 'a reload applies the list again' within 20 retagged
check 'ten more bad lines are reported at the reload' reported 20
is "$(grep -c 'bad.list: 2 more lines' "$err")" 2 'the bad lines beyond ten are counted at each reload'
stop "$pipeline"

# Kill dnstap-match in the retag pipe, as the kernel does when memory is short. The other parts succeed.
mkdir killed
cat >killed/dnstap-match <<'K'
#!/bin/sh
case " $* " in *' --max-warnings 0 '*) kill -KILL $$ ;; esac
PATH=${PATH#*:} exec dnstap-match "$@"
K
chmod +x killed/dnstap-match
unlisted | ipcache import -f cache.tdb -a any
PATH=$dir/killed:$PATH start dnstap-bgp -c "$dir/pipeline.conf" 2>"$err" >out
check 'lists that could not be applied are reported with the failed part' within 20 \
	has '^dnstap-bgp: could not apply the new lists to the cache: dnstap-match exited with status 137; reload again$' "$err"
check 'the cache is unchanged after a failed retag' kept
stop "$started"

# --- Input that is not answer lines ---

cp bind.txt input
mistake 1 "dnstap-match: stdin: $bind" dnstap-match utf8.list
cp capture input
mistake 1 'dnstap-match: stdin: a dnstap stream; pipe it through dnstap-read first' dnstap-match utf8.list
cp capture input
mistake 0 'ipcache: stdin: a dnstap stream; pipe it through dnstap-read first' ipcache run -f new.tdb
gzip -c answers >input
mistake 0 'ipcache: stdin: compressed with gzip; use zcat FILE \| ipcache' ipcache run -f new.tdb
cp bind.txt input
mistake 0 "bgp-announce: stdin: $bind" bgp-announce -a 64512 -i 192.0.2.10 -d

# --- Input without effect ---

# aged SECONDS N ADDRESS: prints N answers of that age, each with a different name.
aged() {
	local i
	for ((i = 1; i <= $2; i++)); do echo "$(($(date +%s) - $1)).000000 $3 60 n$i.example"; done
}
old='older than LIFE \(24h\): use dnstap-read --now for an old capture'
denied='with a special-purpose or denied address: --allow PREFIX accepts them'
ahead='dated more than a minute ahead of the clock: set the clock, or use dnstap-read --now'
aged 100000 25 192.0.2.1 >input
mistake 0 "ipcache: not cached: 25 answers $old" ipcache run -f new.tdb -a any -t 24h
aged 100000 1 192.0.2.1 >input
mistake 0 "ipcache: not cached: 1 answer $old" ipcache import -f new.tdb -a any
aged 0 3 192.0.2.11 >input
mistake 0 "ipcache: not cached: 3 answers $denied" ipcache import -f new.tdb
{ aged 0 3 192.0.2.11; aged 100000 2 1.1.1.1; aged 0 1 1.1.1.1; } >input
ipcache run -f new.tdb <input >out 2>"$err"
like "$(head -n 1 "$err")" '^ipcache: line 1: 192.0.2.11 \(n1.example\): special-purpose or denied address, not routed; --allow PREFIX accepts it; more such answers are only counted$' \
	'the first refused address is reported'
like "$(tail -n +2 "$err")" "^ipcache: not cached: 2 answers $old; 3 answers $denied\$" 'one line at the end counts the refused answers'
aged -100 2 1.1.1.1 >input
ipcache run -f new.tdb <input >out 2>"$err"
like "$(tail -n 1 "$err")" "^ipcache: not cached: 2 answers $ahead\$" 'one line at the end counts the answers ahead of the clock'
aged 0 4 1.1.1.1 >input
ipcache run -f new.tdb <input >out 2>"$err"
is "$(cat "$err")" '' 'there is no summary when every line had an effect'
: >input
mistake 0 'ipcache: stdin: no input; did the program before ipcache fail\?' ipcache run -f new.tdb
: >input
mistake 0 'ipcache: stdin: empty; no answer to import' ipcache import -f new.tdb

# --- Configuration values ---

B=(bgp-announce -i 192.0.2.10)
mistake 2 'bgp-announce: AS64512: not an AS number; write 1 to 4294967295 .* without "AS"' "${B[@]}" -a AS64512 192.0.2.1
mistake 2 'bgp-announce: foo: not an AS number; write 1 .*' "${B[@]}" -a foo 192.0.2.1
mistake 2 'bgp-announce: 64512\\r: not an AS number; .*' "${B[@]}" -a $'64512\r' 192.0.2.1
mistake 2 'bgp-announce: foo: not a router ID; write an IPv4 address, as in 192.0.2.10' bgp-announce -a 64512 -i foo 192.0.2.1
mistake 2 'bgp-announce: bar: not a next hop; write an IPv4 or IPv6 address .*' "${B[@]}" -a 64512 -n bar 192.0.2.1
mistake 2 'bgp-announce: router.example: not an address; write the IP address of the peer, .*' "${B[@]}" -a 64512 router.example
mistake 2 'bgp-announce: 192.0.2.1:179: not an address; write its port as ,port=179' "${B[@]}" -a 64512 192.0.2.1:179
mistake 2 'bgp-announce: 192.0.2.1,192.0.2.2: not KEY=VALUE; separate peers by spaces.*' "${B[@]}" -a 64512 192.0.2.1,192.0.2.2
mistake 2 'bgp-announce: 0s: must be greater than zero' "${B[@]}" -a 64512 -q 0s 192.0.2.1
mistake 2 "ipcache: --deny 'router.example': neither an address nor a prefix; write one as in 192.0.2.0/24" ipcache run -f new.tdb -d router.example
mistake 2 "ipcache: life '24hours': unknown unit of time; write ms, s, m, h, d or w, as in 24h" ipcache run -f new.tdb -t 24hours
mistake 2 "ipcache: life 'ttl,flor=1h': unknown key; ttl takes floor=, grace=, factor= and cap=" ipcache run -f new.tdb -t ttl,flor=1h
mistake 2 "ipcache: --sync-interval '0s': must be greater than zero" ipcache run -f new.tdb -s 0s
mistake 2 'ipcache: no/cache.tdb: cannot be created: No such file or directory' ipcache run -f no/cache.tdb
mistake 2 'dnstap-match: domains.list\\r: No such file or directory' dnstap-match $'domains.list\r'

# --- Closing the sessions ---

# A peer without a session needs no NOTIFICATION.
"${B[@]}" -a 64512 -e retain 127.0.0.1,port=1790 </dev/null >out 2>"$err"
is "$?:$(grep -v 'connection-refused' "$err")" 0: 'peers without a session are no error at exit'
check 'their status line is still printed' has ' connect-failed error=retain ' out

# --- Usage errors: the reason, never the whole help ---

# misuse REASON COMMAND...: the command exits with 2, and prints only REASON and a pointer to --help.
misuse() {
	local reason=$1
	shift
	mistake 2 "${1##*/}: $reason; try '${1##*/} --help'" "$@"
}
misuse 'no LIST given' dnstap-match
misuse 'more than one of -c, -e and -t given' dnstap-match -c -e example.org list
misuse 'no command given; write run, .* or check' ipcache
misuse "'foo': no such command; write run, .* or check" ipcache foo
misuse "run: 'hours': unexpected argument" ipcache run -t 24 hours
misuse "stats: 'foo': unexpected argument" ipcache stats foo
misuse 'export: --life is not an option of this command' ipcache export -t 1h
misuse 'delete: no ADDRESS, PREFIX or NAME given' ipcache delete
misuse 'no AS number given \(-a\)' bgp-announce -i 192.0.2.10 192.0.2.1
misuse 'no router ID given \(-i\)' bgp-announce -a 64512 192.0.2.1
misuse 'no PEER given' bgp-announce -a 64512 -i 192.0.2.10
misuse '--foo: unknown option' dnstap-bgp --foo
misuse 'foo: no such command' dnstap-bgp foo
misuse 'help: foo: no such command' dnstap-bgp help foo
misuse 'version: foo: unexpected argument' dnstap-bgp version foo
misuse '-c: no FILE given' dnstap-bgp -c
misuse 'tap: 0 arguments given; name one of answers, packets, gate, matches and routes' dnstap-bgp tap
misuse 'why: no ADDRESS or NAME given' dnstap-bgp why
misuse 'tap: foo: not answers, packets, gate, matches or routes' dnstap-bgp tap foo
misuse '--foo: unknown option' dnstap-bgp-metrics --foo
misuse 'foo: neither config nor cache' dnstap-bgp-migrate foo
misuse '--foo: unknown option' dnstap-bgp-migrate config --foo
misuse 'no FORMAT given' dnstap-list
misuse 'foo: no such format; write auto, adblock, .* or [a-z0-9]+' dnstap-list foo
misuse '-a: no WORD given' dnstap-list -a
misuse '-s 101: not a percentage from 0 to 100' dnstap-list-update -s 101 a b
misuse '-m 0: not a number of MiB from 1 to 65536' ipcache-sync -m 0 ssh://a
misuse '-c: no FILE given' ipcache-serve -c
misuse '--foo: unknown option' dnstap-list --foo
misuse '1 arguments given instead of SOURCE and LIST' dnstap-list-update list
misuse '--foo: unknown option' dnstap-list-update --foo bar
misuse '--foo: unknown option' ipcache-serve --foo
misuse 'no PEER given' ipcache-sync
misuse 'b: more than one PEER' ipcache-sync a b
for command in dnstap-read dnstap-match 'ipcache run' bgp-announce; do
	# shellcheck disable=SC2086
	bounded 5 $command --foo </dev/null >out 2>"$err"
	is "$?:$(cat "$err")" "2:${command% *}: unrecognized option '--foo'
${command% *}: try '${command% *} --help'" "$command names the unknown option"
	# shellcheck disable=SC2086
	bounded 5 $command -S </dev/null >out 2>"$err"
	is "$?:$(head -n 1 "$err")" "2:${command% *}: option requires an argument -- 'S'" "$command names the option without a value"
done

plan_done
