# v2fly: the README of domain-list-community. A rule is a domain, a full name, a keyword or a regular expression, and may have
# attributes.
use strict;
use warnings;

our @conditions;

sub entry {
	my $domain = domain();
	my $label = label();
	my %rule = any(
		(map { { kind => 'domain', text => $_ . spelled($domain) } } '', '', 'domain:'),
		(map { { kind => 'exact', text => 'full:' . spelled($domain) } } 1, 2),
		{ kind => 'regex', regex => regex() }, { kind => 'part', text => 'keyword:' . any($label, "$label.b", ".$label.") }
	)->%*;
	if ($rule{kind} eq 'regex') {
		$rule{text} = "regexp:$rule{regex}";
		$rule{regex} = qr/$rule{regex}/;
	}
	$rule{part} = $rule{text} =~ s/keyword://r if $rule{kind} eq 'part';
	my @words = grep { chance(0.25) } qw(cn ads);
	$rule{text} .= any(' ', '  ') . "\@$_" for @words;
	$rule{text} .= ' &other' if chance(0.1);
	$rule{text} .= any(' # ', ' #') . domain() if chance(0.15);
	return { %rule, words => { map { $_ => 1 } @words }, domain => $domain, near => [$domain, "$label.$domain"] };
}

sub rules {
	my @junk = ('', '# a.x', '#', 'full:', 'domain:', 'full:a b.x', 'unknown:a.x');
	my @other = map { { %$_, file => 'other' } } times_do(4, \&entry);
	my @include = ('include:other', 'include:other @cn', 'include:other @-cn', 'include:other @ads @-cn # c');
	my $include = any(@include);
	my @conditions = $include =~ /@(-?\w+)/g;
	my @rules = map { chance(0.15) ? text(any(@junk)) : entry() } 1 .. 10;
	@rules = (@rules, { text => $include, include => [@conditions] }) if chance(0.5);
	return (@rules, @other);
}

sub options {
	@conditions = ();
	@conditions = any(['cn'], ['-cn'], ['ads', '-cn'], ['-ads', '-cn'])->@* if chance(0.4);
	return map { ('-a', $_) } @conditions;
}

sub has_words {
	my ($rule, @conditions) = @_;
	for (@conditions) { return 0 if /^-(.*)/ ? $rule->{words}{$1} : !$rule->{words}{$_} }
	return 1;
}

sub matches {
	my ($name, @rules) = @_;
	my ($include) = grep { $_->{include} } @rules;
	for my $rule (grep { $_->{kind} } @rules) {
		next if $rule->{file} && (!$include || !has_words($rule, @{ $include->{include} }));
		next if !has_words($rule, @conditions);
		return 1 if $rule->{kind} eq 'domain' && within($name, $rule->{domain});
		return 1 if $rule->{kind} eq 'exact' && $name eq $rule->{domain};
		return 1 if $rule->{kind} eq 'regex' && $name =~ $rule->{regex};
		return 1 if $rule->{kind} eq 'part' && index($name, $rule->{part}) >= 0;
	}
	return 0;
}

1;
