#!/usr/bin/env bash
# Sourced by tests that check how programs were built.

# weaknesses FILE: prints each missing hardening feature of a program, one per line. Sanitizers and coverage replace the
# checks of libc.
weaknesses() {
	local symbols head
	head=$(readelf -W -h -l -d "$1") symbols=$(readelf -W --dyn-syms "$1") || { echo unreadable; return; }
	grep -qE '^ *Type: +DYN ' <<<"$head" || echo 'not position-independent'
	grep -q 'GNU_RELRO' <<<"$head" || echo 'no RELRO'
	grep -qE 'BIND_NOW|Flags: .*NOW' <<<"$head" || echo 'no BIND_NOW'
	grep -qE 'GNU_STACK.* RW ' <<<"$head" || echo 'executable stack'
	! grep -qE 'LOAD.* RWE ' <<<"$head" || echo 'memory that is writable and executable'
	grep -q ' __stack_chk_fail' <<<"$symbols" || echo 'no stack protector'
	grep -qE ' __[a-z]+_chk(@| |$)' <<<"$symbols" || grep -qaE '__asan_init|__gcov_' "$1" || echo 'no checks of libc (FORTIFY)'
}
