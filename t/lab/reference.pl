#!/usr/bin/perl
# reference.pl FOLDER SEED LINES: writes lists (FOLDER/*.list), answers (FOLDER/answers),
# and the lines that dnstap-match must print: FOLDER/expected.all with `-a`, .matching without an option,
# .others with `-v`, .question with `-a -q`. Every entry is compared with every name, as
# dnstap-match(1) describes the grammar; all names are ASCII.
use strict;
use warnings;

my ($folder, $seed, $lines) = @ARGV;
srand $seed;

# The lists, in the order of the command line; the first and the third file have the same tag.
my @files = (
	['one', 'one.list'], ['two', 'two.list'], ['one', 'more.list'], ['te\\044st', 'comma.list'], ['few', 'few.list'],
);
my @tags = ('one', 'two', 'te\\044st', 'few');
my %entries = map { $_ => [] } @tags;

sub any { return $_[int rand @_] }

sub label {
	return rand() < 0.85 ? any(qw(a b c)) : any(qw(ab a-b _x bb x--y 0a * \092 a\046b \032 \255));
}

# A random name; its number of labels is one of the arguments.
sub name {
	my $n = any(@_);
	return $n ? join '.', map { label() } 1 .. $n : '.';
}

sub question { return name(0, 1, 1, 2, 2, 2, 3, 3, 3, 4, 5) }

# The same name in another notation.
sub written {
	my ($name) = @_;
	return $name if $name eq '.';
	$name =~ s/\*/\\042/g;
	$name = uc $name if rand() < 0.2;
	$name .= '.' if rand() < 0.2;
	return $name;
}

sub regex {
	my @atoms = ('a', 'b', '[ab]', '.', '\.', '(?:a|b)', 'c?', 'b+', ',', '\\\\', '-');
	return any('', '', '^') . join('', map { any(@atoms) } 1 .. any(1, 2, 2, 3)) . any('', '', '$');
}

# An entry: its text, its form, whether it is an exception, its labels or its pattern.
sub entry {
	my $exception = rand() < 0.35;
	my $form = rand() < 0.02 ? 'regex' : any(qw(domain domain dot dot exact exact exact below below below));
	my %mark = (domain => '', dot => '.', exact => '=', below => '*.');
	my %entry = (form => $form, exception => $exception);
	if ($form eq 'regex') {
		my $regex = regex();
		return { %entry, text => ($exception ? '!' : '') . "/$regex/", regex => qr/$regex/i };
	}
	my $name = name(rand() < 0.1 ? (0, 1) : (1, 2, 2, 3, 3, 3, 4));
	$form = $entry{form} = 'domain' if $name eq '.' && $form ne 'exact';
	my $text = ($exception ? '!' : '') . $mark{$form} . written($name);
	return { %entry, text => $text, labels => [labels($name)] };
}

sub labels { return $_[0] eq '.' ? () : split /\./, $_[0] }

sub matches {
	my ($entry, $name) = @_;
	return $name =~ $entry->{regex} if $entry->{regex};
	my @labels = labels($name);
	my $more = @labels - @{ $entry->{labels} };
	return 0 if $more < 0 || "@labels[$more .. $#labels]" ne "@{ $entry->{labels} }";
	return $entry->{form} ne 'exact' if $more > 0;
	return $entry->{form} ne 'below';
}

# The precedence of an entry; the greatest wins. Compared in this order: domain entry, not a regular expression; number of
# labels; `=`; `!`.
sub weight {
	my ($entry) = @_;
	return ($entry->{exception} ? 1 : 0) if $entry->{regex};
	return 10 + 4 * @{ $entry->{labels} } + ($entry->{form} eq 'exact' ? 2 : 0) + ($entry->{exception} ? 1 : 0);
}

# The deciding entry of a list for a name; of equal entries the first.
sub best {
	my ($list, $name) = @_;
	my $best;
	for my $entry (@{ $entries{$list} }) {
		next unless matches($entry, $name);
		$best = $entry if !$best || weight($entry) > weight($best);
	}
	return $best;
}

# The deciding entry of a list for the names of an answer. Most names occur repeatedly.
my %known;
sub decide {
	my ($list, @names) = @_;
	for my $name (@names) {
		my $best = $known{"$list $name"} //= best($list, $name) // 0;
		return $best if $best;
	}
	return undef;
}

sub verdict {
	my @names = @_;
	my (@tag, @rule);
	for my $list (@tags) {
		my $entry = decide($list, @names);
		next if !$entry || $entry->{exception};
		push @tag, $list;
		push @rule, $entry->{text} =~ s/([^!-~]|,)/sprintf '\\%03d', ord $1/ger;
	}
	return @tag ? ' tag=' . join(',', @tag) . ' rule=' . join(',', @rule) : '';
}

sub opened {
	my ($mode, $name) = @_;
	open my $file, $mode, "$folder/$name" or die "$folder/$name: $!";
	return $file;
}

for (@files) {
	my ($tag, $name) = @$_;
	my $file = opened('>', $name);
	for (1 .. 8) {
		my $entry = entry();
		push @{ $entries{$tag} }, $entry;
		print $file any('', '', '', ' ', "\t"), $entry->{text}, any('', '', '', "\r", ' # a', "\t# /b/"), "\n";
		print $file any("\n", "# a\n", " \n") if rand() < 0.2;
	}
}

my %out = map { $_ => opened('>', $_ eq 'answers' ? $_ : "expected.$_") } qw(answers all matching others question);
my ($name, @via, $rest);
for (1 .. $lines) {
	# Some lines differ from the line before only in the address.
	if ($_ == 1 || rand() < 0.9) {
		$name = question();
		@via = rand() < 0.5 ? () : map { question() } 1 .. any(1, 1, 2, 3);
		$rest = int rand 1e6;
	}
	my $front = sprintf '1795392065.%06d 192.0.2.%d 60 %s', $rest, int rand 256, $name;
	my @keys = @via ? 'via=' . join ',', @via : ();
	push @keys, 'client=192.0.2.7' if $rest % 3 == 0;
	push @keys, 'other=x' if $rest % 5 == 0;
	my $kept = join ' ', $front, @keys;
	my @stale = $rest % 7 == 0 ? ('rule=old', 'tag=old') : ();
	print { $out{answers} } join(' ', $front, @stale, @keys), "\n";
	my $verdict = verdict($name, @via);
	print { $out{all} } "$kept$verdict\n";
	print { $out{$verdict ? 'matching' : 'others'} } "$kept$verdict\n";
	print { $out{question} } $kept, verdict($name), "\n";
}
