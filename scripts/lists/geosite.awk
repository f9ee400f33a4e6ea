# decoder: dnstap-list-decode geosite
# v2fly's lists in one file, as geosite.dat or YAML. The decoder prints lines `LIST TYPE:WORD[:@ATTRIBUTE,@ATTRIBUTE...]`. Each
# list is a set.

BEGIN {
	chosen = " " ENVIRON["LIST_ATTRIBUTES"] " "
	single_set = 1
}

$1 != list {
	list = $1
	list_wanted = set_wanted(list)
}
list_wanted {
	text = substr($0, length(list) + 2)
	attributes = " "
	if (match(text, /:@[^:]*$/)) {
		attributes = substr(text, RSTART + 1) " "
		text = substr(text, 1, RSTART - 1)
		gsub(/[@,]+/, " ", attributes)
	}
	read_rule(text, attributes, substr($0, length(list) + 2), source_name(FILENAME) ": " list)
}
END { finish() }

function read_rule(text, attributes, line, place,	kind) {
	kind = substr(text, 1, index(text, ":") - 1)
	if (kind !~ /^(domain|full|keyword|regexp)$/)
		leave("a rule of an unknown type", line, place)
	else if (!suits(attributes, chosen))
		leave("other attributes", line, place)
	else
		v2fly_rule(kind, substr(text, length(kind) + 2), line, place)
}
