#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# memcached on the suite: Debian's own binary, and one built from its source.
# Usage: see lib.sh.
# shellcheck source=tests/programs/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

server=

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

try() {
	local binary port
	binary=$(command -v memcached || echo /usr/bin/memcached)
	port=$(free_port)
	use "$1"
	# shellcheck disable=SC2086
	EVENT_SHOW_METHOD=1 "${launcher[@]}" "$binary" $as_user \
		-l 127.0.0.1 -p "$port" -U 0 -t 2 2>"$work/$1.log" &
	server=$!
	started "$server"
	if ! soon accepts "$port"; then
		not_ok "$1: memcached did not start: $(tail -n 3 "$work/$1.log")"
		return
	fi
	check "$1: the process runs on what it should" runs_on "$server" "$1"
	check "$1: $(grep -m1 -o 'method: .*\|using: .*' "$work/$1.log")" \
		grep -q "method: $1\|using: $1" "$work/$1.log"
	if load "$port" >"$work/errors"; then
		ok "$1: 50 clients, 10000 commands"
	else
		not_ok "$1: $(cat "$work/errors")"
	fi
	stop "$server"
	check "$1: ends on SIGTERM" test $? = 0
}

binary() {
	command -v memcached >/dev/null || [ -x /usr/bin/memcached ] ||
		skip_all "memcached is not installed"
	[ "$mode" = plain ] || [ -x "$run" ] ||
		skip_all "built without libevent_compat"
	for backend in $backends; do
		try "$backend"
	done
	done_testing
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

from_source() {
	source_of memcached
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
plain | binary) binary ;;
source) from_source ;;
*) echo "Bail out! mode $mode"; exit 2 ;;
esac
exit 0
