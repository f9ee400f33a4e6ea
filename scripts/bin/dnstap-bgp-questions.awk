#!/usr/bin/awk -f
# Turns answer lines from the cache into questions for `bgp-announce --ask`: for each address a line `PREFIX [tag=TAGS]`. A
# route has the tags of all pairs of its address.

{
	seen[$2] = 1
	for (i = 5; i <= NF; i++)
		if (sub(/^tag=/, "", $i))
			add_tags($2, $i)
}
END {
	for (address in seen)
		print address (address ~ /:/ ? "/128" : "/32") tags[address]
}

function add_tags(address, list,    n, i, tag) {
	n = split(list, tag, ",")
	for (i = 1; i <= n; i++)
		if (!((address, tag[i]) in known)) {
			known[address, tag[i]] = 1
			tags[address] = tags[address] (tags[address] == "" ? " tag=" : ",") tag[i]
		}
}
