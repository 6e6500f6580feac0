#!/usr/bin/env bash
# clients of browsers, of Node and curl make the five calls, and the page in Chromium does what it should
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

main() {
    need node nodejs
    need npm npm
    need chromium chromium
    need curl curl
    need openssl openssl
    cargo build --release --locked
    cd tests/web
    npm ci --no-audit --no-fund --silent
    # What a test waits for without an end has not come.
    timeout 900 npm test --silent
}

main
