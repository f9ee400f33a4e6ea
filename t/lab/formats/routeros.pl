# RouterOS, manual, DNS: static entries. Regular expressions are checked first, from top to bottom, then names. An entry with
# address-list adds the addresses to this list. A disabled entry is ignored. The most specific name decides.
use strict;
use warnings;

our @wanted;

# A value in a RouterOS command: in quotes, or sometimes without quotes if it has only plain characters.
sub value {
	my ($text) = @_;
	return $text if $text =~ /^[a-z0-9.-]+$/i && chance(0.7);
	$text =~ s/([\\"\$])/\\$1/g;
	return "\"$text\"";
}

our $below_ip_dns = 0;

sub entry {
	my $domain = domain();
	my ($type, @rest) = any(
		['A', 'address=192.0.2.1'], ['AAAA', 'type=AAAA', 'address=2001:db8::1'], ['FWD', 'type=FWD', 'forward-to=192.0.2.53'],
		['FWD', 'type=FWD', 'forward-to=localhost'], ['FWD', 'type=FWD', 'forward-to=localhost'], ['NXDOMAIN', 'type=NXDOMAIN'],
		['CNAME', 'type=CNAME', 'cname=b.x']
	)->@*;
	my %rule = (domain => $domain, set => any('', 'vpn', 'vpn', 'vpn', 'direct'), near => [$domain], known => 1);
	if (chance(0.05)) {
		my $regex = regex();
		%rule = (%rule, regex => qr/$regex/);
		unshift @rest, 'regexp=' . value($regex);
	} else {
		unshift @rest, 'name=' . value(spelled($domain));
		$rule{subdomains} = chance(0.6);
		push @rest, $rule{subdomains} ? 'match-subdomain=yes' : any('', 'match-subdomain=no');
	}
	push @rest, 'address-list=' . value($rule{set}) if $rule{set};
	push @rest, any('', '', 'comment=' . value('name=b.x')), any('', '', 'ttl=1h');
	$rule{disabled} = chance(0.1);
	push @rest, $rule{disabled} ? 'disabled=yes' : any('', 'disabled=no');
	my @words = grep { $_ } chance(0.5) ? @rest : map { splice @rest, rand @rest, 1 } 1 .. @rest;
	my $break = chance(0.2) ? int rand @words : -1;
	my $text = any('add', '/ip dns static add', '/ip/dns/static/add');
	$text .= ' ' . $words[$_] . ($_ == $break && $_ < $#words ? " \\\n   " : '') for 0 .. $#words;
	return { %rule, text => $text };
}

sub rules {
	my @junk = ('', '# add name=a.x type=FWD address-list=vpn', 'add name=$name type=FWD address-list=vpn', 'add type=FWD address-list=vpn');
	my @rules = map { chance(0.15) ? (text(any(@junk)), $_) : $_ } unique('domain', times_do(12, \&entry));
	my @other = (text('/interface bridge'), text('add name=b.x'));
	return ((chance(0.3) ? @other : ()), text('/ip dns static'), @rules, (chance(0.3) ? @other : ()));
}

sub active { return grep { $_->{known} && !$_->{disabled} } @_ }

our $with_sets;

sub options {
	my (@rules) = @_;
	$with_sets = grep { $_->{set} } active(@rules);
	my @sets = sort grep { $_ } map { $_->{set} } active(@rules);
	@wanted = @sets && chance(0.4) ? (any(@sets)) : ();
	return map { ('--set', $_) } @wanted;
}

sub matches {
	my ($name, @rules) = @_;
	my ($decides) = grep { $_->{regex} && $name =~ $_->{regex} } active(@rules);
	$decides //= longest($name, grep { !$_->{regex} && ($_->{subdomains} || $_->{domain} eq $name) } active(@rules));
	return 0 if !$decides;
	return $decides->{set} eq $wanted[0] if @wanted;
	return !$with_sets || $decides->{set} ne '';
}

# The list has an exception for each expression of another set. It also covers names that an earlier expression decides.
sub limits { my ($name, $rule) = @_; return $rule->{regex} && $name =~ $rule->{regex} }

1;
