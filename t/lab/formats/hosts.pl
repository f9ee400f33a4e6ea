# hosts(5): an address and names, separated by blanks; `#` begins a comment. inet_aton(3) reads short addresses.
use strict;
use warnings;

sub hosts_line {
	my @names = times_do(any(1, 1, 1, 2, 3), \&domain);
	my $address = any('0.0.0.0', '127.0.0.1', '::1', '::', '0', '192.0.2.1', 'fe80::1%lo0', '2001:db8::1', '127.1');
	my $text = join any(' ', "\t", '   '), $address, map { spelled($_) } @names;
	$text = ' ' . $text if chance(0.1);
	$text .= any(' # ', "\t#", '# ') . domain() if chance(0.2);
	return { text => $text, near => [@names], names => { map { $_ => 1 } @names } };
}

sub rules {
	my @junk = (
		'', '#', '# 0.0.0.0 a.x', '0.0.0.0', '127.0.0.1 localhost', '::1 ip6-localhost ip6-loopback', '0.0.0.0 0.0.0.0',
		'a.x', 'a.x b.x', '0.0.0.0 # a.x', '0.0.0.0 a..x', '0.0.0.0 *.x', '0.0.0.0 .x', '255.255.255.255 broadcasthost'
	);
	return map { chance(0.25) ? text(any(@junk)) : hosts_line() } 1 .. 15;
}

sub matches {
	my ($name, @rules) = @_;
	return scalar grep { $_->{names}{$name} } @rules;
}

1;
