#!/usr/bin/env bash
# shellcheck disable=SC2016,SC2317
# Many silent or busy producers hold all the connections that dnstap-read accepts. A real unbound can still
# connect, over a unix socket and over TCP, and an idle unbound keeps its connection.
. t/lab/netns.sh
. t/lab/lab.sh

sock=$dir/tap.sock
show="$dir/crowd.err $dir/err $dir/stats $dir/unbound.log"
counter() { lab_counter "$dir/stats" "$1"; }
is_counted() {
	kill -USR1 "$reader"
	within 1 test "$(counter "$1")" -ge "$2"
}

# crowd USER FROM PLACE N: opens N connections of a user, which send START and nothing else, to a unix socket or, from the
# address FROM, to ADDRESS:PORT. Prints a line when all were opened; the reader may have closed some of them.
crowd() {
	rm -f "$dir/crowd"
	# shellcheck disable=SC2016
	start setpriv "--reuid=$1" "--regid=$1" --clear-groups perl -MIO::Socket::UNIX -MIO::Socket::INET -e '
		my ($from, $place, $n) = @ARGV;
		$| = 1;
		$SIG{PIPE} = "IGNORE";
		sub there {
			$place =~ m{/} ? IO::Socket::UNIX->new(Peer => $place) :
				IO::Socket::INET->new(PeerAddr => $place, LocalAddr => $from)
		}
		my @crowd = map { there() or die "$_: $!" } 1 .. $n;
		syswrite $_, pack "N N/a*", 0, pack "N2 N/a*", 2, 1, "protobuf:dnstap.Dnstap" for @crowd;
		print "stand\n";
		<STDIN>' "${@:2}" >"$dir/crowd" 2>"$dir/crowd.err" <"$dir/hold"
	crowd=$started
	within 20 has stand "$dir/crowd"
}
mkfifo "$dir/hold"
exec 7<>"$dir/hold"

start_reader() {
	start dnstap-read -m 0666 -u "$sock" -l 127.0.0.1:6000 -S "$dir/stats" >"$dir/out" 2>"$dir/err"
	reader=$started
	within 10 test -S "$sock"
}
lab_zone "$dir/zone" 60
echo '*.wild A 198.51.100.109' >>"$dir/zone"
lab_unbound "$dir" 5300 "$sock"
asked=0
# Sends a query for a new name, and finds its answer.
reported() {
	asked=$((asked + 1))
	lab_ask 5300 "n$asked.wild.example.net" A
	within 1 has " n$asked.wild.example.net " "$dir/out"
}

chmod 755 "$dir"
for way in unix TCP; do
	place=$sock from=
	if [ "$way" = TCP ]; then
		sed -i 's|^\tdnstap-socket-path:.*|\tdnstap-ip: 127.0.0.1@6000\n\tdnstap-tls: no|' "$dir/unbound.conf"
		place=127.0.0.1:6000 from=127.0.0.2
	fi
	start_reader
	crowd 1 "$from" "$place" 1024
	check "$way: 1,024 silent connections are open" within 20 is_counted open 1024
	start unbound -d -c "$dir/unbound.conf" 2>"$dir/unbound.log"
	unbound=$started
	check "$way: unbound is read nevertheless" within 20 reported
	stop "$crowd"
	crowd 1 "$from" "$place" 1200
	check "$way: a second crowd connects while unbound is idle" within 20 is_counted displaced 177
	lab_ask 5300 last.wild.example.net A
	check "$way: unbound keeps its connection" within 5 has ' last.wild.example.net ' "$dir/out"
	check "$way: no silent connection was closed for its user" lacks 'this user or address has the most' "$dir/err"
	stop "$crowd"
	stop "$unbound"
	stop "$reader"
	is $? 0 'the reader exits with status 0'
done

# Each connection of this crowd sends valid frames without a pause.
start_reader
start setpriv --reuid=1 --regid=1 --clear-groups perl -MIO::Socket::INET -MIO::Select -e '
	$SIG{PIPE} = "IGNORE";
	my @crowd = map {
		IO::Socket::INET->new(PeerAddr => "127.0.0.1:6000", LocalAddr => "127.0.0.2") or die "$_: $!"
	} 1 .. 1024;
	my $frames = pack("N/a*", "x") x 200;
	syswrite $_, pack("N N/a*", 0, pack "N2 N/a*", 2, 1, "protobuf:dnstap.Dnstap") . pack "N/a*", "x" for @crowd;
	$_->blocking(0) for @crowd;
	my $select = IO::Select->new(@crowd);
	my %left;
	while ($select->count) {
		for my $to ($select->can_write) {
			my $bytes = $left{$to} // $frames;
			my $n = syswrite $to, $bytes;
			if (defined $n) { $left{$to} = substr($bytes, $n) || undef } elsif (!$!{EAGAIN}) { $select->remove($to) }
		}
	}' 2>"$dir/crowd.err"
crowd=$started
check '1,024 sending connections are open' within 20 is_counted open 1024
start unbound -d -c "$dir/unbound.conf" 2>"$dir/unbound.log"
unbound=$started
check 'unbound displaces one of a sending crowd' within 40 reported
stop "$crowd"
stop "$unbound"
stop "$reader"
is $? 0 'the reader exits with status 0'

# All connections are of one user, as when the resolver and another program run as the same user.
sed -i "s|^\tdnstap-ip:.*|\tdnstap-socket-path: \"$sock\"|; /dnstap-tls/d" "$dir/unbound.conf"
start_reader
crowd "$(id -u)" '' "$sock" 1024
check "1,024 silent connections of the same user are open" within 20 is_counted open 1024
start unbound -d -c "$dir/unbound.conf" 2>"$dir/unbound.log"
unbound=$started
check 'unbound displaces one of a silent crowd of its own user' within 20 reported
stop "$crowd"
stop "$unbound"
stop "$reader"
is $? 0 'the reader exits with status 0'
plan_done
