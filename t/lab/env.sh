# shellcheck shell=bash
# The environment of programs under test, the same wherever they are started: from a terminal, a service manager or CI.
# Sourced.

# With these variables, a daemon would report to the caller's service manager, or use its sockets and directories.
unset NOTIFY_SOCKET WATCHDOG_PID WATCHDOG_USEC LISTEN_PID LISTEN_FDS LISTEN_FDNAMES JOURNAL_STREAM INVOCATION_ID \
	RUNTIME_DIRECTORY STATE_DIRECTORY CACHE_DIRECTORY LOGS_DIRECTORY CONFIGURATION_DIRECTORY
# Messages, the order of lines and the decimal point depend on the locale; C.UTF-8 exists on every Debian.
unset LANGUAGE LC_CTYPE LC_NUMERIC LC_TIME LC_COLLATE LC_MESSAGES
export LANG=C.UTF-8 LC_ALL=C.UTF-8

# dnstap-read accepts 1024 connections, and needs more descriptors than the usual limit of a shell, 1024.
case $(ulimit -S -n) in
unlimited | [4-9]??? | ?????*) ;;
*) ulimit -S -n 4096 2>/dev/null || ulimit -S -n "$(ulimit -H -n)" ;;
esac
