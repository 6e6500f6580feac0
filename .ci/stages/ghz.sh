#!/usr/bin/env bash
# a real ghz runs each fixture, and one that mfn sign wrote, without an error
source "$(dirname "${BASH_SOURCE[0]}")/../server.sh"

main() {
    need python3 python3
    need_from_go github.com/bojand/ghz/cmd/ghz 0.121.0
    ghz=$program
    cargo build --release --locked

    start_server
    local fixture
    for fixture in fixtures/ghz/*.json; do
        all_end_with OK "$fixture"
    done
    stop_server

    export MFN_API_KEY=key-of-the-ghz-stage
    local signed=target/ghz-signed.json
    start_server
    target/release/mfn sign --ghz mfn.MFNSimulationService/RunSimulation >"$signed"
    all_end_with OK "$signed"
    # What was not signed shows that errors are seen here.
    all_end_with Unauthenticated fixtures/ghz/run_simulation.json
    stop_server
}

# all_end_with CODE CONFIGURATION: ghz made calls, and each ended so. Of the
# configuration only the host is replaced; ghz's arguments win over it.
all_end_with() {
    local report
    report=$(timeout 60 "$ghz" --config "$2" --format json "$address") || fail "ghz --config $2 failed"
    python3 - "$@" 3<<<"$report" <<'END' || exit
import json, os, sys

code, configuration = sys.argv[1:]
report = json.load(os.fdopen(3))
codes = report["statusCodeDistribution"]
if set(codes) != {code} or sum(codes.values()) != report["count"]:
    sys.exit(f"{configuration}: every call should have ended with {code}, "
             f"but {report['count']} ended with {codes}: {report['errorDistribution']}")
print(f"{configuration}: {report['count']} calls, all {code}")
END
}

main
