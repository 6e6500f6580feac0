#!/usr/bin/env bash
# every case of h2spec passes, in plaintext with the web and without and over TLS, but for those that may fail
source "$(dirname "${BASH_SOURCE[0]}")/../server.sh"

# What may fail, and why:
may_fail=(
    # The call has been answered and its stream is closed, before the second
    # WINDOW_UPDATE comes. On a closed stream it means nothing (RFC 9113, 5.1).
    'http2/6.9.1 Sends multiple WINDOW_UPDATE frames increasing the flow control window to above 2^31-1 on a stream'
)

main() {
    need_from_go github.com/summerwind/h2spec/cmd/h2spec 2.2.1+incompatible
    need openssl openssl
    cargo build --release --locked
    files=$(mktemp -d)
    openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost \
        -keyout "$files/key.pem" -out "$files/cert.pem" 2>/dev/null

    start_server
    # What begins as HTTP/1.1 might is answered in its words there, and is no HTTP/2 any more.
    may_fail+=('http2/3.5 Sends invalid connection preface')
    passes
    unset 'may_fail[-1]'
    stop_server
    start_server --audit-log off --web false
    passes
    stop_server
    start_server --audit-log off --tls-enabled true \
        --tls-cert-path "$files/cert.pem" --tls-key-path "$files/key.pem"
    passes --tls --insecure
    stop_server
    rm -r "$files"
}

# passes FLAG...: h2spec, told these flags, finds nothing but what may fail.
passes() {
    local report=$files/report.xml failed
    "$program" --host "${address%:*}" --port "${address##*:}" --strict --timeout 3 \
        --junit-report "$report" "$@" >"$files/output" || true
    grep -q '<testcase' "$report" || fail "h2spec came to no result: $(tail -n 3 "$files/output")"
    failed=$(failures "$report" | grep -vxF "$(printf '%s\n' "${may_fail[@]}")") || true
    [[ -z $failed ]] || fail "h2spec $* fails: $failed"
    grep -E '^[0-9]+ tests' "$files/output"
}

# failures REPORT: section and title of each case that failed.
failures() {
    awk -v RS='<testcase ' '/<error|<failure/ {
        match($0, /package="[^"]*"/); package = substr($0, RSTART + 9, RLENGTH - 10)
        match($0, /classname="[^"]*"/); print package, substr($0, RSTART + 11, RLENGTH - 12)
    }' "$1"
}

main
