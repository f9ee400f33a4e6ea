# Rules of v2fly's lists.

# v2fly_rule(KIND, WORD, LINE, PLACE): prints a rule, or counts it as dropped. KIND is "domain" or "", "full", "keyword" or
# "regexp".
function v2fly_rule(kind, word, line, place,	why) {
	if (kind == "regexp") {
		why = read_regex(word, "go")
		if (why == "")
			rule("/" exact_case(regex) "/")
		else
			leave(why, line, place)
	} else if (kind == "keyword") {
		if (word == "")
			leave("means every name", line, place)
		else
			rule("/" literally(tolower(word)) "/")
	} else {
		name_rule(kind == "full" ? "=" : "", word, line, place)
	}
}

# suits(ATTRIBUTES, WANTED): whether a rule with these attributes is wanted. Both arguments are words separated by spaces, with
# a space at each end. In WANTED, a minus before an attribute excludes the rules that have it.
function suits(attributes, wanted,	n, i, word, unwanted) {
	n = split(wanted, word, " ")
	for (i = 1; i <= n; i++) {
		unwanted = sub(/^-/, "", word[i])
		if ((index(attributes, " " word[i] " ") > 0) == unwanted)
			return 0
	}
	return 1
}
