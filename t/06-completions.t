#!/usr/bin/env bash
# shellcheck disable=SC2317
# The completions for bash, zsh and fish that make install puts in place agree with --help, and load in these shells.
. t/lab/lib.sh

export LC_ALL=C HOME=$dir XDG_CONFIG_HOME=$dir XDG_DATA_HOME=$dir
make -s install DESTDIR="$dir/root" PREFIX=/usr SYSCONFDIR=/etc BUILD="$BUILD" >"$dir/log" 2>&1
show=$dir/log
is $? 0 'make install succeeds'
bin=$dir/root/usr/bin
bash=$dir/root/usr/share/bash-completion/completions
zsh=$dir/root/usr/share/zsh/site-functions
fish=$dir/root/usr/share/fish/vendor_completions.d
PATH=$bin:$PATH

# Each function prints all options, sorted: from --help, or from the completion for one shell.
of_help() { "$1" --help | sed -nE 's/^ +(-[A-Za-z]), (--[a-z0-9-]+).*/\1\n\2/p; s/^ +(--[a-z0-9-]+).*/\1/p' | sort; }
of_bash() { complete_in_bash "$1" - | sort; }
of_zsh() { sed -nE "s/^\t'\*'\{(-.),(--[a-z0-9-]+)\}'\[.*/\1\n\2/p; s/^\t'\*'(--[a-z0-9-]+)'\[.*/\1/p" "$zsh/_$1" | sort; }
of_fish() { sed -nE 's/^complete -c [a-z-]+ -s (.) -l ([a-z0-9-]+).*/-\1\n--\2/p; s/^complete -c [a-z-]+ -l ([a-z0-9-]+).*/--\1/p' "$fish/$1.fish" | sort; }

# complete_in_bash PROGRAM WORD...: prints the completions that bash offers for the last word.
complete_in_bash() {
	# shellcheck disable=SC2016
	bash --norc -c '
		. "$0/$1"
		COMP_WORDS=("$@")
		COMP_CWORD=$(($# - 1))
		compopt() { :; }	# which works only while readline completes
		"$(complete -p "$1" | sed "s/.* -F \([^ ]*\) .*/\1/")"
		printf "%s\n" "${COMPREPLY[@]}"' "$bash" "$@"
}

for program in "$bin"/*; do
	program=${program##*/}
	check "$program: bash parses its completion" bash -n "$bash/$program"
	is "$(of_bash "$program")" "$(of_help "$program")" "$program: bash offers the options of --help"
	is "$(of_zsh "$program")" "$(of_help "$program")" "$program: zsh has the options of --help"
	is "$(of_fish "$program")" "$(of_help "$program")" "$program: fish has the options of --help"
done
is "$(find "$bash" "$zsh" "$fish" -type f | wc -l)" $((3 * $(find "$bin" -type f | wc -l))) 'each program has three completions'

# Words after the options.
is "$(complete_in_bash ipcache '' | sort | xargs)" \
	"$(ipcache --help | grep -oE 'ipcache [a-z]+ \[' | sed 's/ipcache \(.*\) \[/\1/' | sort | xargs)" 'bash offers the commands of ipcache'
is "$(complete_in_bash ipcache run '')" '' 'bash offers no second command'
is "$(complete_in_bash dnstap-bgp -c file ta)" tap 'bash offers a command after options'
is "$(complete_in_bash dnstap-bgp tap '' | xargs)" 'answers packets gate matches routes' 'bash offers the taps'
is "$(complete_in_bash dnstap-list h)" hosts 'bash offers the formats of dnstap-list'
is "$(complete_in_bash bgp-announce --on-exit '' | xargs)" 'withdraw retain' 'bash offers the values of an option'
is "$(cd "$dir" && complete_in_bash dnstap-bgp -c lo)" log 'bash offers files for FILE'

if command -v zsh >/dev/null; then
	for file in "$zsh"/_*; do
		check "zsh parses ${file##*/}" zsh -f -n "$file"
	done
	# shellcheck disable=SC2016
	is "$(zsh -f -c 'fpath=($0 $fpath); autoload -U compinit; compinit -u -D; print -l ${(k)_comps}' "$zsh" 2>"$dir/log" |
		grep -cxFf <(find "$bin" -type f -printf '%f\n'))" "$(find "$bin" -type f | wc -l)" 'zsh completes each program'
	# A zsh on a terminal in which a tab is typed.
	cat >"$dir/type.zsh" <<-'E'
		zmodload zsh/zpty
		zpty -b shell zsh -f -i
		zpty -w shell "PS1=; fpath=($1 \$fpath); autoload -U compinit; compinit -u -D; echo rea''dy"
		zpty -r -m shell text '*ready*'
		zpty -w -n shell $'dnstap-bgp tap ma\t'
		repeat 400 {
			sleep 0.05
			zpty -r -t shell text && all+=$text
			[[ $all != *matches* ]] || break
		}
		[[ $all == *matches* ]] && print completed
	E
	is "$(zsh -f "$dir/type.zsh" "$zsh" 2>"$dir/log")" completed 'zsh completes a word of dnstap-bgp'
else
	echo '# zsh is not installed'
fi

if command -v fish >/dev/null; then
	offered_by_fish() { fish --no-config -c "source $fish/$1.fish; complete -C'$2'" 2>"$dir/log" | cut -f 1 | sort | xargs; }
	for file in "$fish"/*.fish; do
		check "fish parses ${file##*/}" fish --no-config -n "$file"
	done
	is "$(offered_by_fish dnstap-bgp 'dnstap-bgp t')" 'tap top' 'fish offers commands'
	is "$(offered_by_fish dnstap-bgp 'dnstap-bgp tap ')" 'answers gate matches packets routes' 'fish offers the taps'
	is "$(offered_by_fish bgp-announce 'bgp-announce --on-exit ')" 'retain withdraw' 'fish offers the values of an option'
	is "$(offered_by_fish ipcache 'ipcache run --max-p')" '--max-pairs' 'fish offers options'
else
	echo '# fish is not installed'
fi

plan_done
