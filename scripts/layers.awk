# Reads a line `NAME FOLDER...` for each folder and program, with the folders that it may use; then an empty line and lines
# `FILE:NUMBER:#include ...`. Prints each #include that breaks a rule. Exits 1 when it has printed one.

BEGIN {
	split("line dns cache", pure_folders)
	for (i in pure_folders) pure[pure_folders[i]]
	split("<unistd.h> <poll.h> <fcntl.h> <sys/socket.h>", descriptor_headers)
	for (i in descriptor_headers) descriptors[descriptor_headers[i]]
}
!started && NF == 0 { started = 1; next }
!started { for (i = 2; i <= NF; i++) allowed[$1, $i]; next }
{
	split($0, place, ":")
	split(place[1], path, "/")
	folder = path[1] == "lib" ? path[2] : substr(path[2], 1, length(path[2]) - 2)
	header = $2
	if (header ~ /^</) {
		if (path[1] == "lib" && folder in pure && header in descriptors) complain("lib/" folder " uses no descriptor")
		next
	}
	gsub(/"/, "", header)
	if (header ~ /\.pb-c\.h$/) next
	if (split(header, parts, "/") != 2) complain("the include does not name a folder of lib")
	else if (!((folder, parts[1]) in allowed)) complain(folder " may not use " parts[1])
}
function complain(reason) {
	print place[1] ":" place[2] ": " header ": " reason
	broken = 1
}
END { exit broken }
