# Pi-hole's regular expressions (POSIX extended as TRE reads it), one on each line: REGEX[;OPTION]... An option restricts the
# query types, inverts the match or sets the reply.

{ gsub(/^[ \t]+|[ \t]+$/, "") }
/^(#|$)/ { next }
/;+[^;]/ { leave("restricted by options"); next }
{
	sub(/;+$/, "")
	why = read_regex($0, "tre")
	if (why == "")
		rule(regex_rule(regex))
	else
		leave(why)
}
END { finish() }
