# unbound.conf(5). A name belongs to the local zone with the longest name. By the type of the zone, unbound answers all names or
# only those with local data, and resolves the others; always_transparent ignores the data, and nodefault creates no zone.
# Names that are resolved belong to the longest forward or stub zone, which needs a server.
use strict;
use warnings;

our @wanted;

sub local_zone {
	my $domain = domain();
	my $type = any(
		qw(static refuse deny redirect always_nxdomain always_refuse always_nodata always_null inform_deny inform_redirect),
		qw(transparent typetransparent inform always_transparent)
	);
	my $name = spelled($domain) . any('', '', '.');
	my $mark = any('"', "'", '');
	my $text = "server:\n" . any("\t", ' ', '') . any('local-zone: ', 'local-zone:') . "$mark$name$mark $type";
	$text = "server: local-zone: $mark$name$mark $type" if chance(0.2);
	$text .= ' # local-zone: b.x static' if chance(0.1);
	return { text => $text, near => [$domain], local => $domain, type => $type };
}

sub local_data {
	my $domain = domain();
	my $name = spelled($domain) . any('', '', '.');
	my $data = $name . any(' A 192.0.2.1', ' 3600 IN A 192.0.2.1', ' IN AAAA 2001:db8::1', "\tA 0.0.0.0");
	return { text => "server:\n\tlocal-data: " . any("\"$data\"", "'$data'"), near => [$domain], data => $domain };
}

sub other_zone {
	my $domain = domain();
	my $set = any('forward-zone', 'forward-zone', 'stub-zone');
	my $kind = $set =~ s/-zone//r;
	my $servers = any("$kind-addr: 192.0.2.1", "$kind-addr: 192.0.2.1\@5353", "$kind-host: dns.example", "$kind-addr: 192.0.2.1\n\t$kind-addr: 192.0.2.2", '');
	my $name = 'name: ' . any('"', '') . spelled($domain) . any('', '.');
	$name .= '"' if $name =~ /"/;
	my @lines = grep { $_ } $name, $servers, any('', "$kind-first: yes"), any('', '# name: "b.x"');
	@lines = ($servers, $name) if $servers && chance(0.2);
	return { text => join("\n\t", "$set:", @lines), near => [$domain], domain => $domain, set => $set, servers => $servers };
}

sub rules {
	my @junk = ('', '# local-zone: "a.x" static', "server:\n\tinterface: 192.0.2.1", "server:\n\tprivate-domain: \"a.x\"", "auth-zone:\n\tname: \"b.x\"",
		"remote-control:\n\tcontrol-enable: no", "view:\n\tname: v\n\tlocal-zone: \"ad.x\" static", "forward-zone:\n\tname: \".\"\n\tforward-addr: 192.0.2.1",
		"server:\n\tdomain-insecure: \"a.x\"", "server:\n\tlocal-zone: \"a.b.x\" nodefault", "server:\n\tlocal-data-ptr: \"192.0.2.1 a.x\"");
	my @rules = (times_do(5, \&local_zone), times_do(3, \&local_data), times_do(6, \&other_zone));
	@rules = unique('domain', unique('local', map { splice @rules, rand @rules, 1 } 1 .. @rules));
	return map { chance(0.15) ? (text(any(@junk)), $_) : $_ } @rules;
}

sub options {
	my (@rules) = @_;
	my @sets = map { $_->{set} && $_->{servers} ? $_->{set} : $_->{local} && $_->{type} !~ /transparent|^inform$/ ? 'local-zone' : () } @rules;
	@wanted = @sets && chance(0.4) ? (any(@sets)) : ();
	return map { ('--set', $_) } @wanted;
}

# The set that has the name, or an empty text if no set has it.
sub set_of {
	my ($name, @rules) = @_;
	my ($local) = sort { length $b->{local} <=> length $a->{local} } grep { defined $_->{local} && within($name, $_->{local}) } @rules;
	my $data = grep { defined $_->{data} && $_->{data} eq $name } @rules;
	my $type = $local ? $local->{type} : 'transparent';
	return 'local-zone' if $type !~ /transparent|^inform$/;
	return 'local-zone' if $data && $type ne 'always_transparent';
	my $zone = longest($name, @rules);
	return $zone && $zone->{servers} ? $zone->{set} : '';
}

sub matches {
	my ($name, @rules) = @_;
	my $set = set_of($name, @rules);
	return @wanted ? $set eq $wanted[0] : $set ne '';
}

1;
