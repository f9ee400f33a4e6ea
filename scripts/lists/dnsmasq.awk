# dnsmasq: KEYWORD=/NAME/.../TARGET. A name matches itself and all names below it, `*.name` only those below; the longest name
# decides, as in the list grammar. The server `#` stands for the default servers: an exception.

/^[ \t]*(#|$)/ { next }
{
	sub(/[ \t]#.*/, "")
	gsub(/^[ \t]+|[ \t]+$/, "")
	line = $0
	sub(/^--/, "", line)
	keyword = line
	sub(/[ \t]*=.*/, "", keyword)
	sub(/^[^=]*=[ \t]*/, "", line)
	if (keyword !~ /^(server|local|address|ipset|nftset)$/ || line !~ /^\//) {
		leave("no rule for names")
		next
	}
	names(line, keyword)
}
END { finish() }

function names(text, keyword,	n, i, part, marks) {
	n = split(text, part, "/")
	if (n < 3) {
		leave("no rule for names")
		return
	}
	marks = (keyword == "server" || keyword == "local") && part[n] ~ /^#/ ? "!" : ""
	for (i = 2; i < n; i++)
		one_name(marks, part[i])
}

function one_name(marks, name) {
	if (name == "")
		leave("means names without a dot")
	else if (name ~ /^\*\../)
		name_rule(marks "*.", substr(name, 3))
	else
		name_rule(marks, name ~ /^\../ ? substr(name, 2) : name)
}
