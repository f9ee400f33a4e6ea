# Hosts files: ADDRESS NAME... # comment. Each name matches itself only. The address may be short, such as 0 or 127.1.

# Names of the machine itself, which many hosts files contain.
BEGIN {
	n = split("localhost localhost.localdomain localhost4 localhost6 local broadcasthost ip6-localhost " \
	    "ip6-loopback ip6-localnet ip6-mcastprefix ip6-allnodes ip6-allrouters ip6-allhosts", words, " ")
	for (i = 1; i <= n; i++)
		own[words[i]] = 1
}

{ sub(/#.*/, "") }
NF == 0 { next }
NF == 1 || ($1 !~ /^(0|[0-9]+\.[0-9]+(\.[0-9]+)?(\.[0-9]+)?)$/ && $1 !~ /^[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*(%.+)?$/) {
	leave("no address and name")
	next
}
{
	for (i = 2; i <= NF; i++)
		if (canonical($i) in own)
			leave("the machine itself")
		else
			name_rule("=", $i)
}
END { finish() }
