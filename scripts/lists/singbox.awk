# decoder: jq -nr -f "$lists/singbox.jq"
# Rule sets of sing-box in source format (JSON). A rule with only names and prefixes matches any of them.

BEGIN { FS = "\t" }
{
	place = source_name(FILENAME) ": rule " $1
	value = $3
	if ($2 == "!")
		leave(value, $4, place)
	else if (!unescape())
		leave("not a domain name", value, place)
	else if ($2 == "domain")
		name_rule("=", value, value, place)
	else if ($2 == "domain_suffix")
		name_rule(value ~ /^\../ ? "*." : "", value ~ /^\../ ? substr(value, 2) : value, value, place)
	else if ($2 == "domain_keyword")
		keyword_rule(value, value, place)
	else if ($2 == "domain_regex")
		regex_value(value, place)
	else
		prefix(value, value, place)
}
END { finish() }

# Removes the escapes of jq's @tsv from `value`. Returns 0 if the value contains a tab or a line end.
function unescape() {
	if (value !~ /\\/)
		return 1
	gsub(/\\\\/, "\001", value)
	if (value ~ /\\/)
		return 0
	gsub(/\001/, "\\", value)
	return 1
}

function regex_value(value, place,	why) {
	why = read_regex(value, "go")
	if (why == "")
		rule("/" exact_case(regex) "/")
	else
		leave(why, value, place)
}
