# Wildcards of DNSCrypt: PATTERN [@SCHEDULE] # comment.
#
#	x, .x, *.x		x and the names below it
#	=x			x itself
#	x*, *x*			names that begin with x, or contain it
#	x*y, x?y, x[a-z]y	names of this form
#
# One of the patterns that match a name decides: that with the longest name, otherwise any other pattern. A pattern with a
# schedule does not match at other times, so it becomes an exception from the patterns that it overrides.

/^#/ { next }
{
	sub(/[ \t]#[^#]*$/, "")
	gsub(/^[ \t]+|[ \t]+$/, "")
	if ($0 == "")
		next
	at = split($0, part, /[ \t]*@[ \t]*/)
	if (at > 2 || part[1] ~ /[ \t]/)
		leave("more than one word")
	else
		pattern(tolower(part[1]), at == 2)
}
END { except_scheduled(); finish() }

function pattern(text, scheduled) {
	if (text ~ /^[*?]+$/)
		leave("means every name")
	else if (text ~ /\?|\[/ || text ~ /.\*./)
		expression("^" from_glob(text) "$", scheduled)
	else if (text ~ /^\*[a-z0-9_.-]+\*$/)
		expression(literally(substr(text, 2, length(text) - 2)), scheduled)
	else if (text ~ /^[a-z0-9_.-]+\*$/)
		expression("^" literally(substr(text, 1, length(text) - 1)), scheduled)
	else if (sub(/^=/, "", text))
		name_pattern("=", text, scheduled)
	else {
		sub(/^\*?\.?/, "", text)
		name_pattern("", text, scheduled)
	}
}

function name_pattern(form, text, scheduled,	why) {
	text = canonical(text)
	why = bad_name(text)
	if (why != "")
		leave(why)
	else if (!scheduled) {
		printed[form text]
		rule(form text)
	} else {
		leave("limited to a schedule")
		scheduled_names[++held] = form text
	}
}

function expression(text, scheduled,	why) {
	why = read_regex(text, "go")
	if (why == "" && scheduled) {
		why = "limited to a schedule"
		scheduled_regexes[++regexes_held] = regex
	}
	if (why != "") {
		leave(why)
		return
	}
	regexes++
	rule("/" regex "/")
}

# Converts a wildcard to an expression. A class must mean the same in Go's filepath.Match() and in PCRE2. Returns "[", which
# read_regex() refuses, for any other text.
function from_glob(text,	out, c, class) {
	for (; text != ""; text = substr(text, 2)) {
		c = substr(text, 1, 1)
		if (c == "*") {
			if (out !~ /\[\^\/\]\*$/)
				out = out "[^/]*"
		} else if (c == "?") {
			out = out "[^/]"
		} else if (c == "[") {
			if (!match(text, /^\[\^?([a-z0-9_.]|\\[._-]|[a-z]-[a-z]|[0-9]-[0-9])+\]/))
				return "["
			out = out substr(text, 1, RLENGTH)
			text = substr(text, RLENGTH)
		} else if (c ~ /[a-z0-9_.-]/) {
			out = out literally(c)
		} else {
			return "["
		}
	}
	return out
}

function except_scheduled(	i) {
	for (i = 1; i <= held; i++)
		if (regexes || is_covered(scheduled_names[i]))
			rule("!" scheduled_names[i])
	for (i = 1; regexes && i <= regexes_held; i++)
		rule("!/" scheduled_regexes[i] "/")
}

function is_covered(text,	name) {
	if (text in printed)
		return 1
	name = text
	sub(/^=/, "", name)
	do
		if (name in printed)
			return 1
	while (sub(/^[^.]*\./, "", name))
	return 0
}
