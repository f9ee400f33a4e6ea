# BIND 9, Administrator Reference Manual: zone statements. The zone with the longest name that a name is within decides.
# A forward zone without forwarders disables forwarding. `hint`, `redirect` and `delegation-only` zones have no names.
use strict;
use warnings;

our @wanted;

sub zone {
	my $domain = domain();
	my ($type, $set, $rest) = any(
		['primary', 'primary', 'file "null.zone";'], ['master', 'primary', 'file "/etc/bind/null.zone"; notify no;'],
		['slave', 'secondary', 'masters { 192.0.2.1; };'], ['secondary', 'secondary', "primaries {\n\t192.0.2.1;\n};"],
		['stub', 'stub', 'primaries { 192.0.2.1; };'], ['static-stub', 'static-stub', 'server-addresses { 192.0.2.1; };'],
		['mirror', 'mirror', 'primaries { 192.0.2.1; };'], ['forward', 'forward', 'forwarders { 192.0.2.1 port 5353; 192.0.2.2; };'],
		['forward', 'forward', "forward only;\n\tforwarders { 192.0.2.1; }; // type primary;"], ['forward', '', 'forwarders { };'],
		['forward', '', 'forwarders {};'], ['delegation-only', '', '']
	)->@*;
	my $name = spelled($domain) . any('', '', '.');
	$name = "\"$name\"" if chance(0.8);
	my $class = any('', '', ' IN', ' in');
	my $comment = any('', '', ' /* type hint; */', ' # };', ' // }');
	$comment .= "\n" if $comment =~ m{#|//};
	my $body = "type $type; $rest";
	$body = "$rest\n\ttype $type;" if chance(0.2);
	my $text = "zone $name$class {$comment $body\n};";
	$text =~ s/\n\t*/ /g if $text !~ m{#|//} && chance(0.5);
	return { text => $text, near => [$domain], domain => $domain, set => $set };
}

sub rules {
	my @junk = (
		'', '// zone "a.x" { type primary; };', '# zone "b.x" { type primary; };', "/* zone \"c.x\" {\ntype primary; }; */", 'options { directory "/x"; };',
		'zone "." { type hint; file "root.hints"; };', 'zone "2.0.192.in-addr.arpa" { type primary; file "r"; };', 'include "zones";',
		'acl "a.x" { 192.0.2.1; };', "view \"v\" {\n\tzone \"b.x\" { type primary; file \"x\"; };\n};", 'zone "ad.x" CH { type primary; file "x"; };',
		'zone "." { type redirect; file "zone \"a.x\""; };'
	);
	return map { chance(0.2) ? (text(any(@junk)), $_) : $_ } unique('domain', times_do(12, \&zone));
}

sub options {
	my (@rules) = @_;
	my @sets = sort grep { $_ } map { $_->{set} } grep { $_->{domain} } @rules;
	@wanted = @sets && chance(0.4) ? (any(@sets)) : ();
	return map { ('--set', $_) } @wanted;
}

sub matches {
	my ($name, @rules) = @_;
	my $zone = longest($name, @rules) or return 0;
	return @wanted ? $zone->{set} eq $wanted[0] : $zone->{set} ne '';
}

1;
