# draft-vixie-dnsop-dns-rpz: triggers for names, and their actions. A name of the zone decides for itself; otherwise the
# wildcard directly below the closest existing ancestor, as in RFC 4592.
use strict;
use warnings;

sub trigger {
	my $domain = domain();
	my $owner = chance(0.4) ? "*.$domain" : $domain;
	my ($rdata, $action) = any(
		(map { [$_, 'match'] } 'CNAME .', 'CNAME .', 'CNAME *.', 'CNAME rpz-drop.', 'A 0.0.0.0', 'IN CNAME .', '300 IN CNAME .', 'IN 300 CNAME .', 'cname .',
			'CNAME garden.example.', 'TXT "a.x ; b"'),
		(map { [$_, 'pass'] } 'CNAME rpz-passthru.', 'CNAME rpz-passthru.', 'IN CNAME RPZ-PASSTHRU.'), ['CNAME rpz-tcp-only.', 'none']
	)->@*;
	my $text = spelled($owner) . any('', '', '.rpz.test.') . any(' ', "\t", '   ') . $rdata . any('', '', ' ; a.x', '; c');
	return { text => $text, near => [$domain], owner => $owner, action => $action };
}

sub rules {
	my @junk = ('', '; a.x CNAME .', '24.0.2.0.192.rpz-ip CNAME .', 'ns.b.x.rpz-nsdname CNAME .', '32.1.2.0.192.rpz-client-ip CNAME .', '32.1.2.0.192.rpz-nsip CNAME .');
	my @rules = map { chance(0.15) ? (text(any(@junk)), $_) : $_ } unique('owner', times_do(12, \&trigger));
	my $soa = any('@ SOA ns.test. root.test. 1 3600 600 86400 60', "\@ 60 IN SOA ns.test. root.test. (\n\t1 ; serial\n\t3600 600 86400 60 )");
	my @head = ('$ORIGIN rpz.test.', any('$TTL 60', '$TTL 1h'), $soa, any(' NS ns.test.', '@ IN NS ns.test.'));
	return ((map { text($_) } @head), @rules);
}

sub matches {
	my ($name, @rules) = @_;
	my %action = map { defined $_->{owner} ? ($_->{owner} => $_->{action}) : () } @rules;
	my %exists;
	for my $owner (keys %action) {
		for (my $rest = $owner; defined $rest; $rest = (split /\./, $rest, 2)[1]) { $exists{$rest} = 1 }
	}
	return ($action{$name} // '') eq 'match' if $exists{$name};
	my $above = $name;
	$above = (split /\./, $above, 2)[1] // return 0 until $exists{$above};
	return ($action{"*.$above"} // '') eq 'match';
}

1;
