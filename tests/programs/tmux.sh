#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# tmux on the suite: a server, its windows and panes, and clients that come
# and go.  Usage: see lib.sh.
# Functions are called by check, and what is typed is not expanded here:
# shellcheck disable=SC2317,SC2016
# shellcheck source=tests/programs/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
export LC_ALL=C.UTF-8 TERM=xterm SHELL=/bin/sh PS1='$ ' TMUX_TMPDIR=$work
unset TMUX ENV
socket=suite
server=
client=
say=

# --- driving it -------------------------------------------------------------

t() {
	timeout "$patience" "${launcher[@]}" "$tmux" -L "$socket" "$@"
}

type_in() {
	t send-keys -t "$1" -l "$2" && t send-keys -t "$1" Enter
}

shows() {
	t capture-pane -p -J -t "$1" | grep -q -- "$2"
}

prints() {
	[ "$(t display-message -p -t "$1" "$2")" = "$3" ]
}

has_panes() {
	[ "$(t list-panes -t "$1" | wc -l)" = "$2" ]
}

# The shell computes what is looked for, so an echo of the keys is not enough.
answers() {
	type_in "$1" "echo $2-\$((6 * 7))-" && soon shows "$1" "^$2-42-"
}

# The program in the pane is told, though not at once: ask again.
says_size() {
	type_in "$1" 'echo $(stty size)=' && shows "$1" "^$2 $3="
}

# has_size PANE ROWS COLUMNS
has_size() {
	soon says_size "$@"
}

# A client in a terminal of its own; fd $say is its keyboard.
attach() {
	local keyboard=$work/keyboard
	rm -f "$keyboard" && mkfifo "$keyboard"
	: >"$work/seen"
	"$here/pty-client.py" "$work/seen" 24 80 "${launcher[@]}" "$tmux" \
		-L "$socket" attach -t "$1" <"$keyboard" &
	client=$!
	started "$client"
	exec {say}>"$keyboard"
}

# tell LINE: see pty-client.py.
tell() {
	printf '%s\n' "$1" >&"$say"
}

sees() {
	grep -qa -- "$1" "$work/seen"
}

# left STATUS: the client has ended, with that status.
left() {
	local status
	soon is_gone "$client" && wait "$client"
	status=$?
	exec {say}>&-
	[ "$status" = "$1" ]
}

# --- what is tried ----------------------------------------------------------

begins() {
	t -f /dev/null new-session -d -x 100 -y 30 -s one /bin/sh || return 1
	t set -g default-command /bin/sh
	t set -g history-limit 50000
	server=$(t display-message -p '#{pid}')
	started "$server"
}

takes_panes() {
	t split-window -h -t one:0 && t split-window -v -t one:0 &&
		has_panes one:0 3 && answers one:0.0 left &&
		answers one:0.1 upper && answers one:0.2 lower
}

takes_windows() {
	local i
	for i in 1 2 3 4 5 6; do
		t new-window -d -t "one:$i" || return 1
	done
	for i in 1 2 3 4 5 6; do
		answers "one:$i" "window$i" || return 1
	done
	[ "$(t list-windows -t one | wc -l)" = 7 ]
}

# A shell that ends takes its pane along.
loses_a_pane() {
	type_in one:0.2 exit && soon has_panes one:0 2
}

counted() {
	[ "$(t capture-pane -p -S - -t "$1" | grep -xE '[0-9]+' |
		cmp - <(seq 20000) 2>&1)" = "" ]
}

copies_much() {
	t new-window -d -t one:8 && type_in one:8 'clear; seq 20000' &&
		soon shows one:8 '^20000$' && counted one:8
}

buffers() {
	seq 100000 >"$work/much"
	# Through pipes, since epoll takes no plain files.
	seq 100000 | t load-buffer -b much - &&
		t save-buffer -b much - | cmp -s - "$work/much"
}

pastes() {
	t new-window -d -t one:9 "stty -icanon -echo; echo ready
		head -c 200000 >$work/pasted; echo all; cat" &&
		soon shows one:9 '^ready' &&
		yes 'a line to paste' | head -c 200000 | t load-buffer -b paste - &&
		t paste-buffer -r -b paste -t one:9 && soon shows one:9 '^all' &&
		yes 'a line to paste' | head -c 200000 | cmp -s - "$work/pasted"
}

runs_jobs() {
	t run-shell "seq 1000 | tail -n 1 >$work/job" &&
		[ "$(cat "$work/job")" = 1000 ] &&
		t run-shell -d 0.3 "echo later >$work/job" &&
		[ "$(cat "$work/job")" = later ] &&
		t pipe-pane -t one:1 "cat >$work/piped" &&
		answers one:1 piped && soon grep -q 'piped-42-' "$work/piped"
}

waits_for() {
	t wait-for channel &
	local waiter=$!
	type_in one:2 "${launcher[*]} $tmux -L $socket wait-for -S channel"
	soon is_gone "$waiter" && wait "$waiter"
}

# Lines of commands in, blocks of answers out.
controls() {
	printf '%s\n' 'display-message -p "six is #{e|*|:2,3}"' 'detach' |
		t -C attach -t one | cat >"$work/control"
	grep -q '^six is 6' "$work/control" && grep -q '^%exit' "$work/control"
}

# SIGUSR1 asks the server to make its socket anew.
heeds_a_signal() {
	rm "$work/tmux-$(id -u)/$socket" && kill -USR1 "$server" &&
		soon test -S "$work/tmux-$(id -u)/$socket" && answers one:3 anew
}

a_person_types() {
	attach one:4 && soon sees window4-42- &&
		tell 'keys echo person-$((6 * 7))-\r' &&
		soon sees person-42- && soon shows one:4 '^person-42-'
}

the_status_line_runs() {
	t set -g status-right 'job-#(echo $((6 * 7)))-' && soon sees job-42-
}

the_terminal_grows() {
	tell 'size 40 132' && soon prints one:4 '#{window_width}' 132 &&
		has_size one:4 39 132
}

much_passes_by() {
	tell 'keys seq 20000; echo end-$((6 * 7))-\r' &&
		soon sees end-42- && soon shows one:4 '^20000$'
}

detaches() {
	tell 'keys \x02d'
	left 0 && sees '\[detached'
}

comes_back() {
	attach one:4 && soon sees end-42- && t detach-client -s one && left 0
}

session_ends() {
	t new-session -d -s two /bin/sh && attach two && soon sees '\[two\]' &&
		t kill-session -t two && left 0 && sees '\[exited\]' &&
		answers one:5 alive
}

server_ends() {
	t kill-server
	soon is_gone "$server" && ! t has-session 2>/dev/null
}

# --- putting it together ----------------------------------------------------

try() {
	use "$1"
	if ! begins 2>"$work/begin.log"; then
		not_ok "$1: tmux does not start: $(tail -n 2 "$work/begin.log")"
		t kill-server 2>/dev/null
		return
	fi
	check "$1: the server runs on what it should" runs_on "$server" "$1"
	check "$1: a command's output is seen" answers one:0 first
	check "$1: three panes, each with a shell" takes_panes
	check "$1: a pane is resized" eval \
		't resize-pane -t one:0.0 -x 30 && has_size one:0.0 30 30'
	check "$1: a window is resized" eval \
		't resize-window -t one:0 -x 140 -y 50 && has_size one:0.0 50 70 ||
			prints one:0 "#{window_width}x#{window_height}" 140x50'
	check "$1: a shell that ends takes its pane along" loses_a_pane
	check "$1: seven windows" takes_windows
	check "$1: 20000 lines of output, none lost" copies_much
	check "$1: 589 kB into a buffer and out of it" buffers
	check "$1: 200 kB pasted into a program" pastes
	check "$1: jobs, at once and later, and a pipe" runs_jobs
	check "$1: wait-for" waits_for
	check "$1: a client in control mode" controls
	check "$1: SIGUSR1 makes the socket anew" heeds_a_signal
	check "$1: a person attaches and types" a_person_types
	check "$1: the status line runs a job" the_status_line_runs
	check "$1: the person's terminal grows" the_terminal_grows
	check "$1: 20000 lines pass by the person" much_passes_by
	check "$1: the person detaches" detaches
	check "$1: and comes back, and is detached" comes_back
	check "$1: a session ends under its client, the other goes on" \
		session_ends
	check "$1: the server ends and is gone" server_ends
}

# tmux forbids libevent's epoll, since that refuses plain files.  The binary
# stays as it is; this lets it forbid nothing.
lift_the_ban() {
	cat >"$work/lift.c" <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <string.h>

int
setenv(const char *name, const char *value, int overwrite)
{
	int (*next)(const char *, const char *, int);

	if (strcmp(name, "EVENT_NOEPOLL") == 0)
		return 0;
	*(void **)&next = dlsym(RTLD_NEXT, "setenv");
	return next(name, value, overwrite);
}
END
	cc -shared -fPIC -o "$work/lift.so" "$work/lift.c" -ldl
}

heeds_the_ban() {
	launcher=("$run" --backend "epoll,poll")
	begins && runs_on "$server" poll && server_ends
}

try_all() {
	cd "$work" || exit 1
	[ "$mode" = plain ] ||
		check "EVENT_NOEPOLL, which tmux sets, is heeded" heeds_the_ban
	lift_the_ban || skip_all "no compiler"
	for backend in $backends; do
		LD_PRELOAD=$work/lift.so try "$backend"
	done
	done_testing
}

from_source() {
	source_of tmux
	cd "$source" || exit 1
	if PKG_CONFIG_PATH=$compat/lib/pkgconfig LD_LIBRARY_PATH=$compat/lib:$libdir \
		build_it >build.log 2>&1; then
		ok "builds against the installed prefix"
	else
		not_ok "does not build: $(tail -n 2 build.log)"
		done_testing
		return
	fi
	tmux=$source/tmux
	try_all
}

build_it() {
	./configure --enable-utempter && make -j2
}

tmux=$(command -v tmux || echo /usr/bin/tmux)
case $mode in
plain | binary)
	[ -x "$tmux" ] || skip_all "tmux is not installed"
	[ "$mode" = plain ] || [ -d "$compat" ] ||
		skip_all "built without libevent_compat"
	try_all
	;;
source) from_source ;;
*) echo "Bail out! mode $mode"; exit 2 ;;
esac
exit 0
