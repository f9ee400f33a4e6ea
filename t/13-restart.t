#!/usr/bin/env bash
# shellcheck disable=SC2317
# dnstap-read is restarted under load, with producers that connect and disconnect: no answer that reached a socket is lost,
# and no descriptor leaks.
. t/lab/lib.sh

address=127.0.0.1:6000
declare -A place=([unix]=$dir/sock [tcp]=$address [inherited]=$dir/inherited)
names=(unix-one unix-two tcp-one tcp-two inherited-one inherited-two)

# This process holds the socket, and starts the next reader when one has ended.
cat >"$dir/activate" <<'P'
use IO::Socket::UNIX;
use POSIX;
$^F = 3;	# the highest descriptor that stays open at exec
my ($folder, $address, $readers) = @ARGV;
my $socket = IO::Socket::UNIX->new(Local => "$folder/inherited", Listen => 16) or die "$folder: $!";
POSIX::dup2(fileno($socket), 3);
for my $run (1 .. $readers) {
	my $reader = fork;
	if ($reader) {
		waitpid $reader, 0;
		print $? >> 8, "\n";
		next;
	}
	@ENV{'LISTEN_PID', 'LISTEN_FDS'} = ($$, 1);
	open STDOUT, '>', "$folder/out$run";
	open STDERR, '>>', "$folder/err";
	exec 'dnstap-read', '-S', "$folder/stats", '-u', "$folder/sock", '-l', $address or die;
}
P

# The last lines of reader $1, which may have written millions, include lines of all producers.
heard() {
	[ "$(tail -n 50000 "$dir/out$1" | grep -oE ' [a-z]+-(one|two)-' | sort -u | wc -l)" -eq ${#names[@]} ]
}

has_lines() { [ "$(wc -l <"$1")" -ge "$2" ]; }

# Compares the lines of producer $1 with its frames 0 to $2 - 1: each must occur once.
balance() {
	awk -v name="$1" -v sent="$2" '
		index($4, name "-") == 1 { n = substr($4, length(name) + 2) + 0; seen[n]++; more += n >= sent; twice += seen[n] == 2 }
		END {
			for (n = 0; n < sent; n++) lost += !(n in seen)
			print (sent > 0 ? "some" : "none") " sent, " lost + 0 " lost, " twice + 0 " twice, " more + 0 " too many"
		}' "$dir"/out[0-9]*
}

show=$dir/err
readers=4
start perl "$dir/activate" "$dir" "$address" "$readers" >"$dir/ends"
activator=$started
for name in "${names[@]}"; do
	way=
	[[ $name = *-one ]] || way=two-way
	# shellcheck disable=SC2086
	start perl t/lab/producer.pl "$name" "${place[${name%-*}]}" $way >"$dir/sent-$name"
	producers+=("$started")
done
for run in $(seq "$readers"); do
	check "reader $run hears all producers" within 20 heard "$run"
	[ "$run" -lt "$readers" ] || for pid in "${producers[@]}"; do stop "$pid"; done
	pkill -TERM -P "$activator" -x dnstap-read
	check "reader $run ends" within 20 has_lines "$dir/ends" "$run"
done
wait "$activator"
is "$(sort -u "$dir/ends")" 0 'every reader exits with status 0'
is "$(<"$dir/err")" '' 'no reader prints a message'
check 'no line is dropped' has ' dropped=0 ' "$dir/stats"
for name in "${names[@]}"; do
	is "$(balance "$name" "$(<"$dir/sent-$name")")" 'some sent, 0 lost, 0 twice, 0 too many' \
		"each answer that $name sent is printed once"
done

# A thousand producers that connect and end, in every possible way.
descriptors() { find "/proc/$reader/fd" -mindepth 1 | wc -l; }
are_left() { [ "$(descriptors)" -eq "$1" ]; }
start dnstap-read -S "$dir/stats" -u "$dir/sock" >"$dir/out" 2>"$dir/err"
reader=$started
within 5 test -S "$dir/sock"
before=$(descriptors)
perl -MIO::Socket::UNIX -e '
	my ($path, $capture) = @ARGV;
	open my $file, "<", $capture or die;
	read $file, my $stream, 1 << 20;
	my $ready = "\0\0\0\0\0\0\0\4\0\0\0\4";
	my @said = ($stream, $ready . $stream, substr($stream, 0, 3000), "", $ready, "GET / HTTP/1.1\r\n\r\n");
	$SIG{PIPE} = "IGNORE";
	for my $i (0 .. 999) {
		my $way = $i % @said;
		my $s = IO::Socket::UNIX->new(Peer => $path) or die "$i: $!";
		syswrite $s, $said[$way] if length $said[$way];
		next if $way > 1;
		1 while sysread $s, my $reply, 512;	# to the end: the reader closes after STOP
	}' "$dir/sock" t/data/unbound.fstrm
is $? 0 'a thousand connections are accepted'
check 'a thousand connections leave no descriptor open' within 10 are_left "$before"
check 'the complete streams among them are read' within 10 has_lines "$dir/out" $((334 * $(wc -l <t/data/unbound.answers)))
stop "$reader"
is $? 0 'the reader exits with status 0'
like "$(<"$dir/stats")" ' connections=1000 open=0 ' 'all thousand connections are counted'

# As many producers as the reader accepts, all with data, and one more of the same user, which retries when another producer
# has ended.
begin_crowd() {
	mkfifo "$dir/go-on"
	exec 7<>"$dir/go-on"
	# shellcheck disable=SC2016
	start perl -MIO::Socket::UNIX -e '
		my ($path, $capture) = @ARGV;
		open my $file, "<", $capture or die;
		read $file, my $stream, 1 << 20;
		my $start = substr $stream, 0, 8 + unpack "x4 N", $stream;
		sub say_there { my $s = IO::Socket::UNIX->new(Peer => $path) or die; syswrite $s, shift or die; $s }
		my @crowd = map { say_there($start . "\0\0\0\1x") } 1 .. 1024;
		my $early = IO::Socket::UNIX->new(Peer => $path) or die;
		1 while sysread $early, my $rest, 512;
		<STDIN>;
		close shift @crowd;
		<STDIN>;
		say_there($stream);
		<STDIN>' "$dir/sock" t/data/unbound.fstrm <"$dir/go-on"
	crowd=$started
}
# The usual soft limit of 1024 descriptors is less than dnstap-read needs.
limited() {
	ulimit "$1" 1024
	exec "${@:2}"
}
are_open() { [ "$(descriptors)" -eq $((before + $1)) ]; }
start limited -Sn dnstap-read -S "$dir/stats" -u "$dir/sock" >"$dir/out" 2>"$dir/err"
reader=$started
within 5 test -S "$dir/sock"
before=$(descriptors)
begin_crowd
check 'the 1025th connection is refused' within 10 has \
	'new connection closed: 1024 are open, 1024 from the same user or address' "$dir/err"
check 'the 1024 accepted connections remain open' are_open 1024
echo >&7
check 'a closed connection leaves room' within 10 are_open 1023
echo >&7
check 'the next producer is accepted and read' within 10 has_lines "$dir/out" "$(wc -l <t/data/unbound.answers)"
echo >&7
wait "$crowd"
check 'all connections close when the clients exit' within 10 are_open 0
stop "$reader"
is $? 0 'the reader exits with status 0'

start limited -n dnstap-read -u "$dir/sock" >"$dir/out" 2>"$dir/err"
check 'a hard limit that is too low causes a warning' within 5 has \
	'1024 open files are too few for 1024 connections; raise the hard limit of open files .* to 1057$' "$dir/err"
within 5 test -S "$dir/sock"
stop "$started"
is $? 0 'a hard limit that is too low is no failure'

plan_done
