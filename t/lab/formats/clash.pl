# Clash and mihomo: contents of rule providers. Domain wildcards: `+.x` is x and the names below it, `.x` the names below it,
# `*` one label. Classical rules have a type. YAML, or text with one entry on each line.
use strict;
use warnings;
require './t/lab/formats/proxies.pm';

sub domain_entry {
	my $domain = domain();
	my $name = spelled($domain);
	my $label = label();
	my ($text, %rule) = any(
		["+.$name", kind => 'domain'], ["+.$name", kind => 'domain'], [".$name", kind => 'below'], [$name, kind => 'exact'], [$name, kind => 'exact'],
		["*.$name", kind => 'regex', regex => qr/^[^.]+\.\Q$domain\E$/], ["$label.*.$name", kind => 'regex', regex => qr/^\Q$label\E\.[^.]+\.\Q$domain\E$/],
		["*.*.$name", kind => 'regex', regex => qr/^[^.]+\.[^.]+\.\Q$domain\E$/]
	)->@*;
	return { %rule, text => $text, domain => $domain, near => [$domain, "$label.b.$domain"] };
}

sub rules {
	my $classical = chance(0.5);
	my $yaml = chance(0.6);
	my @types = qw(DOMAIN DOMAIN-SUFFIX DOMAIN-KEYWORD DOMAIN-WILDCARD DOMAIN-REGEX);
	my @rules = map { $classical ? classical(@types) : domain_entry() } 1 .. 10;
	my @junk = $classical
		? ('IP-CIDR,192.0.2.0/24,no-resolve', 'DST-PORT,443', 'AND,((DOMAIN,a.x),(NETWORK,UDP))', 'NOT,((DOMAIN,b.x))', 'PROCESS-NAME,a.x', 'GEOIP,CN')
		: ('192.0.2.0/24');
	push @rules, text(any(@junk)) if chance(0.5);
	if ($yaml) {
		for (@rules) {
			my @marks = ("'", $_->{text} =~ /\\/ ? () : '"', $_->{text} =~ /^[a-zA-Z0-9][^#:]*$/ ? '' : ());
			my $mark = any(@marks);
			$_->{text} = any('  - ', '  -  ') . "$mark$_->{text}$mark" . any('', '', ' # +.b.x');
		}
		return (text('# a.x'), text('payload:'), map { chance(0.1) ? (text(any('', "  # - '+.a.x'")), $_) : $_ } @rules);
	}
	return map { chance(0.15) ? (text(any('', '# +.a.x', '# DOMAIN,a.x')), $_) : $_ } @rules;
}

sub matches {
	my ($name, @rules) = @_;
	return scalar grep { matches_rule($name, $_) } @rules;
}

1;
