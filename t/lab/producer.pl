#!/usr/bin/perl
# producer.pl NAME PLACE [two-way]: a producer under load. Connects to PLACE, a unix socket or ADDRESS:PORT, repeatedly,
# and writes dnstap frames as fast as possible, with one answer each: for the names NAME-0, NAME-1 and so on.
# A frame that a closed connection cut off is sent again on the next connection. Over TCP, it closes a connection when the
# other end does. At SIGTERM it sends STOP and prints the number of frames written.
use strict;
use warnings;
use IO::Socket::INET;
use IO::Socket::UNIX;

my ($name, $place, $two_way) = @ARGV;
my $type = 'protobuf:dnstap.Dnstap';
my ($ended, $number) = (0, 0);
$SIG{PIPE} = 'IGNORE';
$SIG{TERM} = sub { $ended = 1 };

sub control { pack('N/a*', pack('N', $_[0]) . ($_[1] ? pack('N N/a*', 1, $type) : '')) =~ s/^/\0\0\0\0/r }
sub field { pack('C C/a*', $_[0] << 3 | 2, $_[1]) }

# Frames differ only in the number of nine digits.
sub frame {
	my $label = "$name-" . sprintf '%09d', $number;
	my $dns = pack('n6 C/a* x n2', 1, 0x8180, 1, 1, 0, 0, $label, 1, 1) . pack('n3 N n a4', 0xc00c, 1, 1, 60, 4, "\xc0\0\2\1");
	my $message = "\x08\6\x10\1\x18\1" . field(4, "\xc0\0\2\7") . field(14, $dns);
	# Each length is below 128, so that it takes one byte.
	return pack('N/a*', field(14, $message) . "\x78\1");
}

sub connection {
	my $s = $place =~ m{/} ? IO::Socket::UNIX->new(Peer => $place) : IO::Socket::INET->new(PeerAddr => $place);
	return $s if !$s;
	if ($two_way) {
		syswrite $s, control(4, 1) or return;
		sysread $s, my $accept, 512 or return;
	}
	return syswrite($s, control(2, 1)) ? $s : undef;
}

sub is_closing {
	my ($s) = @_;
	vec(my $ready = '', fileno $s, 1) = 1;
	return select($ready, undef, undef, 0) > 0;
}

while (!$ended) {
	my $s = connection();
	select(undef, undef, undef, 0.02), next if !$s;
	my $is_tcp = $s->isa('IO::Socket::INET');
	while (!$ended) {
		last if $is_tcp && is_closing($s);
		my $frame = frame();
		my $done = syswrite $s, $frame;
		last if !defined $done || $done < length $frame;
		$number++;
	}
	next if !$ended;
	syswrite $s, control(3, 0);
	sysread $s, my $finish, 512 if $two_way;
}
print "$number\n";
