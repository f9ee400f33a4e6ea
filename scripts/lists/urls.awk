# Lists of URLs and hosts: a URL means its host, and so does a name. `.name` and `*.name` mean what they mean
# to dnstap-match(1).

# The host in the authority of a URL, or a text that is no name.
function host_of(url,	host, bare) {
	if (url ~ /\\/)	# browsers and RFC 3986 differ on it
		return url
	host = url
	bare = !sub(/^([A-Za-z][A-Za-z0-9+.-]*:)?\/\//, "", host)
	sub(/[\/?#].*/, "", host)
	sub(/.*@/, "", host)
	if (bare && host ~ /:$/)	# `http:/x/` has no host
		return url
	if (host !~ /^\[/)
		sub(/:[0-9]*$/, "", host)
	return host
}

/^[ \t]*([#;!]|$)/ { next }
{
	sub(/[ \t]+#.*/, "")
	if (NF != 1)
		leave("more than one word")
	else if ($1 ~ /^\*\../)
		name_rule("*.", substr($1, 3))
	else if ($1 ~ /^\../)
		name_rule("", substr($1, 2))
	else
		name_rule("=", host_of($1))
}
END { finish() }
