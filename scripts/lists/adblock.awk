# AdBlock filters of browsers and DNS filters. `||name^` matches the name and all names below it. Programs differ on a bare
# name, or a name after an address: all match at least the name itself. Other patterns and regular expressions have the
# meaning of AdGuard's DNS filters, which compare them with the name: `|` is its start or end, `^` its end, `*` any text.
#
# An exception overrides each rule at or below its name, while in the list grammar the longer name wins: such rules are
# dropped. An exception by a pattern loses to a rule for a name, so rules for names that it may match are dropped also. A
# $badfilter cancels a rule before or after it. So all rules are stored until the end of the input.

{ gsub(/^[ \t]+|[ \t]+$/, "") }
/^!#if/ { conditions++; next }
/^!#endif/ { conditions -= conditions > 0; next }
/^!#include/ { leave("another list"); next }
/^$|^!|^\[[A-Za-z]/ { next }
/#@?[$%?]?#|#@?%|\$\$|\$@\$/ { leave("about a page's elements"); next }
/^#/ { next }
/^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+[ \t]|^[0-9A-Fa-f]*::?[0-9A-Fa-f:]*[ \t]/ { host_line(); next }
{ filter($0) }
END { cancel_and_print(); finish() }

function host_line(	i) {
	sub(/[ \t]#.*/, "")
	for (i = 2; i <= NF; i++)
		keep_name("", "=", $i, 0)
}

function filter(text,	exception, at) {
	exception = sub(/^@@/, "", text)
	sub(/[ \t]+#.*/, "", text)
	read_options((at = options_at(text)) ? substr(text, at + 1) : "")
	if (at)
		text = substr(text, 1, at - 1)
	if (cancels) {
		# Under a condition it may cancel a rule, but not an exception.
		if (!restricted && !partial && !(exception && conditions))
			cancelled[exception, text, options]
	} else if (restricted || (partial && (!exception || wide))) {
		leave_filter(exception, "restricted by options")
	} else if (conditions && !exception) {
		leave_filter(exception, "on a condition")
	} else {
		pattern(exception, text)
	}
}

# The place of the `$` before the options. A regular expression can contain one.
function options_at(text) {
	if (text ~ /^\/.+\/$/)
		return 0
	if (match(text, /^\/.+\/\$[^\/]*$/) && match(text, /\/\$[^\/]*$/))
		return RSTART + 1
	return index(text, "$")
}

# Sets `options` to the options of a rule that still matches names, `restricted` if there are others, and `cancels`. `partial`
# are those of DNS filters for some clients, types or names: an exception for these becomes one for all.
function read_options(text,	n, i, word) {
	options = ""
	restricted = partial = cancels = 0
	n = split(text, word, ",")
	for (i = 1; i <= n; i++)
		if (word[i] == "badfilter")
			cancels = 1
		else if (word[i] == "important" || word[i] == "all")
			options = options " " word[i]
		else if (word[i] ~ /^(client|ctag|denyallow|dnstype|respgeo)=/)
			partial = 1
		else if (word[i] !~ /^_*$/)	# padding, without a meaning
			restricted = 1
}

# In a URL `||` matches the start of a name or label, and `^` its end. Without `^` the rest may be anything, and only the name
# itself is used, if the text is one.
function pattern(exception, text,	key, start, ended, name) {
	key = exception SUBSEP text SUBSEP options
	if (text ~ /^\/.+\/$/) {
		expression(key, substr(text, 2, length(text) - 2), exception)
		return
	}
	name = tolower(text)
	start = sub(/^\|\|/, "", name) ? "||" : sub(/^\|/, "", name) ? "|" : ""
	ended = sub(/(\^\*?|\^?\|)$/, "", name)
	if (start == "||" && name ~ /^\*\.[^*]*$/)
		keep_name(key, "*.", substr(name, 3), exception)
	else if (start == "||" && name ~ /^[^*]*[^*.-]$/ && (ended || name ~ /\../))
		keep_name(key, "", name, exception, ended ? "" : "." name)
	else if (start == "|" && ended && name !~ /\*/)
		keep_name(key, "=", name, exception)
	else if (start == "" && !ended && name ~ /^[a-z0-9\200-\377].*\.[a-z\200-\377][^.]*$/)
		keep_name(key, exception ? "" : "=", name, exception, name)
	else if (start == "" && ended && name ~ /^\.[^*]*$/)
		keep_name(key, "*.", substr(name, 2), exception)
	else
		wildcard(key, start, name, ended, exception)
}

# A pattern with `*`, or without one of its ends.
function wildcard(key, start, name, ended, exception,	i, n, part, text) {
	if (name !~ /^[a-z0-9_.*-]*[a-z0-9_-][a-z0-9_.*-]*$/ || (start == "" && !ended)) {
		leave_filter(exception, name ~ /^[.*]+$/ ? "means every name" : "no rule for names")
		return
	}
	if (name ~ /^[0-9.*]+$/) {
		leave_filter(exception, "an address")
		return
	}
	if (sub(/^\*+/, "", name))
		start = ""
	if (sub(/\*+$/, "", name))
		ended = 0
	n = split(name, part, /\*+/)
	text = start == "||" ? "(^|\\.)" : start == "|" ? "^" : ""
	for (i = 1; i <= n; i++)
		text = text (i > 1 ? ".*" : "") literally(part[i])
	expression(key, text (ended ? "$" : ""), exception)
}

function expression(key, text, exception,	why, form) {
	why = text ~ /\// ? "no rule for names" : read_regex(text, "go")
	if (why != "") {
		leave_filter(exception, why)
		return
	}
	sub(/^\(\?i\)/, "", regex)
	text = regex_rule(regex)
	form = text ~ /^\// ? "/" : text ~ /^=/ ? "=" : text ~ /^\*/ ? "*." : ""
	if (form == "/")
		keep(key, form, regex, exception)
	else
		keep(key, form, substr(text, length(form) + 1), exception)
}

# keep_name(KEY, FORM, NAME, EXCEPTION[, LOOSE]): an exception without an end holds for all names that contain LOOSE. Only those
# that are rules themselves are looked for.
function keep_name(key, form, name, exception, loose,	why) {
	name = canonical(name)
	why = bad_name(name)
	if (why != "") {
		leave_filter(exception, why == "not a domain name" ? "no rule for names" : why)
		return
	}
	keep(key, form, name, exception)
	if (exception && loose != "")
		loose_texts[kept] = loose
}

function keep(key, form, name, exception) {
	kept++
	keys[kept] = key
	is_exception[kept] = exception
	forms[kept] = form
	names[kept] = name
	if (form == "/")
		tails[kept] = tail
	if (verbose) {
		lines[kept] = $0
		places[kept] = here()
	}
}

function leave_filter(exception, why) {
	leave((exception ? "exception " : "") why)
}

function cancel_and_print(	i) {
	for (i = 1; i <= kept; i++)
		if (keys[i] in cancelled)
			leave("cancelled by a $badfilter", lines[i], places[i])
		else if (is_exception[i])
			note_exception(i)
	for (i = 1; i <= kept; i++)
		if (!(keys[i] in cancelled))
			print_one(i)
}

function note_exception(i,	label) {
	if (i in loose_texts)
		loose[++n_loose] = loose_texts[i]
	if (forms[i] != "/") {
		excepted[forms[i] names[i]]
		return
	}
	label = tails[i]
	if (!sub(/^.*\./, "", label))
		label = ""
	guards[label] = guards[label] " " i
}

function print_one(i) {
	if (is_exception[i])
		rule("!" (forms[i] == "/" ? "/" names[i] "/" : forms[i] names[i]))
	else if (forms[i] == "/")
		rule("/" names[i] "/")
	else if (is_excepted(forms[i], names[i]))
		leave("excepted", lines[i], places[i])
	else if (!is_guarded(forms[i], names[i]) || stays_wide("partly excepted", lines[i], places[i]))
		rule(forms[i] names[i])
}

# Whether an exception covers all names that the rule matches.
function is_excepted(form, name,	i) {
	for (i = 1; i <= n_loose; i++)
		if (index("." name, loose[i]))
			return 1
	if (name in excepted || (form != "" && (form name) in excepted))
		return 1
	while (sub(/^[^.]*\./, "", name))
		if (name in excepted || ("*." name) in excepted)
			return 1
	return 0
}

# Whether an exception by a pattern may cover some names that the rule matches. Patterns are stored by the last label of
# their names, if all have the same.
function is_guarded(form, name,	label) {
	label = name
	sub(/^.*\./, "", label)
	return may_be_guarded(guards[""], form, name) || ((label in guards) && may_be_guarded(guards[label], form, name))
}

function may_be_guarded(numbers, form, name,	n, i, number) {
	n = split(numbers, number, " ")
	for (i = 1; i <= n; i++)
		if (may_be_found(names[number[i]], tails[number[i]], form, name))
			return 1
	return 0
}
