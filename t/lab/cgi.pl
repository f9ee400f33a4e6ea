#!/usr/bin/perl
# cgi.pl PORT PATH FOLDER odd|SEED COUNT: hostile HTTP requests for ipcache-serve at 127.0.0.1:PORT. FOLDER has `evil.conf`, a
# configuration that no request may select, and `fifo`, which blocks a program that opens it. `odd` sends each known trick
# once; a SEED sends COUNT random requests. Prints each request with a wrong response; ends at the third without a response.
#
# A response is right when its status is 2xx for a request that ipcache-serve defines, and a refusal otherwise. Servers
# refuse many requests themselves, each with its own status. nginx responds 502 when a program that refuses ends
# before it has read the whole body.
use strict;
use warnings;
use IO::Socket::INET;
use MIME::Base64;

my ($port, $path, $folder, $seed, $count) = @ARGV;
my $unanswered = 0;
$SIG{PIPE} = 'IGNORE';
my $canary = "touch $folder/canary";
my $refusal = qr/^(?:400|401|403|404|405|408|411|413|414|431|501|505)$/;

# Text with a meaning to a shell, a program or a log.
my @words = ('-c', '--config', '-r', '-m', '-h', '-V', '--', '-', 'export', 'import', 'follow', 'since=', 'since=0', 'since=1-2',
	"$folder/evil.conf", "$folder/fifo", '/proc/self/environ', '/etc/passwd', '../../../etc/passwd', '~', '*', '?',
	";$canary;", "\$($canary)", "`$canary`", "|$canary", "&$canary", "\n$canary\n", "() { :;}; $canary", "'\$($canary)'",
	"\"; $canary #", '%s%n', "\0", "\e]0;owned\a", "<0>emergency", '=', '&', ';', '999999999999999999999', '${IFS}', "\xff\xfe");
my @names = ('User-Agent', 'Cookie', 'Referer', 'Accept', 'Proxy', 'X-Forwarded-For', 'IPCACHE_CONFIG', 'Ipcache-Config', 'Path',
	'Ifs', 'Env', 'Ld-Preload', 'Ssh-Original-Command', 'Content-Type', 'Gateway-Interface', 'Query-String', 'Lists');

# encoded WORD: the word as it appears in a query. Bytes that would end the request line are always encoded.
sub encoded {
	my ($word) = @_;
	my $all = rand() < 0.2;
	$word =~ s/ /+/g if rand() < 0.5;
	$word =~ s/([^\x21\x22\x24-\x7e])/sprintf '%%%02x', ord $1/ge;
	$word =~ s/([^A-Za-z0-9])/sprintf '%%%02X', ord $1/ge if $all;
	return $word;
}

sub in_header { my ($value) = @_; $value =~ tr/\r\n\0/   /; return $value }

# Whether ipcache-serve defines this query of GET: each word occurs at most once.
sub is_defined {
	my ($query) = @_;
	my %seen;
	my @each = split /&/, $query, -1;
	pop @each if @each && $each[-1] eq '';
	for (@each) {
		my ($kind) = /^(since)=[0-9A-Za-z-]{0,64}$/ or return 0;
		return 0 if $seen{$kind}++;
	}
	return 1;
}

# A server may decode characters that needed no encoding.
sub may_succeed {
	my ($r) = @_;
	return 0 if $r->{method} !~ /^(?:get|post)$/i;
	return 1 if $r->{query} =~ /#/;
	(my $decoded = $r->{query}) =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ge;
	return $r->{query} eq '' if $r->{method} eq 'POST';
	return is_defined($r->{query}) || is_defined($decoded);
}

sub send_request {
	my ($r) = @_;
	my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port) or return "no connection: $!";
	my $url = $path . $r->{info} . ($r->{query} eq '' ? '' : "?$r->{query}");
	my $text = "$r->{method} $url HTTP/1.1\r\nHost: x\r\nConnection: close\r\n";
	$text .= "$_->[0]: $_->[1]\r\n" for @{$r->{headers}};
	$text .= 'Content-Length: ' . ($r->{length} // length $r->{body}) . "\r\n" if $r->{method} eq 'POST' || defined $r->{length};
	syswrite $s, "$text\r\n$r->{body}";
	shutdown $s, 1 if $r->{lies};
	my $answer = '';
	local $SIG{ALRM} = sub { die "no end\n" };
	alarm 60;
	my $ended = eval { 1 while sysread $s, $answer, 65536, length $answer; 1 };
	alarm 0;
	exit print "three requests have no answer\n" if !$ended && ++$unanswered == 3;
	return $ended ? $answer : 'no answer';
}

sub describe {
	my ($r, $why) = @_;
	my $text = "$why: $r->{method} $path$r->{info}?$r->{query} " . join(' ', map { "$_->[0]: $_->[1]" } @{$r->{headers}});
	$text =~ s/([^ -~])/sprintf '\\x%02x', ord $1/ge;
	return substr($text, 0, 300) . "\n";
}

# Prints the fault of a response.
sub try_request {
	my ($r) = @_;
	$r = { method => 'GET', info => '', query => '', headers => [], body => '', %$r };
	my $answer = send_request($r);
	return if $r->{lies} && $answer eq '';
	my ($status) = $answer =~ m{^HTTP/1\.[01] (\d{3})[ \r]} or return print describe($r, 'no status');
	if ($status =~ /^20[04]$/) {
		print describe($r, "status $status") if !$r->{lies} && !may_succeed($r);
		print describe($r, 'no serial') if $status == 200 && $answer !~ /^# serial /m;
	} elsif ($status !~ $refusal && !($status == 502 && $r->{body} ne '')) {
		print describe($r, "status $status");
	} elsif ($r->{succeeds}) {
		print describe($r, "status $status");
	}
}

sub odd_requests {
	my @all = map { { query => $_, succeeds => 1 } } '', 'since=', 'since=0', 'since=abc-1', 'since=0&';
	push @all, { method => 'POST' }, { method => 'POST', body => "garbage\n\0\n", succeeds => 1 };
	my $evil = "$folder/evil.conf";
	my $fifo = "$folder/fifo";
	for my $method ('GET', 'POST') {
		push @all, map { { method => $method, query => $_ } }
			"-c+$evil", "-c+$fifo", "--config+$evil", "%2dc+$evil", "-c%20$evil", "-r+-c+$evil", "--+-c+$evil", $evil, $fifo,
			'-c+/proc/self/environ', '-h', '--help', '-V', '-r', '-m+1', '-m+99999', '-', '--', '+', '=', '%', '%00', 'a%00b',
			'%0a', '%0d%0aStatus:+200', '*', '?', '????', '&&', '&since=0', '/etc/passwd', '../../x', 'follow&follow';
	}
	push @all, map { { query => $_ } }
		'since=-f', 'since=%2df', 'since=0+-f', "since=0&-c+$evil", 'since=0;follow', 'since=0&since=1', 'since=&since=1', 'since=1&since=', 'since=0&since',
		'since=0&x=1', 'Since=0',
		'since', 'since==0', 'since=0%00', 'since=0%0a', "since=" . 'a' x 65, "since=" . 'a' x 7000, 'since=' . 'a' x 200000,
		'a&' x 3000, "since=\$($canary)", "since=`$canary`";
	push @all, map { my $w = $_; map { { query => $_ } } encoded($w), 'since=' . encoded($w), "-c+" . encoded($w) }
		grep { !/^(?:since=.*|follow)$/ && $_ ne '&' } @words;
	for my $value (@words) {
		push @all, map { { headers => [[$_, in_header($value)]], query => "-c+/proc/self/environ" } } 'User-Agent';
		push @all, { headers => [['Authorization', 'Basic ' . encode_base64("$value:x", '')]], query => 'since=0' };
		push @all, { info => '/' . encoded($value), query => 'x' };
	}
	push @all, map { { headers => [[$_, $evil]], query => 'x' } } @names;
	push @all, map { { method => $_ } } 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PATCH', 'get', 'EXPORT', 'IMPORT', '-c',
		"\$($canary)", ";$canary;", 'A' x 9000;
	push @all, map { { method => 'POST', length => $_, body => "x\n", lies => 1 } } 0, 1, 3, 100, '-1', '1e9', '0x10', '010', '99999999999999999999',
		'1,2', '', "1;$canary", "\$($canary)";
	push @all, { length => 5, lies => 1 }, { method => 'POST', length => 1 << 40, lies => 1 };
	return @all;
}

sub one_of { $_[rand @_] }

sub random_request {
	my $query = join one_of('', '&', '+', ';', '='), map { encoded(one_of(@words)) } 1 .. 1 + rand 4;
	my $method = rand() < 0.7 ? 'GET' : rand() < 0.8 ? 'POST' : one_of('HEAD', 'PUT', 'FOO', '-c', 'get');
	my $r = { method => $method, query => $query, body => '',
		info => rand() < 0.1 ? '/' . encoded(one_of(@words)) : '',
		headers => [map { [one_of(@names), in_header(one_of(@words))] } 1 .. rand 3] };
	$r->{body} = join '', map { one_of(@words) . "\n" } 1 .. rand 4 if $method eq 'POST';
	$r->{query} = join '', map { chr(0x21 + int rand 94) } 1 .. rand 40 if rand() < 0.2;
	$r->{query} =~ s/follow/followed/g;	# a real `follow` never ends
	push @{$r->{headers}}, ['Authorization', 'Basic ' . encode_base64(one_of(@words) . ':x', '')] if rand() < 0.1;
	return $r;
}

if ($seed eq 'odd') {
	srand 1;
	try_request($_) for odd_requests();
} else {
	srand $seed;
	try_request(random_request()) for 1 .. $count;
}
