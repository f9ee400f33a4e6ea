# v2fly, dlc.dat_plain.yml: lists of rules, TYPE:VALUE, or TYPE:VALUE:@ATTRIBUTE,@ATTRIBUTE.
use strict;
use warnings;
require './t/lab/formats/proxies.pm';

our ($wanted, @conditions);

sub entry {
	my ($list) = @_;
	my $domain = domain();
	my $regex = regex();
	my $part = any(label(), label() . '.b');
	my ($text, %rule) = any(
		["domain:$domain", kind => 'domain'], ["domain:$domain", kind => 'domain'], ["full:$domain", kind => 'exact'], ["full:$domain", kind => 'exact'],
		["keyword:$part", kind => 'part', part => $part], ["regexp:$regex", kind => 'regex', regex => qr/$regex/]
	)->@*;
	my @words = grep { chance(0.25) } qw(cn ads);
	$text .= ':' . join ',', map { "\@$_" } @words if @words;
	my $mark = $text =~ /[\\#]|\{|[[]/ ? "'" : any('', '"', '"', "'");
	return { %rule, place => qr/^ $list: .*: \Q$text\E$/, text => "      - $mark$text$mark", list => $list, words => { map { $_ => 1 } @words }, domain => $domain, near => [$domain] };
}

sub rules {
	my @lists = map {
		my $list = $_;
		my @entries = times_do(any(3, 6), sub { entry($list) });
		(text("  - name: $list"), text('    length: ' . @entries), text('    rules:'), @entries);
	} qw(one two);
	return (text('lists:'), @lists);
}

sub options {
	$wanted = any('one', 'two');
	@conditions = chance(0.4) ? any(['cn'], ['-cn'], ['ads', '-cn'])->@* : ();
	return ('--set', $wanted, map { ('-a', $_) } @conditions);
}

sub matches {
	my ($name, @rules) = @_;
	for my $rule (grep { $_->{list} && $_->{list} eq $wanted } @rules) {
		next if grep { /^-(.*)/ ? $rule->{words}{$1} : !$rule->{words}{$_} } @conditions;
		return 1 if matches_rule($name, $rule);
	}
	return 0;
}

1;
