#!/usr/bin/env bash
# show_settings: prints the variables that t/data/settings.conf sets, one a line; a line end in a value becomes a space.
show_settings() {
	local name value
	while read -r name; do
		value=${!name}
		printf '%s=<%s>\n' "$name" "${value//$'\n'/ }"
	done < <(sed -nE 's/^[[:space:]]*([A-Z_]+)=.*/\1/p' t/data/settings.conf | sort -u)
}
