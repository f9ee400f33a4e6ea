#!/usr/bin/env bash
# shellcheck disable=SC2317
# Captures of six real producers, made by fstrm_capture, decode to exactly the lines that ldns and the Go library find in
# them: answers of every shape, over UDP, TCP, TLS and HTTPS.
. t/lab/lib.sh
. t/lab/lab.sh

capture=$dir/capture
mkdir "$capture"
producers='knot bind unbound dnsdist recursor kresd'
declare -A port=([knot]=5301 [bind]=5302 [unbound]=5303 [dnsdist]=5304 [recursor]=5305 [kresd]=5306)
tls_port=5314 https_port=5324

# repeat TEXT TIMES
repeat() { printf "%.0s$1" $(seq "$2"); }
long=$(repeat a 63).$(repeat b 63).$(repeat c 63).$(repeat d 47).e	# with example.net, 255 bytes
bytes=$(repeat '\\200' 63)
bytes=$bytes.$bytes.$bytes.$(repeat '\\001' 49)		# of all names of 255 bytes, this has the longest text

# Additions to the zone of lab_zone.
more_names() {
	cat <<-'END'
	odd\.dot	A 198.51.100.101
	sp\032ace	A 198.51.100.102
	back\\slash	A 198.51.100.103
	com\,ma		A 198.51.100.104
	caf\195\169	A 198.51.100.105
	nul\000\255	A 198.51.100.106
	quo\"te		A 198.51.100.107
	semi\;colon\(x\)	A 198.51.100.108
	at\@dollar\$	AAAA ::ffff:192.0.2.1
	*.wild		A 198.51.100.109
	mapped		AAAA ::ffff:192.0.2.1
	mapped		AAAA ::192.0.2.1
	mapped		AAAA ::
	mapped		AAAA ::1:0:0:1:0:1
	zero		0 A 198.51.100.110
	Chain		30 CNAME C\.1
	C\.1		200 CNAME c\,2.Sub
	c\,2.sub	20 CNAME C\195\1593
	c\195\1593	400 CNAME *.wild
	loop		CNAME pool
	pool		CNAME loop
	dangling	CNAME nothing
	from		DNAME sub
	deep.sub	A 198.51.100.111
	deep.sub	A 198.51.100.112
	h		HTTPS 1 . alpn=h2,h3 port=8443 ipv4hint=192.0.2.1,192.0.2.2 ipv6hint=2001:db8::1,2001:db8::2
	two		HTTPS 1 odd\.dot alpn=h2 ipv6hint=2001:db8::1
	two		50 HTTPS 2 . ipv4hint=192.0.2.3
	plain		HTTPS 1 . alpn=h2
	alias		40 HTTPS 0 h
	_s._tcp		SVCB 1 sp\032ace ipv4hint=192.0.2.4 ech=AAAA
	over		100 CNAME h
	text		TXT "198.51.100.1" "A"
	mail		MX 10 video
	END
	printf '%s\tA 198.51.100.120\n%s\tA 198.51.100.121\n' "$long" "$bytes"
	printf 'longway\tCNAME %s\n' "$bytes"
	for i in $(seq 60); do printf 'many\tA 203.0.113.%s\nmany\tAAAA 2001:db8:ff::%x\n' "$i" "$i"; done
}
lab_zone "$dir/zone" 300
more_names >>"$dir/zone"

# questions: prints the queries, one per line, as dig reads them.
questions() {
	while read -r name; do
		printf '%s.example.net %s\n' "$name" A "$name" AAAA
	done <<-'END'
	video
	NeWs
	music
	odd\.dot
	sp\032ace
	back\\slash
	com\,ma
	caf\195\169
	CAF\195\169
	nul\000\255
	quo\"te
	semi\;colon\(x\)
	at\@dollar\$
	any.thing.wild
	m\097pped
	zero
	chain
	CHAIN
	loop
	dangling
	deep.from
	longway
	END
	for name in h two plain alias over H; do echo "$name.example.net HTTPS"; done
	echo '_s._tcp.example.net SVCB'
	echo "$long.example.net A"
	echo "$bytes.example.net A"
	printf '%s\n' 'nothing.example.net A' 'text.example.net TXT' 'mail.example.net MX' 'example.net NS' 'example.net SOA' \
		'music.example.net CNAME' 'video.example.net ANY +tcp' 'elsewhere.example.org A' 'video.example.net A +nordflag' \
		'id.server TXT -c CH' 'video.example.net A +tcp' 'video.example.net A +dnssec +subnet=192.0.2.0/24 +nsid' \
		'many.example.net A +ignore +noedns' 'many.example.net A +ignore +bufsize=600' 'many.example.net A' \
		'many.example.net AAAA +tcp' 'video.example.net A +noedns +opcode=notify'
}
questions >"$dir/questions"

# ask PRODUCER FILE [OPTION]...: sends the queries of a file to the producer.
ask() {
	bounded 60 dig -p "${port[$1]}" @127.0.0.1 +noidnin +tries=1 +timeout=5 "${@:3}" -f "$2" >"$dir/dig.log" 2>&1
}

cat >"$dir/knot.conf" <<E
server:
    listen: 127.0.0.1@${port[knot]}
    rundir: $dir
    identity: knot-lab
database:
    storage: $dir/knot
mod-dnstap:
  - id: capture
    sink: unix:$capture/knot.sock
    log-queries: on
    log-responses: on
    identity: "knot 1, \"the first\""
template:
  - id: default
    global-module: mod-dnstap/capture
    zonefile-load: whole
    journal-content: none
    semantic-checks: off
zone:
  - domain: example.net
    file: $dir/zone
E
cat >"$dir/named.conf" <<E
options {
	directory "$dir";
	listen-on port ${port[bind]} { 127.0.0.1; };
	listen-on-v6 { none; };
	pid-file none;
	session-keyfile none;
	recursion no;
	dnssec-validation no;
	check-names primary ignore;
	dnstap { all; };
	dnstap-identity "bind";
	dnstap-output unix "$capture/bind.sock";
};
controls { };
zone "example.net" { type primary; file "$dir/zone"; };
E
lab_unbound "$dir" "${port[unbound]}" "$capture/unbound.sock"
cat >>"$dir/unbound.conf" <<E
	dnstap-send-identity: yes
	dnstap-identity: "unbound"
	dnstap-log-client-query-messages: yes
E
openssl req -x509 -nodes -newkey rsa:2048 -subj /CN=dnsdist -keyout "$dir/key" -out "$dir/pem" 2>"$dir/openssl.log"
cat >"$dir/dnsdist.conf" <<E
setSecurityPollSuffix("")
setLocal("127.0.0.1:${port[dnsdist]}")
addTLSLocal("127.0.0.1:$tls_port", "$dir/pem", "$dir/key")
addDOHLocal("127.0.0.1:$https_port", "$dir/pem", "$dir/key", "/dns-query")
newServer("127.0.0.1:${port[knot]}"):setUp()
addResponseAction(AllRule(), DnstapLogResponseAction("dnsdist", newFrameStreamUnixLogger("$capture/dnsdist.sock")))
E
mkdir "$dir/recursor" "$dir/kresd"
cat >"$dir/recursor/recursor.conf" <<E
local-address=127.0.0.1
local-port=${port[recursor]}
socket-dir=$dir/recursor
forward-zones=example.net=127.0.0.1:${port[knot]}
dont-query=
dnssec=off
disable-packetcache=yes
security-poll-suffix=
lua-config-file=$dir/recursor/dnstap.lua
network-timeout=5000
server-down-max-fails=0
threads=1
E
echo "dnstapFrameStreamServer({\"$capture/recursor.sock\"}, {logQueries=true, logResponses=true})" \
	>"$dir/recursor/dnstap.lua"
cat >"$dir/kresd/config" <<E
net.listen('127.0.0.1', ${port[kresd]}, { kind = 'dns' })
cache.size = 10 * MB
trust_anchors.remove('.')
modules = {
	dnstap = {
		socket_path = "$capture/kresd.sock",
		identity = "kresd",
		client = { log_queries = true, log_responses = true },
	},
}
policy.add(policy.all(policy.STUB('127.0.0.1@${port[knot]}')))
E

run_knot() { exec knotd -c "$dir/knot.conf"; }
run_bind() { exec named -f -n 1 -c "$dir/named.conf"; }
run_unbound() { exec unbound -d -c "$dir/unbound.conf"; }
run_dnsdist() { exec dnsdist --supervised -C "$dir/dnsdist.conf"; }
run_recursor() { exec pdns_recursor --config-dir="$dir/recursor" --daemon=no; }
run_kresd() { exec kresd -n -c "$dir/kresd/config" "$dir/kresd"; }

declare -A server keeper
# begin PRODUCER: starts the producer and the program that captures its frames.
begin() {
	start fstrm_capture -ddd -t protobuf:dnstap.Dnstap -u "$capture/$1.sock" -w "$capture/$1.fstrm" 2>"$dir/$1.capture.log"
	keeper[$1]=$started
	within 5 test -S "$capture/$1.sock"
	start "run_$1" >"$dir/$1.log" 2>&1
	server[$1]=$started
}

# captured PRODUCER LABEL: sends queries for LABEL.wild until the capture has it. fstrm_capture writes 4 KiB at a time, so
# many are needed.
captured() {
	for i in $(seq 60); do echo "$i.$2.wild.example.net A"; done >"$dir/often"
	ask "$1" "$dir/often"
	within 1 grep -aq "$2.wild" "$capture/$1.fstrm"
}

# end PRODUCER: closes the capture. fstrm_capture must see the connection close first: if it is stopped at the same
# moment, it may abort and leave half a frame at the end of its file.
end() {
	stop "${server[$1]}"
	within 5 has ': closing \(' "$dir/$1.capture.log" && stop "${keeper[$1]}"
}

# decode PRODUCER: decodes its capture with dnstap-read, the Go library and ldns. dnstap-ldns cannot read the capture of
# dnsdist, since it does not know DoT and DoH.
decode() {
	dnstap-read -s -t all -S "$dir/$1.stats" "$capture/$1.fstrm" >"$dir/$1.lines" &&
		dnstap -y -r "$capture/$1.fstrm" >"$dir/$1.yaml" 2>"$dir/go.log" &&
		t/lab/answers_of_yaml "$dir/$1.yaml" >"$dir/$1.by_go" || return
	[ "$1" = dnsdist ] || dnstap-ldns -y -r "$capture/$1.fstrm" | t/lab/answers_of_yaml >"$dir/$1.by_ldns"
}
same() { diff "$dir/$1.by_$2" "$dir/$1.lines" >"$dir/diff"; }
all_parse() { has " frames=$(grep -c '^type: MESSAGE' "$dir/$1.yaml") .* bad_dnstap=0 bad_dns=0\$" "$dir/$1.stats"; }
# tells FILE REGEX...: the file has a line that matches each REGEX, apart from the lines that `captured` caused.
tells() {
	grep -v "[0-9]\.\(begin\|end\)\.wild" "$1" >"$dir/asked"
	for regex in "${@:2}"; do
		has "$regex" "$dir/asked" || { echo "# no $regex"; return 1; }
	done
}
tens() { tells "$1" . && [ "$(wc -l <"$dir/asked")" -ge 100 ]; }

for producer in $producers; do begin "$producer"; done
head -n 30 "$dir/questions" >"$dir/some"
for producer in $producers; do
	show="$dir/$producer.log $dir/$producer.capture.log $dir/dig.log"
	check "$producer reports" within 10 captured "$producer" begin
	ask "$producer" "$dir/questions"
	if [ "$producer" = dnsdist ]; then
		ask dnsdist "$dir/some" +tls -p $tls_port
		ask dnsdist "$dir/some" +https -p $https_port
	fi
	check "$producer has reported everything" within 10 captured "$producer" end
	[ "$failures" -eq 0 ] || plan_done
done

for producer in $producers; do
	end "$producer"
	show="$dir/diff $dir/$producer.capture.log"
	check "$producer: every decoder reads its capture" decode "$producer"
	check "$producer: the Go library finds the same lines" same "$producer" go
	[ "$producer" = dnsdist ] || check "$producer: ldns finds the same lines" same "$producer" ldns
	check "$producer: as many messages, none malformed" all_parse "$producer"
	check "$producer: there are at least a hundred lines" tens "$dir/$producer.lines"
	check "$producer: there are lines of every shape" tells "$dir/$producer.lines" \
		' [0-9.]+ [0-9]+ video.example.net client=127.0.0.1 .*server=' ' 2001:db8:1::10 ' ' [05] zero\.' \
		' odd\\046dot\.' ' sp\\032ace\.' ' back\\092slash\.' ' com\\044ma\.' ' caf\\195\\169\.' ' nul\\000\\255\.' \
		' ::ffff:192.0.2.1 [0-9]+ mapped\.' ' any.thing.wild.' ' (\\200){63}\.' ' a{63}\.b{63}\.c{63}\.d{47}\.e\.' \
		' 203.0.113.60 [0-9]+ many\.' ' 2001:db8:ff::3c ' \
		' h.example.net client=[^ ]+ type=HTTPS' ' two.example.net via=odd\\046dot.example.net client=[^ ]+ type=HTTPS' \
		' _s._tcp.example.net via=sp\\032ace.example.net client=[^ ]+ type=SVCB' 
done

show=
# The recursor reports the reply to each of its upstream queries; the others report the whole chain in one reply.
for producer in knot bind unbound dnsdist kresd; do
	check "$producer follows a chain" tells "$dir/$producer.lines" \
		' 198.51.100.109 20 chain.example.net via=c\\0461.example.net,c\\0442.sub.example.net,c\\195\\1593.example.net,\*.wild.example.net '
	check "$producer truncates" tells "$dir/$producer.yaml" 'flags: qr.* tc ' 'socket_protocol: TCP'
	check "$producer reports NXDOMAIN and REFUSED" tells "$dir/$producer.yaml" 'status: NXDOMAIN' 'status: REFUSED'
done
check 'dnsdist reports DoT and DoH' tells "$dir/dnsdist.yaml" 'socket_protocol: DOT' 'socket_protocol: DOH'
is "$(cut -d' ' -f4 "$dir"/*.lines | grep -c '[A-Z]')" 0 'names are printed in lower case'
is "$(grep -L 'NeWs' "$dir"/*.yaml)" '' 'the queries had upper case'
is "$(grep -ho ' tap=[^ ]*' "$dir/knot.lines" "$dir/recursor.lines" | sort -u | xargs)" \
	'tap=AUTH_RESPONSE tap=RESOLVER_RESPONSE' 'of several types'
is "$(grep -o ' server=.*' "$dir/knot.lines" | sort -u)" ' server=knot\0321\044\032"the\032first"' 'an odd identity is escaped'

plan_done
