#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Programs of the distribution that were built for libevent, each with a short
# look at what it is for.  Usage: see lib.sh; names of programs after PREFIX
# choose some.
# Functions and lists of packages are found by the program's name:
# shellcheck disable=SC2317,SC2034,SC2016
# shellcheck source=tests/programs/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
shift 2

client=$(realpath "$(dirname "${BASH_SOURCE[0]}")")/client.py
root=$work/unpack/root
user=$(id -un)
as_root=$([ "$(id -u)" = 0 ] && echo yes)
pid=
inside=() # a command that runs another one in a place of its own

# --- running one ------------------------------------------------------------

# program NAME: its path, unpacked or installed.
program() {
	local folder
	for folder in "$root"/usr/{sbin,bin} /usr/{sbin,bin} "$@"; do
		[ -x "$folder/$1" ] && echo "$folder/$1" && return
	done
	return 1
}

libraries() {
	local IFS=:
	echo "$root/usr/lib:$(find "$root/usr/lib" "$root/lib" -maxdepth 1 \
		-type d -name '*-linux-*' 2>/dev/null | paste -sd:)"
}

# helper PROGRAM ARG...: something beside, which needs no event loop of ours.
helper() {
	LD_LIBRARY_PATH=$(libraries) "$(program "$1")" "${@:2}"
}

# aside PROGRAM ARG...: the same in the background, as $aside; goes with the
# script.  A program, not a function: that would only be the shell around it.
aside() {
	LD_LIBRARY_PATH=$(libraries) "$(program "$1")" "${@:2}" \
		</dev/null >"$1.log" 2>&1 &
	aside=$!
	started "$aside"
}

# start BACKEND PROGRAM ARG...: in the background, as $pid.
start() {
	local backend=$1 name=$2
	use "$backend"
	log=$work/$name-$backend.log
	LD_LIBRARY_PATH=$(libraries) "${inside[@]}" "${launcher[@]}" \
		"$(program "$name")" "${@:3}" </dev/null >"$log" 2>&1 &
	pid=$!
	started "$pid"
}

# in_room COMMAND...: in the network that $pid has for itself.
in_room() {
	nsenter -t "$pid" -n "$@"
}

answers() {
	is_gone "$pid" || "$client" answers "$@" 2>/dev/null
}

# up BACKEND NAME COMMAND...: COMMAND says that the program is ready.
up() {
	local backend=$1 name=$2
	soon "${@:3}"
	if is_gone "$pid"; then
		not_ok "$backend: $name does not start: $(tail -n 1 "$log")"
		return 1
	fi
	check "$backend: $name runs on what it should" runs_on "$pid" "$backend"
}

# down BACKEND NAME STATUS
down() {
	stop "$pid"
	check "$1: $2 ends on SIGTERM" test $? = "$3"
}

# --- the programs -----------------------------------------------------------

inetd_packages=openbsd-inetd

inetd_serves() {
	local port more
	port=$(free_port)
	more=$(free_port)
	cat >inetd.conf <<-END
		127.0.0.1:$port stream tcp nowait.9999 $user /bin/cat cat
	END
	start "$1" inetd -i -E "$PWD/inetd.conf"
	up "$1" inetd answers echo "$port" || return
	check "$1: inetd serves 10 clients, each with a process" \
		"$client" echo "$port"
	cat >>inetd.conf <<-END
		127.0.0.1:$more stream tcp nowait.9999 $user /bin/cat cat
	END
	kill -HUP "$pid"
	check "$1: inetd serves what its file names after SIGHUP" \
		soon answers echo "$more"
	stop "$pid"
	check "$1: inetd ends on SIGTERM" is_gone "$pid"
}

dns_packages="nsd unbound"

zone() {
	echo '@ 3600 IN SOA ns.suite.example. root.suite.example. 1 2 3 4 5'
	echo '@ 3600 IN NS ns.suite.example.'
	for i in $(seq 200); do
		echo "h$i 3600 IN A 10.0.1.$i"
	done
	echo "big 3600 IN TXT$(for i in $(seq 20); do printf ' "%0200d"' 0; done)"
}

# Authority and resolver, one asking the other, over datagrams and streams.
dns_serves() {
	local nsd_port port nsd
	nsd_port=$(free_port)
	port=$(free_port)
	zone >hosts
	cat >nsd.conf <<-END
		server:
		  ip-address: 127.0.0.1@$nsd_port
		  username: ""
		  zonesdir: "$PWD"
		  database: ""
		  pidfile: "$PWD/nsd.pid"
		  xfrdfile: "$PWD/xfrd.state"
		  xfrdir: "$PWD"
		  zonelistfile: "$PWD/zone.list"
		  server-count: 2
		remote-control:
		  control-enable: no
		zone:
		  name: suite.example
		  zonefile: hosts
	END
	start "$1" nsd -d -c "$PWD/nsd.conf"
	nsd=$pid
	up "$1" nsd answers dns "$nsd_port" || return
	check "$1: nsd answers 420 questions" \
		"$client" dns "$nsd_port" suite.example
	cat >unbound.conf <<-END
		server:
		  interface: 127.0.0.1@$port
		  username: ""
		  chroot: ""
		  directory: "$PWD"
		  pidfile: "$PWD/unbound.pid"
		  do-daemonize: no
		  use-syslog: no
		  num-threads: 2
		  do-not-query-localhost: no
		  module-config: iterator
		remote-control:
		  control-enable: no
		forward-zone:
		  name: suite.example
		  forward-addr: 127.0.0.1@$nsd_port
	END
	start "$1" unbound -d -c "$PWD/unbound.conf"
	up "$1" unbound answers dns "$port" || return
	check "$1: unbound asks nsd and answers 420 questions" \
		"$client" dns "$port" suite.example
	down "$1" unbound 0
	pid=$nsd
	down "$1" nsd 0
}

gearman_packages="gearman-job-server gearman-tools"

reverse() {
	[ "$(helper gearman -h 127.0.0.1 -p "$1" -f reverse "$2" 2>/dev/null)" \
		= "$3" ]
}

crowd_reverses() {
	local i one ones=() status=0
	for i in $(seq 20); do
		reverse "$1" "job-$i" "$(rev <<<"job-$i")" &
		ones+=($!)
	done
	for one in "${ones[@]}"; do
		wait "$one" || status=1
	done
	return "$status"
}

gearman_serves() {
	local port aside
	port=$(free_port)
	start "$1" gearmand -L 127.0.0.1 -p "$port" -t 4 --log-file stderr
	up "$1" gearmand accepts "$port" || return
	aside gearman -h 127.0.0.1 -p "$port" -w -f reverse rev
	check "$1: gearmand hands a job to a worker" \
		soon reverse "$port" hello olleh
	check "$1: gearmand hands on the jobs of 20 clients" \
		crowd_reverses "$port"
	stop "$aside"
	down "$1" gearmand 0
}

webdis_packages="webdis redis-server"

webdis_serves() {
	local port redis_port aside
	port=$(free_port)
	redis_port=$(free_port)
	aside redis-server --bind 127.0.0.1 --port "$redis_port" --save ''
	soon accepts "$redis_port"
	cat >webdis.json <<-END
		{
			"redis_host": "127.0.0.1", "redis_port": $redis_port,
			"http_host": "127.0.0.1", "http_port": $port,
			"threads": 4, "pool_size": 5, "daemonize": false,
			"verbosity": 1, "logfile": "$PWD/webdis.log"
		}
	END
	start "$1" webdis "$PWD/webdis.json"
	up "$1" webdis answers webdis "$port" || return
	check "$1: webdis answers 600 requests" "$client" webdis "$port"
	stop "$pid"
	check "$1: webdis ends on SIGTERM" is_gone "$pid"
	stop "$aside"
}

pgbouncer_packages="pgbouncer postgresql postgresql-client"

# sql PORT DATABASE STATEMENT
sql() {
	helper psql -X -A -t -h 127.0.0.1 -p "$1" -U someone -d "$2" -c "$3" \
		2>/dev/null
}

# A database, as $database, for port $1; PostgreSQL does not run as root.
start_postgres() {
	local bin drop=(env)
	if [ -n "$as_root" ]; then
		drop=(setpriv --reuid=nobody --regid=nogroup --clear-groups)
		chown -R nobody "$PWD" && chmod 755 "$work"
	fi
	bin=$(find "$root/usr/lib/postgresql" /usr/lib/postgresql -name initdb \
		-printf '%h\n' 2>/dev/null | head -n 1)
	LD_LIBRARY_PATH=$(libraries) "${drop[@]}" "$bin/initdb" \
		-D "$PWD/data" -U someone -A trust -N >initdb.log 2>&1 || return 1
	LD_LIBRARY_PATH=$(libraries) "${drop[@]}" "$bin/postgres" -F -k '' \
		-D "$PWD/data" -h 127.0.0.1 -p "$1" -c max_connections=20 \
		>postgres.log 2>&1 &
	database=$!
	started "$database"
	soon eval "[ \"\$(sql $1 postgres 'SELECT 6 * 7')\" = 42 ]"
}

# 12 clients on at most 4 connections, each with a big answer and many small.
crowd_asks() {
	local i one ones=() status=0
	for i in $(seq 12); do
		asks "$1" "$i" &
		ones+=($!)
	done
	for one in "${ones[@]}"; do
		wait "$one" || status=1
	done
	return "$status"
}

asks() {
	sql "$1" postgres 'SELECT generate_series(1, 20000)' |
		cmp -s - <(seq 20000) || return 1
	for i in $(seq 5); do
		[ "$(sql "$1" postgres "SELECT $2 * $i")" = $(($2 * i)) ] ||
			return 1
	done
}

pgbouncer_serves() {
	local port db_port database
	port=$(free_port)
	db_port=$(free_port)
	if ! start_postgres "$db_port"; then
		skip "$1: pgbouncer" "PostgreSQL does not start"
		return
	fi
	cat >pgbouncer.ini <<-END
		[databases]
		postgres = host=127.0.0.1 port=$db_port user=someone
		[pgbouncer]
		listen_addr = 127.0.0.1
		listen_port = $port
		unix_socket_dir =
		auth_type = any
		admin_users = someone
		default_pool_size = 4
		pool_mode = transaction
	END
	start "$1" pgbouncer ${as_root:+-u nobody} "$PWD/pgbouncer.ini"
	up "$1" pgbouncer accepts "$port" || return
	check "$1: pgbouncer pools 72 connections to PostgreSQL" \
		crowd_asks "$port"
	check "$1: pgbouncer's console answers" eval \
		"sql $port pgbouncer 'SHOW POOLS' | grep -q '^postgres|someone'"
	stop "$pid"
	check "$1: pgbouncer ends on SIGTERM" test $? != 124
	stop "$database" INT
}

redsocks_packages=redsocks

# To a SOCKS server of ours, and through it to an echo server.
redsocks_serves() {
	local port socks_port echo_port
	port=$(free_port)
	socks_port=$(free_port)
	echo_port=$(free_port)
	"$client" echo-server "$echo_port" &
	started $!
	"$client" socks "$socks_port" "$echo_port" &
	started $!
	soon accepts "$echo_port" && soon accepts "$socks_port"
	cat >redsocks.conf <<-END
		base {
			log_info = on; log = "stderr";
			daemon = off; redirector = generic;
		}
		redsocks {
			local_ip = 127.0.0.1; local_port = $port;
			ip = 127.0.0.1; port = $socks_port; type = socks5;
		}
	END
	start "$1" redsocks -c "$PWD/redsocks.conf"
	up "$1" redsocks answers echo "$port" || return
	check "$1: redsocks relays 10 clients over SOCKS" \
		"$client" echo "$port"
	down "$1" redsocks 0
}

fstrm_packages=fstrm-bin

fstrm_serves() {
	"$client" frames "$PWD/in"
	start "$1" fstrm_capture -t test:frames -u "$PWD/socket" -w "$PWD/out"
	up "$1" fstrm_capture test -S socket || return
	check "$1: fstrm_capture is sent 5000 frames" helper fstrm_replay \
		-t test:frames -u "$PWD/socket" -r "$PWD/in"
	down "$1" fstrm_capture 0
	check "$1: fstrm_capture has written what was sent" cmp in out
}

bitlbee_packages=bitlbee

bitlbee_serves() {
	local port
	port=$(free_port)
	mkdir -p users
	start "$1" bitlbee -n -D -i 127.0.0.1 -p "$port" -d "$PWD/users" \
		-c /dev/null
	up "$1" bitlbee accepts "$port" || return
	check "$1: bitlbee talks with 10 clients" "$client" irc "$port"
	stop "$pid"
	check "$1: bitlbee ends on SIGTERM" test $? != 124
}

remctl_packages=remctl-server

# It logs to its output.
remctl_serves() {
	cat >remctl.conf <<-END
		count ALL /usr/bin/seq ANYUSER
	END
	use "$1"
	SSH_CONNECTION="127.0.0.1 1 127.0.0.1 2" \
		SSH_ORIGINAL_COMMAND="count 20000" EVENT_SHOW_METHOD=1 \
		LD_LIBRARY_PATH=$(libraries) timeout "$patience" \
		"${launcher[@]}" "$(program remctl-shell)" -S \
		-f "$PWD/remctl.conf" someone >out 2>&1
	check "$1: remctl-shell names the method" \
		grep -q "method: $1\|using: $1" out
	check "$1: remctl-shell runs a command with 109 kB of output" \
		cmp -s <(grep -v '^remctl-shell:' out) <(seq 20000)
}

links_packages=links2

links_serves() {
	local port
	port=$(free_port)
	{ echo '<pre>'; seq 20000; echo '</pre>'; } >index.html
	/usr/bin/python3 -m http.server -b 127.0.0.1 "$port" >http.log 2>&1 &
	started $!
	soon accepts "$port"
	use "$1"
	check "$1: links shows a page of 20000 lines" eval \
		'HOME=$PWD LD_LIBRARY_PATH=$(libraries) timeout "$patience" \
		"${launcher[@]}" "$(program links2)" -dump \
		"http://127.0.0.1:$port/" | grep -oE "[0-9]+" |
		cmp - <(seq 20000)'
}

lldpd_packages=lldpd

# A user, a root for it that holds the modules, and two ends of a cable: in
# namespaces, so that the system has nothing of them.
make_room() {
	cp /etc/passwd /etc/group .
	echo '_lldpd:x:990:990::/:/bin/false' >>passwd
	echo '_lldpd:x:990:' >>group
	cat >room <<-END
		set -e
		mount --bind passwd /etc/passwd
		mount --bind group /etc/group
		mount -t tmpfs none /run
		mkdir -p "/run/lldpd$libdir/libev"
		mount --bind "$libdir/libev" "/run/lldpd$libdir/libev"
		ip link add near type veth peer name far
		ip link set near up
		ip link set far up
		exec "\$@"
	END
	inside=(unshare -m -n bash "$PWD/room")
}

lldp_shows() {
	helper lldpcli -u "$PWD/socket" -f keyvalue show "$1" 2>/dev/null |
		grep -q "$2"
}

# It may not listen on its interface yet.
lldp_greets() {
	in_room "$client" lldp far 120
	lldp_shows neighbors chassis.name=neighbour
}

lldp_forgets() {
	! lldp_shows neighbors chassis.name=neighbour
}

crowd_asks_lldpd() {
	local one ones=() status=0
	for _ in $(seq 10); do
		lldp_shows chassis chassis.mac= &
		ones+=($!)
	done
	for one in "${ones[@]}"; do
		wait "$one" || status=1
	done
	return "$status"
}

# What waits for events is a child that has left for /run/lldpd.
lldpd_serves() {
	local child
	if [ -z "$as_root" ] || ! unshare -m -n ip link >/dev/null 2>&1; then
		skip "$1: lldpd" "no namespaces"
		return
	fi
	make_room
	start "$1" lldpd -d -I near -u "$PWD/socket"
	inside=()
	soon lldp_shows chassis chassis.mac=
	if is_gone "$pid"; then
		not_ok "$1: lldpd does not start: $(tail -n 1 "$log")"
		return
	fi
	read -r child <"/proc/$pid/task/$pid/children"
	check "$1: lldpd runs on what it should" runs_on "$child" "$1"
	check "$1: lldpd tells 10 clients of itself" crowd_asks_lldpd
	helper lldpcli -u "$PWD/socket" resume >/dev/null
	check "$1: lldpd hears of a neighbour" soon lldp_greets
	in_room "$client" lldp far 0
	check "$1: lldpd hears that it is gone" soon lldp_forgets
	stop "$pid"
	check "$1: lldpd ends on SIGTERM" is_gone "$pid"
}

ocproxy_packages=ocproxy

has_tunnel() {
	[ ! "/proc/$pid/ns/net" -ef /proc/self/ns/net ] &&
		in_room ip address show suite 2>/dev/null | grep -q 10.9.0.1
}

room_answers() {
	is_gone "$pid" || in_room "$client" answers "$@" 2>/dev/null
}

# Its own TCP is at one end of a network, the kernel's at the other.
ocproxy_serves() {
	local aside
	if [ -z "$as_root" ] || [ ! -w /dev/net/tun ] ||
		! unshare -n ip link >/dev/null 2>&1; then
		skip "$1: ocproxy" "no namespaces, or no tunnels"
		return
	fi
	inside=(unshare -n "$client" tunnel)
	start "$1" ocproxy -L 6000:10.9.0.1:5000
	inside=()
	soon has_tunnel
	nsenter -t "$pid" -n "$client" echo-server 5000 10.9.0.1 &
	aside=$!
	started "$aside"
	up "$1" ocproxy room_answers talk 6000 || return
	check "$1: ocproxy has 10 clients talk through its own TCP" \
		in_room "$client" talk 6000
	stop "$pid"
	check "$1: ocproxy ends on SIGTERM" is_gone "$pid"
	stop "$aside"
}

# --- all of them ------------------------------------------------------------

run_program() {
	local packages=${1}_packages backend
	# shellcheck disable=SC2086
	if ! unpack ${!packages}; then
		skip "$1" "cannot be had: ${!packages}"
		return
	fi
	for backend in $backends; do
		mkdir -p "$work/$1-$backend" && cd "$work/$1-$backend" || exit 1
		"${1}_serves" "$backend"
	done
}

[ "$mode" = plain ] || [ -d "$compat" ] ||
	skip_all "built without libevent_compat"
[ $# -gt 0 ] || set -- inetd dns gearman webdis pgbouncer \
	redsocks fstrm bitlbee remctl links lldpd ocproxy
for name; do
	run_program "$name"
done
done_testing
exit 0
