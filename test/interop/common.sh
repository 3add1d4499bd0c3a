# Pieces of the conformance parts that run other people's clients: sourced by their run scripts, which are called as
#
#	run BINARY RESULTS
#
# It makes a folder for the part ($work), ends what the part has started, and has these functions.

set -euo pipefail
binary=$(realpath "$1")
results=$(realpath "$2")
here=$(dirname "$(realpath "$0")")
part=$(basename "$here")
work=$(mktemp -d)
servers=()
trap 'for pid in "${servers[@]}"; do kill "$pid" 2>/dev/null || true; done; wait; rm -rf "$work"' EXIT

# packages installs Debian packages that are missing, without starting their services.
packages() {
	local name missing=() sudo policy=/usr/sbin/policy-rc.d made=
	for name; do
		if [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" != installed ]; then missing+=("$name"); fi
	done
	if [ ${#missing[@]} = 0 ]; then return; fi
	sudo=$([ "$(id -u)" = 0 ] || echo sudo)
	if [ ! -e $policy ]; then
		printf '#!/bin/sh\nexit 101\n' | $sudo tee $policy >/dev/null
		$sudo chmod 755 $policy
		made=yes
	fi
	$sudo apt-get update -q >/dev/null
	$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" >/dev/null
	if [ -n "$made" ]; then $sudo rm $policy; fi
}

# free_port prints a port that nobody listens on, below those of outgoing connections.
free_port() {
	local port
	while :; do
		port=$((20000 + RANDOM % 12000))
		if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then break; fi
	done
	echo "$port"
}

# serve WHO PORT [DIRECTIVE ...] starts a server in the folder $work/WHO and waits until it is the one that answers. WHO is
# ours or theirs.
serve() {
	local who=$1 port=$2 program pid
	shift 2
	program=(redis-server)
	if [ "$who" = ours ]; then program=("$binary" server); fi
	mkdir -p "$work/$who"
	"${program[@]}" --port "$port" --dir "$work/$who" --save '' --enable-debug-command yes "$@" >>"$work/$who/log" 2>&1 &
	pid=$!
	servers+=("$pid")
	for _ in $(seq 200); do
		if redis-cli -p "$port" info server 2>/dev/null | tr -d '\r' | grep -qx "process_id:$pid"; then return; fi
		sleep 0.05
	done
	cat "$work/$who/log" >&2
	return 1
}

# certificates makes a certificate authority and one certificate of it, for servers and clients, in $work/tls.
certificates() {
	mkdir "$work/tls"
	(
		cd "$work/tls"
		openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -days 2 -subj '/CN=test authority'
		openssl req -newkey rsa:2048 -nodes -keyout redis.key -out redis.csr -subj '/CN=localhost'
		printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\n' >extensions
		openssl x509 -req -in redis.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out redis.crt -days 2 -extfile extensions
	) 2>/dev/null
	tls=(--tls-cert-file "$work/tls/redis.crt" --tls-key-file "$work/tls/redis.key" --tls-ca-cert-file "$work/tls/ca.crt")
}

# compare NAME COMMAND... runs a scenario against both servers and compares what it prints, a line for each step: "step: what
# happened". The command gets the port, the port of TLS and the path of the Unix socket as its last arguments. A step that
# differs and is not in known.txt ("NAME | step | reason") fails the part, and so do a known one that does not differ and a
# command that fails with redis-server: two servers that are both not reached are equal, too.
compare() {
	local name=$1 who port secure broken=0
	shift
	for who in theirs ours; do
		port=$(free_port)
		secure=$(free_port)
		serve "$who" "$port" --tls-port "$secure" "${tls[@]}" --unixsocket "$work/$who.sock"
		if ! (cd "$here" && TLS=$work/tls timeout 120 "$@" "$port" "$secure" "$work/$who.sock") >"$work/$name.$who" 2>"$work/$name.$who.err"; then
			echo "end: status not 0: $(tail -n 3 "$work/$name.$who.err" | tr '\n' ' ')" >>"$work/$name.$who"
			if [ $who = theirs ]; then broken=1; fi
		fi
		kill "${servers[-1]}" && wait "${servers[-1]}" || true
		unset 'servers[-1]'
	done
	report "$name"
	if [ $broken = 1 ]; then
		echo "$part/$name: the scenario itself does not work, it fails with redis-server: $(tail -n 1 "$work/$name.theirs")"
		failing=1
	fi
}

# report NAME compares the two protocols of a scenario and appends the line of RESULTS.
report() {
	local name=$1 cases differ=() step reason failed=0 bad=0 known=0
	cases=$(wc -l <"$work/$name.theirs")
	mapfile -t differ < <(diff "$work/$name.theirs" "$work/$name.ours" | sed -n 's/^[<>] \([^:]*\):.*/\1/p' | sort -u)
	for step in "${differ[@]}"; do
		reason=$(sed -n "s#^$name | $step | ##p" "$here/known.txt")
		if [ -n "$reason" ]; then
			known=$((known + 1))
			continue
		fi
		failed=$((failed + 1)) bad=1
		echo "$part/$name: $step differs:"
		grep -F "$step:" "$work/$name.theirs" | sed 's/^/  redis-server  /' | cut -c1-400
		grep -F "$step:" "$work/$name.ours" | sed 's/^/  ours          /' | cut -c1-400
	done
	while IFS= read -r step; do
		if ! printf '%s\n' "${differ[@]}" | grep -qxF "$step"; then
			echo "$part/$name: $step does not differ any more: take it out of known.txt"
			bad=1
		fi
	done < <(sed -n "s#^$name | \(.*\) | [^|]*\$#\1#p" "$here/known.txt")
	printf '%s/%s\t%d\t%d\t%d\t0\t%s\n' "$part" "$name" "$cases" $((cases - failed - known)) $((failed + known)) \
		"the same steps against redis-server $(redis-server --version | sed 's/.*v=\([0-9.]*\).*/\1/')" >>"$results"
	if [ "$bad" != 0 ]; then failing=1; fi
}
failing=0
