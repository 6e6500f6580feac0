#!/usr/bin/env bash
# mfn serve answers about as many calls a second as a bare tonic server, or more
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

need h2load nghttp2-client
cargo bench --locked --bench throughput -- --check
