# Pi-hole: docs.pi-hole.net, regex. An expression is found anywhere in a name. Options follow it after `;`.
use strict;
use warnings;

sub expression {
	my $regex = regex();
	my $near = $regex =~ s/\\//gr =~ s/[^a-z0-9.-]+/-/gr =~ s/^[.-]+|[.-]+$//gr;
	my $option = chance(0.15) ? any(';querytype=AAAA', ';invert', ';reply=nodata', ';querytype=!A;invert') : '';
	return { text => $regex . $option, near => [$near], regex => $option ? undef : qr/$regex/ };
}

sub rules { return map { chance(0.15) ? text(any('', '# a\.x', '#', '(', '[a')) : expression() } 1 .. any(3, 6) }

sub matches {
	my ($name, @rules) = @_;
	return scalar grep { defined $_->{regex} && $name =~ $_->{regex} } @rules;
}

1;
