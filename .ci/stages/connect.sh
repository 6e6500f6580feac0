#!/usr/bin/env bash
# connectrpc's own suite finds gRPC, gRPC-Web and Connect as they should be, over HTTP/1.1 and HTTP/2, with TLS and without
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

main() {
    need_from_go connectrpc.com/conformance/cmd/connectconformance 1.0.7
    # With the features of the tests, so that little is left to compile.
    cargo build --locked --package connect-conformance
    "$program" --mode server --conf tests/connect/features.yaml \
        --known-failing @tests/connect/known-failing.txt \
        --parallel 4 --max-servers 2 -- target/debug/connect-conformance
}

main
