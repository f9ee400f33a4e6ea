#!/usr/bin/env bash
# shellcheck disable=SC2016,SC2154,SC2317
# dns-gate with a real unbound and real queues of netfilter. The test returns the barriers, except in a pipeline at the end.
. t/lab/netns.sh
. t/lab/lab.sh

err=$dir/err
show="$err $dir/out $dir/unbound.log"
acks=$dir/acks
counter() { grep -o " $1=[0-9]*" "$dir/stats" | head -n 1 | cut -d= -f2; }
# counters KEY...: prints the present counters.
counters() {
	rm -f "$dir/stats"
	kill -USR1 "$gate"
	within 5 test -s "$dir/stats"
	for key; do counter "$key"; done | xargs
}
counter_sum() { counters "$@" | tr ' ' +; }
# counted VALUES KEY...: the counters have these values.
counted() { [ "$(counters "${@:2}")" = "$1" ]; }
lines_are() { [ "$(wc -l <"$1")" -eq "$2" ]; }

# --- A resolver, and a client behind an interface with a small MTU ---

client_link 1280

# resolver_conf FOLDER: a resolver on port 53 with 60 names and a large reply.
resolver_conf() {
	cat <<-C
		server:
		    interface: 0.0.0.0
		    interface: ::0
		    interface-automatic: yes
		    access-control: 0.0.0.0/0 allow
		    access-control: ::/0 allow
		    username: ""
		    chroot: ""
		    directory: "$1"
		    pidfile: "$1/unbound.pid"
		    use-syslog: no
		    do-daemonize: no
		    max-udp-size: 4096
		    minimal-responses: yes
		    local-zone: "example." static
	C
	for n in $(seq 60); do
		printf '    local-data: "n%d.example. 60 A 198.51.100.%d"\n' "$n" "$n"
		printf '    local-data: "large.example. 60 A 203.0.113.%d"\n' "$n" $((n + 60)) $((n + 120))
	done
	printf 'remote-control:\n    control-enable: no\n'
}
resolver_conf "$dir" >"$dir/unbound.conf"
start unbound -c "$dir/unbound.conf" 2>"$dir/unbound.log"
resolve() { in_namespace "$client" dig +short +tries=1 +time=20 @192.0.2.53 "$@"; }
resolves() { [ -n "$(resolve +time=1 n60.example)" ]; }
check 'the resolver runs' within 10 resolves
for command in iptables ip6tables; do
	$command -w -A OUTPUT -p udp --sport 53 -j NFQUEUE --queue-num 7 --queue-bypass &&
		$command -w -A OUTPUT -p tcp --sport 53 -j NFQUEUE --queue-num 7 --queue-bypass
	ok $? "$command has rules"
done
is "$(resolve n1.example)" 198.51.100.1 'without a program on the queue, replies pass'

# ask NAME [OPTION...]: asks in the background. The reply is in $dir/reply.NAME.
ask() {
	: >"$dir/reply.$1"
	start in_namespace "$client" dig +short +tries=1 +time=20 @192.0.2.53 "$@" >"$dir/reply.$1"
}
replied() { [ -s "$dir/reply.$1" ]; }
waits() { [ ! -s "$dir/reply.$1" ]; }

# bound: dns-gate has bound its queue, for then it writes the counters.
bound() { [ -s "$dir/stats" ]; }
# begin OPTION...: starts dns-gate, whose output is $dir/out.
begin() {
	rm -f "$acks" "$dir/stats"
	: >"$dir/out"
	start dns-gate --queue 7 --ack "$acks" -S "$dir/stats" "$@" >"$dir/out" 2>"$err"
	gate=$started
	within 5 bound
	exec 8<>"$acks"
}
end() {
	stop "$gate"
	is "$?:$(cat "$err")" "0:${1-}" 'it ends with status 0'
	exec 8>&-
}
barriers() { grep -c '^# barrier' "$dir/out"; }
barrier_is() { [ "$(barriers)" -eq "$1" ]; }
# give_back N: returns the barrier that was written as the Nth.
give_back() { grep '^# barrier' "$dir/out" | sed -n "$1p" >&8; }

# --- Holding and releasing ---

begin --hold 5s
check 'dns-gate binds the queue' bound
is "$(awk '/^Cap(Eff|Prm|Inh)/ { print $2 }' "/proc/$gate/status" | xargs)" \
	'0000000000000000 0000000000001000 0000000000001000' 'it has only CAP_NET_ADMIN'
ask n1.example
check 'a barrier follows the lines of a reply' within 5 barrier_is 1
like "$(cat "$dir/out")" '^[0-9]{10}\.[0-9]{6} 198.51.100.1 60 n1.example client=192.0.2.7
# barrier [0-9a-f]{12}-1$' 'the line has address, name and client'
token=$(sed -n 's/^# barrier \(.*\)-1$/\1/p' "$dir/out")
printf '# barrier %s\n' x "$token" "$token-2" "$token-99999999999999999999" "$token-1x" 000000000000-1 "$token-" >&8
echo "# other" >&8
check 'the reply is held' counted '1 1' held waiting
check 'other barriers do not release it' waits n1.example
give_back 1
check 'its barrier releases the reply' within 5 replied n1.example
is "$(cat "$dir/reply.n1.example")" 198.51.100.1 'the client has the reply'
is "$(counters packets replies held released expired waiting)" '1 1 1 1 0 0' 'counters'

ask n2.example
within 5 barrier_is 2
ask n3.example
within 5 barrier_is 3
check 'two replies are held' waits n2.example
give_back 3
check 'a later barrier releases the later reply' within 5 replied n3.example
check 'and the earlier reply' within 5 replied n2.example

is "$(resolve n1.example)" 198.51.100.1 'a reply whose pairs were acknowledged passes'
is "$(tail -n 1 "$dir/out" | cut -d ' ' -f 2-)" '198.51.100.1 60 n1.example client=192.0.2.7' 'its line is written, without a barrier'
is "$(counters held remembered)" '3 1' 'it is counted'
echo '# dnstap-match: lists in force' >&8
ask n1.example
check 'the comment of reloaded lists clears the memory' within 5 barrier_is 4
check 'so the reply is held again' waits n1.example
give_back 4
within 5 replied n1.example

# --- Packets that are not held ---

before=$(counters held)
is "$(in_namespace "$client" dig +tries=1 +time=20 @192.0.2.53 none.example | grep -c 'status: NXDOMAIN')" 1 'a reply without an address passes'
is "$(resolve +tcp n9.example)" 198.51.100.9 'replies over TCP pass'
is "$(counters held replies)" "$before 6" 'none is held, and TCP is not read'
check 'TCP is counted' test "$(counters other)" -gt 2
in_namespace "$client" perl -MIO::Socket::INET -e '
	my $s = IO::Socket::INET->new(Proto => "udp", LocalPort => 4000) or die;
	$SIG{ALRM} = sub { die };
	alarm 60;
	my $data;
	sysread($s, $data, 100) == 5 && $data eq "\x80abcd" or die' &
receiver=$!
pass_garbage() {
	perl -MIO::Socket::INET -e '
		my $s = IO::Socket::INET->new(Proto => "udp", LocalAddr => "192.0.2.99", LocalPort => 53,
			ReusePort => 1, PeerAddr => "192.0.2.7:4000") or die $!;
		$s->send("\x80abcd") or die $!'
	gone "$receiver"
}
ip address add 192.0.2.99/24 dev out0
check 'a malformed message passes' within 5 pass_garbage
wait "$receiver"
is $? 0 'unchanged'
check 'it is counted' test "$(counters bad_dns)" -ge 1

# --- A reply that is sent in fragments, and IPv6 ---

ask large.example +bufsize=4096
check 'a reply longer than the MTU has a barrier' within 5 barrier_is 5
is "$(grep -c ' large.example ' "$dir/out")" 180 'and all lines'
give_back 5
check 'it is released' within 5 lines_are "$dir/reply.large.example" 180
is "$(counters fragments)" 0 'the rule in OUTPUT is before the fragmentation'
: >"$dir/reply.v6"
start in_namespace "$client" dig +short +tries=1 +time=20 @2001:db8::53 n8.example >"$dir/reply.v6"
check 'a reply over IPv6 is held' within 5 barrier_is 6
give_back 6
check 'and released' within 5 replied v6
like "$(grep n8.example "$dir/out")" ' client=2001:db8::7$' 'its client is the IPv6 address'
end

# --- Limits ---

begin --hold 5s --held 2 -C
ask n1.example
within 5 barrier_is 1
ask n2.example
within 5 barrier_is 2
is "$(resolve n3.example)" 198.51.100.3 'at --held, further replies pass'
is "$(counters held unheld waiting)" '2 1 2' 'they are counted'
check 'the others wait' waits n1.example
is "$(grep -c client= "$dir/out")" 0 '-C omits the client'
give_back 2
within 5 replied n1.example
ask n4.example
check 'after a release replies are held again' within 5 barrier_is 3
end
check 'SIGTERM releases the replies' within 5 replied n4.example

begin --hold 200ms
is "$(resolve n1.example)" 198.51.100.1 'after --hold a reply is released'
is "$(counters held expired released)" '1 1 0' 'it is counted'
is "$(resolve n1.example)" 198.51.100.1 'its pair was not acknowledged, so it is held again'
is "$(counters expired fallback)" '2 0' 'it expires again'
resolve n2.example >"$dir/reply"
is "$(counters expired fallback)" '3 1' 'three in a row start the fallback'
like "$(cat "$err")" "^dns-gate: $acks: 3 barriers did not return within 200 ms; replies are not held until one returns\$" \
	'with a message'
is "$(resolve n3.example)" 198.51.100.3 'in fallback replies pass'
is "$(counters held bypassed)" '3 1' 'they are counted'
check 'a probe is sent' barrier_is 4
give_back 3
is "$(resolve n3.example)$(counters fallback)" 198.51.100.31 'an older barrier does not end the fallback'
give_back "$(barriers)"
check 'the newest barrier ends the fallback' within 5 counted 0 fallback
check 'with a message' has "^dns-gate: $acks: a barrier returned; replies are held again\$" "$err"
is "$(resolve n3.example)$(counters held)" 198.51.100.33 'its pairs are remembered'
is "$(resolve n4.example)$(counters held expired)" '198.51.100.44 4' 'other replies are held again'
end "$(cat "$err")"

# --- A blocked output ---

mkfifo "$dir/pipe"
exec 5<>"$dir/pipe"
rm "$dir/stats"
start dns-gate --queue 7 --ack "$acks" -S "$dir/stats" --hold 200ms >"$dir/pipe" 2>"$err"
gate=$started
within 5 bound
dd if=/dev/zero of="$dir/pipe" bs=4096 oflag=nonblock conv=notrunc status=none 2>/dev/null
resolve n1.example >"$dir/reply"	# held: the output is not known to be blocked
is "$(resolve n2.example)$(counters unheld)" 198.51.100.21 'while the output is blocked, replies pass'
timeout 1 cat <&5 | tr -d '\0' >"$dir/out"
is "$(awk '!/^#/ { print $4 }' "$dir/out" | xargs)" 'n1.example n2.example' 'no line is lost'
resolve n3.example >"$dir/reply"
is "$(counters held unheld)" '2 1' 'later replies are held'
exec 5>&-
stop "$gate"

# --- Ends ---

mkfifo "$dir/closed"
exec 5<>"$dir/closed"
rm "$dir/stats"
start dns-gate --queue 7 --ack "$acks" -S "$dir/stats" --hold 5s >"$dir/closed" 2>"$err" 5<&-
gate=$started
within 5 bound
ask n1.example 5<&-
read -r -t 30 line <&5
read -r -t 30 line <&5
like "$line" '^# barrier' 'a reply is held'
exec 5<&-
check 'it is released when the reader closes the pipe' within 5 replied n1.example
wait "$gate"
is "$?:$(cat "$err")" 0: 'then dns-gate ends silently'

begin --hold 5s
ask n1.example
within 5 barrier_is 1
crash "$gate"
is "$(resolve n1.example)" 198.51.100.1 'after dns-gate is killed, replies pass'
exec 8>&-

begin --hold 5s
kill -STOP "$gate"
clients=()
iptables -w -Z OUTPUT
for n in $(seq 15); do
	resolve "n$n.example" >>"$dir/replies" &
	clients+=("$!")
done
queued() { [ "$(iptables -w -nvxL OUTPUT | awk '/udp/ { print $1 }')" -eq 15 ]; }
check '15 replies are in the queue' within 5 queued
kill -TERM "$gate"
kill -CONT "$gate"
wait "$gate"
is $? 0 'SIGTERM ends it'
wait "${clients[@]}"
check 'and no reply in the queue is lost' lines_are "$dir/replies" 15
is "$(grep -vc '^#' "$dir/out")" 15 'nor a line'
exec 8>&-

# flood: sends 400 queries, and prints the number of replies that arrive within a second.
flood() {
	in_namespace "$client" perl -MIO::Socket::INET -MIO::Select -e '
		my $s = IO::Socket::INET->new(Proto => "udp", PeerAddr => "192.0.2.53:53") or die;
		my $select = IO::Select->new($s);
		my $n = 0;
		my $take = sub { $n++ while $select->can_read($_[0]) && sysread($s, my $reply, 4096) };
		for my $i (1 .. 400) {
			my $name = "n" . (1 + $i % 60);
			syswrite($s, pack("nnnnnn", $i, 256, 1, 0, 0, 0) . pack("C/a C/a C n n", $name, "example", 0, 1, 1));
			$take->(0.001);
		}
		$take->(1);
		print $n'
}
begin --hold 1s
iptables -w -Z OUTPUT
kill -STOP "$gate"
check 'while dns-gate is stopped, replies pass when the queue is full' test "$(flood)" -ge 100
kill -CONT "$gate"
resolve n1.example >"$dir/reply"
is "$(($(counter_sum packets missed)))" "$(iptables -w -nvxL OUTPUT | awk '/udp/ { print $1 }')" 'all of them are counted'
check 'as missed' test "$(counter missed)" -ge 100
stop "$gate"
is "$(counter verdict_errors)" 0 'stopping is no error'
exec 8>&-

# --- Mistakes ---

wrong() {
	local message=$1
	shift
	dns-gate "$@" >/dev/null 2>"$dir/wrong" </dev/null
	is "$?:$(cat "$dir/wrong")" "2:dns-gate: $message" "$*: is refused"
}
help="; try 'dns-gate --help'"
wrong "--queue is missing: the number of the rule with the target NFQUEUE$help" --ack "$acks"
wrong "--ack is missing: the FIFO of bgp-announce --ack$help" --queue 7
wrong "--queue 65536: expected a number from 0 to 65535$help" --queue 65536
wrong "--held 0: expected a number from 1 to 4096$help" --held 0
wrong "--hold 6s: expected a time from 1ms to 5s$help" --hold 6s
wrong "file: dns-gate reads no files$help" --queue 7 --ack "$acks" file
: >"$dir/file"
wrong "--ack $dir/file: not a FIFO" --queue 7 --ack "$dir/file"
wrong "--ack $dir/file: not a FIFO" --queue 7 --ack "$dir/file" --check-options
wrong "--ack $dir/no/fifo: No such file or directory" --queue 7 --ack "$dir/no/fifo" --check-options
dns-gate --queue 7 --ack "$dir/new" --check-options
is "$?:$(ls "$dir/new" 2>/dev/null)" 0: '--check-options accepts a FIFO that dns-gate would create'
begin
wrong 'queue 7: another program uses this queue; stop it, or choose another number' --queue 7 --ack "$acks"
end
setpriv --bounding-set=-net_admin --inh-caps=-net_admin dns-gate --queue 7 --ack "$acks" 2>"$err"
is "$?:$(cat "$err")" "2:dns-gate: queue 7: CAP_NET_ADMIN is missing; run as root, or set AmbientCapabilities=CAP_NET_ADMIN in the unit" \
	'a missing capability is an error'

# --- As an ordinary user, in a user namespace ---

cat >"$dir/user" <<'S'
ip link set lo up
iptables -w -A OUTPUT -p udp --sport 53 -j NFQUEUE --queue-num 3 --queue-bypass || exit 1
unbound -c "$1/unbound.conf" 2>"$1/log" &
resolver=$!
mkfifo "$1/lines"
dns-gate --queue 3 --ack "$1/acks" -S "$1/stats" --hold 5s >"$1/lines" &
exec 5<"$1/lines"
until [ -s "$1/stats" ]; do sleep 0.1; done
until dig +short +tries=1 +time=5 @127.0.0.1 none.example >/dev/null; do sleep 0.1; done
dig +short +tries=1 +time=20 @127.0.0.1 n1.example &
client=$!
read -r _ address _ <&5
read -r barrier <&5
echo "$address ${barrier%% *}"
echo "$barrier" >"$1/acks"
wait $client
kill %2
wait %2
echo "status $?"
kill "$resolver"
S
mkdir -m 777 "$dir/home"
resolver_conf "$dir/home" >"$dir/home/unbound.conf"
as_user=()
[ "$(id -u)" -ne 0 ] || as_user=(setpriv --reuid=1 --regid=1 --clear-groups)
is "$("${as_user[@]}" env PATH="$PATH" XTABLES_LOCKFILE="$dir/home/lock" unshare --user --net --map-root-user bash "$dir/user" "$dir/home" 2>"$err")" \
	"198.51.100.1 #
198.51.100.1
status 0" 'an ordinary user may run dns-gate in a user namespace'

# --- In a pipeline: without a router, barriers return at once ---

echo n1.example >"$dir/list"
rm -f "$acks" "$dir/stats"
mkfifo "$dir/lines"
dnstap-match "$dir/list" <"$dir/lines" | ipcache run -a any -f "$dir/cache.tdb" |
	bgp-announce -a 64512 -i 192.0.2.10 --ack "$acks" 127.0.0.9,port=1790 >"$dir/status" 2>"$dir/announce.log" &
pids+=("$!")
start dns-gate --queue 7 --ack "$acks" -S "$dir/stats" --hold 5s >"$dir/lines" 2>"$err"
gate=$started
within 10 bound
is "$(resolve n1.example)" 198.51.100.1 'a listed name is resolved'
is "$(resolve n2.example)" 198.51.100.2 'and another'
is "$(counters held released expired)" '2 2 0' 'their barriers return'
stop "$gate"
is $? 0 'SIGTERM ends it'

plan_done
