# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
# What the scripts that run real programs share.  They are called as
#
#	NAME.sh MODE PREFIX
#
# PREFIX is where the suite is installed.  MODE is binary (the distribution's
# program under libev-run), source (built against PREFIX), or plain: the
# distribution's program on libevent itself, which shows that what fails in
# the other modes is not the script.  They print TAP; a line of it is true
# for whoever uses the program.
set -u

mode=$1
prefix=$(realpath "$2")
run=$prefix/bin/libev-run
libdir=$(dirname "$(find "$prefix" -name 'libev-core.so.0' \
	-not -path '*/compat/*' | head -n 1)")
compat=$libdir/libev-1/compat
work=$(mktemp -d)
backends="epoll poll select"
patience=${LIBEV_TEST_PATIENCE:-60}
declare -A alive
n=0

# --- TAP --------------------------------------------------------------------

ok() {
	n=$((n + 1))
	echo "ok $n - $*"
}

not_ok() {
	n=$((n + 1))
	echo "not ok $n - $*"
}

skip() {
	n=$((n + 1))
	echo "ok $n - $1 # SKIP $2"
}

skip_all() {
	echo "1..0 # SKIP $*"
	exit 0
}

# check NAME COMMAND...: the command's success decides.
check() {
	local name=$1
	shift
	if "$@"; then
		ok "$name"
	else
		not_ok "$name"
	fi
}

# The last line of a script that does not say its number at the start.
done_testing() {
	echo "1..$n"
}

# --- waiting ----------------------------------------------------------------

# soon COMMAND...: true as soon as the command is, false after $patience s.
soon() {
	local end=$((SECONDS + patience))
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.05
	done
}

# Its number may be another's from then on.
is_gone() {
	kill -0 "$1" 2>/dev/null && return 1
	unset "alive[$1]"
}

# --- processes --------------------------------------------------------------

# use BACKEND: "${launcher[@]}" PROGRAM becomes the program on that backend,
# with the process id that the shell knows.
use() {
	local other
	launcher=(env)
	if [ "$mode" = plain ]; then
		for other in $backends; do
			[ "$other" = "$1" ] || launcher+=("EVENT_NO${other^^}=1")
		done
	else
		launcher=("$run" --backend "$1")
	fi
}

# runs_on PID BACKEND: what the process has mapped is the suite, or is not.
runs_on() {
	local maps
	maps=$(awk '$6 ~ /libev/ { print $6 }' "/proc/$1/maps" | sort -u)
	if [ "$mode" = plain ]; then
		[[ $maps == */libevent* && $maps != */libev-core* ]]
		return
	fi
	[[ $maps == *"/libev-core.so"* && $maps == *"/$2.so"* ]] &&
		! grep '/libevent' <<<"$maps" | grep -qv '/libev-1/compat/'
}

# What was started goes with the script.
started() {
	alive[$1]=yes
}

# stop PID [SIGNAL]: its exit status, or 124 if it does not end.
stop() {
	kill "-${2:-TERM}" "$1" 2>/dev/null
	if ! soon is_gone "$1"; then
		kill -KILL "$1" 2>/dev/null
		wait "$1" 2>/dev/null
		return 124
	fi
	wait "$1" 2>/dev/null
}

# shellcheck disable=SC2317 # called by the trap
clean_up() {
	local pid
	exec 2>/dev/null
	for pid in "${!alive[@]}"; do
		kill -KILL "$pid" 2>/dev/null
	done
	[ -n "${LIBEV_TEST_KEEP:-}" ] || rm -rf "$work"
}
trap clean_up EXIT

# --- network ----------------------------------------------------------------

free_port() {
	/usr/bin/python3 -c 'import socket; s = socket.socket()
s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

accepts() {
	(exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# --- packages ---------------------------------------------------------------

# Source packages through the system's own sources, without changing those.
fetch_source() {
	local apt=$work/apt options
	mkdir -p "$apt/parts" "$apt/lists/partial" "$apt/cache/archives/partial"
	for list in /etc/apt/sources.list.d/*.sources; do
		[ -f "$list" ] && sed 's/^Types:.*/Types: deb-src/' "$list" \
			>"$apt/parts/${list##*/}"
	done
	cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
		sed -n 's/^deb /deb-src /p' >"$apt/list"
	options="-o Dir::Etc::sourcelist=$apt/list
		-o Dir::Etc::sourceparts=$apt/parts -o Dir::State::lists=$apt/lists
		-o Dir::Cache=$apt/cache -o APT::Sandbox::User=root"
	# shellcheck disable=SC2086
	apt-get $options -qq update && apt-get $options -qq source "$1"
}

# source_of PACKAGE: its unpacked source, below $work, goes to $source.
source_of() {
	cd "$work" || exit 1
	fetch_source "$1" >apt.log 2>&1 ||
		skip_all "the source package cannot be had"
	source=$(find "$work" -maxdepth 1 -type d -name "$1-*" | head -n 1)
	[ -d "$source" ] || skip_all "the source package cannot be unpacked"
	[ -d "$compat" ] || skip_all "built without libevent_compat"
}

# Unpacked, not installed: no daemon starts, and the system stays as it is.
unpack() {
	local apt=$work/unpack deb
	mkdir -p "$apt/archives/partial" "$apt/root"
	apt-get -o "Dir::Cache=$apt" -o APT::Sandbox::User=root \
		-o Debug::NoLocking=1 -qq -y --no-install-recommends \
		--download-only install "$@" >"$apt/log" 2>&1 || return 1
	for deb in "$apt"/archives/*.deb; do
		[ -f "$deb" ] || continue
		dpkg -x "$deb" "$apt/root" || return 1
		echo "# ${deb##*/}"
		rm "$deb"
	done
}
