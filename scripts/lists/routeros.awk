# RouterOS: the entries of /ip dns static, as commands or as an export. Each address list is a set. If any entry has an address
# list, entries without one are left out.
#
# One entry decides: a matching expression, otherwise the entry with the longest name. So an entry of an unselected list, or of
# none, is an exception from the entries above it. All entries are stored until the end of the input.

/^[ \t]*(#|$)/ && pending == "" { next }
{
	sub(/^[ \t]+/, "")
	if (pending != "")
		$0 = pending $0
	else
		first_place = here()
	if (match($0, /\\+$/) && RLENGTH % 2) {
		pending = substr($0, 1, length($0) - 1)
		next
	}
	pending = ""
	command($0)
}
END { print_static(); finish() }

# Reads COMMAND, /PATH, or /PATH COMMAND, possibly inside `:do {COMMAND} on-error={...}`.
function command(text,	is_static) {
	if (sub(/^:do[ \t]*\{[ \t]*/, "", text))
		sub(/[ \t]*\}[ \t]*on-error[ \t]*=[ \t]*\{[^{}]*\}[ \t]*;?$/, "", text)
	is_static = in_static
	if (text ~ /^\//) {
		is_static = sub(/^\/[ \t]*ip[ \t\/]+dns[ \t\/]+static([ \t\/]+|$)/, "", text)
		if (text == "" || text ~ /^\/[a-z \t\/-]*$/)
			in_static = is_static
		if (text == "")
			return
	}
	if (is_static && sub(/^add[ \t]+/, "", text))
		entry(text)
	else
		leave("no rule for names", text, first_place)
}

function entry(text,	why) {
	split("", value)
	value["type"] = "A"
	why = text ~ /["\\$\[(;{}]/ ? read_words(text) : read_plain(text)
	if (why == "" && value["disabled"] ~ /^(yes|true)$/)
		why = "disabled"
	if (why == "" && value["type"] !~ /^(A|AAAA|CNAME|FWD|NXDOMAIN)$/)
		why = "no rule for addresses"
	if (why == "" && !("regexp" in value))
		why = read_name(canonical(value["name"]))
	if (why != "") {
		leave(why, text, first_place)
		return
	}
	held++
	if ("regexp" in value) {
		form = "/"
		if (read_regex(value["regexp"], "spencer") != "")
			regex = tail = ""
		name = exact_case(regex)
	}
	forms[held] = form
	names[held] = name
	tails[held] = tail
	lists[held] = value["address-list"]
	any_list = any_list || value["address-list"] != ""
	lines[held] = text
	places[held] = first_place
}

function read_plain(text,	n, i, word, at) {
	n = split(text, word, /[ \t]+/)
	for (i = 1; i <= n; i++)
		if (at = index(word[i], "="))
			value[substr(word[i], 1, at - 1)] = substr(word[i], at + 1)
	return ""
}

# Reads KEY=VALUE words into `value`. A part of a value may be in quotes. Returns a reason if the text is more complex, or "".
function read_words(text,	key, out, n) {
	for (; text != ""; text = substr(text, n + 1)) {
		if (match(text, /^[A-Za-z.-]+=/)) {
			key = substr(text, 1, RLENGTH - 1)
			text = substr(text, RLENGTH + 1)
			out = ""
			for (; match(text, /^([^] \t"\\$[(){};]+|"([^"\\$]|\\.)*")/); text = substr(text, n + 1)) {
				n = RLENGTH
				out = out unquoted(substr(text, 1, n))
			}
			value[key] = out
			n = 0
			if (text !~ /^([ \t]|$)/)
				return "not a plain value"
		} else if (match(text, /^([ \t]+|[A-Za-z-]+)/)) {
			n = RLENGTH
		} else {
			return "not a plain value"
		}
	}
	return ""
}

function unquoted(text,	out, c) {
	if (text !~ /^"/)
		return text
	text = substr(text, 2, length(text) - 2)
	for (; match(text, /\\[0-9A-F][0-9A-F]|\\./); text = substr(text, RSTART + RLENGTH)) {
		c = substr(text, RSTART + 1, RLENGTH - 1)
		out = out substr(text, 1, RSTART - 1) (c ~ /^[^A-Za-z0-9_]$/ ? c : "\t")	# other escapes: no part of a name
	}
	return out text
}

# Sets `form` and `name` to the rule for the entry's name. Returns the reason why the name is invalid, or "".
function read_name(text) {
	form = value["match-subdomain"] ~ /^(yes|true)$/ ? "" : "="
	if (sub(/^\*\./, "", text))
		form = "*."
	name = text
	return bad_name(name)
}

function print_static(	i) {
	for (i = 1; i <= held; i++)
		if (is_wanted(i)) {
			if (forms[i] != "/")
				covers[forms[i] names[i]] = i
			else
				some_expression = i
		} else if (forms[i] == "/") {
			other_expressions[++others] = i
		}
	for (i = 1; i <= held; i++)
		if (!is_wanted(i))
			except(i)
		else if (names[i] == "")
			leave(strange, lines[i], places[i])
		else if (forms[i] == "/")
			rule(regex_rule(names[i]))
		else if (others == 0 || !is_guarded(i) || stays_wide("an expression comes first", lines[i], places[i]))
			rule(forms[i] names[i])
}

function is_wanted(i) {
	if (lists[i] == "")
		no_set()
	else if (lists[i] != last_list)
		set_wanted(lists[i])
	last_list = lists[i]
	return wanted && (lists[i] != "" || !any_list)
}

function is_guarded(i,	k, other) {
	for (k = 1; k <= others; k++) {
		other = other_expressions[k]
		if (names[other] == "" || may_be_found(names[other], tails[other], forms[i], names[i]))
			return 1
	}
	return 0
}

function except(i,	cover) {
	if (lists[i] == "")
		leave("without an address list", lines[i], places[i])
	cover = forms[i] == "/" ? some_expression : cover_of(forms[i], names[i])
	if (!cover || names[i] == "")
		return
	is_wanted(cover)	# so that the exception belongs to the set of `cover`
	rule("!" (forms[i] == "/" ? "/" names[i] "/" : forms[i] names[i]))
}

# Returns the number of the nearest wanted entry that also matches the names of this one, or 0. An entry that is for the same
# name does not count.
function cover_of(form, name) {
	if (form == "*." ? ("*." name) in covers : (name in covers) || ("=" name) in covers)
		return 0
	if (form == "*." && name in covers)
		return covers[name]
	while (sub(/^[^.]*\./, "", name))
		if (name in covers)
			return covers[name]
		else if (("*." name) in covers)
			return covers["*." name]
	return 0
}
