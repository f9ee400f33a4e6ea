# Addresses and prefixes as text.

BEGIN {
	for (i = 0; i < 16; i++)
		hex_value[sprintf("%x", i)] = i
	power_of_2[0] = 1
	for (i = 1; i <= 16; i++)
		power_of_2[i] = 2 * power_of_2[i - 1]
}

# Returns the prefix of an address or prefix without host bits, in canonical form (RFC 5952 for IPv6), or "" for any other text.
function canonical_prefix(text,	at, bits, width, parts) {
	text = tolower(text)
	width = index(text, ":") ? 128 : 32
	bits = width
	if ((at = index(text, "/"))) {
		bits = substr(text, at + 1)
		text = substr(text, 1, at - 1)
		if (bits !~ /^(0|[1-9][0-9]?[0-9]?)$/ || bits + 0 > width)
			return ""
	}
	if (width == 32) {
		if (!parse_octets(text, parts))
			return ""
		clear_host_bits(parts, 4, 8, bits)
		return parts[1] "." parts[2] "." parts[3] "." parts[4] "/" bits
	}
	if (!parse_groups(text, parts))
		return ""
	clear_host_bits(parts, 8, 16, bits)
	return groups_text(parts) "/" bits
}

function clear_host_bits(parts, n, size, bits,	i, host) {
	for (i = int(bits / size) + 1; i <= n; i++) {
		host = power_of_2[i * size - bits < size ? i * size - bits : size]
		parts[i] -= parts[i] % host
	}
}

function parse_octets(text, octets,	i) {
	if (text !~ /^[0-9.]+$/ || split(text, octets, ".") != 4)
		return 0
	for (i = 1; i <= 4; i++)
		if (octets[i] !~ /^(0|[1-9][0-9]?[0-9]?)$/ || octets[i] > 255)
			return 0
	return 1
}

# Sets `groups` to the 8 groups of an IPv6 address, as numbers. Returns 0 if the text is not an address. `::` stands for all
# missing groups.
function parse_groups(text, groups,	at, n, m, i, octets, tail) {
	if ((at = match(text, /[0-9.]+\.[0-9.]+$/))) {
		if (!parse_octets(substr(text, at), octets))
			return 0
		text = substr(text, 1, at - 1) \
		    sprintf("%x:%x", octets[1] * 256 + octets[2], octets[3] * 256 + octets[4])
	}
	at = index(text, "::")
	n = split(at ? substr(text, 1, at - 1) : text, groups, ":")
	m = at ? split(substr(text, at + 2), tail, ":") : 0
	if (at ? n + m > 7 : n != 8)
		return 0
	for (i = n + 1; i <= 8; i++)
		groups[i] = i > 8 - m ? tail[i - 8 + m] : "0"
	for (i = 1; i <= 8; i++) {
		if (groups[i] !~ /^[0-9a-f]+$/ || length(groups[i]) > 4)
			return 0
		groups[i] = hex_number(groups[i])
	}
	return 1
}

function hex_number(text,	i, number) {
	number = 0
	for (i = 1; i <= length(text); i++)
		number = number * 16 + hex_value[substr(text, i, 1)]
	return number
}

# Returns the text of an IPv6 address. `::` replaces the first of the longest runs of two or more zero groups.
function groups_text(groups,	i, start, best, size, text) {
	size = 1
	start = 0
	for (i = 1; i <= 9; i++) {
		if (i <= 8 && groups[i] == 0) {
			if (!start)
				start = i
			continue
		}
		if (start && i - start > size) {
			best = start
			size = i - start
		}
		start = 0
	}
	for (i = 1; i <= 8; i++)
		if (i == best) {
			text = text "::"
			i += size - 1
		} else {
			text = text (text == "" || text ~ /:$/ ? "" : ":") sprintf("%x", groups[i])
		}
	return text
}
