# AdBlock filters of browsers and DNS filters. `||name^` matches the name and all names below it. Programs differ on a bare
# name, or a name after an address: all match at least the name itself.
#
# An exception overrides each rule at or below its name, while in the list grammar the longer name wins: such rules are
# dropped. A $badfilter cancels a rule before or after it. So all rules are stored until the end of the input.

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
		keep("", "=", $i, "")
}

function filter(text,	exception, at) {
	exception = sub(/^@@/, "", text)
	sub(/[ \t]+#.*/, "", text)
	read_options((at = index(text, "$")) ? substr(text, at + 1) : "")
	if (at)
		text = substr(text, 1, at - 1)
	if (cancels) {
		# Under a condition it may cancel a rule, but not an exception.
		if (!restricted && !(exception && conditions))
			cancelled[exception, text, options]
	} else if (restricted) {
		leave_filter(exception, "restricted by options")
	} else if (conditions && !exception) {
		leave_filter(exception, "on a condition")
	} else {
		pattern(exception, text)
	}
}

# Sets `options` to the options of a rule that still matches names, `restricted` if there are others, and `cancels`.
function read_options(text,	n, i, word) {
	options = ""
	restricted = cancels = 0
	n = split(text, word, ",")
	for (i = 1; i <= n; i++)
		if (word[i] == "badfilter")
			cancels = 1
		else if (word[i] == "important" || word[i] == "all")
			options = options " " word[i]
		else if (word[i] !~ /^_*$/)	# padding, without a meaning
			restricted = 1
}

# In a URL `||` matches the start of a name or label, and `^` its end. Without `^` the rest may be anything, and only the name
# itself is used. `||ads.` and `||ads-` contain no whole name. An exception with `^|` means the name to programs that see
# only names, and one page under it to others, so the name must not be blocked.
function pattern(exception, text,	key, marks, name) {
	key = exception SUBSEP text SUBSEP options
	marks = exception ? "!" : ""
	name = text
	if (exception)
		sub(/\^\|$/, "^", name)
	if (sub(/^\|\|/, "", name)) {
		if (!sub(/\^\*?$/, "", name) && name !~ /\../)
			name = "/"
		if (sub(/^\*\./, "", name))
			marks = marks "*."
	} else {
		if (name !~ /^[A-Za-z0-9\200-\377].*\.[A-Za-z\200-\377][^.]*$/)
			name = "/"
		else if (!exception)
			marks = "="
	}
	if (name ~ /[.-]$/)
		name = "/"
	keep(key, marks, name, exception)
}

function keep(key, marks, name, exception,	why) {
	name = tolower(name)
	why = bad_name(name)
	if (why != "") {
		leave_filter(exception, why == "not a domain name" ? "no rule for names" : why)
		return
	}
	kept++
	keys[kept] = key
	forms[kept] = marks
	names[kept] = name
	if (verbose) {
		lines[kept] = $0
		places[kept] = place_in(FILENAME, FNR)
	}
}

function leave_filter(exception, why) {
	leave((exception ? "exception " : "") why)
}

function cancel_and_print(	i) {
	for (i = 1; i <= kept; i++)
		if (keys[i] in cancelled)
			leave("cancelled by a $badfilter", lines[i], places[i])
		else if (forms[i] ~ /^!/)
			excepted[substr(forms[i], 2) names[i]] = 1
	for (i = 1; i <= kept; i++)
		if (keys[i] in cancelled)
			continue
		else if (forms[i] !~ /^!/ && is_excepted(forms[i], names[i]))
			leave("excepted", lines[i], places[i])
		else
			rule(forms[i] names[i])
}

# Whether an exception covers all names that the rule matches.
function is_excepted(form, name) {
	if (name in excepted || (form == "*." && ("*." name) in excepted))
		return 1
	while (sub(/^[^.]*\./, "", name))
		if (name in excepted || ("*." name) in excepted)
			return 1
	return 0
}
