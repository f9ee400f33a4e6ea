# The kinds of rules that Clash, Surge, sing-box and geosite share.
use strict;
use warnings;

# A pattern of DOMAIN-WILDCARD: `*` is any text, `?` one character.
sub wildcard_regex {
	my $regex = join '', map { $_ eq '*' ? '.*' : $_ eq '?' ? '.' : quotemeta } split //, $_[0];
	return qr/^$regex$/;
}

# A classical rule of Clash or Surge, whose types are the arguments.
sub classical {
	my %allowed = map { $_ => 1 } @_;
	my $domain = domain();
	my $label = label();
	my $part = any($label, "$label.b", ".$label.");
	my $glob = any("$label*.$domain", "*.$domain", "?$domain", "$label.*.x", "*$label*");
	my $regex = regex();
	my ($type, $value, %rule) = any(
		grep { $allowed{ $_->[0] } } ['DOMAIN', $domain, kind => 'exact'], ['DOMAIN', $domain, kind => 'exact'], ['DOMAIN-SUFFIX', $domain, kind => 'domain'],
		['DOMAIN-SUFFIX', $domain, kind => 'domain'], ['DOMAIN-KEYWORD', $part, kind => 'part'], ['DOMAIN-WILDCARD', $glob, kind => 'regex'],
		['DOMAIN-REGEX', $regex, kind => 'regex']
	)->@*;
	$value = spelled($value) if $type =~ /^DOMAIN(-SUFFIX)?$/;
	$rule{regex} = $type =~ /REGEX/ ? qr/$regex/ : wildcard_regex($glob);
	return { %rule, text => "$type,$value", domain => $domain, part => $part, near => [$domain, "$label.$domain", "$label$domain"] };
}

sub matches_rule {
	my ($name, $rule) = @_;
	my $kind = $rule->{kind} // '';
	return $name eq $rule->{domain} if $kind eq 'exact';
	return within($name, $rule->{domain}) if $kind eq 'domain';
	return below($name, $rule->{domain}) if $kind eq 'below';
	return index($name, $rule->{part}) >= 0 if $kind eq 'part';
	return $kind eq 'regex' && $name =~ $rule->{regex};
}

1;
