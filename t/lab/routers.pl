#!/usr/bin/perl
# Converts the JSON of a router about its routes to one format: PREFIX NEXT-HOP COMMUNITIES (or -).
use strict;
use warnings;
use JSON::PP;

my ($router, @arguments) = @ARGV;
local $/;
my $json = JSON::PP->new->loose;	# ExaBGP does not escape control characters

sub put {
	my ($prefix, $next_hop, @communities) = @_;
	print join(' ', $prefix, $next_hop, @communities ? join(',', sort @communities) : '-'), "\n";
}

# Calls the function with each of the concatenated values in the input.
sub each_value {
	my ($function) = @_;
	my $text = <STDIN>;
	$json->incr_parse($text);
	while (my $value = $json->incr_parse) { $function->($value) }
}

my %known = (
	frr => sub {
		each_value(sub {
			my ($route) = @_;
			for my $path (@{$route->{paths} // []}) {
				next if $path->{peer}{peerId} ne $arguments[0];
				my ($next_hop) = grep { ($_->{scope} // 'global') eq 'global' } @{$path->{nexthops}};
				put($route->{prefix}, $next_hop->{ip}, split(' ', $path->{community}{string} // ''));
			}
		});
	},

	gobgp => sub {
		each_value(sub {
			my ($table) = @_;
			for my $path (map { @$_ } grep { ref } values %$table) {
				my %attribute = map { $_->{type} => $_ } @{$path->{attrs}};
				put($path->{nlri}{prefix}, $attribute{3}{nexthop} // $attribute{14}{nexthop},
				    map { ($_ >> 16) . ':' . ($_ & 0xffff) } @{$attribute{8}{communities} // []});
			}
		});
	},

	# ExaBGP prints the events of all peers: build the table from those of one peer, in order of arrival.
	exabgp => sub {
		my %table;
		for my $line (split /\n/, <STDIN>) {
			next if index($line, "\"peer\": \"$arguments[0]\"") < 0;
			my $neighbor = $json->decode($line)->{neighbor};
			%table = () if ($neighbor->{state} // '') eq 'down';
			my $update = $neighbor->{message}{update} or next;
			delete @table{map { $_->{nlri} } map { @$_ } values %{$update->{withdraw} // {}}};
			for my $family (values %{$update->{announce} // {}}) {
				for my $next_hop (keys %$family) {
					$table{$_->{nlri}} = [$next_hop, map { join(':', @$_) } @{$update->{attribute}{community} // []}]
					    for grep { ref } @{$family->{$next_hop}};
				}
			}
		}
		put($_, @{$table{$_}}) for keys %table;
	},

	openbgpd => sub {
		each_value(sub {
			put($_->{prefix}, $_->{exit_nexthop}, @{$_->{communities} // []}) for @{$_[0]{rib}};
		});
	},
);

$known{$router}->();
