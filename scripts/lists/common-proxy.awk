# Rules of proxy programs for names.

# glob_rule(PATTERN, LINE, PLACE): prints the rule for a wildcard: `*` stands for any text, also with dots, and `?` for one
# character.
function glob_rule(pattern, line, place,	text) {
	pattern = tolower(pattern)
	text = pattern
	gsub(/\*+/, "*", text)
	if (text ~ /^\*\.[^*?]*$/) {
		name_rule("*.", substr(text, 3), line, place)
	} else if (text !~ /^[a-z0-9_.*?-]+$/) {
		leave("not a wildcard for names", line, place)
	} else if (text !~ /[^*?.]/) {
		leave("means every name", line, place)
	} else {
		gsub(/\./, "\\.", text)
		gsub(/\?/, ".", text)
		text = "^" text "$"
		sub(/^\^\*/, "", text)
		sub(/\*\$$/, "", text)
		gsub(/\*/, ".*", text)
		rule("/" text "/")
	}
}

# keyword_rule(WORD, LINE, PLACE): prints a rule for the names that contain the word.
function keyword_rule(word, line, place) {
	word = tolower(word)
	if (word !~ /[^.]/)
		leave("means every name", line, place)
	else if (word !~ /^[a-z0-9_.-]+$/)
		leave("not a part of a domain name", line, place)
	else
		rule("/" literally(word) "/")
}

# is_address(TEXT): whether the text can only be an address or prefix.
function is_address(text) {
	return text ~ /^[0-9.]+(\/[0-9]+)?$/ || text ~ /^[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(\/[0-9]+)?$/
}

# typed_rule(TEXT, LINE, PLACE): converts a rule `TYPE,VALUE[,PARAMETER]...` of Clash, mihomo or Surge. TYPE is DOMAIN,
# DOMAIN-SUFFIX, DOMAIN-KEYWORD, DOMAIN-WILDCARD, IP-CIDR or IP-CIDR6; rules of other types are left out.
function typed_rule(text, line, place,	n, i, part, type) {
	n = split(text, part, /[ \t]*,[ \t]*/)
	type = part[1]
	if (type ~ /^(AND|OR|NOT|SUB-RULE)$/) {
		leave("a logical rule", line, place)
		return
	}
	for (i = 3; i <= n; i++)
		if (part[i] !~ /^(no-resolve|extended-matching|pre-matching)$/) {
			leave(part[i] == "src" ? "a source address" : "a rule with a policy", line, place)
			return
		}
	if (type == "DOMAIN")
		name_rule("=", part[2], line, place)
	else if (type == "DOMAIN-SUFFIX")
		name_rule("", part[2], line, place)
	else if (type == "DOMAIN-KEYWORD")
		keyword_rule(part[2], line, place)
	else if (type == "DOMAIN-WILDCARD")
		glob_rule(part[2], line, place)
	else if (type == "IP-CIDR" || type == "IP-CIDR6")
		prefix(part[2], line, place)
	else if (type ~ /^(RULE-SET|DOMAIN-SET|GEOSITE|GEOIP|IP-ASN)$/)
		leave("a reference to another list", line, place)
	else if (type ~ /^(MATCH|FINAL)$/)
		leave("means every name", line, place)
	else
		leave("a rule for other than names", line, place)
}
