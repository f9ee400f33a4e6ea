# Lists of URLs and names: a URL matches its host, and a name itself. `.name` and `*.name` mean the same as in dnstap-match(1).

# Returns the host of a URL, or a text that is no valid name if there is no clear host.
function host_of(url,	host, bare) {
	if (url ~ /\\/)	# browsers and RFC 3986 differ on the backslash
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
