#!/usr/bin/env bash
# shellcheck disable=SC2317
# dnstap-read: files, sockets, producers of every kind, a blocked stdout, a real unbound.
. t/lab/lib.sh

capture=t/data/unbound.fstrm
answers=t/data/unbound.answers
sock=$dir/tap.sock
err=$dir/err
show=$err

# Connects to $1 and sends stdin; with $2, then waits until the other end closes.
to_socket() {
	perl -MIO::Socket::UNIX -e '
		my $s = IO::Socket::UNIX->new(Peer => $ARGV[0]) or die "$ARGV[0]: $!\n";
		$SIG{PIPE} = "IGNORE";
		while (sysread(STDIN, my $part, 65536)) { last unless syswrite($s, $part) }
		if (@ARGV > 1) { 1 while sysread($s, my $reply, 65536) }' "$@"
}

# A producer that connects to $1, sends the file $2 (if given), and then nothing.
silent() {
	exec perl -MIO::Socket::UNIX -e '
		my $s = IO::Socket::UNIX->new(Peer => shift) or die;
		syswrite($s, join "", <>) if @ARGV;
		sleep 60' "$@"
}

# The capture with its data frames repeated $1 times.
repeated() {
	perl -0777 -ne '
		BEGIN { $times = shift }
		while (length) {
			my $n = unpack("N", $_);
			my $frame = substr($_, 0, $n ? 4 + $n : 8 + unpack("x4N", $_), "");
			if ($n) { $data .= $frame } elsif ($data) { $end = $frame } else { $start = $frame }
		}
		print $start; print $data for 1 .. $times; print $end' "$1" $capture
}

# Starts dnstap-read on $sock with the given options; its lines go to $dir/out.
begin() {
	start dnstap-read -u "$sock" "$@" >"$dir/out" 2>"$err"
	reader=$started
	within 10 test -S "$sock"
}

mode_is() { [ "$(stat -c %a:%g "$sock")" = "$1" ]; }
lines_are() { [ "$(wc -l <"$1")" -eq "$2" ]; }
# The counter $2 in fresh statistics of the process $1 is at least $3. They go to stderr, or to the file of --stats,
# which $statistics then names.
counts() {
	kill -USR1 "$1" && within 5 has 'stats connections' "${statistics:-$err}"
	[ "$(grep -o " $2=[0-9]*" "${statistics:-$err}" | tail -n 1 | cut -d= -f2)" -ge "$3" ]
}

# A silent client is disconnected after ten seconds; the last test checks the result.
start dnstap-read -u "$dir/slow.sock" >"$dir/slow.out" 2>"$dir/slow.err"
slow=$started
within 10 test -S "$dir/slow.sock"
mkfifo "$dir/silence" "$dir/pipe" "$dir/feed"
start silent "$dir/slow.sock"

# Files.
is "$(dnstap-read $capture)" "$(cat $answers)" "a capture yields its answers"
is "$(dnstap-read <$capture)" "$(cat $answers)" "a capture on stdin yields the same answers"
is "$(cat $capture $capture | dnstap-read -)" "$(cat $answers $answers)" "captures can be concatenated"
out=$(dnstap-read $capture "$dir/none" $capture 2>"$err")
is "$?" 2 "a missing file is an error"
is "$out" "$(cat $answers $answers)" "the next file is still read"
like "$(cat "$err")" "^dnstap-read: $dir/none: No such file or directory$" "the missing file is named"
head -c 3000 $capture >"$dir/cut"
dnstap-read "$dir/cut" $capture >"$dir/cut.out" 2>"$err"
is "$?" 2 "a file cut inside a frame is an error"
like "$(cat "$err")" "^dnstap-read: $dir/cut: the stream ends in the middle of a frame$" "the cut file is named"
kept=$(($(wc -l <"$dir/cut.out") - $(wc -l <$answers)))
check "the lines before the cut are printed" test "$kept" -gt 5
is "$(head -n $kept "$dir/cut.out")" "$(head -n $kept $answers)" "the lines before the cut are unchanged"
dnstap-read /etc/passwd 2>"$err"
is "$?" 2 "a file of another kind is an error"
dnstap-read . 2>"$err"
is "$?" 2 "a directory is an error"
now=$(date +%s)
check "--now: TIME is the current time" [ "$(dnstap-read --now $capture | awk -v t="$now" '$1 >= t && $1 < t + 60' | wc -l)" \
	-eq "$(wc -l <$answers)" ]
is "$(dnstap-read -n $capture | cut -d' ' -f2-)" "$(cut -d' ' -f2- $answers)" "--now changes nothing else"
is "$(dnstap-read -t all $capture)" "$(cat $answers)" "-t all: a capture of one type yields the same lines"
is "$(dnstap-read --types resolver_response $capture)" "" "--types: another type yields nothing"
# The same capture with another message type.
retyped() { perl -0777 -pe 's/\x72(..?)\x08\x06/\x72$1\x08\x04/gs' $capture; }
is "$(retyped | dnstap-read -t client_response,Resolver_Response)" "$(sed 's/$/ tap=RESOLVER_RESPONSE/' $answers)" \
	"-t selects a type, which is named in each line"
is "$(retyped | dnstap-read)" "" "a type that is not selected is ignored"
is "$(dnstap-read -s $capture)" "$(sed 's/$/ server=lab/' $answers)" "-s adds server= with the identity"
is "$(dnstap-read --no-client --server $capture)" "$(sed 's/ client=.*/ server=lab/' $answers)" \
	"--no-client omits client="
is "$(dnstap-read -C $capture)" "$(sed 's/ client=.*//' $answers)" "-C omits client="
# A capture made of the payloads in files.
captured() {
	perl -0777 -e '
		open my $from, "<", shift or die; my $start = <$from>;
		print substr($start, 0, 8 + unpack("x4N", $start));
		print pack("N/a*", $_) while <>;
		print pack("N3", 0, 4, 3)' $capture "$@"
}
is "$(captured t/data/corpus/dnstap/https t/data/corpus/dnstap/https-alias | dnstap-read -C | cut -d' ' -f2-)" \
	"192.0.2.1 300 www.example.org type=HTTPS
192.0.2.2 300 www.example.org type=HTTPS
2001:db8::1 300 www.example.org type=HTTPS
192.0.2.1 60 example.org via=svc.example.net type=HTTPS
192.0.2.2 20 example.org via=svc.example.net" "HTTPS records give their hints"
# One counter per kind of fault. The first bytes of these files are options of the fuzz target.
{ tail -c +4 t/data/corpus/stream/messages; tail -c +3 t/data/corpus/stream/not-dnstap; } |
	dnstap-read -S "$dir/kinds" >"$dir/out"
is "$(grep -oE ' (bad_[a-z]*|(dnstap|dns)_[a-z]*)=[1-9][0-9]*' "$dir/kinds")" " bad_dnstap=3
 bad_dns=17
 dnstap_protobuf=1
 dnstap_type=1
 dnstap_message=1
 dns_count=1
 dns_label=3
 dns_name=1
 dns_pointer=3
 dns_rdlength=4
 dns_service=5" "each kind of malformed input is counted, and the sum of the kinds"
is "$(dnstap-read -N default --nat64 2001:db8:8::/96 $capture)" "$(sed 's/ 2001:db8:8::8 / 0.0.0.8 /' $answers)" \
	"--nat64 prints the IPv4 address embedded in a DNS64 one"
for wrong in 64:ff9b:: 64:ff9b::/95 192.0.2.0/24 2001:db8:0:0:100::/96; do
	dnstap-read -N "$wrong" </dev/null 2>"$err"
	is "$?" 2 "-N $wrong is refused"
	like "$(cat "$err")" "-N $wrong: " "the message gives the reason"
done
for wrong in CLIENT_QUERY update_response "" "all," what; do
	dnstap-read -t "$wrong" </dev/null 2>"$err"
	is "$?" 2 "-t '$wrong' is refused"
	like "$(cat "$err")" "expected AUTH_RESPONSE, .* or all; try" "the message lists the known types"
done
is "$(repeated 3000 | dnstap-read | cut -d' ' -f2- | sort | uniq -c | awk '$1 % 3000' | wc -l)" 0 "a long file loses nothing"
dnstap-read -b 1 <(repeated 3000) 2>"$err" | { read -r -t 1 <>"$dir/silence"; cat; } >"$dir/out"
is "$(wc -l <"$dir/out")" $((3000 * $(wc -l <$answers))) "a slow reader of stdout loses nothing"
dnstap-read <(repeated 3000) 2>"$err" | head -n 1 >/dev/null
is "${PIPESTATUS[*]}" "0 0" "EPIPE ends dnstap-read silently"

# The same answers from an independent decoder.
by_ldns() {
	dnstap-ldns -r $capture -y | awk '
		function name(text) { return tolower(substr(text, 1, length(text) - 1)) }
		/^  response_time:/ { time = $3 " " $4 }
		/^  query_address:/ { client = $2; gsub(/"/, "", client) }
		/^type: MESSAGE/ { section = ""; reply = 0 }
		/^  response_message:/ { reply = 1 }
		/opcode: QUERY/ { good = reply && /rcode: NOERROR/ }
		/;; [A-Z]+ SECTION:/ { section = $2; next }
		section == "QUESTION" && /^ *;[^;]/ && good {
			asked = at = name(substr($1, 2)); via = ""; least = 2147483647 }
		section == "ANSWER" && $4 == "CNAME" && good && name($1) == at {
			at = name($5); via = via (via == "" ? "" : ",") at; least = $2 < least ? $2 : least }
		section == "ANSWER" && $4 ~ /^(A|AAAA)$/ && $3 == "IN" && good && name($1) == at {
			print time, $5, $2 < least ? $2 : least, asked (via == "" ? "" : " via=" via), "client=" client }'
}
is "$(by_ldns)" "$(TZ=UTC perl -MPOSIX -pe 's/^(\d+)/strftime("%Y-%m-%d %H:%M:%S", gmtime($1))/e' $answers)" \
	"dnstap-ldns finds the same answers"

# The socket.
begin
is "$(stat -c %a "$sock")" 660 "the socket's mode is 0660"
dnstap-read -u "$sock" 2>"$dir/second"
is "$?" 2 "a second reader is refused"
like "$(cat "$dir/second")" "$sock: in use" "the second reader reports the reason"
check "the first reader keeps its socket" test -S "$sock"
is "$(find "$dir" -name '.dnstap-read*')" "" "no temporary directory is left"
crash "$reader"
check "a killed reader leaves its socket" test -S "$sock"
begin -m 0622 -g 0
check "the next reader replaces it, with the given mode and group" within 5 mode_is 622:0
stop "$reader"
is "$?" 0 "SIGTERM: status 0"
check "SIGTERM removes the socket" test ! -e "$sock"
begin
mv "$sock" "$dir/moved"
echo other >"$sock"
stop "$reader" INT
is "$(cat "$sock")" other "a file that replaced the socket is not removed"
dnstap-read -u "$sock" 2>"$err"
is "$?:$(cat "$sock")" 2:other "a file at the socket's path is refused and kept"
like "$(cat "$err")" "exists and is not a socket" "the message gives the reason"
rm "$sock"
ln -s nowhere "$sock"
dnstap-read -u "$sock" 2>"$err"
is "$?" 2 "a symbolic link at the socket's path is refused"
rm "$sock"
dnstap-read -u "$dir/none/tap.sock" 2>"$err"
is "$?" 2 "a missing directory is an error"
dnstap-read -u "$sock" -g no-such-group 2>"$err"
is "$?:$(find "$dir" -name '.dnstap-read*')" 2: "an unknown group is an error and leaves nothing behind"
for wrong in "-m 8" "-m 07777" "-b x" "-b -1" "--none"; do
	# shellcheck disable=SC2086
	dnstap-read $wrong </dev/null 2>"$err"
	is "$?" 2 "$wrong is refused"
done

# Producers.
begin -u "$dir/second.sock" --stats "$dir/stats"
statistics=$dir/stats
to_socket "$sock" <$capture
check "a unidirectional producer is read" within 5 cmp -s "$dir/out" $answers
fstrm_replay -t protobuf:dnstap.Dnstap -u "$dir/second.sock" -r $capture >/dev/null 2>&1
check "a bidirectional producer on a second socket is read" within 5 cmp -s "$dir/out" <(cat $answers $answers)
head -c 1000 $capture >"$dir/part"
for _ in 1 2 3; do start silent "$sock"; done
start silent "$sock" "$dir/part"
check "silent producers connect" within 5 counts "$reader" open 4
printf 'GET / HTTP/1.1\r\n\r\n' | to_socket "$sock" close
check "another protocol is refused with a one-line reason" \
	within 5 has "^dnstap-read: $sock: connection closed: HTTP; " "$err"
check "another protocol is counted as stream_no_start" within 5 counts "$reader" stream_no_start 1
head -c 2999 $capture | to_socket "$sock"
check "a connection cut inside a frame is reported" within 5 has "$sock: connection closed: the stream ends in the middle" "$err"
before=$(wc -l <"$dir/out")
for _ in 1 2 3 4; do
	repeated 200 | to_socket "$sock" &
	pids+=($!)
done
check "several producers together lose nothing" within 20 lines_are "$dir/out" $((before + 800 * $(wc -l <$answers)))
is "$(grep -cvE '^[0-9]+\.[0-9]{6} [0-9a-f.:]+ [0-9]+ [^ ]+( via=[^ ]+)? client=[^ ]+$' "$dir/out")" 0 "every line is whole"
check "the answers are counted" counts "$reader" client_response $((802 * 31))
stop "$reader"
is "$?" 0 "SIGTERM with silent producers: status 0"
statistics=
like "$(cat "$dir/stats")" "stats connections=1[0-9] .* bad_stream=2 " "the statistics file has the final counters"
like "$(cat "$dir/stats")" "stats malformed stream_no_start=1 .* stream_cut=1 dnstap_protobuf=0 " \
	"the statistics file has each kind of malformed input"
mkfifo "$dir/no-file"
like "$(dnstap-read --stats "$dir/no-file" </dev/null 2>&1)" "no-file: not a regular file" \
	"--stats refuses a path that is no regular file"
check "the FIFO is not replaced" test -p "$dir/no-file"

# Shutdown.
begin "$dir/feed"
start silent "$sock" "$dir/part"
exec 3>"$dir/feed"
head -c 3000 $capture >&3
check "two producers have sent half of a stream" within 5 lines_are "$dir/out" $((kept + $(dnstap-read "$dir/part" 2>/dev/null | wc -l)))
kill -STOP "$reader"	# all data is queued before the signal, on any machine
kill -TERM "$reader"
tail -c +3001 $capture >&3
exec 3>&-
kill -CONT "$reader"
wait "$reader"
is "$?:$(cat "$err")" "0:" "an unfinished stream is no error at SIGTERM"
is "$(tail -n 1 "$dir/out")" "$(tail -n 1 $answers)" "data queued at SIGTERM is still read"
check "the socket is removed at SIGTERM" test ! -e "$sock"
exec 3<>"$dir/pipe"
start dnstap-read -u "$sock" >"$dir/pipe" 2>"$err" 3<&-
reader=$started
within 10 test -S "$sock"
exec 3<&-
check "an idle reader ends when stdout is closed" within 5 gone "$reader"
wait "$reader"
is "$?:$(cat "$err")" "0:" "an idle reader ends silently when stdout is closed"
check "an idle reader removes its socket when stdout is closed" test ! -e "$sock"

begin "$dir/feed"
to_socket "$sock" <$capture
check "a FIFO without a writer does not delay the socket" within 5 cmp -s "$dir/out" $answers
cat $capture >"$dir/feed"
check "the FIFO is read when a writer comes" within 5 cmp -s "$dir/out" <(cat $answers $answers)
stop "$reader"
is "$?:$(cat "$err")" "0:" "status 0 and no message at the end"

# Starts dnstap-read with a blocked stdout and a buffer of $1 MiB.
stuck() {
	exec 3<>"$dir/pipe"
	start dnstap-read -b "$1" -u "$sock" >"$dir/pipe" 2>"$err" 3<&-
	reader=$started
	within 10 test -S "$sock"
	repeated 2000 | to_socket "$sock" &
	producer=$!
	pids+=("$producer")
}
# From here on stdout is read.
read_on() {
	cat <&3 3<&- >"$dir/out" &
	cat=$!
	pids+=("$cat")
	exec 3<&-
}
stuck 1
check "a blocked stdout does not delay a producer" within 20 gone "$producer"
check "dropped lines are reported" within 5 has "[0-9]+ lines dropped" "$err"
check "all frames are read while stdout is blocked" within 5 counts "$reader" frames 124000
dropped=$(grep -o ' dropped=[0-9]*' "$err" | tail -n 1 | cut -d= -f2)
read_on
check "the buffered lines are printed and the rest is counted" \
	within 10 lines_are "$dir/out" $((2000 * $(wc -l <$answers) - dropped))
is "$(grep -cvE '^[0-9]+\.[0-9]{6} [0-9a-f.:]+ [0-9]+ [^ ]+( via=[^ ]+)? client=[^ ]+$' "$dir/out")" 0 "no line is cut"
check "the output is not larger than the buffer" test "$(stat -c %s "$dir/out")" -lt $((2 * 1024 * 1024))
is "$(grep -c 'lines dropped' "$err")" 1 "dropping is reported once"
to_socket "$sock" <$capture
check "later lines are printed again" within 5 has "$(tail -n 1 $answers)" <(tail -n 1 "$dir/out")
stop "$reader"
kill "$cat"
stuck 0
check "-b 0: reading stops while stdout is blocked" within 5 counts "$reader" frames 1000
check "the producer waits" kill -0 "$producer"
read_on
check "-b 0 drops nothing" within 20 lines_are "$dir/out" $((2000 * $(wc -l <$answers)))
is "$(grep -v stats "$err")" "" "-b 0 reports nothing"
stop "$reader"
kill "$cat"

# A real unbound, with unidirectional and bidirectional Frame Streams.
cat >"$dir/zone" <<'END'
$ORIGIN example.org.
$TTL 300
@	SOA	ns admin 1 3600 600 86400 300
@	NS	ns
ns	A	192.0.2.53
www	A	192.0.2.10
www	AAAA	2001:db8::10
api	CNAME	www
END
unbound_conf() {
	cat <<-END
	server:
		directory: "$dir"
		chroot: ""
		username: ""
		pidfile: ""
		use-syslog: no
		interface: 127.0.0.1@5353
		module-config: "iterator"
		root-hints: ""
	auth-zone:
		name: "example.org."
		zonefile: "zone"
		for-downstream: no
		fallback-enabled: no
	dnstap:
		dnstap-enable: yes
		dnstap-socket-path: "$sock"
		dnstap-bidirectional: $1
		dnstap-log-client-response-messages: yes
	END
}
# Sends unbound a query for $1, type $2; succeeds when a reply arrives.
ask() {
	perl -MIO::Socket::INET -e '
		my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1:5353", Proto => "udp") or die;
		$s->send(pack("n6", 1, 0x100, 1, 0, 0, 0) . pack("(C/a*)*", split(/\./, $ARGV[0])) . pack("xn2", $ARGV[1], 1));
		vec(my $ready = "", fileno($s), 1) = 1;
		exit(!(select($ready, undef, undef, 2) > 0 && sysread($s, my $reply, 512)))' "$1" "$2"
}
for two_way in yes no; do
	begin
	unbound_conf $two_way >"$dir/unbound.conf"
	start unbound -d -c "$dir/unbound.conf" 2>"$dir/unbound.log"
	unbound=$started
	check "unbound answers" within 10 ask api.example.org 1
	ask www.example.org 28
	check "bidirectional $two_way: unbound's answers arrive" within 10 has \
		'^[0-9.]+ 192.0.2.10 300 api.example.org via=www.example.org client=127.0.0.1$' "$dir/out"
	check "AAAA answers arrive" within 10 has ' 2001:db8::10 300 www.example.org client=127.0.0.1$' "$dir/out"
	stop "$unbound"
	stop "$reader"
	is "$?:$(cat "$err")" "0:" "status 0 and no message at the end"
done

show=$dir/slow.err
check "a silent client is disconnected after ten seconds" within 15 has "connection closed: handshake timed out" "$dir/slow.err"
stop "$slow"
plan_done
