# Surge, manual: domain rules of a rule set, or a domain set, in which `.x` is x and the names below it.
use strict;
use warnings;
require './t/lab/formats/proxies.pm';

sub domain_entry {
	my $domain = domain();
	my $all = chance(0.5);
	return { text => ($all ? '.' : '') . spelled($domain), domain => $domain, near => [$domain], kind => $all ? 'domain' : 'exact' };
}

sub rules {
	my $rule_set = chance(0.5);
	my @types = qw(DOMAIN DOMAIN-SUFFIX DOMAIN-KEYWORD DOMAIN-WILDCARD);
	my @rules = map { $rule_set ? classical(@types) : domain_entry() } 1 .. 10;
	if ($rule_set) {
		$_->{text} .= any('', '', '', ',extended-matching') for @rules;
	}
	my @junk = ('', '# .a.x', '// DOMAIN,a.x', '; b.x');
	push @junk, 'IP-CIDR,192.0.2.0/24,no-resolve', 'USER-AGENT,a.x*', 'URL-REGEX,^http://b\.x', 'AND,((DOMAIN,a.x),(PROTOCOL,UDP))', 'PROCESS-NAME,a.x' if $rule_set;
	return map { chance(0.2) ? (text(any(@junk)), $_) : $_ } @rules;
}

sub matches {
	my ($name, @rules) = @_;
	return scalar grep { matches_rule($name, $_) } @rules;
}

1;
