#!/usr/bin/env bash
# What action.yml does: suite, load and comparison, whose reports go to a folder.
# It is told by variables, as action.yml sets them; an empty one is as if it were not set.
# All three are run, also after one has failed. The exit code is the worst of theirs: 0, 1 if something is not as
# expected, 2 if something could not be run.
set -euo pipefail

conformance=${CONFORMANCE:-conformance}
reports=${REPORTS:-mfn-reports}
summary=${GITHUB_STEP_SUMMARY:-/dev/null}
ready_within=${READY_WITHIN:-30}
# Below 32768, where Linux by default begins to take ports for outgoing connections: such a port stays
# taken for a minute after its connection.
first_port=20000
port_count=12768
max_attempts=3

main() {
    # An empty input is none, and clap would read it as a value.
    local variable worst=0
    for variable in TARGET SPAWN API_KEY CA KNOWN_FAILING; do
        variable=MFN_CONFORMANCE_$variable
        [[ -n ${!variable:-} ]] || unset "$variable"
    done
    target=${MFN_CONFORMANCE_TARGET:-}
    spawn=${MFN_CONFORMANCE_SPAWN:-}
    if [[ -n $target && -n $spawn ]] || [[ -z $target && -z $spawn ]]; then
        printf 'either target or spawn has to be given, and not both\n' >&2
        exit 2
    fi
    unset MFN_CONFORMANCE_TARGET MFN_CONFORMANCE_SPAWN
    mkdir -p "$reports"

    run_suite || failed "$?"
    # The suite takes several keys, and what follows takes one.
    [[ -z ${MFN_CONFORMANCE_API_KEY:-} ]] || MFN_CONFORMANCE_API_KEY=${MFN_CONFORMANCE_API_KEY%%,*}
    [[ -z ${LOAD_EXPECT:-} ]] || run_load || failed "$?"
    [[ -z ${COMPARE_WITH:-} ]] || run_comparison || failed "$?"
    exit "$worst"
}

# failed EXIT_CODE
failed() {
    (($1 <= worst)) || worst=$1
}

run_suite() {
    local options=(--json "$reports/conformance.json" --junit "$reports/conformance.xml" --html "$reports/conformance.html")
    [[ -z ${PROFILES:-} ]] || options+=(--profile "$PROFILES")
    [[ -z ${GITHUB_STEP_SUMMARY:-} ]] || options+=(--github)
    if [[ -n $target ]]; then
        options+=(--target "$target" --ready-within "$ready_within")
    else
        options+=(--spawn "$spawn" --start-within "$ready_within" --server-log "$reports/server-log")
    fi
    "$conformance" run "${options[@]}"
}

run_load() {
    local address=$target verdict=0
    if [[ -z $address ]] && ! start_server; then
        stop_server
        tell Load 2 server-under-load.log
        return
    fi
    expectations "$LOAD_EXPECT"
    "$conformance" load --target "$address" --duration "${LOAD_DURATION:-10s}" "${expected[@]}" \
        --format json --output "$reports/load.json" || verdict=$?
    [[ -n $target ]] || stop_server
    tell Load "$verdict" load.json
}

run_comparison() {
    local verdict=0 expect=${COMPARE_EXPECT:-}
    # The CPU time of a server that is not started here is not known.
    if [[ -z $expect && -n $spawn && ! $COMPARE_WITH =~ ^https?:// ]]; then
        expect='ratio.cpu_per_call <= 1.05'
    fi
    expectations "$expect"
    # B is compared with A.
    "$conformance" compare "$COMPARE_WITH" "${target:-$spawn}" "${expected[@]}" \
        --save "$reports/compare.json" --output "$reports/compare.txt" || verdict=$?
    [[ ! -e $reports/compare.txt ]] || cat "$reports/compare.txt"
    tell Comparison "$verdict" compare.txt
}

# expectations LINES: sets `expected`, options with an expectation a line.
expectations() {
    local line
    expected=()
    while read -r line; do
        [[ -z $line ]] || expected+=(--expect "$line")
    done <<<"$1"
}

# tell WHAT EXIT_CODE REPORT: in the summary of the step. Fails if WHAT has.
tell() {
    local said
    case $2 in
        0) said='as expected' ;;
        1) said='not as expected' ;;
        *) said='could not be run' ;;
    esac
    printf '\n%s: **%s**, see `%s` in the reports.\n' "$1" "$said" "$3" | tee -a "$summary"
    return "$2"
}

# Starts the server on a free port, without limits and audit. Sets `server` and `address`. Fails if it does not listen.
start_server() {
    local attempt why
    # Somebody may take the port before the server does.
    for ((attempt = 1; attempt <= max_attempts; attempt++)); do
        launch_server && return
        if kill -0 "$server" 2>/dev/null; then
            why="does not listen on port $port within $ready_within s"
            break
        fi
        stop_server
        why="has ended before it listened, $attempt times"
    done
    printf 'the server %s:\n' "$why" >&2
    tail -n 20 "$reports/server-under-load.log" >&2
    return 2
}

# Starts it once. Sets `server`, `port` and `address`. Fails if it ends, or does not listen.
launch_server() {
    local deadline=$((SECONDS + ready_within))
    until port=$((RANDOM % port_count + first_port)) && ! is_open "$port"; do :; done
    MFN_GRPC_HOST=127.0.0.1 MFN_GRPC_PORT=$port MFN_GRPC_RATE_LIMIT_RPS=0 MFN_GRPC_RATE_LIMIT_CONCURRENT=0 \
        MFN_GRPC_AUDIT_LOG=off MFN_GRPC_ADMIN_PORT=0 setsid bash -c "$spawn" &>"$reports/server-under-load.log" </dev/null &
    server=$!
    trap stop_server EXIT
    until is_open "$port"; do
        if ((SECONDS > deadline)) || ! kill -0 "$server" 2>/dev/null; then
            return 1
        fi
        sleep 0.1
    done
    address=http://127.0.0.1:$port
}

# With all that it has started.
stop_server() {
    trap - EXIT
    # Once it has been waited for, its id may be another's.
    [[ -n ${server:-} ]] || return 0
    kill -KILL -- "-$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
    server=
}

is_open() {
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

main
