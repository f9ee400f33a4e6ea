# SmartDNS, configuration: nameserver, address, ipset, nftset and domain-rules. `*.x` is only the names below x, `-.x` only x,
# and `*-x` the names that end in it.
# For each kind of rule, and each family of addresses, the longest domain decides; the value `-` switches the rule off. If there are ipsets or nftsets, a
# name in one of them matches; otherwise the names of nameservers and addresses do.
use strict;
use warnings;

our @wanted;

sub domain_rule {
	my $domain = domain();
	my $form = any('', '', '', '', '', '', '', '', '*.', '*.', '*.', '-.', '-.', chance(0.4) ? '*-' : '');
	my ($kind, $value, $set) = any(
		['nameserver', 'one', 'one'], ['nameserver', 'two', 'two'], ['nameserver', '-', ''], ['address', '192.0.2.1', 'address'],
		['address', '#', 'address'], ['address', '-', ''], ['address', '192.0.2.1,192.0.2.2', 'address']
	)->@*;
	($kind, $value, $set) = any(
		['ipset', 'one', 'one'], ['ipset', 'two', 'two'], ['ipset', '-', ''], ['ipset', '#4:one', 'one'], ['nftset', '#4:ip#t#one', 'one'],
		['nftset', '#4:inet#t#one,#6:inet#t#one', 'one'], ['nftset', '#6:ip6#t#two', 'two'], ['nftset', '-', '']
	)->@* if $main::with_sets && chance(0.6);
	my $text = "$kind /$form" . spelled($domain) . "/$value";
	$text = "domain-rules /$form" . spelled($domain) . '/ ' . any('', '-no-cache ') . "-$kind $value" if chance(0.2);
	$text =~ s/ /\t/ if chance(0.1);
	$text .= any(' # ', ' #') . domain() if chance(0.1);
	return { text => $text, near => [$domain], form => $form, domain => $domain, kind => $kind, set => $set, family => $value =~ /^#([46]):[^,]*$/ ? $1 : 0 };
}

our $with_sets;

sub rules {
	$with_sets = chance(0.5);
	my @junk = ('', '# nameserver /a.x/one', 'server 192.0.2.1 -group one', 'bind [::]:53', 'address #6', 'speed-check-mode none', 'cname /a.x/b.x', 'domain-rules /a.x/ -no-cache');
	# Two rules of one kind for a domain, or its names below, are not compared: the manual does not say which one is used.
	my %seen;
	my @rules = grep { !$seen{"$_->{kind} $_->{domain}"}++ } times_do(14, \&domain_rule);
	$with_sets = grep { $_->{kind} =~ /set/ && $_->{set} } @rules;
	return map { chance(0.15) ? (text(any(@junk)), $_) : $_ } @rules;
}

sub options {
	my (@rules) = @_;
	my @sets = sort grep { $_ && $_ ne 'address' } map { $_->{set} // '' } @rules;
	@wanted = @sets && chance(0.4) ? (any(@sets)) : ();
	return map { ('--set', $_) } @wanted;
}

sub set_of {
	my ($name, $kind, $family, @rules) = @_;
	@rules = grep { !$_->{family} || $_->{family} == $family } @rules;
	my ($best, $length) = (undef, 0);
	for my $rule (grep { ($_->{kind} // '') eq $kind } @rules) {
		my $domain = $rule->{domain};
		my %forms = ('' => within($name, $domain), '*.' => below($name, $domain), '-.' => $name eq $domain, '*-' => scalar($name =~ /-\Q$domain\E$/));
		my $specific = length($domain) + ($rule->{form} eq '*-' ? 1 : 0);
		($best, $length) = ($rule, $specific) if $forms{ $rule->{form} } && $specific > $length;
	}
	return $best ? $best->{set} : '';
}

sub matches {
	my ($name, @rules) = @_;
	my @kinds = @wanted ? qw(ipset nftset nameserver) : $with_sets ? qw(ipset nftset) : qw(nameserver address);
	my @sets = grep { $_ } map { (set_of($name, $_, 4, @rules), set_of($name, $_, 6, @rules)) } @kinds;
	return scalar grep { !@wanted || $_ eq $wanted[0] } @sets;
}

# The rules above such a wildcard are left out, since the list cannot except its names.
sub limits {
	my ($name, $rule) = @_;
	return ($rule->{form} // '') eq '*-' && $rule->{domain} =~ /([^.]+)$/ && within($name, $1);
}

1;
