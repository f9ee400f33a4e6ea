# local-zone and local-data of unbound. A zone that unbound answers itself matches its name and all names below it; a
# transparent zone is an exception from the zones above it; data match their name only. The longest zone decides, as in the
# list grammar. Whether data are used depends on their zone, so they are stored until the end of the input.

BEGIN {
	n = split("deny refuse static redirect always_refuse always_nxdomain always_nodata always_deny " \
	    "always_null inform_deny inform_redirect ipset", words, " ")
	for (i = 1; i <= n; i++)
		takes[words[i]] = 1
	n = split("transparent typetransparent always_transparent inform block_a noview", words, " ")
	for (i = 1; i <= n; i++)
		passes[words[i]] = 1
}

{ gsub(/^[ \t]+|[ \t]+$/, "") }
/^(#|$)/ { next }
/^[a-z-]+:[ \t]*(#.*)?$/ { in_view = /^view:/; next }
{
	value = $0
	sub(/^[a-z-]+:[ \t]*/, "", value)
	if ($0 ~ /^local-(zone|data):/ && in_view)
		leave("for a view only")
	else if ($0 ~ /^local-zone:/)
		zone(value)
	else if ($0 ~ /^local-data:/)
		data(value)
	else
		leave("no rule for names")
}
END { print_data(); finish() }

# Returns the first word, in quotes of either kind or bare, and sets `after` to the rest.
function next_word(text,	quote, at) {
	quote = substr(text, 1, 1)
	if (quote == "\"" || quote == "\047") {
		text = substr(text, 2)
		at = index(text, quote)
	} else {
		at = match(text, /[ \t]/)
	}
	if (!at)
		at = length(text) + 1
	after = substr(text, at + 1)
	sub(/^[ \t]+/, "", after)
	return substr(text, 1, at - 1)
}

function zone(value,	name, type, why) {
	name = canonical(next_word(value))
	type = next_word(after)
	why = bad_name(name)
	if (why != "")
		leave(why)
	else if (type in takes)
		rule(name)
	else if (type in passes)
		rule("!" name)
	else	# also nodefault, which creates no zone
		leave("no such type of zone")
	types[name] = type
}

# NAME [TTL] [CLASS] TYPE RDATA
function data(value,	name, why) {
	name = next_word(value)
	name = canonical(next_word(name))
	why = bad_name(name)
	if (why != "") {
		leave(why)
		return
	}
	names[++held] = name
	lines[held] = $0
	places[held] = place_in(FILENAME, FNR)
}

function type_above(name) {
	while (!(name in types) && sub(/^[^.]*\./, "", name))
		continue
	return name in types ? types[name] : ""
}

function print_data(	i) {
	for (i = 1; i <= held; i++)
		if (type_above(names[i]) == "always_transparent")
			leave("in a zone that lets all pass", lines[i], places[i])
		else if (!((names[i]) in done)) {
			done[names[i]] = 1
			rule("=" names[i])
		}
}
