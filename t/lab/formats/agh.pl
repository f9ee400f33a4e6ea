# AdGuard Home, wiki, Configuration: a file of ipsets, DOMAIN[,DOMAIN]/IPSET[,IPSET], or a file of upstreams,
# [/DOMAIN/DOMAIN/]UPSTREAM. The most specific domain decides. `*.x` is only the names below x; the upstream `#` is the default.
use strict;
use warnings;

our @wanted;

sub ipset_line {
	my @domains = times_do(any(1, 1, 1, 2), \&domain);
	my $sets = any(['one'], ['two'], ['one', 'two']);
	my $text = join(any(',', ',', ', '), map { spelled($_) } @domains) . '/' . join ',', @$sets;
	$text = any(' ', '') . $text . any('', ' ');
	return { text => $text, near => [@domains], form => '', domains => [@domains], sets => $sets };
}

sub upstream_line {
	my @domains = times_do(any(1, 1, 1, 2), \&domain);
	my $form = any('', '', '', '*.');
	my $upstream = any('192.0.2.1', '192.0.2.1', 'tls://dns.example', '192.0.2.1 192.0.2.2', 'https://dns.example/dns-query', '#', '#');
	my $text = '[/' . join('', map { $form . spelled($_) . '/' } @domains) . ']' . $upstream;
	return { text => $text, near => [@domains], form => $form, domains => [@domains], sets => $upstream eq '#' ? [] : [split / /, $upstream] };
}

sub rules {
	my $ipsets = chance(0.5);
	my @junk = ('', '# [/a.x/]192.0.2.1', '#a.x/one', '192.0.2.1', 'tls://b.x', '[//]192.0.2.1', 'https://a.x/dns-query');
	@junk = ('', '# a.x/one', 'a.x', 'a.x/') if $ipsets;
	my %seen;
	my @rules = map { $ipsets ? ipset_line() : upstream_line() } 1 .. 12;
	@rules = grep { my $rule = $_; !grep { $seen{$_}++ } @{ $rule->{domains} } } @rules;
	return map { chance(0.15) ? (text(any(@junk)), $_) : $_ } @rules;
}

sub options {
	my (@rules) = @_;
	my @sets = sort map { @{ $_->{sets} } } grep { $_->{domains} } @rules;
	@wanted = @sets && chance(0.4) ? (any(@sets)) : ();
	return map { ('--set', $_) } @wanted;
}

sub matches {
	my ($name, @rules) = @_;
	my ($best, $length) = (undef, 0);
	for my $rule (grep { $_->{domains} } @rules) {
		for my $domain (@{ $rule->{domains} }) {
			next if !($rule->{form} eq '*.' ? below($name, $domain) : within($name, $domain));
			($best, $length) = ($rule, length $domain) if length $domain > $length;
		}
	}
	return 0 if !$best;
	return @wanted ? scalar grep { $_ eq $wanted[0] } @{ $best->{sets} } : @{ $best->{sets} } > 0;
}

1;
