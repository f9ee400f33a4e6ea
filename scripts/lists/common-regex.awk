# Converts regular expressions of other programs to those of dnstap-match(1), which searches with PCRE2 anywhere in a name in
# lower case. All engines agree on whether a simple expression is found. They differ on the length of the match, which does not
# matter.
#
# The flavors are: "go" (RE2), "tre" (POSIX extended as TRE reads it), and "spencer" (POSIX extended without {N,M} and
# [:NAME:]). read_regex() accepts only expressions that mean the same in PCRE2, and rewrites some of them.

BEGIN {
	member = "\\\\[^A-Za-z0-9]|\\\\[dDsSwW]|\\[:[a-z]+:\\]|[^][\\\\^-]|[a-zA-Z0-9]-[a-zA-Z0-9]"
	class_of["go"] = "^\\[\\^?-?(" member ")+-?\\]"
	class_of["tre"] = "^\\[\\^?(\\]|[^]^[]|\\[:[a-z]+:\\])([^][]|\\[:[a-z]+:\\])*\\]"
	class_of["spencer"] = "^\\[\\^?(\\]|[^]^[])[^][]*\\]"
	atom_of["go"] = "^(\\\\[^A-Za-z0-9]|\\\\[dDsSwW]|[^][(){}*+?\\\\|^$])"
	atom_of["tre"] = "^(\\\\[^A-Za-z0-9<>]|\\\\[dDsSwW]|[^][(){}*+?\\\\|^$])"
	atom_of["spencer"] = "^(\\\\[^A-Za-z0-9<>]|[^][(){}*+?\\\\|^$])"
	names_of["go"] = "\\[:(alnum|alpha|digit|lower|upper|word|xdigit|punct):\\]"
	names_of["tre"] = "\\[:(alnum|alpha|digit|lower|upper|xdigit|punct|space|blank|cntrl|graph|print):\\]"
	names_of["spencer"] = "\\[:none:\\]"
	strange = "a regex that may mean something else"
}

# read_regex(TEXT, FLAVOR): returns a reason if the expression may be invalid or have another meaning in PCRE2. Otherwise
# returns "" and sets `regex` to the expression for PCRE2, and `tail` to a text with which every matching name ends, or "".
function read_regex(text, flavor,	depth, anchored, repeatable, before, empty, copies, choices, ends, kept, c, item, n) {
	regex = tail = ""
	if (text == "" || text ~ /^\^?(\.[*+]?)*\$?$/)
		return "means every name"
	if (length(text) > 1000 || text ~ /[^!-~]/)
		return strange
	copies = length(text)
	empty = 1
	for (; text != ""; text = substr(text, n + 1)) {
		before = repeatable	# 1: an atom, 2: a group
		kept = tail
		tail = ""
		ends = repeatable = 0
		c = substr(text, 1, 1)
		item = ""	# what replaces the first n characters; "": they remain
		n = 1
		if (match(text, atom_of[flavor])) {
			n = RLENGTH
			tail = text ~ /^(\\[A-Za-z0-9]|\.)/ ? "" : kept substr(text, n, 1)
			repeatable = 1
		} else if (c == "[" && match(text, class_of[flavor])) {
			n = RLENGTH
			item = read_class(substr(text, 1, n), flavor)
			if (item == "")
				return strange
			repeatable = 1
		} else if (before && match(text, /^([*+?]|\{[0-9]+(,[0-9]*)?\})/)) {
			n = RLENGTH
			if (flavor == "go" && substr(text, n + 1, 1) == "?")
				n++
			if (c == "{" && (flavor == "spencer" || is_bad_count(substr(text, 2, n - 1), flavor == "go" ? 1000 : 255)))
				return strange
			if (c == "{" && before == 2)	# PCRE2 copies the group
				copies *= count
		} else if (c == "^" || c == "$") {
			anchored = depth
			ends = c == "$" && depth == 0
			if (ends)
				tail = kept
		} else if ((c == "|" || (c == ")" && depth-- > 0)) && (flavor == "go" || !empty)) {
			if (c == "|" && depth == 0)
				choices = 1
			repeatable = c == "|" || (flavor != "go" && anchored > depth) ? 0 : 2	# TRE errs on (^)*
			if (anchored > depth)
				anchored = depth
		} else if ((flavor == "go" && match(text, /^(\\[bBAz]|\(\?[ims]+\))/)) ||
		    (match(text, flavor == "go" ? "^\\((\\?[ims]*:|\\?P<[A-Za-z]+>)?" : "^\\(") && ++depth <= 100)) {
			n = RLENGTH
		} else {
			return strange
		}
		empty = c == "(" || c == "|"
		regex = regex (item == "" ? substr(text, 1, n) : item)
	}
	tail = ends && !choices ? tolower(tail) : ""
	return depth != 0 || (empty && flavor != "go") || copies > 4000 ? strange : ""
}

# Returns the bracket expression for PCRE2, or "" if PCRE2 may read it differently: it has a range that ends before it begins, or
# [:NAME:] with an unknown NAME. In POSIX a backslash in a bracket expression stands for itself.
function read_class(class, flavor,	rest) {
	rest = class
	gsub(names_of[flavor], "[", rest)
	if (rest ~ /\[:/)
		return ""
	if (flavor == "go")
		gsub(/\\./, "", rest)
	for (; match(rest, /[a-zA-Z0-9]-[a-zA-Z0-9]/); rest = substr(rest, 1, RSTART - 1) "[" substr(rest, RSTART + 3))
		if (substr(rest, RSTART, 1) > substr(rest, RSTART + 2, 1))
			return ""
	if (flavor == "go")
		return class
	gsub(/^\[\^?-?|-?\]$/, "", rest)
	if (rest ~ /-/)
		return ""
	return double_backslashes(class)
}

function double_backslashes(text,	out, at) {
	for (; at = index(text, "\\"); text = substr(text, at + 1))
		out = out substr(text, 1, at) "\\"
	return out text
}

# Whether the bounds are in the wrong order or above `most`. The text is without `{`, such as `2,1}`. Sets `count` to the last
# bound.
function is_bad_count(text, most,	n, limit) {
	n = split(text, limit, /[,}]/)
	count = limit[1] + 0
	if (n > 2 && limit[2] != "") {
		if (limit[2] + 0 < count)
			return 1
		count = limit[2] + 0
	}
	return count > most
}

# regex_rule(REGEX): returns a rule for a domain name if it matches the same names as the expression, otherwise /REGEX/.
function regex_rule(text,	name, form) {
	name = text
	form = "?"
	if (name !~ /[a-zA-Z0-9]\$$/)
		return "/" text "/"
	if (sub(/^\((\?:)?(\^\|\\\.|\\\.\|\^)\)/, "", name) || sub(/^\^\((\?:)?\.[*+]\\\.\)\?/, "", name))
		form = ""
	else if (sub(/^(\^\.[*+]|\.\*)?\\\./, "", name))
		form = "*."
	else if (sub(/^\^/, "", name))
		form = "="
	sub(/\$$/, "", name)
	if (form == "?" || name ~ /^\.|[^\\]\./)
		return "/" text "/"
	gsub(/\\\./, ".", name)
	gsub(/\\-/, "-", name)
	name = tolower(name)
	return name ~ /^[a-z0-9_.-]+$/ && bad_name(name) == "" ? form name : "/" text "/"
}

# exact_case(REGEX): returns the expression of a program that does not ignore case. dnstap-match does, so an expression with
# capitals begins with (?-i).
function exact_case(text,	rest) {
	rest = text
	gsub(/\\./, "", rest)
	return (rest ~ /[A-Z]|\[:upper:\]/ ? "(?-i)" : "") text
}

# literally(TEXT): an expression for the text: all characters are escaped, except letters, digits, `_` and `-`.
function literally(word,	i, c, text) {
	for (i = 1; i <= length(word); i++) {
		c = substr(word, i, 1)
		text = text (c ~ /[A-Za-z0-9_\200-\377-]/ ? "" : "\\") c
	}
	return text
}

# Whether an expression may match a name that the rule for `form` ("", "=" or "*.") and `name` matches. `text` and `tail` are
# `regex` and `tail` of read_regex().
function may_be_found(text, tail, form, name,	suffix) {
	if (form == "=") {
		if (is_strange_to_awk(text))
			return ends_with(name, tail)
		return name ~ tolower(text)
	}
	suffix = "." name
	return ends_with(suffix, tail) || ends_with(tail, suffix)
}

# Whether awk may refuse the expression, or may read it differently in lower case. For example, awk has no empty alternatives.
function is_strange_to_awk(text) {
	return text ~ /\(\?|\\[A-Za-z0-9]|\{|:(upper|word):|[A-Z]-|-[A-Z]|(^|[(|])([|)]|$)/
}

function ends_with(text, end) {
	return length(text) >= length(end) && substr(text, length(text) - length(end) + 1) == end
}
