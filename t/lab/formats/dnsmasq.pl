# dnsmasq(8): --server, --local, --address, --ipset, --nftset. The most specific domain decides; `*x` matches also names that
# end in x, and ranks after the form without `*`. The server `#` is the standard servers; the address `#` is a null address.
# If there are sets, the servers and addresses only resolve: names in the sets match.
use strict;
use warnings;

our $with_sets;

sub server {
	my @domains = times_do(any(1, 1, 1, 2), \&domain);
	my ($key, $value) = any(
		['server', '192.0.2.1'], ['server', '192.0.2.1#5353'], ['server', '2001:db8::1@eth0'], ['local', ''], ['local', '127.0.0.1'],
		['address', '0.0.0.0'], ['address', ''], ['address', '#'], ['address', '::'], ['server', ''], ['server', '#'], ['server', '#']
	)->@*;
	my $form = any('', '', '', '', '.', '*.', '*');
	my $text = join '/', "$key=", (map { $form . spelled($_) } @domains), $value;
	$text =~ s/=/ = / if chance(0.1);
	$text .= ' # ' . domain() if chance(0.1);
	my $matches = !($key eq 'server' && $value eq '#');
	return { text => $text, near => [@domains], form => $form, domains => [@domains], matches => $matches, sets => [] };
}

sub set_line {
	my @domains = times_do(any(1, 1, 1, 2), \&domain);
	my @sets = any(['one'], ['two'], ['one', 'two']);
	my $value = join ',', @{ $sets[0] };
	my $key = 'ipset';
	if (chance(0.4)) {
		$key = 'nftset';
		$value = join ',', map { any('4#inet#t#', '6#ip6#t#', 'inet#t#', 't#') . $_ } @{ $sets[0] };
	}
	my $text = join '/', "$key=", (map { any('', '', '.') . spelled($_) } @domains), $value;
	$text .= any(' # ', "\t#") . domain() if chance(0.1);
	return { text => $text, near => [@domains], form => '', domains => [@domains], matches => 1, sets => $sets[0] };
}

sub rules {
	$with_sets = chance(0.5);
	my @junk = ('', '# server=/a.x/192.0.2.1', 'no-resolv', 'server=192.0.2.1', 'domain=a.x', 'rev-server=192.0.2.0/24,192.0.2.1', 'server=//192.0.2.1',
		'host-record=a.x,192.0.2.1', 'local=/x', 'cname=a.x,b.x');
	my %seen;
	my @rules = map { $with_sets && chance(0.6) ? set_line() : server() } 1 .. 12;
	# Two lines for the same domain are not compared: which one dnsmasq uses depends on its version.
	@rules = grep { my $rule = $_; !grep { $seen{ ($rule->{form} eq '*' ? '*' : '') . $_ . @{ $rule->{sets} } }++ } @{ $rule->{domains} } } @rules;
	$with_sets = grep { @{ $_->{sets} } } @rules;
	return map { chance(0.15) ? (text(any(@junk)), $_) : $_ } @rules;
}

our @wanted;

sub options {
	my (@rules) = @_;
	my %sets = map { $_ => 1 } map { @{ $_->{sets} || [] } } @rules;
	@wanted = ();
	return () if !%sets || chance(0.4);
	@wanted = (any(sort keys %sets));
	return ('--set', @wanted);
}

# A number that grows with the precedence of a rule for the name; 0 if the rule does not match.
sub specific {
	my ($name, $form, $domain) = @_;
	return 2 * length $domain if $form eq '*' && $name =~ /\Q$domain\E$/;
	return 0 if $form eq '*' || !within($name, $domain) || ($form eq '*.' && $name eq $domain);
	return 2 * length($domain) + 1;
}

sub matches {
	my ($name, @rules) = @_;
	my ($best, $rank) = (undef, 0);
	for my $rule (grep { $_->{domains} && ($with_sets ? @{ $_->{sets} } : 1) } @rules) {
		for my $domain (@{ $rule->{domains} }) {
			my $specific = specific($name, $rule->{form}, $domain);
			($best, $rank) = ($rule, $specific) if $specific > $rank;
		}
	}
	return 0 if !$best || !$best->{matches};
	return 1 if !@wanted;
	return scalar grep { $_ eq $wanted[0] } @{ $best->{sets} };
}

1;
