# dnscrypt-proxy: the comments of example-blocked-names.txt. A name is looked up as a whole name, then by suffix, prefix,
# substring, and the other patterns, which are those of a shell; the first of these kinds with a match decides, by its longest
# suffix or prefix. A pattern with a schedule blocks only at some times, so names for which it decides do not match here.
use strict;
use warnings;

sub glob_regex {
	my ($glob) = @_;
	my $regex = '';
	$regex .= $1 eq '*' ? '.*' : $1 eq '?' ? '.' : length $1 > 1 ? $1 : quotemeta $1 while $glob =~ /(\[.*?\]|.)/g;
	return qr/^$regex$/;
}

sub pattern {
	my $domain = domain();
	my $label = label();
	my @globs = ("$label*.$domain", "[a-z0-9\\-_]*.$domain", "$label?.$domain", "$label\[0-9]*", "*.$label.*.x", "?$domain", "=*.$domain");
	my %rule = any(
		(map { { kind => 'suffix', domain => $domain, pattern => $_ } } $domain, $domain, "*.$domain", ".$domain"),
		(map { { kind => 'exact', domain => $domain, pattern => $_ } } "=$domain"),
		(map { { kind => 'prefix', prefix => $_, pattern => "$_*" } } "$label.", $label, "$label-"),
		(map { { kind => 'part', part => $_, pattern => "*$_*" } } $label, ".$label.", "$label.b"),
		(map { { kind => 'glob', regex => glob_regex($_), pattern => $_ } } @globs),
	)->%*;
	$rule{near} = [$domain, "$label.$domain", "$label$domain", "${label}1.$domain"];
	$rule{text} = spelled($rule{pattern});
	$rule{schedule} = chance(0.5) if chance(0.3);
	$rule{text} .= any(' @', ' @ ', '@') . 'work' if $rule{schedule};
	$rule{text} .= any("\t# ", ' # ') . domain() if chance(0.1);
	return \%rule;
}

sub rules {
	my @junk = ('', '# *.x', '  # c', '*', '**', '[a', '=', '*.');
	my @rules = times_do(12, \&pattern);
	$_->{key} = defined $_->{domain} ? "$_->{kind} $_->{domain}" : $_->{pattern} for @rules;
	return map { chance(0.2) ? (text(any(@junk)), $_) : $_ } unique('key', @rules);
}

sub matches {
	my ($name, @rules) = @_;
	my %kind = map { my $kind = $_; $kind => [grep { defined $_->{kind} && $_->{kind} eq $kind } @rules] } qw(exact suffix prefix part glob);
	my ($prefix) = sort { length $b->{prefix} <=> length $a->{prefix} } grep { index($name, $_->{prefix}) == 0 } @{ $kind{prefix} };
	my @order = (
		(grep { $_->{domain} eq $name } @{ $kind{exact} }), longest($name, @{ $kind{suffix} }), $prefix,
		(grep { index($name, $_->{part}) >= 0 } @{ $kind{part} }), (grep { $name =~ $_->{regex} } @{ $kind{glob} })
	);
	my ($decides) = grep { defined } @order;
	return $decides && !$decides->{schedule};
}

# dnstap-list converts a pattern with a schedule to an exception, which may also cover names for which another pattern decides.
sub limits {
	my ($name, $rule) = @_;
	return $rule->{schedule} && matches($name, { %$rule, schedule => 0 });
}

1;
