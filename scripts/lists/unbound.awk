# unbound: local-zone, local-data, forward-zone and stub-zone. The sets are "local-zone" (with local-data), "forward-zone" and
# "stub-zone".
#
# The longest local zone of a name decides whether unbound answers itself. If not, the longest forward or stub zone decides; a
# zone without a server answers nothing. Each zone becomes a rule if a selected set has its name, and an exception if not. All
# zones are stored until the end of the input.

BEGIN {
	n = split("deny refuse static redirect always_refuse always_nxdomain always_nodata always_deny " \
	    "always_null inform_deny inform_redirect ipset", words, " ")
	for (i = 1; i <= n; i++)
		takes[words[i]] = 1
	n = split("transparent typetransparent always_transparent inform block_a noview", words, " ")
	for (i = 1; i <= n; i++)
		passes[words[i]] = 1
	clause = ""
}

{ gsub(/^[ \t]+|[ \t]+$/, "") }
/^(#|$)/ { next }
/^[a-z-]+:[ \t]*(#.*)?$/ || /^[a-z]+(-zone)?:[ \t]+[a-z-]+:/ {
	begin_clause(substr($0, 1, index($0, ":") - 1))
	sub(/^[a-z-]+:[ \t]*/, "")
}
/^(#|$)/ { next }
clause == "forward-zone" || clause == "stub-zone" { attributes($0); next }
{
	value = $0
	sub(/^[a-z-]+:[ \t]*/, "", value)
	if ($0 ~ /^local-(zone|data):/ && clause == "view")
		leave("for a view only")
	else if ($0 ~ /^local-zone:/)
		local_zone(value)
	else if ($0 ~ /^local-data:/)
		local_data(value)
	else
		leave("no rule for names")
}
END { begin_clause(""); print_all(); finish() }

# Returns the first word, in quotes of either kind or bare, and sets `after` to the text after it.
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

function begin_clause(name) {
	if (zone_line != "")
		end_zone()
	clause = name
	zone_line = name ~ /^(forward|stub)-zone$/ ? $0 : ""
	zone_place = here()
	zone = "?"
	servers = 0
}

# Reads the attributes NAME: VALUE ... of a forward-zone or stub-zone.
function attributes(text,	name, value) {
	for (; text != "" && text !~ /^#/; text = after) {
		name = next_word(text)
		value = next_word(after)
		if (name == "name:")
			zone = canonical(value)
		else if (name ~ /^(forward|stub)-(addr|host):$/)
			servers++
	}
}

function end_zone(	why) {
	why = zone == "?" ? "no name" : bad_name(zone)
	if (why != "")
		leave(why, zone_line, zone_place)
	else {
		hold(zone, zone_line, zone_place)
		forwards[zone] = servers ? clause : "none"
	}
}

function local_zone(value,	name, type, why) {
	name = canonical(next_word(value))
	type = next_word(after)
	why = bad_name(name)
	if (why == "" && !(type in takes) && !(type in passes))	# nodefault creates no zone
		why = "no such type of zone"
	if (why != "") {
		leave(why)
		return
	}
	hold(name, $0, here())
	types[name] = type
}

# Reads NAME [TTL] [CLASS] TYPE RDATA in quotes.
function local_data(value,	name, why) {
	name = canonical(next_word(next_word(value)))
	why = bad_name(name)
	if (why != "") {
		leave(why)
		return
	}
	hold("=" name, $0, here())
}

function hold(text, line, place) {
	held[++n_held] = text
	lines[n_held] = line
	places[n_held] = place
}

function print_all(	i) {
	for (i = 1; i <= n_held; i++) {
		if (held[i] in done)
			continue
		done[held[i]]
		if (held[i] ~ /^=/)
			print_data(substr(held[i], 2), lines[i], places[i])
		else
			print_zone(held[i])
	}
}

function print_zone(name,	above) {
	above = name
	if (is_wanted(name)) {
		rule(name)
	} else if (sub(/^[^.]*\./, "", above) && is_wanted(above)) {
		rule("!" name)
	} else if (set_of(name) !~ /-zone$/) {
		no_set()
		last_set = ""
		rule("!" name)
	}
}

function print_data(name, line, place) {
	if (nearest(types, name) == "always_transparent")
		leave("in a zone that lets all pass", line, place)
	else if (set_wanted(last_set = "local-zone"))
		rule("=" name)
	else if (is_wanted(name))
		rule("!=" name)
}

function is_wanted(name,	set) {
	set = set_of(name)
	if (set !~ /-zone$/)
		return 0
	if (set != last_set)
		set_wanted(last_set = set)
	return wanted
}

# The set that has the name, and the names below it down to the next zone; "none" or "" if no set has the name.
function set_of(name) {
	return nearest(types, name) in takes ? "local-zone" : nearest(forwards, name)
}

function nearest(table, name) {
	while (!(name in table) && sub(/^[^.]*\./, "", name))
		continue
	return name in table ? table[name] : ""
}
