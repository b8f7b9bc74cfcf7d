#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# memcached on the suite: Debian's own binary, and one built from its source.
#
# usage: memcached.sh binary|source PREFIX
#
# PREFIX is where the suite is installed.  Prints TAP.
set -u

mode=$1
prefix=$(realpath "$2")
run=$prefix/bin/libev-run
work=$(mktemp -d)
n=0
server=

# shellcheck disable=SC2317 # called by the trap
cleanup() {
	[ -n "$server" ] && kill "$server" 2>/dev/null
	rm -rf "$work"
}
trap cleanup EXIT

ok() {
	n=$((n + 1))
	echo "ok $n - $*"
}

not_ok() {
	n=$((n + 1))
	echo "not ok $n - $*"
}

skip_all() {
	echo "1..0 # SKIP $*"
	exit 0
}

free_port() {
	/usr/bin/python3 -c 'import socket; s = socket.socket()
s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

wait_for_port() {
	for _ in $(seq 200); do
		(exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return 0
		kill -0 "$server" 2>/dev/null || return 1
		sleep 0.05
	done
	return 1
}

# Many connections at once, every value compared.
load() {
	/usr/bin/python3 - "$1" <<'END'
import os, socket, sys, threading

port, errors = int(sys.argv[1]), []

def client(number):
    try:
        s = socket.create_connection(("127.0.0.1", port), 30)
        f = s.makefile("rwb")
        for i in range(100):
            key = b"k%d-%d" % (number, i)
            value = os.urandom(1 + (i * 97) % 8000).hex().encode()
            f.write(b"set %s 0 0 %d\r\n%s\r\n" % (key, len(value), value))
            f.flush()
            if f.readline() != b"STORED\r\n":
                raise ValueError("set")
            f.write(b"get %s\r\n" % key)
            f.flush()
            head = f.readline().split()
            back = f.read(int(head[3]))
            if back != value or f.readline() != b"\r\n" \
                    or f.readline() != b"END\r\n":
                raise ValueError("get")
        s.close()
    except Exception as e:
        errors.append(repr(e))

threads = [threading.Thread(target=client, args=(i,)) for i in range(50)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print("\n".join(errors[:3]))
sys.exit(bool(errors))
END
}

as_user=
[ "$(id -u)" = 0 ] && as_user="-u nobody"

under_libev_run() {
	local backend=$1 binary port
	binary=$(command -v memcached || echo /usr/bin/memcached)
	port=$(free_port)
	# shellcheck disable=SC2086
	"$run" --trace-backend --backend "$backend" "$binary" $as_user \
		-l 127.0.0.1 -p "$port" -U 0 -t 2 2>"$work/$backend.log" &
	server=$!
	if ! wait_for_port "$port"; then
		not_ok "$backend: memcached did not start: $(tail -n 3 "$work/$backend.log")"
		return
	fi
	if grep -q "libev-core" "/proc/$server/maps" &&
		! grep -q "/usr/lib/.*/libevent" "/proc/$server/maps"; then
		ok "$backend: the process maps libev-core and not libevent"
	else
		not_ok "$backend: the process does not run on the suite"
	fi
	if grep -q "method: $backend" "$work/$backend.log"; then
		ok "$backend: $(grep -m1 -o "method: .*" "$work/$backend.log")"
	else
		not_ok "$backend: trace does not name it"
	fi
	if load "$port" >"$work/errors"; then
		ok "$backend: 50 clients, 10000 commands"
	else
		not_ok "$backend: $(cat "$work/errors")"
	fi
	kill -TERM "$server"
	if wait "$server"; then
		ok "$backend: ends on SIGTERM"
	else
		not_ok "$backend: ended with $?"
	fi
	server=
}

binary() {
	command -v memcached >/dev/null || [ -x /usr/bin/memcached ] ||
		skip_all "memcached is not installed"
	[ -x "$run" ] || skip_all "built without libevent_compat"
	echo "1..12"
	for backend in epoll poll select; do
		under_libev_run "$backend"
	done
}

# Its own tests, built once against the suite and once against libevent.
build() {
	local where=$1
	shift
	cp -a "$source" "$work/$where" && cd "$work/$where" &&
		./configure --disable-docs "$@" >configure.log 2>&1 &&
		make -j2 >make.log 2>&1
}

# own_tests WHERE [TEST...]; what failed goes to WHERE.failed.
own_tests() {
	local where=$1
	shift
	cd "$work/$where" || return 1
	timeout 900 prove -j8 "$@" >"$work/$where.prove" 2>&1
	grep -E '^(Result|Files=)' "$work/$where.prove" | sed 's/^/# /'
	sed -n 's/^\(t\/[^ ]*\) .*(Wstat.*/\1/p' "$work/$where.prove" | sort \
		>"$work/$where.failed"
}

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

from_source() {
	cd "$work" || exit 1
	fetch_source memcached >apt.log 2>&1 ||
		skip_all "the source package cannot be had"
	source=$(find "$work" -maxdepth 1 -type d -name 'memcached-*' | head -n 1)
	[ -d "$source" ] || skip_all "the source package cannot be unpacked"
	libdir=$(dirname "$(find "$prefix" -name 'libev-core.so.0' \
		-not -path '*/compat/*' | head -n 1)")
	compat=$libdir/libev-1/compat
	[ -d "$compat" ] || skip_all "built without libevent_compat"
	echo "1..3"
	export LD_LIBRARY_PATH=$compat/lib:$libdir
	if build ours "--with-libevent=$compat"; then
		ok "builds against the installed prefix"
	else
		not_ok "does not build: $(tail -n 2 "$work/ours/make.log")"
		return
	fi
	if ldd "$work/ours/memcached" | grep -q libev-core; then
		ok "is linked with libev-core"
	else
		not_ok "is not linked with libev-core"
	fi
	own_tests ours t/*.t
	grep -q '^Result' "$work/ours.prove" || {
		not_ok "its own tests did not run: $(tail -n 1 "$work/ours.prove")"
		return
	}
	if [ ! -s "$work/ours.failed" ]; then
		ok "passes its own tests"
		return
	fi
	# Some need what this machine may not have: ask libevent, too.
	unset LD_LIBRARY_PATH
	build theirs || {
		not_ok "does not build against the system's libevent"
		return
	}
	# shellcheck disable=SC2046
	own_tests theirs $(cat "$work/ours.failed")
	if [ -z "$(comm -23 "$work/ours.failed" "$work/theirs.failed")" ]; then
		ok "passes its own tests, but for those that fail on libevent"
	else
		comm -23 "$work/ours.failed" "$work/theirs.failed" | sed 's/^/# /'
		not_ok "fails tests that pass on libevent"
	fi
}

case $mode in
binary) binary ;;
source) from_source ;;
*) echo "Bail out! mode $mode"; exit 2 ;;
esac
exit 0
