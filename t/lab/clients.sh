# Hostile clients of a unix socket; to be sourced after t/lab/lib.sh.
# shellcheck shell=bash

# clients SOCKET N BYTES [half]: starts N clients that send these bytes and read nothing; half: they also shut down their
# sending side. Kills the clients of the previous call.
clients=
away() { [ -z "$clients" ] || stop "$clients" KILL 2>/dev/null; clients=; }
clients() {
	away
	start perl -MIO::Socket::UNIX -e '
		my ($path, $n, $bytes, $half) = @ARGV;
		my @all;
		$SIG{PIPE} = "IGNORE";
		for (1 .. $n) {
			my $s = IO::Socket::UNIX->new(Peer => $path) or die "connect: $!";
			syswrite $s, $bytes;
			shutdown $s, 1 if $half;
			push @all, $s;
		}
		open my $f, ">", "$path.ready" or die; close $f;
		sleep 1000' "$@" 5>&- 2>"$dir/perl"
	clients=$started
	within 30 test -e "$1.ready"
	rm -f "$1.ready"
}
