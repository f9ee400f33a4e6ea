#!/usr/bin/perl
# answers.pl SOCKET NAME FIRST COUNT EACH: writes a dnstap stream to SOCKET: COUNT addresses, numbered from FIRST, in answers
# for names below NAME with EACH addresses. Ends when the reader has read everything.
use strict;
use warnings;
use IO::Socket::UNIX;

my ($socket, $name, $first, $count, $each) = @ARGV;
my $type = 'protobuf:dnstap.Dnstap';
my $now = time;

sub varint {
	my ($n, $bytes) = ($_[0], '');
	for (; $n > 127; $n >>= 7) { $bytes .= chr($n & 127 | 128) }
	return $bytes . chr $n;
}
sub field { varint($_[0] << 3 | 2) . varint(length $_[1]) . $_[1] }
sub control { pack('N N/a*', 0, pack('N', $_[0]) . ($_[1] ? pack('N N/a*', 1, $type) : '')) }

# One answer: the question, and A records whose addresses are numbered from this number up, with a TTL of five minutes.
sub frame {
	my ($number) = @_;
	my $question = join('', map { pack 'C/a*', $_ } "n$number", split /\./, $name) . pack('x n2', 1, 1);
	my $dns = pack('n6', 1, 0x8180, 1, $each, 0, 0) . $question;
	$dns .= pack('n3 N n N', 0xc00c, 1, 1, 300, 4, $number + $_) for 0 .. $each - 1;
	my $message = "\x08\6\x10\1\x18\1" . varint(12 << 3) . varint($now) . varint(13 << 3 | 5) . pack('V', 0) . field(14, $dns);
	return pack 'N/a*', field(14, $message) . "\x78\1";
}

my $s = IO::Socket::UNIX->new(Peer => $socket) or die "$socket: $!";
print $s control(2, 1);
for (my $n = 0; $n < $count; $n += $each) { print $s frame($first + $n) }
print $s control(3, 0);
shutdown $s, 1;
1 while sysread $s, my $rest, 512;
