#!/usr/bin/awk -f
# Reads `namei -l PATH`. Prints the user other than root who owns a part of PATH, `others` if more users may write to it, or
# an empty line. The owner of "/" counts as root: in a user namespace root may have another name.

NR == 1 || !/^[-bcdlps][-rwxsStT]+ / { next }
top == "" { top = $2 }
{
	sticky = substr($1, 10, 1) ~ /[tT]/
	writable = /^d/ && (substr($1, 9, 1) == "w" || substr($1, 6, 1) == "w" && $3 != "root")
	if (writable && !sticky)
		user = "others"
	else if ($2 != "root" && $2 != top && (shared || !/^-/))
		user = $2
	if (user != "")
		exit
	shared = writable
	if (/^d/)
		last_shared = shared
}
END { print user == "" && last_shared ? "others" : user }
