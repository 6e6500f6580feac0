#!/usr/bin/env bash
# the unit of systemd is sound and closed, and the server tells systemd what it waits for, by no call that is forbidden
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

unit=deploy/systemd/mfn.service
# Tenths, of at most 100: 12 when this was written.
most_exposure=15

main() {
    need systemd-analyze systemd
    need strace strace
    need python3 python3
    cargo build --release --locked
    scratch=$(mktemp -d)
    trap 'end' EXIT
    verify
    systemd-analyze security --offline=true --no-pager --threshold=$most_exposure "$unit" | tail -n 1
    starts_with_the_units_settings
    tells_systemd_by_calls_that_are_allowed
}

# The program is not where the unit has it, and its manual is not installed.
verify() {
    local said
    sed "s#/usr/bin/mfn#$PWD/target/release/mfn#; /^Documentation=/d" "$unit" >"$scratch/mfn.service"
    said=$(systemd-analyze verify --man=no "$scratch/mfn.service" 2>&1) || fail "$said"
    [[ -z $said ]] || fail "$said"
    sed -i 's/^ProtectHome=.*/ProtectHouse=yes/' "$scratch/mfn.service"
    said=$(systemd-analyze verify --man=no "$scratch/mfn.service" 2>&1) || true
    grep -q ProtectHouse <<<"$said" || fail "a setting that does not exist should be seen: $said"
}

# What the unit and its file of variables set is known, and allowed.
starts_with_the_units_settings() {
    local said
    said=$(env -i $(units_variables) target/release/mfn serve --print-config 2>&1) || fail "$said"
    grep -q '^MFN_GRPC_SHUTDOWN_GRACE_MS=20000 *# variable$' <<<"$said" || fail "a setting of the unit is missing: $said"
    ! grep -E 'WARN|no setting' <<<"$said" || fail 'the above is said of the settings of the unit'
}

units_variables() {
    sed -n 's/^Environment=//p' "$unit"
    grep -v '^#' deploy/systemd/mfn.env
}

# A server that is called, reads its files again and ends.
tells_systemd_by_calls_that_are_allowed() {
    local line unknown
    listen_as_systemd
    printf '[[key]]\nid = "a"\nsecrets = ["a-key"]\n' >"$scratch/keys.toml"
    mkfifo "$scratch/out"
    NOTIFY_SOCKET=$scratch/notify strace --follow-forks --output "$scratch/calls" --trace=all --string-limit 0 \
        target/release/mfn serve --host 127.0.0.1 --port 0 --api-keys-file "$scratch/keys.toml" \
        --audit-log "$scratch/audit.jsonl" >"$scratch/out" 2>"$scratch/log" &
    tracer=$!
    read -r -t 60 line <"$scratch/out" || fail "the server printed no address: $(<"$scratch/log")"
    [[ $line =~ [^[:space:]/]+:([0-9]+) ]] || fail "the server printed: $line"
    server=$(<"/proc/$tracer/task/$tracer/children")
    server=${server%% *}
    told READY=1
    # Anything will do: a connection, and bytes both ways.
    exec 3<>"/dev/tcp/127.0.0.1/${BASH_REMATCH[1]}"
    printf 'GET / HTTP/1.1\r\n\r\n' >&3
    timeout 20 cat <&3 >/dev/null || true
    kill -HUP "$server"
    told RELOADING=1
    for_some_time grep -q 'keys are read again' "$scratch/log" || fail "the keys were not read again: $(<"$scratch/log")"
    kill -TERM "$server"
    wait "$tracer" || fail "the server ended with the exit code $?: $(<"$scratch/log")"
    tracer=
    told STOPPING=1
    unknown=$(comm -23 <(sed -nE 's/^[0-9]+ +([a-z0-9_]+)\(.*/\1/p' "$scratch/calls" | sort -u) <(allowed | sort -u))
    # What starts the server is not under the unit's filter.
    unknown=$(grep -vx execve <<<"$unknown" || true)
    [[ -z $unknown ]] || fail "the unit forbids what the server calls: $unknown"
}

# Sets `listener`, which writes down what is told to systemd.
listen_as_systemd() {
    python3 -c '
import socket, sys
listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listener.bind(sys.argv[1])
while True:
    print(listener.recv(4096).decode(), flush=True)' "$scratch/notify" >"$scratch/told" &
    listener=$!
    # Or bash would say how it has ended.
    disown "$listener"
    for_some_time test -S "$scratch/notify" || fail 'nothing listens as systemd does'
}

told() {
    for_some_time grep -qx "$1" "$scratch/told" || fail "systemd should be told $1, and was told: $(<"$scratch/told")"
}

# for_some_time COMMAND...: until it succeeds.
for_some_time() {
    local tries
    for ((tries = 0; tries < 200; tries++)); do
        ! "$@" || return 0
        sleep 0.1
    done
    return 1
}

# The system calls that the unit's filters leave.
allowed() {
    local filter
    filter=$(sed -n 's/^SystemCallFilter=//p' "$unit")
    comm -23 <(grep -v '^~' <<<"$filter" | calls_of | sort -u) <(grep '^~' <<<"$filter" | tr -d '~' | calls_of | sort -u)
}

# The calls of the groups that are read, and of the groups in them.
calls_of() {
    local name names
    read -r -d '' -a names || true
    for name in "${names[@]}"; do
        if [[ $name == @* ]]; then
            systemd-analyze syscall-filter --no-pager "$name" | sed -n 's/^ \+\([-@a-z0-9_]\+\)$/\1/p' | calls_of
        else
            echo "$name"
        fi
    done
}

end() {
    [[ -z ${tracer:-} ]] || kill -KILL "$tracer" 2>/dev/null || true
    [[ -z ${listener:-} ]] || kill -KILL "$listener" 2>/dev/null || true
    rm -rf "$scratch"
}

main
