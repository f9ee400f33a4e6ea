# Lists of URLs and names: a URL matches its host, and a name itself. `.name` and `*.name` are those of dnstap-match(1).

# The host of a URL, or a text that is no valid name.
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
