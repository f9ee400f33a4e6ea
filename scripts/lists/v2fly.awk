# v2fly's domain-list-community (geosite), as source and as published text:
#
#	[domain:|full:|keyword:|regexp:]WORD [@ATTRIBUTE]... # comment
#	include:LIST [@ATTRIBUTE|@-ATTRIBUTE]...
#	domain:WORD:@ATTRIBUTE,@ATTRIBUTE
#
# An included list is a file in the same folder. The wanted attributes are a text like ` cn -ads `: those of the option -a,
# and in an included list also those of its include line.

BEGIN {
	chosen = " " ENVIRON["LIST_ATTRIBUTES"] " "
	member = "\\\\[^A-Za-z0-9]|\\\\[dDsSwW]|\\[:[a-z]+:\\]|[^][\\\\^-]|[a-zA-Z0-9]-[a-zA-Z0-9]"
	class_pattern = "^\\[\\^?-?(" member ")+-?\\]"
}

{
	opened = FILENAME == "" || FILENAME == "-" ? "./-" : FILENAME
	read_line($0, opened, chosen, " " opened " ", place_in(FILENAME, FNR))
}
END { finish() }

function folder(path) {
	sub(/[^\/]*$/, "", path)
	return path
}

function read_line(line, path, wanted, above, place,	n, word, i, attributes, kind) {
	sub(/#.*/, "", line)
	gsub(/\r/, "", line)
	n = split(line, word, " ")
	if (n == 0)
		return
	kind = ""
	if (word[1] ~ /^(domain|full|keyword|regexp|include):/)
		kind = substr(word[1], 1, index(word[1], ":") - 1)
	attributes = " "
	if (kind != "include" && (i = match(word[1], /:@[^:]*$/))) {
		attributes = substr(word[1], i + 1)
		word[1] = substr(word[1], 1, i - 1)
		gsub(/[@,]+/, " ", attributes)
		attributes = attributes " "
	}
	for (i = 2; i <= n; i++)
		if (word[i] ~ /^@./)
			attributes = attributes substr(word[i], 2) " "
		else if (word[i] !~ /^&./) {	# `&` names another list with the same rule
			leave("more than one word", line, place)
			return
		}
	if (kind == "include")
		include(substr(word[1], 9), attributes, path, wanted, above, line, place)
	else if (!suits(attributes, wanted))
		leave("other attributes", line, place)
	else
		one_rule(kind, kind == "" ? word[1] : substr(word[1], length(kind) + 2), line, place)
}

function suits(attributes, wanted,	n, i, word, unwanted) {
	n = split(wanted, word, " ")
	for (i = 1; i <= n; i++) {
		unwanted = sub(/^-/, "", word[i])
		if ((index(attributes, " " word[i] " ") > 0) == unwanted)
			return 0
	}
	return 1
}

# `above` has the lists that include this one, to find loops. A list that was read before with the same wanted attributes is
# skipped.
function include(name, filter, path, wanted, above, line, place,	n, i, word, inner, number) {
	path = folder(path) name
	if (name !~ /^[A-Za-z0-9!_-][A-Za-z0-9!._-]*$/ || index(above, " " path " ")) {
		leave(name ~ /[^A-Za-z0-9!._-]/ ? "a list elsewhere" : "a list that includes itself", line, place)
		return
	}
	n = split(filter, word, " ")
	for (i = 1; i <= n; i++)
		if (!index(wanted, " " word[i] " "))
			wanted = wanted word[i] " "
	if ((path, wanted) in seen)
		return
	seen[path, wanted] = 1
	for (number = 1; (i = (getline inner < path)) > 0; number++) {
		if (number == 1 && substr(inner, 1, 3) == "\357\273\277")
			inner = substr(inner, 4)
		read_line(inner, path, wanted, above path " ", place_in(path, number))
	}
	if (i < 0)
		leave("a list that is not there", line, place)
	else
		close(path)
}

function one_rule(kind, word, line, place,	why) {
	if (kind == "regexp" || kind == "keyword") {
		why = word == "" ? "means every name" : ""
		if (kind == "regexp" && why == "" && is_strange(word))
			why = "a regex that may mean something else"
		if (why == "")
			rule("/" (kind == "regexp" ? exact_case(word) : literally(tolower(word))) "/")
	} else {
		word = canonical(word)
		why = bad_name(word)
		if (why == "")
			rule((kind == "full" ? "=" : "") word)
	}
	if (why != "")
		leave(why, line, place)
}

# Escapes all characters of a keyword, except letters, digits, `_` and `-`.
function literally(word,	i, c, text) {
	for (i = 1; i <= length(word); i++) {
		c = substr(word, i, 1)
		text = text (c ~ /[a-z0-9_\200-\377-]/ ? "" : "\\") c
	}
	return text
}

# dnstap-match ignores case, and Go does not: (?-i) restores this if the regex has capitals.
function exact_case(regex,	rest) {
	rest = regex
	gsub(/\\./, "", rest)
	return (rest ~ /[A-Z]|\[:upper:\]/ ? "(?-i)" : "") regex
}

# Whether a regular expression of Go (RE2) may be invalid, or have another meaning in PCRE2.
function is_strange(regex,	depth, repeatable, class) {
	if (length(regex) > 1000)
		return 1
	for (; regex != ""; regex = substr(regex, RLENGTH + 1)) {
		if (match(regex, /^\\[bBAz]|^[|^$]|^\(\?[ims]+\)/)) {
			repeatable = 0
		} else if (match(regex, /^(\\[^A-Za-z0-9]|\\[dDsSwW]|[^][(){}*+?\\|^$])/)) {
			repeatable = 1
		} else if (match(regex, class_pattern)) {
			class = substr(regex, 1, RLENGTH)
			if (is_bad_class(class))
				return 1
			RLENGTH = length(class)
			repeatable = 1
		} else if (match(regex, /^\((\?[ims]*:|\?P<[A-Za-z]+>)?/)) {
			repeatable = 0
			if (++depth > 100)
				return 1
		} else if (match(regex, /^\)/)) {
			repeatable = 1
			if (--depth < 0)
				return 1
		} else if (repeatable && match(regex, /^([*+?]|\{[0-9]+(,[0-9]*)?\})\??/)) {
			if (is_bad_count(substr(regex, 2, RLENGTH - 2)))
				return 1
			repeatable = 0
		} else {
			return 1
		}
	}
	return depth != 0
}

# Whether a class has a range that ends before it begins, or an unknown name.
function is_bad_class(class,	rest) {
	rest = class
	gsub(/\[:(alnum|alpha|digit|lower|upper|word|xdigit|punct):\]/, "", rest)
	if (rest ~ /\[:/)
		return 1
	gsub(/\\./, "", rest)
	for (; match(rest, /[a-zA-Z0-9]-[a-zA-Z0-9]/); rest = substr(rest, RSTART + 3))
		if (substr(rest, RSTART, 1) > substr(rest, RSTART + 2, 1))
			return 1
	return 0
}

# `2,1` of `{2,1}`; Go's limit is 1000.
function is_bad_count(text,	n, count) {
	n = split(text, count, /[,}]/)
	if (n > 1 && count[2] != "" && (count[2] + 0 > 1000 || count[2] + 0 < count[1] + 0))
		return 1
	return count[1] + 0 > 1000
}
