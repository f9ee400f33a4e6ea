# A list of URLs (RFC 3986) and hosts, each of which matches its host only; `.x` is x and the names below it, `*.x` only the
# names below x.
use strict;
use warnings;

sub url {
	my $domain = domain();
	my $host = spelled($domain);
	my ($kind, $text) = any(
		(map { ['exact', $_] } "http://$host/", "https://$host", "HTTPS://$host/a/ad.x?b=c.x", "ftp://u:p\@$host/", "https://$host:8443/",
			"http://$host?u=http://b.x/", "http://$host#b.x", "$host/path/b.x", "$host:443", $host, $host, "https://u\@$host"),
		['domain', ".$host"], ['below', "*.$host"]
	)->@*;
	return { text => $text, near => [$domain, 'b.x'], kind => $kind, domain => $domain };
}

sub rules {
	my @junk = ('', '# http://a.x/', 'http://', 'http:///a.x', 'http://192.0.2.1/a.x', 'http://[2001:db8::1]/', '192.0.2.1', 'https://a b.x', '//', '*');
	return map { chance(0.2) ? text(any(@junk)) : url() } 1 .. 15;
}

sub matches {
	my ($name, @rules) = @_;
	my %kinds = (exact => sub { $name eq $_[0] }, domain => sub { within($name, $_[0]) }, below => sub { below($name, $_[0]) });
	return scalar grep { $_->{kind} && $kinds{ $_->{kind} }->($_->{domain}) } @rules;
}

1;
