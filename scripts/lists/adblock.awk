# AdBlock filters of browsers and DNS filters. `||name^` matches the name and all names below it. Programs differ on a bare
# name, or a name after an address: all match at least the name itself. Other patterns and regular expressions have the
# meaning of AdGuard's DNS filters, which search for them in the name: `|` is the start or end of the name, `^` its end, `*`
# any text.
#
# An exception overrides the rules for its name and for all names below it. In the list grammar the longer name wins, so these
# rules are dropped. In that grammar, a rule for a name also overrides an exception by a pattern, so rules for names that the
# pattern may match are dropped, unless --wide is set; all rules, if the pattern cannot be converted. A $badfilter cancels a rule before or after it. So all rules are stored
# until the end of the input.

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
		# Between !#if and !#endif, $badfilter may be inactive, so it must not cancel an exception.
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

# Returns the position of the `$` before the options, or 0. A regular expression can also contain a `$`.
function options_at(text) {
	if (text ~ /^\/.+\/$/)
		return 0
	if (match(text, /^\/.+\/\$[^\/]*$/) && match(text, /\/\$[^\/]*$/))
		return RSTART + 1
	return index(text, "$")
}

# Sets `options` to the options that do not limit a rule, `cancels` if the rule is a $badfilter, `partial` if an option of DNS
# filters limits it to some clients, types or names, and `restricted` if any other option limits it. A partial exception is
# treated as one for all clients, types and names, unless --wide is set.
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

# `||` matches the start of the name or of a label, and `^` the end of the name. A pattern without `^` also matches longer
# names. If its text is a domain name, the rule is only for that domain.
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

# Converts a pattern that contains `*`, or that has no mark at its start or end, to a regular expression.
function wildcard(key, start, name, ended, exception,	i, n, part, text) {
	if (name !~ /^[a-z0-9_.*-]*[a-z0-9_-][a-z0-9_.*-]*$/ || (start == "" && !ended && !exception)) {
		leave_pattern(exception, name ~ /^[.*]+$/ ? "means every name" : "no rule for names")
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

# A name has no slash, so `[^/]` is any character of a name.
function expression(key, text, exception,	why, form) {
	if (text !~ /\\\[|\[[^]]*\[/)
		gsub(/\[\^\\?\/\]/, ".", text)
	why = text ~ /\// ? "no rule for names" : read_regex(text, "go")
	if (why != "") {
		leave_pattern(exception, why)
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

# keep_name(KEY, FORM, NAME, EXCEPTION[, LOOSE]): stores a rule for a name. An exception without an end mark overrides the rules
# for all names that contain LOOSE.
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

# An exception by a pattern that is not converted may cover names of every rule.
function leave_pattern(exception, why) {
	leave_filter(exception, why)
	if (exception && why != "no rule for names")
		guards_all = 1
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
	else if (guards_all && !stays_wide("partly excepted", lines[i], places[i]))
		return
	else if (forms[i] == "/")
		rule("/" names[i] "/")
	else if (is_excepted(forms[i], names[i]))
		leave("excepted", lines[i], places[i])
	else if (guards_all || !is_guarded(forms[i], names[i]) || stays_wide("partly excepted", lines[i], places[i]))
		rule(forms[i] names[i])
}

# Whether an exception covers all names that the rule for this form and name matches.
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

# Whether an exception by a pattern may cover some names that the rule for this form and name matches. guards[LABEL] has the
# numbers of the patterns that match only names with this last label, guards[""] those of all other patterns.
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
