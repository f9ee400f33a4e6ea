# Surge's rule sets and domain sets:
#
#	TYPE,VALUE[,PARAMETER]...	of a RULE-SET
#	NAME or .NAME			of a DOMAIN-SET; .NAME also matches the names below NAME

/^[ \t]*([#;]|\/\/|$)/ { next }
{
	sub(/[ \t]+(#|\/\/).*/, "")
	gsub(/^[ \t]+|[ \t]+$/, "")
	if (/,/)
		typed_rule($0)
	else if (is_address($0))
		prefix($0)
	else if (/^\../)
		name_rule("", substr($0, 2))
	else
		name_rule("=", $0)
}
END { finish() }
