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

# free_port prints a port that nobody listens on, below those of outgoing connections, and never the same one twice: servers that
# start side by side do not listen yet when the next port is chosen.
free_port() {
	local port
	port=$(cat "$work/port" 2>/dev/null) || port=$((20000 + RANDOM % 11000))
	while :; do
		port=$((port + 1))
		if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then break; fi
	done
	echo "$port" | tee "$work/port"
}

# serve WHO PORT [DIRECTIVE ...] starts a server in the folder $work/WHO and waits until it is the one that answers. WHO is
# ours or theirs.
serve() {
	local who=$1 port=$2 pid
	shift 2
	mkdir -p "$work/$who"
	command_of "$who"
	"${command[@]}" --port "$port" --dir "$work/$who" --save '' --enable-debug-command yes "$@" >>"$work/$who/log" 2>&1 &
	pid=$!
	servers+=("$pid")
	for _ in $(seq 200); do
		if redis-cli -p "$port" info server 2>/dev/null | tr -d '\r' | grep -qx "process_id:$pid"; then return; fi
		sleep 0.05
	done
	cat "$work/$who/log" >&2
	return 1
}

# command_of WHO sets the array command to what starts that server; directives follow.
command_of() {
	command=(redis-server)
	if [ "$1" = ours ]; then command=("$binary" server); fi
}

# certificates makes in $work/tls a certificate authority (ca), two certificates of it for servers and clients (redis, renewed)
# and another authority (other).
certificates() {
	local name
	mkdir "$work/tls"
	(
		cd "$work/tls"
		printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\n' >extensions
		for name in ca other; do
			openssl req -x509 -newkey rsa:2048 -nodes -keyout $name.key -out $name.crt -days 2 -subj "/CN=test authority, $name"
		done
		for name in redis renewed; do
			openssl req -newkey rsa:2048 -nodes -keyout $name.key -out $name.csr -subj '/CN=localhost'
			openssl x509 -req -in $name.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out $name.crt -days 2 -extfile extensions
		done
	) 2>/dev/null
	tls=(--tls-cert-file "$work/tls/redis.crt" --tls-key-file "$work/tls/redis.key" --tls-ca-cert-file "$work/tls/ca.crt")
}

# compare NAME COMMAND... runs a scenario against both servers at once and compares what it prints, a line for each step: "step:
# what happened". The command gets the port, the port of TLS and the path of the Unix socket as its last arguments, and in the
# environment the folder of the certificates (TLS) and the command that starts a server of that kind, quoted for a shell (SERVER).
# A step that differs and is not in known.txt ("NAME | step | reason") fails the part, and so do a known one that does not differ
# and a command that fails with redis-server: two servers that are both not reached are equal, too.
compare() {
	local name=$1 who port secure broken=0 players=()
	shift
	for who in theirs ours; do
		port=$(free_port)
		secure=$(free_port)
		play "$who" "$name" "$port" "$secure" "$@" &
		players+=($!)
	done
	wait "${players[0]}" || broken=1
	wait "${players[1]}" || true
	report "$name"
	if [ $broken = 1 ]; then
		echo "$part/$name: the scenario itself does not work, it fails with redis-server: $(tail -n 1 "$work/$name.theirs")"
		failing=1
	fi
}

# play WHO NAME PORT TLS-PORT COMMAND... is compare's one server; what the command prints is in $work/NAME.WHO.
play() {
	local who=$1 name=$2 port=$3 secure=$4 command servers=() code=0
	shift 4
	trap 'for pid in "${servers[@]}"; do kill "$pid" 2>/dev/null || true; done; wait' EXIT
	serve "$who" "$port" --tls-port "$secure" "${tls[@]}" --unixsocket "$work/$who.sock"
	(cd "$here" && SERVER=${command[*]@Q} TLS=$work/tls timeout 240 "$@" "$port" "$secure" "$work/$who.sock") \
		>"$work/$name.$who" 2>"$work/$name.$who.err" || code=$?
	if [ $code != 0 ]; then
		echo "end: status not 0: $(tail -n 3 "$work/$name.$who.err" | tr '\n' ' ')" >>"$work/$name.$who"
	fi
	return $code
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
		awk -v step="$step:" 'index($0, step) == 1 { print "  redis-server  " $0 }' "$work/$name.theirs" | cut -c1-400
		awk -v step="$step:" 'index($0, step) == 1 { print "  ours          " $0 }' "$work/$name.ours" | cut -c1-400
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
