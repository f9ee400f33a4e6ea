#!/usr/bin/env bash
# shellcheck disable=SC2317
# dnstap-read under other real producers than unbound: BIND 9, dnsdist, PowerDNS Recursor. Each reports to a
# socket of its own, and comes back by itself after the reader was restarted.
. t/lib.sh
. t/lab.sh

lab_zone "$dir/zone" 1	# so that the recursor has to ask again and again
bind_port=5301 dnsdist_port=5302 recursor_port=5303

# BIND answers for the zone, and the others ask it.
cat >"$dir/named.conf" <<E
options {
	directory "$dir";
	listen-on port $bind_port { 127.0.0.1; };
	listen-on-v6 { none; };
	pid-file none;
	session-keyfile none;
	recursion no;
	dnssec-validation no;
	dnstap { client response; };
	dnstap-output unix "$dir/bind.sock";
};
controls { };
zone "example.net" { type primary; file "$dir/zone"; };
E
cat >"$dir/dnsdist.conf" <<E
setSecurityPollSuffix("")
setLocal("127.0.0.1:$dnsdist_port")
newServer("127.0.0.1:$bind_port")
addResponseAction(AllRule(), DnstapLogResponseAction("dnsdist-1", newFrameStreamUnixLogger("$dir/dnsdist.sock")))
E
mkdir "$dir/recursor"
cat >"$dir/recursor/recursor.conf" <<E
local-address=127.0.0.1
local-port=$recursor_port
socket-dir=$dir/recursor
forward-zones=example.net=127.0.0.1:$bind_port
dont-query=
dnssec=off
disable-packetcache=yes
security-poll-suffix=
lua-config-file=$dir/recursor/dnstap.lua
threads=1
E
echo "dnstapFrameStreamServer({\"$dir/recursor.sock\"}, {logQueries=false, logResponses=true})" \
	>"$dir/recursor/dnstap.lua"
show="$dir/err $dir/named.log $dir/dnsdist.log $dir/recursor.log"

serve() {
	: >"$dir/out"
	start dnstap-read -s -t CLIENT_RESPONSE,RESOLVER_RESPONSE \
		-u "$dir/bind.sock" -u "$dir/dnsdist.sock" -u "$dir/recursor.sock" >>"$dir/out" 2>>"$dir/err"
	reader=$started
	within 5 test -S "$dir/recursor.sock"
}

# reported PORT NAME REGEX: asks the server at this port till a line like this comes. Producers hold back or lose
# what they have before their connection stands.
reported() {
	lab_ask "$1" "$2" A
	within 1 has "$3" "$dir/out"
}
time='[0-9]+\.[0-9]{6}'
bind="^$time 198.51.100.20 1 music.example.net via=edge.music.example.net,e7.cdn.example.net client=127.0.0.1( server=[^ ]+)?$"
dnsdist="^$time 198.51.100.20 1 music.example.net via=edge.music.example.net,e7.cdn.example.net client=127.0.0.1 server=dnsdist-1$"
# The recursor reports what it was told, of each name by itself.
recursor="^$time 198.51.100.[0-9]+ 1 [a-z.0-9]+.example.net .*tap=RESOLVER_RESPONSE"

serve
start named -f -n 1 -c "$dir/named.conf" >"$dir/named.log" 2>&1
start dnsdist --supervised -C "$dir/dnsdist.conf" >"$dir/dnsdist.log" 2>&1
start pdns_recursor --config-dir="$dir/recursor" --daemon=no >"$dir/recursor.log" 2>&1
for round in 'is read' 'comes back to the next reader by itself'; do
	check "BIND $round" within 10 reported "$bind_port" music.example.net "$bind"
	check "dnsdist $round" within 10 reported "$dnsdist_port" music.example.net "$dnsdist"
	check "PowerDNS Recursor $round" within 10 reported "$recursor_port" video.example.net "$recursor"
	stop "$reader"
	is $? 0 'the reader ends'
	check 'without a word of what it could not read' lacks . "$dir/err"
	[ "$round" = 'is read' ] && serve
done

plan_done
