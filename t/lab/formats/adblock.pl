# AdGuard, DNS filtering rules syntax. A filter is found in a name: `||` is the beginning of the name or of a label, `|` the
# beginning or the end, `^` the end, `*` any text. A name without marks, or after an address, is only that name. An exception
# wins, unless the filter is $important and the exception is not. $badfilter cancels the same filter. A filter or exception
# with any other option, except $all, is only for a part of the traffic, and is ignored here.
use strict;
use warnings;

sub filter {
	my $domain = domain();
	my $label = label();
	my $name = spelled($domain);
	my $exception = chance(0.3);
	my $end = quotemeta $domain;
	my ($pattern, $regex) = any(
		(map { ["||$name^", "(^|\\.)$end\$"] } 1 .. 6), ["|$name^", "^$end\$"], ["|$name|", "^$end\$"], ["||$name|", "(^|\\.)$end\$"], ["||$name^|", "(^|\\.)$end\$"],
		["||*.$name^", "\\.$end\$"], ["||$label*.$name^", "(^|\\.)$label.*\\.$end\$"], ["||$label-", "(^|\\.)$label-"], ["|$label.", "^$label\\."],
		["||$label.*^", "(^|\\.)$label\\."], ["-$name^", "-$end\$"], [".$name^", "\\.$end\$"], (map { ["/$_/", $_] } regex(), regex()),
		$exception ? () : (["$name", "^$end\$"], ["0.0.0.0 $name", "^$end\$"])
	)->@*;
	my $option = any('', '', '', '', '', '', '', '', '$important', '$all', '$third-party', '$domain=b.x', '$badfilter', '$script,important');
	$option = '' if $pattern !~ /[|^\/]/ || $pattern =~ / /;
	$option = '' if $exception && $option eq '$all';
	my %rule = (near => [$domain, "$label.$domain", "$label-$domain"], exception => $exception, pattern => $pattern, regex => qr/$regex/, known => 1);
	$rule{part} = $option =~ /third|domain|script/;
	$rule{important} = $option =~ /important/;
	$rule{cancels} = $option =~ /badfilter/;
	$rule{options} = $option =~ s/badfilter|\$//gr;
	return { %rule, text => ($exception ? '@@' : '') . $pattern . $option };
}

sub rules {
	my @junk = ('', '! ||a.x^', '# ||a.x^', '[Adblock Plus 2.0]', 'a.x##.ad', '##.ad', 'a.x#@#.ad', '||a.x/path^', '|https://b.x^', '||', '@@', '||*^', '-ad-');
	my @rules = map { chance(0.15) ? text(any(@junk)) : filter() } 1 .. 10;
	if (chance(0.2)) {
		# Whether the filters between these lines are active depends on the program.
		my @if = map { { %$_, conditional => !$_->{exception} } } grep { !$_->{cancels} } times_do(2, \&filter);
		push @rules, text('!#if (adguard)'), @if, text('!#endif');
	}
	return (@rules, chance(0.3) ? filter() : ());
}

# A key that filters have in common if their texts are the same, apart from $badfilter.
sub same { my ($rule) = @_; return "$rule->{exception} $rule->{pattern} $rule->{options}" }

sub matches {
	my ($name, @rules) = @_;
	my %cancelled = map { (same($_) => 1) } grep { $_->{cancels} } @rules;
	my @found = grep { $_->{known} && !$_->{part} && !$_->{cancels} && $name =~ $_->{regex} && !$cancelled{ same($_) } } @rules;
	my @except = grep { $_->{exception} } @found;
	my @block = grep { !$_->{exception} && !$_->{conditional} } @found;
	return 0 if grep { $_->{important} } @except;
	return 1 if grep { $_->{important} } @block;
	return @block && !@except;
}

# The list grammar has no $important, so an exception always wins.
sub limits { my ($name, $rule) = @_; return $rule->{exception} && $name =~ $rule->{regex} }

1;
