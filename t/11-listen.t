#!/usr/bin/env bash
# shellcheck disable=SC2317
# dnstap-read on TCP, and on inherited sockets.
. t/lab/lib.sh
. t/lab/lab.sh

type=protobuf:dnstap.Dnstap
expected=$(wc -l <t/data/unbound.answers)
lines_are() { [ "$(wc -l <"$1")" -eq "$2" ]; }
listening() { ss -Hltn "sport = :$1" | grep -q .; }
show=$dir/err

# TCP over both families, and a unix socket.
start dnstap-read -l 127.0.0.1:6000 -l '[::1]:6001' -u "$dir/sock" >"$dir/out" 2>"$dir/err"
reader=$started
check 'dnstap-read listens on IPv4' within 5 listening 6000
check 'dnstap-read listens on IPv6' within 5 listening 6001
fstrm_replay -t "$type" -r t/data/unbound.fstrm -a 127.0.0.1 -p 6000
check 'a producer over IPv4 is read' within 5 lines_are "$dir/out" "$expected"
fstrm_replay -t "$type" -r t/data/unbound.fstrm -a ::1 -p 6001
check 'a producer over IPv6 is read' within 5 lines_are "$dir/out" $((2 * expected))
fstrm_replay -t "$type" -r t/data/unbound.fstrm -u "$dir/sock"
check 'a producer on the unix socket is read' within 5 lines_are "$dir/out" $((3 * expected))
is "$(sort -u "$dir/out")" "$(sort -u t/data/unbound.answers)" 'each producer yields the same answers'
dnstap-read -l 127.0.0.1:6000 </dev/null 2>"$dir/err2"
is $? 2 'a port in use is an error'
for place in 127.0.0.1 ::1:6002 host:6002 127.0.0.1:0 127.0.0.1:65536 '[127.0.0.1]:6002' '[::1]' ''; do
	dnstap-read -l "$place" </dev/null 2>/dev/null
	is $? 2 "'$place' is refused as an address"
done

# A real producer on TCP, which reconnects after a restart of the reader.
lab_zone "$dir/zone" 60
lab_unbound "$dir" 5300 "$dir/unused"
sed -i 's|^\tdnstap-socket-path:.*|\tdnstap-ip: 127.0.0.1@6000\n\tdnstap-tls: no|' "$dir/unbound.conf"
start unbound -d -c "$dir/unbound.conf" 2>"$dir/unbound.log"
reported() {
	lab_ask 5300 video.example.net A
	within 1 has 'video.example.net' "$1"
}
check 'unbound reports over TCP' within 10 reported "$dir/out"
stop "$reader"
is $? 0 'dnstap-read exits with status 0 on SIGTERM'
start dnstap-read --listen 127.0.0.1:6000 >"$dir/out2" 2>"$dir/err"
check 'unbound reconnects to the next reader' within 10 reported "$dir/out2"
stop "$started"

# A socket that outlives the reader: data sent between two readers waits in it.
cat >"$dir/activate" <<'P'
use IO::Socket::UNIX;
use POSIX;
$^F = 3;	# the highest descriptor that stays open at exec
my ($path, $folder) = @ARGV;
my $socket = IO::Socket::UNIX->new(Local => $path, Listen => 16) or die "$path: $!";
POSIX::dup2(fileno($socket), 3);
for my $run (1, 2) {
	next if fork() != 0 and wait();
	@ENV{'LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES'} = ($$, 1, 'dnstap');
	open(STDOUT, '>', "$folder/run$run");
	open(STDERR, '>', "$folder/err$run");
	exec('dnstap-read') or die;
}
P
start perl "$dir/activate" "$dir/inherited" "$dir"
activator=$started
within 5 test -e "$dir/run1"
fstrm_replay -t "$type" -r t/data/unbound.fstrm -u "$dir/inherited"
check 'an inherited socket is read' within 5 lines_are "$dir/run1" "$expected"
is "$(cat "$dir/err1")" '' 'an inherited socket needs no other'
start fstrm_replay -t "$type" -r t/data/unbound.fstrm -r t/data/unbound.fstrm -u "$dir/inherited"
check 'more producers on it are read' within 5 lines_are "$dir/run1" $((3 * expected))
pkill -TERM -P "$activator" -x dnstap-read
check 'the next reader starts' within 5 test -e "$dir/run2"
check 'the socket remains between two readers' test -S "$dir/inherited"
fstrm_replay -t "$type" -r t/data/unbound.fstrm -u "$dir/inherited"
check 'the next reader gets the waiting data' within 5 lines_are "$dir/run2" "$expected"
pkill -TERM -P "$activator" -x dnstap-read
wait "$activator"
check 'the next reader does not remove it' test -S "$dir/inherited"

LISTEN_PID=1 LISTEN_FDS=1 dnstap-read t/data/unbound.fstrm >"$dir/out3"
is "$? $(wc -l <"$dir/out3")" "0 $expected" 'sockets with the PID of another process are ignored'
perl -e '$ENV{LISTEN_PID} = $$; $ENV{LISTEN_FDS} = 1; exec @ARGV' dnstap-read </dev/null 3</dev/null 2>"$dir/err"
is $? 2 'an inherited descriptor that is no listening socket is an error'
check 'the message names the inherited socket' has 'inherited socket: not a listening stream socket' "$dir/err"

plan_done
