#!/usr/bin/env bash
# shellcheck disable=SC2317
# Real producers: BIND, Knot Resolver, dnsdist, PowerDNS Recursor, the Go library's writer, and unbound on unix
# sockets and TCP, unidirectional and bidirectional. Reader and producers are restarted in turn; each producer reconnects.
. t/lab/lib.sh
. t/lab/lab.sh

producers=(bind kresd dnsdist recursor go unbound_one unbound_two unbound_tcp_one unbound_tcp_two)
declare -A port=([bind]=5301 [kresd]=5302 [dnsdist]=5303 [recursor]=5304 [unbound_one]=5305 [unbound_two]=5306
	[unbound_tcp_one]=5307 [unbound_tcp_two]=5308 [go]=5303)
tap=127.0.0.1:6000
lab_zone "$dir/zone" 60
echo '*.wild A 198.51.100.109' >>"$dir/zone"

# BIND serves the zone; all others except unbound forward to it.
cat >"$dir/named.conf" <<E
options {
	directory "$dir";
	listen-on port ${port[bind]} { 127.0.0.1; };
	listen-on-v6 { none; };
	pid-file none;
	session-keyfile none;
	recursion no;
	dnssec-validation no;
	dnstap { client response; };
	dnstap-identity "bind";
	dnstap-output unix "$dir/tap.sock";
};
controls { };
zone "example.net" { type primary; file "$dir/zone"; };
E
# dnsdist also sends to the Go library, which forwards to dnstap-read.
cat >"$dir/dnsdist.conf" <<E
setSecurityPollSuffix("")
setLocal("127.0.0.1:${port[dnsdist]}")
newServer("127.0.0.1:${port[bind]}"):setUp()
addResponseAction(AllRule(), DnstapLogResponseAction("dnsdist", newFrameStreamUnixLogger("$dir/tap.sock")))
addResponseAction(AllRule(), DnstapLogResponseAction("go", newFrameStreamUnixLogger("$dir/go.sock")))
E
mkdir "$dir/recursor" "$dir/kresd"
cat >"$dir/recursor/recursor.conf" <<E
local-address=127.0.0.1
local-port=${port[recursor]}
socket-dir=$dir/recursor
forward-zones=example.net=127.0.0.1:${port[bind]}
dont-query=
dnssec=off
disable-packetcache=yes
security-poll-suffix=
lua-config-file=$dir/recursor/dnstap.lua
threads=1
E
echo "dnstapFrameStreamServer({\"$dir/tap.sock\"}, {logQueries=false, logResponses=true})" >"$dir/recursor/dnstap.lua"
cat >"$dir/kresd/config" <<E
net.listen('127.0.0.1', ${port[kresd]}, { kind = 'dns' })
cache.size = 10 * MB
trust_anchors.remove('.')
modules = {
	dnstap = { socket_path = "$dir/tap.sock", identity = "kresd", client = { log_queries = false, log_responses = true } },
}
policy.add(policy.all(policy.STUB('127.0.0.1@${port[bind]}')))
E
for name in unbound_one unbound_two unbound_tcp_one unbound_tcp_two; do
	mkdir "$dir/$name"
	cp "$dir/zone" "$dir/$name"
	lab_unbound "$dir/$name" "${port[$name]}" "$dir/tap.sock"
	[[ $name = *_tcp_* ]] && sed -i "s|^\tdnstap-socket-path:.*|\tdnstap-ip: ${tap/:/@}\n\tdnstap-tls: no|" "$dir/$name/unbound.conf"
	[[ $name = *_two ]] || echo '	dnstap-bidirectional: no' >>"$dir/$name/unbound.conf"
	printf '\tdnstap-send-identity: yes\n\tdnstap-identity: "%s"\n' "$name" >>"$dir/$name/unbound.conf"
done

run() {
	case $1 in
	bind) exec named -f -n 1 -c "$dir/named.conf" ;;
	kresd) exec kresd -n -c "$dir/kresd/config" "$dir/kresd" ;;
	dnsdist) exec dnsdist --supervised -C "$dir/dnsdist.conf" ;;
	recursor) exec pdns_recursor --config-dir="$dir/recursor" --daemon=no ;;
	go) exec dnstap -u "$dir/go.sock" -U "$dir/tap.sock" ;;
	unbound_*) exec unbound -d -c "$dir/$1/unbound.conf" ;;
	esac
}

declare -A process
# begin NAME...: starts producers.
begin() {
	local name
	for name; do
		start run "$name" >>"$dir/$name.log" 2>&1
		process[$name]=$started
	done
}
# end NAME...: stops producers.
end() {
	local name
	for name; do stop "${process[$name]}"; done 2>/dev/null
}
start_reader() {
	start dnstap-read -s -t CLIENT_RESPONSE,RESOLVER_RESPONSE -S "$dir/stats" -u "$dir/tap.sock" -l "$tap" \
		>"$dir/out" 2>>"$dir/err"
	reader=$started
	within 5 test -S "$dir/tap.sock"
}

# The pattern of lines from producer $1 alone: each has its own identity, except the recursor.
line_of() {
	local server=" server=$1"
	[ "$1" != recursor ] || server=' tap=RESOLVER_RESPONSE .*'
	echo "^[0-9]+\.[0-9]{6} 198\.51\.100\.109 [0-9]+ [0-9]+\.$1\.$round\.wild\.example\.net .*$server\$"
}

# Sends a query for a new name to each producer of which no line has arrived in this round. Producers delay or lose messages
# until they are connected, so the queries are repeated.
declare -A heard
asked=0
hear_all() {
	local name all=0
	for name in "${producers[@]}"; do
		[ -n "${heard[$name $round]-}" ] && continue
		if has "$(line_of "$name")" "$dir/out"; then
			heard[$name $round]=yes
			continue
		fi
		all=1
		asked=$((asked + 1))
		dig -p "${port[$name]}" @127.0.0.1 +tries=1 +timeout=1 "$asked.$name.$round.wild.example.net" A >/dev/null
	done
	return "$all"
}

# Checks that a line of each producer has arrived in this round.
all_are_heard() {
	round=$1
	within 30 hear_all
	for name in "${producers[@]}"; do
		show=$dir/$name.log
		check "$name $2" test -n "${heard[$name $round]-}"
	done
	show=$dir/err
}

start_reader
begin "${producers[@]}"
all_are_heard first 'is read'
stop "$reader"
is $? 0 'the reader exits with status 0'
end go	# the Go tool 0.4.0 never reconnects after a failed write
start_reader
begin go
all_are_heard second 'comes back to the next reader'
end "${producers[@]}"
begin "${producers[@]}"
all_are_heard third 'is read after its own restart'
stop "$reader"
is $? 0 'the reader exits with status 0'
# A producer that is stopped may close inside a frame.
is "$(grep -v ': connection closed: the stream ends in the middle of a frame$' "$dir/err")" '' 'the reader reports no other fault'

plan_done
