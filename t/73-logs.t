#!/usr/bin/env bash
# shellcheck disable=SC2317
# Messages under attack: no more than a person can read, and nothing about clients.
. t/lab/lib.sh

echo example.net >"$dir/a.list"
client=203.0.113.77
bad="1795399249.000000 192.0.2.300 60 www.example.net client=$client tag=x"
flood() { yes "$bad" | head -n 20000; }

# quiet NAME: the messages in $dir/err are few, one per line, and name no client.
quiet() {
	show=$dir/err
	check "$1 prints at most a hundred such messages" test "$(wc -l <"$dir/err")" -le 102 -a "$(wc -l <"$dir/err")" -ge 50
	check "$1: each message is one line" lacks "^$1: .*$1: " <(grep "^$1" "$dir/err")
	is "$(grep -cv "^$1: " "$dir/err")" 0 "$1: each message begins with the program name"
	check "$1: no message names a client" lacks "$client" "$dir/err"
}

flood | dnstap-match "$dir/a.list" 2>"$dir/err" >"$dir/out"
quiet dnstap-match
flood | ipcache run -f "$dir/cache.tdb" 2>"$dir/err" >"$dir/out"
quiet ipcache
yes 'announce 192.0.2.1/33 name=x' | head -n 20000 | bgp-announce -a 64512 -i 192.0.2.10 -d 2>"$dir/err" >"$dir/out"
quiet bgp-announce

# Connections without Frame Streams.
start dnstap-read -u "$dir/sock" >"$dir/out" 2>"$dir/err"
within 5 test -S "$dir/sock"
perl -MIO::Socket::UNIX -e 'for (1 .. 2000) {
	my $s = IO::Socket::UNIX->new($ARGV[0]) or next;
	syswrite $s, "GET / HTTP/1.0\r\n\r\n" x 4;
}' "$dir/sock"
within 5 has 'dnstap-read: ' "$dir/err"
quiet dnstap-read

# After ten seconds it reports the number of suppressed messages.
mkfifo "$dir/in"
exec 5<>"$dir/in"
start dnstap-match "$dir/a.list" <"$dir/in" >"$dir/out" 2>"$dir/err"
flood >&5
told() { echo "$bad" >&5; has 'similar messages suppressed' "$dir/err"; }
check 'the number of suppressed messages is reported' within 15 told

# Valid answers cause no message.
dnstap-read --now t/data/unbound.fstrm 2>"$dir/err" | dnstap-match "$dir/a.list" 2>>"$dir/err" |
	ipcache run -a any -f "$dir/other.tdb" 2>>"$dir/err" |
	bgp-announce -a 64512 -i 192.0.2.10 -n 192.0.2.10 -n 2001:db8::10 -d 2>>"$dir/err" >"$dir/out"
is "$(cat "$dir/err")" '' 'valid answers cause no message'

plan_done
