# Prints a rule set of sing-box (source format) as lines `RULE TAB FIELD TAB VALUE`, with the escapes of @tsv. RULE is a number
# from 1. For a rule that is left out, FIELD is `!`, VALUE is the reason, and a further column has the rule.

def names: ["domain", "domain_suffix", "domain_keyword", "domain_regex", "ip_cidr"];

# Whether a field has an empty value, which sing-box ignores: it is no condition.
def is_empty: . == null or . == false or . == "" or . == [] or . == {};

def reason:
	if type != "object" then "not a rule"
	elif .type == "logical" then "a logical rule"
	elif .type | (is_empty or . == "default") | not then "a rule of an unknown type"
	elif .invert | is_empty | not then "an inverted rule"
	elif with_entries(select(.value | is_empty | not)) | keys - names - ["type"] | length > 0 then "a rule with a further condition"
	else null
	end;

def values: if type == "array" then .[] elif is_empty then empty else . end;

[inputs] | if length == 1 then .[0] else error("not one JSON value") end
| if type != "object" or (.rules | type) != "array" then error("no rules; is this a rule set in source format?")
elif .version | (. == null or . == 1 or . == 2 or . == 3 or . == 4) | not then error("version \(.version): not 1 to 4")
else
	.rules | to_entries[] | (.key + 1) as $number | .value | reason as $reason
	| if $reason then [$number, "!", $reason, (tojson | .[:200])]
	  else names[] as $field | .[$field] | values
		| if type == "string" then [$number, $field, .] else [$number, "!", "not a text", tojson] end
	  end
	| @tsv
end
