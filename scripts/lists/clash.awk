# decoder: dnstap-list-decode yaml
# Rule sets of Clash and mihomo: YAML with a `payload`, or text with an entry on each line. An entry is a rule `TYPE,VALUE` (the
# behavior `classical`), a prefix (`ipcidr`), or a name (`domain`):
#
#	+.NAME	the name and those below it
#	.NAME	the names below it
#	NAME	only this name; a label `*` matches any one label

BEGIN { FS = "\t" }

$2 !~ /^((payload|rules)\.)?\[\]$/ {
	leave("not in a payload", $3, place_of($1))
	next
}
$2 == "[]" && $3 ~ /^[ \t]*(#|\/\/|$)/ { next }
{
	entry = $3
	gsub(/^[ \t]+|[ \t]+$/, "", entry)
	read_entry(entry, $3, place_of($1))
}
END { finish() }

function place_of(number) {
	return source_name(FILENAME) ":" number
}

function read_entry(entry, line, place) {
	if (entry ~ /^DOMAIN-REGEX,/)
		regex_entry(substr(entry, 14), line, place)
	else if (entry ~ /,/)
		typed_rule(entry, line, place)
	else if (is_address(entry))
		prefix(entry, line, place)
	else if (entry == "MATCH")
		leave("means every name", line, place)
	else if (entry ~ /\.$/)	# mihomo refuses a final dot
		leave("not a domain name", line, place)
	else
		domain_entry(entry, line, place)
}

function domain_entry(entry, line, place,	marks, name) {
	marks = "="
	name = entry
	if (sub(/^\+\./, "", name))
		marks = ""
	else if (sub(/^\./, "", name))
		marks = "*."
	if (name ~ /(^|\.)\*(\.|$)/)
		labels_entry(marks, tolower(name), line, place)
	else
		name_rule(marks, name, line, place)
}

# Prints the rule for a name in which a label `*` stands for any one label.
function labels_entry(marks, name, line, place,	rest, why) {
	rest = "." name "."
	while (sub(/\.\*\./, ".x.", rest))
		;
	rest = substr(rest, 2, length(rest) - 2)
	why = rest ~ /[^a-z0-9_.-]/ ? "not a wildcard for names" : bad_name(rest)
	if (why != "") {
		leave(why, line, place)
		return
	}
	gsub(/\./, "\\.", name)
	gsub(/\*/, "[^.]+", name)
	rule("/" (marks == "=" ? "^" : marks == "" ? "(^|\\.)" : "\\.") name "$/")
}

# mihomo ignores case. Its engine has neither named groups nor named classes.
function regex_entry(text, line, place,	why) {
	why = read_regex(text, "go")
	if (why == "" && text ~ /\[:|\(\?P/)
		why = strange
	if (why == "")
		rule("/" regex "/")
	else
		leave(why, line, place)
}
