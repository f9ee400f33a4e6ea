# BIND: the zone statements of named.conf. A zone matches its name and all names below it; the longest zone decides. Each type
# of zone is a set. A zone of an unselected or unknown type, or a forward zone without forwarders, is an exception from the
# zones above it. So all zones are stored until the end of the input.

BEGIN {
	n = split("primary secondary mirror stub static-stub forward", word, " ")
	for (i = 1; i <= n; i++)
		type_of[word[i]] = word[i]
	type_of["master"] = "primary"
	type_of["slave"] = "secondary"
	n = 0
}

!commented && !/#|\/[\/*]|\\/ && /^[^"]*("[^" \t{};]*"[^"]*)*$/ {	# fast path: no comment, and no blank, brace or `;` in a string
	line = $0
	gsub(/[{};]/, " & ", line)
	m = split(line, tokens, " ")
	for (i = 1; i <= m; i++)
		token(tokens[i])
	next
}
{ read_tokens($0) }
END { print_zones(); finish() }

# A statement is a sequence of words and of blocks in braces, and ends with `;`. Comments are // and # to the end of the line,
# and those of C.
function read_tokens(line,	at) {
	while (line != "") {
		if (commented) {
			at = index(line, "*/")
			if (!at)
				return
			line = substr(line, at + 2)
			commented = 0
		} else if (match(line, /^([ \t]+|"([^"\\]|\\.)*"|[{};]|[^ \t{};"\/#]+)/)) {
			at = RLENGTH
			token(substr(line, 1, at))
			line = substr(line, at + 1)
		} else if (line ~ /^(#|\/\/)/) {
			return
		} else if (line ~ /^\/\*/) {
			commented = 1
			line = substr(line, 3)
		} else {	# a slash in a word
			word[n > 0 ? n : ++n] = word[n] substr(line, 1, 1)
			line = substr(line, 2)
		}
	}
}

function token(text) {
	if (text == "{")
		open_block()
	else if (text == "}")
		close_block()
	else if (text == ";")
		end_statement()
	else if (text !~ /^[ \t]/)
		word[++n] = text
}

function open_block() {
	depth++
	if (!zone_depth && word[1] == "zone" && depth == (in_view ? 2 : 1)) {
		zone_depth = depth
		begin_zone(unquoted(word[2]), n > 2 ? toupper(unquoted(word[3])) : "")
	} else if (depth == 1 && word[1] == "view") {
		in_view = 1
	} else if (depth == 1) {
		leave("no rule for names")
	} else if (zone_depth && depth == zone_depth + 1) {
		block = word[1]
	}
	n = 0
}

function close_block() {
	if (depth == zone_depth && zone_depth) {
		zone_depth = 0
		end_zone()
	} else if (zone_depth && depth == zone_depth + 1) {
		block = ""
	} else if (depth == 1) {
		in_view = 0
	}
	depth -= depth > 0
	n = 0
}

function end_statement() {
	if (depth == zone_depth && word[1] == "type" && n == 2)
		type = unquoted(word[2])
	else if (zone_depth && depth == zone_depth + 1 && block == "forwarders" && n > 0)
		forwarders++
	else if (n > 0 && depth == (in_view ? 1 : 0))
		leave(word[1] == "include" ? "another file" : "no rule for names")
	n = 0
}

function unquoted(text) {
	gsub(/^"|"$/, "", text)
	return text
}

function begin_zone(name, class) {
	zone = canonical(name)
	zone_class = class
	type = ""
	forwarders = 0
	zone_line = verbose ? $0 : ""
	zone_place = here()
}

function end_zone(	why) {
	type = tolower(type)
	why = bad_name(zone)
	if (zone == "localhost")
		why = "the machine itself"
	else if (zone ~ /(^|\.)(in-addr|ip6)\.arpa$/)
		why = "names of addresses"
	else if (zone_class != "" && zone_class != "IN" && zone_class != "INTERNET")
		why = "another class"
	else if (in_view)
		why = "for a view only"
	if (why != "") {
		leave(why, zone_line, zone_place)
		return
	}
	type = type in type_of ? type_of[type] : "another type of zone"
	if (type == "forward" && !forwarders)
		type = "without forwarders"
	names[++zones] = zone
	types[zones] = type
	lines[zones] = zone_line
	places[zones] = zone_place
	zone_of[zone] = zones
}

function print_zones(	i, above) {
	for (i = 1; i <= zones; i++) {
		if (types[i] ~ / /) {
			no_set()
			last_type = ""
			leave(types[i], lines[i], places[i])
		}
		if (is_wanted(i))
			rule(names[i])
		else if ((above = zone_above(names[i])) && is_wanted(above))
			rule("!" names[i])
	}
}

function is_wanted(i) {
	if (types[i] ~ / /)
		return 0
	if (types[i] != last_type)
		set_wanted(last_type = types[i])
	return wanted
}

function zone_above(name) {
	while (sub(/^[^.]*\./, "", name))
		if (name in zone_of)
			return zone_of[name]
	return 0
}
