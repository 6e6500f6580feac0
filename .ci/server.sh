# shellcheck shell=bash
# Sourced first by the stages that call the built server.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# start_server [FLAG...]: `mfn serve` with these flags, by default without an
# audit, and without metrics unless MFN_GRPC_ADMIN_PORT is set. Sets `server`, its process id, and `address`, which it prints when it is
# ready. However this script ends, the server ends with it.
start_server() {
    local line flags=("$@")
    ((${#flags[@]})) || flags=(--audit-log off)
    coproc PROGRAM { MFN_GRPC_ADMIN_PORT=${MFN_GRPC_ADMIN_PORT:-0} exec target/release/mfn serve --host 127.0.0.1 --port 0 "${flags[@]}" </dev/null; }
    server=$PROGRAM_PID
    trap 'kill -KILL "$server" 2>/dev/null || true' EXIT
    read -r -t 20 line <&"${PROGRAM[0]}" || fail 'mfn serve printed no address within 20 s'
    [[ $line =~ [^[:space:]/]+:[0-9]+ ]] || fail "mfn serve printed no address: $line"
    # shellcheck disable=SC2034 # the stages read it
    address=${BASH_REMATCH[0]}
}

stop_server() {
    local status=0
    kill -TERM "$server"
    timeout 20 tail --pid="$server" -f /dev/null || fail 'mfn serve did not end within 20 s of SIGTERM'
    wait "$server" || status=$?
    trap - EXIT
    ((status == 0)) || fail "mfn serve ended with the exit code $status on SIGTERM, not 0"
}
