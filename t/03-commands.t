#!/usr/bin/env bash
# shellcheck disable=SC2317
# The developer commands check their arguments before they install, build or start anything. scripts/check reports what the
# machine lacks.
T_UNSHARE='--net --mount --map-root-user'
. t/lab/lib.sh

# A tree in which a build fails, so that nothing runs for long if a command starts work by mistake.
tree=$dir/tree
mkdir "$tree"
mount -t tmpfs -o size=2g tmpfs "$tree"
mkdir -p "$tree/t/lab"
cp -r scripts "$tree"
cp t/lab/env.sh t/lab/lab.sh "$tree/t/lab"

# run COMMAND...: runs the command in $tree; prints its output, and its status in brackets.
run() {
	local output
	output=$(cd "$tree" && bounded 20 "$@" 2>&1 </dev/null)
	echo "$output [$?]"
}
rest=$'[^\n]*'	# matches the rest of a line

for command in bare bench check demo deps fuzz layers prose record soak; do
	like "$(run "scripts/$command" --help)" "^usage: $command.* \[0\]$" "$command --help prints the usage"
	like "$(run "scripts/$command" --foo)" "^$command: $rest \[2\]$" "$command --foo is a one-line error"
done
for arguments in 'check --san --foo' 'check --arch' 'check --arch pdp11' 'demo --run-apart --foo' 'bare' 'bare check --foo' 'bare enter /nowhere' 'bench foo' 'deps' \
	'deps foo' 'soak foo' 'soak -t 1h' 'fuzz 1m'; do
	# shellcheck disable=SC2086
	like "$(run scripts/$arguments)" "^[a-z]*: $rest \[2\]$" "$arguments is a one-line error"
done

# finds_lacking NAME REGEX COMMAND...: scripts/check, run by COMMAND, reports a problem that matches, and no other, and exits.
finds_lacking() {
	like "$(run "${@:3}" scripts/check)" "^check: $2; $rest \[1\]$" "check reports $1"
}
finds_lacking 'missing user namespaces' 'no user namespaces' \
	unshare --user --map-root-user sh -c 'echo 0 >/proc/sys/user/max_user_namespaces && exec "$@"' sh
finds_lacking 'too few descriptors' 'a hard limit of 2048 descriptors' sh -c 'ulimit -n 2048 && exec "$@"' sh
# A seccomp filter as container runtimes set it: landlock_create_ruleset(2) fails.
finds_lacking 'missing Landlock' 'no Landlock' python3 -c '
import ctypes, errno, os, struct, sys
load, equal, leave = 0x20, 0x15, 0x06
program = b"".join(struct.pack("=HBBI", *instruction) for instruction in [
    (load, 0, 0, 0), (equal, 0, 1, 444), (leave, 0, 0, 0x50000 | errno.ENOSYS), (leave, 0, 0, 0x7fff0000)])
filter = ctypes.create_string_buffer(program)
class Filter(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("program", ctypes.c_void_p)]
prctl = ctypes.CDLL(None, use_errno=True).prctl
prctl.argtypes = [ctypes.c_int, ctypes.c_ulong, ctypes.c_void_p, ctypes.c_ulong, ctypes.c_ulong]
handle = Filter(4, ctypes.addressof(filter))
if prctl(38, 1, None, 0, 0) or prctl(22, 2, ctypes.addressof(handle), 0, 0):
    sys.exit("prctl: " + os.strerror(ctypes.get_errno()))
os.execvp(sys.argv[1], sys.argv[1:])'
mount -o remount,size=500m "$tree"
finds_lacking 'too little disk space' '4[0-9][0-9] MiB free in /[^;]*/tree'

# Variables of a service manager and the user's locale do not reach a program under test.
disturbed=(NOTIFY_SOCKET=/nowhere LISTEN_PID=1 LISTEN_FDS=1 JOURNAL_STREAM=1:1 STATE_DIRECTORY=/nowhere LC_TIME=de_DE LANG=tlh)
is "$(env "${disturbed[@]}" bash -c '. t/lab/env.sh; env' | grep -E '^(NOTIFY|LISTEN|JOURNAL|STATE|LC_|LANG)' | LC_ALL=C sort | xargs)" \
	'LANG=C.UTF-8 LC_ALL=C.UTF-8' 'the environment of tests is clean'
is "$(ulimit -Sn 1024; bash -c '. t/lab/env.sh; ulimit -Sn')" 4096 'tests may open 4096 descriptors'

umount "$tree"
plan_done
