#!/usr/bin/perl
# formats.pl FORMAT SEED ROUNDS FOLDER: compares dnstap-list FORMAT with an interpreter of the format.
#
# t/lab/formats/FORMAT.pl writes random sources, and decides by the publisher's documentation which names a source matches:
#	rules()                the rules of a source, in order. Each has `text`, the lines, and optionally `near`, names to be tried.
#	                       A rule with `file` belongs to this file beside the source. If dnstap-list reports the rule without
#	                       a line number, the expression `place` finds it in the report. Other keys are for the interpreter.
#	matches(NAME, RULES)   whether a source with these rules matches the name, which is in lower case.
#	limits(NAME, RULE)     optional: whether the list may lack the name, since the list grammar cannot express this rule.
#	options(RULES)         optional: options of dnstap-list. Called before matches(), with the rules of the source.
# In each round the list must never match a name that the source does not match. It must match every name that the source
# matches both with and without the lines that dnstap-list reported as left out. Names for which limits() is true are exempt.
# Exits with 1 after a difference, which is printed with the source and the list.
use strict;
use warnings;
use File::Basename;

our ($format, $seed, $rounds, $folder) = @ARGV;

# Random text. All names are made of these labels, so that rules often match.
our @labels = qw(a b c ad ads x a-b ad1);
our @tops = qw(x b.x example);

sub any { return $_[int rand @_] }
sub label { return any(@labels) }
sub chance { return rand() < $_[0] }
sub times_do { my ($n, $code) = @_; return map { $code->($_) } 1 .. $n }

# A random domain for a rule, mostly of two or three labels.
sub domain { return join '.', (map { label() } 1 .. any(1, 1, 1, 2, 2)), any(@tops) }

# The name, sometimes in upper case, which all programs accept.
sub spelled { my ($name) = @_; return chance(0.15) ? uc $name : $name }

sub below { my ($name, $domain) = @_; return scalar($name =~ /\.\Q$domain\E$/) }
sub within { my ($name, $domain) = @_; return $name eq $domain || below($name, $domain) }

# The first rule with the longest `domain` that the name is within, or undef.
sub longest {
	my ($name, @rules) = @_;
	my $best;
	for (grep { defined $_->{domain} && within($name, $_->{domain}) } @rules) {
		$best = $_ if !$best || length $_->{domain} > length $best->{domain};
	}
	return $best;
}

# A rule whose text has no meaning: a comment, or junk.
sub text { return { text => $_[0] } }

# The rules without those that have the same value of the key as an earlier rule.
sub unique {
	my ($key, @rules) = @_;
	my %seen;
	return grep { !defined $_->{$key} || !$seen{ $_->{$key} }++ } @rules;
}

# A regular expression that means the same in POSIX (extended), RE2 and Perl.
sub regex {
	my $name = quotemeta domain();
	$name =~ s/\\([^.])/$1/g;
	my $label = label();
	return any(
		"(^|\\.)$name\$", "^$name\$", "\\.$name\$", "^(.+\\.)?$name\$", "^$label\[0-9]*\\.", "$label\[a-c]+\\.", "^$label.*\\.$name\$",
		"$name", "^(a|b|$label)\\.", "[^a-c.]\\.$name\$", "(a|ad)?$label\\.(b|x)", "^$label\[.-]", "$label.?x\$", "a{1,2}\\.", "(ad){1}s?\\."
	);
}

# Names to be tried: those of rules, with variations, and random ones.
sub names {
	my (@rules) = @_;
	my %names;
	for my $near (map { @{ $_->{near} || [] } } @rules) {
		my $name = lc $near;
		my ($first, $rest) = split /\./, $name, 2;
		$names{$_} = 1 for $name, "a.$name", "x.ad.$name", label() . ".$name", "a$name", "x-$name", "$name.x",
			defined $rest ? ($rest, label() . ".$rest", "a$first.$rest", "${first}1.$rest") : ();
	}
	$names{ domain() } = $names{ label() . '.' . domain() } = 1 for 1 .. 60;
	return grep { length > 1 && /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/ && !/^[0-9.]+$/ } sort keys %names;
}

sub write_file {
	my ($path, $text) = @_;
	open my $out, '>', $path or die "$path: $!";
	print $out $text;
	close $out;
}

sub read_file {
	my ($path) = @_;
	open my $in, '<', $path or die "$path: $!";
	local $/;
	return scalar <$in> // '';
}

# Writes the source and the files beside it. Sets `first` and `last` of each rule to the numbers of its first and last line.
sub write_source {
	my (@rules) = @_;
	my %text;
	for my $rule (@rules) {
		my $file = $rule->{file} // 'source';
		$text{$file} //= '';
		$rule->{first} = 1 + ($text{$file} =~ tr/\n//);
		$text{$file} .= "$rule->{text}\n";
		$rule->{last} = $text{$file} =~ tr/\n//;
	}
	my $crlf = chance(0.1);
	my $mark = chance(0.1) ? "\xef\xbb\xbf" : '';
	for my $file (keys %text) {
		$text{$file} =~ s/\n/\r\n/g if $crlf;
		write_file("$folder/$file", $mark . $text{$file});
	}
}

# The rules that dnstap-list did not report as left out; undef if the report lacks the place of a line that was left out.
sub remaining {
	my ($report, @rules) = @_;
	my ($left) = $report =~ /^dnstap-list: \d+ rules?, (\d+) left out/m;
	my @places = $report =~ /^dnstap-list: [^ :]*source:( .*|\d+: )/mg;
	return undef if @places < ($left // 0);
	my %lines = map { /^(\d+)/ ? ($1 => 1) : () } @places;
	my @rest;
	for my $rule (@rules) {
		my $is_left = !defined $rule->{file} && grep { $lines{$_} } $rule->{first} .. $rule->{last};
		$is_left ||= grep { $_ =~ $rule->{place} } @places if $rule->{place};
		push @rest, $rule if !$is_left;
	}
	return \@rest;
}

sub run { my ($command) = @_; system 'sh', '-c', "cd '$folder' && $command"; return $? >> 8 }

sub quoted { return join ' ', map { "'$_'" } @_ }

our %count = (names => 0, matched => 0, required => 0);

# The differences of one round, as text.
sub round {
	my @rules = rules();
	write_source(@rules);
	my @options = defined &options ? options(@rules) : ();
	my $status = run('dnstap-list -v ' . quoted(@options) . " $format source >list 2>report");
	return "dnstap-list: status $status\n" if $status > 1;
	my @names = names(@rules);
	write_file("$folder/answers", join '', map { "0.000000 192.0.2.1 0 $_\n" } @names);
	my $matcher = $status ? ':' : 'dnstap-match list';	# status 1: no rules, and dnstap-match refuses an empty list
	run("$matcher <answers >matched 2>complaints") <= 1 or return "dnstap-match: failed\n";
	my %listed = map { (split)[3] => 1 } split /\n/, read_file("$folder/matched");
	my $complaints = join '', grep { /list:\d+/ } split /^/, read_file("$folder/complaints");
	my $rest = remaining(read_file("$folder/report"), @rules);
	my $text = $complaints;
	for my $name (@names) {
		my $matches = matches($name, @rules);
		my $required = $matches && $rest && matches($name, @$rest) && !grep { limits($name, $_) } @rules;
		$count{names}++;
		$count{matched} += $matches ? 1 : 0;
		$count{required} += $required ? 1 : 0;
		$text .= "wider than the source: $name\n" if $listed{$name} && !$matches;
		$text .= "lost: $name\n" if $required && !$listed{$name};
	}
	return $text;
}

require './' . dirname($0) . "/formats/$format.pl";
*limits = sub { return 0 } if !defined &limits;
for my $number (1 .. $rounds) {
	srand $seed * 1000 + $number;
	my $differences = round() or next;
	print "$format: seed $seed, round $number\n$differences";
	for my $file (qw(source other report list)) {
		print "-- $file\n", read_file("$folder/$file") if -e "$folder/$file";
	}
	exit 1;
}
print "$format: $count{names} names, $count{matched} matched by the source, $count{required} required\n";
exit($count{required} * 4 < $count{matched} ? 2 : 0);	# fewer than a quarter of the names are required
