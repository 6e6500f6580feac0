#!/usr/bin/env bash
# action.yml and its example are sound, and what it runs tests, loads and compares a server
source "$(dirname "${BASH_SOURCE[0]}")/../server.sh"

main() {
    need_from_go github.com/rhysd/actionlint/cmd/actionlint 1.7.7
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    lint
    cargo build --release --locked
    cargo build --package conformance --locked
    run
    run_with_a_port_that_is_taken
    run_with_a_server_that_runs
}

# In a repository that is made for it, as a workflow finds the action in one.
lint() {
    mkdir -p "$scratch/repository/.git" "$scratch/repository/.github/workflows" "$scratch/repository/mfn"
    cp action.yml "$scratch/repository/mfn"
    cp conformance/action/example.yml "$scratch/repository/.github/workflows"
    (cd "$scratch/repository" && "$program" -no-color)
    # An input that does not exist shows that the action was read.
    sed -i 's/ spawn:/ spwan:/' "$scratch/repository/.github/workflows/example.yml"
    ! (cd "$scratch/repository" && "$program" -no-color) >"$scratch/lint" || fail 'actionlint should refuse an unknown input'
    grep -q 'input "spwan" is not defined' "$scratch/lint" || fail "actionlint should name the input: $(<"$scratch/lint")"
}

# What the action runs, told as the action tells it.
run() {
    local serve='target/release/mfn serve'
    export CONFORMANCE=target/debug/conformance REPORTS=$scratch/reports GITHUB_STEP_SUMMARY=$scratch/summary
    export MFN_CONFORMANCE_TARGET='' MFN_CONFORMANCE_API_KEY='' MFN_CONFORMANCE_CA='' MFN_CONFORMANCE_KNOWN_FAILING=''
    export MFN_CONFORMANCE_SPAWN=$serve PROFILES=wire LOAD_DURATION=1s COMPARE_WITH=$serve

    LOAD_EXPECT='error_rate == 0' COMPARE_EXPECT='ratio.cpu_per_call <= 1.5' action_ends_with 0
    local report
    for report in conformance.json conformance.xml conformance.html load.json compare.json compare.txt; do
        [[ -s $REPORTS/$report ]] || fail "the action should have written $report"
    done
    summary_has 'Comparison: \*\*as expected'

    COMPARE_WITH='' LOAD_EXPECT='error_rate > 0' action_ends_with 1
    summary_has 'Load: \*\*not as expected'
    MFN_CONFORMANCE_TARGET=http://127.0.0.1:1 action_ends_with 2

    # Of a server that cannot be had all three say so: none ends the action before the others.
    : >"$GITHUB_STEP_SUMMARY"
    MFN_CONFORMANCE_SPAWN='exit 3 #' LOAD_EXPECT='error_rate == 0' action_ends_with 2
    summary_has 'Load: \*\*could not be run'
    summary_has 'Comparison: \*\*could not be run'
    : >"$GITHUB_STEP_SUMMARY"
    MFN_CONFORMANCE_SPAWN='' MFN_CONFORMANCE_TARGET=http://127.0.0.1:1 READY_WITHIN=0 \
        LOAD_EXPECT='error_rate == 0' action_ends_with 2
    summary_has 'Load: \*\*could not be run'
    summary_has 'Comparison: \*\*could not be run'
}

# Somebody may take the port of a server before it listens.
run_with_a_port_that_is_taken() {
    cat >"$scratch/taken" <<'END'
# The suite starts some as well, but none without limits for these profiles.
if [[ ${MFN_GRPC_RATE_LIMIT_RPS:-} == 0 ]]; then
    echo >>"$0.starts"
    [[ $(wc -l <"$0.starts") != 1 ]] || exit 1
fi
exec target/release/mfn serve
END
    : >"$GITHUB_STEP_SUMMARY"
    MFN_CONFORMANCE_SPAWN="bash $scratch/taken" COMPARE_WITH='' LOAD_EXPECT='error_rate == 0' action_ends_with 0
    summary_has 'Load: \*\*as expected'
    [[ $(wc -l <"$scratch/taken.starts") == 2 ]] || fail 'the load should have started its server twice'
}

# An address, whose CPU time is not known, with two keys, of which load and comparison take one.
run_with_a_server_that_runs() {
    MFN_API_KEYS=first-key-of-two,second-key-of-two \
        start_server --audit-log off --rate-limit-rps 0 --rate-limit-concurrent 0
    trap 'kill -KILL "$server" 2>/dev/null || true; rm -rf "$scratch"' EXIT
    : >"$GITHUB_STEP_SUMMARY"
    MFN_CONFORMANCE_SPAWN='' MFN_CONFORMANCE_TARGET=http://$address COMPARE_WITH=http://$address \
        MFN_CONFORMANCE_API_KEY=first-key-of-two,second-key-of-two LOAD_EXPECT='error_rate == 0' action_ends_with 0
    summary_has 'Load: \*\*as expected'
    summary_has 'Comparison: \*\*as expected'
    stop_server
    trap 'rm -rf "$scratch"' EXIT
}

# summary_has PATTERN
summary_has() {
    grep -q "$1" "$GITHUB_STEP_SUMMARY" || fail "the summary should have '$1': $(<"$GITHUB_STEP_SUMMARY")"
}

# action_ends_with CODE
action_ends_with() {
    local code=0 output
    output=$(bash conformance/action/run.sh 2>&1) || code=$?
    ((code == $1)) || fail "the action ended with the exit code $code and not $1: $output"
}

main
