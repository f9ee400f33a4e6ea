#!/usr/bin/env bash
# shellcheck disable=SC2154,SC2317
# pcap-read: captures of every link type and format, with faults; and live, the replies of four real resolvers over UDP and
# TCP, in fragments, give the lines of dnstap, and for dnsmasq the answers that dig receives.
. t/lab/netns.sh
. t/lab/lab.sh

err=$dir/err
show=$err
lines_are() { [ "$(wc -l <"$1")" -eq "$2" ]; }
# counter KEY [FILE]: prints a counter from a file of --stats.
counter() { grep -o " $1=[0-9]*" "${2:-$dir/stats}" | tail -n 1 | cut -d= -f2; }
names_of() { awk '{ print $4 }' "$1" | uniq | xargs; }

# --- Files ---

mkdir "$dir/captures"
check 'captures are made' t/lab/packets.py "$dir/captures"
cd "$dir/captures" || exit
pcap-read raw.same >"$dir/expected" 2>"$err"
is "$?$(cat "$err")" 0 'a capture is read'
is "$(names_of "$dir/expected")" 'n1.example n2.example n3.example n4.example n5.example n6.example n7.example n8.example' \
	'over UDP and TCP, by IPv4 and IPv6, with extension headers, and in fragments'
is "$(wc -l <"$dir/expected")" 263 'it has all addresses'
is "$(head -n 1 "$dir/expected")" '1795000000.000000 198.51.100.1 60 n1.example client=192.0.2.7' \
	'TIME is the time of the packet, and client its destination'
for file in *.same; do
	is "$(pcap-read "$file" 2>&1 | cut -d ' ' -f 2- | cksum)" "$(cut -d ' ' -f 2- "$dir/expected" | cksum)" \
		"${file%.same}: the same lines"
done
is "$(pcap-read <raw.same)" "$(cat "$dir/expected")" 'a capture on stdin'
is "$(pcap-read - <raw.same)" "$(cat "$dir/expected")" 'a capture with the name -'
is "$(pcap-read udp udp | wc -l)" 6 'two files'
is "$(pcap-read -C udp)" "$(pcap-read udp | sed 's/ client=.*//')" '-C omits client='
is "$(pcap-read -n udp | awk -v now="$EPOCHSECONDS" '$1 >= now && $1 < now + 60' | wc -l)" 3 '--now: TIME is the current time'
is "$(pcap-read bad-time | awk -v now="$EPOCHSECONDS" '$1 >= now && $1 < now + 60' | wc -l)" 1 \
	'TIME is the current time if a packet has no valid time'
is "$(pcap-read --port 5353 udp)" '' '--port reads no other port'
is "$(pcap-read --port 5353 --port 53 udp | wc -l)" 3 '--port may be repeated'
is "$(pcap-read --from 192.0.2.53 udp | wc -l)" 1 '--from reads only this server'
is "$(pcap-read --from 192.0.2.0/24 --from 2001:db8::/32 udp | wc -l)" 3 '--from may be a prefix, and repeated'
pcap-read --from 198.51.100.0/24 -S "$dir/stats" udp >"$dir/out"
is "$(wc -l <"$dir/out"):$(counter untrusted)" 0:3 'replies of other servers are counted'

# faulty NAME COUNTERS NAMES: the faults of the capture are counted, and the other messages are read.
faulty() {
	pcap-read -S "$dir/stats" "$1" >"$dir/out" 2>"$err"
	is "$?$(cat "$err")" 0 "$1: no error"
	is "$(grep -oE ' (packet_cut|fragment_overlap|tcp_[a-z]*)=[1-9][0-9]*' "$dir/stats" | xargs)" "$2" "$1: is counted"
	is "$(names_of "$dir/out")" "$3" "$1: the other messages are read"
}
faulty no-fragment '' 'n1.example n2.example n3.example'
faulty overlap fragment_overlap=1 'n1.example n2.example n3.example'
faulty snap 'tcp_opened=1 packet_cut=19' ''
faulty gap 'tcp_opened=1 tcp_damaged=1' 'n6.example n8.example n10.example'
faulty no-start tcp_unknown=10 ''
faulty forged 'tcp_opened=1 tcp_unknown=1 tcp_lost=1' ''

# wrong MESSAGE FILE...: status 2 and this message.
wrong() {
	pcap-read "${@:2}" >"$dir/out" 2>"$err" </dev/null
	is "$?:$(cat "$err")" "2:pcap-read: $1" "$2: is refused"
}
head -c 200 raw.same >truncated
gzip -k udp
: >nothing
wrong "none: No such file or directory" none
wrong "wlan: link type IEEE802_11 (105) is not supported" wlan
wrong "answers: unknown file format" answers
wrong "nothing: empty; is it the file that receives the capture?" nothing
wrong "udp.gz: compressed with gzip; use zcat FILE | pcap-read" udp.gz
wrong "--interface and udp: read an interface or files; try 'pcap-read --help'" --interface lo udp
wrong "none: no such interface" --interface none
wrong "--port 0: expected a port from 1 to 65535; try 'pcap-read --help'" --port 0
wrong "--direction in: expected out or any; try 'pcap-read --help'" --direction in
wrong "-b x: expected MiB from 0 to 1048576; try 'pcap-read --help'" -b x
pcap-read truncated udp >"$dir/out" 2>"$err"
is "$?:$(wc -l <"$dir/out")" 2:4 'a truncated capture is an error; its packets and the next file are read'
like "$(cat "$err")" '^pcap-read: truncated: truncated dump file' 'the truncated file is named'
for n in $(seq 0 7 400); do
	head -c "$n" raw.same | pcap-read 2>/dev/null | cmp -s - <(head -n "$(head -c "$n" raw.same | pcap-read 2>/dev/null | wc -l)" "$dir/expected") ||
		echo "$n"
done >"$dir/out"
is "$(cat "$dir/out")" '' 'a capture cut anywhere gives the lines before the cut'
head -c 200 raw.same | pcap-read - >"$dir/out" 2>"$err"
like "$?:$(wc -l <"$dir/out"):$(cat "$err")" '^2:1:pcap-read: stdin: truncated dump file' 'so is a stream that ends within a packet'
for file in raw ethernet pcapng; do
	mkdir "damaged-$file"
	"$OLDPWD/t/lab/packets.py" damage "$file.same" 40 "damaged-$file"
	for n in $(seq 0 39); do
		pcap-read -S "$dir/stats" "damaged-$file/$n" 2>>"$err"
		status=$?
		[ "$status" -eq 0 ] || [ "$status" -eq 2 ] || echo "# status $status: damaged-$file/$n"
	done >"$dir/out"
	is "$(grep -vE '^[0-9]{1,11}\.[0-9]{6} [0-9a-f.:]+ [0-9]+ [^ ]+( [a-z]+=[^ ]+)*$' "$dir/out" | head -n 5)" '' \
		"$file: damaged captures give complete lines, or an error"
	check "$file: their other packets are read" test "$(wc -l <"$dir/out")" -gt 1000
done
mkdir -m 700 private
cp udp private
chown -R daemon private
is "$(pcap-read private/udp | wc -l)" 3 'root reads a file that belongs to another user'
pcap-read raw.same | head -n 1 >/dev/null
is "${PIPESTATUS[*]}" '0 0' 'EPIPE ends it silently'
cd "$OLDPWD" || exit

mkfifo "$dir/feed"
exec 3<>"$dir/feed"
start pcap-read "$dir/feed" >"$dir/out" 2>"$err" 3<&-
cat "$dir/captures/udp" >&3
check 'a pipe is read while it stays open' within 5 lines_are "$dir/out" 3
stop "$started"
is "$?$(cat "$err")" 0 'SIGTERM ends it'

# A million connections, each with an unfinished message.
start pcap-read -S "$dir/stats" - <"$dir/feed" >"$dir/out" 2>"$err" 3<&-
t/lab/packets.py streams 1000000 >&3
all_read() { kill -USR1 "$started" && within 1 has ' packets=2000000 ' "$dir/stats"; }
check 'a million connections are read' within 20 all_read
check 'their memory stays within 32 MiB' test "$(counter memory)" -le $((32 * 1024 * 1024))
check 'so does the memory of the process' \
	test "$(awk '/^VmHWM:/ { print $2 }' "/proc/$started/status")" -le $((48 * 1024))
is "$(counter tcp_opened)" 1000000 'all were opened'
stop "$started"
# Segments of one byte, for which malloc needs more memory than for their data.
start pcap-read -S "$dir/stats" - <"$dir/feed" >"$dir/out" 2>"$err" 3<&-
t/lab/packets.py streams 100000 8 >&3
pieces_read() { kill -USR1 "$started" && within 1 has ' packets=900000 ' "$dir/stats"; }
check 'connections with small segments are read' within 20 pieces_read
check 'their memory stays within 32 MiB' test "$(counter memory)" -le $((32 * 1024 * 1024))
check 'they use the limit' test "$(counter tcp_removed)" -gt 50000
check 'so does the memory of the process' \
	test "$(awk '/^VmHWM:/ { print $2 }' "/proc/$started/status")" -le $((48 * 1024))
stop "$started"
exec 3>&-

# --- Four resolvers, whose clients are in another namespace behind an interface with a small MTU ---

# The namespace may inherit this setting, which causes a warning.
echo 0 >/proc/sys/net/ipv4/ip_forward
client_link 1280

resolvers='unbound named kresd dnsmasq'
mkdir "$dir/origin" "$dir/unbound" "$dir/kresd"
lab_zone "$dir/origin/zone" 300
{
	for i in $(seq 95); do
		printf 'many A 203.0.113.%s\nmany AAAA 2001:db8:ff::%x\n' "$i" "$i"
	done
	echo '*.wild A 198.51.100.109'
	echo 'h HTTPS 1 . ipv4hint=192.0.2.1,192.0.2.2 ipv6hint=2001:db8::1'
} >>"$dir/origin/zone"
cp "$dir/origin/zone" "$dir/unbound/zone"

# Unbound: `origin` for the forwarders, and the resolver itself.
lab_unbound "$dir/origin" 5300 /none
sed -i '/^dnstap:/,$d; s/^server:/&\n\tmax-udp-size: 4096/' "$dir/origin/unbound.conf"
lab_unbound "$dir/unbound" 53 "$dir/tap.sock"
sed -i '/interface:/d; s/^server:/&\n\tinterface: 192.0.2.53\n\tinterface: 2001:db8::53\n\taccess-control: 0.0.0.0\/0 allow\n\taccess-control: ::0\/0 allow\n\tmax-udp-size: 4096/' \
	"$dir/unbound/unbound.conf"
cat >"$dir/named.conf" <<END
options {
	directory "$dir"; listen-on { 192.0.2.53; }; listen-on-v6 { 2001:db8::53; }; pid-file none;
	session-keyfile none; recursion no; dnssec-validation no; max-udp-size 4096; edns-udp-size 4096;
	fstrm-set-input-queue-size 16384;	# the default queue of 512 messages drops some on a busy machine
	dnstap { client response; }; dnstap-output unix "$dir/tap.sock";
};
controls { };
zone "example.net" { type primary; file "$dir/origin/zone"; };
END
cat >"$dir/kresd/config" <<END
net.listen({ '192.0.2.53', '2001:db8::53' }, 53, { kind = 'dns' })
net.bufsize(4096)
cache.size = 10 * MB
trust_anchors.remove('.')
modules = { dnstap = { socket_path = "$dir/tap.sock", client = { log_responses = true } } }
policy.add(policy.all(policy.STUB('127.0.0.1@5300')))
END
run() {
	case $1 in
	unbound) exec unbound -d -c "$dir/unbound/unbound.conf" ;;
	named) exec named -f -n 1 -u root -c "$dir/named.conf" ;;
	kresd) exec kresd -n -c "$dir/kresd/config" "$dir/kresd" ;;
	dnsmasq) exec dnsmasq --keep-in-foreground --log-facility=- --conf-file=/dev/null --no-resolv --no-hosts --server=127.0.0.1#5300 --edns-packet-max=4096 \
		--listen-address=192.0.2.53,2001:db8::53 --bind-interfaces --cache-size=1000 --user=root --log-queries \
		--dns-forward-max=1000 ;;
	esac
}
start unbound -d -c "$dir/origin/unbound.conf" 2>"$dir/origin.log"

# questions NUMBER: prints queries of every kind.
questions() {
	for i in $(seq "$1"); do
		case $((i % 10)) in
		0) echo 'many.example.net A' ;;
		1) echo 'music.example.net A' ;;
		2) echo 'Video.example.net AAAA' ;;
		3) echo 'nothing.example.net A' ;;
		4) echo 'many.example.net AAAA' ;;
		5) echo 'h.example.net HTTPS' ;;
		*) echo "n$i.wild.example.net A" ;;
		esac
	done
}
questions 1050 >"$dir/questions"
questions 250 | grep -v HTTPS >"$dir/few"

# ask ADDRESS MODE FILE: sends the queries of a file, each once, several at a time. dnsmasq answers one at a time over TCP.
ask() {
	in_namespace "$client" dnsperf -s "$1" -m "$2" -d "$dir/$3" -n 1 -e -c 4 -q "$([ "$which" = dnsmasq ] && echo 4 || echo 20)" -T 1 -t 5 >>"$dir/dnsperf.log" 2>&1
}
ask_all() {
	ask 192.0.2.53 udp questions && ask 2001:db8::53 udp questions && ask 192.0.2.53 tcp few && ask 2001:db8::53 tcp few
}
answers_now() { in_namespace "$client" dig @192.0.2.53 +tries=1 +timeout=1 first.wild.example.net A | grep -q NOERROR; }
# Without the queries that wait until the resolver is ready.
without_time() { grep -v " first\.wild\." "$1" | cut -d " " -f 2- | LC_ALL=C sort; }

# The lines that dnsmasq's replies must give: what dig receives for each kind of query.
by_dig() {
	in_namespace "$client" dig @192.0.2.53 +bufsize=4096 +noall +answer "$@" |
		awk -v asked="$1" '$4 == "A" || $4 == "AAAA" { print $5, asked }'
}
dnsmasq_is_right() {
	local name type
	for name in many music video nothing n6.wild; do
		for type in A AAAA; do
			case $name$type in musicAAAA | videoA | nothingAAAA | n6.wildAAAA) continue ;; esac
			by_dig "$name.example.net" "$type"
		done
	done | LC_ALL=C sort -u >"$dir/by-dig"
	awk '{ print $2, $4 }' "$dir/lines.pcap" | grep -E ' (many|music|video|nothing|n6\.wild)\.example\.net$' |
		LC_ALL=C sort -u | cmp - "$dir/by-dig"
}

# The live lines without TTL: that of a cache depends on the time.
without_ttl() { without_time "$dir/lines.pcap" | cut -d ' ' -f 1,3- | LC_ALL=C sort; }
same_number() { [ "$(without_time "$dir/lines.pcap" | wc -l)" -eq "$(without_time "$dir/lines.tap" | wc -l)" ]; }

# A capture whose stdout is blocked while unbound answers.
begin_stuck() {
	mkfifo "$dir/pipe"
	exec 4<>"$dir/pipe"
	start pcap-read --interface out0 -b 1 -S "$dir/stuck.stats" >"$dir/pipe" 2>"$dir/stuck.err" 4<&-
	stuck=$started
	within 30 test -e "$dir/stuck.stats"
}
end_stuck() {
	show=$dir/stuck.err
	kill -USR1 "$stuck"
	check 'a blocked stdout: lines are dropped and counted' within 5 has ' dropped=[1-9]' "$dir/stuck.stats"
	check 'this is reported' within 5 has 'pcap-read: stdout: [0-9]+ lines dropped' "$dir/stuck.err"
	cat <&4 4<&- >"$dir/stuck" &
	pids+=("$!")
	exec 4<&-
	check 'the buffered lines are written' within 10 lines_are "$dir/stuck" "$(counter answers "$dir/stuck.stats")"
	is "$(grep -cvE '^[0-9.]+ [0-9a-f.:]+ [0-9]+ [^ ]+( via=[^ ]+)? client=[^ ]+( type=HTTPS)?$' "$dir/stuck")" 0 'no line is cut'
	stop "$stuck"
}

for which in $resolvers; do
	show="$err $dir/$which.log $dir/dnsperf.log $dir/tap.err"
	rm -f "$dir/tap.sock"
	start dnstap-read -u "$dir/tap.sock" >"$dir/lines.tap" 2>"$dir/tap.err"
	tap=$started
	within 5 test -S "$dir/tap.sock"
	start run "$which" >"$dir/$which.log" 2>&1
	resolver=$started
	check "$which: it answers" within 20 answers_now
	[ "$which" = dnsmasq ] || within 10 test -s "$dir/lines.tap"
	stop "$tap"
	rm -f "$dir/tap.sock"
	start dnstap-read -u "$dir/tap.sock" >"$dir/lines.tap" 2>"$dir/tap.err"
	tap=$started
	start pcap-read --interface out0 -S "$dir/stats" >"$dir/lines.pcap" 2>"$err"
	reader=$started
	again() { [ "$which" = dnsmasq ] || { answers_now; within 1 test -s "$dir/lines.tap"; }; }
	within 30 test -e "$dir/stats"
	check "$which: it reports to dnstap" within 20 again
	[ "$which" != unbound ] || begin_stuck
	check "$which: queries are answered" ask_all
	stop "$reader"
	is "$?$(cat "$err")" 0 "$which: no error"
	case $which in unbound | named) within 5 same_number ;; esac	# dnstap arrives later
	[ "$which" != kresd ] || sleep 2
	stop "$tap"
	case $which in
	unbound | named)
		is "$(without_time "$dir/lines.pcap" | cksum)" "$(without_time "$dir/lines.tap" | cksum)" "$which: the lines of dnstap"
		diff <(without_time "$dir/lines.tap") <(without_time "$dir/lines.pcap") | head -n 10 | comment
		;;
	kresd) # It drops dnstap messages on a busy machine: its queue has 512.
		is "$(LC_ALL=C comm -23 <(without_time "$dir/lines.tap") <(without_time "$dir/lines.pcap") | head -n 10)" '' \
			"$which: all lines of dnstap"
		;;
	dnsmasq) check "$which: the lines have what dig receives" dnsmasq_is_right ;;
	esac
	without_ttl >"$dir/$which.lines"
	is "$(cksum <"$dir/$which.lines")" "$(cksum <"$dir/unbound.lines")" "$which: the answers of unbound to the same queries"
	diff "$dir/$which.lines" "$dir/unbound.lines" | head -n 10 | comment
	check "$which: over TCP" test "$(counter tcp)" -ge 450
	is "$(grep -oE ' (kernel_dropped|bad_packet|bad_dns|tcp_lost|tcp_damaged|fragment_overlap|incoming)=[1-9][0-9]*' "$dir/stats")" '' \
		"$which: nothing was dropped"
	fragments=$(counter fragments)
	[ "$which" != unbound ] || check "$which: in fragments" test "$fragments" -gt 100
	echo "# $which: $(wc -l <"$dir/lines.pcap") lines, $(counter udp) messages over UDP in $fragments fragments, $(counter tcp) over TCP"
	[ "$which" != unbound ] || end_stuck
	stop "$resolver" 2>/dev/null
done

# --- Trust ---

show="$err $dir/lines.pcap"
# forge FROM: the client sends a reply with this source address to the resolver's host.
forge() {
	in_namespace "$client" /usr/bin/python3 - "$1" <<-'END' 2>>"$dir/forge.log"
	import sys
	from scapy.all import DNS, DNSQR, DNSRR, IP, UDP, conf, send
	conf.verb = 0
	send(IP(src=sys.argv[1], dst='192.0.2.53') / UDP(sport=53, dport=4000) /
	     DNS(id=1, qr=1, qd=DNSQR(qname='forged.example'), an=DNSRR(rrname='forged.example', rdata='192.0.2.66')))
	END
}
# live OPTION...: starts a live capture and waits until it is confined.
live() {
	start pcap-read "$@" >"$dir/lines.pcap" 2>"$err"
	reader=$started
	within 20 has '^CapEff:.*0000000000000000$' "/proc/$reader/status"
	within 5 ready
}
! grep -qaE '__asan_init|gcov_exit|__gcov_' "$BUILD/pcap-read" || unconfined=1
ready() { [ -n "${unconfined-}" ] || has '^Seccomp:.*2$' "/proc/$reader/status"; }
# A reply that this host sends.
send_reply() {
	/usr/bin/python3 - <<-'END' 2>>"$dir/forge.log"
	import socket
	from scapy.all import DNS, DNSQR, DNSRR, raw
	s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
	s.bind(('192.0.2.53', 53))
	s.sendto(raw(DNS(id=1, qr=1, qd=DNSQR(qname='own.example'), an=DNSRR(rrname='own.example', rdata='192.0.2.1'))),
	         ('192.0.2.7', 4000))
	END
}
for interface in out0 any; do
	live --interface $interface
	forge 192.0.2.53
	forge 192.0.2.7
	send_reply
	check "$interface: a reply of this host is read" within 5 has own.example "$dir/lines.pcap"
	is "$(names_of "$dir/lines.pcap")" own.example "$interface: replies of other hosts are not read"
	stop "$reader"
done
live --interface out0 --direction any
forge 192.0.2.7
check '--direction any reads them' within 5 has forged.example "$dir/lines.pcap"
stop "$reader"
live --interface out0 --direction any --from 192.0.2.53
forge 192.0.2.7
send_reply
check '--from reads this server' within 5 has own.example "$dir/lines.pcap"
is "$(names_of "$dir/lines.pcap")" own.example '--from reads no other server'
is "$(sed -n 's/^Cap\(Prm\|Eff\|Inh\|Amb\):\t//p' "/proc/$reader/status" | sort -u)" 0000000000000000 'no capability is left'
check 'it is confined' ready
stop "$reader"

# The receiving kernel moves a tag out of the packet, before it passes it to the capture.
rm "$dir/stats"
start_in_namespace "$client" pcap-read --interface in0 --direction any -S "$dir/stats" >"$dir/lines.in" 2>>"$err"
receiver=$started
within 30 test -e "$dir/stats"
live --interface out0
/usr/bin/python3 - <<'END' 2>>"$dir/forge.log"
from scapy.all import DNS, DNSQR, DNSRR, IP, UDP, Dot1Q, Ether, IPv6, IPv6ExtHdrDestOpt, conf, sendp
conf.verb = 0
reply = UDP(sport=53, dport=4000) / DNS(id=1, qr=1, qd=DNSQR(qname='tagged.example'),
                                       an=DNSRR(rrname='tagged.example', rdata='192.0.2.1'))
every = 'ff:ff:ff:ff:ff:ff'
for head in (Ether(dst=every), Ether(dst=every) / Dot1Q(vlan=5), Ether(dst=every) / Dot1Q(vlan=5) / Dot1Q(vlan=7),
             Ether(dst=every, type=0x88a8) / Dot1Q(vlan=5, type=0x8100) / Dot1Q(vlan=7)):
    sendp(head / IP(src='192.0.2.53', dst='192.0.2.7') / reply, iface='out0')
    sendp(head / IPv6(src='2001:db8::53', dst='2001:db8::7') / IPv6ExtHdrDestOpt() / reply, iface='out0')
END
check 'replies with one or two VLAN tags, and with extension headers, are read' within 5 lines_are "$dir/lines.pcap" 8
check 'so are those whose tag the kernel has moved' within 5 lines_are "$dir/lines.in" 8
stop "$receiver"
stop "$reader"

# --- Hosts that forward packets ---

echo 1 >/proc/sys/net/ipv4/ip_forward
live --interface out0
is "$(cat "$err")" 'pcap-read: out0: this host forwards packets, perhaps with forged replies; use --from with the addresses of the resolver' \
	'a host that forwards packets, without --from: a warning'
stop "$reader"
live --interface out0 --from 192.0.2.53
is "$(cat "$err")" '' '--from is enough'
stop "$reader"
echo 0 >/proc/sys/net/ipv4/ip_forward

# --- Packets that arrive faster than lines are read ---

# replies NUMBER: sends replies with 20 addresses each.
replies() {
	/usr/bin/python3 - "$1" <<-'END' 2>>"$dir/forge.log"
	import socket, struct, sys
	s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
	s.bind(('192.0.2.53', 53))
	name = b'\x05reply' + b'\x30' + b'x' * 48 + b'\0'
	records = b''.join(b'\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4' + bytes((198, 51, 100, i)) for i in range(20))
	message = struct.pack('>HHHHHH', 1, 0x8000, 1, 20, 0, 0) + name + b'\0\1\0\1' + records
	for i in range(int(sys.argv[1])):
	    s.sendto(message, ('192.0.2.7', 4000))
	END
}
mkfifo "$dir/slow"
exec 5<>"$dir/slow"
rm "$dir/stats"
start pcap-read --interface out0 -b 0 -S "$dir/stats" >"$dir/slow" 2>"$err" 5<&-
slow=$started
within 30 test -e "$dir/stats"
replies 1500
cat <&5 5<&- >"$dir/slow.lines" &
pids+=("$!")
exec 5<&-
check '-b 0: packets wait for the reader of the output' within 20 lines_are "$dir/slow.lines" 30000
kill -USR1 "$slow"
check '-b 0: no line is dropped' within 5 has ' answers=30000 dropped=0 ' "$dir/stats"
is "$(counter kernel_dropped)" 0 '-b 0: no packet is dropped'
stop "$slow"
live --interface out0 -b 1 -S "$dir/stats"
kill -STOP "$reader"
replies 1500
kill -CONT "$reader"
check '-b 1: packets that arrive together exceed the buffer' within 20 lines_are "$dir/lines.pcap" 30000
kill -USR1 "$reader"
check '-b 1: no line is dropped, because the output is read' within 5 has ' answers=30000 dropped=0 ' "$dir/stats"
kill -STOP "$reader"
replies 5000
kill -CONT "$reader"
stop "$reader"
check 'packets that the kernel drops are counted' test "$(counter kernel_dropped)" -gt 0
is "$(($(counter packets) + $(counter kernel_dropped)))" 6500 'none is counted twice'
is "$(cat "$err")" "pcap-read: out0: $(counter kernel_dropped) packets dropped by the kernel; this host is too busy" 'and reported'

# --- Ends ---

live --interface out0
ip link set out0 down
ip link set out0 up
own_reply() { send_reply && within 1 has own.example "$dir/lines.pcap"; }
check 'an interface may go down and up' within 10 own_reply
setpriv --bounding-set=-net_raw --inh-caps=-net_raw pcap-read --interface out0 2>"$err"
is "$?:$(cat "$err")" "2:pcap-read: out0: permission denied; needs CAP_NET_RAW" 'CAP_NET_RAW is needed, and named'

live --interface out0
ip link set out0 down
within 5 has "^State:.*sleeping" "/proc/$reader/status"
before=$(cut -d ' ' -f 14,15 "/proc/$reader/stat")
sleep 1
is "$(awk -v before="$before" '{ split(before, was, " "); print ($14 + $15 - was[1] - was[2] < 20) }' "/proc/$reader/stat")" 1 \
	'it waits while an interface is down'
ip link delete out0
wait "$reader"
is "$?" 2 'an interface that disappears is an error'
like "$(cat "$err")" '^pcap-read: out0: .*disappeared' 'the interface is named'

plan_done
