# RPZ: a zone file in which each owner is a trigger and its data are the policy. `name` matches that name only, `*.name` the
# names below it; rpz-passthru is an exception.
#
# Wildcards are those of the DNS (RFC 4592): a name that exists in the zone, even only as the end of a longer one, is not
# matched by a wildcard above it, nor are the names below it. In the list grammar the higher `*.` would match, so such
# names become exceptions. All rules are stored until the end of the input, since later names can cause exceptions.

BEGIN { origin = zone = "?" }	# until the file has a SOA or $ORIGIN

{
	gather(without_comment($0))
	if (open > 0)
		next
	record(text)
	text = ""
}
END { print_rules(); finish() }

# Adds a line to the record in `text`; `open` is the number of open parentheses.
function gather(line) {
	text = text == "" ? line : text " " line
	if (line !~ /[()]/)
		return
	open += gsub(/\(/, " ", text) - gsub(/\)/, " ", text)
	if (open < 0)
		open = 0
}

# Removes a comment, and the content of strings, in which `;` and parentheses have no meaning.
function without_comment(line,	out) {
	if (line !~ /["\\]/) {
		sub(/;.*/, "", line)
		return line
	}
	for (; match(line, /\\.|"([^"\\]|\\.)*"|;/); line = substr(line, RSTART + RLENGTH)) {
		out = out substr(line, 1, RSTART - 1)
		if (substr(line, RSTART, 1) == ";")
			return out
		out = out (substr(line, RSTART, 1) == "\"" ? "\"\"" : substr(line, RSTART, RLENGTH))
	}
	return out line
}

# Reads a record, [OWNER] [TTL] [CLASS] TYPE DATA, or a directive.
function record(text,	n, i, word, type) {
	sub(/[ \t]+$/, "", text)
	if (text == "")
		return
	n = split(text, word, /[ \t]+/)
	if (word[1] ~ /^\$/) {
		directive(toupper(word[1]), word[2])
		return
	}
	if (word[1] != "")
		owner = absolute(word[1])
	for (i = 2; i < n && toupper(word[i]) ~ /^([0-9]+[SMHDW]?)+$|^IN$/; i++)
		continue
	type = i < n ? toupper(word[i]) : "none"
	if (type == "SOA")
		begin_zone(owner)
	else if (owner != zone)
		policy(owner, type, absolute(word[i + 1]))
}

function directive(word, value) {
	if (word == "$ORIGIN")
		origin = absolute(value)
	else if (word != "$TTL")
		leave("a directive")
}

function begin_zone(name) {
	zone = name
	if (origin == "?")
		origin = name
}

# The absolute name without its final dot; the root is empty.
function absolute(name) {
	name = tolower(name)
	if (name == "@")
		return origin
	if (sub(/\.$/, "", name) || origin == "")
		return name
	return name "." origin
}

function policy(owner, type, target,	name, form, why) {
	name = below_zone(owner)
	if (name == "" || name ~ /(^|\.)rpz-[^.]*$/) {
		leave(name == "" ? "no name of this zone" : "a trigger other than a name")
		return
	}
	form = sub(/^\*\./, "", name) ? "*." : "="
	note_existing(name)
	why = bad_name(name)
	if (why == "" && !is_policy(type, target))
		why = "no policy for a name"
	if (why != "") {
		leave(why)
		return
	}
	if (type == "CNAME" && (target == "rpz-passthru" || target == (form == "=" ? name : "*." name)))
		form = "!" form
	if ((form, name) in known)
		return
	known[form, name] = 1
	forms[++held] = form
	names[held] = name
}

function below_zone(name,	at) {
	at = length(name) - length(zone)
	if (zone == "")
		return name
	return at > 1 && substr(name, at) == "." zone ? substr(name, 1, at - 1) : ""
}

function is_policy(type, target) {
	if (type == "CNAME" && target ~ /^rpz-/)
		return target == "rpz-passthru" || target == "rpz-drop"
	return type ~ /^[A-Z][A-Z0-9]*$/ &&
	    type !~ /^(NS|DNAME|DS|RRSIG|NSEC|NSEC3|NSEC3PARAM|DNSKEY|CDS|CDNSKEY|CH|HS)$/
}

# Notes that the name and all names above it exist in the zone.
function note_existing(name) {
	for (; !(name in exists); sub(/^[^.]*\./, "", name)) {
		exists[name] = 1
		existing[++nodes] = name
	}
}

function print_rules(	i) {
	for (i = 1; i <= held; i++)
		rule(forms[i] names[i])
	for (i = 1; i <= nodes; i++)
		except_from_wildcard(existing[i])
}

# If there is a wildcard directly above the name, prints exceptions from it for the name and the names below it, unless these
# have rules of their own. An exception from a wildcard higher up is printed for the name directly below that wildcard.
function except_from_wildcard(name,	above, itself, below) {
	above = name
	if (!sub(/^[^.]*\./, "", above) || !(("*.", above) in known) || bad_name(name) != "")
		return
	itself = ("=", name) in known || ("!=", name) in known
	below = ("*.", name) in known || ("!*.", name) in known
	if (!itself && !below)
		rule("!" name)
	else if (!itself)
		rule("!=" name)
	else if (!below)
		rule("!*." name)
}
