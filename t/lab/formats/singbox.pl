# sing-box, source format and headless rule: the domain fields of a rule are alternatives, all other fields are further
# conditions. `domain_suffix` with a dot at its start is only the names below it.
use strict;
use warnings;
require './t/lab/formats/proxies.pm';

sub quoted_text { my ($text) = @_; $text =~ s/(["\\])/\\$1/g; return "\"$text\"" }

sub entry {
	my $domain = domain();
	my $regex = regex();
	my $part = any(label(), label() . '.b');
	my ($field, $text, %rule) = any(
		['domain', spelled($domain), kind => 'exact'], ['domain_suffix', spelled($domain), kind => 'domain'], ['domain_suffix', ".$domain", kind => 'below'],
		['domain_keyword', $part, kind => 'part', part => $part], ['domain_regex', $regex, kind => 'regex', regex => qr/$regex/]
	)->@*;
	return { %rule, field => $field, value => quoted_text($text), domain => $domain, near => [$domain] };
}

# A rule with some fields. A rule with a further condition has no entries, since it does not match by the name alone.
sub headless {
	my @entries = times_do(any(1, 3, 5), \&entry);
	my %fields;
	push @{ $fields{ $_->{field} } }, $_->{value} for @entries;
	my @fields = map {
		my @values = @{ $fields{$_} };
		"\"$_\": " . (@values == 1 && chance(0.5) ? $values[0] : '[' . join(any(', ', ','), @values) . ']');
	} sort keys %fields;
	my $condition = chance(0.2) ? any('"port": 443', '"network": ["udp"]', '"invert": true', '"process_name": "a.x"', '"query_type": ["A"]') : '';
	my $more = $condition || any('', '', '"ip_cidr": ["192.0.2.0/24"]', '"invert": false');
	push @fields, $more if $more;
	return { text => '    {' . join(any(', ', ",\n      "), @fields) . '}', entries => $condition ? [] : [@entries], near => [map { $_->{domain} } @entries] };
}

sub rules {
	my @rules = times_do(any(2, 4), \&headless);
	push @rules, text('    {"type": "logical", "mode": "and", "rules": [{"domain": "a.x"}, {"port": 443}]}') if chance(0.2);
	# A report about an address does not mean that the rule is left out.
	$rules[$_]{place} = qr/^ rule ${\($_ + 1)}: (?!an address)/ for 0 .. $#rules;
	$_->{text} .= ',' for @rules[0 .. $#rules - 1];
	return (text('{'), text('  "version": ' . any(1, 2, 3) . ','), text('  "rules": ['), @rules, text('  ]'), text('}'));
}

sub matches {
	my ($name, @rules) = @_;
	return scalar grep { matches_rule($name, $_) } map { @{ $_->{entries} || [] } } @rules;
}

1;
